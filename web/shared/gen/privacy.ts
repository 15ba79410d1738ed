// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Notice, NoticeSchema, type Purpose, PurposeNames, type Question, QuestionSchema, type Staff, StaffSchema } from "./frames.ts";

export type BrowserFamily =
  | "BROWSER_FAMILY_UNSPECIFIED"
  | "BROWSER_FAMILY_OTHER"
  | "BROWSER_FAMILY_CHROME"
  | "BROWSER_FAMILY_EDGE"
  | "BROWSER_FAMILY_FIREFOX"
  | "BROWSER_FAMILY_OPERA"
  | "BROWSER_FAMILY_SAFARI"
  | "BROWSER_FAMILY_SAMSUNG";
export const BrowserFamilyNames = ["BROWSER_FAMILY_UNSPECIFIED", "BROWSER_FAMILY_OTHER", "BROWSER_FAMILY_CHROME", "BROWSER_FAMILY_EDGE", "BROWSER_FAMILY_FIREFOX", "BROWSER_FAMILY_OPERA", "BROWSER_FAMILY_SAFARI", "BROWSER_FAMILY_SAMSUNG"] as const;

export type CaseState =
  | "STATE_UNSPECIFIED"
  | "STATE_PROPOSED"
  | "STATE_CONFIRMED"
  | "STATE_CLOSED";
export const CaseStateNames = ["STATE_UNSPECIFIED", "STATE_PROPOSED", "STATE_CONFIRMED", "STATE_CLOSED"] as const;

export type FeedbackKind =
  | "FEEDBACK_KIND_UNSPECIFIED"
  | "FEEDBACK_KIND_COMMENT"
  | "FEEDBACK_KIND_COMPLAINT";
export const FeedbackKindNames = ["FEEDBACK_KIND_UNSPECIFIED", "FEEDBACK_KIND_COMMENT", "FEEDBACK_KIND_COMPLAINT"] as const;

export type FeedbackState =
  | "STATE_UNSPECIFIED"
  | "STATE_WAITING"
  | "STATE_ANSWERED";
export const FeedbackStateNames = ["STATE_UNSPECIFIED", "STATE_WAITING", "STATE_ANSWERED"] as const;

export type HoldState =
  | "STATE_UNSPECIFIED"
  | "STATE_PROPOSED"
  | "STATE_SEALING"
  | "STATE_ACTIVE"
  | "STATE_RELEASE_PROPOSED"
  | "STATE_RELEASING"
  | "STATE_RELEASED"
  | "STATE_WITHDRAWN";
export const HoldStateNames = ["STATE_UNSPECIFIED", "STATE_PROPOSED", "STATE_SEALING", "STATE_ACTIVE", "STATE_RELEASE_PROPOSED", "STATE_RELEASING", "STATE_RELEASED", "STATE_WITHDRAWN"] as const;

export type LedgerEntryKind =
  | "KIND_UNSPECIFIED"
  | "KIND_READ"
  | "KIND_EXPORT"
  | "KIND_EMAIL"
  | "KIND_WEBHOOK"
  | "KIND_DISCLOSURE"
  | "KIND_SUPPORT_GRANT"
  | "KIND_SUPPORT_USE"
  | "KIND_ERASURE"
  | "KIND_TRANSFER"
  | "KIND_CORRECTION"
  | "KIND_SEAL"
  | "KIND_SUPPORT_END"
  | "KIND_PROOF";
export const LedgerEntryKindNames = ["KIND_UNSPECIFIED", "KIND_READ", "KIND_EXPORT", "KIND_EMAIL", "KIND_WEBHOOK", "KIND_DISCLOSURE", "KIND_SUPPORT_GRANT", "KIND_SUPPORT_USE", "KIND_ERASURE", "KIND_TRANSFER", "KIND_CORRECTION", "KIND_SEAL", "KIND_SUPPORT_END", "KIND_PROOF"] as const;

export type LegalBasis =
  | "LEGAL_BASIS_UNSPECIFIED"
  | "LEGAL_BASIS_COURT_ORDER"
  | "LEGAL_BASIS_WARRANT"
  | "LEGAL_BASIS_SUBPOENA"
  | "LEGAL_BASIS_STATUTE"
  | "LEGAL_BASIS_VITAL_INTEREST";
export const LegalBasisNames = ["LEGAL_BASIS_UNSPECIFIED", "LEGAL_BASIS_COURT_ORDER", "LEGAL_BASIS_WARRANT", "LEGAL_BASIS_SUBPOENA", "LEGAL_BASIS_STATUTE", "LEGAL_BASIS_VITAL_INTEREST"] as const;

