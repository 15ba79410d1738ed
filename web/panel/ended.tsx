/** The last page: who has read the chat, when it deletes itself, and the transcript to keep. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Said } from "../shared/chat/body.tsx";
import { Readers } from "../shared/chat/readers.tsx";
import { Revising } from "../shared/chat/revising.tsx";
import { saveText, transcriptText } from "../shared/chat/transcript.ts";
import { ListReadersResponseSchema, type Message, type Reader } from "../shared/gen/frames.ts";
import { Icon, type IconName } from "../shared/icons.tsx";
import type { Thread } from "../shared/live/thread.ts";
import { date, Time } from "../shared/time.tsx";
import { t as shared } from "../shared/words.ts";
import { eventWords, operatorName } from "./chat.tsx";
import { focusWithin } from "./host.ts";
import { MailCopy } from "./mailing.tsx";
import { Code, CopyOrDelete } from "./rights.tsx";
import { api, live, renew, site } from "./session.ts";
import { Offer } from "./survey/offer.tsx";
import { Unsent } from "./unsent.tsx";
import { t } from "./words/besides.ts";

function Action({ icon, text, act }: { icon: IconName; text: string; act: () => void }) {
  return (
    <button type="button" class="button" onClick={act}>
      <Icon name={icon} size={18} />
      {text}
    </button>
  );
}

export function Ended({ chat }: { chat: Thread }) {
  const readers = useSignal<readonly Reader[] | "failed" | undefined>(undefined);
  const reading = useSignal(false);
  const copied = useSignal("");
  const removing = useSignal<Message | undefined>(undefined);
  const Survey = useSignal<ComponentType<{ invitation: string; close: () => void }> | undefined>(undefined);
  const invitation = useSignal("");
  const title = useRef<HTMLHeadingElement>(null);
  const conversation = chat.conversation.value;

  useEffect(() => {
    focusWithin(title.current);
    api
      .call(ListReadersResponseSchema, "GET", `/v1/conversations/${encodeURIComponent(chat.conversationId)}/readers`)
      .then(
        (answer) => {
          readers.value = answer.readers;
        },
        () => {
          readers.value = "failed";
        },
      );
  }, []);
  useEffect(() => live.read(chat.conversationId, chat.cursor), [chat.cursor]);

  const names = {
    visitor: conversation?.displayName || t("transcript.you"),
    operator: operatorName(conversation),
    event: (message: Message) => eventWords(message, conversation),
  };
  const text = () =>
    transcriptText(t("transcript.title", { site: site.value?.displayName ?? "" }), chat.messages.value, names);
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => (copied.value = t("ended.copied")),
      () => (copied.value = t("ended.copy.failed")),
    );

  const answer = async (sealed: string) => {
    // It comes when somebody wants it; where it cannot be fetched, the page stays as it is.
    Survey.value = (await import("./survey/survey.tsx").catch(() => undefined))?.default;
    if (Survey.value) invitation.value = sealed;
  };
  if (invitation.value !== "" && Survey.value) {
    return <Survey.value invitation={invitation.value} close={() => (invitation.value = "")} />;
  }
  return (
    <div class="page ended">
      <h2 ref={title} tabIndex={-1}>
        {t("ended.title")}
      </h2>
      <Unsent />
      <Offer conversationId={chat.conversationId} open={answer} />
      <section class="card" aria-labelledby="readers-title">
        <h3 id="readers-title">{t("ended.readers")}</h3>
        {readers.value === undefined && <span class="spinner" />}
        {readers.value === "failed" && <p>{t("ended.readers.failed")}</p>}
        {Array.isArray(readers.value) && <Readers readers={readers.value} empty={t("ended.readers.none")} />}
        <p>
          {conversation && conversation.expireTime > 0
            ? `${t("ended.expires", { date: date(conversation.expireTime) })} ${t("ended.backups")}`
            : t("ended.expires.none")}
        </p>
        <Code />
      </section>
      <CopyOrDelete />
      <section aria-label={t("ended.transcript")}>
        <div class="actions">
          <Action icon="copy" text={copied.value || t("ended.copy")} act={copy} />
          <Action
            icon="print"
            text={t("ended.print")}
            act={() => {
              reading.value = true;
              setTimeout(print);
            }}
          />
          <Action icon="save" text={t("ended.save")} act={() => saveText("chat.txt", text())} />
        </div>
        <p class="unseen" role="status">
          {copied.value}
        </p>
        <MailCopy conversationId={chat.conversationId} />
        <details
          class="transcript"
          open={reading.value}
          onToggle={({ currentTarget }) => (reading.value = (currentTarget as HTMLDetailsElement).open)}
        >
          <summary>{t("ended.transcript")}</summary>
          <ol>
            {chat.messages.value.map((message) =>
              message.kind === "KIND_TEXT" ? (
                <li key={message.sequence}>
                  <p class="by">
                    <strong dir="auto">{message.side === "SIDE_VISITOR" ? names.visitor : names.operator}</strong>{" "}
                    <Time at={message.createTime} clock />
                  </p>
                  <Said message={message} />
                  {message.side === "SIDE_VISITOR" && message.revision !== "REVISION_REMOVED" && (
                    <button
                      type="button"
                      class="button plain icon"
                      aria-label={shared("log.change")}
                      onClick={() => (removing.value = message)}
                    >
                      <Icon name="more" size={18} />
                    </button>
                  )}
                </li>
              ) : (
                <li key={message.sequence} class="event">
                  {names.event(message)} <Time at={message.createTime} clock />
                </li>
              ),
            )}
          </ol>
        </details>
      </section>
      <button type="button" class="button main wide" onClick={() => renew()}>
        {t("ended.new")}
      </button>
      {removing.value && (
        // What should stand nowhere is removed whenever its author finds it; a chat that is over changes in no other way.
        <Revising api={api} message={removing.value} own={false} close={() => (removing.value = undefined)} />
      )}
    </div>
  );
}
