/** Plugs the settings into the console. Only names are here: the rest is loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";
import { hasPlace, PLACES, STAFF } from "./places.ts";

registerSection({
  id: "settings",
  title: () => t("settings.title"),
  icon: "settings",
  roles: STAFF,
  View: lazily(() => import("./view.tsx")),
  commands: PLACES.map(({ id }) => ({
    id: `settings.${id}`,
    title: () => t("command.go", { section: `${t("settings.title")}: ${t(`settings.${id}`)}` }),
    icon: "settings" as const,
    has: () => hasPlace(id),
    run: () => go("settings", id),
  })),
});
