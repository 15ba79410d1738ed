/**
 * Which tickets a view shows, in which order, and what a line says of each.
 *
 * It owns the views that everybody has, the one that somebody is putting together, and the small preferences about the
 * list (order and columns), which this browser remembers. It reads no ticket.
 */
import { computed, signal } from "@preact/signals";
import type { Order, SavedView, State, TicketColumn, TicketFilter } from "../../shared/gen/support.ts";
import { recall, remember } from "../../shared/storage.ts";
import { route } from "../route.ts";

/** What a view asks for. */
export interface Asked {
  filter: Partial<TicketFilter>;
  order: Order;
}

const UNSOLVED: State[] = ["STATE_OPEN", "STATE_WAITING_ON_REQUESTER", "STATE_WAITING_ON_US"];
const OPEN: State[] = ["STATE_TRIAGE", ...UNSOLVED];
const UPDATED = "ORDER_UPDATED";

/** The views that everybody has, in the order in which a day goes. */
export const VIEWS: readonly ({ id: string } & Asked)[] = [
  { id: "triage", filter: { states: ["STATE_TRIAGE"] }, order: "ORDER_OLDEST" },
  { id: "mine", filter: { states: OPEN, assignee: "ASSIGNEE_ME" }, order: UPDATED },
  { id: "nobody", filter: { states: UNSOLVED, assignee: "ASSIGNEE_NOBODY" }, order: "ORDER_OLDEST" },
  { id: "open", filter: { states: OPEN }, order: UPDATED },
  { id: "due", filter: { states: OPEN }, order: "ORDER_DUE" },
  { id: "late", filter: { states: OPEN, breached: true }, order: UPDATED },
  { id: "followed", filter: { assignee: "ASSIGNEE_FOLLOWED" }, order: UPDATED },
  { id: "snoozed", filter: { snoozed: true }, order: UPDATED },
  { id: "resolved", filter: { states: ["STATE_RESOLVED"] }, order: UPDATED },
  { id: "closed", filter: { states: ["STATE_CLOSED"] }, order: UPDATED },
  { id: "spam", filter: { spam: true }, order: UPDATED },
];

/** The place of the view that somebody put together and did not save. */
export const PASSING = "filter";
/** What that view asks for; it lives in memory only. */
export const passing = signal<Asked>({ filter: { states: OPEN }, order: UPDATED });

export const savedViews = signal<readonly SavedView[]>([]);
/** True once they were read. */
export const viewsRead = signal(false);

/** Orders that were chosen for views, by the view's id. */
const chosen = signal<Readonly<Record<string, Order>>>({});

/** Returns what a view asks for; undefined where there is no such view, or not yet. */
export function askedBy(id: string): Asked | undefined {
  const found =
    VIEWS.find((view) => view.id === id) ??
    (id === PASSING ? passing.value : savedViews.value.find((view) => view.id === id));
  if (!found) return undefined;
  const own = chosen.value[id] ?? (recall(`tickets.order.${id}`) as Order | undefined);
  return { filter: found.filter ?? {}, order: own ?? found.order };
}

/** Chooses the order of a view, which this browser remembers. */
export function choose(id: string, order: Order): void {
  chosen.value = { ...chosen.peek(), [id]: order };
  if (id === PASSING) passing.value = { ...passing.peek(), order };
  else remember(`tickets.order.${id}`, order);
}

/** Returns what a view asks for as the question of an address; it holds ids and words of closed lists. */
export function queryOf({ filter, order }: Asked): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(filter)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one && !String(one).endsWith("_UNSPECIFIED")) parts.push(`filter.${name}=${encodeURIComponent(String(one))}`);
    }
  }
  return [...parts, `order=${order}`].join("&");
}

/** What a line may say, in the order in which it says it. */
export const COLUMNS = [
  "requester",
  "site",
  "reference",
  "queue",
  "priority",
  "severity",
  "state",
  "assignee",
  "tags",
  "created",
  "due",
] as const;

/** One of them. */
export type Column = (typeof COLUMNS)[number];

/** What the contract calls a column. */
const NAMED = (column: Column) => `TICKET_COLUMN_${column.toUpperCase()}` as TicketColumn;

/** Returns columns as the contract calls them. */
export function named(wanted: readonly Column[]): TicketColumn[] {
  return wanted.map(NAMED);
}

/** Returns the columns that a saved view has of its own; undefined where it leaves them to each colleague. */
export function columnsOf(view: SavedView | undefined): readonly Column[] | undefined {
  if (!view || view.columns.length === 0) return undefined;
  return COLUMNS.filter((column) => view.columns.includes(NAMED(column)));
}

const USUAL: readonly Column[] = ["requester", "reference", "priority", "state", "assignee", "tags", "due"];
const known = (words: string) => COLUMNS.filter((column) => words.split(",").includes(column));
const shown = signal<readonly Column[]>(known(recall("tickets.columns") ?? USUAL.join(",")));

/** The saved view in front, if one is. */
const inFront = computed(() =>
  route.value[0] === "tickets" ? savedViews.value.find(({ id }) => id === route.value[1]) : undefined,
);

/** What a line says: as the view in front has it, or else as this browser does. */
export const columns = computed(() => columnsOf(inFront.value) ?? shown.value);

/** Chooses what a line says, which this browser remembers. */
export function show(wanted: readonly Column[]): void {
  shown.value = COLUMNS.filter((column) => wanted.includes(column));
  remember("tickets.columns", shown.value.join(","));
}
