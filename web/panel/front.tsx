/** What stands beside the first page: the site's logo or letters, and that nobody is online. */
import { signal, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { exact } from "../shared/time.tsx";
import "./front.css";
import { t } from "./front.words.ts";
import { api, isOpen, nextOpening, site } from "./session.ts";

/** The site's logo; its letters where it has none, and nothing where it has neither. */
export function Brand() {
  const image = useSignal("");
  const { hasLogo = false, initials = "" } = site.value ?? {};
  useEffect(() => {
    if (!hasLogo) return;
    api.json("GET", "/v1/widget/logo").then(
      (answer) => (image.value = (answer as { image?: string }).image ?? ""),
      // Without it the letters stand there.
      () => {},
    );
  }, [hasLogo]);
  if (image.value !== "") return <img class="brand" src={`data:image/png;base64,${image.value}`} alt="" />;
  if (initials === "") return null;
  return (
    <span class="brand" aria-hidden="true" dir="auto">
      {initials}
    </span>
  );
}

/** What stands in the first page's place, where somebody asks by e-mail instead. */
export const instead = signal<ComponentType | undefined>(undefined);

/** Shows the form for a ticket, which comes when it is wanted. */
async function ask(): Promise<void> {
  const { Asking } = await import("./asking.tsx");
  instead.value = () => <Asking close={() => (instead.value = undefined)} />;
}

/** Says while the site is open that nobody is online, and lets the visitor leave a message instead of waiting. */
export function Absent() {
  const absent = useSignal(false);
  const failed = useSignal(false);
  useEffect(() => {
    if (!isOpen.value) return;
    api.json("GET", "/v1/widget/attendance").then(
      (answer) => (absent.value = (answer as { attended?: boolean }).attended !== true),
      // Who cannot learn it may chat, and waits in the queue.
      () => {},
    );
  }, []);
  if (!absent.value && isOpen.value) return null;
  return (
    <div class="note" role="status">
      <p>
        {isOpen.value
          ? t("absent.text")
          : nextOpening.value > 0
            ? t("left.closed.until", { time: exact(nextOpening.value) })
            : t("left.closed")}
      </p>
      {absent.value && (
        <button type="button" class="link" onClick={() => (isOpen.value = !isOpen.value)}>
          {t(isOpen.value ? "absent.leave" : "absent.chat")}
        </button>
      )}{" "}
      <button type="button" class="link" onClick={() => ask().catch(() => (failed.value = true))}>
        {t("absent.ask")}
      </button>
      {failed.value && <p role="alert">{t("absent.ask.failed")}</p>}
    </div>
  );
}

/** What somebody says while nobody is there, and where the answer may go. */
export function LeftFields() {
  return (
    <>
      <div class="field">
        <label for="message">{t("left.message")}</label>
        <textarea id="message" name="message" rows={4} required maxLength={4000} dir="auto" />
      </div>
      <div class="field">
        <label for="reply">{t("left.email")}</label>
        <input
          id="reply"
          name="reply"
          type="email"
          maxLength={254}
          autocomplete="email"
          dir="ltr"
          aria-describedby="reply-hint"
        />
        <p id="reply-hint" class="hint">
          {t("left.email.hint")}
        </p>
      </div>
    </>
  );
}
