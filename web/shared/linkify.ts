/**
 * Finds the web addresses in plain text.
 *
 * It owns what counts as a link: http and https only, nothing with a user name in it (`https://bank.example@evil…`),
 * closing punctuation left outside. It returns pieces of text and never markup, so nothing that a person typed can
 * become an element.
 */

/** A piece of text, or of text that leads somewhere. */
export interface Piece {
  text: string;
  /** The address; absent for plain text. */
  href?: string;
  /** The host that the address leads to, in the form that browsers resolve, so that look-alike letters show. */
  host?: string;
}

const CANDIDATE = /\b(?:https?:\/\/|www\.)[^\s<>"'`\p{Cc}\p{Bidi_Control}]+/giu;
const TRAILING = /[.,;:!?…،؛؟。、]$/u;

function trim(candidate: string): string {
  let text = candidate;
  for (;;) {
    if (TRAILING.test(text)) text = text.slice(0, -1);
    else if (/[)\]}]$/.test(text) && unbalanced(text)) text = text.slice(0, -1);
    else return text;
  }
}

function unbalanced(text: string): boolean {
  const last = text.at(-1) as string;
  const partner = { ")": "(", "]": "[", "}": "{" }[last] as string;
  return text.split(last).length > text.split(partner).length;
}

function address(text: string): URL | undefined {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    const safe = (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "";
    return safe && url.hostname.length > 0 ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Splits text into pieces, in order; joined, they are the text again. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = trim(match[0]);
    const url = address(shown);
    if (!url) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: shown, href: url.href, host: url.host });
    at = match.index + shown.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\s)+$/u;

/** True for up to three emoji and nothing else, which are shown larger. */
export function isEmoji(text: string): boolean {
  if (text.length > 40 || !ONLY_EMOJI.test(text) || text.trim() === "") return false;
  const bare = text.replaceAll(/\s/g, "");
  if (typeof Intl.Segmenter !== "function") return bare.length <= 4;
  return [...new Intl.Segmenter().segment(bare)].length <= 3;
}
