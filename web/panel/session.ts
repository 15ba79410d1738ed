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
  StartConversationResponseSchema,
} from "../shared/gen/frames.ts";
import { LiveClient, newClientId } from "../shared/live/client.ts";
import type { Thread } from "../shared/live/thread.ts";
import { language } from "../shared/text.ts";
import { pagePath, tell } from "./host.ts";

/** Where the visit stands. */
export type Stage = "opening" | "failed" | "unknown" | "welcome" | "chat" | "lost";

export const stage = signal<Stage>("opening");
export const site = signal<GetWidgetSiteResponse | undefined>(undefined);
export const notice = signal<Notice | undefined>(undefined);
/** The conversation of the visit, once it was started. */
export const thread = signal<Thread | undefined>(undefined);

const siteKey = new URLSearchParams(location.search).get("site") ?? "";
let visitorCredential = "";
let conversationId = "";
let siteId = "";
export let live: LiveClient;

/** The gateway, as this visitor. */
export const api = new Api(openSession, () => {
  leave();
});

async function openSession(): Promise<AccessToken> {
  const body = visitorCredential === "" ? { siteKey } : { siteKey, visitorCredential };
  const answer = (await fetchJson("POST", "/widget/session", body)) as {
    accessToken: string;
    expireTime: string;
    siteId: string;
    conversationId?: string;
  };
  // Where the cookie has run out, the gateway answers with a new visit; a running chat must not fall into it unnoticed.
  if (thread.peek() && answer.conversationId !== conversationId) throw new ApiError(401, "VISIT_ENDED");
  siteId = answer.siteId;
  conversationId = answer.conversationId ?? "";
  return { accessToken: answer.accessToken, expireTime: Date.parse(answer.expireTime) };
}

/** Opens the visit: an earlier chat where the browser still has its credential, the notice otherwise. */
export async function open(): Promise<void> {
  stage.value = "opening";
  try {
    await api.token(true);
    const described = api.call(GetWidgetSiteResponseSchema, "GET", "/v1/widget/site");
    const [found] = await Promise.all([described, conversationId === "" ? readNotice() : undefined]);
    site.value = found;
    applyColour(found.colour);
    if (conversationId === "") stage.value = "welcome";
    else enter();
  } catch (error) {
    const unknown = error instanceof ApiError && [400, 401, 404].includes(error.status);
    stage.value = unknown ? "unknown" : "failed";
  }
}

async function readNotice(): Promise<void> {
  const path = `/v1/sites/${encodeURIComponent(siteId)}/notice`;
  notice.value = (await api.call(GetCurrentNoticeResponseSchema, "GET", path)).notice;
}

let request: { id: string; name: string; notice: string } | undefined;

/** Starts the chat. Returns the reason where it was refused, and an empty string where it runs. */
export async function start(displayName: string): Promise<string> {
  const noticeId = notice.value?.id ?? "";
  // A retry of the same request is the same request; another name makes another one.
  if (request?.name !== displayName || request.notice !== noticeId) {
    request = { id: newClientId(), name: displayName, notice: noticeId };
  }
  try {
    const body = { displayName, noticeId, language: language.value, pagePath, requestId: request.id };
    const { accessToken } = await api.token();
    const answer = fromJson(
      StartConversationResponseSchema,
      await fetchJson("POST", "/v1/conversations", body, { authorization: `Bearer ${accessToken}` }),
    );
    visitorCredential = answer.visitorCredential;
    conversationId = answer.conversation?.id ?? "";
    api.accept({ accessToken: answer.accessToken, expireTime: answer.accessTokenExpireTime });
    request = undefined;
    // Where cookies are blocked this has no effect, and the credential in memory serves until the page is left.
    fetchJson("PUT", "/widget/session", { siteKey, visitorCredential }).catch(() => {});
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
  live?.stop();
  thread.value = undefined;
  visitorCredential = "";
  conversationId = "";
  tell({ type: "session", active: false });
  await fetchJson("DELETE", "/widget/session").catch(() => {});
  await open();
}
