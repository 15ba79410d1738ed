/** Has a copy of the chat mailed: the visitor gives an address, which is used for that mail alone. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ApiError } from "../shared/api.ts";
import { Icon } from "../shared/icons.tsx";
import { api } from "./session.ts";
import { t } from "./words/besides.ts";

/** The button, and the form that it opens. What was typed stays where the mail could not be ordered. */
export function MailCopy({ conversationId }: { conversationId: string }) {
  const open = useSignal(false);
  const address = useSignal("");
  const state = useSignal<"" | "mail.busy" | "mail.done" | "mail.wrong" | "mail.often" | "mail.failed">("");
  const requestId = useSignal("");
  const id = useId();
  const send = async (event: Event) => {
    event.preventDefault();
    if (state.value === "mail.busy") return;
    state.value = "mail.busy";
    // Trying again after a broken connection orders the same mail.
    requestId.value ||= crypto.randomUUID();
    try {
      await api.json("POST", `/v1/conversations/${encodeURIComponent(conversationId)}:mailTranscript`, {
        email: address.value.trim(),
        onlyForThis: true,
        requestId: requestId.value,
      });
      address.value = "";
      requestId.value = "";
      open.value = false;
      state.value = "mail.done";
    } catch (error) {
      const reason = error instanceof ApiError ? error.status : 0;
      state.value = reason === 400 ? "mail.wrong" : reason === 429 ? "mail.often" : "mail.failed";
      if (reason === 400) requestId.value = "";
    }
  };
  return (
    <div class="mailing">
      {!open.value ? (
        <button
          type="button"
          class="button"
          onClick={() => {
            state.value = "";
            open.value = true;
          }}
        >
          <Icon name="send" size={18} />
          {t("mail.button")}
        </button>
      ) : (
        <form onSubmit={send} aria-label={t("mail.button")}>
          <label for={id}>{t("mail.address")}</label>
          <input
            id={id}
            type="email"
            required
            maxLength={254}
            autocomplete="email"
            dir="ltr"
            value={address.value}
            aria-describedby={`${id}-hint`}
            onInput={({ currentTarget }) => (address.value = currentTarget.value)}
          />
          <p id={`${id}-hint`} class="faint">
            {t("mail.hint")}
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={() => (open.value = false)}>
              {t("mail.cancel")}
            </button>
            <button type="submit" class="button" aria-disabled={state.value === "mail.busy"}>
              {t("mail.send")}
            </button>
          </div>
        </form>
      )}
      <p class="faint" role="status">
        {state.value !== "" && t(state.value)}
      </p>
    </div>
  );
}
