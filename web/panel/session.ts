/**
 * The visit: from the site's key to a conversation and its end.
 *
 * It owns the visitor's credential, which lives in this page's memory; the gateway keeps it in a cookie only after a
 * chat was started, and where cookies are blocked the chat works all the same until the page is left. Nothing is sent
 * about the visitor before the notice was agreed to.
 */
import { signal } from "@preact/signals";
import { type AccessToken, Api, ApiError, fetchJson, reasonOf } from "../shared/api.ts";
import { fromJson } from "../shared/codec.ts";
import { applyColour } from "../shared/colour.ts";
import {
  CloseConversationResponseSchema,
  GetCurrentNoticeResponseSchema,
  type GetWidgetSiteResponse,
  GetWidgetSiteResponseSchema,
  type Notice,
  type NoticeChange,
  StartConversationResponseSchema,
} from "../shared/gen/frames.ts";
import { LiveClient, newClientId } from "../shared/live/client.ts";
import type { Thread } from "../shared/live/thread.ts";
import { recall, remember, unlearn } from "../shared/storage.ts";
import { language } from "../shared/text.ts";
import { pagePath, tell } from "./host.ts";
import { named } from "./identity.ts";

/** The name under which those who want to be remembered keep which notice they agreed to. */
const AGREED = "notice";

/** Where the visit stands. */
export type Stage = "opening" | "failed" | "unknown" | "welcome" | "chat" | "lost" | "forgetting";

export const stage = signal<Stage>("opening");
export const site = signal<GetWidgetSiteResponse | undefined>(undefined);
export const notice = signal<Notice | undefined>(undefined);
/** What has changed in the notice since the one that was agreed to before; undefined where nothing has. */
export const change = signal<NoticeChange | undefined>(undefined);
/** Where the tenant's privacy pages stand, on this origin. */
export let privacyPath = "";
/** True where the browser asks sites not to follow whoever uses it: then nobody is offered to be remembered. */
export const unfollowed = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
/** The conversation of the visit, once it was started. */
export const thread = signal<Thread | undefined>(undefined);

const siteKey = new URLSearchParams(location.search).get("site") ?? "";
let visitorCredential = "";
/** The code that leads back to a chat, where it was typed or this tab was opened with it. */
let receiptCode = "";
/** True while a code is tried: one that is wrong ends nothing. */
let trying = false;
/** The code of the running chat, where this browser keeps no other way back to it; empty where it does. */
export const wayBack = signal("");
let conversationId = "";
let siteId = "";
export let live: LiveClient;

/** The id of the conversation of the visit; empty before it was started. */
export const conversation = (): string => conversationId;

/** The gateway, as this visitor. */
export const api = new Api(openSession, () => {
  leave();
});

/** True from leaving a chat until the next one: its cookie stays where the visitor is remembered, and opens no old chat. */
let fresh = false;
/** True where this browser keeps who the visitor is for later visits, because the visitor chose it. */
export const recognised = signal(false);

async function openSession(): Promise<AccessToken> {
  const body = {
    siteKey,
    ...(visitorCredential !== "" && { visitorCredential }),
    ...(receiptCode !== "" && { receiptCode }),
    ...(fresh && { fresh: "yes" }),
  };
  const answer = (await fetchJson("POST", "/widget/session", body)) as {
    accessToken: string;
    expireTime: string;
    siteId: string;
    privacyPath: string;
    conversationId?: string;
    rememberedUntilTime?: string;
  };
  // Where the cookie has run out, the gateway answers with a new visit; a running chat must not fall into it unnoticed.
  if (thread.peek() && answer.conversationId !== conversationId) throw new ApiError(401, "VISIT_ENDED");
  siteId = answer.siteId;
  privacyPath = answer.privacyPath;
  recognised.value = answer.rememberedUntilTime !== undefined;
  conversationId = answer.conversationId ?? "";
  return { accessToken: answer.accessToken, expireTime: Date.parse(answer.expireTime) };
}

