/** The privacy section: lists that do not run backwards, first steps, words for every name, and what the map finds. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test, vi } from "vitest";
import { fromJson } from "../shared/codec.ts";
import { NoticeSchema, QuestionSchema, SiteSchema } from "../shared/gen/frames.ts";
import * as contract from "../shared/gen/privacy.ts";

type Module<P extends string> = P extends "data"
  ? typeof import("../console/privacy/data.ts")
  : P extends "first"
    ? typeof import("../console/privacy/first.tsx")
    : P extends "map"
      ? typeof import("../console/privacy/datamap.ts")
      : P extends "words"
        ? typeof import("../console/privacy/words.ts")
        : P extends "texts"
          ? typeof import("../console/privacy/texts.ts")
          : typeof import("../console/registry.ts");

let data: Module<"data">;
let first: Module<"first">;
let map: Module<"map">;
let words: Module<"words">;
let texts: Module<"texts">;
let registry: Module<"registry">;

beforeAll(async () => {
  // What the console asks of a page as soon as it is loaded.
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => {});
  data = await import("../console/privacy/data.ts");
  first = await import("../console/privacy/first.tsx");
  map = await import("../console/privacy/datamap.ts");
  words = await import("../console/privacy/words.ts");
  texts = await import("../console/privacy/texts.ts");
  registry = await import("../console/registry.ts");
});

const item = (id: string) => ({ id });

test("a list takes pages in their order, each thing once, and a late answer never covers a newer one", async () => {
  const answers: ((page: { items: { id: string }[]; next: string }) => void)[] = [];
  const list = new data.Paged(
    () => new Promise<{ items: { id: string }[]; next: string }>((resolve) => answers.push(resolve)),
  );
  const slow = list.load();
  const fast = list.load();
  answers[1]?.({ items: [item("a"), item("b")], next: "2" });
  answers[0]?.({ items: [item("old")], next: "" });
  await Promise.all([slow, fast]);
  expect(list.items.value.map(({ id }) => id)).toEqual(["a", "b"]);
  const more = list.loadMore();
  expect(list.state.value).toBe("more");
  answers[2]?.({ items: [item("b"), item("c")], next: "" });
  await more;
  expect(list.items.value.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  list.put(item("new"));
  expect(list.items.value.map(({ id }) => id)).toEqual(["new", "a", "b", "c"]);
});

test("a list that cannot be read says so and keeps what it has", async () => {
  let fails = false;
  const list = new data.Paged(async () => {
    if (fails) throw new Error("away");
    return { items: [item("a")], next: "" };
  });
  await list.load();
  fails = true;
  await list.load();
  expect(list.state.value).toBe("failed");
  expect(list.items.value).toHaveLength(1);
});

test("a question to the platform leaves out what is empty", () => {
  expect(data.pathOf("/v1/holds", { showEnded: false, pageToken: "", pageSize: 0 })).toBe("/v1/holds");
  expect(data.pathOf("/v1/holds", { showEnded: true, pageToken: "x y" })).toBe(
    "/v1/holds?showEnded=true&pageToken=x+y",
  );
});

test("first steps begin with what is owed, and tell a choice from a duty", () => {
  const site = { ...fromJson(SiteSchema, {}), id: "sit_1", displayName: "Shop" };
  const reminder = { kind: "KIND_NOTICE_MISSING", siteId: "sit_1", noticeId: "" } as const;
  const period = { name: "retention.transcript_days", description: "", days: 180, standard: 180, least: 1, most: 180 };
  const bare = {
    sites: [site],
    reminders: [reminder],
    notices: new Map(),
    hasPolicy: false,
    hasOfficer: false,
    periods: [period],
  };
  const standing = (known: typeof bare) =>
    Object.fromEntries(first.stepsOf(known).map(({ id, standing: how }) => [id, how]));
  expect(standing(bare)).toEqual({
    notice: "owed",
    url: "owed",
    policy: "owed",
    officer: "owed",
    questions: "choice",
    periods: "choice",
  });
  const notice = { ...fromJson(NoticeSchema, {}), questions: [fromJson(QuestionSchema, { label: "Order number" })] };
  const whole = {
    ...bare,
    reminders: [],
    notices: new Map([["sit_1", notice]]),
    hasPolicy: true,
    hasOfficer: true,
    periods: [{ ...period, days: 30 }],
  };
  expect(new Set(Object.values(standing(whole)))).toEqual(new Set(["done"]));
  const outdated = { ...whole, reminders: [{ ...reminder, kind: "KIND_PERIOD_OUTDATED" as "KIND_NOTICE_MISSING" }] };
  expect(first.stepsOf(outdated)[0]).toMatchObject({ id: "outdated", standing: "owed", siteName: "Shop" });
});

test("every name of the contract that a person meets has a word", () => {
  const groups = [
    ["request.kind", contract.SubjectRequestKindNames],
    ["request.state", contract.SubjectRequestStateNames],
    ["request.maker", contract.SubjectRequestMakerNames],
    ["person", contract.SubjectKindNames],
    ["ledger.kind", contract.LedgerEntryKindNames],
    ["verify.finding", contract.VerifyLedgerResponseFindingNames],
    ["hold.state", contract.HoldStateNames],
    ["case.state", contract.CaseStateNames],
    ["case.basis", contract.LegalBasisNames],
    ["feedback.kind", contract.FeedbackKindNames],
  ] as const;
  for (const [group, names] of groups) {
    const other = words.word(group, "of no contract");
    for (const name of names.slice(1)) expect(words.word(group, name), `${group} ${name}`).not.toBe(other);
  }
});

test("every period that can be shortened has a name and says what it is about", () => {
  const declared = readFileSync(new URL("../../kernel/privacy/retention.py", import.meta.url), "utf8");
  const names = [...declared.matchAll(/name="(retention\.[a-z_]+)"/g)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    expect(words.word("period", name), name).not.toBe(words.t("period.other"));
    expect(words.word("period.text", name), name).not.toBe("");
  }
});

test("a refusal says what was not done, and for a limit when to try again", () => {
  expect(words.reason("SECOND_PERSON_NEEDED", 0)).toContain("somebody other");
  expect(words.reason("A_REASON_OF_LATER", 0)).toBe(words.t("reason.other"));
  expect(words.reason("TOO_MANY_CALLS", 120_000)).toContain("2 min");
});

test("the data map is found by any words, and leaves out what is only carried", () => {
  const { entries } = JSON.parse(readFileSync(new URL("../../docs/data-map.json", import.meta.url), "utf8"));
  const bodies = map.find(entries, "CHAT.messages body", true, true);
  expect(bodies.map(({ field }) => field)).toContain("parley.chat.v1.Message.body");
  expect(bodies.length).toBeLessThan(10);
  expect(map.find(entries, "", true, false).every(({ columns }) => columns.length > 0)).toBe(true);
  expect(map.find(entries, "", false, true).every(({ not_personal }) => not_personal === "")).toBe(true);
  expect(map.find(entries, "no such word anywhere", false, false)).toEqual([]);
});

test("a draft begins as the version in force, and differs as soon as it asks something else", () => {
  const notice = { ...fromJson(NoticeSchema, {}), text: "What we keep.", language: "en" };
  const draft = texts.begin(notice, "de");
  expect(draft).toMatchObject({ text: "What we keep.", language: "en", material: false });
  expect(texts.differs(draft, notice)).toBe(false);
  const question = { number: 0, label: "Order number", hint: "", kind: "KIND_LINE" as const, required: false };
  expect(texts.differs({ ...draft, questions: [question] }, notice)).toBe(true);
  expect(texts.differs(texts.begin(undefined, "de"), undefined)).toBe(false);
});

test("a command that a person does not have is not even listed", () => {
  const command = (id: string, has?: () => boolean) => ({
    id,
    title: () => id,
    run: () => {},
    ...(has ? { has } : {}),
  });
  const section = {
    id: "s",
    title: () => "S",
    icon: "inbox" as const,
    roles: [],
    View: () => null,
    commands: [command("mine"), command("theirs", () => false)],
  };
  expect(registry.commandsOf(section).map(({ id }) => id)).toEqual(["mine"]);
});
