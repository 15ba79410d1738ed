/**
 * Notices and policies as one thing: texts in versions that never change, with a draft of the next one.
 *
 * It owns the drafts, which stay while their author looks elsewhere, and how the two kinds of text are read and
 * published. What they look like is the editor's and the history's.
 */
import { type Signal, signal } from "@preact/signals";
import type { Notice, Question } from "../../shared/gen/frames.ts";
import type { Policy, TextChange } from "../../shared/gen/privacy.ts";
import {
  DiffNoticesResponseSchema,
  DiffPoliciesResponseSchema,
  GetNoticeResponseSchema,
  GetPolicyResponseSchema,
  ListNoticesResponseSchema,
  ListPoliciesResponseSchema,
  PreviewNoticeResponseSchema,
  PreviewPolicyResponseSchema,
  PublishNoticeResponseSchema,
  PublishPolicyResponseSchema,
} from "../../shared/gen/privacy.ts";
import { myId } from "../session.ts";
import { get, type Page, post } from "./data.ts";
import type { PlaceId } from "./places.ts";

/** One version of a text. */
export type Version = Pick<
  Notice,
  "id" | "version" | "language" | "text" | "material" | "changeSummary" | "effectiveTime" | "contentHash"
> & {
  /** Where the whole policy stands; a policy has none. */
  policyUrl: string;
  /** What is asked before a chat; a policy asks nothing. */
  questions: Question[];
};

/** What is being written. */
export interface Draft {
  text: string;
  language: string;
  policyUrl: string;
  questions: Question[];
  material: boolean;
  changeSummary: string;
}

/** What differs between two versions. */
export interface Changes {
  changes: TextChange[];
  removed: Question[];
  added: Question[];
  urlChanged: boolean;
  questionsChanged: boolean;
}

/** A text that is kept in versions. */
export interface Source {
  kind: "notice" | "policy";
  place: PlaceId;
  /** What tells it from every other text. */
  key: string;
  maximum: number;
  list: (pageToken: string) => Promise<Page<Version>>;
  read: (id: string) => Promise<Version | undefined>;
  preview: (draft: Draft) => Promise<Changes>;
  difference: (from: string, to: string) => Promise<Changes>;
  publish: (draft: Draft, requestId: string) => Promise<Version | undefined>;
}

const NO_QUESTIONS = { removed: [], added: [], urlChanged: false, questionsChanged: false };

/** Returns the notice of a site. */
export function noticeOf(siteId: string): Source {
  return {
    kind: "notice",
    place: "notices",
    key: siteId,
    maximum: 10_000,
    list: async (pageToken) => {
      const page = await get(ListNoticesResponseSchema, `/v1/sites/${siteId}/notices`, { pageToken });
      return { items: page.notices, next: page.nextPageToken };
    },
    read: async (id) => (await get(GetNoticeResponseSchema, `/v1/notices/${encodeURIComponent(id)}`)).notice,
    preview: async ({ text, questions }) => {
      const answer = await post(PreviewNoticeResponseSchema, "/v1/notices:preview", { siteId, text, questions });
      return { ...NO_QUESTIONS, changes: answer.changes, questionsChanged: answer.questionsChanged };
    },
    difference: async (from, to) => {
      const path = `/v1/notices/${encodeURIComponent(from)}/difference/${encodeURIComponent(to)}`;
      const answer = await get(DiffNoticesResponseSchema, path);
      const { changes, removedQuestions: removed, addedQuestions: added, policyUrlChanged: urlChanged } = answer;
      return { changes, removed, added, urlChanged, questionsChanged: removed.length + added.length > 0 };
    },
    publish: async (draft, requestId) => {
      const { text, language, policyUrl, questions, material, changeSummary } = draft;
      const body = { siteId, text, language, policyUrl, questions, material, changeSummary, requestId };
      return (await post(PublishNoticeResponseSchema, "/v1/notices", body)).notice;
    },
  };
}

const asVersion = (policy: Policy): Version => ({ ...policy, policyUrl: "", questions: [] });

/** The organisation's privacy policy. */
export const policy: Source = {
  kind: "policy",
  place: "policy",
  key: "policy",
  maximum: 100_000,
  list: async (pageToken) => {
    const page = await get(ListPoliciesResponseSchema, "/v1/policies", { pageToken });
    return { items: page.policies.map(asVersion), next: page.nextPageToken };
  },
  read: async (id) => {
    const answer = await get(GetPolicyResponseSchema, `/v1/policies/${encodeURIComponent(id)}`);
    return answer.policy && asVersion(answer.policy);
  },
  preview: async ({ text, language }) => {
    const answer = await post(PreviewPolicyResponseSchema, "/v1/policies:preview", { text, language });
    return { ...NO_QUESTIONS, changes: answer.changes };
  },
  difference: async (from, to) => {
    const path = `/v1/policies/${encodeURIComponent(from)}/difference/${encodeURIComponent(to)}`;
    return { ...NO_QUESTIONS, changes: (await get(DiffPoliciesResponseSchema, path)).changes };
  },
  publish: async ({ text, language, material, changeSummary }, requestId) => {
    const body = { text, language, material, changeSummary, requestId };
    const answer = await post(PublishPolicyResponseSchema, "/v1/policies", body);
    return answer.policy && asVersion(answer.policy);
  },
};

const drafts = new Map<string, Signal<Draft | undefined>>();

/** Returns what its author is writing as the next version of a text; nothing where nobody began. */
export function draftOf(source: Source): Signal<Draft | undefined> {
  // Whoever signs in next in this tab sees nothing of another person's.
  const key = `${myId()} ${source.key}`;
  const draft = drafts.get(key) ?? signal<Draft | undefined>(undefined);
  drafts.set(key, draft);
  return draft;
}

/** Returns a draft that begins as the version in force, or empty. */
export function begin(current: Version | undefined, language: string): Draft {
  return {
    text: current?.text ?? "",
    language: current?.language ?? language,
    policyUrl: current?.policyUrl ?? "",
    questions: (current?.questions ?? []).map((question) => ({ ...question })),
    material: false,
    changeSummary: "",
  };
}

/** Says whether a draft has anything that the version in force has not. */
export function differs(draft: Draft, current: Version | undefined): boolean {
  if (!current) return draft.text.trim() !== "";
  return (
    draft.text !== current.text ||
    draft.policyUrl !== current.policyUrl ||
    draft.language !== current.language ||
    asked(draft.questions) !== asked(current.questions)
  );
}

function asked(questions: readonly Question[]): string {
  return JSON.stringify(questions.map(({ label, hint, kind, required }) => [label, hint, kind, required]));
}
