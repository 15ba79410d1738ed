// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export type Caller =
  | "CALLER_UNSPECIFIED"
  | "CALLER_ANONYMOUS"
  | "CALLER_VISITOR"
  | "CALLER_OPERATOR"
  | "CALLER_SUPERVISOR"
  | "CALLER_SUPPORT_AGENT"
  | "CALLER_MODERATOR"
  | "CALLER_PRIVACY_OFFICER"
  | "CALLER_ADMIN"
  | "CALLER_SERVICE_ACCOUNT"
  | "CALLER_PLATFORM_REVIEWER"
  | "CALLER_PLATFORM_ADMIN"
  | "CALLER_INTERNAL"
  | "CALLER_PLATFORM_SUPPORT"
  | "CALLER_MEMBER";
export const CallerNames = ["CALLER_UNSPECIFIED", "CALLER_ANONYMOUS", "CALLER_VISITOR", "CALLER_OPERATOR", "CALLER_SUPERVISOR", "CALLER_SUPPORT_AGENT", "CALLER_MODERATOR", "CALLER_PRIVACY_OFFICER", "CALLER_ADMIN", "CALLER_SERVICE_ACCOUNT", "CALLER_PLATFORM_REVIEWER", "CALLER_PLATFORM_ADMIN", "CALLER_INTERNAL", "CALLER_PLATFORM_SUPPORT", "CALLER_UNSPECIFIED", "CALLER_MEMBER"] as const;

export type ConversationState =
  | "STATE_UNSPECIFIED"
  | "STATE_QUEUED"
  | "STATE_OPEN"
  | "STATE_CLOSED";
export const ConversationStateNames = ["STATE_UNSPECIFIED", "STATE_QUEUED", "STATE_OPEN", "STATE_CLOSED"] as const;

export type InboxView =
  | "INBOX_VIEW_UNSPECIFIED"
  | "INBOX_VIEW_QUEUE"
  | "INBOX_VIEW_MINE"
  | "INBOX_VIEW_ALL"
  | "INBOX_VIEW_CLOSED"
  | "INBOX_VIEW_LEFT";
export const InboxViewNames = ["INBOX_VIEW_UNSPECIFIED", "INBOX_VIEW_QUEUE", "INBOX_VIEW_MINE", "INBOX_VIEW_ALL", "INBOX_VIEW_CLOSED", "INBOX_VIEW_LEFT"] as const;

export type MessageKind =
  | "KIND_UNSPECIFIED"
  | "KIND_TEXT"
  | "KIND_STARTED"
  | "KIND_JOINED"
  | "KIND_CLOSED"
  | "KIND_WATCHED"
  | "KIND_UNWATCHED"
  | "KIND_EDITED"
  | "KIND_RETRACTED"
  | "KIND_REMOVED"
  | "KIND_BLOCKED"
  | "KIND_REQUEUED"
  | "KIND_TRANSFERRED"
  | "KIND_ATTACHMENT"
  | "KIND_ATTACHMENT_EXAMINED"
  | "KIND_LEFT"
  | "KIND_MAILED"
  | "KIND_MAIL_FAILED"
  | "KIND_MAIL_HELD"
  | "KIND_TICKETED";
export const MessageKindNames = ["KIND_UNSPECIFIED", "KIND_TEXT", "KIND_STARTED", "KIND_JOINED", "KIND_CLOSED", "KIND_WATCHED", "KIND_UNWATCHED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_EDITED", "KIND_RETRACTED", "KIND_REMOVED", "KIND_BLOCKED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_REQUEUED", "KIND_TRANSFERRED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_UNSPECIFIED", "KIND_ATTACHMENT", "KIND_ATTACHMENT_EXAMINED", "KIND_LEFT", "KIND_MAILED", "KIND_MAIL_FAILED", "KIND_MAIL_HELD", "KIND_TICKETED"] as const;

export type Purpose =
  | "PURPOSE_UNSPECIFIED"
  | "PURPOSE_ESSENTIAL_SERVICE"
  | "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT"
  | "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS"
  | "PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION"
  | "PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS"
  | "PURPOSE_FUNCTIONAL_SERVICE_MONITORING"
  | "PURPOSE_FUNCTIONAL_SERVICE_IMPROVE"
  | "PURPOSE_ESSENTIAL_LEGAL_OBLIGATION";
export const PurposeNames = ["PURPOSE_UNSPECIFIED", "PURPOSE_ESSENTIAL_SERVICE", "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT", "PURPOSE_ESSENTIAL_SERVICE_OPERATIONS", "PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION", "PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS", "PURPOSE_FUNCTIONAL_SERVICE_MONITORING", "PURPOSE_FUNCTIONAL_SERVICE_IMPROVE", "PURPOSE_ESSENTIAL_LEGAL_OBLIGATION"] as const;

