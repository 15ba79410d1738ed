// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export type AttachmentState =
  | "ATTACHMENT_STATE_UNSPECIFIED"
  | "ATTACHMENT_STATE_PENDING"
  | "ATTACHMENT_STATE_READY"
  | "ATTACHMENT_STATE_REFUSED";
export const AttachmentStateNames = ["ATTACHMENT_STATE_UNSPECIFIED", "ATTACHMENT_STATE_PENDING", "ATTACHMENT_STATE_READY", "ATTACHMENT_STATE_REFUSED"] as const;

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

export type HoldReason =
  | "HOLD_REASON_UNSPECIFIED"
  | "HOLD_REASON_FIRST_POSTS"
  | "HOLD_REASON_TOO_FAST";
export const HoldReasonNames = ["HOLD_REASON_UNSPECIFIED", "HOLD_REASON_FIRST_POSTS", "HOLD_REASON_TOO_FAST"] as const;

export type Joining =
  | "JOINING_UNSPECIFIED"
  | "JOINING_REQUEST"
  | "JOINING_INVITATION";
export const JoiningNames = ["JOINING_UNSPECIFIED", "JOINING_REQUEST", "JOINING_INVITATION"] as const;

export type MembershipState =
  | "MEMBERSHIP_STATE_UNSPECIFIED"
  | "MEMBERSHIP_STATE_JOINED"
  | "MEMBERSHIP_STATE_ASKED"
  | "MEMBERSHIP_STATE_INVITED";
export const MembershipStateNames = ["MEMBERSHIP_STATE_UNSPECIFIED", "MEMBERSHIP_STATE_JOINED", "MEMBERSHIP_STATE_ASKED", "MEMBERSHIP_STATE_INVITED"] as const;

export type ModerationState =
  | "MODERATION_STATE_UNSPECIFIED"
  | "MODERATION_STATE_OPEN"
  | "MODERATION_STATE_DECIDED"
  | "MODERATION_STATE_APPEALED"
  | "MODERATION_STATE_CLOSED";
export const ModerationStateNames = ["MODERATION_STATE_UNSPECIFIED", "MODERATION_STATE_OPEN", "MODERATION_STATE_DECIDED", "MODERATION_STATE_APPEALED", "MODERATION_STATE_CLOSED"] as const;

export type PollResults =
  | "POLL_RESULTS_UNSPECIFIED"
  | "POLL_RESULTS_ALWAYS"
  | "POLL_RESULTS_AFTER_VOTE"
  | "POLL_RESULTS_AFTER_CLOSE";
export const PollResultsNames = ["POLL_RESULTS_UNSPECIFIED", "POLL_RESULTS_ALWAYS", "POLL_RESULTS_AFTER_VOTE", "POLL_RESULTS_AFTER_CLOSE"] as const;

export type Reaction =
  | "REACTION_UNSPECIFIED"
  | "REACTION_HELPFUL"
  | "REACTION_THANKS"
  | "REACTION_AGREE"
  | "REACTION_LAUGH";
export const ReactionNames = ["REACTION_UNSPECIFIED", "REACTION_HELPFUL", "REACTION_THANKS", "REACTION_AGREE", "REACTION_LAUGH"] as const;

export type ReviewReason =
  | "REVIEW_REASON_UNSPECIFIED"
  | "REVIEW_REASON_EXPOSED"
  | "REVIEW_REASON_ILLEGAL"
  | "REVIEW_REASON_APPEAL";
export const ReviewReasonNames = ["REVIEW_REASON_UNSPECIFIED", "REVIEW_REASON_EXPOSED", "REVIEW_REASON_ILLEGAL", "REVIEW_REASON_APPEAL"] as const;

export type TopicKind =
  | "TOPIC_KIND_UNSPECIFIED"
  | "TOPIC_KIND_DISCUSSION"
  | "TOPIC_KIND_QUESTION";
export const TopicKindNames = ["TOPIC_KIND_UNSPECIFIED", "TOPIC_KIND_DISCUSSION", "TOPIC_KIND_QUESTION"] as const;

export type TrustLevel =
  | "TRUST_LEVEL_UNSPECIFIED"
  | "TRUST_LEVEL_NEW"
  | "TRUST_LEVEL_KNOWN"
  | "TRUST_LEVEL_TRUSTED";
export const TrustLevelNames = ["TRUST_LEVEL_UNSPECIFIED", "TRUST_LEVEL_NEW", "TRUST_LEVEL_KNOWN", "TRUST_LEVEL_TRUSTED"] as const;

export type Visibility =
  | "VISIBILITY_UNSPECIFIED"
  | "VISIBILITY_EVERYBODY"
  | "VISIBILITY_MEMBERS"
  | "VISIBILITY_GROUP";
