/**
 * Keeps the inbox current while somebody is signed in: reads its lists, follows its changes, and calls when somebody
 * waits or writes.
 */
import { computed, effect, type Signal, signal } from "@preact/signals";
import { badgeTitle, chime, notify } from "../../shared/alerts.ts";
import { ApiError, reasonOf } from "../../shared/api.ts";
import {
  ClaimConversationResponseSchema,
  CloseConversationResponseSchema,
  type Conversation,
  ListConversationsResponseSchema,
  ListSitesResponseSchema,
  type WatchInboxResponse,
} from "../../shared/gen/frames.ts";
import type { Thread } from "../../shared/live/thread.ts";
import { date } from "../../shared/time.tsx";
import { forgetDesk, readTags } from "../desk/data.ts";
import { go, route } from "../route.ts";
import { api, beforeLeaving, has, live, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "../words/en.ts";
import { hasNews, InboxLists, VIEW_NAMES, type View } from "./lists.ts";
import { readPresence } from "./presence.tsx";

const PAGE = 50;

/** The lists of the signed-in person. */
export const lists = signal(new InboxLists(""));
/** The names of the tenant's sites, by id. */
export const siteNames: Signal<ReadonlyMap<string, string>> = signal(new Map());
/** How many conversations want something: those that wait, and those of one's own with news. */
export const waiting = computed(() => lists.value.all("queue").length + lists.value.all("mine").filter(hasNews).length);

/** The list that is in front. */
export const view = computed<View>(() => {
  const named = route.value[1] as View;
  return named in VIEW_NAMES && (named !== "all" || has("CALLER_SUPERVISOR")) ? named : "queue";
});
/** The conversation that is in front; empty for none. */
export const openId = computed(() => (route.value[0] === "inbox" ? (route.value[2] ?? "") : ""));

/** What is being written, by conversation; neither changing the conversation nor a session that ends loses it. */
const drafts = new Map<string, Signal<string>>();
/** Whose drafts they are: whoever signs in next sees nothing of another person's. */
let author = "";

beforeLeaving(() => {
  for (const id of lists.peek().known.peek().keys()) {
    for (const { body } of live.known(id)?.pending.peek() ?? []) putBack(id, body);
  }
});

/** Puts a text that was not sent back to where it can be sent from. */
export function putBack(id: string, body: string): void {
  const draft = draftOf(id);
  draft.value = draft.value === "" ? body : `${body}\n${draft.value}`;
}

/** Returns what is being written in a conversation. */
export function draftOf(id: string): Signal<string> {
  const draft = drafts.get(id) ?? signal("");
  drafts.set(id, draft);
  return draft;
}

/** Reads a list from its beginning. */
export async function load(which: View): Promise<void> {
  await readPage(which, "", "loading");
}

/** Reads a list's next page. */
export async function loadMore(which: View): Promise<void> {
  const { next, state } = lists.value.pages[which].value;
  if (next !== "" && state !== "more") await readPage(which, next, "more");
}

async function readPage(which: View, token: string, state: "loading" | "more"): Promise<void> {
  const mine = lists.value;
  mine.mark(which, state);
  const query = new URLSearchParams({ view: VIEW_NAMES[which], pageSize: String(PAGE) });
  if (token !== "") query.set("pageToken", token);
  const tag = mine.tag.peek();
  if (tag !== "") query.set("tagId", tag);
  try {
    const page = await api.call(ListConversationsResponseSchema, "GET", `/v1/conversations?${query}`);
    // Somebody may have chosen another tag meanwhile, whose own page is on its way.
    if (tag !== mine.tag.peek()) return;
    mine.take(which, page.conversations, page.nextPageToken, token === "");
  } catch {
    mine.mark(which, "failed");
  }
}

function resync(): void {
  for (const which of new Set<View>(["queue", "mine", view.peek()])) load(which);
}

function change({ conversation, removedConversationId }: WatchInboxResponse): void {
  if (removedConversationId !== "") lists.peek().remove(removedConversationId);
  if (!conversation) return;
  const before = lists.peek().change(conversation);
  const inFront = openId.peek() === conversation.id && document.visibilityState === "visible";
  if (conversation.state === "STATE_QUEUED" && before?.state !== "STATE_QUEUED") call(t("inbox.alert.queue"), "queue");
  else if (conversation.offeredToId === myId() && before?.offeredToId !== myId()) {
    call(t("inbox.alert.offered"), conversation.id);
  } else if (
    conversation.state === "STATE_OPEN" &&
    conversation.operatorId === myId() &&
    before?.operatorId !== myId() &&
    !taking.has(conversation.id)
  ) {
    call(t("inbox.alert.given"), conversation.id);
  } else if (
    conversation.state === "STATE_OPEN" &&
    conversation.operatorId === myId() &&
    before?.state === "STATE_OPEN" &&
    conversation.headSequence > before.headSequence &&
    hasNews(conversation) &&
    !inFront
  ) {
    call(t("inbox.alert.message"), conversation.id);
  }
}

function call(title: string, tag: string): void {
  chime();
  notify(title, `parley-${tag}`);
}

/** Reads the names of the tenant's sites. */
export async function readSites(): Promise<void> {
  const names = new Map<string, string>();
  let token = "";
  do {
    const query = token === "" ? "" : `?pageToken=${encodeURIComponent(token)}`;
    const page = await api.call(ListSitesResponseSchema, "GET", `/v1/sites${query}`);
    for (const { id, displayName } of page.sites) names.set(id, displayName);
    token = page.nextPageToken;
  } while (token !== "");
  siteNames.value = names;
}

/** Starts the inbox for whoever has signed in; returns how to stop it. */
export function startInbox(): () => void {
  lists.value = new InboxLists(myId());
  if (author !== myId()) drafts.clear();
  author = myId();
  live.followInbox({ change, resync });
  live.start();
  // A name that is missing is shown as nothing; the inbox does not depend on it.
  readSites().catch(() => {});
  forgetDesk();
  readTags();
  readPresence().catch(() => {});
  resync();
  const badge = effect(() => badgeTitle(waiting.value));
  const lazily = effect(() => {
    if (lists.value.pages[view.value].value.state === "idle") load(view.value);
  });
  return () => {
    badge();
    lazily();
    badgeTitle(0);
  };
}

/** Follows a conversation while it is in front; returns its log, and how to leave it. */
export function enter(id: string): { thread: Thread; leave: () => void } {
  const thread = live.follow(id);
  const leave = () => {
    // Following is reading, and is recorded as such: it ends with looking, unless something is still on its way.
    const stop = effect(() => {
      if (thread.unsentCount.value === 0 && openId.value !== id) {
        queueMicrotask(() => {
          stop();
          live.unfollow(id);
        });
      }
    });
  };
  return { thread, leave };
}

/** What the signed-in person takes at this moment, and need not be called for. */
const taking = new Set<string>();

/** Takes a conversation from the queue, and goes there. */
export async function claim(id: string): Promise<void> {
  taking.add(id);
  try {
    const path = `/v1/conversations/${encodeURIComponent(id)}:claim`;
    const { conversation } = await api.call(ClaimConversationResponseSchema, "POST", path, {});
    if (!conversation) return;
    accept(conversation);
    go("inbox", "mine", id);
    say(t("inbox.claimed", { name: conversation.displayName || t("inbox.anonymous") }));
  } catch (error) {
    const lost = error instanceof ApiError && ["CONVERSATION_TAKEN", "CONVERSATION_NOT_FOUND"].includes(error.reason);
    warn(t(lost ? "inbox.claim.taken" : "inbox.claim.failed"));
    if (reasonOf(error) !== "UNREACHABLE") load("queue");
  } finally {
    setTimeout(() => taking.delete(id), 10_000);
  }
}

/** Takes the conversation that has waited longest. */
export function claimNext(): void {
  const next = lists.value.items.queue.value[0];
  if (next) claim(next.id);
  else say(t("inbox.claim.none"));
}

/** Ends a conversation. */
export async function end(id: string): Promise<void> {
  try {
    const path = `/v1/conversations/${encodeURIComponent(id)}:close`;
    const { conversation } = await api.call(CloseConversationResponseSchema, "POST", path, {});
    if (!conversation) return;
    accept(conversation);
    const until = conversation.expireTime;
    say(until > 0 ? t("inbox.end.done", { date: date(until) }) : t("inbox.end.done.plain"));
  } catch {
    warn(t("inbox.end.failed"));
  }
}

function accept(conversation: Conversation): void {
  lists.value.change(conversation);
  live.known(conversation.id)?.update(conversation);
}
