/** The codec agrees with the general protobuf runtime, byte for byte and field for field. */
import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { decode, encode, fromJson } from "../shared/codec.ts";
import {
  ClientFrameSchema,
  GetMeResponseSchema,
  ListReadersResponseSchema,
  ServerFrameSchema,
} from "../shared/gen/frames.ts";
import { described, ID, registry } from "./browser.ts";

const clientFrame = described("parley.chat.v1.ClientFrame");
const serverFrame = described("parley.chat.v1.ServerFrame");

const CONVERSATION = {
  id: ID,
  displayName: "Zoë 🌿 محمد",
  state: 2,
  operatorName: "Maria",
  headSequence: 9007199254740991n,
  queuePosition: 3,
  closedBy: 1,
  createTime: { seconds: 1_700_000_000n, nanos: 123_000_000 },
};

test.each([
  { frameId: "f1", authenticate: { accessToken: "x".repeat(3000) } },
  { frameId: "f2", subscribe: { conversationId: ID, afterSequence: 300 } },
  { frameId: "f3", subscribe: { conversationId: ID, afterSequence: 0 } },
  { frameId: "f4", post: { conversationId: ID, clientMessageId: "abcdefgh", body: "Grüße 👋\nline two" } },
  { frameId: "f5", typing: { conversationId: ID, typing: true } },
  { frameId: "f6", read: { conversationId: ID, sequence: 2 ** 40 } },
  { frameId: "f7", subscribeInbox: {} },
  { frameId: "f8", ping: {} },
])("what is written as $frameId is what the contract says", (frame) => {
  const [kind, value] = Object.entries(frame)[1] as [string, Record<string, unknown>];
  const big = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, typeof item === "number" ? BigInt(item) : item]),
  );
  const expected = create(clientFrame, { frameId: frame.frameId, frame: { case: kind, value: big } } as never);
  expect([...encode(ClientFrameSchema, frame)]).toEqual([...toBinary(clientFrame, expected)]);
});

test.each([
  { case: "welcome", value: { expireTime: { seconds: 1_700_000_000n, nanos: 0 }, heartbeatMs: 25_000 } },
  { case: "subscribed", value: { conversation: CONVERSATION } },
  { case: "conversation", value: CONVERSATION },
  { case: "ack", value: { conversationId: ID, clientMessageId: "abcdefgh", sequence: 7n, headSequence: 9n } },
  { case: "message", value: { conversationId: ID, sequence: 4n, kind: 1, side: 2, body: "<b>hello</b>" } },
  { case: "gap", value: { conversationId: ID, afterSequence: 3n, headSequence: 900n } },
  { case: "presence", value: { conversationId: ID, side: 1, typing: true, readSequence: 12n } },
  { case: "inbox", value: { change: { case: "removedConversationId", value: ID } } },
  { case: "inbox", value: { change: { case: "conversation", value: CONVERSATION } } },
  { case: "refused", value: { reason: "RATE_LIMITED", retryAfterMs: 1500 } },
  { case: "pong", value: { heads: { [ID]: 41n, other: 0n } } },
])("a frame with $case reads the same from protobuf as from JSON", (frame) => {
  const message = create(serverFrame, { frameId: "f9", frame } as never);
  const bytes = toBinary(serverFrame, message);
  const json = toJson(serverFrame, message, { registry, alwaysEmitImplicit: true });
  const read = decode(ServerFrameSchema, bytes);
  expect(read).toEqual(fromJson(ServerFrameSchema, json));
  expect(read[frame.case as keyof typeof read]).toBeDefined();
  expect(read.frameId).toBe("f9");
});

test("numbers, names and times come out as the page uses them", () => {
  const bytes = toBinary(
    serverFrame,
    create(serverFrame, { frame: { case: "conversation", value: CONVERSATION } } as never),
  );
  const { conversation } = decode(ServerFrameSchema, bytes);
  expect(conversation).toMatchObject({
    state: "STATE_OPEN",
    closedBy: "SIDE_VISITOR",
    headSequence: Number.MAX_SAFE_INTEGER,
    createTime: 1_700_000_000_123,
    closeTime: 0,
    displayName: "Zoë 🌿 محمد",
  });
});

test("fields of a later contract are skipped, and an unknown enum value is the unspecified one", () => {
  const ack = encode(ClientFrameSchema, { frameId: "a" });
  // Field 100: a chunk, then a varint, then 8 and 4 fixed bytes.
  const later = [0xa2, 6, 2, 1, 2, 0xa0, 6, 0xff, 1, 0xa1, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xa5, 6, 1, 2, 3, 4];
  expect(decode(ServerFrameSchema, Uint8Array.from([...later, ...ack]))).toMatchObject({ frameId: "a" });
  expect(fromJson(ServerFrameSchema, { conversation: { state: "STATE_LATER" } }).conversation?.state).toBe(
    "STATE_UNSPECIFIED",
  );
});

test("a frame that is cut short is refused", () => {
  const bytes = toBinary(
    serverFrame,
    create(serverFrame, { frame: { case: "conversation", value: CONVERSATION } } as never),
  );
  expect(() => decode(ServerFrameSchema, bytes.subarray(0, bytes.length - 3))).toThrow(RangeError);
});

test("repeated messages and packed enums are read", () => {
  const me = described("parley.identity.v1.GetMeResponse");
  const bytes = toBinary(me, create(me, { staff: { id: "stf_1", roles: [3, 4], teamIds: ["a", "b"] } } as never));
  expect(fromBinary(me, bytes)).toBeDefined();
  expect(decode(GetMeResponseSchema, bytes).staff).toMatchObject({
    roles: ["CALLER_OPERATOR", "CALLER_SUPERVISOR"],
    teamIds: ["a", "b"],
  });
  expect(fromJson(ListReadersResponseSchema, {}).readers).toEqual([]);
});
