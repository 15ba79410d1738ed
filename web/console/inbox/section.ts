/** Plugs the inbox into the console. */
import { step } from "../list.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { has, myId } from "../session.ts";
import { t } from "../words/en.ts";
import { bringing } from "./bringing.ts";
import { ending, focusComposer, isMine, toList } from "./conversation.tsx";
import { handing } from "./handing.tsx";
import type { View } from "./lists.ts";
import { Presence } from "./presence.tsx";
import { claim, claimNext, lists, openId, startInbox, waiting } from "./store.ts";
import { Inbox } from "./view.tsx";

const here = () => route.value[0] === "inbox";
const inFront = () => lists.value.known.value.get(openId.value);
const KEYS: Record<View, string> = { queue: "g q", left: "g u", mine: "g m", all: "g a", closed: "g c" };

registerSection({
  id: "inbox",
  title: () => t("inbox.title"),
  icon: "inbox",
  roles: ["CALLER_OPERATOR", "CALLER_SUPERVISOR"],
  View: Inbox,
  badge: waiting,
  start: startInbox,
  Tool: Presence,
  commands: [
    ...(["queue", "left", "mine", "all", "closed"] as const).map((view) => ({
      id: `inbox.${view}`,
      title: () => t("command.go", { section: `${t("inbox.title")}: ${t(`inbox.${view}`)}` }),
      icon: "inbox" as const,
      keys: KEYS[view],
      has: () => view !== "all" || has("CALLER_SUPERVISOR"),
      run: () => go("inbox", view),
    })),
    { id: "inbox.claim.next", title: () => t("inbox.claim.next"), icon: "check", keys: "n", run: claimNext },
    {
      id: "inbox.claim",
      title: () => t("inbox.claim.long"),
      icon: "check",
      keys: "t",
      when: () => inFront()?.state === "STATE_QUEUED",
      run: () => claim(openId.value),
    },
    {
      id: "inbox.reply",
      title: () => t("command.inbox.reply"),
      icon: "chat",
      keys: "r",
      when: () => isMine(inFront()),
      run: focusComposer,
    },
    {
      id: "inbox.hand",
      title: () => t("hand.title"),
      icon: "person",
      keys: "h",
      when: () => isMine(inFront()),
      run: () => {
        handing.value = true;
      },
    },
    {
      id: "inbox.bring",
      title: () => t("inbox.bring"),
      icon: "copy",
      keys: "m",
      when: () => inFront()?.operatorId === myId(),
      run: () => {
        bringing.value = true;
      },
    },
    {
      id: "inbox.end",
      title: () => t("inbox.end"),
      icon: "end",
      keys: "e",
      when: () => isMine(inFront()),
      run: () => {
        ending.value = true;
      },
    },
    {
      id: "inbox.next",
      title: () => t("command.inbox.next"),
      keys: "j",
      keysOnly: true,
      when: here,
      run: () => step(1),
    },
    {
      id: "inbox.previous",
      title: () => t("command.inbox.previous"),
      keys: "k",
      keysOnly: true,
      when: here,
      run: () => step(-1),
    },
    {
      id: "inbox.list",
      title: () => t("command.inbox.list"),
      keys: "Escape",
      keysOnly: true,
      when: () => here() && openId.value !== "",
      run: toList,
    },
  ],
});
