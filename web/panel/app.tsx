/** The panel's frame: header, menu, and whichever page the visit is at. Rarely used pieces come when they are needed. */
import { type Signal, signal } from "@preact/signals";
import { type ComponentChildren, type ComponentType, createElement, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { notificationsOn, setSound, soundOn } from "../shared/alerts.ts";
import { Confirm } from "../shared/dialog.tsx";
import { Icon } from "../shared/icons.tsx";
import { Chat, operatorName } from "./chat.tsx";
import { permission, tell, wantNotifications } from "./host.ts";
import { end, front, open, renew, site, stage, thread } from "./session.ts";
import { Unsent } from "./unsent.tsx";
import { Welcome } from "./welcome.tsx";
import { t } from "./words/en.ts";

const dialog = signal<"" | "end" | "held" | "reply">("");
const trouble = signal("");

/** Loads a component when it is first wanted; where that fails, it can be tried again. */
function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  const loaded: Signal<ComponentType<P> | "failed" | undefined> = signal(undefined);
  let asked = false;
  const ask = async () => {
    asked = true;
    loaded.value = undefined;
    loaded.value = await load().catch(() => "failed" as const);
  };
  return (props) => {
    if (!asked) ask();
    if (loaded.value === "failed") {
      return <Message title={t("failed.piece")} text={t("failed.piece.text")} button={t("failed.retry")} act={ask} />;
    }
    return loaded.value ? createElement(loaded.value, props) : <Waiting />;
  };
}

const Ended = later(async () => (await import("./ended.tsx")).Ended);
const Forgetting = later(async () => (await import("./forgetting.tsx")).Forgetting);
const Held = later(async () => (await import("./held.tsx")).Held);
const Reply = later(async () => (await import("./reply.tsx")).Reply);

function Waiting() {
  return (
    <div class="page middle" role="status">
      <span class="spinner" />
      <span class="unseen">{t("panel.opening")}</span>
    </div>
  );
}

function status(): string {
  const conversation = thread.value?.conversation.value;
  if (stage.value !== "chat" || !conversation) return "";
  if (conversation.state === "STATE_CLOSED") return t("state.ended");
  if (conversation.state === "STATE_OPEN") return t("state.open", { name: operatorName(conversation) });
  return conversation.queuePosition > 0 ? t("state.queued", { position: conversation.queuePosition }) : "";
}

function Menu({ running }: { running: boolean }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  useEffect(() => {
    const outside = ({ target }: Event) => !menu.current?.contains(target as Node) && close();
    addEventListener("click", outside);
    return () => removeEventListener("click", outside);
  }, []);
  const choose = (what: "end" | "held" | "reply") => {
    close();
    dialog.value = what;
  };
  return (
    <details
      ref={menu}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        event.stopPropagation();
        close();
        menu.current.querySelector("summary")?.focus();
      }}
    >
      <summary class="button plain icon" aria-label={t("panel.menu")}>
        <Icon name="more" size={24} />
      </summary>
      <div class="choices">
        <button type="button" aria-pressed={soundOn.value} onClick={() => setSound(!soundOn.value)}>
          <Icon name={soundOn.value ? "sound" : "soundOff"} />
          <span>{t("menu.sound")}</span>
          <small>{soundOn.value ? t("menu.on") : t("menu.off")}</small>
        </button>
        {permission.value !== "unsupported" && (
          <button
            type="button"
            aria-pressed={notificationsOn.value}
            disabled={permission.value === "denied"}
            onClick={() => wantNotifications(!notificationsOn.value)}
          >
            <Icon name="bell" />
            <span>{t("menu.notify")}</span>
            <small>
              {permission.value === "denied"
                ? t("menu.notify.denied")
                : notificationsOn.value
                  ? t("menu.on")
                  : t("menu.off")}
            </small>
          </button>
        )}
        <button type="button" onClick={() => choose("held")}>
          <Icon name="shield" />
          <span>{t("menu.held")}</span>
        </button>
        {running && (
          <button type="button" onClick={() => choose("reply")}>
            <Icon name="send" />
            <span>{t("menu.reply")}</span>
          </button>
        )}
        {running && (
          <button type="button" onClick={() => choose("end")}>
            <Icon name="end" />
            <span>{t("menu.end")}</span>
          </button>
        )}
      </div>
    </details>
  );
}

function Page() {
  switch (stage.value) {
    case "opening":
      return <Waiting />;
    case "failed":
      return <Message title={t("failed.title")} text={t("failed.text")} button={t("failed.retry")} act={open} />;
    case "unknown":
      return <Message title={t("failed.title")} text={t("failed.unknown")} button={t("failed.retry")} act={open} />;
    case "lost":
      return (
        <Message title={t("lost.title")} text={t("lost.text")} button={t("ended.new")} act={renew}>
          <Unsent />
        </Message>
      );
    case "welcome":
      return createElement(front.value?.instead.value ?? Welcome, {});
    case "forgetting":
      return <Forgetting />;
    default: {
      const chat = thread.value;
      if (!chat) return <Waiting />;
      return chat.conversation.value?.state === "STATE_CLOSED" ? <Ended chat={chat} /> : <Chat chat={chat} />;
    }
  }
}

interface MessageOptions {
  title: string;
  text: string;
  button: string;
  act: () => void;
  children?: ComponentChildren;
}

function Message({ title, text, button, act, children }: MessageOptions) {
  return (
    <div class="page middle" role="alert">
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
      <button type="button" class="button" onClick={act}>
        {button}
      </button>
    </div>
  );
}

/** The whole panel. */
export function App() {
  const chat = stage.value === "chat" ? thread.value : undefined;
  const state = chat?.conversation.value?.state;
  const running = state === "STATE_QUEUED" || state === "STATE_OPEN";
  const name = site.value?.displayName;
  const Brand = front.value?.Brand;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside minimises; the button does the same.
    <div
      class="panel"
      onKeyDown={({ key, isComposing }) => {
        if (key === "Escape" && !isComposing && !document.querySelector("dialog")) tell({ type: "minimise" });
      }}
    >
      <header class="head">
        {Brand && <Brand />}
        <div class="who">
          <h1>{name ?? t("panel.title")}</h1>
          <p role="status">{status()}</p>
        </div>
        {chat && <Menu running={running} />}
        {window.parent !== window && (
          <button
            type="button"
            class="button plain icon"
            aria-label={t("panel.minimise")}
            onClick={() => tell({ type: "minimise" })}
          >
            <Icon name="minimise" />
          </button>
        )}
      </header>
      <main>
        {trouble.value !== "" && (
          <p class="strip bad" role="alert">
            {trouble.value}
          </p>
        )}
        <Page />
      </main>
      {dialog.value === "end" && (
        <Confirm
          title={t("end.title")}
          text={t("end.text")}
          yes={t("end.yes")}
          close={() => (dialog.value = "")}
          confirm={async () => {
            trouble.value = (await end()) ? "" : t("end.failed");
          }}
        />
      )}
      {dialog.value === "held" && chat && <Held chat={chat} close={() => (dialog.value = "")} />}
      {dialog.value === "reply" && chat && <Reply id={chat.conversationId} close={() => (dialog.value = "")} />}
    </div>
  );
}
