/** Changing, taking back and removing a message. What happened comes back by the conversation itself, for both sides. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { reasonOf } from "../api.ts";
import { Dialog } from "../dialog.tsx";
import { t as shared } from "../words.ts";
import { type Change, LONGEST } from "./log.tsx";
import { failure, t } from "./revising.words.ts";

/** The dialog about one message. */
export function Revising({ api, message, own, close }: Change) {
  const text = useSignal(message.body);
  const asked = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal("");
  const id = useId();
  const body = text.value.trim();
  const unchanged = body === "" || body === message.body || body.length > LONGEST;

  const act = async (verb: "edit" | "retract" | "redact") => {
    if (busy.value) return;
    busy.value = true;
    failed.value = "";
    const path = `/v1/conversations/${encodeURIComponent(message.conversationId)}/messages/${message.sequence}:${verb}`;
    try {
      await api.json("POST", path, verb === "edit" ? { body } : {});
      close();
      // The button that led here may go with what it belonged to; what happened is read in the log.
      setTimeout(() => document.querySelector<HTMLElement>("[role=log]")?.focus());
    } catch (error) {
      failed.value = failure(reasonOf(error));
    } finally {
      busy.value = false;
    }
  };

  return (
    <Dialog title={t("revising.title")} close={close} name="revising">
      <div class="revise">
        {failed.value !== "" && (
          <p class="strip bad" role="alert">
            {failed.value}
          </p>
        )}
        {own && (
          <form
            class="revise"
            onSubmit={(event) => {
              event.preventDefault();
              if (!unchanged) act("edit");
            }}
          >
            <div class="field">
              <label for={id}>{t("revising.text")}</label>
              <textarea
                id={id}
                dir="auto"
                maxLength={LONGEST}
                value={text}
                onInput={({ currentTarget }) => (text.value = currentTarget.value)}
              />
            </div>
            <button type="submit" class="button" disabled={unchanged}>
              {t("revising.save")}
            </button>
            <p class="hint">{t("revising.retract.hint")}</p>
            <button type="button" class="button" onClick={() => act("retract")}>
              {t("revising.retract")}
            </button>
          </form>
        )}
        <p class="hint">{t("revising.redact.hint")}</p>
        <button
          type="button"
          class="button"
          onClick={() => {
            if (asked.value) act("redact");
            else asked.value = true;
          }}
        >
          {asked.value ? t("revising.redact.sure") : t("revising.redact")}
        </button>
      </div>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {shared("dialog.close")}
        </button>
      </div>
    </Dialog>
  );
}
