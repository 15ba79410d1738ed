/** The pages of the settings: who has them, in which order they stand, and which one is in front. */
import { computed } from "@preact/signals";
import type { Caller } from "../../shared/gen/frames.ts";
import { route } from "../route.ts";
import { has } from "../session.ts";

const ADMIN: readonly Caller[] = ["CALLER_ADMIN"];
const PLATFORM: readonly Caller[] = ["CALLER_PLATFORM_ADMIN"];
const RECORD: readonly Caller[] = ["CALLER_ADMIN", "CALLER_PRIVACY_OFFICER"];
/** Everybody who can be signed in. */
export const STAFF: readonly Caller[] = [
  "CALLER_OPERATOR",
  "CALLER_SUPERVISOR",
  "CALLER_SUPPORT_AGENT",
  "CALLER_MODERATOR",
  "CALLER_PRIVACY_OFFICER",
  "CALLER_ADMIN",
  "CALLER_PLATFORM_REVIEWER",
  "CALLER_PLATFORM_ADMIN",
];

/** The pages; those that belong together stand together. */
export const PLACES = [
  { id: "setup", roles: ADMIN, group: 0 },
  { id: "team", roles: ADMIN, group: 1 },
  { id: "sites", roles: ADMIN, group: 1 },
  { id: "keys", roles: ADMIN, group: 1 },
  { id: "organisation", roles: ADMIN, group: 1 },
  { id: "tenants", roles: PLATFORM, group: 2 },
  { id: "audit", roles: RECORD, group: 2 },
  { id: "account", roles: STAFF, group: 3 },
] as const;

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number]["id"];

/** Returns the pages that the signed-in person has. */
export function places(): readonly (typeof PLACES)[number][] {
  return PLACES.filter(({ roles }) => has(...roles));
}

/** True where the signed-in person has a page. */
export function hasPlace(id: PlaceId): boolean {
  return places().some((place) => place.id === id);
}

/** The page in front: the one that the address names, or the first that the person has. */
export const place = computed<PlaceId>(() => {
  const mine = places();
  return (mine.find(({ id }) => id === route.value[1]) ?? mine[0])?.id ?? "account";
});

/** What is open on the page in front, such as a site's id; empty for nothing. */
export const openId = computed(() => (route.value[0] === "settings" ? (route.value[2] ?? "") : ""));
