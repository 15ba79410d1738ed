/** Plugs the community into the console: its cases, spaces and terms, and the platform's reviews. The rest comes later. */
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go } from "../route.ts";
import { t } from "../words/en.ts";

registerSection({
  id: "community",
  title: () => t("community.title"),
  icon: "smile",
  roles: ["CALLER_MODERATOR", "CALLER_ADMIN", "CALLER_PLATFORM_REVIEWER"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "community.open",
      title: () => t("command.go", { section: t("community.title") }),
      icon: "smile",
      keys: "g y",
      run: () => go("community"),
    },
  ],
});
