/** What stands under the facts of a conversation: tags, notes, earlier chats, and what is done about a person. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { chime } from "../../shared/alerts.ts";
import { Said } from "../../shared/chat/body.tsx";
import { Confirm, Dialog } from "../../shared/dialog.tsx";
import {
  AddNoteResponseSchema,
  ListNotesResponseSchema,
  ListPersonConversationsResponseSchema,
  ListPersonMessagesResponseSchema,
  type Note,
  SetConversationTagsResponseSchema,
} from "../../shared/gen/desk.ts";
import type { Conversation, Message } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import { date, exact, Time } from "../../shared/time.tsx";
import { t as shared } from "../../shared/words.ts";
import { readTags, tagOf, tags } from "../desk/data.ts";
import { go } from "../route.ts";
import { api, has, live, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "./besides.words.ts";
import { bringing } from "./bringing.ts";
import { HeldMails } from "./held.tsx";
import { lists, view } from "./store.ts";

const REASONS = ["BLOCK_REASON_ABUSE", "BLOCK_REASON_THREATS", "BLOCK_REASON_SPAM"] as const;
const HOURS = [1, 24, 7 * 24, 30 * 24];
const NOTE_LONGEST = 4000;

function path(id: string, rest = ""): string {
  return `/v1/conversations/${encodeURIComponent(id)}${rest}`;
}

/** Everything under the facts. */
export function Besides({ conversation }: { conversation: Conversation }) {
  const { state, operatorId } = conversation;
  const answers = state === "STATE_OPEN" && operatorId === myId();
  return (
    <div class="context besides">
      <HeldMails conversation={conversation} />
      <Tags conversation={conversation} mayChange={operatorId === myId() || has("CALLER_SUPERVISOR")} />
      <Notes conversation={conversation} />
      {answers && <Earlier id={conversation.id} />}
      {answers && <Measures id={conversation.id} />}
      {operatorId === myId() && <ToTheDesk />}
    </div>
  );
}

