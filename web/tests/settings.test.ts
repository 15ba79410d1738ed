/** What the settings decide: addresses of pages, readable colours, and which step of setting up is done. */
import { expect, test, vi } from "vitest";

// What the console asks of a page as soon as it is loaded.
vi.stubGlobal("location", { hash: "" });
vi.stubGlobal("addEventListener", () => {});

const { originsOf, readability } = await import("../console/settings/sites.tsx");
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
