/**
 * Keeps conversations and the inbox up to date, whatever the network does. The panel and the console use the same one.
 *
 * It owns the connection: one WebSocket, opened again with growing waits; after two that never opened, server-sent
 * streams and plain posts instead. It owns the promises that a chat is judged by: what was typed is kept and sent again
 * with the same client id until it is confirmed or refused; a reconnect resumes from each thread's cursor; a gap, told
 * by the server or found by comparing heads, is filled from the list of messages; waking up checks everything again,
 * because a socket that says OPEN after a sleep may be dead. What is true of one conversation stands in `Thread`.
 */
import { type Signal, signal } from "@preact/signals";
import { type Api, ApiError, reasonOf } from "../api.ts";
import { backoff } from "../backoff.ts";
import type { Draft } from "../codec.ts";
import {
  type ClientFrame,
  type Gap,
  GetConversationResponseSchema,
  type Presence,
  type ServerFrame,
  type Side,
  type WatchInboxResponse,
} from "../gen/frames.ts";
import { Gaps } from "./gaps.ts";
import { type Carrier, Outbox } from "./outbox.ts";
import { CloseCode, LiveSocket } from "./socket.ts";
import { StreamTransport } from "./streams.ts";
import { Thread } from "./thread.ts";

/** Where the connection stands. */
export type Status = "connecting" | "live" | "streaming" | "waiting" | "revoked" | "stopped";

/** Who follows the inbox. */
export interface InboxListener {
  change(change: WatchInboxResponse): void;
  /** Changes may have been left out: read the lists again. */
  resync(): void;
}

/** What a client needs from outside. */
export interface LiveOptions {
  api: Api;
  /** The address of `/live`, with ws or wss. */
  url: string;
  side: Side;
  /** Called when the server will not have this client any more. */
  revoked?: () => void;
  random?: () => number;
}

/** How many sockets may fail to open before streams are tried. */
const FAILED_OPENS = 2;
/** How often a streaming client looks whether sockets work by now. */
const SOCKET_AGAIN_MS = 5 * 60_000;
/** How long after a subscription ended by itself it is asked for again. */
const AGAIN_MS = 1_000;
const TYPING_EVERY_MS = 3_000;
const TYPING_IDLE_MS = 5_000;
const TYPING_SHOWN_MS = 7_000;
const WAKE_ANSWER_MS = 4_000;

interface Followed {
  thread: Thread;
  typingTimer?: ReturnType<typeof setTimeout> | undefined;
  shownTimer?: ReturnType<typeof setTimeout> | undefined;
  typedTime: number;
  readSequence: number;
}

/** Makes a client message id: unguessable, and of the contract's alphabet. */
export function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The live connection of one page. */
export class LiveClient {
  readonly status: Signal<Status> = signal("connecting");
  private readonly options: LiveOptions;
  private readonly followed = new Map<string, Followed>();
  private readonly answers = new Map<string, (frame: ServerFrame) => void>();
  private readonly streams: StreamTransport;
  private readonly outbox: Outbox;
  private readonly gaps: Gaps;
  private inbox: InboxListener | undefined;
  private socket: LiveSocket | undefined;
  private failedOpens = 0;
  private failures = 0;
  private freshToken = false;
  private frames = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private againTimer: ReturnType<typeof setTimeout> | undefined;
  private started = false;
  private readonly wake = () => {
    if (document.visibilityState === "visible") this.resync();
  };

  constructor(options: LiveOptions) {
    this.options = options;
    this.streams = new StreamTransport(options.api, {
      open: () => this.streamOpened(),
      frame: (frame) => this.take(frame),
      broken: () => this.streamBroken(),
      refused: (id, reason) => {
        const thread = this.followed.get(id)?.thread;
        if (thread) thread.trouble.value = reason;
      },
    });
    this.gaps = new Gaps(options.api, (thread) => this.follows(thread));
    this.outbox = new Outbox(options.api, this.carrier());
  }

  /** Connects, and stays connected until `stop`. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.status.value = "connecting";
    document.addEventListener("visibilitychange", this.wake);
    addEventListener("pageshow", this.wake);
    addEventListener("online", this.wake);
    this.connect();
  }

  /** Disconnects for good. */
  stop(status: Status = "stopped"): void {
    this.started = false;
    this.status.value = status;
    document.removeEventListener("visibilitychange", this.wake);
    removeEventListener("pageshow", this.wake);
    removeEventListener("online", this.wake);
    clearTimeout(this.retryTimer);
    clearTimeout(this.againTimer);
    for (const id of [...this.followed.keys()]) this.unfollow(id);
    this.socket?.end();
    this.streams.stop();
  }

