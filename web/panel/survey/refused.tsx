/** The page of somebody whom a survey refused for the age: this browser forgets the chat, as the platform did. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/survey/words.ts";
import { focusWithin } from "../host.ts";
import { forget } from "../session.ts";

/** True where a survey refused whoever answered it. */
export const refused = signal(false);

export function Refused() {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    focusWithin(title.current);
    // Without a connection the platform has forgotten all the same; only the cookie stays, and opens nothing.
    forget().catch(() => {});
  }, []);
  return (
    <div class="page middle" role="alert">
      <h2 ref={title} tabIndex={-1}>
        {t("refused.title")}
      </h2>
      <p>{t("refused")}</p>
    </div>
  );
}
