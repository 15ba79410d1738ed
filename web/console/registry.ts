/**
 * Where sections plug into the console. A section brings its view, its commands and its number; the shell knows none of
 * them by name.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Caller } from "../shared/gen/frames.ts";
import type { IconName } from "../shared/icons.tsx";
import { has } from "./session.ts";

/** Something that can be done: from the palette, by a shortcut, or both. */
export interface Command {
  id: string;
  title: () => string;
  icon?: IconName;
  /** Keys such as `j`, `g q` (one after the other), `?` or `mod+k` (Ctrl or ⌘). */
  keys?: string;
  /** False where it makes no sense now; absent where it always does. */
  when?: () => boolean;
  /** True where only the keys lead to it. */
  keysOnly?: boolean;
  /** False for people who do not have what it leads to, whatever is in front; it is not even listed for them. */
  has?: () => boolean;
  run: () => void;
}

/** One section of the console. */
export interface Section {
  id: string;
  title: () => string;
  icon: IconName;
  /** Who sees it. */
  roles: readonly Caller[];
  View: ComponentType;
  /** What stands beside the console's own tools whichever section is in front. */
  Tool?: ComponentType;
  commands: readonly Command[];
  /** A number beside its name; 0 shows nothing. */
  badge?: ReadonlySignal<number>;
  /** Called once after each signing in, for what runs while another section is in front. Returns how to stop it. */
  start?: () => () => void;
}

const all = signal<readonly Section[]>([]);

/** Adds a section; they stand in the order in which they are added. */
export function registerSection(section: Section): void {
  all.value = [...all.value, section];
}

/** Returns the sections that the signed-in person may see. */
export function sections(): readonly Section[] {
  return all.value.filter(({ roles }) => has(...roles));
}

/** Returns the commands of a section that the signed-in person has. */
export function commandsOf(section: Section): readonly Command[] {
  return section.commands.filter((command) => command.has?.() ?? true);
}
