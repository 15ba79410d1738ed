/** Plugs the surveys into the console: their name and commands; the rest is loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "surveys",
  title: () => t("surveys.title"),
  icon: "smile",
  roles: ["CALLER_SUPERVISOR", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "surveys.open",
      title: () => t("command.go", { section: t("surveys.title") }),
      icon: "smile",
      keys: "g v",
      run: () => go("surveys"),
    },
  ],
});