  /** Follows a conversation from what is known of it; returns its log. */
  follow(conversationId: string): Thread {
    const known = this.followed.get(conversationId);
    if (known) return known.thread;
    const thread = new Thread(conversationId, this.options.side);
    const followed: Followed = { thread, typedTime: 0, readSequence: 0 };
    this.followed.set(conversationId, followed);
    if (this.status.peek() === "live") this.subscribe(followed);
    if (this.status.peek() === "streaming") this.stream(followed);
    return thread;
  }

  /** Returns the log of a conversation that is followed. */
  known(conversationId: string): Thread | undefined {
    return this.followed.get(conversationId)?.thread;
  }

  /** Stops following a conversation; what was not confirmed is dropped with its log. */
  unfollow(conversationId: string): void {
    const followed = this.followed.get(conversationId);
    if (!followed) return;
    for (const timer of [followed.typingTimer, followed.shownTimer]) clearTimeout(timer);
    this.gaps.drop(followed.thread);
    this.followed.delete(conversationId);
    this.streams.drop(conversationId);
    this.send({ unsubscribe: { conversationId } });
  }

  /** Follows the inbox; the listener is asked to read its lists whenever changes may have been missed. */
  followInbox(listener: InboxListener): void {
    this.inbox = listener;
    if (this.status.peek() === "live") this.subscribeInbox();
    if (this.status.peek() === "streaming") this.streams.inbox(listener);
  }

  /** Says something. It stands in the thread at once and is sent until it is confirmed or refused. */
  post(conversationId: string, body: string): void {
    const followed = this.followed.get(conversationId);
    if (!followed) return;
    const clientMessageId = newClientId();
    followed.thread.add({ clientMessageId, body, state: "sending", reason: "", retryTime: 0, createTime: Date.now() });
    followed.typedTime = 0;
    clearTimeout(followed.typingTimer);
    this.outbox.transmit(followed.thread, clientMessageId);
  }

  /** Sends a refused or waiting message again, as the same message. */
  retry(conversationId: string, clientMessageId: string): void {
    const followed = this.followed.get(conversationId);
    if (!followed) return;
    followed.thread.change(clientMessageId, { state: "sending", reason: "", retryTime: 0 });
    this.outbox.transmit(followed.thread, clientMessageId);
    if (!this.connected) this.resync();
  }

  /** Shows the other side that somebody types here; at most every three seconds, and not any more after five idle ones. */
  typing(conversationId: string): void {
    const followed = this.followed.get(conversationId);
    if (!followed) return;
    clearTimeout(followed.typingTimer);
    followed.typingTimer = setTimeout(() => this.stopTyping(conversationId), TYPING_IDLE_MS);
    if (Date.now() - followed.typedTime < TYPING_EVERY_MS) return;
    followed.typedTime = Date.now();
    this.hint({ typing: { conversationId, typing: true } });
  }

  /** Shows the other side that nobody types here any more. */
  stopTyping(conversationId: string): void {
    const followed = this.followed.get(conversationId);
    if (!followed || followed.typedTime === 0) return;
    followed.typedTime = 0;
    clearTimeout(followed.typingTimer);
    this.hint({ typing: { conversationId, typing: false } });
  }

  /** Moves this side's read watermark to the last entry that was on the screen. */
  read(conversationId: string, sequence: number): void {
    const followed = this.followed.get(conversationId);
    if (!followed || sequence <= followed.readSequence || !this.connected) return;
    followed.readSequence = sequence;
    this.hint({ read: { conversationId, sequence } });
  }

  /** Checks that the way is open and nothing is missing, whatever the socket says about itself. */
  resync(): void {
    if (!this.started) return;
    if (this.status.peek() === "live") {
      this.socket?.probe(WAKE_ANSWER_MS);
      this.inbox?.resync();
    } else if (this.status.peek() === "waiting") {
      this.failures = 0;
      this.connect();
    } else if (this.status.peek() === "streaming") {
      for (const { thread } of this.followed.values()) this.refresh(thread);
      this.inbox?.resync();
    }
  }

