/**
 * The script that a tenant puts on its pages: a button, and the panel in a frame once somebody wants it.
 *
 * It owns the button, the frame, the number of unread messages and the way back to the page. It loads nothing and stores
 * nothing until the chat is opened; after a chat was started it remembers, for this tab only, that there is one to come
 * back to. It takes messages from its own frame on its own origin only, and never learns what was said.
 */
import type { ToLauncher, ToPanel } from "../shared/bridge.ts";
import { STYLE } from "./style.ts";
import { wordsFor } from "./words.ts";

const MARK = "parley";
/** The rules by which the site offers a chat, in the place of this mark: page, seconds, words. */
const RULES = "PARLEY_INVITATIONS";
/** Where button and panel stand, in the place of this mark: a class of theirs. */
const POSITION = "PARLEY_POSITION";
const DECLINED = "parley-no";
const COLOUR = /^#[0-9a-f]{6}$/i;
const TALK = "M4 5h16v11H9l-5 4z";
const CROSS = "M6 9l6 6 6-6";

function drawing(name: string, path: string): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const shape = document.createElementNS(namespace, "path");
  const attributes = {
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.8",
    "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries({ ...attributes, class: name })) svg.setAttribute(key, value);
  for (const [key, value] of Object.entries({ d: path, "stroke-linecap": "round", "stroke-linejoin": "round" })) {
    shape.setAttribute(key, value);
  }
  svg.append(shape);
  return svg;
}

const fullScreen = () => matchMedia("(max-width:480px),(max-height:480px)").matches;

/**
 * Makes room for a panel that fills the screen: what lies under it neither scrolls nor takes the focus, and the panel
 * ends where a phone's keyboard begins. Returns how to undo it.
 */
function cover(host: HTMLElement, frame: HTMLIFrameElement): () => void {
  const root = document.documentElement;
  const { overflow } = root.style;
  const under = [...document.body.children].filter(
    (one): one is HTMLElement => one instanceof HTMLElement && one !== host && !one.inert,
  );
  const view = window.visualViewport;
  const place = () => {
    if (!view) return;
    // A window that has become wider shows the panel in its corner again.
    frame.style.blockSize = fullScreen() ? `${view.height}px` : "";
    frame.style.insetBlockStart = fullScreen() ? `${view.offsetTop}px` : "";
  };
  root.style.overflow = "hidden";
  for (const one of under) one.inert = true;
  view?.addEventListener("resize", place);
  view?.addEventListener("scroll", place);
  place();
  return () => {
    root.style.overflow = overflow;
    for (const one of under) one.inert = false;
    view?.removeEventListener("resize", place);
    view?.removeEventListener("scroll", place);
    frame.style.blockSize = "";
    frame.style.insetBlockStart = "";
  };
}

/** The mark for this tab: whether the panel stood open or minimised when the last page was left. */
function mark(value?: "open" | "minimised" | ""): string | null {
  try {
    if (value === undefined) return sessionStorage.getItem(MARK);
    if (value === "") sessionStorage.removeItem(MARK);
    else sessionStorage.setItem(MARK, value);
  } catch {
    // Storage is blocked: the chat ends with the page, as its reader has chosen.
  }
  return null;
}

/** The rules that hold for this visitor; none where the browser says no for its user, or the visitor said so here. */
function invitations(): [page: string, seconds: number, text: string][] {
  if ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) return [];
  try {
    if (sessionStorage.getItem(DECLINED)) return [];
  } catch {
    // Storage is blocked: what was declined is known until the page is left.
  }
  try {
    return JSON.parse(decodeURIComponent(RULES));
  } catch {
    return [];
  }
}

