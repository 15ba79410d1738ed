/**
 * What is done to tickets: one or many at once, each with a way back. It sends changes and says what became of them;
 * what somebody typed stays where it is until it is safe.
 */
import { signal } from "@preact/signals";
import { reasonOf } from "../../shared/api.ts";
import {
  type ChangedTicket,
  type ChangeKind,
  ChangeTicketsResponseSchema,
  type Ticket,
  UndoAnswerResponseSchema,
  UndoChangeResponseSchema,
} from "../../shared/gen/support.ts";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { changedMeanwhile, cursor, load, loadOpen, openId, own, refresh, rows, selected, whole } from "./data.ts";
import { type Key, t } from "./words.ts";

/** One change, as it is sent. */
export interface Change {
  kind: ChangeKind;
  value?: string;
  text?: string;
  fileIds?: readonly string[];
}

/** What can be taken back, the last first. */
const done: string[] = [];

/** What was refused last because somebody else was faster. */
export const refused = signal("");

const WHY: Record<string, Key> = {
  TICKET_CHANGED: "not.changed",
  ENTRIES_MISSED: "not.missed",
  TRANSITION_REFUSED: "not.transition",
  UNDO_NOT_FOUND: "not.undo",
};

/** On which tickets a deed acts: those selected, or the one that is open, or the one under the cursor. */
export function targets(): readonly string[] {
  if (selected.peek().size > 0) return [...selected.peek()];
  const one = openId.peek() || cursor.peek();
  return one === "" ? [] : [one];
}

/** Returns the ticket on which a deed acts, where it is one. */
export function target(): Ticket | undefined {
  const ids = targets();
  if (ids.length !== 1) return undefined;
  return whole.peek()?.ticket?.id === ids[0] ? whole.peek()?.ticket : rows.peek().find(({ id }) => id === ids[0]);
}

/** The change that is on its way: whoever presses undo at once means that one. */
let running: Promise<void> = Promise.resolve();

/** Makes a call that changes tickets, so that what it changes is known to be this page's own. */
async function mine<T extends { tickets: readonly ChangedTicket[] }>(call: () => Promise<T>): Promise<T> {
  own.calls++;
  let over = () => {};
  const before = running;
  running = new Promise((resolve) => {
    over = resolve;
  });
  await before;
  changedMeanwhile.value = false;
  try {
    const answer = await call();
    for (const { ticketId, etag } of answer.tickets) own.etags.add(`${ticketId} ${etag}`);
    return answer;
  } finally {
    own.calls--;
    over();
  }
}

/** Changes tickets and says so, with a way back; returns whether it was done. */
export async function change(
  ids: readonly string[],
  changes: readonly Change[],
  words: string,
  more: { macroId?: string; seenEntries?: number; etag?: string } = {},
): Promise<boolean> {
  if (ids.length === 0) return false;
  refused.value = "";
  const body = { ticketIds: ids, changes, requestId: crypto.randomUUID(), ...more };
  try {
    const answer = await mine(async () => {
      const made = await api.call(ChangeTicketsResponseSchema, "POST", "/v1/tickets:change", body);
      if (made.undoId !== "") done.push(made.undoId);
      return made;
    });
    const left = answer.tickets.filter(({ refusal }) => refusal !== "").length;
    const count = answer.tickets.length - left;
    const text =
      left > 0
        ? t("done.part", { done: words, count, left })
        : ids.length > 1
          ? t("done.many", { done: words, count })
          : words;
    if (count === 0) warn(t("not.transition"));
    else say(text, answer.undoId === "" ? undefined : () => undo(answer.undoId));
    if (ids.length > 1) selected.value = new Set();
    after();
    return count > 0;
  } catch (error) {
    refused.value = reasonOf(error);
    warn(t(WHY[refused.value] ?? "not.done"));
    after();
    return false;
  }
}

function after(): void {
  refresh();
  load();
  if (openId.peek() !== "") loadOpen();
}

/** Takes changes back; without an id the last ones. */
export async function undo(wanted = ""): Promise<void> {
  await running;
  const id = wanted || (done.at(-1) ?? "");
  if (id === "") {
    warn(t("undo.nothing"));
    return;
  }
  const at = done.indexOf(id);
  if (at >= 0) done.splice(at, 1);
  try {
    const answer = await mine(() => api.call(UndoChangeResponseSchema, "POST", `/v1/ticket-changes/${id}:undo`, {}));
    const left = answer.tickets.filter(({ refusal }) => refusal !== "").length;
    if (left > 0) warn(t("done.undo.part", { count: left }));
    else say(t("done.undo"));
  } catch (error) {
    warn(t(WHY[reasonOf(error)] ?? "not.done"));
  }
  after();
}

/** Takes an answer back that has not gone out; its words are the draft again. */
export async function takeBack(ticketId: string, entryId: string): Promise<void> {
  try {
    await api.call(UndoAnswerResponseSchema, "POST", `/v1/tickets/${ticketId}/entries/${entryId}:undo`, {});
    say(t("done.undo"));
  } catch {
    warn(t("not.undo"));
  }
  after();
}

/** Moves on to the next ticket of the list where the open one is dealt with, as in a mail program. */
export function onward(from: string): string {
  const list = rows.peek();
  const at = list.findIndex(({ id }) => id === from);
  return list[at + 1]?.id ?? list[at - 1]?.id ?? "";
}
