/** What somebody wrote, as text: line breaks kept, web addresses made into links, lone emoji made large. Never markup. */
import { isEmoji, linkify } from "../linkify.ts";
import { t } from "../words.ts";

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
