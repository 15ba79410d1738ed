/**
 * The desk's own data, as all of the console knows it: the tenant's tags and the canned replies that the signed-in person
 * may use. It reads and changes them, and says what went wrong in the words of whoever asks.
 */
import { signal } from "@preact/signals";
import {
  type CannedReply,
  CreateCannedReplyResponseSchema,
  CreateTagResponseSchema,
  ListCannedRepliesResponseSchema,
  ListTagsResponseSchema,
  type Tag,
  UpdateCannedReplyResponseSchema,
  UpdateTagResponseSchema,
} from "../../shared/gen/desk.ts";
import { api } from "../session.ts";

/** Where the reading of something stands. */
export type Standing = "idle" | "loading" | "ready" | "failed";

/** The tenant's tags, by word. */
export const tags = signal<readonly Tag[]>([]);
export const tagsStanding = signal<Standing>("idle");
/** The canned replies: the team's, and the signed-in person's own. */
export const replies = signal<readonly CannedReply[]>([]);
export const repliesStanding = signal<Standing>("idle");

/** Returns the tag with an id. */
export function tagOf(id: string): Tag | undefined {
  return tags.value.find((tag) => tag.id === id);
}

/** Reads the tags. */
export async function readTags(): Promise<void> {
  tagsStanding.value = "loading";
  try {
    tags.value = (await api.call(ListTagsResponseSchema, "GET", "/v1/tags")).tags;
    tagsStanding.value = "ready";
  } catch {
    tagsStanding.value = "failed";
  }
}

/** Reads the canned replies, all pages of them. */
export async function readReplies(): Promise<void> {
  repliesStanding.value = "loading";
  try {
    const found: CannedReply[] = [];
    let token = "";
    do {
      const query = token === "" ? "" : `?pageToken=${encodeURIComponent(token)}`;
      const page = await api.call(ListCannedRepliesResponseSchema, "GET", `/v1/canned-replies${query}`);
      found.push(...page.cannedReplies);
      token = page.nextPageToken;
    } while (token !== "");
    replies.value = found;
    repliesStanding.value = "ready";
  } catch {
    repliesStanding.value = "failed";
  }
}

/** Forgets everything: somebody else may sign in next. */
export function forgetDesk(): void {
  tags.value = [];
  replies.value = [];
  tagsStanding.value = repliesStanding.value = "idle";
}

/** Adds or changes a tag. */
export async function saveTag(tag: Pick<Tag, "id" | "word" | "colour" | "retired" | "etag">): Promise<void> {
  const { id, word, colour, retired, etag } = tag;
  if (id === "") await api.call(CreateTagResponseSchema, "POST", "/v1/tags", { word, colour });
  else {
    const path = `/v1/tags/${encodeURIComponent(id)}:update`;
    await api.call(UpdateTagResponseSchema, "POST", path, { word, colour, retired, etag });
  }
  await readTags();
}

/** What a canned reply says. */
export type Written = Pick<CannedReply, "shortcut" | "language" | "template">;

/** Adds a canned reply. */
export async function addReply({ shortcut, language, template }: Written, personal: boolean): Promise<void> {
  const body = { shortcut, language, template, personal };
  await api.call(CreateCannedReplyResponseSchema, "POST", "/v1/canned-replies", body);
  await readReplies();
}

/** Changes a canned reply. */
export async function changeReply(id: string, written: Written, etag: string): Promise<void> {
  const path = `/v1/canned-replies/${encodeURIComponent(id)}:update`;
  await api.call(UpdateCannedReplyResponseSchema, "POST", path, { ...written, etag });
  await readReplies();
}

/** Deletes a canned reply. */
export async function deleteReply(id: string): Promise<void> {
  await api.json("DELETE", `/v1/canned-replies/${encodeURIComponent(id)}`);
  await readReplies();
}
