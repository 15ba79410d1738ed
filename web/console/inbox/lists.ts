/**
 * The inbox's lists: one set of conversations, four ways to look at it.
 *
 * It owns which list a conversation belongs to, their order, and how pages and live changes come together: what a page
 * brings and what the stream brings are the same conversations, and one that lies beyond the last page read waits for
 * its page. It reads nothing itself.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Conversation, InboxView } from "../../shared/gen/frames.ts";
import type { Loading } from "../list.tsx";

/** One of the lists. */
export type View = "queue" | "left" | "mine" | "all" | "closed";

/** The lists by the names that the contract gives them. */
export const VIEW_NAMES: Record<View, InboxView> = {
  queue: "INBOX_VIEW_QUEUE",
  left: "INBOX_VIEW_LEFT",
  mine: "INBOX_VIEW_MINE",
  all: "INBOX_VIEW_ALL",
  closed: "INBOX_VIEW_CLOSED",
};

/** What has been read of a list. */
export interface Page {
  state: Loading;
  /** Where to go on; empty at the end. */
  next: string;
  /** The last conversation that was read while there are more; those after it are not shown yet. */
  floor: Conversation | undefined;
}

const UNREAD: Page = { state: "idle", next: "", floor: undefined };

/** Returns how two conversations stand to each other: the queue oldest first, everything else newest first. */
export function order(view: View, one: Conversation, other: Conversation): number {
  const byTime = one.createTime - other.createTime || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
  return view === "queue" || view === "left" ? byTime : -byTime;
}

/** Says whether a conversation belongs to a list. */
export function belongs(
  view: View,
  { state, operatorId, offeredToId, isLeftMessage }: Conversation,
  me: string,
): boolean {
  if (view === "left") return state === "STATE_QUEUED" && isLeftMessage;
  if (view === "queue") return state === "STATE_QUEUED";
  if (view === "mine") return state === "STATE_OPEN" && (operatorId === me || offeredToId === me);
  if (view === "closed") return state === "STATE_CLOSED" && operatorId === me;
  return true;
}

/** The lists of one staff member. */
export class InboxLists {
  readonly known: Signal<ReadonlyMap<string, Conversation>> = signal(new Map());
  readonly pages: Record<View, Signal<Page>> = {
    queue: signal(UNREAD),
    left: signal(UNREAD),
    mine: signal(UNREAD),
    all: signal(UNREAD),
    closed: signal(UNREAD),
  };
  readonly items: Record<View, ReadonlySignal<readonly Conversation[]>>;
  /** The tag that all lists are narrowed to; empty for none. */
  readonly tag = signal("");
  private readonly me: string;

  constructor(me: string) {
    this.me = me;
    const list = (view: View) => computed(() => this.shown(view));
    this.items = {
      queue: list("queue"),
      left: list("left"),
      mine: list("mine"),
      all: list("all"),
      closed: list("closed"),
    };
  }

  private holds(view: View, one: Conversation): boolean {
    const tag = this.tag.value;
    return belongs(view, one, this.me) && (tag === "" || one.tagIds.includes(tag));
  }

  /** Returns what is known of a list, whatever it is narrowed to. */
  all(view: View): readonly Conversation[] {
    return [...this.known.value.values()].filter((one) => belongs(view, one, this.me));
  }

  /** Narrows all lists to a tag; what was read of them is read again. */
  narrow(tag: string): void {
    if (this.tag.peek() === tag) return;
    this.tag.value = tag;
    for (const view of Object.keys(this.pages) as View[]) this.pages[view].value = UNREAD;
  }

  private shown(view: View): readonly Conversation[] {
    const { floor } = this.pages[view].value;
    return [...this.known.value.values()]
      .filter((one) => this.holds(view, one) && (!floor || order(view, one, floor) <= 0))
      .sort((one, other) => order(view, one, other));
  }

  /** Takes a page of a list; `first` where it is the list's beginning, read again. */
  take(view: View, conversations: readonly Conversation[], next: string, first: boolean): void {
    const floor = next === "" ? undefined : conversations.at(-1);
    const known = new Map(this.known.peek());
    if (first) {
      // What the fresh page should hold and does not is not there any more.
      const fresh = new Set(conversations.map(({ id }) => id));
      for (const one of known.values()) {
        const covered = this.holds(view, one) && (!floor || order(view, one, floor) <= 0);
        if (covered && !fresh.has(one.id)) known.delete(one.id);
      }
    }
    for (const one of conversations) known.set(one.id, newer(known.get(one.id), one));
    this.known.value = known;
    this.pages[view].value = {
      state: "ready",
      next,
      floor: floor ?? (next === "" ? undefined : this.pages[view].peek().floor),
    };
  }

  /** Marks where the reading of a list stands. */
  mark(view: View, state: Loading): void {
    this.pages[view].value = { ...this.pages[view].peek(), state };
  }

  /** Takes a change; returns what was known of the conversation before. */
  change(conversation: Conversation): Conversation | undefined {
    const before = this.known.peek().get(conversation.id);
    this.known.value = new Map(this.known.peek()).set(conversation.id, newer(before, conversation));
    return before;
  }

  /** Notes how far the signed-in person has read; the platform says so later, or with the next change only. */
  read(id: string, sequence: number): void {
    const one = this.known.peek().get(id);
    if (!one || one.operatorReadSequence >= sequence) return;
    this.known.value = new Map(this.known.peek()).set(id, { ...one, operatorReadSequence: sequence });
  }

  /** Forgets a conversation that may not be seen any more. */
  remove(id: string): void {
    if (!this.known.peek().has(id)) return;
    const known = new Map(this.known.peek());
    known.delete(id);
    this.known.value = known;
  }
}

const STATE_ORDER = ["STATE_UNSPECIFIED", "STATE_QUEUED", "STATE_OPEN", "STATE_CLOSED"];

/** A page may be older than the change that the stream brought while it was read; nothing here goes backwards. */
function newer(before: Conversation | undefined, after: Conversation): Conversation {
  if (!before) return after;
  // Whatever changes the state adds an entry; what went back to the queue is news like everything else.
  const more = after.headSequence - before.headSequence;
  const step = STATE_ORDER.indexOf(after.state) - STATE_ORDER.indexOf(before.state);
  const older = more < 0 || (more === 0 && step < 0);
  const operatorReadSequence = Math.max(before.operatorReadSequence, after.operatorReadSequence);
  return { ...(older ? before : after), operatorReadSequence };
}

/** Says whether there is something in a conversation that its operator has not read. */
export function hasNews({ state, headSequence, operatorReadSequence }: Conversation): boolean {
  return state === "STATE_OPEN" && headSequence > operatorReadSequence;
}
