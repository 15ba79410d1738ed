/**
 * What the tickets' section knows: the list in front, the ticket that is open, and what the tenant has (queues, tags,
 * people, macros). It reads, and hears by a stream which tickets changed; it changes nothing.
 */
import { computed, effect, signal } from "@preact/signals";
import { ApiError } from "../../shared/api.ts";
import { fromJson } from "../../shared/codec.ts";
import type { Staff } from "../../shared/gen/frames.ts";
import { ListStaffResponseSchema } from "../../shared/gen/privacy.ts";
import {
  CountTicketsResponseSchema,
  type Field,
  type GetTicketResponse,
  GetTicketResponseSchema,
  ListFieldsResponseSchema,
  ListMacrosResponseSchema,
  ListQueuesResponseSchema,
  ListSavedViewsResponseSchema,
  ListTicketsResponseSchema,
  ListTicketTagsResponseSchema,
  type Macro,
  type Queue,
  SearchTicketsResponseSchema,
  type SnippetPart,
  type Ticket,
  type TicketTag,
  type Viewer,
  WatchTicketsResponseSchema,
} from "../../shared/gen/support.ts";
import { readStream } from "../../shared/live/stream.ts";
import type { Loading } from "../list.tsx";
import { go, route } from "../route.ts";
import { api, myId } from "../session.ts";
import { waiting } from "./section.ts";
import { askedBy, queryOf, savedViews, viewsRead } from "./views.ts";

/** Which view is in front: one of the above, a saved one's id, or what was found. */
export const viewId = computed(() => (route.value[0] === "tickets" ? (route.value[1] ?? "triage") : "triage"));
/** Which ticket is open; empty for none. */
export const openId = computed(() => (route.value[0] === "tickets" ? (route.value[2] ?? "") : ""));

export const rows = signal<readonly Ticket[]>([]);
export const state = signal<Loading>("idle");
export const next = signal("");
/** What was looked for, and where the words stand in each ticket that was found. It lives in memory only. */
export const words = signal("");
export const snippets = signal<ReadonlyMap<string, readonly SnippetPart[]>>(new Map());
/** The row on which keys act. */
export const cursor = signal("");
export const selected = signal<ReadonlySet<string>>(new Set());
/** Where the ticket stood that is open and left the list. */
export const gap = { at: 0 };

export const whole = signal<GetTicketResponse | undefined>(undefined);
export const wholeState = signal<"idle" | "loading" | "ready" | "gone" | "failed">("idle");
/** True where the open ticket changed while it was looked at. */
export const changedMeanwhile = signal(false);
/** What this page itself is changing: how many calls are on their way, and the etags that came back. */
export const own = { calls: 0, etags: new Set<string>() };
export const others = signal<readonly Viewer[]>([]);

export const queues = signal<readonly Queue[]>([]);
export const tags = signal<readonly TicketTag[]>([]);
export const fields = signal<readonly Field[]>([]);
export const macros = signal<readonly Macro[]>([]);
export const people = signal<readonly Staff[]>([]);
/** For how many days tickets are kept after they were closed; 0 where no ticket that was read has told it yet. */
export const keptDays = signal(0);
export const counts = signal<Record<string, number>>({});

/** Returns the name of somebody on the staff. */
export function nameOf(staffId: string): string {
  return people.value.find(({ id }) => id === staffId)?.displayName ?? "";
}

/** What the view in front asks for; empty where it asks for nothing, or nothing is known of it yet. */
const question = computed(() => {
  const asked = askedBy(viewId.value);
  return asked ? queryOf(asked) : "";
});

let turn = 0;