export type QuestionKind =
  | "KIND_UNSPECIFIED"
  | "KIND_LINE"
  | "KIND_LINES"
  | "KIND_EMAIL";
export const QuestionKindNames = ["KIND_UNSPECIFIED", "KIND_LINE", "KIND_LINES", "KIND_EMAIL"] as const;

export type Regime =
  | "REGIME_UNSPECIFIED"
  | "REGIME_HOUSE"
  | "REGIME_ASP";
export const RegimeNames = ["REGIME_UNSPECIFIED", "REGIME_HOUSE", "REGIME_ASP"] as const;

export type Revision =
  | "REVISION_UNSPECIFIED"
  | "REVISION_EDITED"
  | "REVISION_RETRACTED"
  | "REVISION_REMOVED";
export const RevisionNames = ["REVISION_UNSPECIFIED", "REVISION_EDITED", "REVISION_RETRACTED", "REVISION_REMOVED"] as const;

export type Side =
  | "SIDE_UNSPECIFIED"
  | "SIDE_VISITOR"
  | "SIDE_OPERATOR";
export const SideNames = ["SIDE_UNSPECIFIED", "SIDE_VISITOR", "SIDE_OPERATOR"] as const;

export type SitePosition =
  | "POSITION_UNSPECIFIED"
  | "POSITION_END"
  | "POSITION_START";
export const SitePositionNames = ["POSITION_UNSPECIFIED", "POSITION_END", "POSITION_START"] as const;

export type StaffState =
  | "STATE_UNSPECIFIED"
  | "STATE_ACTIVE"
  | "STATE_SUSPENDED"
  | "STATE_INVITED";
export const StaffStateNames = ["STATE_UNSPECIFIED", "STATE_ACTIVE", "STATE_SUSPENDED", "STATE_INVITED"] as const;

export interface Authenticate {
  accessToken: string;
}
export const AuthenticateSchema: Schema<Authenticate> = [
  [1, "accessToken", "s"],
];

export interface Subscribe {
  conversationId: string;
  afterSequence: number;
}
export const SubscribeSchema: Schema<Subscribe> = [
  [1, "conversationId", "s"],
  [2, "afterSequence", "i"],
];

export interface Unsubscribe {
  conversationId: string;
}
export const UnsubscribeSchema: Schema<Unsubscribe> = [
  [1, "conversationId", "s"],
];

export interface PostMessageRequest {
  conversationId: string;
  clientMessageId: string;
  body: string;
}
export const PostMessageRequestSchema: Schema<PostMessageRequest> = [
  [1, "conversationId", "s"],
  [2, "clientMessageId", "s"],
  [3, "body", "s"],
];

export interface SetTypingRequest {
  conversationId: string;
  typing: boolean;
}
export const SetTypingRequestSchema: Schema<SetTypingRequest> = [
  [1, "conversationId", "s"],
  [2, "typing", "b"],
];

export interface MarkReadRequest {
  conversationId: string;
  sequence: number;
}
export const MarkReadRequestSchema: Schema<MarkReadRequest> = [
  [1, "conversationId", "s"],
  [2, "sequence", "i"],
];

export type SubscribeInbox = Record<string, never>;
export const SubscribeInboxSchema: Schema<SubscribeInbox> = [
];

export type Ping = Record<string, never>;
export const PingSchema: Schema<Ping> = [
];

export interface ClientFrame {
  frameId: string;
  authenticate?: Authenticate | undefined;
  subscribe?: Subscribe | undefined;
  unsubscribe?: Unsubscribe | undefined;
  post?: PostMessageRequest | undefined;
  typing?: SetTypingRequest | undefined;
  read?: MarkReadRequest | undefined;
  subscribeInbox?: SubscribeInbox | undefined;
  ping?: Ping | undefined;
}
export const ClientFrameSchema: Schema<ClientFrame> = [
  [1, "frameId", "s"],
  [2, "authenticate", "m", AuthenticateSchema],
  [3, "subscribe", "m", SubscribeSchema],
  [4, "unsubscribe", "m", UnsubscribeSchema],
  [5, "post", "m", PostMessageRequestSchema],
  [6, "typing", "m", SetTypingRequestSchema],
  [7, "read", "m", MarkReadRequestSchema],
  [8, "subscribeInbox", "m", SubscribeInboxSchema],
  [9, "ping", "m", PingSchema],
];

