/**
 * What is looked for, why, and what was found. It lives in memory only: the words are somebody's business, so that no
 * address, no history and no storage holds them.
 */
import { computed, signal } from "@preact/signals";
import type { Purpose } from "../../shared/gen/frames.ts";
import { type Found, SearchTranscriptsResponseSchema } from "../../shared/gen/transcripts.ts";
import { Paged, post } from "../privacy/data.ts";
import { route } from "../route.ts";

export const PURPOSES: readonly Purpose[] = [
  "PURPOSE_ESSENTIAL_SERVICE",
  "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT",
  "PURPOSE_FUNCTIONAL_SERVICE_MONITORING",
  "PURPOSE_ESSENTIAL_LEGAL_OBLIGATION",
];

/** What narrows a search, as the contract has it. */
export interface Filter {
  query: string;
  operatorId?: string;
  siteId?: string;
  tagId?: string;
  since?: string;
  until?: string;
}

/** A found line, known by where it stands. */
export type Line = Found & { id: string };

/** What is filled in. */
export const form = {
  query: signal(""),
  purpose: signal<Purpose | "">(""),
  operatorId: signal(""),
  siteId: signal(""),
  tagId: signal(""),
  since: signal(""),
  until: signal(""),
};

/** What was looked for last, and why. */
export const asked = signal<{ filter: Filter; purpose: Purpose } | undefined>(undefined);
/** What was found. */
export const found = signal<Paged<Line> | undefined>(undefined);

/** What is open: a conversation's id, `copies`, or nothing. */
export const openId = computed(() => (route.value[0] === "transcripts" ? (route.value[1] ?? "") : ""));

/** The end of a day, so that the day itself counts. */
function dayAfter(day: string): string {
  const moment = new Date(`${day}T00:00:00`);
  moment.setDate(moment.getDate() + 1);
  return moment.toISOString();
}

/** Looks for what is filled in; false where something is missing. */
export function search(): boolean {
  const { query, purpose, operatorId, siteId, tagId, since, until } = form;
  if (query.value.trim() === "" || purpose.value === "") return false;
  const filter: Filter = { query: query.value.trim() };
  if (operatorId.value !== "") filter.operatorId = operatorId.value;
  if (siteId.value !== "") filter.siteId = siteId.value;
  if (tagId.value !== "") filter.tagId = tagId.value;
  if (since.value !== "") filter.since = new Date(`${since.value}T00:00:00`).toISOString();
  if (until.value !== "") filter.until = dayAfter(until.value);
  const why = purpose.value;
  asked.value = { filter, purpose: why };
  const list = new Paged<Line>(async (pageToken) => {
    const page = await post(SearchTranscriptsResponseSchema, "/v1/transcripts:search", {
      filter,
      purpose: why,
      pageToken,
    });
    return {
      items: page.found.map((line) => ({ ...line, id: `${line.conversationId}/${line.sequence}` })),
      next: page.nextPageToken,
    };
  });
  found.value = list;
  list.load();
  return true;
}
