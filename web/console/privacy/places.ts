/** The pages of the privacy section: who has them, in which order they stand, and which one is in front. */
import { computed } from "@preact/signals";
import type { Caller } from "../../shared/gen/frames.ts";
import { route } from "../route.ts";
import { has } from "../session.ts";

const OFFICER: readonly Caller[] = ["CALLER_PRIVACY_OFFICER"];
const ADMIN: readonly Caller[] = ["CALLER_ADMIN"];
const BOTH: readonly Caller[] = ["CALLER_PRIVACY_OFFICER", "CALLER_ADMIN"];

/** The pages, each with who has it and the keys that lead there; those that belong together stand together. */
export const PLACES = [
  { id: "start", roles: ADMIN, keys: "g i", group: 0 },
  { id: "requests", roles: OFFICER, keys: "g r", group: 1 },
  { id: "feedback", roles: OFFICER, keys: "g f", group: 1 },
  { id: "ledger", roles: BOTH, keys: "g j", group: 2 },
  { id: "holds", roles: BOTH, keys: "g h", group: 2 },
  { id: "cases", roles: BOTH, keys: "g k", group: 2 },
  { id: "retention", roles: BOTH, keys: "g x", group: 3 },
  { id: "map", roles: BOTH, keys: "g d", group: 3 },
  { id: "recipients", roles: BOTH, keys: "g w", group: 3 },
  { id: "browsers", roles: BOTH, keys: "g b", group: 3 },
  { id: "refusals", roles: OFFICER, keys: "g z", group: 3 },
  { id: "notices", roles: BOTH, keys: "g n", group: 4 },
  { id: "policy", roles: BOTH, keys: "g p", group: 4 },
  { id: "support", roles: BOTH, keys: "g s", group: 4 },
] as const;

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number]["id"];

/** Returns the pages that the signed-in person has. */
export function places(): readonly (typeof PLACES)[number][] {
  return PLACES.filter(({ roles }) => has(...roles));
}

/** True where the signed-in person has a page. */
export function hasPlace(id: PlaceId): boolean {
  return PLACES.some((place) => place.id === id && has(...place.roles));
}

/** The page in front: the one that the address names, or the first that the person has. */
export const place = computed<PlaceId>(() => {
  const mine = places();
  // An officer begins with what waits, whatever other role the person has.
  const first = mine.find(({ id }) => id === "requests") ?? mine[0];
  return (mine.find(({ id }) => id === route.value[1]) ?? first)?.id ?? "ledger";
});

/** What is open on the page in front, such as a request's id; empty for nothing. */
export const openId = computed(() => (route.value[0] === "privacy" ? (route.value[2] ?? "") : ""));
