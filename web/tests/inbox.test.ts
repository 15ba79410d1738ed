/** The inbox's lists: where a conversation stands, and how pages and live changes come together. */
import { expect, test } from "vitest";
import { hasNews, InboxLists } from "../console/inbox/lists.ts";
import type { Conversation } from "../shared/gen/frames.ts";
import { aConversation } from "./browser.ts";

const ME = "stf_me";
const one = (id: string, createTime: number, fields: Partial<Conversation> = {}) =>
  aConversation({ id, createTime, state: "STATE_QUEUED", ...fields });
const ids = (lists: InboxLists, view: keyof InboxLists["items"]) => lists.items[view].value.map(({ id }) => id);

test("the queue stands oldest first, the others newest first", () => {
  const lists = new InboxLists(ME);
  lists.take("queue", [one("a", 1), one("b", 2)], "", true);
  lists.take("all", [one("b", 2), one("a", 1)], "", true);
  expect(ids(lists, "queue")).toEqual(["a", "b"]);
  expect(ids(lists, "all")).toEqual(["b", "a"]);
});

test("a claimed conversation goes from the queue to mine, and a closed one on to closed", () => {
  const lists = new InboxLists(ME);
  lists.take("queue", [one("a", 1)], "", true);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: ME, headSequence: 2 }));
  expect([ids(lists, "queue"), ids(lists, "mine")]).toEqual([[], ["a"]]);
  lists.change(one("a", 1, { state: "STATE_CLOSED", operatorId: ME, headSequence: 3 }));
  expect([ids(lists, "mine"), ids(lists, "closed")]).toEqual([[], ["a"]]);
});

test("a conversation that a colleague took leaves the queue and is not mine", () => {
  const lists = new InboxLists(ME);
  lists.take("queue", [one("a", 1), one("b", 2)], "", true);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: "stf_other", headSequence: 2 }));
  lists.remove("b");
  expect([ids(lists, "queue"), ids(lists, "mine")]).toEqual([[], []]);
});

test("a page that was read before a change does not undo it", () => {
  const lists = new InboxLists(ME);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: ME, headSequence: 4 }));
  lists.take("queue", [one("a", 1, { headSequence: 1 })], "", true);
  expect([ids(lists, "queue"), ids(lists, "mine")]).toEqual([[], ["a"]]);
});

test("reading a list again drops what is not in it any more", () => {
  const lists = new InboxLists(ME);
  lists.take("queue", [one("a", 1), one("b", 2)], "", true);
  lists.take("queue", [one("b", 2)], "", true);
  expect(ids(lists, "queue")).toEqual(["b"]);
});

test("a next page adds to the list, and what lies beyond the last page waits for its own", () => {
  const lists = new InboxLists(ME);
  const mine = (id: string, time: number) => one(id, time, { state: "STATE_CLOSED", operatorId: ME });
  lists.take("closed", [mine("d", 4), mine("c", 3)], "token", true);
  lists.change(mine("a", 1));
  lists.change(mine("e", 5));
  expect(ids(lists, "closed")).toEqual(["e", "d", "c"]);
  lists.take("closed", [mine("b", 2), mine("a", 1)], "", false);
  expect(ids(lists, "closed")).toEqual(["e", "d", "c", "b", "a"]);
  expect(lists.pages.closed.value).toMatchObject({ state: "ready", next: "" });
});

test("news is what the operator has not read in a running conversation", () => {
  const running = { state: "STATE_OPEN", headSequence: 5, operatorReadSequence: 4 } as const;
  expect(hasNews(aConversation(running))).toBe(true);
  expect(hasNews(aConversation({ ...running, operatorReadSequence: 5 }))).toBe(false);
  expect(hasNews(aConversation({ ...running, state: "STATE_CLOSED" }))).toBe(false);
});

test("what was read here counts at once, and a change that does not know of it yet does not undo it", () => {
  const lists = new InboxLists(ME);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: ME, headSequence: 4, operatorReadSequence: 1 }));
  lists.read("a", 4);
  expect(lists.items.mine.value.some(hasNews)).toBe(false);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: ME, headSequence: 4, operatorReadSequence: 1 }));
  expect(lists.items.mine.value.some(hasNews)).toBe(false);
  lists.change(one("a", 1, { state: "STATE_OPEN", operatorId: ME, headSequence: 5, operatorReadSequence: 1 }));
  expect(lists.items.mine.value.some(hasNews)).toBe(true);
});