export type ProofKind =
  | "PROOF_KIND_UNSPECIFIED"
  | "PROOF_KIND_RECEIPT_CODE"
  | "PROOF_KIND_KNOWN_ADDRESS"
  | "PROOF_KIND_CUSTOMER_ACCOUNT"
  | "PROOF_KIND_PAPERS"
  | "PROOF_KIND_REPRESENTATIVE";
export const ProofKindNames = ["PROOF_KIND_UNSPECIFIED", "PROOF_KIND_RECEIPT_CODE", "PROOF_KIND_KNOWN_ADDRESS", "PROOF_KIND_CUSTOMER_ACCOUNT", "PROOF_KIND_PAPERS", "PROOF_KIND_REPRESENTATIVE"] as const;

export type RecipientKind =
  | "RECIPIENT_KIND_UNSPECIFIED"
  | "RECIPIENT_KIND_PROCESSOR"
  | "RECIPIENT_KIND_TENANT"
  | "RECIPIENT_KIND_SUBJECT"
  | "RECIPIENT_KIND_AUTHORITY";
export const RecipientKindNames = ["RECIPIENT_KIND_UNSPECIFIED", "RECIPIENT_KIND_PROCESSOR", "RECIPIENT_KIND_TENANT", "RECIPIENT_KIND_SUBJECT", "RECIPIENT_KIND_AUTHORITY"] as const;

export type ReminderKind =
  | "KIND_UNSPECIFIED"
  | "KIND_NOTICE_MISSING"
  | "KIND_POLICY_URL_MISSING"
  | "KIND_PERIOD_OUTDATED";
export const ReminderKindNames = ["KIND_UNSPECIFIED", "KIND_NOTICE_MISSING", "KIND_POLICY_URL_MISSING", "KIND_PERIOD_OUTDATED"] as const;

export type RequestStepState =
  | "STATE_UNSPECIFIED"
  | "STATE_PENDING"
  | "STATE_RETRYING"
  | "STATE_DONE"
  | "STATE_REFUSED";
export const RequestStepStateNames = ["STATE_UNSPECIFIED", "STATE_PENDING", "STATE_RETRYING", "STATE_DONE", "STATE_REFUSED"] as const;

export type SubjectKind =
  | "SUBJECT_KIND_UNSPECIFIED"
  | "SUBJECT_KIND_VISITOR"
  | "SUBJECT_KIND_REQUESTER"
  | "SUBJECT_KIND_RESPONDENT"
  | "SUBJECT_KIND_MEMBER"
  | "SUBJECT_KIND_STAFF";
export const SubjectKindNames = ["SUBJECT_KIND_UNSPECIFIED", "SUBJECT_KIND_VISITOR", "SUBJECT_KIND_REQUESTER", "SUBJECT_KIND_RESPONDENT", "SUBJECT_KIND_MEMBER", "SUBJECT_KIND_STAFF"] as const;

export type SubjectRequestKind =
  | "KIND_UNSPECIFIED"
  | "KIND_ACCESS"
  | "KIND_CORRECT"
  | "KIND_ERASE"
  | "KIND_RESTRICT"
  | "KIND_OBJECT";
export const SubjectRequestKindNames = ["KIND_UNSPECIFIED", "KIND_ACCESS", "KIND_CORRECT", "KIND_ERASE", "KIND_RESTRICT", "KIND_OBJECT"] as const;

export type SubjectRequestMaker =
  | "MAKER_UNSPECIFIED"
  | "MAKER_SUBJECT"
  | "MAKER_OFFICER"
  | "MAKER_PLATFORM";
export const SubjectRequestMakerNames = ["MAKER_UNSPECIFIED", "MAKER_SUBJECT", "MAKER_OFFICER", "MAKER_PLATFORM"] as const;

export type SubjectRequestState =
  | "STATE_UNSPECIFIED"
  | "STATE_RUNNING"
  | "STATE_WAITING"
  | "STATE_DONE"
  | "STATE_REFUSED"
  | "STATE_OVERTAKEN";
export const SubjectRequestStateNames = ["STATE_UNSPECIFIED", "STATE_RUNNING", "STATE_WAITING", "STATE_DONE", "STATE_REFUSED", "STATE_OVERTAKEN"] as const;

export type TemplateKind =
  | "KIND_UNSPECIFIED"
  | "KIND_NOTICE"
  | "KIND_POLICY";
