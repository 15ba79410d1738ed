/** What somebody wrote, as text: line breaks kept, web addresses made into links, lone emoji made large. Never markup. */

import type { Message } from "../gen/frames.ts";
import { isEmoji, linkify } from "../linkify.ts";
import { t } from "../words.ts";

/** Returns what stands in a message now, in words where nothing does. */
export function wordsOf({ body, revision }: Message): string {
  if (revision === "REVISION_RETRACTED") return t("log.retracted");
  return revision === "REVISION_REMOVED" ? t("log.removed") : body;
}

/** What stands in a message now. */
export function Said({ message }: { message: Message }) {
  const { body, revision } = message;
  const stands = revision === "REVISION_UNSPECIFIED" || revision === "REVISION_EDITED";
  return stands ? <Body text={body} /> : <p class="body gone">{wordsOf(message)}</p>;
}

export function Body({ text }: { text: string }) {
  if (isEmoji(text)) return <p class="body emoji">{text}</p>;
  return (
    <p class="body" dir="auto">
      {linkify(text).map(({ text: piece, href, host }) =>
        href ? (
          <a
            href={href}
            title={host}
            target="_blank"
            rel="noopener noreferrer nofollow ugc"
            aria-label={t("log.link", { text: piece, host: host ?? "" })}
          >
            {piece}
          </a>
        ) : (
          piece
        ),
      )}
    </p>
  );
}
