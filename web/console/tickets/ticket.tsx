/** The open ticket: what was written, what can be done, and what stands around it. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Attachments } from "../../shared/chat/attachments.ts";
import { FileEntry } from "../../shared/chat/files.tsx";
import type { Entry, GetTicketResponse, Ticket } from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { relative, Time } from "../../shared/time.tsx";
import { useCanned } from "../desk/canned.tsx";
import { go } from "../route.ts";
import { api, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { Attach, filesOf, Staged, stagedIn, useFiles } from "./attached.tsx";
import { changedMeanwhile, loadOpen, openId, others, viewId, whole, wholeState } from "./data.ts";
import { change, takeBack } from "./deeds.ts";
import { Facts } from "./facts.tsx";
import { deeds } from "./section.ts";
import { named, t } from "./words.ts";

const PRESENT_MS = 10_000;
const DRAFT_MS = 800;

function Piece({ entry, ticket, files }: { entry: Entry; ticket: Ticket; files: Attachments }) {
  const isNote = entry.kind === "ENTRY_KIND_NOTE";
  const isAnswer = entry.kind === "ENTRY_KIND_ANSWER";
  const who = isNote
    ? t("entry.note", { name: entry.staffName })
    : isAnswer
      ? t("entry.answer", { name: entry.staffName })
      : `${t(entry.kind === "ENTRY_KIND_REQUEST" ? "entry.request" : "entry.reply")} · ${
          entry.authorEmail || ticket.requesterName || ticket.requesterEmail
        }`;
  if (entry.isWithdrawn) return <li class="entry faint">{t("entry.withdrawn")}</li>;
  return (
    <li class={`entry ${isNote ? "note" : isAnswer ? "ours" : "theirs"}`}>
      <p class="entry-head">
        <strong dir="auto">{who}</strong> <Time at={entry.createTime} />
        {entry.sendState === "SEND_STATE_WAITING" && (
          <>
            <span class="tag">{t("entry.waiting", { time: relative(entry.sendTime) })}</span>
            <button type="button" class="link" onClick={() => takeBack(ticket.id, entry.id)}>
              {t("entry.undo")}
            </button>
          </>
        )}
        {entry.sendState === "SEND_STATE_FAILED" && <span class="tag bad">{t("entry.failed")}</span>}
      </p>
      <p class="entry-body" dir="auto">
        {entry.note || entry.body}
      </p>
      {filesOf(files, entry.id).map(({ id }) => (
        <FileEntry key={id} files={files} id={id} />
      ))}
      {entry.quotedText !== "" && (
        <details>
          <summary>{t("entry.quoted")}</summary>
          <p class="entry-body faint" dir="auto">
            {entry.quotedText}
          </p>
        </details>
      )}
    </li>
  );
}

/** Goes out of the field, where keys are shortcuts again; a ticket that left the list has no line there. */
function leave(ticketId: string): void {
  const line = document.getElementById(`row-${ticketId}`) ?? document.querySelector(".ticket-scroll");
  (line as HTMLElement | null)?.focus();
}

