/** The small parts: streams, waits, colours, keys, commands. */
import { expect, test, vi } from "vitest";
import { match, nameOf } from "../console/keys.ts";
import { search } from "../console/palette.tsx";
import { Api, ApiError, renewalDelay } from "../shared/api.ts";
import { backoff } from "../shared/backoff.ts";
import { accentTokens, contrast, parseColour } from "../shared/colour.ts";
import { EventParser } from "../shared/live/stream.ts";

test("events come out whole, however the pieces are cut", () => {
  const text =
    'retry: 1000\n\nid: 7\ndata: {"a":1}\n\n: still here\n\nevent: error\ndata: one\ndata: two\r\n\r\ndata: last\n\n';
  for (const size of [1, 2, 3, 7, 200]) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    expect(events, String(size)).toEqual([
      { id: "7", type: "message", data: '{"a":1}' },
      { id: "7", type: "error", data: "one\ntwo" },
      { id: "7", type: "message", data: "last" },
    ]);
  }
});

test("waits double up to half a minute, and are never nothing", () => {
  expect([0, 1, 2, 3].map((failures) => backoff(failures, () => 1))).toEqual([500, 1000, 2000, 4000]);
  expect(backoff(50, () => 1)).toBe(30_000);
  expect(backoff(0, () => 0)).toBeGreaterThan(100);
});

test("a token is renewed before it ends, however short it lives", () => {
  expect(renewalDelay(300_000, 0)).toBe(240_000);
  expect(renewalDelay(60_000, 0)).toBe(30_000);
  expect(renewalDelay(0, 50_000)).toBe(1000);
});

test("many calls at once renew the token once", async () => {
  let renewals = 0;
  const api = new Api(async () => ({ accessToken: `t${++renewals}`, expireTime: Date.now() + 300_000 }));
  await Promise.all([api.token(), api.token(), api.token(true)]);
  expect(renewals).toBe(1);
});

test("a call that is refused for its token is made once more with a fresh one, and no more", async () => {
  let renewals = 0;
  const lost = vi.fn();
  const api = new Api(async () => ({ accessToken: `t${++renewals}`, expireTime: Date.now() + 300_000 }), lost);
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ reason: "CREDENTIAL_REJECTED" }), { status: 401 }));
  await expect(api.call([], "GET", "/v1/me")).rejects.toMatchObject({ status: 401, reason: "CREDENTIAL_REJECTED" });
  expect(renewals).toBe(2);
  vi.unstubAllGlobals();
});

test("a session that cannot be renewed is told of", async () => {
  const lost = vi.fn();
  const api = new Api(() => Promise.reject(new ApiError(401, "CREDENTIAL_REJECTED")), lost);
  await expect(api.token()).rejects.toBeInstanceOf(ApiError);
  expect(lost).toHaveBeenCalledTimes(1);
});

test.each(["#0b6e5c", "#ffffff", "#000000", "#ffd400", "#ff0000", "#777777", "#8844ff", "#00ff88"])(
  "with the colour %s every text stays readable, in light and in dark",
  (colour) => {
    const rgb = (hex: string | undefined) => parseColour(hex ?? "") as NonNullable<ReturnType<typeof parseColour>>;
    for (const dark of [false, true]) {
      const tokens = accentTokens(rgb(colour), dark);
      expect(contrast(rgb(tokens["--accent"]), rgb(tokens["--accent-ink"]))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(rgb(tokens["--accent-text"]), rgb(dark ? "#1e2523" : "#f5f7f6"))).toBeGreaterThanOrEqual(4.5);
    }
  },
);

test("anything but #rrggbb is no colour", () => {
  for (const colour of ["", "red", "#fff", "#12345g", "url(x)", "#1234567"])
    expect(parseColour(colour)).toBeUndefined();
});

const press = (key: string, more: object = {}) =>
  nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
const command = (id: string, keys: string, when = true) => ({
  id,
  title: () => id,
  keys,
  when: () => when,
  run: () => {},
});

test("keys are named as commands write them", () => {
  expect([
    press("J"),
    press("?"),
    press("k", { ctrlKey: true }),
    press("k", { metaKey: true }),
    press("x", { altKey: true }),
  ]).toEqual(["j", "?", "mod+k", "mod+k", ""]);
});

test("a sequence goes before a single key, and what makes no sense now is passed over", () => {
  const commands = [command("all", "a"), command("go", "g a"), command("off", "x", false)];
  expect(match(commands, "g", "a")?.id).toBe("go");
  expect(match(commands, "", "a")?.id).toBe("all");
  expect(match(commands, "", "x")).toBeUndefined();
});

test("the palette finds by any words and puts what starts with them first", () => {
  const commands = [command("Take the queue", "a"), command("Queue", "b"), command("End", "c")];
  expect(search(commands, "queue").map(({ id }) => id)).toEqual(["Queue", "Take the queue"]);
  expect(search(commands, "que ta").map(({ id }) => id)).toEqual(["Take the queue"]);
  expect(search(commands, "")).toHaveLength(3);
});
