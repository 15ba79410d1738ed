/** What was written and not sent, where it can be copied from, once it cannot be sent any more. */
import { Body } from "../shared/chat/body.tsx";
import { draft } from "./chat.tsx";
import { thread } from "./session.ts";
import { t } from "./words/en.ts";

export function Unsent() {
  const pending = thread.value?.pending.value.map(({ body }) => body) ?? [];
  const texts = [...pending, draft.value].filter((text) => text.trim() !== "");
  return texts.length === 0 ? null : (
    <section class="note careful unsent">
      <p>{t("ended.unsent")}</p>
      {texts.map((text) => (
        <Body text={text} />
      ))}
    </section>
  );
}