/** Reads the list in front from its beginning; what was there stays until the answer comes. */
export async function load(): Promise<void> {
  const mine = ++turn;
  if (rows.peek().length === 0) state.value = "loading";
  try {
    const page = await read("");
    if (mine !== turn) return;
    const before = rows.peek().findIndex(({ id }) => id === cursor.peek());
    rows.value = page.tickets;
    next.value = page.next;
    state.value = "ready";
    if (!rows.value.some(({ id }) => id === cursor.peek())) {
      // What was dealt with left the list; keys go on where it stood, and not from the top.
      if (before >= 0) gap.at = before;
      const last = rows.value.length - 1;
      if (openId.peek() === "") cursor.value = rows.value[Math.min(gap.at, last)]?.id ?? "";
    } else gap.at = 0;
    const here = new Set(rows.value.map(({ id }) => id));
    selected.value = new Set([...selected.peek()].filter((id) => here.has(id)));
  } catch {
    if (mine === turn) state.value = "failed";
  }
}

/** Reads the next page. */
export async function loadMore(): Promise<void> {
  if (next.peek() === "" || state.peek() === "more") return;
  const mine = turn;
  state.value = "more";
  try {
    const page = await read(next.peek());
    if (mine !== turn) return;
    const known = new Set(rows.peek().map(({ id }) => id));
    rows.value = [...rows.peek(), ...page.tickets.filter(({ id }) => !known.has(id))];
    next.value = page.next;
    state.value = "ready";
  } catch {
    if (mine === turn) state.value = "failed";
  }
}

async function read(token: string): Promise<{ tickets: Ticket[]; next: string }> {
  if (viewId.peek() === "search") {
    if (words.peek() === "") return { tickets: [], next: "" };
    const body = { words: words.peek(), pageToken: token };
    const found = await api.call(SearchTicketsResponseSchema, "POST", "/v1/tickets:search", body);
    const parts = new Map(token === "" ? [] : snippets.peek());
    for (const hit of found.hits) if (hit.ticket) parts.set(hit.ticket.id, hit.parts);
    snippets.value = parts;
    return { tickets: found.hits.flatMap(({ ticket }) => ticket ?? []), next: found.nextPageToken };
  }
  const more = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
  if (question.peek() === "") return { tickets: [], next: "" };
  const path = `/v1/tickets?${question.peek()}${more}`;
  const page = await api.call(ListTicketsResponseSchema, "GET", path);
  return { tickets: page.tickets, next: page.nextPageToken };
}

/** Looks for words. */
export function search(wanted: string): void {
  words.value = wanted.trim();
  rows.value = [];
  if (viewId.peek() === "search") load();
  else go("tickets", "search");
}

/** Reads the ticket that is open. */
export async function loadOpen(): Promise<void> {
  const id = openId.peek();
  if (id === "") {
    whole.value = undefined;
    wholeState.value = "idle";
    return;
  }
  if (whole.peek()?.ticket?.id !== id) {
    whole.value = undefined;
    wholeState.value = "loading";
    changedMeanwhile.value = false;
  }
  try {
    const found = await api.call(GetTicketResponseSchema, "GET", `/v1/tickets/${id}`);
    if (openId.peek() !== id) return;
    // Two readings may overtake one another; what is older is not shown over what is newer.
    const shown = whole.peek()?.ticket;
    if (shown?.id === id && Number(found.ticket?.etag) < Number(shown.etag)) return;
    whole.value = found;
    keptDays.value = found.keptDays;
    others.value = found.viewers;
    wholeState.value = "ready";
    const ticket = found.ticket;
    if (ticket) rows.value = rows.peek().map((row) => (row.id === id ? { ...row, ...shortened(ticket) } : row));
  } catch (error) {
    if (openId.peek() !== id) return;
    const missing = error instanceof ApiError && (error.status === 404 || error.status === 403);
    if (missing) whole.value = undefined;
    wholeState.value = missing ? "gone" : "failed";
  }
}

function shortened(ticket: Ticket): Ticket {
  return { ...ticket, clocks: [], fieldValues: [], followerIds: [] };
}

