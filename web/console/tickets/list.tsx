/** The list of tickets: one line each, with what one needs to choose, and a box to select several. */
import { useEffect, useRef } from "preact/hooks";
import type { Ticket } from "../../shared/gen/support.ts";
import { relative, Time } from "../../shared/time.tsx";
import { go, href } from "../route.ts";
import {
  cursor,
  gap,
  load,
  loadMore,
  nameOf,
  next,
  openId,
  queues,
  rows,
  selected,
  snippets,
  state,
  tags,
  viewId,
} from "./data.ts";
import { type Column, columns } from "./views.ts";
import { named, t } from "./words.ts";

/** Selects or deselects a ticket. */
export function toggle(id: string): void {
  const now = new Set(selected.peek());
  if (!now.delete(id)) now.add(id);
  selected.value = now;
}

/** Moves the cursor and the focus with it; where a ticket is open, the next one is opened, as in a mail program. */
export function step(by: number): void {
  const list = rows.peek();
  const at = list.findIndex(({ id }) => id === cursor.peek());
  // What stood behind the one that left has moved into its place.
  const place = at >= 0 ? at + by : by > 0 ? gap.at : gap.at - 1;
  const to = list[Math.max(0, Math.min(list.length - 1, place))];
  if (!to) return;
  cursor.value = to.id;
  document.getElementById(`row-${to.id}`)?.focus();
  if (openId.peek() !== "" && openId.peek() !== to.id) go("tickets", viewId.peek(), to.id);
}

function Clock({ ticket }: { ticket: Ticket }) {
  if (ticket.nextDueTime <= 0) {
    return ticket.isBreached ? <span class="clock late">{t("clock.missed")}</span> : null;
  }
  const metric = named(`metric.${ticket.nextMetric}`);
  const late = ticket.nextDueTime < Date.now();
  const near = !late && ticket.nextDueTime - Date.now() < 3_600_000;
  return (
    <span class={`clock ${late ? "late" : near ? "near" : ""}`} title={new Date(ticket.nextDueTime).toLocaleString()}>
      {t(late ? "late" : "due", { metric, time: relative(ticket.nextDueTime) })}
    </span>
  );
}

/** What a line says in one column; nothing where there is nothing to say. */
function Cell({ column, ticket }: { column: Column; ticket: Ticket }) {
  switch (column) {
    case "requester":
      return <span dir="auto">{ticket.requesterName || ticket.requesterEmail}</span>;
    case "site":
      return ticket.siteUrl === "" ? null : <span dir="auto">{ticket.siteUrl.replace(/^https?:\/\//, "")}</span>;
    case "reference":
      return <span class="ref">{ticket.reference}</span>;
    case "queue":
      return <span dir="auto">{queues.value.find(({ id }) => id === ticket.queueId)?.label}</span>;
    case "priority":
      return ticket.priority === "PRIORITY_NORMAL" || ticket.priority === "PRIORITY_UNSPECIFIED" ? null : (
        <span class={`tag ${ticket.priority.toLowerCase()}`}>{named(`priority.${ticket.priority}`)}</span>
      );
    case "severity":
      return ticket.severity === "SEVERITY_UNSPECIFIED" ? null : <span>{named(`severity.${ticket.severity}`)}</span>;
    case "state":
      return <span class="tag">{named(`state.${ticket.state}`)}</span>;
    case "assignee":
      return ticket.assigneeId === "" ? null : <span dir="auto">{nameOf(ticket.assigneeId)}</span>;
    case "tags":
      return (
        <>
          {ticket.tagIds.map((tagId) => (
            <span key={tagId} class="tag" dir="auto">
              {tags.value.find((tag) => tag.id === tagId)?.word}
            </span>
          ))}
        </>
      );
    case "created":
      return <Time at={ticket.createTime} />;
    case "due":
      return <Clock ticket={ticket} />;
  }
}

function Line({ ticket }: { ticket: Ticket }) {
  const { id } = ticket;
  const found = viewId.value === "search" ? snippets.value.get(id) : undefined;
  const isSelected = selected.value.has(id);
  return (
    <li class={`ticket-row ${isSelected ? "selected" : ""} ${cursor.value === id ? "at" : ""}`}>
      <label class="pick">
        <input type="checkbox" checked={isSelected} onChange={() => toggle(id)} />
        <span class="unseen">{ticket.reference}</span>
      </label>
      <a
        id={`row-${id}`}
        href={href("tickets", viewId.value, id)}
        aria-current={openId.value === id ? "true" : undefined}
        onFocus={() => {
          cursor.value = id;
        }}
      >
        <span class="line">
          <strong class={ticket.isReplyLast ? "unread" : ""} dir="auto">
            {ticket.isSealed ? t("sealed") : ticket.subject}
          </strong>
          <span class="changed">
            <Time at={ticket.lastEntryTime || ticket.updateTime} />
          </span>
        </span>
        {found && (
          <span class="found" dir="auto">
            {found.map((part) => (part.isMarked ? <mark>{part.text}</mark> : part.text))}
          </span>
        )}
        <span class="line faint cells">
          {columns.value.map((column) => (
            <span key={column} class={`cell cell-${column}`}>
              <Cell column={column} ticket={ticket} />
            </span>
          ))}
        </span>
      </a>
    </li>
  );
}

/** The list. */
export function Tickets() {
  const box = useRef<HTMLUListElement>(null);
  const list = rows.value;
  useEffect(() => {
    document.getElementById(`row-${openId.value}`)?.scrollIntoView({ block: "nearest" });
  }, [openId.value]);
  if (list.length === 0 && (state.value === "loading" || state.value === "idle")) {
    return (
      <div role="status">
        <span class="unseen">{t("loading")}</span>
        {[0, 1, 2, 3].map((row) => (
          <div key={row} class="row skeleton" aria-hidden="true">
            <i />
            <i />
          </div>
        ))}
      </div>
    );
  }
  if (list.length === 0 && state.value === "failed") {
    return (
      <div class="list-state" role="alert">
        <p>{t("list.failed")}</p>
        <button type="button" class="button" onClick={load}>
          {t("list.again")}
        </button>
      </div>
    );
  }
  if (list.length === 0) {
    return (
      <div class="list-state">
        <h2>{t("list.empty")}</h2>
        <p>{t(viewId.value === "triage" ? "list.empty.triage" : "list.empty.other")}</p>
      </div>
    );
  }
  return (
    <>
      {/* The names of the columns are for the eyes: a line says what it is by itself. */}
      <div class="ticket-head" aria-hidden="true">
        <span />
        <span>{t("column.subject")}</span>
        {columns.value.map((column) => (
          <span key={column}>{named(`column.${column}`)}</span>
        ))}
        <span>{t("column.changed")}</span>
      </div>
      <ul
        ref={box}
        class="ticket-rows"
        aria-label={t("list")}
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          step(by);
        }}
      >
        {list.map((ticket) => (
          <Line key={ticket.id} ticket={ticket} />
        ))}
      </ul>
      {next.value !== "" && (
        <button type="button" class="button plain more" onClick={loadMore} aria-disabled={state.value === "more"}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}