  private get connected(): boolean {
    return this.status.peek() === "live" || this.status.peek() === "streaming";
  }

  // The connection.

  private connect(): void {
    clearTimeout(this.retryTimer);
    if (!this.started || this.socket) return;
    const fresh = this.freshToken;
    this.freshToken = false;
    const { api } = this.options;
    this.socket = new LiveSocket(this.options.url, (renew) => api.token(renew), fresh, {
      welcome: () => this.socketOpened(),
      frame: (frame) => this.take(frame),
      end: (code, welcomed) => this.socketEnded(code, welcomed),
    });
  }

  private socketOpened(): void {
    this.streams.stop();
    this.failures = 0;
    this.failedOpens = 0;
    this.status.value = "live";
    if (this.inbox) this.subscribeInbox();
    for (const followed of this.followed.values()) this.subscribe(followed);
  }

  private socketEnded(code: number, welcomed: boolean): void {
    this.socket = undefined;
    this.answers.clear();
    if (!this.started) return;
    if (code === CloseCode.REVOKED) {
      this.stop("revoked");
      this.options.revoked?.();
      return;
    }
    if (code === CloseCode.BAD_TOKEN) this.freshToken = true;
    // Only a socket that never got through speaks against sockets; an answer from the server does not.
    if (!welcomed && code < 4400 && code !== CloseCode.DRAINING && code !== CloseCode.TRY_LATER) this.failedOpens++;
    // While streams carry everything, a socket that was only tried ends without a loss.
    if (this.status.peek() === "streaming") {
      this.trySocketLater();
      return;
    }
    for (const { thread } of this.followed.values()) this.outbox.hold(thread);
    this.failures++;
    if (this.failedOpens >= FAILED_OPENS) {
      this.failedOpens = 0;
      this.startStreams();
      return;
    }
    this.status.value = "waiting";
    const slow = code === CloseCode.TOO_MANY || code === CloseCode.TRY_LATER ? 4 : 0;
    this.retryTimer = setTimeout(() => this.connect(), backoff(this.failures - 1 + slow, this.options.random));
  }

  private startStreams(): void {
    this.status.value = "waiting";
    this.streams.start();
    for (const followed of this.followed.values()) this.stream(followed);
    if (this.inbox) this.streams.inbox(this.inbox);
    // Nothing to stream: the next way to find out is another socket.
    if (this.followed.size === 0 && !this.inbox) this.streamBroken();
  }

  private streamOpened(): void {
    if (this.status.peek() === "streaming") return;
    this.failures = 0;
    this.status.value = "streaming";
    this.trySocketLater();
    for (const followed of this.followed.values()) this.catchUp(followed);
  }

