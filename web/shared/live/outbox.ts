/**
 * Sends what was said until it is confirmed or refused.
 *
 * It owns the way of one message: on the socket where there is one, by a plain post while streams stand in for it, again
 * with the same client id after every reconnect, and once more where a confirmation is overdue. A refusal is final until
 * the author sends again. It keeps nothing itself: what is on its way stands in the thread.
 */
import { type Api, ApiError } from "../api.ts";
import { backoff } from "../backoff.ts";
import type { Draft } from "../codec.ts";
import { type ClientFrame, PostMessageResponseSchema, type ServerFrame } from "../gen/frames.ts";
import type { Thread } from "./thread.ts";

/** How long a confirmation may take before the author is told. */
const CONFIRM_MS = 10_000;
/** The wait before a plain post is tried again, as a count of failures. */
const POST_AGAIN = 3;

/** What the outbox needs of the connection. */
export interface Carrier {
  readonly mode: "socket" | "streams" | "opening" | "none";
  /** Sends a frame; `answer` gets the frame that answers it. Returns false where nothing was sent. */
  send(frame: Draft<ClientFrame>, answer?: (frame: ServerFrame) => void): boolean;
  /** Checks that the way is open in both directions. */
  probe(): void;
  /** True while the thread is followed. */
  follows(thread: Thread): boolean;
  /** Called after a message was confirmed by a plain post, which may show a gap. */
  confirmed(thread: Thread): void;
}

/** The messages of one client that are on their way. */
export class Outbox {
  private readonly api: Api;
  private readonly carrier: Carrier;
  private readonly posting = new Set<string>();

  constructor(api: Api, carrier: Carrier) {
    this.api = api;
    this.carrier = carrier;
  }

  /** Sends all messages of a thread that are neither confirmed nor refused, in the order in which they were written. */
  resend(thread: Thread): void {
    for (const { clientMessageId } of thread.unsent) this.transmit(thread, clientMessageId);
  }

  /** Tells the author that messages wait for a connection. */
  hold(thread: Thread): void {
    for (const { clientMessageId } of thread.unsent) thread.change(clientMessageId, { state: "waiting" });
  }

  /** Sends one message. */
  transmit(thread: Thread, clientMessageId: string): void {
    const pending = thread.find(clientMessageId);
    if (!pending) return;
    const { conversationId } = thread;
    const { mode } = this.carrier;
    if (mode === "streams") {
      this.post(thread, clientMessageId, pending.body);
      return;
    }
    const post = { conversationId, clientMessageId, body: pending.body };
    const sent = this.carrier.send({ post }, ({ refused }) => {
      if (refused) this.refuse(thread, clientMessageId, refused.reason, refused.retryAfterMs);
    });
    thread.change(clientMessageId, { state: sent || mode === "opening" ? "sending" : "waiting" });
    if (sent) setTimeout(() => this.chase(thread, clientMessageId), CONFIRM_MS);
  }

  /** A message that was not confirmed in time: either the way is broken, or the message or its answer got lost. */
  private chase(thread: Thread, clientMessageId: string): void {
    if (thread.find(clientMessageId)?.state !== "sending" || !this.carrier.follows(thread)) return;
    thread.change(clientMessageId, { state: "waiting" });
    this.carrier.probe();
    this.carrier.send({ ping: {} }, () => this.carrier.follows(thread) && this.transmit(thread, clientMessageId));
  }

  private async post(thread: Thread, clientMessageId: string, body: string): Promise<void> {
    if (this.posting.has(clientMessageId)) return;
    this.posting.add(clientMessageId);
    thread.change(clientMessageId, { state: "sending" });
    try {
      const path = `/v1/conversations/${encodeURIComponent(thread.conversationId)}/messages`;
      const { message } = await this.api.call(PostMessageResponseSchema, "POST", path, { clientMessageId, body });
      if (message) thread.receive(message);
      this.carrier.confirmed(thread);
    } catch (error) {
      if (error instanceof ApiError && !error.passing) {
        this.refuse(thread, clientMessageId, error.reason, error.retryAfterMs);
      } else {
        thread.change(clientMessageId, { state: "waiting" });
        setTimeout(() => {
          if (this.carrier.follows(thread)) this.transmit(thread, clientMessageId);
        }, backoff(POST_AGAIN));
      }
    } finally {
      this.posting.delete(clientMessageId);
    }
  }

  private refuse(thread: Thread, clientMessageId: string, reason: string, retryAfterMs: number): void {
    const retryTime = retryAfterMs > 0 ? Date.now() + retryAfterMs : 0;
    thread.change(clientMessageId, { state: "refused", reason, retryTime });
  }
}
