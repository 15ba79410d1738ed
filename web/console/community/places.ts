/** The pages of the community section: who has them, and which one is in front. */
import { computed } from "@preact/signals";
import type { Caller } from "../../shared/gen/frames.ts";
import { route } from "../route.ts";
import { has } from "../session.ts";

const MODERATORS: readonly Caller[] = ["CALLER_MODERATOR", "CALLER_ADMIN"];

export const PLACES = [
  { id: "cases", roles: MODERATORS },
  { id: "topics", roles: MODERATORS },
  { id: "people", roles: MODERATORS },
  { id: "spaces", roles: MODERATORS },
  { id: "terms", roles: MODERATORS },
  { id: "transfer", roles: ["CALLER_ADMIN"] },
  { id: "reviews", roles: ["CALLER_PLATFORM_REVIEWER"] },
] as const satisfies readonly { id: string; roles: readonly Caller[] }[];

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number]["id"];

/** Returns the pages that the signed-in person has. */
export function places(): readonly (typeof PLACES)[number][] {
  return PLACES.filter(({ roles }) => has(...roles));
}

/** The page in front: the one that the address names, or the first that the person has. */
export const place = computed<PlaceId>(() => {
  const mine = places();
  return (mine.find(({ id }) => id === route.value[1]) ?? mine[0])?.id ?? "cases";
});

/** What is open on the page in front, such as a case's id; empty for nothing. */
export const openId = computed(() => (route.value[0] === "community" ? (route.value[2] ?? "") : ""));
