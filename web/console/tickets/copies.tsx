/** Who else is mailed what is answered, and the way to put somebody on that list or off it. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import type { Ticket } from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { change } from "./deeds.ts";
import { t } from "./words.ts";

/** Those on copy. */
export function Copies({ ticket }: { ticket: Ticket }) {
  const adding = useSignal(false);
  const one = [ticket.id];
  return (
    <div class="ticket-fact">
      <span>{t("copies")}</span>
      <span class="chips">
        {ticket.copies.map(({ requesterId, displayName, email }) => {
          const name = displayName || email;
          return (
            <button
              key={requesterId}
              type="button"
              class="tag"
              title={email}
              aria-label={t("copies.remove", { name })}
              onClick={() => change(one, [{ kind: "CHANGE_KIND_REMOVE_COPY", value: requesterId }], t("done.uncopy"))}
            >
              <span dir="auto">{name}</span> <Icon name="close" size={12} />
            </button>
          );
        })}
        <button type="button" class="button plain" aria-haspopup="dialog" onClick={() => (adding.value = true)}>
          {t("copies.add")}
        </button>
      </span>
      {adding.value && <Add ticket={ticket} close={() => (adding.value = false)} />}
    </div>
  );
}

function Add({ ticket, close }: { ticket: Ticket; close: () => void }) {
  const trouble = useSignal("");
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get("email") ?? "").trim();
    if (text === "") return;
    if (await change([ticket.id], [{ kind: "CHANGE_KIND_ADD_COPY", text }], t("done.copy"))) close();
    else trouble.value = t("copies.wrong");
  };
  return (
    <Dialog title={t("copies.title")} close={close} name="ticket-dialog">
      <form onSubmit={submit}>
        <p>{t("copies.text")}</p>
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        <div class="field">
          <label for={id}>{t("copies.email")}</label>
          <input id={id} name="email" type="email" required maxLength={254} dir="ltr" autocomplete="off" />
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button main">
            {t("copies.add")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
