/** Plugs the community's cases into the console. The rest is loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "community",
  title: () => t("community.title"),
  icon: "smile",
  roles: ["CALLER_MODERATOR", "CALLER_ADMIN"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "community.open",
      title: () => t("command.go", { section: t("community.title") }),
      icon: "smile",
      keys: "g m",
      run: () => go("community"),
    },
  ],
});