export const VisibilityNames = ["VISIBILITY_UNSPECIFIED", "VISIBILITY_EVERYBODY", "VISIBILITY_MEMBERS", "VISIBILITY_GROUP"] as const;

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

export interface Topic {
  id: string;
  spaceId: string;
  spaceSlug: string;
  kind: TopicKind;
  title: string;
  state: ContentState;
  author?: Author | undefined;
  tags: string[];
  isLocked: boolean;
  isPinned: boolean;
  acceptedPostId: string;
  acceptedNumber: number;
  postCount: number;
  lastNumber: number;
  createTime: number;
  lastPostTime: number;
  version: number;
  readNumber: number;
  slowSeconds: number;
}
export const TopicSchema: Schema<Topic> = [
  [1, "id", "s"],
  [2, "spaceId", "s"],
  [3, "spaceSlug", "s"],
  [4, "kind", "e", TopicKindNames],
  [5, "title", "s"],
  [6, "state", "e", ContentStateNames],
  [7, "author", "m", AuthorSchema],
  [8, "tags", "s", undefined, true],
  [9, "isLocked", "b"],
  [10, "isPinned", "b"],
  [11, "acceptedPostId", "s"],
  [12, "acceptedNumber", "i"],
  [13, "postCount", "i"],
  [14, "lastNumber", "i"],
  [15, "createTime", "t"],
  [16, "lastPostTime", "t"],
  [17, "version", "i"],
  [18, "readNumber", "i"],
  [19, "slowSeconds", "i"],
];

export interface ArrangeTopicResponse {
  topic?: Topic | undefined;
}
export const ArrangeTopicResponseSchema: Schema<ArrangeTopicResponse> = [
  [1, "topic", "m", TopicSchema],
];

export interface Exposure {
  visibility: Visibility;
  isIndexed: boolean;
  hasFeed: boolean;
  isExported: boolean;
}
export const ExposureSchema: Schema<Exposure> = [
  [1, "visibility", "e", VisibilityNames],
  [2, "isIndexed", "b"],
  [3, "hasFeed", "b"],
  [4, "isExported", "b"],
];

export interface Space {
  id: string;
  slug: string;
  displayName: string;
  description: string;
  category: string;
  exposure?: Exposure | undefined;
  joining: Joining;
  position: number;
  topicCount: number;
  isArchived: boolean;
  isMember: boolean;
  etag: string;
  createTime: number;
}
export const SpaceSchema: Schema<Space> = [
  [1, "id", "s"],
  [2, "slug", "s"],
  [3, "displayName", "s"],
  [4, "description", "s"],
  [5, "category", "s"],
  [6, "exposure", "m", ExposureSchema],
  [7, "joining", "e", JoiningNames],
  [8, "position", "i"],
  [9, "topicCount", "i"],
  [10, "isArchived", "b"],
  [11, "isMember", "b"],
  [12, "etag", "s"],
  [13, "createTime", "t"],
];

