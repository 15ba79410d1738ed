/** Fills a canned reply's placeholders, and finds the replies that somebody means who types a slash. */
import type { CannedReply } from "../../shared/gen/desk.ts";

/** What placeholders stand for; an empty value is not known. */
export interface Known {
  visitor_name: string;
  operator_name: string;
  site: string;
}

/** Returns the text with what is known in it; where nothing is, with what the text itself gives after a bar. */
export function fill(template: string, known: Known): string {
  return template.replace(/\{([a-z_]+)(?:\|([^{}]*))?\}/g, (_, name: string, otherwise: string | undefined) => {
    const value = name in known ? known[name as keyof Known] : "";
    return value || otherwise || "";
  });
}

/** Says how well a reply's language suits a visitor's: the same, the same but for its region, any, another. */
function suits(reply: CannedReply, language: string): number {
  const [own, wanted] = [reply.language.toLowerCase(), language.toLowerCase()];
  if (own === "") return 1;
  if (own === wanted) return 3;
  return own.split("-")[0] === wanted.split("-")[0] ? 2 : 0;
}

/**
 * Returns the replies whose shortcut holds what was typed, each shortcut once: in the visitor's language where there is
 * one, and one's own before the team's.
 */
export function matching(replies: readonly CannedReply[], typed: string, language: string): readonly CannedReply[] {
  const best = new Map<string, CannedReply>();
  for (const reply of replies) {
    if (!reply.shortcut.includes(typed)) continue;
    const other = best.get(reply.shortcut);
    const better =
      !other ||
      suits(reply, language) > suits(other, language) ||
      (suits(reply, language) === suits(other, language) && reply.ownerId !== "" && other.ownerId === "");
    if (better) best.set(reply.shortcut, reply);
  }
  const starts = ({ shortcut }: CannedReply) => (shortcut.startsWith(typed) ? 0 : 1);
  return [...best.values()].sort(
    (one, other) => starts(one) - starts(other) || (one.shortcut < other.shortcut ? -1 : 1),
  );
}
