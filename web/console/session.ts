/**
 * The staff member's session: signing in and out, who they are, and what they may do.
 *
 * It owns the gateway's client and the live connection of the whole console. The session's secret is in a cookie that no
 * script reads; the short-lived token made from it lives in memory.
 */
import { signal } from "@preact/signals";
import { type AccessToken, Api, ApiError, fetchJson } from "../shared/api.ts";
import { type Caller, type GetMeResponse, GetMeResponseSchema } from "../shared/gen/frames.ts";
import { LiveClient } from "../shared/live/client.ts";

/** Where the console stands. */
export const stage = signal<"starting" | "signed-out" | "failed" | "ready">("starting");
/** True where a session ended by itself, so that the sign-in page can say so. */
export const ended = signal(false);
/** Who is signed in. */
export const me = signal<GetMeResponse | undefined>(undefined);

/** Where the widget is, for the line that a tenant puts on its pages. */
export const widgetOrigin = signal("");

let callers: ReadonlySet<string> = new Set();
export let live: LiveClient;

/** The gateway, as this staff member. */
export const api = new Api(renew, () => leave(true));

async function renew(): Promise<AccessToken> {
  const answer = (await fetchJson("GET", "/session")) as {
    accessToken: string;
    expireTime: string;
    callers: string[];
    widgetOrigin?: string;
  };
  widgetOrigin.value = answer.widgetOrigin ?? "";
  callers = new Set(answer.callers);
  return { accessToken: answer.accessToken, expireTime: Date.parse(answer.expireTime) };
}

/** Says whether the signed-in person has one of the roles. */
export function has(...roles: readonly Caller[]): boolean {
  return roles.some((role) => callers.has(role));
}

/** Returns the id of the signed-in person. */
export function myId(): string {
  return me.value?.staff?.id ?? "";
}

/** Opens the console with the session that the browser has, if it has one. */
export async function open(): Promise<void> {
  stage.value = "starting";
  try {
    await api.token(true);
    me.value = await api.call(GetMeResponseSchema, "GET", "/v1/me");
    live?.stop();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    live = new LiveClient({
      api,
      url: `${scheme}//${location.host}/live`,
      side: "SIDE_OPERATOR",
      revoked: () => leave(true),
    });
    ended.value = false;
    stage.value = "ready";
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) stage.value = "signed-out";
    else stage.value = "failed";
  }
}

const leaving: (() => void)[] = [];

/** Has a section put aside what must not be lost when the session ends. */
export function beforeLeaving(save: () => void): void {
  leaving.push(save);
}

function leave(byItself: boolean): void {
  const was = stage.value === "ready";
  if (was) for (const save of leaving) save();
  live?.stop();
  me.value = undefined;
  callers = new Set();
  // Whatever else was asked at that moment hears of it as well, and changes nothing of what is said.
  if (!was) return;
  ended.value = byItself;
  stage.value = "signed-out";
}

/** A sign-in whose password was right and that waits for a code, perhaps of an app that is being set up. */
export interface Waiting {
  challenge: string;
  secondFactor?: { secret: string; qrPath: string; qrSize: number };
}

/** Signs in; throws ApiError where it is refused. Returns what it waits for, if it does. */
export async function signIn(tenant: string, email: string, password: string): Promise<Waiting | undefined> {
  const answer = (await fetchJson("POST", "/session", { tenant, email, password })) as Partial<Waiting>;
  if (answer.challenge) return answer as Waiting;
  await open();
  return undefined;
}

/** Goes on with a sign-in; returns the recovery codes of an app that was set up by it. The console is not open yet. */
export async function finishSignIn(challenge: string, code: string): Promise<readonly string[]> {
  const answer = (await fetchJson("POST", "/session/code", { challenge, code })) as { recoveryCodes?: string[] };
  return answer.recoveryCodes ?? [];
}

/** Signs out. The session ends on the platform; where that cannot be reached, this page forgets it all the same. */
export async function signOut(): Promise<void> {
  await fetchJson("DELETE", "/session").catch(() => {});
  leave(false);
}
