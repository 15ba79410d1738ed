/**
 * The place in the console, kept in the address's fragment: `#/inbox/queue/cnv_…`. A fragment is never sent to a server,
 * so no log holds which conversation somebody looked at.
 */
import { signal } from "@preact/signals";

function read(): readonly string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

/** The parts of the place: the section's id first. */
export const route = signal<readonly string[]>(read());
addEventListener("hashchange", arrive);

/** Takes in where the address leads, which the browser may not have announced yet. */
export function arrive(): void {
  route.value = read();
}

/** Returns the address of a place. */
export function href(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** Goes to a place. */
export function go(...parts: readonly string[]): void {
  location.hash = href(...parts);
  // The event comes later; what is drawn next should know already.
  route.value = parts;
}
