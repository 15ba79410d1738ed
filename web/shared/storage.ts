/**
 * Remembers small preferences, such as sound on or off, where the browser allows it.
 *
 * It never holds a credential, an id of anybody or anything about a person, and works as well where storage is blocked:
 * then a preference lasts as long as the page.
 */

const memory = new Map<string, string>();

/** Returns a remembered preference. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(`parley.${key}`) ?? memory.get(key);
  } catch {
    return memory.get(key);
  }
}

/** Forgets a preference. */
export function unlearn(key: string): void {
  memory.delete(key);
  try {
    localStorage.removeItem(`parley.${key}`);
  } catch {
    // Blocked: nothing was kept there.
  }
}

/** Remembers a preference. */
export function remember(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(`parley.${key}`, value);
  } catch {
    // Blocked or full: the page's own memory has it.
  }
}
