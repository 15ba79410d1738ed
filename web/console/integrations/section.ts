/** Plugs the integrations into the console: their name and commands; the rest is loaded when somebody opens them. */
import { computed } from "@preact/signals";
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { has } from "../session.ts";
import { t } from "../words/en.ts";

/** The pages. */
export const PLACES = ["endpoints", "deliveries"] as const;

/** The name of a page. */
export type PlaceId = (typeof PLACES)[number];

/** The page in front. */
export const place = computed<PlaceId>(() => PLACES.find((id) => id === route.value[1]) ?? "endpoints");

registerSection({
  id: "integrations",
  title: () => t("integrations.title"),
  icon: "send",
  roles: ["CALLER_ADMIN", "CALLER_PRIVACY_OFFICER"],
  View: lazily(() => import("./view.tsx")),
  commands: PLACES.map((id) => ({
    id: `integrations.${id}`,
    title: () => t("command.go", { section: `${t("integrations.title")}: ${t(`integrations.${id}`)}` }),
    icon: "send" as const,
    has: () => has("CALLER_ADMIN", "CALLER_PRIVACY_OFFICER"),
    run: () => go("integrations", id),
  })),
});
