/** The tickets' section: views and list on one side, the open ticket on the other, and everything by keys. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { CreateTicketTagResponseSchema } from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { go, href } from "../route.ts";
import { api, has, myId } from "../session.ts";
import { warn } from "../toasts.tsx";
import {
  counts,
  cursor,
  follow,
  loadTenant,
  macros,
  openId,
  people,
  queues,
  rows,
  search,
  selected,
  tags,
  viewId,
  whole,
  words,
} from "./data.ts";
import { type Change, change, onward, target, targets, undo } from "./deeds.ts";
import { Decline, Make, Resolve } from "./dialogs.tsx";
import { step, Tickets, toggle } from "./list.tsx";
import { type Choice, Picker } from "./picker.tsx";
import { Report } from "./report.tsx";
import { type Deeds, deeds } from "./section.ts";
import { Opened } from "./ticket.tsx";
import { ViewBar, Viewing } from "./viewing.tsx";
import { columns, PASSING, savedViews, VIEWS } from "./views.ts";
import "./tickets.css";
import "./columns.css";
import { named, t } from "./words.ts";

type Asking =
  | ""
  | "decline"
  | "resolve"
  | "make"
  | "assign"
  | "priority"
  | "move"
  | "tag"
  | "snooze"
  | "merge"
  | "macro"
  | "view";

const PRIORITIES = ["URGENT", "HIGH", "NORMAL", "LOW"];

/** The moments until which a ticket may be out of sight, in the reader's own time. */
function moments(now: Date): readonly Choice[] {
  const at = (days: number) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(9, 0, 0, 0);
    return day;
  };
  const monday = at((8 - now.getDay()) % 7 || 7);
  return [
    { label: t("snooze.hours"), moment: new Date(now.getTime() + 4 * 3_600_000) },
    { label: t("snooze.tomorrow"), moment: at(1) },
    { label: t("snooze.monday"), moment: monday },
    { label: t("snooze.week"), moment: at(7) },
  ].map(({ label, moment }) => ({
    id: moment.toISOString(),
    label,
    hint: moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }),
  }));
}

async function act(changes: readonly Change[], said: string, moves = false): Promise<void> {
  const ids = targets();
  const open = openId.peek();
  const then = moves && ids.length === 1 && open === ids[0] ? onward(open) : "";
  if (!(await change(ids, changes, said)) || !moves || ids.length !== 1) return;
  // What is dealt with makes room for the next one.
  if (open === ids[0]) go("tickets", viewId.peek(), ...(then === "" ? [] : [then]));
}

