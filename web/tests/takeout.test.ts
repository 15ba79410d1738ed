/** What an organisation takes along: every page of every list, the surveys whole, in an archive that others can open. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeout } from "../console/settings/takeout.ts";
import { crc32, zip } from "../console/settings/zip.ts";

/** Returns what Python's own reader finds in an archive, which also looks at every checksum. */
async function opened(archive: Blob): Promise<Record<string, string>> {
  const path = join(mkdtempSync(join(tmpdir(), "takeout-")), "all.zip");
  writeFileSync(path, new Uint8Array(await archive.arrayBuffer()));
  const program =
    "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; " +
    "print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
  return JSON.parse(execFileSync("python3", ["-c", program, path]).toString());
}

test("an archive holds its files as they were, whatever they are called", async () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  const found = await opened(
    await zip([
      ["a/größe.txt", new Blob(["ü\n"])],
      ["leer", new Blob([])],
    ]),
  );
  expect(found).toEqual({ "a/größe.txt": "ü\n", leer: "" });
}, 30_000);

/** Reads an archive of files that are stored as they are, from its first to its last. */
async function stored(archive: Blob): Promise<Record<string, string>> {
  const bytes = await archive.arrayBuffer();
  const view = new DataView(bytes);
  const text = (at: number, size: number) => new TextDecoder().decode(bytes.slice(at, at + size));
  const found: Record<string, string> = {};
  for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
    const [size, length] = [view.getUint32(at + 18, true), view.getUint16(at + 26, true)];
    found[text(at + 30, length)] = text(at + 30 + length, size);
    at += 30 + length + size;
  }
  return found;
}

test("lists are read to their end, and a survey comes with its versions, results and answers", async () => {
  const answers: Record<string, unknown> = {
    "/v1/tags": { tags: [{ id: "tag_1" }], nextPageToken: "more/" },
    "/v1/tags?pageToken=more%2F": { tags: [{ id: "tag_2" }] },
    "/v1/sites": { sites: [{ id: "sit_1" }] },
    "/v1/surveys": { surveys: [{ id: "srv_1", versionId: "svv_1" }, { id: "srv_2" }] },
    "/v1/surveys/srv_1": { survey: { id: "srv_1", draft: { title: "How was it?" } } },
    "/v1/surveys/srv_1/versions": { versions: [{ id: "svv_1" }] },
    "/v1/survey-versions/svv_1": { version: { number: 1 } },
  };
  const steps: number[] = [];
  const archive = await takeout(
    async (path) => structuredClone(answers[path] ?? {}),
    async (path) => new Blob([path]),
    (done) => steps.push(done),
  );
  const found = await stored(archive);
  expect(JSON.parse(found["tags.json"] as string).tags).toEqual([{ id: "tag_1" }, { id: "tag_2" }]);
  expect(found["surveys/srv_1.json"]).toContain("How was it?");
  expect(found["surveys/srv_1-svv_1.json"]).toContain('"number": 1');
  expect(found["surveys/srv_1-answers.csv"]).toBe("/v1/surveys/srv_1/responses:export");
  expect(Object.keys(found).filter((name) => name.includes("srv_2"))).toEqual(["surveys/srv_2.json"]);
  expect(steps).toEqual(steps.map((_, at) => at));
});

test("where anything cannot be read there is no archive that looks whole", async () => {
  const fails = takeout(
    async (path) => (path === "/v1/hours" ? Promise.reject(new Error("away")) : {}),
    async () => new Blob([]),
    () => {},
  );
  await expect(fails).rejects.toThrow("away");
});