export const TemplateKindNames = ["KIND_UNSPECIFIED", "KIND_NOTICE", "KIND_POLICY"] as const;

export type TextChangeKind =
  | "KIND_UNSPECIFIED"
  | "KIND_SAME"
  | "KIND_REMOVED"
  | "KIND_ADDED";
export const TextChangeKindNames = ["KIND_UNSPECIFIED", "KIND_SAME", "KIND_REMOVED", "KIND_ADDED"] as const;

export type VerifyLedgerResponseFinding =
  | "FINDING_UNSPECIFIED"
  | "FINDING_BROKEN"
  | "FINDING_TRUNCATED"
  | "FINDING_BEHEADED"
  | "FINDING_UNSIGNED"
  | "FINDING_REWRITTEN";
export const VerifyLedgerResponseFindingNames = ["FINDING_UNSPECIFIED", "FINDING_BROKEN", "FINDING_TRUNCATED", "FINDING_BEHEADED", "FINDING_UNSIGNED", "FINDING_REWRITTEN"] as const;

export interface Setting {
  name: string;
  description: string;
  valueJson: string;
  defaultJson: string;
  minimumJson: string;
  maximumJson: string;
}
export const SettingSchema: Schema<Setting> = [
  [1, "name", "s"],
  [2, "description", "s"],
  [3, "valueJson", "s"],
  [4, "defaultJson", "s"],
  [5, "minimumJson", "s"],
  [6, "maximumJson", "s"],
];

export interface GetSettingsResponse {
  settings: Setting[];
}
export const GetSettingsResponseSchema: Schema<GetSettingsResponse> = [
  [1, "settings", "m", SettingSchema, true],
];

export interface ListStaffResponse {
  staff: Staff[];
  nextPageToken: string;
}
export const ListStaffResponseSchema: Schema<ListStaffResponse> = [
  [1, "staff", "m", StaffSchema, true],
  [2, "nextPageToken", "s"],
];

export interface UpdateSettingResponse {
  setting?: Setting | undefined;
}
export const UpdateSettingResponseSchema: Schema<UpdateSettingResponse> = [
  [1, "setting", "m", SettingSchema],
];

export interface SupportGrant {
  id: string;
  reason: string;
  grantedBy: string;
  createTime: number;
  expireTime: number;
  revokeTime: number;
  useTime: number;
}
export const SupportGrantSchema: Schema<SupportGrant> = [
  [1, "id", "s"],
  [2, "reason", "s"],
  [3, "grantedBy", "s"],
  [4, "createTime", "t"],
  [5, "expireTime", "t"],
  [6, "revokeTime", "t"],
  [7, "useTime", "t"],
];

export interface CreateSupportGrantResponse {
  supportGrant?: SupportGrant | undefined;
}
export const CreateSupportGrantResponseSchema: Schema<CreateSupportGrantResponse> = [
  [1, "supportGrant", "m", SupportGrantSchema],
];

export interface ListSupportGrantsResponse {
  supportGrants: SupportGrant[];
  nextPageToken: string;
}
export const ListSupportGrantsResponseSchema: Schema<ListSupportGrantsResponse> = [
  [1, "supportGrants", "m", SupportGrantSchema, true],
  [2, "nextPageToken", "s"],
];

export interface RevokeSupportGrantResponse {
  supportGrant?: SupportGrant | undefined;
}
export const RevokeSupportGrantResponseSchema: Schema<RevokeSupportGrantResponse> = [
  [1, "supportGrant", "m", SupportGrantSchema],
];

export interface Feedback {
  id: string;
  kind: FeedbackKind;
  text: string;
  contact: string;
  state: FeedbackState;
  createTime: number;
  dueTime: number;
  overdue: boolean;
  answerTime: number;
  answer: string;
  siteId: string;
}
export const FeedbackSchema: Schema<Feedback> = [
  [1, "id", "s"],
  [2, "kind", "e", FeedbackKindNames],
  [3, "text", "s"],
  [4, "contact", "s"],
  [5, "state", "e", FeedbackStateNames],
  [6, "createTime", "t"],
  [7, "dueTime", "t"],
  [8, "overdue", "b"],
  [9, "answerTime", "t"],
  [10, "answer", "s"],
  [11, "siteId", "s"],
];

export interface AnswerFeedbackResponse {
  feedback?: Feedback | undefined;
}
export const AnswerFeedbackResponseSchema: Schema<AnswerFeedbackResponse> = [
  [1, "feedback", "m", FeedbackSchema],
];

