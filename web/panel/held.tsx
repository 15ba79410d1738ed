/** What is held about this chat, and what its visitor can do about it: looked up from the platform and not from this page's memory. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "../shared/dialog.tsx";
import { type Conversation, GetConversationResponseSchema } from "../shared/gen/frames.ts";
import { linkify } from "../shared/linkify.ts";
import type { Thread } from "../shared/live/thread.ts";
import { language } from "../shared/text.ts";
import { date, exact } from "../shared/time.tsx";
import { t as shared } from "../shared/words.ts";
import { readAddress } from "./reply.tsx";
import { Code, CopyOrDelete, ToCommunity } from "./rights.tsx";
import { api, notice, recognised, unrecognise } from "./session.ts";
import { t } from "./words/besides.ts";

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(language.value, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function Held({ chat, close }: { chat: Thread; close: () => void }) {
  const held = useSignal<Conversation | undefined>(undefined);
  const failed = useSignal(false);
  const stuck = useSignal(false);
  const reply = useSignal("");
  useEffect(() => {
    readAddress(chat.conversationId).then(
      (address) => {
        reply.value = address;
      },
      // The rest is shown all the same; the next look brings it.
      () => {},
    );
    api.call(GetConversationResponseSchema, "GET", `/v1/conversations/${encodeURIComponent(chat.conversationId)}`).then(
      ({ conversation }) => {
        held.value = conversation;
      },
      () => {
        failed.value = true;
      },
    );
  }, []);
  const said = chat.messages.value.filter(({ kind }) => kind === "KIND_TEXT").length;
  const found = held.value;
  // Only a real address becomes a link.
  const policy = linkify(notice.value?.policyUrl ?? "")[0]?.href;
  return (
    <Dialog title={t("held.title")} close={close} name="held" reading>
      {failed.value && <p class="note bad">{t("held.failed")}</p>}
      {!found && !failed.value && <p>{t("held.loading")}</p>}
      {found && (
        <dl>
          <dt>{t("held.name")}</dt>
          <dd dir="auto">{found.displayName || t("held.name.none")}</dd>
          <dt>{t("held.entries")}</dt>
          <dd>{new Intl.NumberFormat(language.value).format(said)}</dd>
          <dt>{t("held.language")}</dt>
          <dd>{languageName(found.language)}</dd>
          <dt>{t("held.page")}</dt>
          <dd dir={found.pagePath ? "ltr" : "auto"}>{found.pagePath || t("held.page.none")}</dd>
          {reply.value !== "" && (
            <>
              <dt>{t("held.reply")}</dt>
              <dd dir="ltr">{reply.value}</dd>
            </>
          )}
          {found.rating > 0 && (
            <>
              <dt>{t("held.rating")}</dt>
              <dd>{t("held.rating.of", { number: found.rating })}</dd>
            </>
          )}
          <dt>{t("held.started")}</dt>
          <dd>{exact(found.createTime)}</dd>
          <dt>{t("held.until")}</dt>
          <dd>{found.expireTime > 0 ? date(found.expireTime) : t("held.until.open")}</dd>
        </dl>
      )}
      {recognised.value && (
        <p>
          {t("held.recognised")}{" "}
          <button
            type="button"
            class="link"
            onClick={async () => {
              stuck.value = !(await unrecognise());
            }}
          >
            {t("held.unrecognise")}
          </button>
        </p>
      )}
      <p role="status">{stuck.value && t("held.unrecognise.failed")}</p>
      <Code />
      <ToCommunity />
      <CopyOrDelete />
      <p>
        {policy && (
          <a href={policy} target="_blank" rel="noopener noreferrer">
            {t("welcome.policy")}
          </a>
        )}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {shared("dialog.close")}
        </button>
      </div>
    </Dialog>
  );
}
