/** Plugs the ticket desk into the console: its name, its pages and its keys; the rest is loaded when it is opened. */
import { computed } from "@preact/signals";
import type { Caller } from "../../shared/gen/frames.ts";
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { has } from "../session.ts";
import { t } from "./names.ts";

const AGENT = "CALLER_SUPPORT_AGENT";
const LEADS = ["CALLER_SUPERVISOR", "CALLER_ADMIN"] as const;

/** The pages: who has each, and who of them changes what is on it. */
export const PLACES = [
  { id: "queues", sees: [AGENT, ...LEADS], keeps: LEADS },
  { id: "fields", sees: [AGENT, ...LEADS], keeps: LEADS },
  { id: "tags", sees: [AGENT, ...LEADS], keeps: [AGENT, ...LEADS] },
  { id: "levels", sees: [AGENT, ...LEADS], keeps: LEADS },
  { id: "calendars", sees: [AGENT, ...LEADS], keeps: LEADS },
  { id: "rules", sees: [AGENT, ...LEADS], keeps: LEADS },
  { id: "macros", sees: [AGENT, "CALLER_SUPERVISOR"], keeps: [AGENT, "CALLER_SUPERVISOR"] },
  { id: "mailboxes", sees: [AGENT, ...LEADS], keeps: LEADS },
] as const satisfies readonly { id: string; sees: readonly Caller[]; keeps: readonly Caller[] }[];

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number]["id"];

/** Returns the pages that the signed-in person has. */
export function places(): readonly PlaceId[] {
  return PLACES.filter(({ sees }) => has(...sees)).map(({ id }) => id);
}

/** Says whether the signed-in person changes what is on a page. */
export function keeps(place: PlaceId): boolean {
  return has(...(PLACES.find(({ id }) => id === place)?.keeps ?? []));
}

/** The page in front. */
export const place = computed<PlaceId>(() => {
  const mine = places();
  return mine.find((id) => id === route.value[1]) ?? mine[0] ?? "queues";
});

/** What the page in front does by keys, which it puts in when it is loaded. */
export const deeds: { make: (() => void) | undefined } = { make: undefined };

registerSection({
  id: "ticketdesk",
  title: () => t("title"),
  icon: "copy",
  roles: [AGENT, ...LEADS],
  View: lazily(() => import("./view.tsx")),
  commands: [
    ...PLACES.map(({ id, sees }) => ({
      id: `ticketdesk.${id}`,
      title: () => t("go", { page: t(id) }),
      icon: "copy" as const,
      has: () => has(...sees),
      run: () => go("ticketdesk", id),
    })),
    {
      id: "ticketdesk.make",
      title: () => t("key.make"),
      keys: "c",
      when: () => route.value[0] === "ticketdesk" && deeds.make !== undefined,
      run: () => deeds.make?.(),
    },
  ],
});
