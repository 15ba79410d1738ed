/** A live connection survives what networks do to it. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aWorld, FakeSocket, ID, json, type World } from "./browser.ts";

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = aWorld();
});
afterEach(() => {
  world.client.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const bodies = () => world.client.known(ID)?.messages.value.map(({ body }) => body);

async function connected(entries = 0) {
  const thread = world.client.follow(ID);
  world.client.start();
  await FakeSocket.last.welcome();
  FakeSocket.last.accept(entries);
  for (let sequence = 1; sequence <= entries; sequence++) FakeSocket.last.entry(sequence);
  return thread;
}

test("the first frame authenticates, and nothing else goes out before the welcome", async () => {
  world.client.follow(ID);
  world.client.start();
  const socket = FakeSocket.last;
  expect(socket.protocols).toEqual(["parley.v1.proto"]);
  socket.readyState = FakeSocket.OPEN;
  socket.onopen?.();
  await pass(0);
  expect(socket.sent).toEqual([{ frameId: "auth", authenticate: expect.objectContaining({ accessToken: "token 1" }) }]);
  expect(socket.url).not.toContain("token");
});

describe("coming back", () => {
  test("a reconnect resumes from the cursor", async () => {
    const thread = await connected(3);
    FakeSocket.last.drop();
    expect(world.client.status.value).toBe("waiting");
    await pass(2000);
    await FakeSocket.last.welcome();
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.frames("subscribe")[0]?.subscribe).toMatchObject({ conversationId: ID, afterSequence: 3 });
    FakeSocket.last.accept(5);
    FakeSocket.last.entry(4);
    FakeSocket.last.entry(5);
    expect(thread.cursor).toBe(5);
  });

  test("waits grow with every failure, and a good connection starts them anew", async () => {
    await connected();
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const count = FakeSocket.all.length;
      const start = Date.now();
      FakeSocket.last.drop(1012);
      while (FakeSocket.all.length === count) await pass(50);
      waits.push(Date.now() - start);
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBeGreaterThan(4 * (waits[0] as number));
    await FakeSocket.last.welcome();
    FakeSocket.last.drop(1012);
    await pass(500);
    expect(world.client.status.value).toBe("waiting");
    expect(FakeSocket.all).toHaveLength(6);
  });

  test("waking up asks at once, and a socket that does not answer is replaced though it says OPEN", async () => {
    await connected(1);
    const socket = FakeSocket.last;
    world.document.dispatchEvent(new Event("visibilitychange"));
    expect(socket.frames("ping")).toHaveLength(1);
    expect(socket.readyState).toBe(FakeSocket.OPEN);
    await pass(4000);
    expect(world.client.status.value).toBe("waiting");
    await pass(1000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test("waking up does not wait for a back-off to end", async () => {
    await connected();
    for (let round = 0; round < 3; round++) {
      FakeSocket.last.drop(1012);
      await pass(10_000);
    }
    FakeSocket.last.drop(1012);
    const count = FakeSocket.all.length;
    world.document.dispatchEvent(new Event("visibilitychange"));
    expect(FakeSocket.all).toHaveLength(count + 1);
  });

  test("silence is answered by a ping, and a ping without an answer ends the socket", async () => {
    await connected();
    await pass(20_000);
    expect(FakeSocket.last.frames("ping")).toHaveLength(1);
    FakeSocket.last.say({ case: "pong", value: { heads: {} } }, "ping");
    await pass(19_000);
    expect(world.client.status.value).toBe("live");
    await pass(1_000 + 6_000);
    expect(world.client.status.value).toBe("waiting");
  });
});

describe("gaps", () => {
  const pages = (head: number) =>
    world.rules.push((method, path) => {
      const after = Number(/messages\?afterSequence=(\d+)/.exec(path)?.[1] ?? Number.NaN);
      if (method !== "GET" || Number.isNaN(after)) return undefined;
      const messages = [];
      for (let sequence = after + 1; sequence <= Math.min(head, after + 2); sequence++) {
        messages.push({
          id: `msg_${sequence}`,
          conversationId: ID,
          sequence: String(sequence),
          kind: "KIND_TEXT",
          body: `entry ${sequence}`,
        });
      }
      return json({ messages, headSequence: String(head) });
    });

  test("a gap that the server names is listed from the cursor, page by page", async () => {
    const thread = await connected(2);
    pages(7);
    FakeSocket.last.say({ case: "gap", value: { conversationId: ID, afterSequence: 2n, headSequence: 7n } });
    await pass(0);
    expect(bodies()).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `entry ${n}`));
    expect(thread.missing).toBe(false);
    expect(world.calls.map(({ path }) => path)).toEqual(
      [2, 4, 6].map((after) => `/v1/conversations/${ID}/messages?afterSequence=${after}&pageSize=500`),
    );
  });

  test("a pong whose head is further on shows a gap that nobody told of", async () => {
    await connected(2);
    pages(3);
    FakeSocket.last.say({ case: "pong", value: { heads: { [ID]: 3n } } });
    await pass(2000);
    expect(bodies()).toContain("entry 3");
  });

  test("an acknowledgement whose head is further on does, too", async () => {
    await connected(1);
    pages(3);
    world.client.post(ID, "mine");
    const [frame] = FakeSocket.last.frames("post");
    const value = { conversationId: ID, clientMessageId: frame?.post?.clientMessageId, sequence: 3n, headSequence: 3n };
    FakeSocket.last.say({ case: "ack", value }, frame?.frameId);
    expect(bodies()).toEqual(["entry 1", "mine"]);
    await pass(2000);
    // The server's own entry takes the place of the one that was made up from the acknowledgement.
    expect(bodies()).toEqual(["entry 1", "entry 2", "entry 3"]);
  });

  test("what arrives by itself in a moment is not fetched", async () => {
    const thread = world.client.follow(ID);
    world.client.start();
    await FakeSocket.last.welcome();
    FakeSocket.last.accept(3);
    await pass(1000);
    for (const sequence of [1, 2, 3]) FakeSocket.last.entry(sequence);
    await pass(5000);
    expect(world.calls).toEqual([]);
    expect(thread.loaded.value).toBe(true);
  });
});

describe("sending", () => {
  test("a message stands at once, and is the same one when it is sent again after a reconnect", async () => {
    const thread = await connected();
    world.client.post(ID, "hello");
    expect(thread.pending.value).toMatchObject([{ body: "hello", state: "sending" }]);
    const first = FakeSocket.last.frames("post")[0]?.post;
    FakeSocket.last.drop();
    expect(thread.pending.value).toMatchObject([{ state: "waiting" }]);
    await pass(2000);
    await FakeSocket.last.welcome();
    expect(FakeSocket.last.frames("post")).toEqual([]);
    FakeSocket.last.accept(0);
    expect(FakeSocket.last.frames("post")[0]?.post).toEqual(first);
    expect(thread.pending.value).toMatchObject([{ state: "sending" }]);
  });

  test("a message that was saved before the connection broke is not sent twice", async () => {
    const thread = await connected();
    world.client.post(ID, "hello");
    const id = FakeSocket.last.frames("post")[0]?.post?.clientMessageId;
    FakeSocket.last.drop();
    await pass(2000);
    await FakeSocket.last.welcome();
    FakeSocket.last.accept(1);
    FakeSocket.last.entry(1, { clientMessageId: id, side: 1, body: "hello" });
    expect(bodies()).toEqual(["hello"]);
    expect(thread.pending.value).toEqual([]);
  });

  test("what is written while there is no connection goes out in order when there is one", async () => {
    const thread = await connected();
    FakeSocket.last.drop();
    for (const text of ["one", "two", "three"]) world.client.post(ID, text);
    expect(thread.pending.value.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
    await pass(2000);
    await FakeSocket.last.welcome();
    FakeSocket.last.accept(0);
    expect(FakeSocket.last.frames("post").map(({ post }) => post?.body)).toEqual(["one", "two", "three"]);
  });

  test("a refusal stays visible with its reason, and is sent again only when its author says so", async () => {
    const thread = await connected();
    world.client.post(ID, "too fast");
    const [frame] = FakeSocket.last.frames("post");
    FakeSocket.last.say({ case: "refused", value: { reason: "RATE_LIMITED", retryAfterMs: 5000 } }, frame?.frameId);
    expect(thread.pending.value).toMatchObject([
      { state: "refused", reason: "RATE_LIMITED", retryTime: Date.now() + 5000 },
    ]);
    FakeSocket.last.drop();
    await pass(2000);
    await FakeSocket.last.welcome();
    FakeSocket.last.accept(0);
    expect(FakeSocket.last.frames("post")).toEqual([]);
    world.client.retry(ID, frame?.post?.clientMessageId ?? "");
    expect(FakeSocket.last.frames("post")[0]?.post).toEqual(frame?.post);
  });

  test("a confirmation that does not come is chased: the author is told, then the same message goes out again", async () => {
    const thread = await connected();
    world.client.post(ID, "hello");
    await pass(10_000);
    expect(thread.pending.value).toMatchObject([{ state: "waiting" }]);
    const ping = FakeSocket.last.frames("ping").at(-1);
    FakeSocket.last.say({ case: "pong", value: { heads: {} } }, ping?.frameId);
    expect(FakeSocket.last.frames("post")).toHaveLength(2);
    expect(new Set(FakeSocket.last.frames("post").map(({ post }) => post?.clientMessageId)).size).toBe(1);
  });

  test("typing is said at most every three seconds, and its end once", async () => {
    await connected();
    for (let stroke = 0; stroke < 40; stroke++) {
      world.client.typing(ID);
      await pass(100);
    }
    expect(FakeSocket.last.frames("typing").map(({ typing }) => typing?.typing)).toEqual([true, true]);
    await pass(6000);
    expect(FakeSocket.last.frames("typing").map(({ typing }) => typing?.typing)).toEqual([true, true, false]);
  });

  test("how far somebody has read is said again after a reconnect, since the last word of it may be lost", async () => {
    await connected(2);
    world.client.read(ID, 2);
    FakeSocket.last.drop();
    await pass(2000);
    await FakeSocket.last.welcome();
    FakeSocket.last.accept(2);
    expect(FakeSocket.last.frames("read").map(({ read }) => read?.sequence)).toEqual([2]);
  });

  test("the read watermark moves forward only", async () => {
    await connected(3);
    for (const sequence of [2, 1, 2, 3]) world.client.read(ID, sequence);
    expect(FakeSocket.last.frames("read").map(({ read }) => read?.sequence)).toEqual([2, 3]);
  });
});

describe("tokens", () => {
  test("a fresh token goes over the open socket before the old one expires", async () => {
    world.client.follow(ID);
    world.client.start();
    // So long a heartbeat that no ping comes between.
    await FakeSocket.last.welcome(1_000_000);
    await pass(241_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(FakeSocket.last.frames("authenticate").map(({ authenticate }) => authenticate?.accessToken)).toEqual([
      "token 1",
      "token 2",
    ]);
  });

  test("a socket that was closed for its token comes back with a fresh one", async () => {
    await connected();
    FakeSocket.last.drop(4401);
    await pass(2000);
    await FakeSocket.last.welcome();
    expect(FakeSocket.last.frames("authenticate")[0]?.authenticate?.accessToken).toBe("token 2");
  });

  test("a revoked client stays away", async () => {
    await connected();
    FakeSocket.last.drop(4403);
    await pass(600_000);
    expect(world.client.status.value).toBe("revoked");
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe("where WebSockets are blocked", () => {
  function streams() {
    const controls: ReadableStreamDefaultController<Uint8Array>[] = [];
    world.rules.push((method, path) => {
      if (path.endsWith(":watch")) {
        return new Response(new ReadableStream<Uint8Array>({ start: (control) => void controls.push(control) }));
      }
      if (method === "GET" && path.endsWith(ID))
        return json({ conversation: { id: ID, headSequence: "0", state: "STATE_OPEN" } });
      return undefined;
    });
    return (text: string) => controls.at(-1)?.enqueue(new TextEncoder().encode(text));
  }

  async function blocked() {
    const thread = world.client.follow(ID);
    world.client.start();
    FakeSocket.last.drop(1006);
    await pass(2000);
    FakeSocket.last.drop(1006);
    await pass(0);
    return thread;
  }

  test("two sockets that never open lead to streams, with the bearer in a header and the cursor as Last-Event-ID", async () => {
    const emit = streams();
    await blocked();
    expect(world.client.status.value).toBe("streaming");
    const call = world.calls.find(({ path }) => path.endsWith(":watch"));
    expect(call?.headers.get("authorization")).toBe("Bearer token 1");
    expect(call?.headers.get("accept")).toBe("text/event-stream");
    expect(call?.headers.get("last-event-id")).toBe("0");
    emit(
      `: hello\n\nid: 1\ndata: {"cursor":"1","message":{"conversationId":"${ID}","sequence":"1","kind":"KIND_TEXT",`,
    );
    emit(`"side":"SIDE_OPERATOR","body":"by stream"}}\n\n`);
    await pass(0);
    expect(bodies()).toEqual(["by stream"]);
  });

  test("messages are posted plainly, with the same client id until they are through", async () => {
    streams();
    const thread = await blocked();
    let attempts = 0;
    world.rules.push((method, path, body) => {
      if (method !== "POST" || !path.endsWith("/messages")) return undefined;
      if (++attempts === 1) return json({ reason: "UNAVAILABLE" }, 503);
      const { clientMessageId, body: text } = body as { clientMessageId: string; body: string };
      return json({
        message: {
          conversationId: ID,
          sequence: "1",
          kind: "KIND_TEXT",
          side: "SIDE_VISITOR",
          clientMessageId,
          body: text,
        },
      });
    });
    world.client.post(ID, "hello");
    await pass(0);
    expect(thread.pending.value).toMatchObject([{ state: "waiting" }]);
    await pass(5000);
    expect(bodies()).toEqual(["hello"]);
    const ids = world.calls
      .filter(({ path }) => path.endsWith("/messages"))
      .map(({ body }) => (body as { clientMessageId: string }).clientMessageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("a refused post stays visible with its reason", async () => {
    streams();
    const thread = await blocked();
    world.rules.push((method) =>
      method === "POST" ? json({ reason: "RATE_LIMITED", retryAfterMs: "4000" }, 429) : undefined,
    );
    world.client.post(ID, "hello");
    await pass(0);
    expect(thread.pending.value).toMatchObject([
      { state: "refused", reason: "RATE_LIMITED", retryTime: Date.now() + 4000 },
    ]);
  });

  test("where streams fail as well, sockets are tried again", async () => {
    await blocked();
    await pass(60_000);
    expect(FakeSocket.all.length).toBeGreaterThan(2);
  });

  test("a stream that ends is opened again from the cursor", async () => {
    const emit = streams();
    await blocked();
    emit(
      `id: 1\ndata: {"cursor":"1","message":{"conversationId":"${ID}","sequence":"1","kind":"KIND_TEXT","body":"a"}}\n\n`,
    );
    await pass(0);
    await pass(46_000);
    const calls = world.calls.filter(({ path }) => path.endsWith(":watch"));
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.at(-1)?.headers.get("last-event-id")).toBe("1");
  });
});

describe("the inbox", () => {
  test("it is read once its subscription is known to stand, and again after a gap and a reconnect", async () => {
    const resync = vi.fn();
    const change = vi.fn();
    world.client.followInbox({ change, resync });
    world.client.start();
    await FakeSocket.last.welcome();
    expect(FakeSocket.last.sent.slice(1).map((frame) => Object.keys(frame)[1])).toEqual(["subscribeInbox", "ping"]);
    expect(resync).not.toHaveBeenCalled();
    FakeSocket.last.say({ case: "pong", value: { heads: {} } }, FakeSocket.last.frames("ping")[0]?.frameId);
    expect(resync).toHaveBeenCalledTimes(1);
    FakeSocket.last.say({ case: "inbox", value: { change: { case: "removedConversationId", value: ID } } });
    expect(change).toHaveBeenCalledWith(expect.objectContaining({ removedConversationId: ID }));
    FakeSocket.last.say({ case: "inbox", value: { change: { case: "gap", value: {} } } });
    expect(resync).toHaveBeenCalledTimes(2);
  });
});

test("a refusal that answers nothing makes everything subscribe again, from its cursor", async () => {
  const thread = await connected(2);
  FakeSocket.last.say({ case: "refused", value: { reason: "CONVERSATION_NOT_FOUND" } });
  await pass(1000);
  const again = FakeSocket.last.frames("subscribe").at(-1);
  expect(FakeSocket.last.frames("subscribe")).toHaveLength(2);
  expect(again?.subscribe?.afterSequence).toBe(2);
  FakeSocket.last.say({ case: "refused", value: { reason: "CONVERSATION_NOT_FOUND" } }, again?.frameId);
  expect(thread.trouble.value).toBe("CONVERSATION_NOT_FOUND");
});
