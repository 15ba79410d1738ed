/** Plugs the live section into the console; it is loaded when somebody opens it. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "live",
  title: () => t("live.title"),
  icon: "pulse",
  roles: ["CALLER_SUPERVISOR", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "live",
      title: () => t("command.go", { section: t("live.title") }),
      icon: "pulse",
      keys: "g l",
      run: () => go("live"),
    },
  ],
});
