/** Plugs hours and invitations into the console; the pages themselves are loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "opening",
  title: () => t("opening.title"),
  icon: "bell",
  roles: ["CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "opening.go",
      title: () => t("command.go", { section: t("opening.title") }),
      icon: "bell",
      keys: "g g",
      run: () => go("opening"),
    },
  ],
});
