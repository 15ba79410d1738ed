/** The console's shortcuts: somebody with several roles has many places, and each sequence of keys leads to one of them. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("no two places of the console are reached by the same keys", () => {
  const root = new URL("../console/", import.meta.url).pathname;
  const places = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    /(^|\/)(section|places)\.tsx?$/.test(path),
  );
  const found = places.flatMap((path) =>
    [...readFileSync(root + path, "utf8").matchAll(/"(g [a-z])"/g)].map(([, keys]) => keys as string),
  );
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((keys, at) => found.indexOf(keys) !== at)).toEqual([]);
});
