/** The conversation in front: what was said, what can be done about it, and the field to answer in. */
import { signal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Attachments } from "../../shared/chat/attachments.ts";
import { Composer } from "../../shared/chat/composer.tsx";
import { FileEntry, Uploads } from "../../shared/chat/files.tsx";
import { Log } from "../../shared/chat/log.tsx";
import { Confirm } from "../../shared/dialog.tsx";
import type { Conversation, Message } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import type { Thread } from "../../shared/live/thread.ts";
import { date, relative } from "../../shared/time.tsx";
import { useCanned } from "../desk/canned.tsx";
import { go, href } from "../route.ts";
import { api, has, live, myId } from "../session.ts";
import { say } from "../toasts.tsx";
import { t } from "../words/en.ts";
import { useArrival } from "./arrival.ts";
import { Beside } from "./beside.ts";
import { Bringing, bringing } from "./bringing.ts";
import { Context } from "./context.tsx";
import { HandOn, handing, Offered, Offering } from "./handing.tsx";
import { claim, draftOf, end, enter, lists, putBack, siteNames, view } from "./store.ts";
import { Private, Watched } from "./watching.tsx";

/** True while somebody is asked whether to end the conversation in front. */
export const ending = signal(false);

/** Puts the focus where an answer is written. */
export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>(".conversation textarea")?.focus();
}

/** Says whether the signed-in person answers in a conversation. */
export function isMine(conversation: Conversation | undefined): boolean {
  return conversation?.state === "STATE_OPEN" && conversation.operatorId === myId();
}

/** Says whether the signed-in person may remove what should stand nowhere, whoever said it. */
function mayRemove({ operatorId }: Conversation): boolean {
  return operatorId === myId() || has("CALLER_SUPERVISOR");
}

function eventWords(message: Message, conversation: Conversation): string {
  const name = conversation.operatorName;
  if (message.kind === "KIND_STARTED") return t("event.started");
  if (message.kind === "KIND_JOINED") {
    return message.operatorId === conversation.operatorId ? t("event.joined", { name }) : t("event.joined.other");
  }
  if (message.kind === "KIND_REQUEUED") return t("event.requeued");
  if (message.kind === "KIND_TRANSFERRED") return t("event.transferred");
  if (message.kind === "KIND_LEFT") return t("event.left");
  if (message.kind === "KIND_MAILED") return t("event.mailed");
  if (message.kind === "KIND_MAIL_FAILED") return t("event.mail.failed");
  if (message.kind === "KIND_MAIL_HELD") return t("event.mail.held");
  if (message.kind === "KIND_WATCHED") return t("event.watched", { reason: message.body });
  if (message.kind === "KIND_TICKETED") return t("event.ticketed", { reference: message.body });
  if (message.kind === "KIND_UNWATCHED") return t("event.unwatched");
  if (message.kind === "KIND_BLOCKED") return t("event.blocked", { name });
  if (message.kind !== "KIND_CLOSED") return "";
  const closer = message.side === "SIDE_UNSPECIFIED" ? conversation.closedBy : message.side;
  if (closer === "SIDE_VISITOR") return t("event.closed.visitor");
  return closer === "SIDE_OPERATOR" ? t("event.closed.operator", { name }) : t("event.closed.other");
}

function Nothing({ title, text }: { title: string; text: string }) {
  const arrival = useArrival(title);
  return (
    <div class="list-state middle">
      <h2 {...arrival}>{title}</h2>
      <p>{text}</p>
      <a class="button" href={href("inbox", view.value)}>
        {t("inbox.back")}
      </a>
    </div>
  );
}

