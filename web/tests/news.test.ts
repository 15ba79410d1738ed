/** Whoever looks away is told how much was said meanwhile, and nobody else is. */
import { effect } from "@preact/signals";
import { expect, test } from "vitest";
import { News } from "../panel/news.ts";
import { Thread } from "../shared/live/thread.ts";
import { aConversation, aMessage, ID } from "./browser.ts";

test("what is said while somebody looks on is seen, and what is said behind their back is counted", () => {
  const news = new News();
  expect(news.look({ theirs: [2], cursor: 2, read: 0 }, true)).toEqual({ unseen: 0, calls: false });
  expect(news.look({ theirs: [2, 3], cursor: 3, read: 0 }, true)).toEqual({ unseen: 0, calls: false });
  expect(news.look({ theirs: [2, 3], cursor: 3, read: 0 }, false)).toEqual({ unseen: 0, calls: false });
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 0 }, false)).toEqual({ unseen: 1, calls: true });
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 0 }, false)).toEqual({ unseen: 1, calls: false });
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 0 }, true)).toEqual({ unseen: 0, calls: false });
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 0 }, false)).toEqual({ unseen: 0, calls: false });
});

test("what was unread on the page before is counted on the next one, and calls nobody again", () => {
  const news = new News();
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 2 }, false)).toEqual({ unseen: 2, calls: false });
  // It was read in another tab.
  expect(news.look({ theirs: [2, 3, 5], cursor: 5, read: 5 }, false)).toEqual({ unseen: 0, calls: false });
});

test("an entry that is in front of somebody is seen in the very moment in which the log tells of it", () => {
  const thread = new Thread(ID, "SIDE_VISITOR");
  const news = new News();
  const unseen: number[] = [];
  let present = true;
  const look = () => {
    const theirs = thread.messages.value.map(({ sequence }) => sequence);
    unseen.push(news.look({ theirs, cursor: thread.cursor, read: 0 }, present).unseen);
  };
  thread.update(aConversation());
  effect(look);
  thread.receive(aMessage(1, { side: "SIDE_OPERATOR" }));
  present = false;
  look();
  expect(unseen.at(-1)).toBe(0);
});
