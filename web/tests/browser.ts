/**
 * Stand-ins for what a browser gives: a page, sockets that a test opens and closes, and a gateway that answers fetches.
 * None of our own code is replaced.
 */

import { readFileSync } from "node:fs";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { vi } from "vitest";
import { Api } from "../shared/api.ts";
import { fromJson } from "../shared/codec.ts";
import type { Side } from "../shared/gen/frames.ts";
import {
  type ClientFrame,
  type Conversation,
  ConversationSchema,
  type Message,
  MessageSchema,
} from "../shared/gen/frames.ts";
import { LiveClient } from "../shared/live/client.ts";

const contract = readFileSync(new URL("../../stubs/contract.binpb", import.meta.url));
/** The contract, read by the general runtime. */
export const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, contract));

/** Returns the contract's descriptor of a message. */
export function described(name: string) {
  const desc = registry.getMessage(name);
  if (!desc) throw new Error(`${name} is not in the contract`);
  return desc;
}

const clientFrame = described("parley.chat.v1.ClientFrame");
const serverFrame = described("parley.chat.v1.ServerFrame");

/** A socket whose other end is the test. */
export class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  /** The newest socket. */
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
  binaryType = "";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: ClientFrame[] = [];
  readonly url: string;
  readonly protocols: readonly string[];
  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }
  send(bytes: Uint8Array): void {
    const { frameId, frame } = fromBinary(clientFrame, bytes) as unknown as {
      frameId: string;
      frame: { case: string; value: Record<string, unknown> };
    };
    const value = Object.fromEntries(
      Object.entries(frame.value).map(([key, item]) => [key, typeof item === "bigint" ? Number(item) : item]),
    );
    this.sent.push({ frameId, [frame.case]: value } as unknown as ClientFrame);
  }
  close(): void {
    this.readyState = 3;
  }

  // What the test does at the other end.

  /** Opens, and welcomes once the token has come. */
  async welcome(heartbeatMs = 20_000, expiresInMs = 300_000): Promise<void> {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    const seconds = BigInt(Math.floor((Date.now() + expiresInMs) / 1000));
    this.say({ case: "welcome", value: { heartbeatMs, expireTime: { seconds, nanos: 0 } } });
    await vi.advanceTimersByTimeAsync(0);
  }
  /** Says a frame, written by the general runtime. */
  say(frame: { case: string; value: unknown }, frameId = ""): void {
    const bytes = toBinary(serverFrame, create(serverFrame, { frameId, frame } as never));
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
  }
  /** Closes from the other end. */
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  /** Accepts the subscription that was asked for last. */
  accept(head: number, state = 2): void {
    const { frameId } = this.frames("subscribe").at(-1) as ClientFrame;
    this.say({ case: "subscribed", value: { conversation: { id: ID, headSequence: BigInt(head), state } } }, frameId);
  }
  /** Says an entry. */
  entry(sequence: number, more: Record<string, unknown> = {}): void {
    this.say({
      case: "message",
      value: {
        id: `msg_${sequence}`,
        conversationId: ID,
        sequence: BigInt(sequence),
        kind: 1,
        side: 2,
        body: `entry ${sequence}`,
        ...more,
      },
    });
  }
  /** The frames of one kind that the client has sent. */
  frames(kind: keyof ClientFrame): ClientFrame[] {
    return this.sent.filter((frame) => frame[kind] !== undefined);
  }
}

/** The conversation of every test. */
export const ID = "cnv_00000000000000000000000001";

/** What the gateway answers: by method and path, the newest rule first. */
export type Rule = (method: string, path: string, body: unknown) => Response | Promise<Response> | undefined;

/** Everything that a test of the live client needs. */
export interface World {
  client: LiveClient;
  calls: { method: string; path: string; body: unknown; headers: Headers }[];
  rules: Rule[];
  renewals: number;
  lost: number;
  document: EventTarget & { visibilityState: string };
}

/** Returns a response with a JSON body. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}

/** Returns a live client in a world of its own, connected to nothing yet. */
export function aWorld(side: Side = "SIDE_VISITOR"): World {
  FakeSocket.all = [];
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const page = new EventTarget();
  vi.stubGlobal("document", document);
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  const world = { calls: [], rules: [], renewals: 0, lost: 0, document } as unknown as World;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    const body = init.body ? JSON.parse(String(init.body)) : undefined;
    world.calls.push({ method, path, body, headers: new Headers(init.headers) });
    for (const rule of world.rules.toReversed()) {
      const answer = await rule(method, path, body);
      if (answer) return answer;
    }
    throw new TypeError("Failed to fetch");
  });
  const api = new Api(
    async () => {
      world.renewals++;
      return { accessToken: `token ${world.renewals}`, expireTime: Date.now() + 300_000 };
    },
    () => {
      world.lost++;
    },
  );
  world.client = new LiveClient({ api, url: "ws://widget.test/live", side, random: () => 0.5 });
  return world;
}

/** Returns a conversation with some of its fields given. */
export function aConversation(fields: Partial<Conversation> = {}): Conversation {
  return { ...fromJson(ConversationSchema, {}), id: ID, state: "STATE_OPEN", ...fields };
}

/** Returns an entry with some of its fields given. */
export function aMessage(sequence: number, fields: Partial<Message> = {}): Message {
  return {
    ...fromJson(MessageSchema, {}),
    id: `msg_${sequence}`,
    conversationId: ID,
    sequence,
    kind: "KIND_TEXT",
    side: "SIDE_OPERATOR",
    body: `entry ${sequence}`,
    ...fields,
  };
}