export interface Welcome {
  expireTime: number;
  heartbeatMs: number;
}
export const WelcomeSchema: Schema<Welcome> = [
  [1, "expireTime", "t"],
  [2, "heartbeatMs", "i"],
];

export interface Conversation {
  id: string;
  siteId: string;
  visitorId: string;
  displayName: string;
  language: string;
  pagePath: string;
  state: ConversationState;
  operatorId: string;
  operatorName: string;
  headSequence: number;
  visitorReadSequence: number;
  operatorReadSequence: number;
  queuePosition: number;
  closedBy: Side;
  noticeId: string;
  createTime: number;
  claimTime: number;
  closeTime: number;
  expireTime: number;
  watcherId: string;
  watchEndTime: number;
  tagIds: string[];
  noteCount: number;
  expectedWaitSeconds: number;
  queueTime: number;
  teamId: string;
  offeredToId: string;
  offerEndTime: number;
  isLeftMessage: boolean;
  rating: number;
  rateTime: number;
  replySetTime: number;
}
export const ConversationSchema: Schema<Conversation> = [
  [1, "id", "s"],
  [2, "siteId", "s"],
  [3, "visitorId", "s"],
  [4, "displayName", "s"],
  [5, "language", "s"],
  [6, "pagePath", "s"],
  [7, "state", "e", ConversationStateNames],
  [8, "operatorId", "s"],
  [9, "operatorName", "s"],
  [10, "headSequence", "i"],
  [11, "visitorReadSequence", "i"],
  [12, "operatorReadSequence", "i"],
  [13, "queuePosition", "i"],
  [14, "closedBy", "e", SideNames],
  [15, "noticeId", "s"],
  [16, "createTime", "t"],
  [17, "claimTime", "t"],
  [18, "closeTime", "t"],
  [19, "expireTime", "t"],
  [20, "watcherId", "s"],
  [21, "watchEndTime", "t"],
  [30, "tagIds", "s", undefined, true],
  [31, "noteCount", "i"],
  [40, "expectedWaitSeconds", "i"],
  [41, "queueTime", "t"],
  [42, "teamId", "s"],
  [43, "offeredToId", "s"],
  [44, "offerEndTime", "t"],
  [45, "isLeftMessage", "b"],
  [46, "rating", "i"],
  [47, "rateTime", "t"],
  [48, "replySetTime", "t"],
];

export interface Subscribed {
  conversation?: Conversation | undefined;
}
export const SubscribedSchema: Schema<Subscribed> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface Ack {
  conversationId: string;
  clientMessageId: string;
  sequence: number;
  headSequence: number;
  createTime: number;
}
export const AckSchema: Schema<Ack> = [
  [1, "conversationId", "s"],
  [2, "clientMessageId", "s"],
  [3, "sequence", "i"],
  [4, "headSequence", "i"],
  [5, "createTime", "t"],
];

export interface Message {
  id: string;
  conversationId: string;
  sequence: number;
  kind: MessageKind;
  side: Side;
  clientMessageId: string;
  operatorId: string;
  body: string;
  createTime: number;
  targetSequence: number;
  revision: Revision;
  reviseTime: number;
}
export const MessageSchema: Schema<Message> = [
  [1, "id", "s"],
  [2, "conversationId", "s"],
  [3, "sequence", "i"],
  [4, "kind", "e", MessageKindNames],
  [5, "side", "e", SideNames],
  [6, "clientMessageId", "s"],
  [7, "operatorId", "s"],
  [8, "body", "s"],
  [9, "createTime", "t"],
  [20, "targetSequence", "i"],
  [21, "revision", "e", RevisionNames],
  [22, "reviseTime", "t"],
];

export interface Gap {
  conversationId: string;
  afterSequence: number;
  headSequence: number;
}
export const GapSchema: Schema<Gap> = [
  [1, "conversationId", "s"],
  [2, "afterSequence", "i"],
  [3, "headSequence", "i"],
];

export interface Presence {
  conversationId: string;
  side: Side;
  typing: boolean;
  readSequence: number;
}
export const PresenceSchema: Schema<Presence> = [
  [1, "conversationId", "s"],
  [2, "side", "e", SideNames],
  [3, "typing", "b"],
  [4, "readSequence", "i"],
];

export interface WatchInboxResponse {
  conversation?: Conversation | undefined;
  removedConversationId: string;
  gap?: Gap | undefined;
}
export const WatchInboxResponseSchema: Schema<WatchInboxResponse> = [
  [1, "conversation", "m", ConversationSchema],
  [2, "removedConversationId", "s"],
  [3, "gap", "m", GapSchema],
];

export interface Refused {
  reason: string;
  retryAfterMs: number;
}
export const RefusedSchema: Schema<Refused> = [
  [1, "reason", "s"],
  [2, "retryAfterMs", "i"],
];