export interface CreateSpaceResponse {
  space?: Space | undefined;
}
export const CreateSpaceResponseSchema: Schema<CreateSpaceResponse> = [
  [1, "space", "m", SpaceSchema],
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
  isMessage: boolean;
  termsId: string;
  holdReason: HoldReason;
  isSuspension: boolean;
  maskedWords: string[];
  maskedCount: number;
  kinds: FlagKind[];
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
  [14, "isMessage", "b"],
  [15, "termsId", "s"],
  [16, "holdReason", "e", HoldReasonNames],
  [17, "isSuspension", "b"],
  [18, "maskedWords", "s", undefined, true],
  [19, "maskedCount", "i"],
  [20, "kinds", "e", FlagKindNames, true],
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

export interface DecideReviewResponse {
  case?: ModerationCase | undefined;
}
export const DecideReviewResponseSchema: Schema<DecideReviewResponse> = [
  [1, "case", "m", ModerationCaseSchema],
];

export interface Clause {
  id: string;
  title: string;
  text: string;
}
export const ClauseSchema: Schema<Clause> = [
  [1, "id", "s"],
  [2, "title", "s"],
  [3, "text", "s"],
];

export interface Terms {
  id: string;
  number: number;
  clauses: Clause[];
  warning: string;
  changeLog: string;
  isMaterial: boolean;
  contentHash: string;
  warningHash: string;
  effectiveTime: number;
  publishTime: number;
}
export const TermsSchema: Schema<Terms> = [
  [1, "id", "s"],
  [2, "number", "i"],
  [3, "clauses", "m", ClauseSchema, true],
  [4, "warning", "s"],
  [5, "changeLog", "s"],
  [6, "isMaterial", "b"],
  [7, "contentHash", "s"],
  [8, "warningHash", "s"],
  [9, "effectiveTime", "t"],
  [10, "publishTime", "t"],
];

export interface GetCurrentTermsResponse {
  terms?: Terms | undefined;
}
export const GetCurrentTermsResponseSchema: Schema<GetCurrentTermsResponse> = [
  [1, "terms", "m", TermsSchema],
];

export interface GetMemberResponse {
  member?: Author | undefined;
  about: string;
  createTime: number;
  postCount: number;
  trust: TrustLevel;
  suspendedUntilTime: number;
  removalCount: number;
  fastCount: number;
}
export const GetMemberResponseSchema: Schema<GetMemberResponse> = [
  [1, "member", "m", AuthorSchema],
  [2, "about", "s"],
  [3, "createTime", "t"],
  [4, "postCount", "i"],
  [5, "trust", "e", TrustLevelNames],
  [6, "suspendedUntilTime", "t"],
  [7, "removalCount", "i"],
  [8, "fastCount", "i"],
];

export interface GetModerationCaseResponse {
  case?: ModerationCase | undefined;
}
export const GetModerationCaseResponseSchema: Schema<GetModerationCaseResponse> = [
  [1, "case", "m", ModerationCaseSchema],
];

export interface Review {
  id: string;
  reason: ReviewReason;
  community: string;
  case?: ModerationCase | undefined;
  createTime: number;
  clauses: Clause[];
}
export const ReviewSchema: Schema<Review> = [
  [1, "id", "s"],
  [2, "reason", "e", ReviewReasonNames],
  [3, "community", "s"],
  [4, "case", "m", ModerationCaseSchema],
  [5, "createTime", "t"],
  [6, "clauses", "m", ClauseSchema, true],
];

export interface GetReviewResponse {
  review?: Review | undefined;
}
export const GetReviewResponseSchema: Schema<GetReviewResponse> = [
  [1, "review", "m", ReviewSchema],
];

export interface GetTermsResponse {
  terms?: Terms | undefined;
}
export const GetTermsResponseSchema: Schema<GetTermsResponse> = [
  [1, "terms", "m", TermsSchema],
];

export interface GetTopicResponse {
  topic?: Topic | undefined;
}
export const GetTopicResponseSchema: Schema<GetTopicResponse> = [
  [1, "topic", "m", TopicSchema],
];

export interface ImportCommunityResponse {
  spaces: number;
  topics: number;
  posts: number;
  members: number;
}
export const ImportCommunityResponseSchema: Schema<ImportCommunityResponse> = [
  [1, "spaces", "i"],
  [2, "topics", "i"],
  [3, "posts", "i"],
  [4, "members", "i"],
];

export interface Membership {
  member?: Author | undefined;
  state: MembershipState;
  createTime: number;
}
export const MembershipSchema: Schema<Membership> = [
  [1, "member", "m", AuthorSchema],
  [2, "state", "e", MembershipStateNames],
  [3, "createTime", "t"],
];

export interface InviteMemberResponse {
  membership?: Membership | undefined;
}
export const InviteMemberResponseSchema: Schema<InviteMemberResponse> = [
  [1, "membership", "m", MembershipSchema],
];

export interface ListMembershipsResponse {
  memberships: Membership[];
  nextPageToken: string;
}
export const ListMembershipsResponseSchema: Schema<ListMembershipsResponse> = [
  [1, "memberships", "m", MembershipSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListModerationCasesResponse {
  cases: ModerationCase[];
  nextPageToken: string;
}
export const ListModerationCasesResponseSchema: Schema<ListModerationCasesResponse> = [
  [1, "cases", "m", ModerationCaseSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ReactionCount {
  reaction: Reaction;
  count: number;
}
export const ReactionCountSchema: Schema<ReactionCount> = [
  [1, "reaction", "e", ReactionNames],
  [2, "count", "i"],
];

export interface Attachment {
  id: string;
  filename: string;
  mediaType: string;
  size: number;
  state: AttachmentState;
  reason: string;
  width: number;
  height: number;
  createTime: number;
}
export const AttachmentSchema: Schema<Attachment> = [
  [1, "id", "s"],
  [2, "filename", "s"],
  [3, "mediaType", "s"],
  [4, "size", "i"],
  [5, "state", "e", AttachmentStateNames],
  [6, "reason", "s"],
  [7, "width", "i"],
  [8, "height", "i"],
  [9, "createTime", "t"],
];

export interface PollOption {
  number: number;
  text: string;
  votes: number;
}
export const PollOptionSchema: Schema<PollOption> = [
  [1, "number", "i"],
  [2, "text", "s"],
  [3, "votes", "i"],
];

export interface Poll {
  question: string;
  options: PollOption[];
  allowsSeveral: boolean;
  results: PollResults;
  closeTime: number;
  isClosed: boolean;
  hasResults: boolean;
  voterCount: number;
  ownChoices: number[];
  etag: string;
}
export const PollSchema: Schema<Poll> = [
  [1, "question", "s"],
  [2, "options", "m", PollOptionSchema, true],
  [3, "allowsSeveral", "b"],
  [4, "results", "e", PollResultsNames],
  [5, "closeTime", "t"],
  [6, "isClosed", "b"],
  [7, "hasResults", "b"],
  [8, "voterCount", "i"],
  [9, "ownChoices", "i", undefined, true],
  [10, "etag", "s"],
];

export interface Post {
  id: string;
  topicId: string;
  number: number;
  author?: Author | undefined;
  html: string;
  body: string;
  renderer: number;
  state: ContentState;
  revision: number;
  replyTo: number;
  votes: number;
  reactions: ReactionCount[];
  isOwn: boolean;
  hasVoted: boolean;
  termsId: string;
  createTime: number;
  editTime: number;
  etag: string;
  attachments: Attachment[];
  isIgnored: boolean;
  poll?: Poll | undefined;
  topicTitle: string;
}
export const PostSchema: Schema<Post> = [
  [1, "id", "s"],
  [2, "topicId", "s"],
  [3, "number", "i"],
  [4, "author", "m", AuthorSchema],
  [5, "html", "s"],
  [6, "body", "s"],
  [7, "renderer", "i"],
  [8, "state", "e", ContentStateNames],
  [9, "revision", "i"],
  [10, "replyTo", "i"],
  [11, "votes", "i"],
  [12, "reactions", "m", ReactionCountSchema, true],
  [13, "isOwn", "b"],
  [14, "hasVoted", "b"],
  [15, "termsId", "s"],
  [16, "createTime", "t"],
  [17, "editTime", "t"],
  [18, "etag", "s"],
  [19, "attachments", "m", AttachmentSchema, true],
  [20, "isIgnored", "b"],
  [21, "poll", "m", PollSchema],
  [22, "topicTitle", "s"],
];

export interface MovedPost {
  number: number;
  postId: string;
  topicId: string;
  toNumber: number;
}
export const MovedPostSchema: Schema<MovedPost> = [
  [1, "number", "i"],
  [2, "postId", "s"],
  [3, "topicId", "s"],
  [4, "toNumber", "i"],
];

export interface ListPostsResponse {
  posts: Post[];
  nextAfterNumber: number;
  moved: MovedPost[];
}
export const ListPostsResponseSchema: Schema<ListPostsResponse> = [
  [1, "posts", "m", PostSchema, true],
  [2, "nextAfterNumber", "i"],
  [3, "moved", "m", MovedPostSchema, true],
];

export interface ListReviewsResponse {
  reviews: Review[];
  nextPageToken: string;
}
export const ListReviewsResponseSchema: Schema<ListReviewsResponse> = [
  [1, "reviews", "m", ReviewSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListSpacesResponse {
  spaces: Space[];
  nextPageToken: string;
}
export const ListSpacesResponseSchema: Schema<ListSpacesResponse> = [
  [1, "spaces", "m", SpaceSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListTermsResponse {
  terms: Terms[];
  nextPageToken: string;
}
export const ListTermsResponseSchema: Schema<ListTermsResponse> = [
  [1, "terms", "m", TermsSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListTopicsResponse {
  topics: Topic[];
  nextPageToken: string;
}
export const ListTopicsResponseSchema: Schema<ListTopicsResponse> = [
  [1, "topics", "m", TopicSchema, true],
  [2, "nextPageToken", "s"],
];

export interface MovePostsResponse {
  topic?: Topic | undefined;
  moved: number;
}
export const MovePostsResponseSchema: Schema<MovePostsResponse> = [
  [1, "topic", "m", TopicSchema],
  [2, "moved", "i"],
];

export interface PublishTermsResponse {
  terms?: Terms | undefined;
}
export const PublishTermsResponseSchema: Schema<PublishTermsResponse> = [
  [1, "terms", "m", TermsSchema],
];

export interface SuspendMemberResponse {
  suspendedUntilTime: number;
}
export const SuspendMemberResponseSchema: Schema<SuspendMemberResponse> = [
  [1, "suspendedUntilTime", "t"],
];

export interface UpdateSpaceResponse {
  space?: Space | undefined;
}
export const UpdateSpaceResponseSchema: Schema<UpdateSpaceResponse> = [
  [1, "space", "m", SpaceSchema],
];
