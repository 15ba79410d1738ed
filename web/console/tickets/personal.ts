/**
 * Finds in a text what looks like somebody's details, so that a solution is kept without them. It marks rather too much
 * than too little, and whoever keeps the solution sees and decides; it is no promise that nothing is left.
 */

const LOOKS =
  /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}|https?:\/\/\S+|\+?\d[\d ()/.-]{5,}\d|\b[\p{L}\d]*\d{4,}[\p{L}\d]*\b/gu;

/** A piece of a text, and whether it looks personal. */
export interface Piece {
  text: string;
  personal: boolean;
}

/** Takes a text apart; `names` are words that are somebody's, such as the requester's name. */
export function pieces(text: string, names: readonly string[]): readonly Piece[] {
  const spans: [number, number][] = [];
  for (const match of text.matchAll(LOOKS)) spans.push([match.index, match.index + match[0].length]);
  for (const name of names.flatMap((one) => one.split(/[\s@.]+/)).filter((word) => word.length > 2)) {
    const word = new RegExp(
      `(?<![\\p{L}\\p{N}])${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`,
      "giu",
    );
    for (const match of text.matchAll(word)) spans.push([match.index, match.index + match[0].length]);
  }
  spans.sort(([a], [b]) => a - b);
  const found: Piece[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    if (from > at) found.push({ text: text.slice(at, from), personal: false });
    found.push({ text: text.slice(from, end), personal: true });
    at = end;
  }
  if (at < text.length) found.push({ text: text.slice(at), personal: false });
  return found;
}

/** Returns a text without what looks personal. */
export function without(text: string, names: readonly string[]): string {
  return pieces(text, names)
    .map(({ text: piece, personal }) => (personal ? "…" : piece))
    .join("");
}
