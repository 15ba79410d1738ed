/** What the build wrote: within its budgets, and fit for a strict content security policy. */
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const dist = new URL("../dist/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, dist));
const weight = (path: string) => gzipSync(read(path), { level: 9 }).length;
const text = (path: string) => read(path).toString("utf8");

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}
const manifest = JSON.parse(text(".vite/manifest.json")) as Record<string, Chunk>;

/** Everything that a page loads before anybody touches it. */
function firstLoad(entry: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[entry];
  if (!chunk) throw new Error(`${entry} is not in the manifest`);
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const next of chunk.imports ?? []) firstLoad(next, seen);
  return seen;
}

test("the launcher weighs at most 8 kB gz", () => {
  expect(weight("launcher.js")).toBeLessThanOrEqual(8 * 1024);
});

test("the script that calculates weighs at most 2 kB gz, asks nobody and stores nothing", () => {
  expect(weight("forum/calculator.js")).toBeLessThanOrEqual(2 * 1024);
  expect(text("forum/calculator.js")).not.toMatch(
    /https?:\/\/|localStorage|document\.cookie|indexedDB|fetch\(|XMLHttpRequest|innerHTML/,
  );
});

test("the script of the composer weighs at most 1 kB gz, asks its own page alone and stores nothing", () => {
  expect(weight("forum/composer.js")).toBeLessThanOrEqual(1024);
  expect(text("forum/composer.js")).not.toMatch(/https?:\/\/|localStorage|document\.cookie|indexedDB|innerHTML/);
});

test("the panel weighs at most 40 kB gz on first load, its page included", () => {
  const files = [...firstLoad("panel/index.html"), "panel/index.html"];
  const total = files.reduce((sum, file) => sum + weight(file), 0);
  expect(total).toBeLessThanOrEqual(40 * 1024);
});

test("the console weighs at most 80 kB gz on first load", () => {
  const total = [...firstLoad("console/index.html")].reduce((sum, file) => sum + weight(file), 0);
  expect(total).toBeLessThanOrEqual(80 * 1024);
});

test("rarely used pieces are not in the panel's first load", () => {
  const first = [...firstLoad("panel/index.html")].join(" ");
  for (const piece of ["ended", "held", "rights", "forgetting", "emoji", "ar-"]) expect(first).not.toContain(piece);
});

test("the console's privacy section is no part of its first load, and weighs at most 40 kB gz", () => {
  const view = "console/privacy/view.tsx";
  const section = [...firstLoad(view)].filter((file) => !firstLoad("console/index.html").has(file));
  expect([...firstLoad("console/index.html")].join(" ")).not.toMatch(/view-|data-map/);
  expect(section.reduce((sum, file) => sum + weight(file), 0)).toBeLessThanOrEqual(40 * 1024);
});

test("the console's settings are no part of its first load, and weigh at most 40 kB gz", () => {
  const view = "console/settings/view.tsx";
  const section = [...firstLoad(view)].filter((file) => !firstLoad("console/index.html").has(file));
  expect(section.reduce((sum, file) => sum + weight(file), 0)).toBeLessThanOrEqual(40 * 1024);
});

test("the launcher names no address and stores nothing before it is opened", () => {
  const launcher = text("launcher.js");
  expect(launcher.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
  expect(launcher).not.toMatch(/localStorage|document\.cookie|indexedDB|fetch\(|XMLHttpRequest|innerHTML/);
});

describe.each(["panel/index.html", "console/index.html"])("%s", (page) => {
  const html = text(page);
  test("has no inline script, style or handler", () => {
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  });
  test("loads only hashed files of its own", () => {
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address as string);
    for (const address of addresses.filter((one) => one !== "data:,")) {
      expect(address).toMatch(/^\/assets\/[\w-]+-[\w-]{8,}\.(js|css)$/);
      expect(existsSync(new URL(`.${address}`, dist))).toBe(true);
    }
  });
});

test("no script makes markup of a string or code of a text", () => {
  for (const { file } of Object.values(manifest)) {
    if (!file.endsWith(".js")) continue;
    const code = text(file);
    expect(code, file).not.toMatch(/\beval\(|new Function\(|document\.write\(/);
    // Preact carries the one name for those who use dangerouslySetInnerHTML, which nothing here does.
    expect(code.replaceAll(/\.__html|dangerouslySetInnerHTML|innerHTML/g, ""), file).not.toContain(
      "insertAdjacentHTML",
    );
  }
});

test("the tokens stand beside the pages for what is rendered on the server", () => {
  expect(text("tokens.css")).toContain("--accent:");
});
