// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export type CaseAction =
  | "CASE_ACTION_UNSPECIFIED"
  | "CASE_ACTION_NONE"
  | "CASE_ACTION_RESTRICT"
  | "CASE_ACTION_REMOVE"
  | "CASE_ACTION_PURGE";
export const CaseActionNames = ["CASE_ACTION_UNSPECIFIED", "CASE_ACTION_NONE", "CASE_ACTION_RESTRICT", "CASE_ACTION_REMOVE", "CASE_ACTION_PURGE"] as const;

export type ContentState =
  | "CONTENT_STATE_UNSPECIFIED"
  | "CONTENT_STATE_LIVE"
  | "CONTENT_STATE_HELD"
  | "CONTENT_STATE_HIDDEN_PENDING"
  | "CONTENT_STATE_RESTRICTED"
  | "CONTENT_STATE_REMOVED"
  | "CONTENT_STATE_AUTHOR_DELETED"
  | "CONTENT_STATE_PURGED";
export const ContentStateNames = ["CONTENT_STATE_UNSPECIFIED", "CONTENT_STATE_LIVE", "CONTENT_STATE_HELD", "CONTENT_STATE_HIDDEN_PENDING", "CONTENT_STATE_RESTRICTED", "CONTENT_STATE_REMOVED", "CONTENT_STATE_AUTHOR_DELETED", "CONTENT_STATE_PURGED"] as const;

export type FlagKind =
  | "FLAG_KIND_UNSPECIFIED"
  | "FLAG_KIND_SPAM"
  | "FLAG_KIND_UNSOLICITED"
  | "FLAG_KIND_EXPOSED"
  | "FLAG_KIND_HARASSMENT"
  | "FLAG_KIND_ILLEGAL"
  | "FLAG_KIND_OFF_TOPIC"
  | "FLAG_KIND_OTHER";
export const FlagKindNames = ["FLAG_KIND_UNSPECIFIED", "FLAG_KIND_SPAM", "FLAG_KIND_UNSOLICITED", "FLAG_KIND_EXPOSED", "FLAG_KIND_HARASSMENT", "FLAG_KIND_ILLEGAL", "FLAG_KIND_OFF_TOPIC", "FLAG_KIND_OTHER"] as const;

export type ModerationState =
  | "MODERATION_STATE_UNSPECIFIED"
  | "MODERATION_STATE_OPEN"
  | "MODERATION_STATE_DECIDED"
  | "MODERATION_STATE_APPEALED"
  | "MODERATION_STATE_CLOSED";
export const ModerationStateNames = ["MODERATION_STATE_UNSPECIFIED", "MODERATION_STATE_OPEN", "MODERATION_STATE_DECIDED", "MODERATION_STATE_APPEALED", "MODERATION_STATE_CLOSED"] as const;

export interface Author {
  memberId: string;
  handle: string;
  displayName: string;
}
export const AuthorSchema: Schema<Author> = [
  [1, "memberId", "s"],
  [2, "handle", "s"],
  [3, "displayName", "s"],
];

export interface Flag {
  id: string;
  kind: FlagKind;
  text: string;
  snapshot: string;
  revision: number;
  isUpheld: boolean;
  createTime: number;
}
export const FlagSchema: Schema<Flag> = [
  [1, "id", "s"],
  [2, "kind", "e", FlagKindNames],
  [3, "text", "s"],
  [4, "snapshot", "s"],
  [5, "revision", "i"],
  [6, "isUpheld", "b"],
  [7, "createTime", "t"],
];

export interface Decision {
  id: string;
  action: CaseAction;
  isUpheld: boolean;
  clauseId: string;
  termsId: string;
  facts: string;
  onAppeal: boolean;
  decidedBy: string;
  createTime: number;
}
export const DecisionSchema: Schema<Decision> = [
  [1, "id", "s"],
  [2, "action", "e", CaseActionNames],
  [3, "isUpheld", "b"],
  [4, "clauseId", "s"],
  [5, "termsId", "s"],
  [6, "facts", "s"],
  [7, "onAppeal", "b"],
  [8, "decidedBy", "s"],
  [9, "createTime", "t"],
];

export interface Appeal {
  id: string;
  decisionId: string;
  byAuthor: boolean;
  text: string;
  isDecided: boolean;
  createTime: number;
}
export const AppealSchema: Schema<Appeal> = [
  [1, "id", "s"],
  [2, "decisionId", "s"],
  [3, "byAuthor", "b"],
  [4, "text", "s"],
  [5, "isDecided", "b"],
  [6, "createTime", "t"],
];

export interface ModerationCase {
  id: string;
  postId: string;
  topicId: string;
  number: number;
  state: ModerationState;
  postState: ContentState;
  author?: Author | undefined;
  isEscalated: boolean;
  flagCount: number;
  flags: Flag[];
  decisions: Decision[];
  appeals: Appeal[];
  createTime: number;
}
export const ModerationCaseSchema: Schema<ModerationCase> = [
  [1, "id", "s"],
  [2, "postId", "s"],
  [3, "topicId", "s"],
  [4, "number", "i"],
  [5, "state", "e", ModerationStateNames],
  [6, "postState", "e", ContentStateNames],
  [7, "author", "m", AuthorSchema],
  [8, "isEscalated", "b"],
  [9, "flagCount", "i"],
  [10, "flags", "m", FlagSchema, true],
  [11, "decisions", "m", DecisionSchema, true],
  [12, "appeals", "m", AppealSchema, true],
  [13, "createTime", "t"],
];

export interface DecideAppealResponse {
  case?: ModerationCase | undefined;
}
export const DecideAppealResponseSchema: Schema<DecideAppealResponse> = [
  [1, "case", "m", ModerationCaseSchema],
];

export interface DecideModerationCaseResponse {
  case?: ModerationCase | undefined;
}
export const DecideModerationCaseResponseSchema: Schema<DecideModerationCaseResponse> = [
  [1, "case", "m", ModerationCaseSchema],
];

export interface GetModerationCaseResponse {
  case?: ModerationCase | undefined;
}
export const GetModerationCaseResponseSchema: Schema<GetModerationCaseResponse> = [
  [1, "case", "m", ModerationCaseSchema],
];

export interface ListModerationCasesResponse {
  cases: ModerationCase[];
  nextPageToken: string;
}
export const ListModerationCasesResponseSchema: Schema<ListModerationCasesResponse> = [
  [1, "cases", "m", ModerationCaseSchema, true],
  [2, "nextPageToken", "s"],
];
