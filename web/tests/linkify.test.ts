/** What becomes a link, and what never does. */
import { expect, test } from "vitest";
import { isEmoji, linkify } from "../shared/linkify.ts";

const hrefs = (text: string) => linkify(text).flatMap(({ href }) => href ?? []);

test.each([
  ["see https://fern.example/a?b=c#d.", ["https://fern.example/a?b=c#d"]],
  ["(https://fern.example/a_(b))", ["https://fern.example/a_(b)"]],
  ["www.fern.example, or http://x.example!", ["https://www.fern.example/", "http://x.example/"]],
  ["HTTPS://FERN.EXAMPLE/Path", ["https://fern.example/Path"]],
  ["راجع https://fern.example/طلب؟", ["https://fern.example/%D8%B7%D9%84%D8%A8"]],
])("%s", (text, expected) => {
  expect(hrefs(text)).toEqual(expected);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "file:///etc/passwd",
  "ftp://fern.example",
  "https://bank.example@evil.example/",
  "https://user:secret@evil.example/",
  "vbscript:x https:// https://",
  "mailto:a@b.example",
])("%s is never a link", (text) => {
  expect(hrefs(text)).toEqual([]);
});

test("the pieces are the text again, with nothing taken for markup", () => {
  const text = '<img src=x onerror=alert(1)> https://a.example/"><script>\n& www.b.example\u202e x';
  expect(
    linkify(text)
      .map(({ text: piece }) => piece)
      .join(""),
  ).toBe(text);
  for (const { href } of linkify(text)) expect(href ?? "").not.toMatch(/[<>"\u202e]/);
});

test("a look-alike host shows itself", () => {
  expect(linkify("https://аpple.example/")[0]?.host).toMatch(/^xn--/);
});

test("a long text is split in no time", () => {
  const start = performance.now();
  linkify(`${"http://a.example/".repeat(200)}${")".repeat(600)}`);
  linkify("www.".repeat(1000));
  expect(performance.now() - start).toBeLessThan(500);
});

test("up to three emoji stand large, everything else does not", () => {
  for (const text of ["👍", "🌿 🪴", "👩‍👩‍👧", "❤️", "🇪🇹"]) expect(isEmoji(text), text).toBe(true);
  for (const text of ["", " ", "1", "123", "ok 👍", "👍👍👍👍", "#"]) expect(isEmoji(text), text).toBe(false);
});
