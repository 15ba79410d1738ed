/**
 * Follows conversations and the inbox by server-sent streams, for networks that let no WebSocket through.
 *
 * It owns one loop for each stream: open, read, open again from the cursor. What arrives is handed on in the shape of
 * socket frames, so that nobody above needs to know which way it came. After two openings in a row that fail it says
 * that streams are broken too.
 */
import { type Api, ApiError } from "../api.ts";
import { backoff } from "../backoff.ts";
import { fromJson } from "../codec.ts";
import { type ServerFrame, WatchConversationResponseSchema, WatchInboxResponseSchema } from "../gen/frames.ts";
import { readStream, type StreamEvent } from "./stream.ts";

const INBOX = "";
const FAILED_OPENS = 2;

/** What the streams tell their owner. */
export interface StreamEvents {
  open(): void;
  frame(frame: ServerFrame): void;
  broken(): void;
  /** A conversation may not be followed; the id is empty for the inbox. */
  refused(conversationId: string, reason: string): void;
}

/** All streams of one client. */
export class StreamTransport {
  private readonly api: Api;
  private readonly events: StreamEvents;
  private readonly running = new Map<string, AbortController>();
  private active = false;
  private failures = 0;

  constructor(api: Api, events: StreamEvents) {
    this.api = api;
    this.events = events;
  }

  /** Allows streams to be opened. */
  start(): void {
    this.active = true;
    this.failures = 0;
  }

  /** Closes all streams. */
  stop(): void {
    this.active = false;
    for (const id of [...this.running.keys()]) this.drop(id);
  }

  /** Follows a conversation from its cursor, which is asked for at each opening. */
  follow(conversationId: string, cursor: () => number): void {
    const path = `/v1/conversations/${encodeURIComponent(conversationId)}:watch`;
    this.run(
      conversationId,
      path,
      () => String(cursor()),
      (event) => {
        const { message, conversation, presence, gap } = fromJson(
          WatchConversationResponseSchema,
          JSON.parse(event.data),
        );
        this.events.frame({ frameId: "", message, conversation, presence, gap });
      },
    );
  }

  /** Follows the inbox. */
  inbox(listener: { resync(): void }): void {
    this.run(
      INBOX,
      "/v1/inbox:watch",
      () => "",
      (event) => {
        this.events.frame({ frameId: "", inbox: fromJson(WatchInboxResponseSchema, JSON.parse(event.data)) });
      },
      () => listener.resync(),
    );
  }

  /** Stops following. */
  drop(id: string): void {
    this.running.get(id)?.abort();
    this.running.delete(id);
  }

  private async run(
    id: string,
    path: string,
    cursor: () => string,
    take: (event: StreamEvent) => void,
    opened?: () => void,
  ): Promise<void> {
    if (!this.active || this.running.has(id)) return;
    const controller = new AbortController();
    const { signal } = controller;
    this.running.set(id, controller);
    let waits = 0;
    while (!signal.aborted) {
      try {
        const response = await this.api.stream(path, cursor(), signal);
        this.failures = 0;
        this.events.open();
        opened?.();
        await readStream(response, (event) => {
          if (signal.aborted) return;
          // An error after the beginning stands in an event of its own.
          if (event.type === "error") throw problemOf(event);
          waits = 0;
          take(event);
        });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError) || error.passing) this.failures++;
        else if (error.status !== 429 && error.status !== 401) {
          // Refused for good: this conversation cannot be followed, which does not speak against streams.
          this.drop(id);
          return this.events.refused(id, error.reason);
        }
        if (this.failures >= FAILED_OPENS) return this.events.broken();
      }
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, backoff(waits++)));
    }
  }
}

function problemOf({ data }: StreamEvent): ApiError {
  const { status, reason } = JSON.parse(data) as { status?: number; reason?: string };
  return new ApiError(status ?? 500, reason ?? "UNREADABLE");
}
