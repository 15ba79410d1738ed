/** Plugs tickets into the console: its name, its keys and its number; the rest is loaded when somebody opens it. */
import { signal } from "@preact/signals";
import { forgetDesk } from "../desk/data.ts";
import { lazily } from "../lazy.tsx";
import { registerSection } from "../registry.ts";
import { go, route } from "../route.ts";
import { t } from "./names.ts";

/** What the section does by keys, which its view puts in when it is loaded. */
export interface Deeds {
  step(by: number): void;
  open(): void;
  back(): void;
  select(): void;
  selectAll(): void;
  accept(): void;
  decline(): void;
  duplicate(): void;
  take(): void;
  assign(): void;
  answer(): void;
  note(): void;
  attach(): void;
  resolve(): void;
  close(): void;
  snooze(): void;
  priority(): void;
  tag(): void;
  move(): void;
  macro(): void;
  spam(): void;
  undo(): void;
  search(): void;
  make(): void;
  view(): void;
  viewNext(): void;
  viewPrevious(): void;
}
export const deeds: { now: Deeds | undefined } = { now: undefined };
/** How many are in triage, for the number beside the section's name. */
export const waiting = signal(0);

const inFront = () => route.value[0] === "tickets";
const KEYS: readonly [Exclude<keyof Deeds, "step"> | "next" | "previous", string, boolean?][] = [
  ["next", "j"],
  ["previous", "k"],
  ["open", "o"],
  ["back", "Escape", true],
  ["select", "x"],
  ["selectAll", "* a"],
  ["accept", "a"],
  ["decline", "d"],
  ["duplicate", "m"],
  ["take", "i"],
  ["assign", "s"],
  ["answer", "r"],
  ["note", "n"],
  ["attach", "u"],
  ["resolve", "e"],
  ["close", "#"],
  ["snooze", "h"],
  ["priority", "p"],
  ["tag", "l"],
  ["move", "v"],
  ["macro", "/"],
  ["spam", "!"],
  ["undo", "z"],
  ["search", "f"],
  ["make", "c"],
  ["view", "w"],
  ["viewNext", "]"],
  ["viewPrevious", "["],
];

function run(name: (typeof KEYS)[number][0]): void {
  if (name === "next") deeds.now?.step(1);
  else if (name === "previous") deeds.now?.step(-1);
  else deeds.now?.[name]();
}

registerSection({
  id: "tickets",
  title: () => t("title"),
  icon: "clip",
  roles: ["CALLER_SUPPORT_AGENT", "CALLER_SUPERVISOR"],
  View: lazily(() => import("./view.tsx")),
  badge: waiting,
  start: () => {
    let stop = () => {};
    let stopped = false;
    import("./data.ts").then((data) => {
      if (!stopped) stop = data.listen();
    });
    return () => {
      stopped = true;
      stop();
      // Canned replies are somebody's own: whoever signs in next has others.
      forgetDesk();
    };
  },
  commands: [
    { id: "tickets.go", title: () => t("go"), icon: "clip", keys: "g t", run: () => go("tickets") },
    ...KEYS.map(([name, keys, keysOnly]) => ({
      id: `tickets.${name}`,
      title: () => t(`key.${name}`),
      keys,
      keysOnly: keysOnly ?? false,
      when: inFront,
      run: () => run(name),
    })),
  ],
});