export interface Correction {
  field: string;
  value: string;
}
export const CorrectionSchema: Schema<Correction> = [
  [1, "field", "s"],
  [2, "value", "s"],
];

export interface RequestStep {
  service: string;
  state: RequestStepState;
  attempts: number;
  doneTime: number;
}
export const RequestStepSchema: Schema<RequestStep> = [
  [1, "service", "s"],
  [2, "state", "e", RequestStepStateNames],
  [3, "attempts", "i"],
  [4, "doneTime", "t"],
];

export interface ReceiptLine {
  service: string;
  store: string;
  found: number;
  corrected: number;
  deleted: number;
  emptied: number;
  sealed: number;
  held: number;
  bytesGoneTime: number;
}
export const ReceiptLineSchema: Schema<ReceiptLine> = [
  [1, "service", "s"],
  [2, "store", "s"],
  [3, "found", "i"],
  [4, "corrected", "i"],
  [5, "deleted", "i"],
  [6, "emptied", "i"],
  [7, "sealed", "i"],
  [8, "held", "i"],
  [9, "bytesGoneTime", "t"],
];

export interface Delivery {
  kind: string;
  recipient: string;
  time: number;
  system: string;
  recalled: boolean;
}
export const DeliverySchema: Schema<Delivery> = [
  [1, "kind", "s"],
  [2, "recipient", "s"],
  [3, "time", "t"],
  [4, "system", "s"],
  [5, "recalled", "b"],
];

export interface Receipt {
  lines: ReceiptLine[];
  bytesGoneTime: number;
  backupsGoneTime: number;
  deliveries: Delivery[];
}
export const ReceiptSchema: Schema<Receipt> = [
  [1, "lines", "m", ReceiptLineSchema, true],
  [2, "bytesGoneTime", "t"],
  [3, "backupsGoneTime", "t"],
  [4, "deliveries", "m", DeliverySchema, true],
];

export interface SubjectRequest {
  id: string;
  kind: SubjectRequestKind;
  state: SubjectRequestState;
  subjectKind: SubjectKind;
  subjectId: string;
  madeBy: SubjectRequestMaker;
  corrections: Correction[];
  details: string;
  answer: string;
  proof: string;
  createTime: number;
  dueTime: number;
  closeTime: number;
  overdue: boolean;
  steps: RequestStep[];
  receipt?: Receipt | undefined;
  restricted: boolean;
  proofKind: ProofKind;
  proofConfirmTime: number;
}
export const SubjectRequestSchema: Schema<SubjectRequest> = [
  [1, "id", "s"],
  [2, "kind", "e", SubjectRequestKindNames],
  [3, "state", "e", SubjectRequestStateNames],
  [4, "subjectKind", "e", SubjectKindNames],
  [5, "subjectId", "s"],
  [6, "madeBy", "e", SubjectRequestMakerNames],
  [7, "corrections", "m", CorrectionSchema, true],
  [8, "details", "s"],
  [9, "answer", "s"],
  [10, "proof", "s"],
  [11, "createTime", "t"],
  [12, "dueTime", "t"],
  [13, "closeTime", "t"],
  [14, "overdue", "b"],
  [15, "steps", "m", RequestStepSchema, true],
  [16, "receipt", "m", ReceiptSchema],
  [17, "restricted", "b"],
  [18, "proofKind", "e", ProofKindNames],
  [19, "proofConfirmTime", "t"],
];

export interface AnswerRequestResponse {
  request?: SubjectRequest | undefined;
}
export const AnswerRequestResponseSchema: Schema<AnswerRequestResponse> = [
  [1, "request", "m", SubjectRequestSchema],
];

export interface Item {
  subjectKind: SubjectKind;
  subjectId: string;
  recordId: string;
}
export const ItemSchema: Schema<Item> = [
  [1, "subjectKind", "e", SubjectKindNames],
  [2, "subjectId", "s"],
  [3, "recordId", "s"],
];

