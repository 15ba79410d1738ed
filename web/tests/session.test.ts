/** A session ends once, however many things that were asked at that moment hear of it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, ended, signOut, stage } from "../console/session.ts";

beforeEach(() => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ reason: "CREDENTIAL_REJECTED" }), { status: 401 }));
  stage.value = "ready";
  ended.value = false;
});

afterEach(() => vi.unstubAllGlobals());

test("a session that ends by itself is said to have ended, by whomever it is heard", async () => {
  await Promise.allSettled([api.json("GET", "/v1/me"), api.json("GET", "/v1/queues"), api.json("GET", "/v1/topics")]);
  expect(stage.value).toBe("signed-out");
  expect(ended.value).toBe(true);
  await expect(api.json("GET", "/v1/me")).rejects.toThrow();
  expect(ended.value).toBe(true);
});

test("whoever signs out knows that the session has ended, whatever is heard afterwards", async () => {
  await signOut();
  await expect(api.json("GET", "/v1/me")).rejects.toThrow();
  expect(stage.value).toBe("signed-out");
  expect(ended.value).toBe(false);
});
