/** The running chat: where it stands, what was said, and the field to say more. */
import { effect, signal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { badgeTitle, chime } from "../shared/alerts.ts";
import type { Attachments } from "../shared/chat/attachments.ts";
import { Composer } from "../shared/chat/composer.tsx";
import { isSaid, Log } from "../shared/chat/log.tsx";
import type { Conversation, Message } from "../shared/gen/frames.ts";
import type { Thread } from "../shared/live/thread.ts";
import { clockTime } from "../shared/time.tsx";
import { alertDesktop, focusWithin, openAlone, shown, tell } from "./host.ts";
import { News } from "./news.ts";
import { api, live, site, stage, thread, wayBack } from "./session.ts";
import { t } from "./words/en.ts";

/** What is being written; it outlives the field, so that minimising or ending loses nothing. */
export const draft = signal("");

/** Returns the name under which the other side speaks. */
export function operatorName(conversation: Conversation | undefined): string {
  return conversation?.operatorName || t("panel.operator");
}

/** Returns the words for something that happened. */
export function eventWords(message: Message, conversation: Conversation | undefined): string {
  const name = operatorName(conversation);
  if (message.kind === "KIND_STARTED") return t("event.started");
  if (message.kind === "KIND_JOINED") {
    return t("event.joined", { name: message.operatorId === conversation?.operatorId ? name : t("panel.operator") });
  }
  if (message.kind === "KIND_REQUEUED") return t("event.requeued");
  if (message.kind === "KIND_TRANSFERRED") return t("event.transferred");
  if (message.kind === "KIND_LEFT") return t("event.left");
  if (message.kind === "KIND_ATTACHMENT") return t("event.file");
  if (message.kind === "KIND_WATCHED") return t("event.watched", { reason: message.body });
  if (message.kind === "KIND_TICKETED") return t("event.ticketed", { reference: message.body });
  if (message.kind === "KIND_UNWATCHED") return t("event.unwatched");
  if (message.kind === "KIND_BLOCKED") return t("event.blocked");
  if (message.kind !== "KIND_CLOSED") return "";
  const closer = message.side === "SIDE_UNSPECIFIED" ? conversation?.closedBy : message.side;
  if (closer === "SIDE_VISITOR") return t("event.closed.you");
  return closer === "SIDE_OPERATOR" ? t("event.closed.operator", { name }) : t("event.closed.other");
}

/** The way back for those whose browser keeps none: a code to write down, or the chat in a tab that stays. */
function WayBack({ code }: { code: string }) {
  return (
    <div class="strip way-back" role="status">
      {t("back.strip")} <strong dir="ltr">{code}</strong>{" "}
      <button type="button" class="link" onClick={openAlone}>
        {t("back.tab")}
      </button>
    </div>
  );
}

/** The files of the chat, and what draws them; both come when there is a file, or somebody wants to send one. */
const files = signal<Attachments | undefined>(undefined);
const drawn = signal<typeof import("../shared/chat/files.tsx") | undefined>(undefined);
let filesOf = "";

async function needFiles(conversationId: string): Promise<void> {
  if (filesOf === conversationId && files.peek()) return;
  filesOf = conversationId;
  files.value = undefined;
  const [{ Attachments: Kind }, parts] = await Promise.all([
    import("../shared/chat/attachments.ts"),
    import("../shared/chat/files.tsx"),
  ]);
  if (filesOf !== conversationId) return;
  drawn.value = parts;
  files.value = new Kind(api, conversationId);
}

export function Chat({ chat }: { chat: Thread }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const conversation = chat.conversation.value;
  const { conversationId } = chat;
  const queued = conversation?.state === "STATE_QUEUED";

  useEffect(() => {
    focusWithin(field.current);
  }, [shown.value]);
  const messages = chat.messages.value;
  const has = messages.some(({ kind }) => kind === "KIND_ATTACHMENT");
  const known = files.value;
  useEffect(() => {
    // Without a connection there are no files to draw; the next message tries again.
    if (has) needFiles(conversationId).catch(() => {});
    known?.note(messages);
  }, [messages, known, has]);
  const attach = useCallback(
    async (chosen: File[]) => {
      await needFiles(conversationId).catch(() => {});
      files.peek()?.send(chosen);
    },
    [conversationId],
  );
  const parts = drawn.value;

  return (
    <div class="chat">
      {live.status.value === "waiting" && (
        <p class="strip" role="status">
          {t("state.waiting")}
        </p>
      )}
      {conversation && conversation.watchEndTime > Date.now() && (
        <p class="strip" role="status">
          {t("state.watched", { time: clockTime(conversation.watchEndTime) })}
        </p>
      )}
      {wayBack.value !== "" && <WayBack code={wayBack.value} />}
      <Log
        thread={chat}
        live={live}
        peerName={operatorName(conversation)}
        event={(message) => eventWords(message, conversation)}
        nameOf={({ side, operatorId }) =>
          side === "SIDE_OPERATOR" && operatorId !== conversation?.operatorId ? t("panel.operator") : ""
        }
        file={(id) => parts && known && <parts.FileEntry files={known} id={id} />}
        closing={parts && known && <parts.Uploads files={known} />}
        visible={shown.value}
        revising={{ api, others: false }}
        discard={({ body }) => {
          draft.value = draft.value === "" ? body : `${body}\n${draft.value}`;
        }}
        opening={
          site.value?.greeting && (
            <p class="greeting" dir="auto">
              {site.value.greeting}
            </p>
          )
        }
      />
      <div>
        {queued && conversation.queuePosition > 0 && (
          <p class="queue" role="status">
            {t("state.queued.long", { position: conversation.queuePosition })}
            {conversation.expectedWaitSeconds > 0 &&
              ` ${t("state.expected", { minutes: Math.ceil(conversation.expectedWaitSeconds / 60) })}`}
          </p>
        )}
      </div>
      <Composer
        text={draft}
        field={field}
        send={(text) => live.post(conversationId, text)}
        typing={() => live.typing(conversationId)}
        idle={() => live.stopTyping(conversationId)}
        attach={known?.room.value === 0 ? undefined : attach}
      />
    </div>
  );
}

/** True while the tab is in front. */
const tabVisible = signal(document.visibilityState === "visible");

/** Shows a number: in a frame on the page around it, and otherwise in the title of the panel's own tab. */
function tellUnseen(count: number): void {
  tell({ type: "unread", count, label: t("panel.unread", { count }) });
  badgeTitle(count);
}

/** Calls the visitor back when something is said while the panel or its tab is out of sight. Runs as long as the page. */
export function watchForNews(): void {
  effect(() => {
    const state = thread.value?.conversation.value?.state;
    // An ended chat is read here and then left; there is nothing to come back to on the next page.
    if (stage.value === "chat" && state) tell({ type: "session", active: state !== "STATE_CLOSED" });
  });
  let watched: Thread | undefined;
  let news = new News();
  effect(() => {
    const chat = thread.value;
    const present = shown.value && tabVisible.value;
    if (!chat || stage.value !== "chat" || !chat.loaded.value) {
      // A chat that ended behind somebody's back keeps its number until they look.
      if (present) tellUnseen(0);
      return;
    }
    if (watched !== chat) {
      watched = chat;
      news = new News();
    }
    const theirs = chat.messages.value
      .filter((message) => isSaid(message) && message.side === "SIDE_OPERATOR")
      .map(({ sequence }) => sequence);
    const read = chat.conversation.value?.visitorReadSequence ?? 0;
    const { unseen, calls } = news.look({ theirs, cursor: chat.cursor, read }, present);
    tellUnseen(unseen);
    if (calls) {
      chime();
      alertDesktop(t("panel.alert", { site: site.value?.displayName ?? "" }));
    }
  });
  document.addEventListener("visibilitychange", () => {
    tabVisible.value = document.visibilityState === "visible";
  });
  // A page that is left with a message on its way would lose it.
  addEventListener("beforeunload", (event) => {
    if (thread.value && thread.value.unsent.length > 0) event.preventDefault();
  });
}
