/**
 * The running log of a conversation, as both sides see it.
 *
 * It owns grouping, the place on the screen (stay at the end unless somebody scrolled up), what counts as seen, and the
 * states of messages on their way. It speaks to screen readers as a log: new entries are read out politely, while the
 * entries that were there already are not.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Api } from "../api.ts";
import type { Message } from "../gen/frames.ts";
import { Icon } from "../icons.tsx";
import type { LiveClient } from "../live/client.ts";
import type { Pending, Thread } from "../live/thread.ts";
import { language } from "../text.ts";
import { clockTime, exact, Time } from "../time.tsx";
import { t, tOr } from "../words.ts";
import { Body, Said } from "./body.tsx";

/** The most characters that a message holds. */
export const LONGEST = 4000;
/** Messages of one side this close together stand in one group. */
const GROUP_MS = 5 * 60_000;
/** Closer to the end than this counts as at the end. */
const END_PX = 48;

/** What an application decides about its log. */
export interface LogOptions {
  thread: Thread;
  live: LiveClient;
  /** The other side's name. */
  peerName: string;
  /** Whose entry it is, where it is neither the reader's nor the other side's as it is now; else empty. */
  nameOf?: (message: Message) => string;
  /** The words for something that happened; empty to leave it out. */
  event: (message: Message) => string;
  /** True while the log is in front of the one whose reading counts. */
  visible: boolean;
  /** Called with the last entry that somebody has had in front of them. */
  seen?: (sequence: number) => void;
  /** Called where a message is given up, so that its author can have the text back. */
  discard: (pending: Pending) => void;
  /** Stands before the first entry. */
  opening?: ComponentChildren;
  /** Draws a file that was sent. */
  file?: (attachmentId: string) => ComponentChildren;
  /** Stands after the last entry: files on their way. */
  closing?: ComponentChildren;
  /** By what messages are changed, and whose the reader may remove; absent where nothing is changed. */
  revising?: { api: Api; others: boolean } | undefined;
}

/** How long an author may change what was said; the platform decides, and this only shows the way. */
const EDITABLE_MS = 15 * 60_000;

/** What is being changed: the message, and what the reader may do with it. */
export interface Change {
  api: Api;
  message: Message;
  /** True while its author may still change it or take it back. */
  own: boolean;
  close: () => void;
}

/** Returns why a message was refused. It is said once, so the wait in it does not count down. */
function refusal({ reason, retryTime, body }: Pending): string {
  if (body.length > LONGEST) return t("log.refused.too_long", { limit: LONGEST });
  const wait = Math.ceil((retryTime - Date.now()) / 1000);
  // The gateway and chat name their limits each in their own way: RATE_LIMITED, POSTS_LIMITED.
  const kind = reason.endsWith("_LIMITED") ? ".limited" : "";
  if (wait <= 0) return kind ? t("log.refused.limited") : tOr(`log.refused.${reason}`, "log.refused");
  const time = new Intl.NumberFormat(language.value, { style: "unit", unit: "second", unitDisplay: "long" });
  return t(`log.refused${kind}.wait`, { time: time.format(wait) });
}

function PendingEntry({
  pending,
  thread,
  live,
  discard,
}: { pending: Pending } & Pick<LogOptions, "thread" | "live" | "discard">) {
  const stuck = pending.state !== "sending";
  const why = useMemo(() => (pending.state === "refused" ? refusal(pending) : ""), [pending]);
  return (
    <li class={`entry own pending ${pending.state}`}>
      <span class="unseen">{t("log.you")}: </span>
      <div class="bubble">
        <Body text={pending.body} />
      </div>
      <div class="state" role={stuck ? "alert" : undefined}>
        {pending.state === "sending" && t("log.sending")}
        {pending.state === "waiting" && t("log.waiting")}
        {why}
        {stuck && (
          <span class="choices">
            <button
              type="button"
              class="link"
              onClick={() => live.retry(thread.conversationId, pending.clientMessageId)}
            >
              {t("log.retry")}
            </button>
            <button
              type="button"
              class="link"
              onClick={() => {
                thread.dropPending(pending.clientMessageId);
                discard(pending);
              }}
            >
              {t("log.discard")}
            </button>
          </span>
        )}
      </div>
    </li>
  );
}

/** Says whether an entry is something that one of the two sides sent. */
export const isSaid = ({ kind }: Message): boolean => kind === "KIND_TEXT" || kind === "KIND_ATTACHMENT";

function opensGroup(message: Message, before: Message | undefined): boolean {
  return (
    before === undefined ||
    !isSaid(before) ||
    before.side !== message.side ||
    message.createTime - before.createTime > GROUP_MS
  );
}

