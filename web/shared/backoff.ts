/** Owns how long to wait before trying again: doubling, capped, with full jitter so that clients do not return together. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Returns the wait in milliseconds before the attempt after `failures` failed ones. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  // Never under a quarter of the ceiling: a wait of nothing would be no wait.
  return Math.round(ceiling * (0.25 + 0.75 * random()));
}
