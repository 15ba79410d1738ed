/** Where answers go that the visitor is not here to read: an address, which can be changed and removed at any time. */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { ApiError, reasonOf } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.tsx";
import { t as shared } from "../shared/words.ts";
import { api } from "./session.ts";
import { t } from "./words/besides.ts";

type State = "" | "reply.kept" | "reply.removed" | "reply.wrong" | "reply.over" | "reply.failed";

/** Reads where the answers of a chat go; nothing where no address was left. */
export async function readAddress(id: string): Promise<string> {
  const found = await api.json("GET", `/v1/conversations/${encodeURIComponent(id)}/left-message`);
  return (found as { leftMessage?: { replyEmail?: string } }).leftMessage?.replyEmail ?? "";
}

export function Reply({ id, close }: { id: string; close: () => void }) {
  const address = useSignal("");
  const kept = useSignal("");
  const state = useSignal<State>("");
  const busy = useSignal(false);
  const field = useId();
  useEffect(() => {
    readAddress(id).then(
      (found) => {
        kept.value = found;
        address.value ||= found;
      },
      () => {
        state.value = "reply.failed";
      },
    );
  }, []);
  const save = async (email: string) => {
    if (busy.value) return;
    busy.value = true;
    try {
      await api.json("POST", `/v1/conversations/${encodeURIComponent(id)}:setReplyAddress`, { replyEmail: email });
      kept.value = email;
      address.value = email;
      state.value = email === "" ? "reply.removed" : "reply.kept";
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 400;
      const over = reasonOf(error) === "CONVERSATION_CLOSED";
      state.value = over ? "reply.over" : wrong ? "reply.wrong" : "reply.failed";
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t("menu.reply")} close={close} name="reply" reading>
      <form
        class="field"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const email = address.value.trim();
          if (/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) save(email);
          else state.value = "reply.wrong";
        }}
      >
        <label for={field}>{t("reply.address")}</label>
        <input
          id={field}
          type="email"
          maxLength={254}
          autocomplete="email"
          dir="ltr"
          value={address.value}
          aria-describedby={`${field}-hint`}
          aria-invalid={state.value === "reply.wrong"}
          onInput={({ currentTarget }) => (address.value = currentTarget.value)}
        />
        <p id={`${field}-hint`} class="hint">
          {t("reply.hint")}
        </p>
        <p role="status">{state.value !== "" && t(state.value)}</p>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {shared("dialog.close")}
          </button>
          {kept.value !== "" && (
            <button type="button" class="button" onClick={() => save("")}>
              {t("reply.remove")}
            </button>
          )}
          <button type="submit" class="button" aria-disabled={busy.value}>
            {t("reply.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
