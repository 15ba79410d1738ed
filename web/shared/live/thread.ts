/**
 * What one client knows of one conversation: its entries in order, what it said that is not confirmed yet, and what the
 * other side is doing.
 *
 * It owns the rules that keep the log true: order by sequence and never by time, one entry for each sequence, a pending
 * message gives way to the committed one with the same client id, and the difference between the cursor (all entries up
 * to here are known) and the head (the last entry that there is) is a gap. It opens no connection and sets no timer.
 */
import { computed, type Signal, signal } from "@preact/signals";
import type { Ack, Conversation, Message, MessageKind, Presence, Revision, Side } from "../gen/frames.ts";

const REVISIONS: Partial<Record<MessageKind, Revision>> = {
  KIND_EDITED: "REVISION_EDITED",
  KIND_RETRACTED: "REVISION_RETRACTED",
  KIND_REMOVED: "REVISION_REMOVED",
};
/** What became of a message only ever goes on in this order. */
const RANK = ["REVISION_UNSPECIFIED", "REVISION_EDITED", "REVISION_RETRACTED", "REVISION_REMOVED"];

/** A message of this client that is not confirmed yet. */
export interface Pending {
  clientMessageId: string;
  body: string;
  /** Under way; waiting for a connection; or refused, and going nowhere unless its author says so. */
  state: "sending" | "waiting" | "refused";
  /** Why it was refused; empty otherwise. */
  reason: string;
  /** From when on another try makes sense, in milliseconds since 1970; 0 for at once. */
  retryTime: number;
  /** When its author sent it. */
  createTime: number;
}

/** One conversation's log. */
export class Thread {
  readonly conversationId: string;
  readonly side: Side;
  readonly conversation: Signal<Conversation | undefined> = signal(undefined);
  readonly messages: Signal<readonly Message[]> = signal([]);
  readonly pending: Signal<readonly Pending[]> = signal([]);
  /** True while the other side is typing. */
  readonly peerTyping = signal(false);
  /** How far the other side has read. */
  readonly peerRead = signal(0);
  /** True once everything up to the head that the server named first is here. */
  readonly loaded = signal(false);
  /** Why the conversation cannot be followed; empty while it can. */
  readonly trouble = signal("");
  /** How many messages are neither confirmed nor refused. */
  readonly unsentCount = computed(() => this.pending.value.filter(({ state }) => state !== "refused").length);
  /** The last sequence up to which there is no hole. */
  cursor = 0;
  /** The last sequence that is known to exist. */
  head = 0;

  constructor(conversationId: string, side: Side) {
    this.conversationId = conversationId;
    this.side = side;
  }

  /** True where entries are known to exist that are not here. */
  get missing(): boolean {
    return this.cursor < this.head;
  }

  /** Takes the conversation as it stands now. */
  update(conversation: Conversation): void {
    const known = this.conversation.peek();
    // Two ways can bring news at once; an older head is older news.
    if (known && conversation.headSequence < known.headSequence) return;
    this.conversation.value = conversation;
    this.trouble.value = "";
    this.noteHead(conversation.headSequence);
    this.noteRead(this.side === "SIDE_VISITOR" ? conversation.operatorReadSequence : conversation.visitorReadSequence);
    if (conversation.state === "STATE_CLOSED") this.peerTyping.value = false;
    this.noteLoaded();
  }

  /** Takes an entry; returns true where it is new. */
  receive(message: Message): boolean {
    this.noteHead(message.sequence);
    if (message.clientMessageId !== "") this.dropPending(message.clientMessageId);
    if (message.side !== this.side) this.peerTyping.value = false;
    const list = this.messages.peek();
    let at = list.length;
    while (at > 0 && (list[at - 1] as Message).sequence > message.sequence) at--;
    const before = list[at - 1];
    if (before?.sequence === message.sequence) {
      // An entry that was made up from an acknowledgement gives way to the one that the server sends.
      if (before.id === "" && message.id !== "") this.messages.value = list.with(at - 1, message);
      return false;
    }
    const entries = list.toSpliced(at, 0, message);
    let { cursor } = this;
    for (const { sequence } of entries.slice(Math.max(0, at - 1))) if (sequence === cursor + 1) cursor++;
    // Whoever is told of the entry in the next line already asks how far the log reaches.
    this.cursor = cursor;
    this.messages.value = entries;
    if (message.targetSequence > 0) this.revise(message);
    this.noteLoaded();
    return true;
  }

  /** Takes the confirmation of a message of this client. */
  acknowledge(ack: Ack): void {
    const own = this.find(ack.clientMessageId);
    this.noteHead(Math.max(ack.headSequence, ack.sequence));
    if (!own) return;
    this.receive({
      id: "",
      conversationId: this.conversationId,
      sequence: ack.sequence,
      kind: "KIND_TEXT",
      side: this.side,
      clientMessageId: ack.clientMessageId,
      operatorId: "",
      body: own.body,
      createTime: ack.createTime || own.createTime,
      targetSequence: 0,
      revision: "REVISION_UNSPECIFIED",
      reviseTime: 0,
    });
  }

  /** Changes an entry as a later one says; what was taken back or removed stays so. */
  private revise({ targetSequence, kind, body, createTime }: Message): void {
    const list = this.messages.peek();
    const at = list.findIndex(({ sequence }) => sequence === targetSequence);
    const said = list[at];
    const revision = REVISIONS[kind];
    if (!said || !revision || RANK.indexOf(revision) < RANK.indexOf(said.revision)) return;
    this.messages.value = list.with(at, { ...said, body, revision, reviseTime: createTime });
  }

  /** Takes what the other side is doing. */
  observe(presence: Presence): void {
    if (presence.side === this.side) return;
    this.peerTyping.value = presence.typing;
    this.noteRead(presence.readSequence);
  }

  /** Takes the news that an entry with this sequence exists. */
  noteHead(sequence: number): void {
    if (sequence > this.head) this.head = sequence;
  }

  private noteRead(sequence: number): void {
    if (sequence > this.peerRead.peek()) this.peerRead.value = sequence;
  }

  private noteLoaded(): void {
    if (!this.missing && this.conversation.peek()) this.loaded.value = true;
  }

  /** Puts a message in front of its author before it is confirmed. */
  add(pending: Pending): void {
    this.pending.value = [...this.pending.peek(), pending];
  }

  /** Changes a pending message; does nothing where it was confirmed in the meantime. */
  change(clientMessageId: string, change: Partial<Pending>): void {
    this.pending.value = this.pending
      .peek()
      .map((pending) => (pending.clientMessageId === clientMessageId ? { ...pending, ...change } : pending));
  }

  /** Forgets a pending message. */
  dropPending(clientMessageId: string): void {
    const list = this.pending.peek();
    const rest = list.filter((pending) => pending.clientMessageId !== clientMessageId);
    if (rest.length < list.length) this.pending.value = rest;
  }

  /** Returns a pending message. */
  find(clientMessageId: string): Pending | undefined {
    return this.pending.peek().find((pending) => pending.clientMessageId === clientMessageId);
  }

  /** The pending messages that go out again when there is a connection, in the order in which they were written. */
  get unsent(): readonly Pending[] {
    return this.pending.peek().filter(({ state }) => state !== "refused");
  }
}