function Tags({ conversation, mayChange }: { conversation: Conversation; mayChange: boolean }) {
  const { id, tagIds } = conversation;
  const field = useId();
  const chosen = useSignal("");
  const select = useRef<HTMLSelectElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const put = async (next: readonly string[]) => {
    try {
      const answer = await api.call(SetConversationTagsResponseSchema, "POST", path(id, ":setTags"), { tagIds: next });
      if (!answer.conversation) return;
      lists.value.change(answer.conversation);
      live.known(id)?.update(answer.conversation);
      // What was pressed may be gone; whoever works by keyboard goes on where tags are chosen.
      setTimeout(() => (select.current ?? heading.current)?.focus());
    } catch {
      warn(t("beside.tags.failed"));
    }
  };
  // What a colleague has added meanwhile is there.
  useEffect(() => {
    readTags();
  }, [id]);
  const free = tags.value.filter((tag) => !tag.retired && !tagIds.includes(tag.id));
  return (
    <section aria-labelledby={`${field}-title`}>
      <h2 id={`${field}-title`} ref={heading} tabIndex={-1}>
        {t("beside.tags")}
      </h2>
      {tagIds.length === 0 && <p class="faint">{t("beside.tags.none")}</p>}
      <ul class="chips">
        {tagIds.map((tagId) => {
          const word = tagOf(tagId)?.word ?? "…";
          return (
            <li key={tagId} class="tag" dir="auto">
              {word}
              {mayChange && (
                <button
                  type="button"
                  class="button plain icon small"
                  aria-label={t("beside.tags.remove", { word })}
                  onClick={() => put(tagIds.filter((one) => one !== tagId))}
                >
                  <Icon name="close" size={14} />
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {mayChange && free.length > 0 && (
        // A list that acts on being changed cannot be walked through by arrow keys, so a button does it.
        <form
          class="add-tag"
          onSubmit={(event) => {
            event.preventDefault();
            if (chosen.value === "") return;
            put([...tagIds, chosen.value]);
            chosen.value = "";
          }}
        >
          <select
            ref={select}
            aria-label={t("beside.tags.add")}
            value={chosen.value}
            onChange={({ currentTarget }) => (chosen.value = currentTarget.value)}
          >
            <option value="">{t("beside.tags.add")}</option>
            {free.map((tag) => (
              <option key={tag.id} value={tag.id}>
                {tag.word}
              </option>
            ))}
          </select>
          <button type="submit" class="button" disabled={chosen.value === ""}>
            {t("beside.tags.put")}
          </button>
        </form>
      )}
      <p class="hint">{t("beside.tags.hint")}</p>
    </section>
  );
}

function Notes({ conversation }: { conversation: Conversation }) {
  const { id, operatorId, state, noteCount } = conversation;
  const notes = useSignal<readonly Note[] | "failed" | undefined>(undefined);
  const text = useSignal("");
  const trouble = useSignal("");
  const writing = useRef<HTMLTextAreaElement>(null);
  const field = useId();
  const load = () =>
    api.call(ListNotesResponseSchema, "GET", path(id, "/notes")).then(
      (answer) => {
        const known = notes.peek();
        notes.value = answer.notes;
        // Whoever watches may say something to whoever answers, which is not for the visitor.
        if (!Array.isArray(known)) return;
        const fresh = answer.notes.findLast(
          (note) => note.staffId !== myId() && !known.some(({ id: one }) => one === note.id),
        );
        if (!fresh) return;
        say(t("beside.notes.new", { name: fresh.staffName }));
        chime();
      },
      () => {
        notes.value = "failed";
      },
    );
  // Whoever takes it over brings notes along, and a colleague's note is there at once.
  useEffect(() => {
    load();
  }, [id, operatorId, state, noteCount]);
  const add = async (body: string) => {
    const { note } = await api.call(AddNoteResponseSchema, "POST", path(id, "/notes"), { body });
    const known = notes.value;
    if (note && Array.isArray(known) && !known.some((one: Note) => one.id === note.id)) notes.value = [...known, note];
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = text.value.trim();
    if (body === "") return;
    trouble.value = "";
    try {
      await add(body);
      text.value = "";
      // The button that was pressed can be pressed no more.
      writing.current?.focus();
    } catch {
      trouble.value = t("beside.notes.kept");
    }
  };
  const drop = async (note: Note) => {
    try {
      await api.json("DELETE", path(id, `/notes/${encodeURIComponent(note.id)}`));
      await load();
      writing.current?.focus();
      say(t("beside.notes.deleted"), () => {
        add(note.body).catch(() => warn(t("beside.notes.kept")));
      });
    } catch {
      warn(t("beside.notes.not.deleted"));
    }
  };
  return (
    <section aria-labelledby={`${field}-title`}>
      <h2 id={`${field}-title`}>{t("beside.notes")}</h2>
      {notes.value === undefined && <span class="spinner" />}
      {notes.value === "failed" && <p class="faint">{t("beside.notes.failed")}</p>}
      {Array.isArray(notes.value) && notes.value.length === 0 && <p class="faint">{t("beside.notes.none")}</p>}
      {Array.isArray(notes.value) && (
        <ul class="notes">
          {notes.value.map((note: Note) => (
            <li key={note.id}>
              <p dir="auto">{note.body}</p>
              <p class="hint">
                <span dir="auto">
                  {note.staffName} · <Time at={note.createTime} />
                </span>
                {(note.staffId === myId() || has("CALLER_SUPERVISOR")) && (
                  <button
                    type="button"
                    class="button plain icon small"
                    aria-label={t("beside.notes.delete", { name: note.staffName })}
                    onClick={() => drop(note)}
                  >
                    <Icon name="close" size={14} />
                  </button>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit}>
        <label class="unseen" for={field}>
          {t("beside.notes.write")}
        </label>
        <textarea
          ref={writing}
          id={field}
          rows={2}
          dir="auto"
          maxLength={NOTE_LONGEST}
          placeholder={t("beside.notes.write")}
          value={text}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        <button type="submit" class="button" disabled={text.value.trim() === ""}>
          {t("beside.notes.add")}
        </button>
      </form>
      <p class="hint">{t("beside.notes.hint")}</p>
    </section>
  );
}

function Earlier({ id }: { id: string }) {
  const found = useSignal<readonly Conversation[] | "failed" | "asking" | undefined>(undefined);
  const shown = useSignal<{ past: Conversation; messages: readonly Message[] } | undefined>(undefined);
  const title = useId();
  const look = async () => {
    found.value = "asking";
    try {
      const answer = await api.call(ListPersonConversationsResponseSchema, "GET", path(id, "/person"));
      found.value = answer.conversations;
    } catch {
      found.value = "failed";
    }
  };
  const read = async (past: Conversation) => {
    const messages: Message[] = [];
    let after = 0;
    try {
      for (;;) {
        const query = `/person/${encodeURIComponent(past.id)}/messages?afterSequence=${after}&pageSize=500`;
        const page = await api.call(ListPersonMessagesResponseSchema, "GET", path(id, query));
        messages.push(...page.messages);
        after = messages.at(-1)?.sequence ?? page.headSequence;
        if (page.messages.length === 0 || after >= page.headSequence) break;
      }
      shown.value = { past, messages };
    } catch {
      warn(t("beside.person.failed"));
    }
  };
  const open = shown.value;
  return (
    <section aria-labelledby={title}>
      <h2 id={title}>{t("beside.person")}</h2>
      {found.value === undefined && (
        <button type="button" class="button" onClick={look}>
          {t("beside.person.show")}
        </button>
      )}
      {found.value === "asking" && <span class="spinner" />}
      {found.value === "failed" && <p class="faint">{t("beside.person.failed")}</p>}
      {Array.isArray(found.value) && found.value.length === 0 && <p class="faint">{t("beside.person.none")}</p>}
      {Array.isArray(found.value) && (
        <ul class="earlier">
          {found.value.map((past: Conversation) => (
            <li key={past.id}>
              {past.state === "STATE_CLOSED" ? (
                <button type="button" class="link" title={exact(past.createTime)} onClick={() => read(past)}>
                  {t("beside.person.open", { date: date(past.createTime) })}
                </button>
              ) : (
                <span class="faint">{t("beside.person.running")}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">{t("beside.person.hint")}</p>
      {open && (
        <Dialog
          title={t("beside.person.open", { date: date(open.past.createTime) })}
          name="earlier-chat"
          reading
          close={() => {
            shown.value = undefined;
          }}
        >
          <ol class="past">
            {open.messages
              .filter(({ kind }) => kind === "KIND_TEXT")
              .map((message) => (
                <li key={message.sequence} class={message.side === "SIDE_OPERATOR" ? "own" : "theirs"}>
                  <Said message={message} />
                  <p class="hint">
                    <Time at={message.createTime} clock />
                  </p>
                </li>
              ))}
          </ol>
          <div class="actions">
            <button
              type="button"
              class="button"
              onClick={() => {
                shown.value = undefined;
              }}
            >
              {shared("dialog.close")}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

/** The way to the desk, for whoever answers or answered. */
function ToTheDesk() {
  return (
    <div class="measures">
      <button type="button" class="button" aria-haspopup="dialog" onClick={() => (bringing.value = true)}>
        {t("beside.ticket")}
      </button>
    </div>
  );
}

function Measures({ id }: { id: string }) {
  const asking = useSignal<"" | "minor" | "block">("");
  const close = () => {
    asking.value = "";
  };
  const refuse = async () => {
    try {
      await api.json("POST", path(id, ":reportMinor"), {});
      say(t("beside.minor.done"));
      go("inbox", view.value);
      lists.value.remove(id);
    } catch {
      warn(t("beside.minor.failed"));
    }
  };
  return (
    <div class="measures">
      <button type="button" class="button" aria-haspopup="dialog" onClick={() => (asking.value = "minor")}>
        {t("beside.minor")}
      </button>
      <button type="button" class="button" aria-haspopup="dialog" onClick={() => (asking.value = "block")}>
        {t("beside.block")}
      </button>
      {asking.value === "minor" && (
        <Confirm
          title={t("beside.minor.title")}
          text={t("beside.minor.text")}
          yes={t("beside.minor.yes")}
          close={close}
          confirm={refuse}
        />
      )}
      {asking.value === "block" && <KeepOut id={id} close={close} />}
    </div>
  );
}

function KeepOut({ id, close }: { id: string; close: () => void }) {
  const field = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const hours = Number(said.get("hours"));
    try {
      await api.json("POST", path(id, ":block"), { reason: said.get("reason"), hours });
      say(t("beside.block.done", { time: exact(Date.now() + hours * 3_600_000) }));
    } catch {
      warn(t("beside.block.failed"));
    }
    close();
  };
  return (
    <Dialog title={t("beside.block.title")} close={close}>
      <form onSubmit={submit}>
        <p>{t("beside.block.text")}</p>
        <div class="field">
          <label for={`${field}-reason`}>{t("beside.block.reason")}</label>
          <select id={`${field}-reason`} name="reason">
            {REASONS.map((reason) => (
              <option key={reason} value={reason}>
                {t(`block.${reason}`)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for={`${field}-hours`}>{t("beside.block.hours")}</label>
          <select id={`${field}-hours`} name="hours">
            {HOURS.map((hours) => (
              <option key={hours} value={hours} selected={hours === 24}>
                {hours < 24 ? t("hours.count", { count: hours }) : t("days.count", { count: hours / 24 })}
              </option>
            ))}
          </select>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {shared("dialog.cancel")}
          </button>
          <button type="submit" class="button">
            {t("beside.block.yes")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
