/** Plugs the transcripts into the console. The rest is loaded when somebody opens them. */
import { lazily } from "../lazy.tsx";
import { step } from "../list.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { t } from "../words/en.ts";

const here = () => route.value[0] === "transcripts";

registerSection({
  id: "transcripts",
  title: () => t("transcripts.title"),
  icon: "search",
  roles: ["CALLER_SUPERVISOR"],
  View: lazily(() => import("./view.tsx")),
  commands: [
    {
      id: "transcripts.open",
      title: () => t("command.go", { section: t("transcripts.title") }),
      icon: "search",
      keys: "g e",
      run: () => go("transcripts"),
    },
    {
      id: "transcripts.next",
      title: () => t("command.inbox.next"),
      keys: "j",
      keysOnly: true,
      when: here,
      run: () => step(1),
    },
    {
      id: "transcripts.previous",
      title: () => t("command.inbox.previous"),
      keys: "k",
      keysOnly: true,
      when: here,
      run: () => step(-1),
    },
    {
      id: "transcripts.list",
      title: () => t("command.inbox.list"),
      keys: "Escape",
      keysOnly: true,
      when: () => here() && (route.value[1] ?? "") !== "",
      run: () => go("transcripts"),
    },
  ],
});
