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
} from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { go } from "../route.ts";
import { api, has, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { people, queues, tags, viewId } from "./data.ts";
import { type Asked, askedBy, COLUMNS, choose, columns, PASSING, passing, savedViews, show, VIEWS } from "./views.ts";
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

async function keep(label: string, isShared: boolean, { filter, order }: Asked): Promise<SavedView | undefined> {
  const body = { label, filter, order, isShared, requestId: crypto.randomUUID() };
  const made = await api.call(CreateSavedViewResponseSchema, "POST", "/v1/ticket-views", body);
  if (made.view) savedViews.value = [...savedViews.peek(), made.view];
  return made.view;
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
      const again = await keep(view.label, view.isShared, { filter: view.filter ?? {}, order: view.order });
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

/** Asks what the view shows, and keeps it where it is given a name. */
export function Viewing({ close }: { close: () => void }) {
  const first = askedBy(viewId.peek()) ?? passing.peek();
  const filter = useSignal<Partial<TicketFilter>>(first.filter);
  const order = useSignal<Order>(first.order === "ORDER_UNSPECIFIED" ? "ORDER_UPDATED" : first.order);
  const lines = useSignal(columns.peek());
  const label = useSignal("");
  const isShared = useSignal(false);
  const trouble = useSignal("");
  const id = useId();
  const saved = savedViews.value.find((view) => view.id === viewId.peek());
  const set = (change: Partial<TicketFilter>) => {
    filter.value = { ...filter.peek(), ...change };
  };
  const now = filter.value;
  const whose = now.assigneeId || (now.assignee === "ASSIGNEE_UNSPECIFIED" ? "" : (now.assignee ?? ""));
  const submit = async (event: Event) => {
    event.preventDefault();
    show(lines.peek());
    const asked = { filter: filter.peek(), order: order.peek() };
    const name = label.peek().trim();
    if (name !== "") {
      try {
        const made = await keep(name, isShared.peek(), asked);
        close();
        if (made) go("tickets", made.id);
        say(t("viewing.saved", { name }));
      } catch (error) {
        trouble.value = t(reasonOf(error) === "TOO_MANY" ? "viewing.many" : "not.done");
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
        <div class="field">
          <label for={id}>{t("viewing.name")}</label>
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
            {t("viewing.name.hint")}
          </p>
        </div>
        {label.value.trim() !== "" && (
          <label class="view-share">
            <input
              type="checkbox"
              checked={isShared.value}
              onChange={({ currentTarget }) => (isShared.value = currentTarget.checked)}
            />
            {t("viewing.share")}
          </label>
        )}
        <div class="actions">
          {saved && (!saved.isShared || has("CALLER_SUPERVISOR")) && (
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
            {t(label.value.trim() === "" ? "viewing.show" : "viewing.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
