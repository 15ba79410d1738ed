/** The view in front: its order, what its lines say, what it shows, and keeping it under a name. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import {
  type Assignee,
  CreateSavedViewResponseSchema,
  type Order,
  type Priority,
  type SavedView,
  type State,
  type TicketFilter,
  UpdateSavedViewResponseSchema,
} from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { go } from "../route.ts";
import { api, has, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { people, queues, tags, viewId } from "./data.ts";
import {
  type Asked,
  askedBy,
  COLUMNS,
  choose,
  columns,
  columnsOf,
  named as namedColumns,
  PASSING,
  passing,
  savedViews,
  show,
  VIEWS,
} from "./views.ts";
import { named, t } from "./words.ts";

const ORDERS = ["ORDER_UPDATED", "ORDER_OLDEST", "ORDER_NEWEST", "ORDER_DUE", "ORDER_PRIORITY"] as const;
const STATES = [
  "STATE_TRIAGE",
  "STATE_OPEN",
  "STATE_WAITING_ON_REQUESTER",
  "STATE_WAITING_ON_US",
  "STATE_RESOLVED",
  "STATE_CLOSED",
] as const satisfies readonly State[];
const PRIORITIES = [
  "PRIORITY_URGENT",
  "PRIORITY_HIGH",
  "PRIORITY_NORMAL",
  "PRIORITY_LOW",
] as const satisfies readonly Priority[];
const FLAGS = ["replyLast", "breached", "snoozed", "spam"] as const satisfies readonly (keyof TicketFilter)[];
/** Whose tickets, where it is no single colleague. */
const WHOSE = ["ASSIGNEE_ME", "ASSIGNEE_NOBODY", "ASSIGNEE_FOLLOWED"] as const satisfies readonly Assignee[];

/** What a view is called. */
export function titleOf(id: string): string {
  return VIEWS.some((view) => view.id === id) || id === PASSING
    ? named(`view.${id}`)
    : (savedViews.value.find((view) => view.id === id)?.label ?? "");
}

/** The order, and the way to everything else about the view in front. */
export function ViewBar({ change }: { change: () => void }) {
  const id = viewId.value;
  const asked = askedBy(id);
  const order = useId();
  if (!asked) return null;
  return (
    <div class="view-bar">
      <label for={order} class="unseen">
        {t("order")}
      </label>
      <select
        id={order}
        value={asked.order === "ORDER_UNSPECIFIED" ? "ORDER_UPDATED" : asked.order}
        onChange={({ currentTarget }) => choose(id, currentTarget.value as Order)}
      >
        {ORDERS.map((each) => (
          <option key={each} value={each}>
            {named(`order.${each}`)}
          </option>
        ))}
      </select>
      <button type="button" class="button" aria-haspopup="dialog" aria-keyshortcuts="w" onClick={change}>
        <Icon name="settings" size={18} />
        {t("view.change")}
      </button>
    </div>
  );
}

/** What is kept of a view. */
type Kept = Pick<SavedView, "label" | "isShared" | "columns"> & Asked;

/** Returns what is kept of a view as it is now. */
function keptOf({ label, isShared, columns: lines, filter, order }: SavedView): Kept {
  return { label, isShared, columns: lines, filter: filter ?? {}, order };
}

async function keep(wanted: Kept): Promise<SavedView | undefined> {
  const body = { ...wanted, requestId: crypto.randomUUID() };
  const made = await api.call(CreateSavedViewResponseSchema, "POST", "/v1/ticket-views", body);
  if (made.view) savedViews.value = [...savedViews.peek(), made.view];
  return made.view;
}

/** Changes a view that was saved, with a way back; throws where it was refused. */
async function change(view: SavedView, wanted: Kept): Promise<void> {
  const put = async (etag: string, to: Kept) => {
    const path = `/v1/ticket-views/${view.id}`;
    const changed = await api.call(UpdateSavedViewResponseSchema, "PATCH", path, { ...to, etag });
    const after = changed.view;
    // What a colleague made and shares no more is there for that colleague alone.
    const isMine = after && (after.isOwn || after.isShared);
    savedViews.value = savedViews.peek().flatMap((each) => (each.id !== view.id ? [each] : isMine ? [after] : []));
    return after;
  };
  const after = await put(view.etag, wanted);
  // The order that this browser remembered for it is the old one.
  choose(view.id, wanted.order);
  if (after && !after.isOwn && !after.isShared) go("tickets");
  const isThere = after !== undefined && (after.isOwn || after.isShared);
  say(
    t("viewing.changed", { name: wanted.label }),
    isThere
      ? () => {
          put(after.etag, keptOf(view)).then(
            () => choose(view.id, view.order),
            () => warn(t("not.done")),
          );
        }
      : undefined,
  );
}