export interface Pong {
  heads: Record<string, number>;
}
export const PongSchema: Schema<Pong> = [
  [1, "heads", "h"],
];

export interface ServerFrame {
  frameId: string;
  welcome?: Welcome | undefined;
  subscribed?: Subscribed | undefined;
  ack?: Ack | undefined;
  message?: Message | undefined;
  gap?: Gap | undefined;
  conversation?: Conversation | undefined;
  presence?: Presence | undefined;
  inbox?: WatchInboxResponse | undefined;
  refused?: Refused | undefined;
  pong?: Pong | undefined;
}
export const ServerFrameSchema: Schema<ServerFrame> = [
  [1, "frameId", "s"],
  [2, "welcome", "m", WelcomeSchema],
  [3, "subscribed", "m", SubscribedSchema],
  [4, "ack", "m", AckSchema],
  [5, "message", "m", MessageSchema],
  [6, "gap", "m", GapSchema],
  [7, "conversation", "m", ConversationSchema],
  [8, "presence", "m", PresenceSchema],
  [9, "inbox", "m", WatchInboxResponseSchema],
  [10, "refused", "m", RefusedSchema],
  [11, "pong", "m", PongSchema],
];

export interface StartConversationResponse {
  conversation?: Conversation | undefined;
  visitorCredential: string;
  accessToken: string;
  accessTokenExpireTime: number;
}
export const StartConversationResponseSchema: Schema<StartConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
  [2, "visitorCredential", "s"],
  [3, "accessToken", "s"],
  [4, "accessTokenExpireTime", "t"],
];

export interface GetConversationResponse {
  conversation?: Conversation | undefined;
}
export const GetConversationResponseSchema: Schema<GetConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface ClaimConversationResponse {
  conversation?: Conversation | undefined;
}
export const ClaimConversationResponseSchema: Schema<ClaimConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface CloseConversationResponse {
  conversation?: Conversation | undefined;
}
export const CloseConversationResponseSchema: Schema<CloseConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface MonitorConversationResponse {
  conversation?: Conversation | undefined;
}
export const MonitorConversationResponseSchema: Schema<MonitorConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface StopMonitoringResponse {
  conversation?: Conversation | undefined;
}
export const StopMonitoringResponseSchema: Schema<StopMonitoringResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface ListConversationsRequest {
  view: InboxView;
  pageSize: number;
  pageToken: string;
  tagId: string;
}
export const ListConversationsRequestSchema: Schema<ListConversationsRequest> = [
  [1, "view", "e", InboxViewNames],
  [2, "pageSize", "i"],
  [3, "pageToken", "s"],
  [20, "tagId", "s"],
];

