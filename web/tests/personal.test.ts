/** What looks like somebody's details is struck out of a fix, and the fix itself stays. */
import { expect, test } from "vitest";
import { pieces, without } from "../console/tickets/personal.ts";

test.each([
  ["Write to wren@people.example, please.", "Write to …, please."],
  ["Call +49 170 1234567 at noon.", "Call … at noon."],
  ["It is on https://wren.example/shop?order=1 now.", "It is on … now."],
  ["Order A4711-77 is lost.", "Order …-77 is lost."],
  ["Dear Wren, clear the cache.", "Dear …, clear the cache."],
  ["Clear the cache and load it 3 times.", "Clear the cache and load it 3 times."],
  ["Wrenching does no harm.", "Wrenching does no harm."],
])("%s", (said, kept) => {
  expect(without(said, ["Wren", "wren@people.example"])).toBe(kept);
});

test("no letter of a text is lost or said twice", () => {
  const text = "Ann Ann@people.example ann 12345 +49 170 1234567 Ann";
  const found = pieces(text, ["Ann Ann", "(*[?"]);
  expect(found.map((piece) => piece.text).join("")).toBe(text);
});
