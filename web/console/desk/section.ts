/** Plugs the desk into the console: its name and commands; the rest is loaded when somebody opens it. */
import { computed } from "@preact/signals";
import type { Caller } from "../../shared/gen/frames.ts";
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { has } from "../session.ts";
import { t } from "../words/en.ts";

/** The pages, each with who has it. */
export const PLACES = [
  { id: "replies", roles: ["CALLER_OPERATOR", "CALLER_SUPPORT_AGENT", "CALLER_SUPERVISOR", "CALLER_ADMIN"] },
  { id: "tags", roles: ["CALLER_SUPERVISOR", "CALLER_ADMIN"] },
  { id: "blocks", roles: ["CALLER_OPERATOR", "CALLER_SUPERVISOR", "CALLER_PRIVACY_OFFICER"] },
] as const satisfies readonly { id: string; roles: readonly Caller[] }[];

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number]["id"];

/** Returns the pages that the signed-in person has. */
export function places(): readonly PlaceId[] {
  return PLACES.filter(({ roles }) => has(...roles)).map(({ id }) => id);
}

/** The page in front. */
export const place = computed<PlaceId>(() => {
  const mine = places();
  return mine.find((id) => id === route.value[1]) ?? mine[0] ?? "replies";
});

registerSection({
  id: "desk",
  title: () => t("desk.title"),
  icon: "chat",
  roles: ["CALLER_OPERATOR", "CALLER_SUPPORT_AGENT", "CALLER_SUPERVISOR", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: PLACES.map(({ id, roles }) => ({
    id: `desk.${id}`,
    title: () => t("command.go", { section: `${t("desk.title")}: ${t(`desk.${id}`)}` }),
    icon: "chat" as const,
    has: () => has(...roles),
    run: () => go("desk", id),
  })),
});
