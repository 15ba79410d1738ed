/**
 * Reads server-sent events from a fetched body. `EventSource` cannot send a bearer header, and a credential never
 * stands in a URL.
 *
 * It owns the event format and the silence after which a stream counts as dead. It never reconnects by itself.
 */

/** One event of a stream. */
export interface StreamEvent {
  id: string;
  type: string;
  data: string;
}

/** After this long without a byte the stream is given up; the gateway sends a comment more often than that. */
const SILENCE_MS = 45_000;

/** Splits text into events; what is not complete yet stays for the next piece. */
export class EventParser {
  private rest = "";
  private id = "";

  /** Takes a piece of the stream and returns the events that it completes. */
  push(piece: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const blocks = (this.rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() as string;
    for (const block of blocks) {
      const data: string[] = [];
      let type = "message";
      for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") data.push(value);
        else if (name === "event") type = value;
        else if (name === "id") this.id = value;
      }
      if (data.length > 0) events.push({ id: this.id, type, data: data.join("\n") });
    }
    return events;
  }
}

/** Reads a response to its end, or until it falls silent; `take` gets each event. */
export async function readStream(response: Response, take: (event: StreamEvent) => void): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const text = new TextDecoder();
  const parser = new EventParser();
  for (;;) {
    const timer = setTimeout(() => reader.cancel(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    for (const event of parser.push(text.decode(value, { stream: true }))) take(event);
  }
}
