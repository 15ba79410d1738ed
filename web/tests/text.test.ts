/** Words: placeholders, plurals, and catalogues that carry the same things. */
import { describe, expect, test } from "vitest";
import { english as asking } from "../panel/asking.words.ts";
import { english as front } from "../panel/front.words.ts";
import { words as arabic } from "../panel/words/ar.ts";
import { besides } from "../panel/words/besides.ts";
import { english, t } from "../panel/words/en.ts";
import { english as revising } from "../shared/chat/revising.words.ts";
import { english as surveys } from "../shared/survey/words.ts";
import { addEnglish, direction, format, language, region, setLanguage, translate } from "../shared/text.ts";
import { date } from "../shared/time.tsx";
import { sharedEnglish } from "../shared/words.ts";

test("placeholders are filled, numbers in the reader's digits", () => {
  expect(format("Hello {name}", { name: "Ada" }, "en")).toBe("Hello Ada");
  expect(format("{n} of {n}", { n: 1234 }, "en")).toBe("1,234 of 1,234");
  expect(format("nothing {missing} here", {}, "en")).toBe("nothing  here");
});

test("what a person typed is never taken for a placeholder", () => {
  expect(format("{name} is here", { name: "{count, plural, other {#}} {name}" }, "en")).toBe(
    "{count, plural, other {#}} {name} is here",
  );
});

test("what a person typed does not turn the words around it", () => {
  expect(format("{name} is yours now", { name: "Ana\u202e gnihsif" }, "en")).toBe(
    "\u2068Ana gnihsif\u2069 is yours now",
  );
  expect(format("{name} is yours now", { name: "שלום\u2069\u202e" }, "en")).toBe("\u2068שלום\u2069 is yours now");
  expect(format("{name} is yours now", { name: "Zoë 李" }, "en")).toBe("Zoë 李 is yours now");
});

test("times are written as in the reader's region, in the language of the page", () => {
  setLanguage("en", {}, ["de-DE", "en-GB", "en-US"]);
  expect([language.value, region.value]).toEqual(["en", "en-GB"]);
  expect(date(Date.UTC(2027, 4, 23, 12))).toBe("23 May 2027");
  setLanguage("en-US", {}, ["en-GB"]);
  expect(region.value).toBe("en-US");
  setLanguage("en", {}, ["de-DE"]);
  expect(region.value).toBe("en");
});

test("plurals follow the language, with exact numbers first", () => {
  const message = "{n, plural, =0 {none} one {# line} other {# lines}}";
  expect([0, 1, 2].map((n) => format(message, { n }, "en"))).toEqual(["none", "1 line", "2 lines"]);
  const forms = "{n, plural, one {one} two {two} few {few} many {many} other {other}}";
  expect([1, 2, 3, 11, 100].map((n) => format(forms, { n }, "ar"))).toEqual(["one", "two", "few", "many", "other"]);
});

test("a plural may hold other placeholders", () => {
  expect(format("{n, plural, one {# for {who}} other {# for {who}s}}!", { n: 2, who: "cat" }, "en")).toBe(
    "2 for cats!",
  );
});

test("English stands in for what a language does not have", () => {
  addEnglish({ "test.only": "Only {what}" });
  setLanguage("ar", arabic);
  expect(translate("test.only", { what: "English" })).toBe("Only English");
  expect(t("menu.on")).toBe("مفعّل");
  expect(direction.value).toBe("rtl");
  setLanguage("en");
  expect(direction.value).toBe("ltr");
});

const LANGUAGES = ["ar", "de", "es", "fr", "it", "nl", "pl", "pt", "tr"];
const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)(?:,|\})/g)].map(([, name]) => name))].sort();

describe.each(LANGUAGES)("in %s", (tag) => {
  test("the panel says everything, with the same placeholders", async () => {
    const { words } = await import(`../panel/words/${tag}.ts`);
    const all = { ...english, ...besides, ...front, ...asking, ...revising, ...sharedEnglish };
    expect(Object.keys(words).sort()).toEqual(Object.keys(all).sort());
    for (const [key, message] of Object.entries(all)) said(tag, key, message, words[key]);
  });

  test("surveys say everything, with the same placeholders", async () => {
    const { words } = await import(`../shared/survey/words/${tag}.ts`);
    expect(Object.keys(words).sort()).toEqual(Object.keys(surveys).sort());
    for (const [key, message] of Object.entries(surveys)) said(tag, key, message, words[key]);
  });
});

/** A plural form may leave its number out, as in "one message"; what is named in any form must be known. */
function said(tag: string, key: string, message: string, translated: string): void {
  expect(translated.trim(), key).toBeTruthy();
  expect(names(translated), key).toEqual(names(message));
  const values = { count: 0, position: 0, name: "x", site: "y", text: "z", host: "h" };
  for (const count of [0, 1, 2, 5, 11, 100, 1_000_000]) {
    expect(format(translated, { ...values, count, position: count }, tag), key).not.toBe("");
  }
  // Where there is a plural, every form that the language has is written.
  if (!translated.includes(", plural,")) return;
  for (const form of new Intl.PluralRules(tag).resolvedOptions().pluralCategories) {
    if (form !== "zero") expect(translated, key).toMatch(new RegExp(`[ ,}]${form} \\{`));
  }
}
