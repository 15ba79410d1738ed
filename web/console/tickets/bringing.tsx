/** Makes a ticket out of a chat or of a topic, for whoever answers there; those concerned are told, and nothing goes along. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import { OpenTicketResponseSchema } from "../../shared/gen/support.ts";
import { go } from "../route.ts";
import { api, has } from "../session.ts";
import { say } from "../toasts.tsx";
import { named, t } from "./bringing.words.ts";

/** What a ticket is made out of; a chat says in which language its visitor reads. */
export type From = { conversationId: string; language: string } | { topicId: string };

/** What was typed and not sent, by what it is made out of, as long as the console is open. */
const unsent = new Map<string, Record<string, string>>();

function trouble(error: unknown): string {
  if (!(error instanceof ApiError)) return t("bring.failed");
  const wrong = error.fields.map(({ field }) => named(`bring.field.${field}`)).filter((word) => word !== "");
  if (wrong.length > 0) return t("bring.wrong", { fields: wrong.join(", ") });
  return named(`bring.${reasonOf(error)}`) || t("bring.failed");
}

/** Asks what the ticket says, and makes it. */
export function Bring({ from, close }: { from: From; close: () => void }) {
  const id = useId();
  const key = Object.values(from).join();
  const given = useSignal<Record<string, string>>(unsent.get(key) ?? {});
  const requestId = useSignal(crypto.randomUUID());
  const wrong = useSignal("");
  const busy = useSignal(false);
  const kind = "topicId" in from ? "topic" : "chat";
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    wrong.value = "";
    try {
      const body = { ...given.value, ...from, requestId: requestId.value };
      const { ticket } = await api.call(OpenTicketResponseSchema, "POST", "/v1/tickets", body);
      unsent.delete(key);
      close();
      say(t("bring.done", { reference: ticket?.reference ?? "" }));
      if (kind === "topic" && has("CALLER_SUPPORT_AGENT", "CALLER_SUPERVISOR")) go("tickets", "open", ticket?.id ?? "");
    } catch (error) {
      wrong.value = trouble(error);
      // What is changed after a refusal is another request.
      if (error instanceof ApiError) requestId.value = crypto.randomUUID();
    } finally {
      busy.value = false;
    }
  };
  const set = (name: string, value: string) => {
    given.value = { ...given.peek(), [name]: value };
    unsent.set(key, given.value);
    wrong.value = "";
  };
  const field = (name: string, label: string, type: string, required: boolean, hint = "") => (
    <div class="field">
      <label for={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        type={type}
        required={required}
        maxLength={type === "url" ? 2000 : 200}
        autocomplete="off"
        dir={type === "text" ? "auto" : "ltr"}
        aria-describedby={hint ? `${id}-${name}-hint` : undefined}
        value={given.value[name] ?? ""}
        onInput={({ currentTarget }) => set(name, currentTarget.value.trim())}
      />
      {hint && (
        <p class="hint" id={`${id}-${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
  return (
    <Dialog title={t(`bring.${kind}.title`)} close={close} name="ticket-dialog">
      <form
        onSubmit={submit}
        noValidate
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
        }}
      >
        <p>{t(`bring.${kind}.text`)}</p>
        <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
        {field("email", t("bring.email"), "email", true, t(`bring.email.${kind}`))}
        {field("siteUrl", t("bring.site"), "url", true)}
        <div class="field">
          <label for={`${id}-description`}>{t("bring.description")}</label>
          <textarea
            id={`${id}-description`}
            rows={5}
            maxLength={20000}
            dir="auto"
            required
            value={given.value.description ?? ""}
            onInput={({ currentTarget }) => set("description", currentTarget.value)}
          />
        </div>
        {kind === "chat" && field("displayName", t("bring.name"), "text", false)}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("bring.cancel")}
          </button>
          <button type="submit" class="button main" aria-disabled={busy.value}>
            {t(busy.value ? "bring.busy" : "bring.go")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
