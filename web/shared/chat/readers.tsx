/** Who has read a conversation, and why: one line for each person or program and purpose. */
import type { Reader } from "../gen/frames.ts";
import { duration, exact } from "../time.tsx";
import { t, tOr } from "../words.ts";

/** Returns the words for a declared purpose. */
export function purposeWords(purpose: string): string {
  return tOr(`reader.purpose.${purpose}`, "reader.purpose.other");
}

/** The readers, the first one first. A visitor sees names only where the tenant chose so. */
export function Readers({ readers, empty }: { readers: readonly Reader[]; empty: string }) {
  if (readers.length === 0) return <p class="faint">{empty}</p>;
  return (
    <ul class="readers">
      {readers.map(({ staffId, apiKeyId, displayName, purpose, firstTime, lastTime }) => (
        <li key={`${staffId} ${apiKeyId} ${purpose} ${firstTime}`}>
          <strong>
            {apiKeyId ? tOr("reader.program", "reader.purpose.other") : displayName || t("reader.somebody")}
          </strong>{" "}
          <span class="faint" title={`${exact(firstTime)} – ${exact(lastTime)}`}>
            {purposeWords(purpose)} · {duration(lastTime - firstTime)}
          </span>
        </li>
      ))}
    </ul>
  );
}