/** Opens the visit: an earlier chat where the browser still has its credential, the notice otherwise. */
export async function open(): Promise<void> {
  stage.value = "opening";
  try {
    await api.token(true);
    const described = api.call(GetWidgetSiteResponseSchema, "GET", "/v1/widget/site");
    const before = conversationId === "" ? [readNotice(), readOpening()] : [];
    const [found] = await Promise.all([described, ...before]);
    site.value = found;
    applyColour(found.colour);
    import("./front.tsx").then((piece) => (front.value = piece)).catch(() => {});
    if (conversationId === "") stage.value = "welcome";
    else enter();
  } catch (error) {
    const unknown = error instanceof ApiError && [400, 401, 404].includes(error.status);
    stage.value = unknown ? "unknown" : "failed";
  }
}

/** Comes back to the chat of a code. Returns the reason where it does not open, and an empty string where it does. */
export async function comeBack(code: string): Promise<string> {
  receiptCode = code.trim();
  trying = true;
  try {
    await api.token(true);
  } catch (error) {
    receiptCode = "";
    return reasonOf(error);
  } finally {
    trying = false;
  }
  await open();
  return "";
}

/** Gives the visitor a code at the start, where neither cookies nor storage lead back to the chat. */
async function offerWayBack(): Promise<void> {
  const known = (await fetchJson("POST", "/widget/session", { siteKey })) as { conversationId?: string };
  if (known.conversationId === conversationId) return;
  const { receiptCode: code } = (await api.json("POST", "/v1/receipt-codes", {})) as { receiptCode: string };
  wayBack.value = code;
}

/** The notice that was agreed to before: in this visit, or in an earlier one by somebody who wanted to be remembered. */
let agreed = "";

async function readNotice(): Promise<void> {
  const known = agreed || recall(AGREED) || "";
  const path = `/v1/sites/${encodeURIComponent(siteId)}/notice`;
  // A notice that is not known there, as after a move, must not keep anybody from reading the one in force.
  const answer = await api
    .call(GetCurrentNoticeResponseSchema, "GET", known === "" ? path : `${path}?knownNoticeId=${known}`)
    .catch((error) => {
      if (known === "" || !(error instanceof ApiError) || error.passing) throw error;
      return api.call(GetCurrentNoticeResponseSchema, "GET", path);
    });
  notice.value = answer.notice;
  change.value = answer.change;
}

let request: { id: string; said: string } | undefined;

/** What somebody says before a chat. */
export interface Introduction {
  displayName: string;
  answers: readonly { number: number; text: string }[];
  /** True where the visitor wants to be known again at the next visit. */
  remembered: boolean;
}

/** What somebody leaves while nobody is there. */
export interface Left {
  body: string;
  /** Where the answer may go; may be empty. */
  replyEmail: string;
}

/** What stands beside the first page and the site's name; it comes when the site is known. */
export const front = signal<typeof import("./front.tsx") | undefined>(undefined);
/** True while the site is open; closed, a message can be left. */
export const isOpen = signal(true);
/** When the site opens next, in milliseconds since 1970; 0 where it is open, or that is not known. */
export const nextOpening = signal(0);

async function readOpening(): Promise<void> {
  try {
    const answer = (await api.json("GET", "/v1/widget/opening")) as { open?: boolean; nextOpenTime?: string };
    isOpen.value = answer.open === true;
    nextOpening.value = isOpen.value || !answer.nextOpenTime ? 0 : Date.parse(answer.nextOpenTime);
  } catch {
    // Who cannot learn the hours may chat, and waits in the queue.
    isOpen.value = true;
  }
}

