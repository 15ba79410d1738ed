/** The canned replies: the team's, and one's own. */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import type { CannedReply } from "../../shared/gen/desk.ts";
import { Icon } from "../../shared/icons.tsx";
import { has } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t as eager } from "../words/en.ts";
import { addReply, changeReply, deleteReply, readReplies, replies, repliesStanding } from "./data.ts";
import { Page } from "./page.tsx";
import { failure, t } from "./words.ts";

const leads = () => has("CALLER_SUPERVISOR", "CALLER_ADMIN");
const NEW = "new";

export function Replies() {
  const open = useSignal<CannedReply | typeof NEW | undefined>(undefined);
  useEffect(() => {
    readReplies();
  }, []);
  const drop = async (reply: CannedReply) => {
    const { shortcut } = reply;
    try {
      await deleteReply(reply.id);
      say(t("replies.deleted", { shortcut }), () => {
        addReply(reply, reply.ownerId !== "").catch(() => warn(t("desk.not.saved")));
      });
    } catch {
      warn(t("replies.not.deleted", { shortcut }));
    }
  };
  const sorted = [...replies.value].sort((one, other) =>
    `${one.shortcut} ${one.language}` < `${other.shortcut} ${other.language}` ? -1 : 1,
  );
  return (
    <>
      <Page
        title={eager("desk.replies")}
        lead={t("replies.lead")}
        action={
          <button type="button" class="button main" aria-haspopup="dialog" onClick={() => (open.value = NEW)}>
            <Icon name="plus" size={18} />
            {t("replies.add")}
          </button>
        }
        standing={repliesStanding.value}
        count={sorted.length}
        empty={{ title: t("replies.none"), text: t("replies.none.text") }}
        again={readReplies}
      >
        <ul class="column-rows desk-rows" aria-label={eager("desk.replies")}>
          {sorted.map((reply) => {
            const mayChange = reply.ownerId !== "" || leads();
            return (
              <li key={reply.id}>
                <div>
                  <p>
                    <strong>/{reply.shortcut}</strong>{" "}
                    {reply.language !== "" && <span class="tag quiet">{reply.language}</span>}{" "}
                    <span class="tag quiet">{t(reply.ownerId === "" ? "replies.team" : "replies.own")}</span>
                  </p>
                  <p class="faint template" dir="auto">
                    {reply.template}
                  </p>
                </div>
                {mayChange && (
                  <div class="row-actions">
                    <button
                      type="button"
                      class="button"
                      aria-label={t("replies.edit", { shortcut: reply.shortcut })}
                      onClick={() => (open.value = reply)}
                    >
                      {t("desk.change")}
                    </button>
                    <button
                      type="button"
                      class="button"
                      aria-label={t("replies.delete", { shortcut: reply.shortcut })}
                      onClick={() => drop(reply)}
                    >
                      {t("desk.delete")}
                    </button>
                  </div>
                )}
              </li>
            );
          })}
        </ul>
      </Page>
      {open.value && (
        <Editor
          reply={open.value === NEW ? undefined : open.value}
          close={() => {
            open.value = undefined;
          }}
        />
      )}
    </>
  );
}

function Editor({ reply, close }: { reply: CannedReply | undefined; close: () => void }) {
  const trouble = useSignal("");
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const written = { shortcut: text("shortcut"), language: text("language"), template: text("template") };
    try {
      if (reply) await changeReply(reply.id, written, reply.etag);
      else await addReply(written, text("whose") !== "team");
      close();
    } catch (error) {
      trouble.value = failure(reasonOf(error));
    }
  };
  return (
    <Dialog title={t(reply ? "replies.edit.title" : "replies.new.title")} close={close} name="desk-editor">
      <form onSubmit={submit}>
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        <div class="field">
          <label for={`${id}-shortcut`}>{t("replies.shortcut")}</label>
          <input
            id={`${id}-shortcut`}
            name="shortcut"
            required
            maxLength={32}
            pattern="[a-z0-9][a-z0-9_\-]*"
            autocapitalize="none"
            autocomplete="off"
            defaultValue={reply?.shortcut ?? ""}
            aria-describedby={`${id}-shortcut-hint`}
          />
          <p id={`${id}-shortcut-hint`} class="hint">
            {t("replies.shortcut.hint")}
          </p>
        </div>
        <div class="field">
          <label for={`${id}-template`}>{t("replies.text")}</label>
          <textarea
            id={`${id}-template`}
            name="template"
            required
            rows={5}
            maxLength={4000}
            dir="auto"
            defaultValue={reply?.template ?? ""}
            aria-describedby={`${id}-template-hint`}
          />
          <p id={`${id}-template-hint`} class="hint">
            {t("replies.text.hint", {
              visitor_name: "{visitor_name}",
              operator_name: "{operator_name}",
              site: "{site}",
              "visitor_name|there": "{visitor_name|there}",
            })}
          </p>
        </div>
        <div class="field">
          <label for={`${id}-language`}>{t("replies.language")}</label>
          <input
            id={`${id}-language`}
            name="language"
            maxLength={35}
            pattern="[a-zA-Z]{2,3}(\-[a-zA-Z0-9]{2,8})*"
            autocomplete="off"
            defaultValue={reply?.language ?? ""}
            aria-describedby={`${id}-language-hint`}
          />
          <p id={`${id}-language-hint`} class="hint">
            {t("replies.language.hint")}
          </p>
        </div>
        {!reply && leads() && (
          <div class="field">
            <label for={`${id}-whose`}>{t("replies.whose")}</label>
            <select id={`${id}-whose`} name="whose">
              <option value="team">{t("replies.team")}</option>
              <option value="own">{t("replies.own")}</option>
            </select>
          </div>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("desk.cancel")}
          </button>
          <button type="submit" class="button main">
            {t("desk.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