export interface Case {
  id: string;
  state: CaseState;
  basis: LegalBasis;
  authority: string;
  reference: string;
  items: Item[];
  silent: boolean;
  proposerStaffId: string;
  confirmerStaffId: string;
  closerStaffId: string;
  createTime: number;
  confirmTime: number;
  closeTime: number;
  disclosureCount: number;
  discloseTime: number;
  confirmable: boolean;
}
export const CaseSchema: Schema<Case> = [
  [1, "id", "s"],
  [2, "state", "e", CaseStateNames],
  [3, "basis", "e", LegalBasisNames],
  [4, "authority", "s"],
  [5, "reference", "s"],
  [6, "items", "m", ItemSchema, true],
  [7, "silent", "b"],
  [8, "proposerStaffId", "s"],
  [9, "confirmerStaffId", "s"],
  [10, "closerStaffId", "s"],
  [11, "createTime", "t"],
  [12, "confirmTime", "t"],
  [13, "closeTime", "t"],
  [14, "disclosureCount", "i"],
  [15, "discloseTime", "t"],
  [16, "confirmable", "b"],
];

export interface CloseCaseResponse {
  case?: Case | undefined;
}
export const CloseCaseResponseSchema: Schema<CloseCaseResponse> = [
  [1, "case", "m", CaseSchema],
];

export interface ConfirmCaseResponse {
  case?: Case | undefined;
}
export const ConfirmCaseResponseSchema: Schema<ConfirmCaseResponse> = [
  [1, "case", "m", CaseSchema],
];

export interface Hold {
  id: string;
  item?: Item | undefined;
  state: HoldState;
  reason: string;
  proposerStaffId: string;
  confirmerStaffId: string;
  releaseReason: string;
  releaseProposerStaffId: string;
  releaseConfirmerStaffId: string;
  createTime: number;
  confirmTime: number;
  releaseTime: number;
  confirmable: boolean;
}
export const HoldSchema: Schema<Hold> = [
  [1, "id", "s"],
  [2, "item", "m", ItemSchema],
  [3, "state", "e", HoldStateNames],
  [4, "reason", "s"],
  [5, "proposerStaffId", "s"],
  [6, "confirmerStaffId", "s"],
  [7, "releaseReason", "s"],
  [8, "releaseProposerStaffId", "s"],
  [9, "releaseConfirmerStaffId", "s"],
  [10, "createTime", "t"],
  [11, "confirmTime", "t"],
  [12, "releaseTime", "t"],
  [13, "confirmable", "b"],
];

export interface ConfirmHoldResponse {
  hold?: Hold | undefined;
}
export const ConfirmHoldResponseSchema: Schema<ConfirmHoldResponse> = [
  [1, "hold", "m", HoldSchema],
];

export interface ConfirmProofResponse {
  request?: SubjectRequest | undefined;
}
export const ConfirmProofResponseSchema: Schema<ConfirmProofResponse> = [
  [1, "request", "m", SubjectRequestSchema],
];

export interface ConfirmReleaseResponse {
  hold?: Hold | undefined;
}
export const ConfirmReleaseResponseSchema: Schema<ConfirmReleaseResponse> = [
  [1, "hold", "m", HoldSchema],
];

export interface CreateCaseResponse {
  case?: Case | undefined;
}
export const CreateCaseResponseSchema: Schema<CreateCaseResponse> = [
  [1, "case", "m", CaseSchema],
];

export interface CreateHoldResponse {
  hold?: Hold | undefined;
}
export const CreateHoldResponseSchema: Schema<CreateHoldResponse> = [
  [1, "hold", "m", HoldSchema],
];

export interface CreateRequestResponse {
  request?: SubjectRequest | undefined;
  trackingCode: string;
}
export const CreateRequestResponseSchema: Schema<CreateRequestResponse> = [
  [1, "request", "m", SubjectRequestSchema],
  [2, "trackingCode", "s"],
];

export interface TextChange {
  kind: TextChangeKind;
  text: string;
}
export const TextChangeSchema: Schema<TextChange> = [
  [1, "kind", "e", TextChangeKindNames],
  [2, "text", "s"],
];

export interface DiffNoticesResponse {
  changes: TextChange[];
  removedQuestions: Question[];
  addedQuestions: Question[];
  policyUrlChanged: boolean;
}
export const DiffNoticesResponseSchema: Schema<DiffNoticesResponse> = [
  [1, "changes", "m", TextChangeSchema, true],
  [2, "removedQuestions", "m", QuestionSchema, true],
  [3, "addedQuestions", "m", QuestionSchema, true],
  [4, "policyUrlChanged", "b"],
];

export interface DiffPoliciesResponse {
  changes: TextChange[];
}
export const DiffPoliciesResponseSchema: Schema<DiffPoliciesResponse> = [
  [1, "changes", "m", TextChangeSchema, true],
];

export interface DraftSentence {
  text: string;
  clauses: string[];
}
export const DraftSentenceSchema: Schema<DraftSentence> = [
  [1, "text", "s"],
  [2, "clauses", "s", undefined, true],
];

