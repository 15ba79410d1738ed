/**
 * The panel's side of the bridge to the page around it.
 *
 * It owns which page is listened to: the parent window only, and its one origin, which the browser has already checked
 * against the site's allowed origins (`frame-ancestors`). Opened on its own, the panel works without a page around it.
 */
import { signal } from "@preact/signals";
import { notificationPermission, notificationsOn, notify, setNotifications } from "../shared/alerts.ts";
import type { Permission, ToLauncher, ToPanel } from "../shared/bridge.ts";
import { remember } from "../shared/storage.ts";

type Untagged<M> = M extends unknown ? Omit<M, "parley"> : never;

const framed = window.parent !== window;

/** True while somebody has the panel in front of them. */
export const shown = signal(!framed);
/** What the browser says about notifications where they would be shown. */
export const permission = signal<Permission>(framed ? "unsupported" : notificationPermission());
/** The page's path, without query and fragment; empty where it is unknown. */
export let pagePath = "";

let answered = false;
let pageOrigin = originOfPage();
let greet: (language: string) => void = () => {};
/** The page's language, once the page has said it; empty where it does not. */
export const pageLanguage = new Promise<string>((resolve) => {
  greet = resolve;
  if (!framed) resolve("");
  // A page that does not answer must not keep the panel waiting, nor out of sight.
  else setTimeout(() => unanswered(resolve), 1500);
});

function unanswered(resolve: (language: string) => void): void {
  if (!answered) shown.value = true;
  resolve("");
}

function originOfPage(): string {
  // Browsers that know say it themselves; the others tell with the first message from the parent.
  return location.ancestorOrigins?.[0] ?? "";
}

/** Tells the page something; nothing where there is none. */
export function tell(message: Untagged<ToLauncher>): void {
  if (!framed) return;
  // "ready" carries nothing, so it may go out before the page's origin is known.
  const target = pageOrigin || (message.type === "ready" ? "*" : "");
  if (target !== "") window.parent.postMessage({ parley: 1, ...message } as ToLauncher, target);
}

function take({ data, origin, source }: MessageEvent): void {
  if (source !== window.parent || data?.parley !== 1 || (pageOrigin !== "" && origin !== pageOrigin)) return;
  const message = data as ToPanel;
  if (message.type === "hello") {
    answered = true;
    pageOrigin = origin;
    pagePath = /^\/[^?#]*$/.test(message.pagePath) ? message.pagePath.slice(0, 1000) : "";
    permission.value = message.notifications;
    shown.value = message.shown === true;
    greet(String(message.language));
  } else if (message.type === "shown") {
    shown.value = message.shown === true;
  } else if (message.type === "identity") {
    said?.(String(message.token).slice(0, 2048));
  } else if (message.type === "notifications") {
    permission.value = message.state;
    notificationsOn.value = message.state === "granted";
    remember("notify", notificationsOn.value ? "on" : "off");
  }
}

/** How long the page's back end may take to say who the visitor is. */
const IDENTITY_MS = 3000;
let said: ((token: string) => void) | undefined;

/** Asks the page who the visitor is; empty where it does not say. */
export function askIdentity(): Promise<string> {
  if (!framed || !answered) return Promise.resolve("");
  return new Promise((resolve) => {
    said = resolve;
    setTimeout(() => resolve(""), IDENTITY_MS);
    tell({ type: "ask-identity" });
  });
}

/** Opens the panel in a tab of its own, which asks this one for the code; none ever stands in an address. */
export function openAlone(): void {
  window.open(location.pathname + location.search, "_blank");
}

/** Gives the code to a tab that this one has opened, and to nobody else. */
export function giveCode(code: () => string): void {
  addEventListener("message", ({ data, origin, source }) => {
    if (origin !== location.origin || data !== "parley-code?" || code() === "") return;
    (source as Window | null)?.postMessage({ parleyCode: code() }, location.origin);
  });
}

/** Returns the code that the tab has which opened this one; empty where none did. */
export function codeOfOpener(): Promise<string> {
  const opener = window.opener as Window | null;
  if (framed || !opener) return Promise.resolve("");
  return new Promise((resolve) => {
    setTimeout(() => resolve(""), 1000);
    addEventListener("message", ({ data, origin, source }) => {
      if (origin === location.origin && source === opener && typeof data?.parleyCode === "string") {
        resolve(data.parleyCode);
      }
    });
    opener.postMessage("parley-code?", location.origin);
  });
}

/** Starts listening, and says that the panel is there. */
export function connectHost(): void {
  if (!framed) return;
  addEventListener("message", take);
  tell({ type: "ready" });
}

let arrive: HTMLElement | null = null;
addEventListener("focus", () => {
  if (arrive?.isConnected && document.activeElement === document.body) arrive.focus({ preventScroll: true });
});

/**
 * Puts the focus on an element as soon as the panel has the focus at all: somebody who is typing on the page around it
 * must not lose it because something happened in here.
 */
export function focusWithin(element: HTMLElement | null): void {
  arrive = element;
  if (shown.value && document.hasFocus()) element?.focus({ preventScroll: true });
}

/** Switches desktop notifications on or off; inside a page it is the page that shows them. */
export function wantNotifications(on: boolean): void {
  if (!framed) {
    setNotifications(on).then(() => {
      permission.value = notificationPermission();
    });
  } else if (on && permission.value === "default") {
    tell({ type: "ask-notifications" });
  } else {
    notificationsOn.value = on && permission.value === "granted";
    remember("notify", notificationsOn.value ? "on" : "off");
  }
}

/** Shows a notification that there is something new. */
export function alertDesktop(title: string): void {
  if (!notificationsOn.value) return;
  if (framed) tell({ type: "alert", title });
  else notify(title, "parley");
}
