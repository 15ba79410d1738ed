/** The console's frame: the sections at the side, the one in front, palette, shortcuts and messages. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { notificationPermission, notificationsOn, setNotifications, setSound, soundOn } from "../shared/alerts.ts";
import { Icon, type IconName } from "../shared/icons.tsx";
import { listen } from "./keys.ts";
import { Palette, Shortcuts } from "./palette.tsx";
import { type Command, commandsOf, sections } from "./registry.ts";
import { arrive, go, href, route } from "./route.ts";
import { live, me, signOut } from "./session.ts";
import { Toasts, warn } from "./toasts.tsx";
import { t } from "./words/en.ts";

const dialog = signal<"" | "palette" | "shortcuts">("");

async function toggleNotifications(): Promise<void> {
  const on = !notificationsOn.value;
  if ((await setNotifications(on)) !== on) warn(t("console.notify.denied"));
}

const GENERAL: readonly Command[] = [
  {
    id: "palette",
    title: () => t("command.palette"),
    keys: "mod+k",
    keysOnly: true,
    run: () => {
      dialog.value = "palette";
    },
  },
  {
    id: "shortcuts",
    title: () => t("command.shortcuts"),
    icon: "keyboard",
    keys: "?",
    run: () => {
      dialog.value = "shortcuts";
    },
  },
  {
    id: "sound.on",
    title: () => t("console.sound.on"),
    icon: "sound",
    when: () => !soundOn.value,
    run: () => setSound(true),
  },
  {
    id: "sound.off",
    title: () => t("console.sound.off"),
    icon: "soundOff",
    when: () => soundOn.value,
    run: () => setSound(false),
  },
  {
    id: "notify.on",
    title: () => t("console.notify.on"),
    icon: "bell",
    when: () => !notificationsOn.value && notificationPermission() !== "unsupported",
    run: toggleNotifications,
  },
  {
    id: "notify.off",
    title: () => t("console.notify.off"),
    icon: "bell",
    when: () => notificationsOn.value,
    run: toggleNotifications,
  },
  { id: "signout", title: () => t("console.signout"), icon: "leave", run: signOut },
];

function commands(): readonly Command[] {
  return [...sections().flatMap(commandsOf), ...GENERAL];
}

function Tool({ id, icon }: { id: string; icon?: IconName }) {
  const command = GENERAL.find((one) => one.id === id);
  if (!command?.icon) return null;
  return (
    <button
      type="button"
      class="button plain icon"
      aria-label={command.title()}
      title={command.title()}
      onClick={command.run}
    >
      <Icon name={icon ?? command.icon} />
    </button>
  );
}

function Side() {
  const { staff, tenant } = me.value ?? {};
  const name = staff?.displayName ?? "";
  const rail = useRef<HTMLElement>(null);
  const [place] = route.value;
  useEffect(() => {
    // Where there are more sections than room, the one in front is seen.
    const show = () =>
      rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [place]);
  return (
    <header class="rail" ref={rail}>
      <button type="button" class="button skip" onClick={skip}>
        {t("console.skip")}
      </button>
      <span class="logo" aria-hidden="true">
        P
      </span>
      <nav aria-label={t("console.nav")}>
        {sections().map(({ id, title, icon, badge }) => (
          <a key={id} href={href(id)} aria-current={route.value[0] === id ? "page" : undefined}>
            <Icon name={icon} size={22} />
            <span>{title()}</span>
            {badge && badge.value > 0 && <span class="badge">{badge.value > 99 ? "99+" : badge.value}</span>}
          </a>
        ))}
      </nav>
      <div class="tools">
        {sections().map(({ id, Tool: Own }) => Own && <Own key={id} />)}
        <button
          type="button"
          class="button plain icon"
          aria-label={t("console.search")}
          title={t("console.search")}
          onClick={() => (dialog.value = "palette")}
        >
          <Icon name="search" />
        </button>
        {/* The picture shows how it is, the words say what a press does. */}
        <Tool id={soundOn.value ? "sound.off" : "sound.on"} icon={soundOn.value ? "sound" : "soundOff"} />
        <Tool id="shortcuts" />
        <Tool id="signout" />
        <span class="account" title={t("console.account", { name, tenant: tenant?.displayName ?? "" })}>
          <span aria-hidden="true">{initials(name)}</span>
          <span class="unseen">{t("console.account", { name, tenant: tenant?.displayName ?? "" })}</span>
        </span>
      </div>
    </header>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("");
}

function skip(): void {
  // A button and not a link: the address's fragment is the place in the console.
  document.getElementById("content")?.focus();
}

/** The console for somebody who is signed in. */
export function Shell() {
  const mine = sections();
  const section = mine.find(({ id }) => id === route.value[0]) ?? mine[0];
  useEffect(() => listen(commands), []);
  useEffect(() => {
    const stops = mine.map(({ start }) => start?.());
    return () => {
      for (const stop of stops) stop?.();
    };
  }, []);
  useEffect(() => {
    // Somebody may have gone elsewhere since this was drawn, and is not sent back.
    arrive();
    if (section && !mine.some(({ id }) => id === route.value[0])) go(section.id);
  }, [section]);
  const status = live.status.value;
  return (
    <div class="shell">
      <Side />
      <main id="content" tabIndex={-1}>
        <div role="status">
          {status === "waiting" && <p class="strip">{t("console.offline")}</p>}
          {status === "streaming" && <p class="strip quiet">{t("console.streaming")}</p>}
        </div>
        {section ? (
          <section.View />
        ) : (
          <div class="list-state middle">
            <h1>{t("console.nothing.title")}</h1>
            <p>{t("console.nothing.text", { tenant: me.value?.tenant?.displayName ?? "" })}</p>
          </div>
        )}
      </main>
      <Toasts />
      {dialog.value === "palette" && <Palette commands={commands()} close={() => (dialog.value = "")} />}
      {dialog.value === "shortcuts" && (
        <Shortcuts
          groups={[
            ...mine.map((one) => ({ title: one.title(), commands: commandsOf(one) })),
            { title: t("shortcuts.general"), commands: GENERAL },
          ]}
          close={() => (dialog.value = "")}
        />
      )}
    </div>
  );
}