export interface FillTemplateResponse {
  text: string;
  sentences: DraftSentence[];
  language: string;
}
export const FillTemplateResponseSchema: Schema<FillTemplateResponse> = [
  [1, "text", "s"],
  [2, "sentences", "m", DraftSentenceSchema, true],
  [3, "language", "s"],
];

export interface GetCaseResponse {
  case?: Case | undefined;
}
export const GetCaseResponseSchema: Schema<GetCaseResponse> = [
  [1, "case", "m", CaseSchema],
];

export interface Policy {
  id: string;
  version: number;
  language: string;
  text: string;
  contentHash: string;
  material: boolean;
  changeSummary: string;
  effectiveTime: number;
}
export const PolicySchema: Schema<Policy> = [
  [1, "id", "s"],
  [2, "version", "i"],
  [3, "language", "s"],
  [4, "text", "s"],
  [5, "contentHash", "s"],
  [6, "material", "b"],
  [7, "changeSummary", "s"],
  [8, "effectiveTime", "t"],
];

export interface GetCurrentPolicyResponse {
  policy?: Policy | undefined;
}
export const GetCurrentPolicyResponseSchema: Schema<GetCurrentPolicyResponse> = [
  [1, "policy", "m", PolicySchema],
];

export interface GetFeedbackResponse {
  feedback?: Feedback | undefined;
}
export const GetFeedbackResponseSchema: Schema<GetFeedbackResponse> = [
  [1, "feedback", "m", FeedbackSchema],
];

export interface GetHoldResponse {
  hold?: Hold | undefined;
}
export const GetHoldResponseSchema: Schema<GetHoldResponse> = [
  [1, "hold", "m", HoldSchema],
];

export interface GetNoticeResponse {
  notice?: Notice | undefined;
}
export const GetNoticeResponseSchema: Schema<GetNoticeResponse> = [
  [1, "notice", "m", NoticeSchema],
];

export interface GetPolicyResponse {
  policy?: Policy | undefined;
}
export const GetPolicyResponseSchema: Schema<GetPolicyResponse> = [
  [1, "policy", "m", PolicySchema],
];

export interface GetRequestResponse {
  request?: SubjectRequest | undefined;
}
export const GetRequestResponseSchema: Schema<GetRequestResponse> = [
  [1, "request", "m", SubjectRequestSchema],
];

export interface LiftRestrictionResponse {
  request?: SubjectRequest | undefined;
}
export const LiftRestrictionResponseSchema: Schema<LiftRestrictionResponse> = [
  [1, "request", "m", SubjectRequestSchema],
];

export interface BrowserCount {
  siteId: string;
  day: string;
  countedFamily: BrowserFamily;
  count: number;
}
export const BrowserCountSchema: Schema<BrowserCount> = [
  [1, "siteId", "s"],
  [2, "day", "s"],
  [3, "countedFamily", "e", BrowserFamilyNames],
  [4, "count", "i"],
];

export interface ListBrowserCountsResponse {
  counts: BrowserCount[];
  nextPageToken: string;
}
export const ListBrowserCountsResponseSchema: Schema<ListBrowserCountsResponse> = [
  [1, "counts", "m", BrowserCountSchema, true],
  [2, "nextPageToken", "s"],
];

export interface BrowserLogEntry {
  id: string;
  siteId: string;
  networkAddress: string;
  family: BrowserFamily;
  majorVersion: number;
  hourTime: number;
  isShortened: boolean;
}
export const BrowserLogEntrySchema: Schema<BrowserLogEntry> = [
  [1, "id", "s"],
  [2, "siteId", "s"],
  [3, "networkAddress", "s"],
  [4, "family", "e", BrowserFamilyNames],
  [5, "majorVersion", "i"],
  [6, "hourTime", "t"],
  [7, "isShortened", "b"],
];