/** The log, with what is on its way. */
export function Log(options: LogOptions) {
  const { thread, live, peerName, visible } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const unread = useSignal(false);
  const changing = useSignal<{ Dialog: ComponentType<Change>; change: Omit<Change, "close"> } | undefined>(undefined);
  const messages = thread.messages.value;
  const pending = thread.pending.value;
  const typing = thread.peerTyping.value;
  const last = messages.at(-1)?.sequence ?? 0;
  const lastOwn = messages.findLast((one) => isSaid(one) && one.side === thread.side)?.sequence;

  const toEnd = () => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    unread.value = false;
    see();
  };
  const see = () => {
    if (!visible || !atEnd.current || document.visibilityState !== "visible") return;
    live.read(thread.conversationId, last);
    options.seen?.(last);
  };
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    else unread.value = true;
  }, [last, typing, visible]);
  // What somebody sends is always shown to them, wherever they had scrolled to.
  useLayoutEffect(toEnd, [pending.length > 0 ? pending.at(-1)?.clientMessageId : ""]);
  useEffect(() => {
    document.addEventListener("visibilitychange", see);
    const resized = new ResizeObserver(() => atEnd.current && toEnd());
    if (scroller.current) resized.observe(scroller.current);
    return () => {
      document.removeEventListener("visibilitychange", see);
      resized.disconnect();
    };
  });

  const { revising } = options;
  const mayChange = (message: Message) =>
    revising &&
    isSaid(message) &&
    message.revision !== "REVISION_REMOVED" &&
    (message.side === thread.side || revising.others);
  const change = async (message: Message) => {
    if (!revising) return;
    const { side, kind, revision, createTime } = message;
    const running = thread.conversation.peek()?.state !== "STATE_CLOSED";
    const own =
      kind === "KIND_TEXT" &&
      side === thread.side &&
      running &&
      revision !== "REVISION_RETRACTED" &&
      Date.now() - createTime < EDITABLE_MS;
    // Rarely used, so that it comes when it is wanted; without a connection nothing could be changed either.
    const loaded = await import("./revising.tsx").catch(() => undefined);
    if (loaded) changing.value = { Dialog: loaded.Revising, change: { api: revising.api, message, own } };
  };
  const open = changing.value;

  return (
    <div class="log-frame">
      <div
        ref={scroller}
        class="log"
        role="log"
        aria-label={t("log.label")}
        aria-busy={!thread.loaded.value}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < END_PX;
          if (atEnd.current) {
            unread.value = false;
            see();
          }
        }}
      >
        {options.opening}
        {!thread.loaded.value && messages.length === 0 && (
          <p class="loading">
            <span class="spinner" /> {t("log.loading")}
          </p>
        )}
        <ol class="entries">
          {messages.map((message, at) =>
            isSaid(message) ? (
              <Entry
                key={message.sequence}
                message={message}
                own={message.side === thread.side}
                opens={opensGroup(message, messages[at - 1])}
                peerName={peerName}
                by={options.nameOf?.(message) ?? ""}
                file={
                  message.kind === "KIND_ATTACHMENT" && message.revision !== "REVISION_REMOVED"
                    ? options.file
                    : undefined
                }
                state={message.sequence === lastOwn ? (thread.peerRead.value >= lastOwn ? "log.read" : "log.sent") : ""}
                change={mayChange(message) ? change : undefined}
              />
            ) : (
              <Happening key={message.sequence} time={message.createTime} words={options.event(message)} />
            ),
          )}
          {pending.map((one) => (
            <PendingEntry
              key={one.clientMessageId}
              pending={one}
              thread={thread}
              live={live}
              discard={options.discard}
            />
          ))}
          {options.closing}
        </ol>
        <div class="typing" hidden={!typing}>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>{t("log.typing", { name: peerName })}</span>
        </div>
      </div>
      {unread.value && (
        <button type="button" class="button to-end" onClick={toEnd}>
          {t("log.new")}
        </button>
      )}
      {open && <open.Dialog {...open.change} close={() => (changing.value = undefined)} />}
    </div>
  );
}

function Happening({ time, words }: { time: number; words: string }) {
  if (words === "") return null;
  return (
    <li class="entry event">
      <span>{words}</span> <Time at={time} clock />
    </li>
  );
}

interface EntryProps {
  message: Message;
  own: boolean;
  /** True for the first of a group, which carries name and time. */
  opens: boolean;
  peerName: string;
  /** Whose it is, where it is somebody else's; else empty. */
  by: string;
  file: LogOptions["file"];
  state: "" | "log.read" | "log.sent";
  change: ((message: Message) => void) | undefined;
}

/** One message. It is drawn again only when its own properties change, so that a long log stays quick. */
function Entry({ message, own, opens, peerName, by, file, state, change }: EntryProps) {
  return (
    <li class={`entry ${own ? "own" : "theirs"} ${opens ? "opens" : ""}`}>
      {opens && (
        <div class="by">
          <span class={own && by === "" ? "unseen" : undefined}>{by || (own ? t("log.you") : peerName)}</span>{" "}
          <Time at={message.createTime} clock />
        </div>
      )}
      <div class="said">
        <div class="bubble" title={opens ? undefined : clockTime(message.createTime)}>
          {file ? file(message.body) : <Said message={message} />}
        </div>
        {change && (
          <button
            type="button"
            class="button plain icon change"
            aria-label={t("log.change")}
            onClick={() => change(message)}
          >
            <Icon name="more" size={18} />
          </button>
        )}
      </div>
      {message.revision === "REVISION_EDITED" && (
        <div class="state" title={exact(message.reviseTime)}>
          {t("log.edited")}
        </div>
      )}
      {state !== "" && <div class="state">{t(state)}</div>}
    </li>
  );
}