/** Reads what the tenant has. */
export async function loadTenant(): Promise<void> {
  const done = await Promise.allSettled([
    api.call(ListQueuesResponseSchema, "GET", "/v1/queues").then((found) => {
      queues.value = found.queues;
    }),
    api.call(ListTicketTagsResponseSchema, "GET", "/v1/ticket-tags").then((found) => {
      tags.value = found.tags;
    }),
    api.call(ListFieldsResponseSchema, "GET", "/v1/ticket-fields").then((found) => {
      fields.value = found.fields;
    }),
    api.call(ListSavedViewsResponseSchema, "GET", "/v1/ticket-views").then((found) => {
      savedViews.value = found.views;
      viewsRead.value = true;
    }),
    api.call(ListStaffResponseSchema, "GET", "/v1/staff?pageSize=200").then((found) => {
      people.value = found.staff;
    }),
    loadMacros(),
    api.call(ListTicketsResponseSchema, "GET", "/v1/tickets?filter.states=STATE_CLOSED&pageSize=1").then((found) => {
      // The tenant's period is what stands between the two times of any closed ticket.
      const { closeTime = 0, purgeTime = 0 } = found.tickets[0] ?? {};
      if (purgeTime > closeTime && closeTime > 0) keptDays.value = Math.round((purgeTime - closeTime) / 86_400_000);
    }),
  ]);
  if (done.some(({ status }) => status === "rejected")) setTimeout(loadTenant, 5_000);
}

/** Reads the macros. */
export async function loadMacros(): Promise<void> {
  macros.value = (await api.call(ListMacrosResponseSchema, "GET", "/v1/macros")).macros;
}

/** Reads the numbers beside the views. */
export async function count(): Promise<void> {
  try {
    const found = await api.call(CountTicketsResponseSchema, "GET", "/v1/tickets:count");
    counts.value = { triage: found.triage, mine: found.mine, nobody: found.unassigned, late: found.breached };
    waiting.value = found.triage;
  } catch {
    // The numbers stay as they were; the next change asks again.
  }
}

/** Puts who looks at the open ticket. */
function take(viewers: readonly Viewer[]): void {
  others.value = viewers.filter(({ ticketId, staffId }) => ticketId === openId.peek() && staffId !== myId());
}

const RETRY_MS = 3_000;
let soon: ReturnType<typeof setTimeout> | undefined;

/** Listens until it is stopped: the numbers, the list and the open ticket follow what happens anywhere. */
export function listen(): () => void {
  const stopping = new AbortController();
  const hear = async () => {
    while (!stopping.signal.aborted) {
      try {
        const response = await api.stream("/v1/tickets:watch", "", stopping.signal);
        refresh();
        await readStream(response, ({ data }) => {
          const news = fromJson(WatchTicketsResponseSchema, JSON.parse(data));
          if (news.hasViewers) take(news.viewers);
          if (news.changes.length === 0) return;
          refresh();
          const open = whole.peek()?.ticket;
          const change = news.changes.find(({ ticketId }) => ticketId === open?.id);
          if (open && change && change.etag !== open.etag) {
            if (own.calls === 0 && !own.etags.has(`${open.id} ${change.etag}`)) changedMeanwhile.value = true;
            loadOpen();
          }
        });
      } catch {
        // Without the stream the list is as it was read; it is read anew when the stream is back.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  hear();
  return () => stopping.abort();
}

/** Reads the numbers and the list anew in a moment; many news in one moment are one reading. */
export function refresh(): void {
  clearTimeout(soon);
  soon = setTimeout(() => {
    count();
    if (route.peek()[0] === "tickets" && viewId.peek() !== "report") load();
  }, 150);
}

/** Reads whatever the address leads to, as long as the section is in front; returns how to stop. */
export function follow(): () => void {
  loadTenant();
  const stops = [
    effect(() => {
      const id = viewId.value;
      const query = question.value;
      rows.value = [];
      selected.value = new Set();
      gap.at = 0;
      state.value = "loading";
      if (id === "report") return;
      if (id === "search" || query !== "") load();
      // A view that was deleted shows nothing, and one that was not read yet is waited for.
      else if (viewsRead.value) state.value = "ready";
    }),
    effect(() => {
      const id = openId.value;
      if (id !== "") cursor.value = id;
      loadOpen();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