/** Starts the chat, or leaves a message. Returns the reason where it was refused, and an empty string where it runs. */
export async function start({ displayName, answers, remembered }: Introduction, left?: Left): Promise<string> {
  const noticeId = notice.value?.id ?? "";
  // A retry of the same request is the same request; other words make another one.
  const said = JSON.stringify([displayName, answers, noticeId, left]);
  if (request?.said !== said) request = { id: newClientId(), said };
  try {
    const body = { displayName, answers, noticeId, language: language.value, pagePath, requestId: request.id };
    const accessToken = (await named(api)) || (await api.token()).accessToken;
    const headers = { authorization: `Bearer ${accessToken}` };
    const begun = left
      ? ((await fetchJson("POST", "/v1/left-messages", { start: body, ...left }, headers)) as { started: unknown })
          .started
      : await fetchJson("POST", "/v1/conversations", body, headers);
    const answer = fromJson(StartConversationResponseSchema, begun);
    visitorCredential = answer.visitorCredential;
    conversationId = answer.conversation?.id ?? "";
    fresh = false;
    api.accept({ accessToken: answer.accessToken, expireTime: answer.accessTokenExpireTime });
    request = undefined;
    agreed = noticeId;
    keep(remembered && !unfollowed, noticeId)
      .then(offerWayBack)
      .catch(() => {});
    enter();
    return "";
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
      const before = notice.value?.id;
      await readNotice().catch(() => {});
      if (notice.value?.id !== before) return "NOTICE_CHANGED";
    }
    return reasonOf(error);
  }
}

/** Keeps the way back to the chat in this browser, and for later visits where the visitor wants that. */
async function keep(remembered: boolean, noticeId: string): Promise<void> {
  // Where cookies are blocked this has no effect, and the credential in memory serves until the page is left.
  const chosen = remembered && { remember: "yes", noticeId };
  await fetchJson("PUT", "/widget/session", { siteKey, visitorCredential, ...chosen });
  recognised.value ||= remembered;
  if (remembered) await choose("CHOICE_DECISION_GIVEN", noticeId);
  if (recognised.value) remember(AGREED, noticeId);
}

/** Has it kept what the visitor said about being remembered, with the notice that stood beside it. */
async function choose(decision: string, noticeId: string): Promise<void> {
  await api.json("POST", "/v1/choices", {
    kind: "CHOICE_KIND_RECOGNITION",
    decision,
    noticeId,
    globalPrivacyControl: unfollowed,
    requestId: newClientId(),
  });
}

/** Takes back the choice to be remembered. Returns whether that was done. */
export async function unrecognise(): Promise<boolean> {
  try {
    await api.json("DELETE", "/v1/recognition");
    await choose("CHOICE_DECISION_WITHDRAWN", agreed || thread.value?.conversation.value?.noticeId || "");
  } catch {
    return false;
  }
  recognised.value = false;
  unlearn(AGREED);
  return true;
}

function enter(): void {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  live = new LiveClient({
    api,
    url: `${scheme}//${location.host}/live`,
    side: "SIDE_VISITOR",
    revoked: leave,
  });
  thread.value = live.follow(conversationId);
  live.start();
  stage.value = "chat";
}

function leave(): void {
  // Who is being forgotten loses the chat because of it; the page that shows it stays.
  if (stage.value === "forgetting" || trying) return;
  live?.stop();
  stage.value = "lost";
  tell({ type: "session", active: false });
}

/** Ends the chat. Returns whether it was ended. */
export async function end(): Promise<boolean> {
  try {
    const path = `/v1/conversations/${encodeURIComponent(conversationId)}:close`;
    const { conversation } = await api.call(CloseConversationResponseSchema, "POST", path, {});
    if (conversation) thread.value?.update(conversation);
    return true;
  } catch {
    return false;
  }
}

/** Leaves the ended chat behind and opens a new visit. */
export async function renew(): Promise<void> {
  agreed = thread.value?.conversation.value?.noticeId || agreed;
  await drop();
  await open();
}

/** Lets go of the chat, here and in the browser; of who the visitor is only where nobody wants to be remembered. */
async function drop(): Promise<void> {
  live?.stop();
  thread.value = undefined;
  visitorCredential = "";
  receiptCode = "";
  wayBack.value = "";
  conversationId = "";
  tell({ type: "session", active: false });
  fresh = recognised.value;
  if (!fresh) await fetchJson("DELETE", "/widget/session").catch(() => {});
}

/** Forgets what this browser knows of somebody who was forgotten, and returns a token that knows nobody. */
export async function forget(): Promise<string> {
  agreed = "";
  recognised.value = false;
  unlearn(AGREED);
  await drop();
  const answer = (await fetchJson("POST", "/widget/session", { siteKey })) as { accessToken: string };
  return answer.accessToken;
}
