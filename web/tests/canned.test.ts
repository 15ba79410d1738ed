/** Canned replies are filled in, found by what was typed, and spoken in the visitor's language. */
import { expect, test } from "vitest";
import { fill, matching } from "../console/desk/fill.ts";
import type { CannedReply } from "../shared/gen/desk.ts";

const known = { visitor_name: "Zoë", operator_name: "Maria", site: "Fern" };
const reply = (shortcut: string, fields: Partial<CannedReply> = {}): CannedReply => ({
  id: `cnd_${shortcut}${fields.language ?? ""}${fields.ownerId ?? ""}`,
  ownerId: "",
  shortcut,
  language: "",
  template: shortcut,
  etag: "1",
  createTime: 0,
  ...fields,
});

test("what is known is filled in, and what the text gives instead where nothing is", () => {
  const template = "Hello {visitor_name|there}, {operator_name} of {site} here.";
  expect(fill(template, known)).toBe("Hello Zoë, Maria of Fern here.");
  expect(fill(template, { ...known, visitor_name: "" })).toBe("Hello there, Maria of Fern here.");
  expect(fill("Hello {visitor_name|}!", { ...known, visitor_name: "" })).toBe("Hello !");
});

test("a name that looks like a placeholder is a name", () => {
  expect(fill("Hello {visitor_name}", { ...known, visitor_name: "{site}" })).toBe("Hello {site}");
});

test("each shortcut is offered once: in the visitor's language, and one's own before the team's", () => {
  const replies = [
    reply("hello"),
    reply("hello", { language: "de" }),
    reply("hello", { language: "pt-BR" }),
    reply("refund"),
    reply("refund", { ownerId: "stf_me" }),
  ];
  const ids = (typed: string, language: string) => matching(replies, typed, language).map(({ id }) => id);
  expect(ids("", "de-AT")).toEqual(["cnd_hellode", "cnd_refundstf_me"]);
  expect(ids("", "pt-br")).toEqual(["cnd_hellopt-BR", "cnd_refundstf_me"]);
  expect(ids("", "fr")).toEqual(["cnd_hello", "cnd_refundstf_me"]);
  expect(ids("ref", "")).toEqual(["cnd_refundstf_me"]);
});

test("what begins with what was typed stands before what only holds it", () => {
  expect(matching([reply("late-order"), reply("order")], "order", "").map(({ shortcut }) => shortcut)).toEqual([
    "order",
    "late-order",
  ]);
});