/** The conversation with an id. */
export function ConversationPane({ id }: { id: string }) {
  const { thread, leave } = useMemo(() => enter(id), [id]);
  const details = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => leave, [id]);
  const files = useMemo(() => new Attachments(api, id), [id]);
  useEffect(() => files.note(thread.messages.value), [files, thread.messages.value]);
  const conversation = thread.conversation.value ?? lists.value.known.value.get(id);
  const mine = isMine(conversation);
  // Before the next key: what is typed as soon as the field is seen belongs in it.
  useLayoutEffect(() => {
    if (mine) focusComposer();
    else heading.current?.focus();
  }, [id, mine]);

  if (thread.trouble.value === "MONITORING_NEEDS_REASON" && conversation) {
    if (conversation.offeredToId === myId()) return <Offered key={id} conversation={conversation} />;
    return <Private conversation={conversation} />;
  }
  if (thread.trouble.value !== "") return <Nothing title={t("inbox.gone.title")} text={t("inbox.gone.text")} />;
  const name = conversation?.displayName || t("inbox.anonymous");

  return (
    <article class={`conversation ${details.value ? "with-details" : ""}`} aria-labelledby="conversation-name">
      <header>
        <a class="button plain icon back" href={href("inbox", view.value)} aria-label={t("inbox.back")}>
          <Icon name="back" />
        </a>
        <h2 id="conversation-name" ref={heading} tabIndex={-1} dir="auto">
          {name}
        </h2>
        {mine && (
          <button type="button" class="button" aria-haspopup="dialog" onClick={() => (handing.value = true)}>
            {t("hand.open")}
          </button>
        )}
        {mine && (
          <button
            type="button"
            class="button"
            aria-label={t("inbox.end")}
            aria-haspopup="dialog"
            onClick={() => (ending.value = true)}
          >
            {t("inbox.end.short")}
          </button>
        )}
        <button
          type="button"
          class="button plain icon details"
          aria-label={t("inbox.show.details")}
          aria-expanded={details.value}
          onClick={() => (details.value = !details.value)}
        >
          <Icon name="person" />
        </button>
      </header>
      {conversation && (
        <>
          <div class="strips">
            <Watched conversation={conversation} />
            <Offering conversation={conversation} />
          </div>
          <Log
            thread={thread}
            live={live}
            peerName={name}
            event={(message) => eventWords(message, conversation)}
            nameOf={({ side, operatorId }) =>
              side === "SIDE_OPERATOR" && operatorId !== "" && operatorId !== myId() ? t("inbox.colleague") : ""
            }
            file={(attachmentId) => <FileEntry files={files} id={attachmentId} />}
            closing={<Uploads files={files} />}
            visible={mine}
            revising={mayRemove(conversation) ? { api, others: true } : undefined}
            seen={(sequence) => lists.value.read(id, sequence)}
            discard={({ body }) => {
              say(t("inbox.discarded"), () => {
                putBack(id, body);
                focusComposer();
              });
            }}
          />
          <Foot conversation={conversation} thread={thread} files={files} mine={mine} name={name} />
        </>
      )}
      {conversation && (
        <aside>
          <Context conversation={conversation} loaded={thread.loaded.value} />
          {thread.loaded.value && <Beside conversation={conversation} />}
        </aside>
      )}
      {bringing.value && conversation?.operatorId === myId() && <Bringing id={id} language={conversation.language} />}
      {handing.value && mine && conversation && <HandOn conversation={conversation} />}
      {ending.value && mine && (
        <Confirm
          title={t("inbox.end.title")}
          text={t("inbox.end.text")}
          yes={t("inbox.end")}
          close={() => (ending.value = false)}
          confirm={() => end(id)}
        />
      )}
    </article>
  );
}

function Foot({
  conversation,
  thread,
  files,
  mine,
  name,
}: {
  conversation: Conversation;
  thread: Thread;
  files: Attachments;
  mine: boolean;
  name: string;
}) {
  const { id } = conversation;
  const draft = draftOf(id);
  const { displayName, language, siteId } = conversation;
  const to = { name: displayName, language, site: siteNames.value.get(siteId) ?? "" };
  const popup = useCanned(draft, to, (words) => {
    draft.value = words;
  });
  const attach = useCallback(
    (chosen: File[]) => {
      files.send(chosen);
    },
    [files],
  );
  if (mine) {
    return (
      <Composer
        text={draft}
        send={(text) => live.post(thread.conversationId, text)}
        typing={() => live.typing(id)}
        idle={() => live.stopTyping(id)}
        attach={attach}
        hint={t("inbox.draft", { name })}
        popup={popup}
      />
    );
  }
  if (conversation.state === "STATE_QUEUED") {
    return (
      <div class="foot">
        <p>{t("inbox.claim.hint")}</p>
        <button type="button" class="button main" onClick={() => claim(id)}>
          {t("inbox.claim.long")}
        </button>
      </div>
    );
  }
  // Whoever watches only reads; the strip above says so.
  if (conversation.state === "STATE_OPEN") return null;
  const { closeTime, expireTime } = conversation;
  return (
    <div class="foot">
      <p>
        {expireTime > 0
          ? t("inbox.closed.note", { time: relative(closeTime), date: date(expireTime) })
          : t("inbox.closed.note.plain", { time: relative(closeTime || conversation.createTime) })}
      </p>
    </div>
  );
}

/** Leaves the conversation in front for its list. */
export function toList(): void {
  go("inbox", view.value);
}