  private streamBroken(): void {
    this.streams.stop();
    if (!this.started) return;
    this.failures++;
    this.status.value = "waiting";
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), backoff(this.failures, this.options.random));
  }

  private trySocketLater(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), SOCKET_AGAIN_MS);
  }

  // What is followed.

  private send(frame: Draft<ClientFrame>, answer?: (frame: ServerFrame) => void): boolean {
    const frameId = `f${++this.frames}`;
    if (!this.socket?.send({ ...frame, frameId })) return false;
    if (answer) this.answers.set(frameId, answer);
    return true;
  }

  private subscribe(followed: Followed): void {
    const { conversationId, cursor } = followed.thread;
    this.send({ subscribe: { conversationId, afterSequence: cursor } }, ({ refused }) => {
      if (!refused) return this.catchUp(followed);
      if (refused.retryAfterMs > 0)
        setTimeout(() => this.follows(followed.thread) && this.subscribe(followed), refused.retryAfterMs);
      else followed.thread.trouble.value = refused.reason;
    });
  }

  /** Says again what the last connection may have taken with it. */
  private catchUp(followed: Followed): void {
    this.outbox.resend(followed.thread);
    const { conversationId } = followed.thread;
    if (followed.readSequence > 0) this.hint({ read: { conversationId, sequence: followed.readSequence } });
  }

  /**
   * Something is not followed any more, and the server does not say what. Subscribing again does no harm where it still
   * holds, and is answered with the reason where it does not.
   */
  private subscribeAgain(): void {
    clearTimeout(this.againTimer);
    this.againTimer = setTimeout(() => {
      if (this.status.peek() !== "live") return;
      for (const followed of this.followed.values()) this.subscribe(followed);
      if (this.inbox) this.subscribeInbox();
    }, AGAIN_MS);
  }

  private subscribeInbox(): void {
    this.send({ subscribeInbox: {} });
    // A subscription is not answered, but frames are taken in order: once the ping is answered the inbox is followed, and
    // a list that is read from here on misses nothing.
    this.send({ ping: {} }, () => this.inbox?.resync());
  }

  private stream({ thread }: Followed): void {
    this.streams.follow(thread.conversationId, () => thread.cursor);
    this.refresh(thread);
  }

  private async refresh(thread: Thread): Promise<void> {
    try {
      const { conversation } = await this.options.api.call(
        GetConversationResponseSchema,
        "GET",
        path(thread.conversationId),
      );
      if (conversation) thread.update(conversation);
      this.gaps.fill(thread);
    } catch (error) {
      if (!(error instanceof ApiError && error.passing)) thread.trouble.value = reasonOf(error);
    }
  }

  private follows(thread: Thread): boolean {
    return this.followed.get(thread.conversationId)?.thread === thread;
  }

  private carrier(): Carrier {
    const client = this;
    return {
      get mode() {
        const status = client.status.peek();
        if (status === "live") return "socket";
        if (status === "streaming") return "streams";
        return status === "connecting" ? "opening" : "none";
      },
      send: (frame, answer) => client.send(frame, answer),
      probe: () => client.socket?.probe(),
      follows: (thread) => client.follows(thread),
      confirmed: (thread) => client.gaps.suspect(thread),
    };
  }

  // What comes in.

  private take(frame: ServerFrame): void {
    const { message, ack, gap, pong, inbox } = frame;
    const conversation = frame.subscribed?.conversation ?? frame.conversation;
    const thread = this.followed.get(message?.conversationId ?? conversation?.id ?? ack?.conversationId ?? "")?.thread;
    if (thread) {
      if (message) thread.receive(message);
      if (conversation) thread.update(conversation);
      if (ack) thread.acknowledge(ack);
      this.gaps.suspect(thread);
    } else if (frame.presence) {
      this.takePresence(frame.presence);
    } else if (gap) {
      this.takeGap(gap);
    } else if (pong) {
      this.takeHeads(pong.heads);
    } else if (inbox) {
      if (inbox.gap) this.inbox?.resync();
      else this.inbox?.change(inbox);
    }
    if (frame.refused && frame.frameId === "") this.subscribeAgain();
    if (frame.frameId !== "") {
      const answer = this.answers.get(frame.frameId);
      this.answers.delete(frame.frameId);
      answer?.(frame);
    }
  }

  private takeHeads(heads: Record<string, number>): void {
    for (const [id, head] of Object.entries(heads)) {
      const thread = this.followed.get(id)?.thread;
      thread?.noteHead(head);
      if (thread) this.gaps.suspect(thread);
    }
  }

  private takePresence(presence: Presence): void {
    const followed = this.followed.get(presence.conversationId);
    if (!followed) return;
    followed.thread.observe(presence);
    if (presence.side === this.options.side) return;
    clearTimeout(followed.shownTimer);
    // The stop can get lost; a sign of typing that is not renewed fades by itself.
    if (presence.typing) {
      followed.shownTimer = setTimeout(() => {
        followed.thread.peerTyping.value = false;
      }, TYPING_SHOWN_MS);
    }
  }

  private takeGap(gap: Gap): void {
    if (gap.conversationId === "") {
      this.inbox?.resync();
      return;
    }
    const followed = this.followed.get(gap.conversationId);
    followed?.thread.noteHead(gap.headSequence);
    if (followed) this.gaps.fill(followed.thread);
  }

  // What goes out.

  /** Sends something that nobody waits for and that is worth nothing later. */
  private hint(frame: Draft<ClientFrame>): void {
    if (this.status.peek() !== "streaming") {
      this.send(frame);
      return;
    }
    const { typing, read } = frame;
    const target = typing?.conversationId ?? read?.conversationId;
    if (!target) return;
    const [verb, body] = typing ? ["setTyping", { typing: typing.typing }] : ["markRead", { sequence: read?.sequence }];
    this.options.api.call([], "POST", `${path(target)}:${verb}`, body).catch(() => {});
  }
}

function path(conversationId: string): string {
  return `/v1/conversations/${encodeURIComponent(conversationId)}`;
}