export default function View() {
  const asking = useSignal<Asking>("");
  const input = useRef<HTMLInputElement>(null);
  const ask = (what: Asking) => () => {
    if (what === "make" || what === "view" || targets().length > 0) asking.value = what;
  };
  const close = () => {
    asking.value = "";
  };
  useEffect(follow, []);
  useEffect(() => {
    const write = (note: boolean) => {
      const id = openId.peek() || cursor.peek();
      if (id === "") return;
      if (openId.peek() !== id) go("tickets", viewId.peek(), id);
      const send = () => dispatchEvent(new CustomEvent("ticket-write", { detail: { note } }));
      if (whole.peek()?.ticket?.id === id) send();
      else {
        const stop = whole.subscribe((found) => {
          if (found?.ticket?.id !== id) return;
          queueMicrotask(() => stop());
          setTimeout(send);
        });
      }
    };
    const turn = (by: number) => {
      const all = [...VIEWS.map(({ id }) => id), ...savedViews.peek().map(({ id }) => id)];
      const at = all.indexOf(viewId.peek());
      go("tickets", all[(at + by + all.length) % all.length] ?? "triage");
    };
    const mine: Deeds = {
      step,
      open: () => {
        if (cursor.peek() !== "") go("tickets", viewId.peek(), cursor.peek());
      },
      back: () => {
        if (openId.peek() !== "") {
          const id = openId.peek();
          go("tickets", viewId.peek());
          document.getElementById(`row-${id}`)?.focus();
        } else selected.value = new Set();
      },
      select: () => {
        if (cursor.peek() !== "") toggle(cursor.peek());
      },
      selectAll: () => {
        selected.value = new Set(rows.peek().map(({ id }) => id));
      },
      accept: () => {
        const one = target();
        const again = one && one.state !== "STATE_TRIAGE";
        act(
          again ? [{ kind: "CHANGE_KIND_SET_STATE", value: "OPEN" }] : [{ kind: "CHANGE_KIND_ACCEPT" }],
          t(again ? "done.reopen" : "done.accept"),
        );
      },
      decline: ask("decline"),
      duplicate: ask("merge"),
      take: () => act([{ kind: "CHANGE_KIND_ASSIGN", value: "me" }], t("done.take")),
      assign: ask("assign"),
      answer: () => write(false),
      note: () => write(true),
      attach: () => document.getElementById("ticket-files")?.click(),
      resolve: () => {
        const one = target();
        if (one && whole.peek()?.ticket?.id === one.id) asking.value = "resolve";
        else act([{ kind: "CHANGE_KIND_SET_STATE", value: "RESOLVED" }], t("done.resolve"), true);
      },
      close: () => act([{ kind: "CHANGE_KIND_SET_STATE", value: "CLOSED" }], t("done.close"), true),
      snooze: () => {
        const one = target();
        if (one && one.snoozeUntilTime > Date.now()) act([{ kind: "CHANGE_KIND_WAKE" }], t("done.wake"));
        else ask("snooze")();
      },
      priority: ask("priority"),
      tag: ask("tag"),
      move: ask("move"),
      macro: ask("macro"),
      spam: () => {
        const off = target()?.isSpam ?? false;
        act(
          [{ kind: off ? "CHANGE_KIND_UNMARK_SPAM" : "CHANGE_KIND_MARK_SPAM" }],
          t(off ? "done.unspam" : "done.spam"),
          true,
        );
      },
      undo: () => undo(),
      search: () => input.current?.focus(),
      make: ask("make"),
      view: ask("view"),
      viewNext: () => turn(1),
      viewPrevious: () => turn(-1),
    };
    deeds.now = mine;
    return () => {
      deeds.now = undefined;
    };
  }, []);
  const pick = (
    what: Asking,
    choices: readonly Choice[],
    text: string,
    changes: (id: string) => readonly Change[],
    said: (id: string) => string,
    moves = false,
  ) =>
    asking.value === what && (
      <Picker
        title={t(`pick.${what}` as "pick.assign")}
        text={text}
        choices={choices}
        close={close}
        pick={(id) => act(changes(id), said(id), moves)}
      />
    );
  const many = selected.value.size;
  return (
    <div
      class={`tickets ${openId.value === "" && viewId.value !== "report" ? "" : "opened"}`}
      style={{ "--columns": columns.value.length }}
    >
      <h1 class="unseen">{t("list")}</h1>
      <div class="side">
        <form
          class="ticket-search"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            // What was found is walked through by keys.
            input.current?.blur();
            search(String(new FormData(event.currentTarget).get("words") ?? ""));
          }}
        >
          <input
            ref={input}
            name="words"
            type="search"
            maxLength={200}
            aria-label={t("search.label")}
            placeholder={t("search")}
            defaultValue={words.value}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <button type="submit" class="button icon" aria-label={t("search.go")}>
            <Icon name="search" size={18} />
          </button>
          <button type="button" class="button icon" aria-label={t("make.title")} onClick={ask("make")}>
            <Icon name="plus" size={18} />
          </button>
        </form>
        <nav class="views" aria-label={t("views")}>
          {VIEWS.map(({ id }) => (
            <a key={id} href={href("tickets", id)} aria-current={viewId.value === id ? "page" : undefined}>
              {named(`view.${id}`)}
              {(counts.value[id] ?? 0) > 0 && <span class="count">{counts.value[id]}</span>}
            </a>
          ))}
          {savedViews.value.map(({ id, label }) => (
            <a key={id} href={href("tickets", id)} aria-current={viewId.value === id ? "page" : undefined}>
              {label}
            </a>
          ))}
          {viewId.value === PASSING && (
            <a href={href("tickets", PASSING)} aria-current="page">
              {t("view.filter")}
            </a>
          )}
          {has("CALLER_SUPERVISOR") && (
            <a href={href("tickets", "report")} aria-current={viewId.value === "report" ? "page" : undefined}>
              {t("view.report")}
            </a>
          )}
          {words.value !== "" && (
            <a href={href("tickets", "search")} aria-current={viewId.value === "search" ? "page" : undefined}>
              {t("view.search")}
            </a>
          )}
        </nav>
        {many > 0 && (
          <div class="ticket-bulk" role="toolbar" aria-label={t("selected", { count: many })}>
            <strong role="status">{t("selected", { count: many })}</strong>
            <button type="button" class="button" onClick={() => deeds.now?.accept()}>
              {t("accept")}
            </button>
            <button type="button" class="button" onClick={() => deeds.now?.take()}>
              {t("take")}
            </button>
            <button type="button" class="button" onClick={() => deeds.now?.assign()}>
              {t("assignee")}
            </button>
            <button type="button" class="button" onClick={() => deeds.now?.tag()}>
              {t("tags")}
            </button>
            <button type="button" class="button" onClick={() => deeds.now?.resolve()}>
              {t("resolve")}
            </button>
            <button
              type="button"
              class="button plain"
              onClick={() => {
                selected.value = new Set();
              }}
            >
              {t("selected.none")}
            </button>
          </div>
        )}
        <ViewBar change={ask("view")} />
        <div class="ticket-list">{viewId.value !== "report" && <Tickets />}</div>
      </div>
      <div class="main">{viewId.value === "report" ? <Report /> : <Opened />}</div>
      {asking.value === "decline" && <Decline ids={targets()} close={close} />}
      {asking.value === "view" && <Viewing close={close} />}
      {asking.value === "make" && <Make close={close} />}
      {asking.value === "resolve" && whole.value && <Resolve whole={whole.value} close={close} />}
      {pick(
        "assign",
        [
          { id: myId(), label: t("me") },
          { id: "", label: t("nobody") },
          ...people.value.filter(({ id }) => id !== myId()).map(({ id, displayName }) => ({ id, label: displayName })),
        ],
        "",
        (value) => [{ kind: "CHANGE_KIND_ASSIGN", value }],
        () => t("done.assign"),
      )}
      {pick(
        "priority",
        PRIORITIES.map((id) => ({ id, label: named(`priority.PRIORITY_${id}`) })),
        "",
        (value) => [{ kind: "CHANGE_KIND_SET_PRIORITY", value }],
        () => t("done.priority"),
      )}
      {pick(
        "move",
        queues.value.map(({ id, label }) => ({ id, label })),
        "",
        (value) => [{ kind: "CHANGE_KIND_MOVE", value }],
        () => t("done.move"),
      )}
      {pick(
        "snooze",
        moments(new Date()),
        "",
        (value) => [{ kind: "CHANGE_KIND_SNOOZE", value }],
        (value) => t("done.snooze", { time: new Date(value).toLocaleString() }),
        true,
      )}
      {pick(
        "merge",
        rows.value
          .filter(({ id }) => !targets().includes(id))
          .map((row) => ({ id: row.id, label: row.subject, hint: row.reference })),
        t("pick.merge.text"),
        (value) => [{ kind: "CHANGE_KIND_DUPLICATE", value }],
        () => t("done.merge"),
        true,
      )}
      {asking.value === "macro" && (
        <Picker
          title={t("pick.macro")}
          choices={macros.value.map(({ id, label }) => ({ id, label }))}
          close={close}
          pick={(macroId) => change(targets(), [], t("done.macro"), { macroId })}
        />
      )}
      {asking.value === "tag" && (
        <Picker
          title={t("pick.tag")}
          choices={tags.value.filter(({ isRetired }) => !isRetired).map(({ id, word }) => ({ id, label: word }))}
          close={close}
          pick={(value) => act([{ kind: "CHANGE_KIND_ADD_TAG", value }], t("done.tag"))}
          create={{
            label: t("tags.new"),
            make: async (word) => {
              try {
                const made = await api.call(CreateTicketTagResponseSchema, "POST", "/v1/ticket-tags", { word });
                await loadTenant();
                await act([{ kind: "CHANGE_KIND_ADD_TAG", value: made.tag?.id ?? "" }], t("done.tag"));
              } catch {
                warn(t("not.done"));
              }
            },
          }}
        />
      )}
    </div>
  );
}
