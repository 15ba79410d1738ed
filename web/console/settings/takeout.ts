/**
 * Collects what an organisation set and asked, for taking along before it closes: one archive, made in this browser of
 * what its administrator may read anyway. Secrets are none of it; conversations and tickets have copies of their own.
 */
import { zip } from "./zip.ts";

/** Reads an answer of the platform's as it is. */
export type JsonReader = (path: string) => Promise<unknown>;

/** What is read, by the name of its file. Where a list is long, it is read to its end. */
const LISTS = [
  ["settings", "/v1/settings"],
  ["organisation", "/v1/tenant"],
  ["sites", "/v1/sites"],
  ["teams", "/v1/teams"],
  ["staff", "/v1/staff"],
  ["hours", "/v1/hours"],
  ["routing-rules", "/v1/routingRules"],
  ["tags", "/v1/tags"],
  ["canned-replies", "/v1/canned-replies"],
  ["policies", "/v1/policies"],
  ["webhooks", "/v1/webhooks"],
  ["ticket-queues", "/v1/queues"],
  ["ticket-fields", "/v1/ticket-fields"],
  ["ticket-rules", "/v1/ticket-rules"],
  ["ticket-tags", "/v1/ticket-tags"],
  ["service-levels", "/v1/service-levels"],
  ["mailboxes", "/v1/mailboxes"],
] as const;

type Answer = Record<string, unknown> & { nextPageToken?: string };

/** Reads a list to its end; what is no list is as it is. */
async function whole(read: JsonReader, path: string): Promise<Answer> {
  const found = (await read(path)) as Answer;
  let { nextPageToken } = found;
  while (nextPageToken) {
    const next = (await read(`${path}?pageToken=${encodeURIComponent(nextPageToken)}`)) as Answer;
    for (const [name, more] of Object.entries(next)) {
      const known = found[name];
      if (Array.isArray(known) && Array.isArray(more)) known.push(...more);
    }
    nextPageToken = next.nextPageToken;
  }
  delete found.nextPageToken;
  return found;
}

function json(value: unknown): Blob {
  return new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" });
}

/** Returns the archive; `said` hears how many of how many files there are. What cannot be read makes it fail, whole. */
export async function takeout(
  read: JsonReader,
  file: (path: string) => Promise<Blob>,
  said: (done: number, all: number) => void,
): Promise<Blob> {
  const surveys = ((await whole(read, "/v1/surveys")).surveys ?? []) as { id: string; versionId?: string }[];
  const work: [name: string, make: () => Promise<Blob>][] = LISTS.map(([name, path]) => [
    `${name}.json`,
    async () => json(await whole(read, path)),
  ]);
  const { sites = [] } = (await whole(read, "/v1/sites")) as { sites?: { id: string }[] };
  for (const { id } of sites) {
    const path = `/v1/sites/${encodeURIComponent(id)}`;
    work.push([`sites/${id}-notices.json`, async () => json(await whole(read, `${path}/notices`))]);
    work.push([`sites/${id}-invitations.json`, async () => json(await whole(read, `${path}/chat-invitations`))]);
  }
  for (const { id, versionId } of surveys) {
    const path = `/v1/surveys/${encodeURIComponent(id)}`;
    work.push([`surveys/${id}.json`, async () => json(await read(path))]);
    if (!versionId) continue;
    const { versions = [] } = (await whole(read, `${path}/versions`)) as { versions?: { id: string }[] };
    for (const version of versions) {
      const of = `/v1/survey-versions/${encodeURIComponent(version.id)}`;
      work.push([`surveys/${id}-${version.id}.json`, async () => json(await read(of))]);
    }
    work.push([`surveys/${id}-results.csv`, () => file(`${path}/results:export`)]);
    work.push([`surveys/${id}-answers.csv`, () => file(`${path}/responses:export`)]);
  }
  const files: [string, Blob][] = [];
  for (const [name, make] of work) {
    said(files.length, work.length);
    files.push([name, await make()]);
  }
  return zip(files);
}
