/** Plugs the reports into the console. The rest is loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "reports",
  title: () => t("reports.title"),
  icon: "chart",
  roles: ["CALLER_SUPERVISOR", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "reports.open",
      title: () => t("command.go", { section: t("reports.title") }),
      icon: "chart",
      keys: "g o",
      run: () => go("reports"),
    },
  ],
});
