/**
 * Shortcuts: from what is pressed to the command that it means.
 *
 * It owns sequences (`g q`), which keys count while somebody types (only those with Ctrl or ⌘), and the switch that turns
 * single keys off for people whose speech input would press them by accident (WCAG 2.1.4).
 */
import { signal } from "@preact/signals";
import { recall, remember } from "../shared/storage.ts";
import type { Command } from "./registry.ts";

/** How long the second key of a sequence may take. */
const SEQUENCE_MS = 1200;

/** True while single keys are shortcuts. */
export const singleKeys = signal(recall("keys") !== "off");

/** Switches single keys on or off. */
export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  remember("keys", on ? "on" : "off");
}

/** Returns how a key press is written in a command's `keys`. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string {
  if (event.altKey) return "";
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Finds the command for what was pressed, given the key before it in the same sequence. */
export function match(commands: readonly Command[], before: string, key: string): Command | undefined {
  const usable = commands.filter(({ when }) => when?.() ?? true);
  return (
    (before === "" ? undefined : usable.find(({ keys }) => keys === `${before} ${key}`)) ??
    usable.find(({ keys }) => keys === key)
  );
}

/** Listens to the page; returns how to stop. */
export function listen(commands: () => readonly Command[]): () => void {
  let before = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const press = (event: KeyboardEvent) => {
    const key = nameOf(event);
    if (key === "" || event.defaultPrevented || event.isComposing) return;
    const strong = key.startsWith("mod+");
    if (!strong && (!singleKeys.value || isTyping(event.target))) return;
    // A dialog has the page to itself.
    if (document.querySelector("dialog[open]")) return;
    const command = match(commands(), before, key);
    clearTimeout(timer);
    before = command || strong ? "" : key;
    timer = setTimeout(() => {
      before = "";
    }, SEQUENCE_MS);
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

/** Returns a command's keys as people write them: ["⌘ K"] or ["G", "Q"]. */
export function written(keys: string): readonly string[] {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  return keys.split(" ").map((key) => {
    if (key.startsWith("mod+")) return `${mac ? "⌘" : "Ctrl"} ${key.slice(4).toUpperCase()}`;
    return { Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑", Enter: "↵" }[key] ?? key.toUpperCase();
  });
}