export interface ListBrowserLogResponse {
  entries: BrowserLogEntry[];
  nextPageToken: string;
}
export const ListBrowserLogResponseSchema: Schema<ListBrowserLogResponse> = [
  [1, "entries", "m", BrowserLogEntrySchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListCasesResponse {
  cases: Case[];
  nextPageToken: string;
}
export const ListCasesResponseSchema: Schema<ListCasesResponse> = [
  [1, "cases", "m", CaseSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListFeedbackResponse {
  feedback: Feedback[];
  nextPageToken: string;
  overdueCount: number;
}
export const ListFeedbackResponseSchema: Schema<ListFeedbackResponse> = [
  [1, "feedback", "m", FeedbackSchema, true],
  [2, "nextPageToken", "s"],
  [3, "overdueCount", "i"],
];

export interface ListHoldsResponse {
  holds: Hold[];
  nextPageToken: string;
}
export const ListHoldsResponseSchema: Schema<ListHoldsResponse> = [
  [1, "holds", "m", HoldSchema, true],
  [2, "nextPageToken", "s"],
];

export interface LedgerEntry {
  sequence: number;
  kind: LedgerEntryKind;
  time: number;
  pseudonym: string;
  recordId: string;
  staffId: string;
  staffName: string;
  role: string;
  purpose: Purpose;
  recipient: string;
  basis: string;
  previousHash: string;
  entryHash: string;
}
export const LedgerEntrySchema: Schema<LedgerEntry> = [
  [1, "sequence", "i"],
  [2, "kind", "e", LedgerEntryKindNames],
  [3, "time", "t"],
  [4, "pseudonym", "s"],
  [5, "recordId", "s"],
  [6, "staffId", "s"],
  [7, "staffName", "s"],
  [8, "role", "s"],
  [9, "purpose", "e", PurposeNames],
  [10, "recipient", "s"],
  [13, "basis", "s"],
  [11, "previousHash", "s"],
  [12, "entryHash", "s"],
];

export interface LedgerHead {
  sequence: number;
  entryHash: string;
  signTime: number;
  signature: string;
  publicKey: string;
}
export const LedgerHeadSchema: Schema<LedgerHead> = [
  [1, "sequence", "i"],
  [2, "entryHash", "s"],
  [3, "signTime", "t"],
  [4, "signature", "s"],
  [5, "publicKey", "s"],
];

export interface ListLedgerResponse {
  entries: LedgerEntry[];
  nextPageToken: string;
  head?: LedgerHead | undefined;
}
export const ListLedgerResponseSchema: Schema<ListLedgerResponse> = [
  [1, "entries", "m", LedgerEntrySchema, true],
  [2, "nextPageToken", "s"],
  [3, "head", "m", LedgerHeadSchema],
];

export interface ListNoticesResponse {
  notices: Notice[];
  nextPageToken: string;
}
export const ListNoticesResponseSchema: Schema<ListNoticesResponse> = [
  [1, "notices", "m", NoticeSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListPoliciesResponse {
  policies: Policy[];
  nextPageToken: string;
}
export const ListPoliciesResponseSchema: Schema<ListPoliciesResponse> = [
  [1, "policies", "m", PolicySchema, true],
  [2, "nextPageToken", "s"],
];

export interface PurgedStore {
  store: string;
  records: number;
  held: number;
}
export const PurgedStoreSchema: Schema<PurgedStore> = [
  [1, "store", "s"],
  [2, "records", "i"],
  [3, "held", "i"],
];

export interface Purge {
  id: string;
  service: string;
  time: number;
  stores: PurgedStore[];
}
export const PurgeSchema: Schema<Purge> = [
  [1, "id", "s"],
  [2, "service", "s"],
  [3, "time", "t"],
  [4, "stores", "m", PurgedStoreSchema, true],
];

export interface ListPurgesResponse {
  purges: Purge[];
  nextPageToken: string;
}
export const ListPurgesResponseSchema: Schema<ListPurgesResponse> = [
  [1, "purges", "m", PurgeSchema, true],
  [2, "nextPageToken", "s"],
];

export interface Recipient {
  recipient: string;
  kind: RecipientKind;
  title: string;
  receives: string;
  purpose: Purpose;
  inUse: boolean;
  house: boolean;
}
export const RecipientSchema: Schema<Recipient> = [
  [1, "recipient", "s"],
  [2, "kind", "e", RecipientKindNames],
  [3, "title", "s"],
  [4, "receives", "s"],
  [5, "purpose", "e", PurposeNames],
  [6, "inUse", "b"],
  [7, "house", "b"],
];

export interface ListRecipientsResponse {
  recipients: Recipient[];
}
export const ListRecipientsResponseSchema: Schema<ListRecipientsResponse> = [
  [1, "recipients", "m", RecipientSchema, true],
];

export interface RefusalTally {
  day: string;
  siteId: string;
  count: number;
}
export const RefusalTallySchema: Schema<RefusalTally> = [
  [1, "day", "s"],
  [2, "siteId", "s"],
  [3, "count", "i"],
];

export interface ListRefusalsResponse {
  tallies: RefusalTally[];
  nextPageToken: string;
}
export const ListRefusalsResponseSchema: Schema<ListRefusalsResponse> = [
  [1, "tallies", "m", RefusalTallySchema, true],
  [2, "nextPageToken", "s"],
];

export interface Reminder {
  kind: ReminderKind;
  siteId: string;
  noticeId: string;
}
export const ReminderSchema: Schema<Reminder> = [
  [1, "kind", "e", ReminderKindNames],
  [2, "siteId", "s"],
  [3, "noticeId", "s"],
];

export interface ListRemindersResponse {
  reminders: Reminder[];
}
export const ListRemindersResponseSchema: Schema<ListRemindersResponse> = [
  [1, "reminders", "m", ReminderSchema, true],
];

export interface ListRequestsResponse {
  requests: SubjectRequest[];
  nextPageToken: string;
  openCount: number;
  waitingCount: number;
  overdueCount: number;
}
export const ListRequestsResponseSchema: Schema<ListRequestsResponse> = [
  [1, "requests", "m", SubjectRequestSchema, true],
  [2, "nextPageToken", "s"],
  [3, "openCount", "i"],
  [4, "waitingCount", "i"],
  [5, "overdueCount", "i"],
];

export interface TemplateGap {
  gap: string;
  label: string;
  hint: string;
  required: boolean;
}
export const TemplateGapSchema: Schema<TemplateGap> = [
  [1, "gap", "s"],
  [2, "label", "s"],
  [3, "hint", "s"],
  [4, "required", "b"],
];

export interface Template {
  template: string;
  kind: TemplateKind;
  language: string;
  title: string;
  gaps: TemplateGap[];
}
export const TemplateSchema: Schema<Template> = [
  [1, "template", "s"],
  [2, "kind", "e", TemplateKindNames],
  [3, "language", "s"],
  [4, "title", "s"],
  [5, "gaps", "m", TemplateGapSchema, true],
];

export interface ListTemplatesResponse {
  templates: Template[];
}
export const ListTemplatesResponseSchema: Schema<ListTemplatesResponse> = [
  [1, "templates", "m", TemplateSchema, true],
];

export interface PreviewNoticeResponse {
  fromNoticeId: string;
  changes: TextChange[];
  questionsChanged: boolean;
}
export const PreviewNoticeResponseSchema: Schema<PreviewNoticeResponse> = [
  [1, "fromNoticeId", "s"],
  [2, "changes", "m", TextChangeSchema, true],
  [3, "questionsChanged", "b"],
];

export interface PreviewPolicyResponse {
  fromPolicyId: string;
  changes: TextChange[];
}
export const PreviewPolicyResponseSchema: Schema<PreviewPolicyResponse> = [
  [1, "fromPolicyId", "s"],
  [2, "changes", "m", TextChangeSchema, true],
];

export interface PreviewPurgeResponse {
  stores: PurgedStore[];
}
export const PreviewPurgeResponseSchema: Schema<PreviewPurgeResponse> = [
  [1, "stores", "m", PurgedStoreSchema, true],
];

export interface PublishNoticeResponse {
  notice?: Notice | undefined;
}
export const PublishNoticeResponseSchema: Schema<PublishNoticeResponse> = [
  [1, "notice", "m", NoticeSchema],
];

export interface PublishPolicyResponse {
  policy?: Policy | undefined;
}
export const PublishPolicyResponseSchema: Schema<PublishPolicyResponse> = [
  [1, "policy", "m", PolicySchema],
];

export interface ReleaseHoldResponse {
  hold?: Hold | undefined;
}
export const ReleaseHoldResponseSchema: Schema<ReleaseHoldResponse> = [
  [1, "hold", "m", HoldSchema],
];

export interface VerifyLedgerResponse {
  whole: boolean;
  finding: VerifyLedgerResponseFinding;
  sequence: number;
  checked: number;
  headsCompared: number;
  head?: LedgerHead | undefined;
}
export const VerifyLedgerResponseSchema: Schema<VerifyLedgerResponse> = [
  [1, "whole", "b"],
  [2, "finding", "e", VerifyLedgerResponseFindingNames],
  [3, "sequence", "i"],
  [4, "checked", "i"],
  [5, "headsCompared", "i"],
  [6, "head", "m", LedgerHeadSchema],
];

export interface WithdrawHoldResponse {
  hold?: Hold | undefined;
}
export const WithdrawHoldResponseSchema: Schema<WithdrawHoldResponse> = [
  [1, "hold", "m", HoldSchema],
];
