/** What is asked before some deeds: why one declines, for whom one opens a ticket, and which fix is kept. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import {
  CreateMacroResponseSchema,
  type GetTicketResponse,
  OpenTicketResponseSchema,
} from "../../shared/gen/support.ts";
import { go } from "../route.ts";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { keptDays, loadMacros, refresh } from "./data.ts";
import { change } from "./deeds.ts";
import { pieces, without } from "./personal.ts";
import { named, t } from "./words.ts";

/** Returns a sentence about when a ticket deletes itself; it names the days where they are known. */
export function kept(key: "decline.text" | "resolve.lead" | "purges.open"): string {
  return keptDays.value > 0 ? t(key, { days: keptDays.value }) : t(`${key}.unknown`);
}

/** Asks what is said to whoever asked, and declines. */
export function Decline({ ids, close }: { ids: readonly string[]; close: () => void }) {
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get("text") ?? "").trim();
    close();
    await change(ids, [{ kind: "CHANGE_KIND_DECLINE", text }], t("done.decline"));
  };
  return (
    <Dialog title={t("decline.title")} close={close} name="ticket-dialog">
      <form onSubmit={submit}>
        <label for={id}>{kept("decline.text")}</label>
        <textarea id={id} name="text" rows={5} maxLength={20000} dir="auto" />
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button main">
            {t("decline")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Opens a ticket for somebody, as after a call. */
export function Make({ close }: { close: () => void }) {
  const trouble = useSignal("");
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    try {
      const copyEmails = String(given.copies ?? "")
        .split(/[\s,;]+/)
        .filter((each) => each !== "");
      const { copies: _, ...rest } = given;
      const body = { ...rest, copyEmails, requestId: crypto.randomUUID() };
      const made = await api.call(OpenTicketResponseSchema, "POST", "/v1/tickets", body);
      close();
      refresh();
      go("tickets", "open", made.ticket?.id ?? "");
    } catch (error) {
      const wrong = error instanceof ApiError ? error.fields.map(({ field }) => named(`field.${field}`, field)) : [];
      trouble.value = wrong.length > 0 ? t("make.wrong", { fields: wrong.join(", ") }) : t("not.done");
    }
  };
  const field = (name: string, label: string, type: string, required: boolean) => (
    <div class="field">
      <label for={`${id}-${name}`}>{label}</label>
      <input id={`${id}-${name}`} name={name} type={type} required={required} maxLength={254} dir="auto" />
    </div>
  );
  return (
    <Dialog title={t("make.title")} close={close} name="ticket-dialog">
      <form onSubmit={submit} noValidate>
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        {field("email", t("make.email"), "email", true)}
        {field("siteUrl", t("make.site"), "url", true)}
        <div class="field">
          <label for={`${id}-description`}>{t("make.description")}</label>
          <textarea id={`${id}-description`} name="description" rows={5} maxLength={20000} dir="auto" required />
        </div>
        {field("displayName", t("make.name"), "text", false)}
        <div class="field">
          <label for={`${id}-copies`}>{t("make.copies")}</label>
          <textarea id={`${id}-copies`} name="copies" rows={2} maxLength={2600} dir="ltr" />
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button main">
            {t("make.go")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Keep the fix, forget the person: the thread with what is personal struck out, beside a solution to keep. */
export function Resolve({ whole, close }: { whole: GetTicketResponse; close: () => void }) {
  const { ticket, entries } = whole;
  const id = useId();
  const trouble = useSignal("");
  const shown = entries.filter(({ body, isWithdrawn }) => body !== "" && !isWithdrawn);
  const names = [
    ticket?.requesterName ?? "",
    ticket?.requesterEmail ?? "",
    ticket?.siteUrl.replace(/^https?:/, "") ?? "",
  ];
  const last = shown.filter(({ kind }) => kind === "ENTRY_KIND_ANSWER").at(-1)?.body ?? "";
  const fix = useSignal(without(last, names));
  const label = useSignal(without(ticket?.subject ?? "", names).slice(0, 80));
  if (!ticket) return null;
  const resolve = () => change([ticket.id], [{ kind: "CHANGE_KIND_SET_STATE", value: "RESOLVED" }], t("done.resolve"));
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (fix.value.trim() === "" || label.value.trim() === "") return;
    try {
      await api.call(CreateMacroResponseSchema, "POST", "/v1/macros", {
        label: label.value.trim(),
        steps: [{ kind: "CHANGE_KIND_ANSWER", words: fix.value.trim() }],
        isFix: true,
        requestId: crypto.randomUUID(),
      });
    } catch (error) {
      trouble.value = reasonOf(error) === "NAME_TAKEN" ? t("resolve.taken") : t("not.done");
      return;
    }
    close();
    loadMacros().catch(() => warn(t("not.done")));
    if (await resolve()) say(t("resolve.saved"));
  };
  return (
    <Dialog title={t("resolve.title")} close={close} name="ticket-dialog resolve" reading>
      <p class="lead">{kept("resolve.lead")}</p>
      <form onSubmit={save}>
        <div class="resolve-sides">
          <section aria-label={t("resolve.thread")}>
            <h3>{t("resolve.thread")}</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
            <div class="resolve-thread" tabIndex={0} role="group" aria-label={t("resolve.thread")}>
              <p>
                <del>{ticket.requesterName || ticket.requesterEmail}</del>
              </p>
              {shown.map((entry) => (
                <p key={entry.id} dir="auto">
                  {pieces(entry.body, names).map((piece) => (piece.personal ? <del>{piece.text}</del> : piece.text))}
                </p>
              ))}
            </div>
          </section>
          <section aria-label={t("resolve.fix")}>
            <h3>{t("resolve.fix")}</h3>
            <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
            <label for={`${id}-name`}>{t("resolve.fix.name")}</label>
            <input
              id={`${id}-name`}
              maxLength={80}
              dir="auto"
              value={label.value}
              onInput={(event) => {
                label.value = event.currentTarget.value;
              }}
            />
            <label for={`${id}-fix`}>{t("resolve.fix")}</label>
            <textarea
              id={`${id}-fix`}
              rows={9}
              maxLength={20000}
              dir="auto"
              aria-describedby={`${id}-hint`}
              value={fix.value}
              onInput={(event) => {
                fix.value = event.currentTarget.value;
              }}
            />
            <p class="faint" id={`${id}-hint`}>
              {t("resolve.fix.hint")}
            </p>
          </section>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              close();
              resolve();
            }}
          >
            {t("resolve.just")}
          </button>
          <button type="submit" class="button">
            {t("resolve.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
