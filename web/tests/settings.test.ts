/** What the settings decide: addresses of pages, readable colours, and which step of setting up is done. */
import { expect, test, vi } from "vitest";

// What the console asks of a page as soon as it is loaded.
vi.stubGlobal("location", { hash: "" });
vi.stubGlobal("addEventListener", () => {});

const { originsOf, readability } = await import("../console/settings/sites.tsx");
const { told } = await import("../console/settings/record.ts");
const { slugOf } = await import("../console/settings/tenants.tsx");
const { stepsOf } = await import("../console/settings/setup.tsx");

test("only addresses without a path are pages' origins", () => {
  expect(originsOf(" https://Shop.example/\nhttp://localhost:8080 ")).toEqual({
    origins: ["https://shop.example", "http://localhost:8080"],
    good: true,
  });
  for (const wrong of [
    "https://shop.example/page",
    "shop.example",
    "https://a b",
    "javascript:alert(1)",
    "https://*.x",
  ]) {
    expect(originsOf(wrong).good, wrong).toBe(false);
  }
  expect(originsOf("  \n ")).toEqual({ origins: [], good: true });
});

test("a colour's contrast is said before the chat mends it", () => {
  expect(readability("#1f5f4d")?.good).toBe(true);
  expect(readability("#ffee00")?.good).toBe(false);
  expect(readability("#ffffff")?.ratio).toBe(1);
  expect(readability("red")).toBeUndefined();
});

test("a step of setting up is done when it really is", () => {
  const none = { sites: [], answering: 0, noticeMissing: false, hoursSet: false, chatted: false };
  expect(stepsOf(none).filter(({ done }) => done)).toEqual([]);
  const site = {
    id: "sit_1",
    displayName: "Shop",
    key: "pk",
    allowedOrigins: [],
    language: "en",
    greeting: "Hello",
    colour: "",
    seenTime: 5,
    seenOrigin: "https://shop.example",
    etag: "1",
    createTime: 1,
    position: "POSITION_UNSPECIFIED" as const,
    initials: "",
  };
  const all = stepsOf({ sites: [site], answering: 1, noticeMissing: false, hoursSet: true, chatted: true });
  expect(all.every(({ done }) => done)).toBe(true);
  expect(all.find(({ id }) => id === "seen")?.origin).toBe("https://shop.example");
  const left = { sites: [{ ...site, seenTime: 0 }], answering: 1, noticeMissing: true, hoursSet: false, chatted: true };
  expect(
    stepsOf(left)
      .filter(({ done }) => !done)
      .map(({ id }) => id),
  ).toEqual(["seen", "notice", "hours"]);
});

test("a company's short name is proposed from its name", () => {
  expect(slugOf("  Café & Söhne GmbH ")).toBe("cafe-sohne-gmbh");
  expect(slugOf("متجر")).toBe("");
  expect(slugOf("a".repeat(80))).toHaveLength(63);
});

test("the record tells values by their words and ids by their names", () => {
  const names = new Map([["team_1", "Nights"]]);
  const of = (field: string, json: string) => told(field, json, (id) => names.get(id));
  expect(of("roles", '["CALLER_OPERATOR","CALLER_ADMIN"]')).toBe("Operator, Administrator");
  // A name that this console does not know yet, and what was kept as a number once.
  expect(of("roles", '["CALLER_FUTURE",4]')).toBe("Another role, 4");
  expect(of("state", '"STATE_SUSPENDED"')).toBe("Suspended");
  expect(of("position", '"POSITION_START"')).toMatch(/^Lower corner at the start/);
  expect(of("team_ids", '["team_1","team_2"]')).toBe("Nights, team_2");
  expect(of("team_ids", "[]")).toBe("nothing");
  expect(of("value", "true")).toBe("On");
  expect(of("value", "12")).toBe("12");
  expect(of("greeting", '""')).toBe("nothing");
  expect(of("value", '{"a":1}')).toBe('{"a":1}');
});