/** Says whether a rule's page is the one in front; a star stands for any part of a path. */
const fits = (page: string) =>
  new RegExp(`^${page.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(location.pathname);

function install(script: HTMLScriptElement): void {
  const address = new URL(script.src);
  const { origin } = address;
  const site = address.searchParams.get("site") ?? "";
  const root = document.documentElement;
  const words = wordsFor(script.dataset.language || root.lang || navigator.language);

  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  host.dir = getComputedStyle(root).direction;
  const setColour = (accent = "", ink = "#ffffff") => {
    if (!COLOUR.test(accent) || !COLOUR.test(ink)) return;
    host.style.setProperty("--accent", accent);
    host.style.setProperty("--accent-ink", ink);
  };
  setColour(script.dataset.colour, script.dataset.ink);

  const bar = document.createElement("div");
  bar.className = `bar ${POSITION}`;
  const button = document.createElement("button");
  button.type = "button";
  button.append(drawing("talk", TALK), drawing("cross", CROSS));
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  badge.ariaHidden = "true";
  // Says aloud what the badge shows.
  const status = document.createElement("span");
  status.className = "unseen";
  status.setAttribute("role", "status");
  bar.append(button, badge, status);
  shadow.append(bar);

  let frame: HTMLIFrameElement | undefined;
  let open = false;
  let active = false;
  let greeted = false;
  /** True where somebody opened the panel, and it did not open by itself on the next page. */
  let wanted = false;
  let label = words.open;
  /** True while the page's title carries the number of unread messages. */
  let numbered = false;
  /** Gives the page back what a full screen panel took from it. */
  let uncover: (() => void) | undefined;

  // Before the panel is there, the frame holds an empty page of another origin, to which nothing is said.
  const tell = (message: ToPanel) => greeted && frame?.contentWindow?.postMessage(message, origin);
  const permission = () => (typeof Notification === "function" ? Notification.permission : "unsupported");

  const name = () => {
    button.ariaLabel = open ? words.minimise : label;
    button.ariaExpanded = String(open);
  };

  const createFrame = () => {
    frame = document.createElement("iframe");
    frame.title = words.frame;
    frame.className = POSITION;
    frame.allow = "clipboard-write";
    // The panel's host learns the page's origin, never its address.
    frame.referrerPolicy = "origin";
    frame.src = `${origin}/panel?site=${encodeURIComponent(site)}`;
    shadow.prepend(frame);
  };

  const show = (next: boolean, focus = true) => {
    if (open === next && frame) return;
    open = next;
    if (!frame) createFrame();
    withdraw();
    if (frame) frame.hidden = !open;
    bar.classList.toggle("open", open);
    uncover?.();
    uncover = open && fullScreen() ? cover(host, frame as HTMLIFrameElement) : undefined;
    if (active) mark(open ? "open" : "minimised");
    name();
    tell({ parley: 1, type: "shown", shown: open });
    wanted = open && focus;
    if (focus) (open ? frame : button)?.focus();
  };

  const setUnread = (count: number, text: string) => {
    badge.hidden = count === 0;
    badge.textContent = count > 9 ? "9+" : String(count);
    label = count > 0 ? `${words.open}, ${text}` : words.open;
    status.textContent = count > 0 && !open ? text : "";
    // The page may change its own title meanwhile, so only the number is ever taken away again.
    const bare = numbered ? document.title.replace(/^\(\d+\) /, "") : document.title;
    numbered = count > 0;
    document.title = numbered ? `(${count}) ${bare}` : bare;
    name();
  };

  const alertDesktop = (title: string) => {
    if (permission() !== "granted" || document.visibilityState === "visible") return;
    try {
      const note = new Notification(title, { tag: MARK });
      note.onclick = () => {
        focus();
        show(true);
        note.close();
      };
    } catch {
      // Some phones let only service workers notify; the badge remains.
    }
  };

  addEventListener("message", ({ data, origin: from, source }) => {
    if (from !== origin || !frame || source !== frame.contentWindow || data?.parley !== 1) return;
    const message = data as ToLauncher;
    if (message.type === "ready") {
      const first = !greeted;
      greeted = true;
      tell({
        parley: 1,
        type: "hello",
        language: script.dataset.language || root.lang,
        pagePath: location.pathname,
        shown: open,
        notifications: permission(),
      });
      // What had the focus was the empty frame before the panel; the panel itself gets it only by a new focus.
      if (open && first && wanted && (shadow.activeElement || document.activeElement === document.body)) {
        frame.blur();
        frame.focus();
      }
    } else if (message.type === "minimise") show(false);
    else if (message.type === "unread") setUnread(Number(message.count) || 0, String(message.label));
    else if (message.type === "colour") setColour(message.accent, message.ink);
    else if (message.type === "label") {
      Object.assign(words, { open: String(message.open), minimise: String(message.minimise) });
      frame.title = String(message.frame);
      label = words.open;
      name();
    } else if (message.type === "alert") alertDesktop(String(message.title));
    else if (message.type === "session") {
      active = message.active === true;
      mark(active ? (open ? "open" : "minimised") : "");
    } else if (message.type === "ask-identity") {
      const name = (window as { parleyIdentity?: () => unknown }).parleyIdentity;
      const answer = (token: unknown) => tell({ parley: 1, type: "identity", token: token ? String(token) : "" });
      // Whatever the page's own function does, the chat goes on.
      new Promise((resolve) => resolve(name?.())).then(answer, () => answer(""));
    } else if (message.type === "ask-notifications" && permission() === "default") {
      Notification.requestPermission().then((state) => tell({ parley: 1, type: "notifications", state }));
    }
  });

  button.onclick = () => show(!open);
  name();

  let invite: HTMLElement | undefined;
  const withdraw = () => {
    invite?.remove();
    invite = undefined;
  };
  const offer = (text: string) => {
    invite = document.createElement("div");
    invite.className = "invite";
    invite.setAttribute("role", "status");
    const words_ = document.createElement("p");
    words_.textContent = text;
    words_.dir = "auto";
    const choice = (label: string, act: () => void) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.onclick = () => {
        withdraw();
        act();
      };
      return made;
    };
    invite.append(
      words_,
      choice(words.open, () => show(true)),
      choice(words.no, () => {
        try {
          sessionStorage.setItem(DECLINED, "1");
        } catch {
          // Storage is blocked; on this page it is not offered again either way.
        }
        button.focus();
      }),
    );
    bar.prepend(invite);
  };
  const rule = invitations().find(([page]) => fits(page));
  if (rule) {
    setTimeout(() => {
      // Once at most, to somebody who is looking, and not to whoever has found the chat already.
      if (!frame && !document.hidden && fits(rule[0])) offer(rule[2]);
    }, rule[1] * 1000);
  }
  const place = () => document.body.append(host);
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);

  const left = mark();
  if (left === "open" || left === "minimised") {
    active = true;
    const restore = () => show(left === "open" && !fullScreen(), false);
    if (document.body) restore();
    else addEventListener("DOMContentLoaded", restore);
  }

  (window as unknown as { Parley: unknown }).Parley = { open: () => show(true), minimise: () => open && show(false) };
}

const script = document.currentScript;
// A page that carries the tag twice still gets one button.
if (script instanceof HTMLScriptElement && !("Parley" in window)) install(script);