/** Deletes a view that was saved, with a way back. */
async function forget(view: SavedView): Promise<void> {
  try {
    await api.json("DELETE", `/v1/ticket-views/${view.id}`);
  } catch (error) {
    warn(t(reasonOf(error) === "VIEW_NOT_FOUND" ? "viewing.not.yours" : "not.done"));
    return;
  }
  savedViews.value = savedViews.peek().filter(({ id }) => id !== view.id);
  if (viewId.peek() === view.id) go("tickets");
  say(t("viewing.deleted", { name: view.label }), async () => {
    try {
      const again = await keep(keptOf(view));
      if (again) go("tickets", again.id);
    } catch {
      warn(t("not.done"));
    }
  });
}

function Ticks<V extends string>(props: {
  legend: string;
  hint?: string;
  all: readonly (readonly [V, string])[];
  chosen: readonly V[];
  choose: (chosen: V[]) => void;
}) {
  return (
    <fieldset class="view-ticks">
      <legend>{props.legend}</legend>
      {props.hint && <p class="faint">{props.hint}</p>}
      <div>
        {props.all.map(([value, label]) => (
          <label key={value}>
            <input
              type="checkbox"
              checked={props.chosen.includes(value)}
              onChange={({ currentTarget }) =>
                props.choose(
                  currentTarget.checked ? [...props.chosen, value] : props.chosen.filter((each) => each !== value),
                )
              }
            />
            <span dir="auto">{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Pick(props: { label: string; value: string; children: ComponentChildren; choose: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={({ currentTarget }) => props.choose(currentTarget.value)}>
        {props.children}
      </select>
    </div>
  );
}

type Way = "change" | "new" | "once";

function refused(reason: string): string {
  if (reason === "TOO_MANY") return t("viewing.many");
  if (reason === "TICKET_CHANGED") return t("viewing.meanwhile");
  return t(reason === "VIEW_NOT_FOUND" ? "viewing.gone" : "not.done");
}

/** Asks what the view shows; keeps it where it is given a name, and changes one that was kept. */
export function Viewing({ close }: { close: () => void }) {
  const first = askedBy(viewId.peek()) ?? passing.peek();
  const filter = useSignal<Partial<TicketFilter>>(first.filter);
  const order = useSignal<Order>(first.order === "ORDER_UNSPECIFIED" ? "ORDER_UPDATED" : first.order);
  const lines = useSignal(columns.peek());
  const saved = savedViews.value.find((view) => view.id === viewId.peek());
  const mayChange = saved !== undefined && (saved.isOwn || (saved.isShared && has("CALLER_SUPERVISOR")));
  /** What becomes of it: a saved view is changed, a new one is kept, or it is shown and not kept. */
  const way = useSignal<Way>(mayChange ? "change" : "once");
  const label = useSignal(mayChange ? saved.label : "");
  const isShared = useSignal(mayChange && saved.isShared);
  const own = useSignal(columnsOf(saved) !== undefined);
  const trouble = useSignal("");
  const id = useId();
  const set = (change: Partial<TicketFilter>) => {
    filter.value = { ...filter.peek(), ...change };
  };
  const now = filter.value;
  const isNamed = mayChange ? way.value !== "once" : label.value.trim() !== "";
  const whose = now.assigneeId || (now.assignee === "ASSIGNEE_UNSPECIFIED" ? "" : (now.assignee ?? ""));
  const submit = async (event: Event) => {
    event.preventDefault();
    const asked = { filter: filter.peek(), order: order.peek() };
    const name = label.peek().trim();
    const isKept = way.peek() !== "once" || (!mayChange && name !== "");
    if (isKept && name === "") {
      trouble.value = t("viewing.nameless");
      return;
    }
    // Columns that a view has of its own are not this browser's.
    if (!(isKept && own.peek())) show(lines.peek());
    if (isKept) {
      const columns = own.peek() ? namedColumns(lines.peek()) : [];
      const wanted = { label: name, isShared: isShared.peek(), columns, ...asked };
      try {
        if (mayChange && way.peek() === "change") {
          await change(saved, wanted);
          close();
          return;
        }
        const made = await keep(wanted);
        close();
        if (made) go("tickets", made.id);
        say(t("viewing.saved", { name }));
      } catch (error) {
        trouble.value = refused(reasonOf(error));
      }
      return;
    }
    close();
    // Where only the order or the lines are others, it is still the same view.
    if (JSON.stringify(asked.filter) === JSON.stringify(first.filter)) choose(viewId.peek(), asked.order);
    else {
      passing.value = asked;
      go("tickets", PASSING);
    }
  };
  return (
    <Dialog title={t("viewing.title")} close={close} name="ticket-dialog viewing">
      <form
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
        }}
      >
        <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
        <Ticks
          legend={t("state")}
          hint={t("viewing.states.hint")}
          all={STATES.map((each) => [each, named(`state.${each}`)] as const)}
          chosen={now.states ?? []}
          choose={(states) => set({ states })}
        />
        <Ticks
          legend={t("priority")}
          all={PRIORITIES.map((each) => [each, named(`priority.${each}`)] as const)}
          chosen={now.priorities ?? []}
          choose={(priorities) => set({ priorities })}
        />
        <div class="view-picks">
          <Pick label={t("queue")} value={now.queueId ?? ""} choose={(queueId) => set({ queueId })}>
            <option value="">{t("viewing.any")}</option>
            {queues.value.map((queue) => (
              <option key={queue.id} value={queue.id}>
                {queue.label}
              </option>
            ))}
          </Pick>
          <Pick
            label={t("assignee")}
            value={whose}
            choose={(value) => {
              const one = WHOSE.find((each) => each === value);
              set({ assignee: one ?? "ASSIGNEE_UNSPECIFIED", assigneeId: one ? "" : value });
            }}
          >
            <option value="">{t("viewing.any")}</option>
            {WHOSE.map((each) => (
              <option key={each} value={each}>
                {named(`whose.${each}`)}
              </option>
            ))}
            {people.value
              .filter((person) => person.id !== myId() || person.id === whose)
              .map((person) => (
                <option key={person.id} value={person.id}>
                  {person.displayName}
                </option>
              ))}
          </Pick>
          <Pick label={t("pick.tag")} value={now.tagId ?? ""} choose={(tagId) => set({ tagId })}>
            <option value="">{t("viewing.any")}</option>
            {tags.value.map((tag) => (
              <option key={tag.id} value={tag.id}>
                {tag.word}
              </option>
            ))}
          </Pick>
          <Pick label={t("order")} value={order.value} choose={(value) => (order.value = value as Order)}>
            {ORDERS.map((each) => (
              <option key={each} value={each}>
                {named(`order.${each}`)}
              </option>
            ))}
          </Pick>
        </div>
        <Ticks
          legend={t("viewing.only")}
          all={FLAGS.map((each) => [each, named(`only.${each}`)] as const)}
          chosen={FLAGS.filter((each) => now[each])}
          choose={(flags) => set(Object.fromEntries(FLAGS.map((each) => [each, flags.includes(each)])))}
        />
        <Ticks
          legend={t("columns")}
          all={COLUMNS.map((each) => [each, named(`column.${each}`)] as const)}
          chosen={lines.value}
          choose={(chosen) => (lines.value = chosen)}
        />
        {mayChange && (
          <Pick label={t("viewing.way")} value={way.value} choose={(value) => (way.value = value as Way)}>
            <option value="change">{t("viewing.way.change", { name: saved.label })}</option>
            <option value="new">{t("viewing.way.new")}</option>
            <option value="once">{t("viewing.way.once")}</option>
          </Pick>
        )}
        <div class="field" hidden={mayChange && way.value === "once"}>
          <label for={id}>{t(mayChange ? "viewing.label" : "viewing.name")}</label>
          <input
            id={id}
            maxLength={60}
            dir="auto"
            autocomplete="off"
            aria-describedby={`${id}-hint`}
            value={label.value}
            onInput={({ currentTarget }) => (label.value = currentTarget.value)}
          />
          <p id={`${id}-hint`} class="faint">
            {t(mayChange ? "viewing.label.hint" : "viewing.name.hint")}
          </p>
        </div>
        {isNamed && (
          <label class="view-share">
            <input
              type="checkbox"
              checked={isShared.value}
              onChange={({ currentTarget }) => (isShared.value = currentTarget.checked)}
            />
            {t("viewing.share")}
          </label>
        )}
        {isNamed && (
          <label class="view-share">
            <input
              type="checkbox"
              checked={own.value}
              onChange={({ currentTarget }) => (own.value = currentTarget.checked)}
            />
            {t("viewing.own")}
          </label>
        )}
        <div class="actions">
          {mayChange && (
            <button
              type="button"
              class="button"
              onClick={() => {
                close();
                forget(saved);
              }}
            >
              {t("viewing.delete", { name: saved.label })}
            </button>
          )}
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button main">
            {t(!isNamed ? "viewing.show" : mayChange && way.value === "change" ? "viewing.keep" : "viewing.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