function Composer({ found, files }: { found: GetTicketResponse; files: Attachments }) {
  const ticket = found.ticket as Ticket;
  const body = useSignal(found.draft?.body ?? "");
  const isNote = useSignal(found.draft?.isInternal ?? false);
  const kept = useSignal(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const timer = useRef<ReturnType<typeof setTimeout>>();
  // An answer that was taken back is the draft again; what is being typed is never overwritten.
  useEffect(() => {
    if (body.peek() === "" && found.draft?.body) {
      body.value = found.draft.body;
      isNote.value = found.draft.isInternal;
    }
  }, [found]);
  const keep = () => {
    const words = body.peek();
    api
      .json("PUT", `/v1/tickets/${ticket.id}/draft`, { body: words, isInternal: isNote.peek() })
      .then(() => {
        kept.value = words !== "";
      })
      .catch(() => {});
  };
  const typed = (words: string) => {
    body.value = words;
    kept.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(keep, DRAFT_MS);
    report(ticket.id, true);
  };
  useEffect(() => {
    const write = (event: Event) => {
      isNote.value = (event as CustomEvent<{ note: boolean }>).detail.note;
      box.current?.focus();
    };
    addEventListener("ticket-write", write);
    return () => {
      removeEventListener("ticket-write", write);
      clearTimeout(timer.current);
      if (body.peek() !== (found.draft?.body ?? "")) keep();
    };
  }, [ticket.id]);
  const send = async () => {
    const text = body.peek().trim();
    if (text === "") {
      warn(t("answer.empty"));
      return;
    }
    const kind = isNote.peek() ? "CHANGE_KIND_NOTE" : "CHANGE_KIND_ANSWER";
    const words = t(isNote.peek() ? "done.note" : "done.answer");
    const staged = stagedIn(files);
    if (staged.some(({ state }) => state === "STATE_REFUSED")) {
      warn(t("attach.refused"));
      return;
    }
    if (files.uploads.peek().length > 0 || staged.some(({ state }) => state === "STATE_PENDING")) {
      warn(t("attach.waits"));
      return;
    }
    clearTimeout(timer.current);
    const fileIds = staged.map(({ id }) => id);
    if (await change([ticket.id], [{ kind, text, fileIds }], words, { seenEntries: ticket.entryCount })) {
      body.value = "";
      // What is said is said: the next key is a shortcut again.
      if (document.activeElement === box.current) leave(ticket.id);
      keep();
      report(ticket.id, false);
    }
  };
  /** Files that are pasted or dropped are sent like those that were chosen. */
  const take = (event: Event, data: DataTransfer | null) => {
    if (!data || data.files.length === 0) return;
    event.preventDefault();
    files.send([...data.files]);
  };
  const name = ticket.requesterName || ticket.requesterEmail;
  const to = {
    name: ticket.requesterName,
    language: ticket.language,
    site: ticket.siteUrl.replace(/^https?:\/\/|\/$/g, ""),
  };
  const popup = useCanned(body, to, typed);
  return (
    <form
      class={`ticket-composer ${isNote.value ? "as-note" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="ticket-tabs" role="group">
        {[false, true].map((note) => (
          <button
            key={String(note)}
            type="button"
            class="button plain"
            aria-pressed={isNote.value === note}
            onClick={() => {
              isNote.value = note;
              box.current?.focus();
            }}
          >
            {t(note ? "note" : "answer")}
          </button>
        ))}
        <Attach files={files} />
        {kept.value && <span class="faint">{t("draft.kept")}</span>}
      </div>
      {popup?.view}
      <label class="unseen" for={id}>
        {isNote.value ? t("note.label") : t("answer.label", { name })}
      </label>
      <textarea
        ref={box}
        id={id}
        rows={4}
        maxLength={20000}
        dir="auto"
        placeholder={isNote.value ? t("note.label") : t("answer.label", { name })}
        value={body.value}
        onInput={(event) => typed(event.currentTarget.value)}
        onPaste={(event) => take(event, event.clipboardData)}
        onDrop={(event) => take(event, event.dataTransfer)}
        {...(popup
          ? { "aria-autocomplete": "list", "aria-controls": popup.list, "aria-activedescendant": popup.active }
          : {})}
        onKeyDown={(event) => {
          if (!event.isComposing && popup?.press(event)) {
            event.preventDefault();
            event.stopPropagation();
          } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            send();
          } else if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            leave(ticket.id);
          }
        }}
      />
      <Staged files={files} ticketId={ticket.id} />
      <div class="actions">
        <span class="faint">{t("send.keys")}</span>
        <button type="submit" class="button main">
          {t(isNote.value ? "send.note" : "send")}
        </button>
      </div>
    </form>
  );
}

let reported = 0;
let writing = false;

function report(ticketId: string, isWriting: boolean, hasLeft = false): void {
  // Whoever types says so once in a while, and not with every key.
  if (isWriting && writing && Date.now() - reported < PRESENT_MS) return;
  reported = Date.now();
  writing = isWriting;
  api.json("POST", `/v1/tickets/${ticketId}:present`, { isWriting, hasLeft }).catch(() => {});
}

function Present({ id }: { id: string }) {
  useEffect(() => {
    report(id, false);
    const timer = setInterval(() => report(id, writing && Date.now() - reported < 3 * PRESENT_MS), PRESENT_MS);
    return () => {
      clearInterval(timer);
      report(id, false, true);
    };
  }, [id]);
  const here = others.value;
  if (here.length === 0) return null;
  const busy = here.find(({ isWriting }) => isWriting);
  return (
    <p class="ticket-present" role="status">
      {busy
        ? t("writing", { name: busy.displayName })
        : t("viewing", { names: here.map(({ displayName }) => displayName).join(", ") })}
    </p>
  );
}

function Deeds({ ticket }: { ticket: Ticket }) {
  const one = [ticket.id];
  const button = (label: string, run: () => void, main = false) => (
    <button type="button" class={main ? "button main" : "button"} onClick={run}>
      {label}
    </button>
  );
  const over = ticket.state === "STATE_RESOLVED" || ticket.state === "STATE_CLOSED";
  return (
    <div class="ticket-deeds" role="group" aria-label={t("details")}>
      {ticket.state === "STATE_TRIAGE" && (
        <>
          {button(t("accept"), () => deeds.now?.accept(), true)}
          {button(t("decline"), () => deeds.now?.decline())}
        </>
      )}
      {ticket.assigneeId === "" && !over && button(t("take"), () => deeds.now?.take())}
      {!over && ticket.state !== "STATE_TRIAGE" && button(t("resolve"), () => deeds.now?.resolve(), true)}
      {over && button(t("reopen"), () => deeds.now?.accept())}
      {ticket.state === "STATE_RESOLVED" && button(t("close"), () => deeds.now?.close())}
      {!over && button(t(ticket.snoozeUntilTime > Date.now() ? "wake" : "snooze"), () => deeds.now?.snooze())}
      {ticket.mergedIntoId === ""
        ? button(t("merge"), () => deeds.now?.duplicate())
        : button(t("unmerge"), async () => {
            try {
              await api.json("POST", `/v1/tickets/${ticket.id}:unmerge`, {});
              say(t("done.unmerge"));
            } catch {
              warn(t("not.done"));
            }
            loadOpen();
          })}
      {button(t(ticket.isSpam ? "spamUnmark" : "spamMark"), () => deeds.now?.spam())}
      {ticket.followerIds.includes(myId())
        ? button(t("unfollow"), () => change(one, [{ kind: "CHANGE_KIND_UNFOLLOW" }], t("done.unfollow")))
        : button(t("follow"), () => change(one, [{ kind: "CHANGE_KIND_FOLLOW" }], t("done.follow")))}
    </div>
  );
}

/** The open ticket, or what stands in its place. */
export function Opened() {
  const found = whole.value;
  const files = useFiles(found);
  if (openId.value === "") {
    return (
      <div class="list-state middle">
        <h2>{t("none")}</h2>
        <p>{t("none.text")}</p>
      </div>
    );
  }
  if (wholeState.value === "gone" || wholeState.value === "failed") {
    return (
      <div class="list-state middle" role="alert">
        <h2>{t(wholeState.value === "gone" ? "gone" : "list.failed")}</h2>
        {wholeState.value === "gone" ? (
          <p>{t("gone.text")}</p>
        ) : (
          <button type="button" class="button" onClick={loadOpen}>
            {t("list.again")}
          </button>
        )}
      </div>
    );
  }
  const ticket = found?.ticket;
  if (!found || !ticket) {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("loading")}</span>
      </div>
    );
  }
  return (
    <article class="ticket" aria-label={ticket.subject}>
      <header>
        <button
          type="button"
          class="button plain icon back"
          aria-label={t("back")}
          onClick={() => go("tickets", viewId.value)}
        >
          <Icon name="back" />
        </button>
        <div>
          <h2 dir="auto">{ticket.subject}</h2>
          <p class="faint">
            <span class="ref">{ticket.reference}</span> · {named(`state.${ticket.state}`)}
            {ticket.isSpam && ` · ${t("spam")}`}
            {ticket.mergedIntoId !== "" && ` · ${t("merged")}`}
          </p>
        </div>
      </header>
      <Deeds ticket={ticket} />
      <Present id={ticket.id} />
      {changedMeanwhile.value && (
        <p class="note" role="status">
          {t("changed.by")}
        </p>
      )}
      <div class="ticket-body">
        <div class="ticket-main">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
          <div class="ticket-scroll" tabIndex={0} role="group" aria-label={t("thread")}>
            <ol class="ticket-thread">
              {found.entries.map((entry) => (
                <Piece key={entry.id} entry={entry} ticket={ticket} files={files} />
              ))}
            </ol>
          </div>
          <Composer key={ticket.id} found={found} files={files} />
        </div>
        <Facts found={found} />
      </div>
    </article>
  );
}
