/** What is known of the visitor and the conversation beside it: little, and all of it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Readers } from "../../shared/chat/readers.tsx";
import { type Conversation, ListReadersResponseSchema, type Reader } from "../../shared/gen/frames.ts";
import { language } from "../../shared/text.ts";
import { date, duration, now, Time } from "../../shared/time.tsx";
import { api } from "../session.ts";
import { t } from "../words/en.ts";
import { siteNames } from "./store.ts";
import { Verified } from "./verified.tsx";

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(language.value, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span class="faint">{t("context.unknown")}</span>}</dd>
    </div>
  );
}

/** `loaded` is true once the conversation is followed, which is recorded: whoever reads stands among its readers. */
export function Context({ conversation, loaded }: { conversation: Conversation; loaded: boolean }) {
  const readers = useSignal<readonly Reader[] | "failed" | undefined>(undefined);
  const { id, state, claimTime, createTime, replySetTime } = conversation;
  useEffect(() => {
    readers.value = undefined;
    if (!loaded) return;
    api.call(ListReadersResponseSchema, "GET", `/v1/conversations/${encodeURIComponent(id)}/readers`).then(
      (answer) => {
        readers.value = answer.readers;
      },
      () => {
        readers.value = "failed";
      },
    );
  }, [id, state, loaded]);
  const reply = useSignal("");
  useEffect(() => {
    reply.value = "";
  }, [id]);
  // Read again when the visitor says where answers go, or takes that back.
  useEffect(() => {
    if (!loaded) return;
    api.json("GET", `/v1/conversations/${encodeURIComponent(id)}/left-message`).then(
      (answer) => {
        reply.value = (answer as { leftMessage?: { replyEmail?: string } }).leftMessage?.replyEmail ?? "";
      },
      // The transcript says that it is a message; the next look brings the address.
      () => {},
    );
  }, [id, loaded, replySetTime]);
  const waited = (claimTime || conversation.closeTime || now.value) - (conversation.queueTime || createTime);
  return (
    <div class="context">
      <h2>{t("context.title")}</h2>
      <dl>
        <Fact name={t("context.name")}>
          <span dir="auto">{conversation.displayName || t("inbox.anonymous")}</span>
        </Fact>
        <Fact name={t("context.site")}>{siteNames.value.get(conversation.siteId)}</Fact>
        <Fact name={t("context.page")}>{conversation.pagePath && <code dir="ltr">{conversation.pagePath}</code>}</Fact>
        <Fact name={t("context.language")}>{conversation.language && languageName(conversation.language)}</Fact>
        {reply.value !== "" && (
          <Fact name={t("context.reply")}>
            <span dir="ltr">{reply.value}</span>
          </Fact>
        )}
        <Fact name={t("context.started")}>
          <Time at={createTime} />
        </Fact>
        <Fact name={t("context.waited")}>{duration(waited)}</Fact>
        {conversation.operatorName && <Fact name={t("context.operator")}>{conversation.operatorName}</Fact>}
        {conversation.rating > 0 && (
          <Fact name={t("context.rating")}>{t("context.rating.of", { number: conversation.rating })}</Fact>
        )}
        <Fact name={t("context.expires")}>
          {conversation.expireTime > 0 ? date(conversation.expireTime) : t("context.expires.open")}
        </Fact>
      </dl>
      <Verified id={id} loaded={loaded} />
      <h2>{t("context.readers")}</h2>
      {readers.value === undefined && <span class="spinner" />}
      {readers.value === "failed" && <p class="faint">{t("context.readers.failed")}</p>}
      {Array.isArray(readers.value) && <Readers readers={readers.value} empty={t("context.readers.none")} />}
      <p class="hint">{t("context.readers.hint")}</p>
    </div>
  );
}
