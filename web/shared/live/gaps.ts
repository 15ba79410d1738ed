/**
 * Fetches what a stream left out.
 *
 * It owns when a hole counts as one (at once where the server says so, after a moment where heads only differ, because
 * entries on their way need that moment) and the reading of pages from the cursor to the head.
 */
import { type Api, ApiError } from "../api.ts";
import { backoff } from "../backoff.ts";
import { ListMessagesResponseSchema } from "../gen/frames.ts";
import type { Thread } from "./thread.ts";

/** How long a head may be ahead of the cursor before the gap is fetched. */
const GAP_MS = 1_500;
const PAGE = 500;

/** The gaps of all threads of one client. */
export class Gaps {
  private readonly api: Api;
  private readonly follows: (thread: Thread) => boolean;
  private readonly timers = new Map<Thread, ReturnType<typeof setTimeout>>();
  private readonly filling = new Set<Thread>();

  constructor(api: Api, follows: (thread: Thread) => boolean) {
    this.api = api;
    this.follows = follows;
  }

  /** Forgets a thread. */
  drop(thread: Thread): void {
    clearTimeout(this.timers.get(thread));
    this.timers.delete(thread);
  }

  /** Fetches what is missing if it does not arrive by itself in a moment. */
  suspect(thread: Thread): void {
    this.drop(thread);
    if (thread.missing) {
      this.timers.set(
        thread,
        setTimeout(() => this.fill(thread), GAP_MS),
      );
    }
  }

  /** Lists the entries after the cursor until the head is reached. */
  async fill(thread: Thread): Promise<void> {
    if (this.filling.has(thread)) return;
    this.filling.add(thread);
    const path = `/v1/conversations/${encodeURIComponent(thread.conversationId)}/messages`;
    let failures = 0;
    try {
      while (this.follows(thread) && thread.missing) {
        try {
          const query = `?afterSequence=${thread.cursor}&pageSize=${PAGE}`;
          const page = await this.api.call(ListMessagesResponseSchema, "GET", path + query);
          thread.noteHead(page.headSequence);
          for (const message of page.messages) thread.receive(message);
          if (page.messages.length === 0) return;
          failures = 0;
        } catch (error) {
          if (!(error instanceof ApiError && (error.passing || error.status === 429))) return;
          await new Promise((resolve) => setTimeout(resolve, backoff(failures++)));
        }
      }
    } finally {
      this.filling.delete(thread);
    }
  }
}
