/** The log of a conversation keeps its promises. */
import { expect, test } from "vitest";
import { type Pending, Thread } from "../shared/live/thread.ts";
import { aConversation, aMessage, ID } from "./browser.ts";

const aThread = () => new Thread(ID, "SIDE_VISITOR");
const aPending = (clientMessageId: string, fields: Partial<Pending> = {}): Pending => ({
  clientMessageId,
  body: "mine",
  state: "sending",
  reason: "",
  retryTime: 0,
  createTime: 5,
  ...fields,
});
const sequences = (thread: Thread) => thread.messages.value.map(({ sequence }) => sequence);

test("entries stand by sequence, whatever order they came in and whatever their times say", () => {
  const thread = aThread();
  for (const sequence of [3, 1, 5, 2, 4]) thread.receive(aMessage(sequence, { createTime: 1000 - sequence }));
  expect(sequences(thread)).toEqual([1, 2, 3, 4, 5]);
});

test("an entry that comes twice stands once", () => {
  const thread = aThread();
  expect(thread.receive(aMessage(1))).toBe(true);
  expect(thread.receive(aMessage(1))).toBe(false);
  expect(sequences(thread)).toEqual([1]);
});

test("the cursor stops before a hole and jumps on when the hole is filled", () => {
  const thread = aThread();
  for (const sequence of [1, 2, 4, 5]) thread.receive(aMessage(sequence));
  expect([thread.cursor, thread.head, thread.missing]).toEqual([2, 5, true]);
  thread.receive(aMessage(3));
  expect([thread.cursor, thread.head, thread.missing]).toEqual([5, 5, false]);
});

test("a confirmation puts the message in its place and takes it from those on their way", () => {
  const thread = aThread();
  thread.receive(aMessage(1));
  thread.add(aPending("a"));
  thread.acknowledge({ conversationId: ID, clientMessageId: "a", sequence: 2, headSequence: 2, createTime: 9 });
  expect(thread.pending.value).toEqual([]);
  expect(thread.messages.value[1]).toMatchObject({ sequence: 2, body: "mine", side: "SIDE_VISITOR" });
});

test("the entry may come before its confirmation, or after it, and stands once", () => {
  for (const order of ["entry first", "confirmation first"]) {
    const thread = aThread();
    thread.add(aPending("a"));
    const entry = () => thread.receive(aMessage(1, { clientMessageId: "a", side: "SIDE_VISITOR", body: "mine" }));
    const ack = { conversationId: ID, clientMessageId: "a", sequence: 1, headSequence: 1, createTime: 9 };
    if (order === "entry first") entry();
    thread.acknowledge(ack);
    if (order !== "entry first") entry();
    expect(thread.messages.value, order).toHaveLength(1);
    expect(thread.messages.value[0]?.id, order).toBe("msg_1");
    expect(thread.pending.value, order).toEqual([]);
  }
});

test("a confirmation whose head is further on shows the gap", () => {
  const thread = aThread();
  thread.receive(aMessage(1));
  thread.add(aPending("a"));
  thread.acknowledge({ conversationId: ID, clientMessageId: "a", sequence: 3, headSequence: 3, createTime: 9 });
  expect([thread.cursor, thread.head, thread.missing]).toEqual([1, 3, true]);
});

test("a refused message is not sent again by itself, a waiting one is", () => {
  const thread = aThread();
  thread.add(aPending("a", { state: "refused" }));
  thread.add(aPending("b", { state: "waiting" }));
  expect(thread.unsent.map(({ clientMessageId }) => clientMessageId)).toEqual(["b"]);
  expect(thread.unsentCount.value).toBe(1);
});

test("reading moves forward only", () => {
  const thread = aThread();
  thread.observe({ conversationId: ID, side: "SIDE_OPERATOR", typing: false, readSequence: 5 });
  thread.observe({ conversationId: ID, side: "SIDE_OPERATOR", typing: true, readSequence: 3 });
  expect([thread.peerRead.value, thread.peerTyping.value]).toEqual([5, true]);
  thread.observe({ conversationId: ID, side: "SIDE_VISITOR", typing: false, readSequence: 9 });
  expect([thread.peerRead.value, thread.peerTyping.value]).toEqual([5, true]);
});

test("what the other side says ends its typing", () => {
  const thread = aThread();
  thread.observe({ conversationId: ID, side: "SIDE_OPERATOR", typing: true, readSequence: 0 });
  thread.receive(aMessage(1));
  expect(thread.peerTyping.value).toBe(false);
});

test("older news of the conversation does not undo newer", () => {
  const thread = aThread();
  thread.update(aConversation({ headSequence: 9, state: "STATE_CLOSED" }));
  thread.update(aConversation({ headSequence: 7, state: "STATE_OPEN" }));
  expect(thread.conversation.value?.state).toBe("STATE_CLOSED");
});

test("a thread is loaded once all is there that the server named first", () => {
  const thread = aThread();
  thread.update(aConversation({ headSequence: 2 }));
  expect(thread.loaded.value).toBe(false);
  thread.receive(aMessage(1));
  thread.receive(aMessage(2));
  expect(thread.loaded.value).toBe(true);
});

test("what was taken back or removed stays so, whatever comes late", () => {
  const thread = aThread();
  const change = (sequence: number, kind: "KIND_EDITED" | "KIND_REMOVED", body: string) =>
    thread.receive(aMessage(sequence, { kind, body, targetSequence: 1 }));
  thread.receive(aMessage(1, { body: "one" }));
  change(2, "KIND_EDITED", "two");
  expect(thread.messages.value[0]).toMatchObject({ body: "two", revision: "REVISION_EDITED" });
  change(4, "KIND_REMOVED", "");
  change(3, "KIND_EDITED", "");
  expect(thread.messages.value[0]).toMatchObject({ body: "", revision: "REVISION_REMOVED" });
  expect(thread.cursor).toBe(4);
});
