/** Mails that answered a conversation and could not be let in as the visitor's words: a person decides about each. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { Confirm } from "../../shared/dialog.tsx";
import type { Conversation } from "../../shared/gen/frames.ts";
import { Time } from "../../shared/time.tsx";
import { api, live } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { type HeldWord, t } from "./held.words.ts";

type Held = { id: string; sender?: string; text?: string; reason: HeldWord; createTime: string };

export function HeldMails({ conversation }: { conversation: Conversation }) {
  const { id, state } = conversation;
  const field = useId();
  const mails = useSignal<readonly Held[]>([]);
  const deleting = useSignal<Held | undefined>(undefined);
  const title = useRef<HTMLHeadingElement>(null);
  const path = `/v1/conversations/${encodeURIComponent(id)}/held-mails`;
  const load = () =>
    api.json("GET", path).then(
      (answer) => {
        mails.value = (answer as { heldMails?: Held[] }).heldMails ?? [];
      },
      // The transcript says that one waits; the next look brings it.
      () => {},
    );
  const count = live.known(id)?.messages.value.filter(({ kind }) => kind === "KIND_MAIL_HELD").length ?? 0;
  useEffect(() => {
    load();
  }, [id, count]);
  if (mails.value.length === 0) return null;
  const decide = async (mail: Held, admit: boolean) => {
    const one = `${path}/${encodeURIComponent(mail.id)}`;
    try {
      await (admit ? api.json("POST", `${one}:admit`, {}) : api.json("DELETE", one));
      say(t(admit ? "held.admitted" : "held.deleted"));
    } catch {
      warn(t("held.failed"));
    }
    await load();
    // What was pressed is gone; whoever works by keyboard goes on with the next one.
    title.current?.focus();
  };
  // The dialog closes before it does anything, and by then nothing is in question any more.
  const doomed = deleting.value;
  return (
    <section class="held-mails" aria-labelledby={`${field}-title`}>
      <h2 id={`${field}-title`} ref={title} tabIndex={-1}>
        {t("held.title")}
      </h2>
      <ul>
        {mails.value.map((mail) => (
          <li key={mail.id}>
            <p class="held-from">
              <strong dir="ltr">{mail.sender || t("held.nobody")}</strong> <Time at={Date.parse(mail.createTime)} />
            </p>
            <p class="hint">{t(mail.reason)}</p>
            {mail.text && <blockquote dir="auto">{mail.text}</blockquote>}
            <div class="held-deeds">
              {state !== "STATE_CLOSED" && mail.text && (
                <button type="button" class="button" onClick={() => decide(mail, true)}>
                  {t("held.admit")}
                </button>
              )}
              <button
                type="button"
                class="button"
                aria-haspopup="dialog"
                onClick={() => {
                  deleting.value = mail;
                }}
              >
                {t("held.delete")}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {doomed && (
        <Confirm
          title={t("held.sure")}
          text={t("held.sure.text")}
          yes={t("held.delete")}
          close={() => {
            deleting.value = undefined;
          }}
          confirm={() => decide(doomed, false)}
        />
      )}
    </section>
  );
}