export interface ListConversationsResponse {
  conversations: Conversation[];
  nextPageToken: string;
}
export const ListConversationsResponseSchema: Schema<ListConversationsResponse> = [
  [1, "conversations", "m", ConversationSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListMessagesResponse {
  messages: Message[];
  headSequence: number;
}
export const ListMessagesResponseSchema: Schema<ListMessagesResponse> = [
  [1, "messages", "m", MessageSchema, true],
  [2, "headSequence", "i"],
];

export interface PostMessageResponse {
  message?: Message | undefined;
}
export const PostMessageResponseSchema: Schema<PostMessageResponse> = [
  [1, "message", "m", MessageSchema],
];

export interface Reader {
  staffId: string;
  displayName: string;
  purpose: Purpose;
  firstTime: number;
  lastTime: number;
  apiKeyId: string;
}
export const ReaderSchema: Schema<Reader> = [
  [1, "staffId", "s"],
  [2, "displayName", "s"],
  [3, "purpose", "e", PurposeNames],
  [4, "firstTime", "t"],
  [5, "lastTime", "t"],
  [6, "apiKeyId", "s"],
];

export interface ListReadersResponse {
  readers: Reader[];
}
export const ListReadersResponseSchema: Schema<ListReadersResponse> = [
  [1, "readers", "m", ReaderSchema, true],
];

export interface WatchConversationResponse {
  cursor: number;
  message?: Message | undefined;
  conversation?: Conversation | undefined;
  presence?: Presence | undefined;
  gap?: Gap | undefined;
}
export const WatchConversationResponseSchema: Schema<WatchConversationResponse> = [
  [1, "cursor", "i"],
  [2, "message", "m", MessageSchema],
  [3, "conversation", "m", ConversationSchema],
  [4, "presence", "m", PresenceSchema],
  [5, "gap", "m", GapSchema],
];

export interface GetWidgetSiteResponse {
  siteId: string;
  displayName: string;
  language: string;
  greeting: string;
  colour: string;
  position: SitePosition;
  initials: string;
  hasLogo: boolean;
}
export const GetWidgetSiteResponseSchema: Schema<GetWidgetSiteResponse> = [
  [1, "siteId", "s"],
  [2, "displayName", "s"],
  [3, "language", "s"],
  [4, "greeting", "s"],
  [5, "colour", "s"],
  [6, "position", "e", SitePositionNames],
  [7, "initials", "s"],
  [8, "hasLogo", "b"],
];

export interface Site {
  id: string;
  displayName: string;
  key: string;
  allowedOrigins: string[];
  language: string;
  greeting: string;
  colour: string;
  seenTime: number;
  seenOrigin: string;
  etag: string;
  createTime: number;
  position: SitePosition;
  initials: string;
}
export const SiteSchema: Schema<Site> = [
  [1, "id", "s"],
  [2, "displayName", "s"],
  [3, "key", "s"],
  [4, "allowedOrigins", "s", undefined, true],
  [5, "language", "s"],
  [6, "greeting", "s"],
  [7, "colour", "s"],
  [8, "seenTime", "t"],
  [9, "seenOrigin", "s"],
  [10, "etag", "s"],
  [11, "createTime", "t"],
  [12, "position", "e", SitePositionNames],
  [13, "initials", "s"],
];

export interface ListSitesResponse {
  sites: Site[];
  nextPageToken: string;
}
export const ListSitesResponseSchema: Schema<ListSitesResponse> = [
  [1, "sites", "m", SiteSchema, true],
  [2, "nextPageToken", "s"],
];

export interface Staff {
  id: string;
  email: string;
  displayName: string;
  roles: Caller[];
  teamIds: string[];
  state: StaffState;
  etag: string;
  createTime: number;
}
export const StaffSchema: Schema<Staff> = [
  [1, "id", "s"],
  [2, "email", "s"],
  [3, "displayName", "s"],
  [4, "roles", "e", CallerNames, true],
  [5, "teamIds", "s", undefined, true],
  [6, "state", "e", StaffStateNames],
  [7, "etag", "s"],
  [8, "createTime", "t"],
];

export interface Tenant {
  id: string;
  slug: string;
  displayName: string;
  regime: Regime;
  createTime: number;
  secureSessionsRequired: boolean;
}
export const TenantSchema: Schema<Tenant> = [
  [1, "id", "s"],
  [2, "slug", "s"],
  [3, "displayName", "s"],
  [4, "regime", "e", RegimeNames],
  [5, "createTime", "t"],
  [6, "secureSessionsRequired", "b"],
];

export interface GetMeResponse {
  staff?: Staff | undefined;
  tenant?: Tenant | undefined;
}
export const GetMeResponseSchema: Schema<GetMeResponse> = [
  [1, "staff", "m", StaffSchema],
  [2, "tenant", "m", TenantSchema],
];

export interface Question {
  number: number;
  label: string;
  hint: string;
  kind: QuestionKind;
  required: boolean;
}
export const QuestionSchema: Schema<Question> = [
  [1, "number", "i"],
  [2, "label", "s"],
  [3, "hint", "s"],
  [4, "kind", "e", QuestionKindNames],
  [5, "required", "b"],
];

export interface Notice {
  id: string;
  siteId: string;
  version: number;
  language: string;
  text: string;
  contentHash: string;
  policyUrl: string;
  effectiveTime: number;
  material: boolean;
  changeSummary: string;
  questions: Question[];
}
export const NoticeSchema: Schema<Notice> = [
  [1, "id", "s"],
  [2, "siteId", "s"],
  [3, "version", "i"],
  [4, "language", "s"],
  [5, "text", "s"],
  [6, "contentHash", "s"],
  [7, "policyUrl", "s"],
  [8, "effectiveTime", "t"],
  [9, "material", "b"],
  [10, "changeSummary", "s"],
  [11, "questions", "m", QuestionSchema, true],
];

export interface NoticeChange {
  fromNoticeId: string;
  material: boolean;
  summaries: string[];
}
export const NoticeChangeSchema: Schema<NoticeChange> = [
  [1, "fromNoticeId", "s"],
  [2, "material", "b"],
  [3, "summaries", "s", undefined, true],
];

export interface GetCurrentNoticeResponse {
  notice?: Notice | undefined;
  change?: NoticeChange | undefined;
}
export const GetCurrentNoticeResponseSchema: Schema<GetCurrentNoticeResponse> = [
  [1, "notice", "m", NoticeSchema],
  [2, "change", "m", NoticeChangeSchema],
];
