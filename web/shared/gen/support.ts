// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export type Assignee =
  | "ASSIGNEE_UNSPECIFIED"
  | "ASSIGNEE_ME"
  | "ASSIGNEE_NOBODY"
  | "ASSIGNEE_FOLLOWED";
export const AssigneeNames = ["ASSIGNEE_UNSPECIFIED", "ASSIGNEE_ME", "ASSIGNEE_NOBODY", "ASSIGNEE_FOLLOWED"] as const;

export type Assignment =
  | "ASSIGNMENT_UNSPECIFIED"
  | "ASSIGNMENT_MANUAL"
  | "ASSIGNMENT_ROUND_ROBIN"
  | "ASSIGNMENT_LEAST_BUSY";
export const AssignmentNames = ["ASSIGNMENT_UNSPECIFIED", "ASSIGNMENT_MANUAL", "ASSIGNMENT_ROUND_ROBIN", "ASSIGNMENT_LEAST_BUSY"] as const;

export type ChangeKind =
  | "CHANGE_KIND_UNSPECIFIED"
  | "CHANGE_KIND_SET_STATE"
  | "CHANGE_KIND_SET_PRIORITY"
  | "CHANGE_KIND_SET_SEVERITY"
  | "CHANGE_KIND_MOVE"
  | "CHANGE_KIND_ASSIGN"
  | "CHANGE_KIND_ADD_TAG"
  | "CHANGE_KIND_REMOVE_TAG"
  | "CHANGE_KIND_ACCEPT"
  | "CHANGE_KIND_DECLINE"
  | "CHANGE_KIND_DUPLICATE"
  | "CHANGE_KIND_SNOOZE"
  | "CHANGE_KIND_WAKE"
  | "CHANGE_KIND_MARK_SPAM"
  | "CHANGE_KIND_UNMARK_SPAM"
  | "CHANGE_KIND_ANSWER"
  | "CHANGE_KIND_NOTE"
  | "CHANGE_KIND_FOLLOW"
  | "CHANGE_KIND_UNFOLLOW"
  | "CHANGE_KIND_SET_FIELD"
  | "CHANGE_KIND_SET_SUBJECT"
  | "CHANGE_KIND_SET_SITE"
  | "CHANGE_KIND_ADD_COPY"
  | "CHANGE_KIND_REMOVE_COPY"
  | "CHANGE_KIND_SET_LANGUAGE";
export const ChangeKindNames = ["CHANGE_KIND_UNSPECIFIED", "CHANGE_KIND_SET_STATE", "CHANGE_KIND_SET_PRIORITY", "CHANGE_KIND_SET_SEVERITY", "CHANGE_KIND_MOVE", "CHANGE_KIND_ASSIGN", "CHANGE_KIND_ADD_TAG", "CHANGE_KIND_REMOVE_TAG", "CHANGE_KIND_ACCEPT", "CHANGE_KIND_DECLINE", "CHANGE_KIND_DUPLICATE", "CHANGE_KIND_SNOOZE", "CHANGE_KIND_WAKE", "CHANGE_KIND_MARK_SPAM", "CHANGE_KIND_UNMARK_SPAM", "CHANGE_KIND_ANSWER", "CHANGE_KIND_NOTE", "CHANGE_KIND_FOLLOW", "CHANGE_KIND_UNFOLLOW", "CHANGE_KIND_SET_FIELD", "CHANGE_KIND_SET_SUBJECT", "CHANGE_KIND_SET_SITE", "CHANGE_KIND_ADD_COPY", "CHANGE_KIND_REMOVE_COPY", "CHANGE_KIND_SET_LANGUAGE"] as const;

export type CheckResult =
  | "CHECK_RESULT_UNSPECIFIED"
  | "CHECK_RESULT_PASS"
  | "CHECK_RESULT_FAIL"
  | "CHECK_RESULT_NONE"
  | "CHECK_RESULT_ERROR";
export const CheckResultNames = ["CHECK_RESULT_UNSPECIFIED", "CHECK_RESULT_PASS", "CHECK_RESULT_FAIL", "CHECK_RESULT_NONE", "CHECK_RESULT_ERROR"] as const;

export type ConditionKind =
  | "CONDITION_KIND_UNSPECIFIED"
  | "CONDITION_KIND_STATE_IS"
  | "CONDITION_KIND_PRIORITY_IS"
  | "CONDITION_KIND_QUEUE_IS"
  | "CONDITION_KIND_SOURCE_IS"
  | "CONDITION_KIND_SUBJECT_HAS"
  | "CONDITION_KIND_EMAIL_AT"
  | "CONDITION_KIND_UNASSIGNED";
export const ConditionKindNames = ["CONDITION_KIND_UNSPECIFIED", "CONDITION_KIND_STATE_IS", "CONDITION_KIND_PRIORITY_IS", "CONDITION_KIND_QUEUE_IS", "CONDITION_KIND_SOURCE_IS", "CONDITION_KIND_SUBJECT_HAS", "CONDITION_KIND_EMAIL_AT", "CONDITION_KIND_UNASSIGNED"] as const;

export type DomainUse =
  | "DOMAIN_USE_UNSPECIFIED"
  | "DOMAIN_USE_MAILBOX"
  | "DOMAIN_USE_SENDER"
  | "DOMAIN_USE_RETURN";
export const DomainUseNames = ["DOMAIN_USE_UNSPECIFIED", "DOMAIN_USE_MAILBOX", "DOMAIN_USE_SENDER", "DOMAIN_USE_RETURN"] as const;

export type EntryKind =
  | "ENTRY_KIND_UNSPECIFIED"
  | "ENTRY_KIND_REQUEST"
  | "ENTRY_KIND_REPLY"
  | "ENTRY_KIND_ANSWER"
  | "ENTRY_KIND_NOTE";
export const EntryKindNames = ["ENTRY_KIND_UNSPECIFIED", "ENTRY_KIND_REQUEST", "ENTRY_KIND_REPLY", "ENTRY_KIND_ANSWER", "ENTRY_KIND_NOTE"] as const;

export type FieldKind =
  | "FIELD_KIND_UNSPECIFIED"
  | "FIELD_KIND_TEXT"
  | "FIELD_KIND_NUMBER"
  | "FIELD_KIND_CHOICE"
  | "FIELD_KIND_DATE"
  | "FIELD_KIND_YES_NO";
export const FieldKindNames = ["FIELD_KIND_UNSPECIFIED", "FIELD_KIND_TEXT", "FIELD_KIND_NUMBER", "FIELD_KIND_CHOICE", "FIELD_KIND_DATE", "FIELD_KIND_YES_NO"] as const;

export type Finding =
  | "FINDING_UNSPECIFIED"
  | "FINDING_GOOD"
  | "FINDING_MISSING"
  | "FINDING_NO_DOMAIN"
  | "FINDING_SEVERAL"
  | "FINDING_MALFORMED"
  | "FINDING_UNANSWERED"
  | "FINDING_UNASKED"
  | "FINDING_RELAY_UNNAMED"
  | "FINDING_OPEN"
  | "FINDING_TOO_MANY_LOOKUPS"
  | "FINDING_OTHER_KEY"
  | "FINDING_REVOKED"
  | "FINDING_WATCHING"
  | "FINDING_SELECTOR_UNSET";
export const FindingNames = ["FINDING_UNSPECIFIED", "FINDING_GOOD", "FINDING_MISSING", "FINDING_NO_DOMAIN", "FINDING_SEVERAL", "FINDING_MALFORMED", "FINDING_UNANSWERED", "FINDING_UNASKED", "FINDING_RELAY_UNNAMED", "FINDING_OPEN", "FINDING_TOO_MANY_LOOKUPS", "FINDING_OTHER_KEY", "FINDING_REVOKED", "FINDING_WATCHING", "FINDING_SELECTOR_UNSET"] as const;

export type LinkKind =
  | "LINK_KIND_UNSPECIFIED"
  | "LINK_KIND_RELATED"
  | "LINK_KIND_BLOCKED_BY"
  | "LINK_KIND_BLOCKS";
export const LinkKindNames = ["LINK_KIND_UNSPECIFIED", "LINK_KIND_RELATED", "LINK_KIND_BLOCKED_BY", "LINK_KIND_BLOCKS"] as const;

export type Order =
  | "ORDER_UNSPECIFIED"
  | "ORDER_UPDATED"
  | "ORDER_OLDEST"
  | "ORDER_NEWEST"
  | "ORDER_DUE"
  | "ORDER_PRIORITY";
export const OrderNames = ["ORDER_UNSPECIFIED", "ORDER_UPDATED", "ORDER_OLDEST", "ORDER_NEWEST", "ORDER_DUE", "ORDER_PRIORITY"] as const;

export type Outcome =
  | "OUTCOME_UNSPECIFIED"
  | "OUTCOME_ACCEPTED"
  | "OUTCOME_DUPLICATE"
  | "OUTCOME_DECLINED"
  | "OUTCOME_SOLVED";
export const OutcomeNames = ["OUTCOME_UNSPECIFIED", "OUTCOME_ACCEPTED", "OUTCOME_DUPLICATE", "OUTCOME_DECLINED", "OUTCOME_SOLVED"] as const;

export type Priority =
  | "PRIORITY_UNSPECIFIED"
  | "PRIORITY_LOW"
  | "PRIORITY_NORMAL"
  | "PRIORITY_HIGH"
  | "PRIORITY_URGENT";
export const PriorityNames = ["PRIORITY_UNSPECIFIED", "PRIORITY_LOW", "PRIORITY_NORMAL", "PRIORITY_HIGH", "PRIORITY_URGENT"] as const;

export type SendState =
  | "SEND_STATE_UNSPECIFIED"
  | "SEND_STATE_WAITING"
  | "SEND_STATE_SENT"
  | "SEND_STATE_FAILED";
export const SendStateNames = ["SEND_STATE_UNSPECIFIED", "SEND_STATE_WAITING", "SEND_STATE_SENT", "SEND_STATE_FAILED"] as const;

export type SenderMethod =
  | "SENDER_METHOD_UNSPECIFIED"
  | "SENDER_METHOD_SPF"
  | "SENDER_METHOD_DKIM"
  | "SENDER_METHOD_DMARC";
export const SenderMethodNames = ["SENDER_METHOD_UNSPECIFIED", "SENDER_METHOD_SPF", "SENDER_METHOD_DKIM", "SENDER_METHOD_DMARC"] as const;

export type Severity =
  | "SEVERITY_UNSPECIFIED"
  | "SEVERITY_MINOR"
  | "SEVERITY_MODERATE"
  | "SEVERITY_MAJOR"
  | "SEVERITY_CRITICAL";
export const SeverityNames = ["SEVERITY_UNSPECIFIED", "SEVERITY_MINOR", "SEVERITY_MODERATE", "SEVERITY_MAJOR", "SEVERITY_CRITICAL"] as const;

export type Source =
  | "SOURCE_UNSPECIFIED"
  | "SOURCE_FORM"
  | "SOURCE_MAIL"
  | "SOURCE_API"
  | "SOURCE_STAFF"
  | "SOURCE_CHAT"
  | "SOURCE_COMMUNITY";
export const SourceNames = ["SOURCE_UNSPECIFIED", "SOURCE_FORM", "SOURCE_MAIL", "SOURCE_API", "SOURCE_STAFF", "SOURCE_CHAT", "SOURCE_COMMUNITY"] as const;

export type State =
  | "STATE_UNSPECIFIED"
  | "STATE_TRIAGE"
  | "STATE_OPEN"
  | "STATE_WAITING_ON_REQUESTER"
  | "STATE_WAITING_ON_US"
  | "STATE_RESOLVED"
  | "STATE_CLOSED";
export const StateNames = ["STATE_UNSPECIFIED", "STATE_TRIAGE", "STATE_OPEN", "STATE_WAITING_ON_REQUESTER", "STATE_WAITING_ON_US", "STATE_RESOLVED", "STATE_CLOSED"] as const;

export type TicketColumn =
  | "TICKET_COLUMN_UNSPECIFIED"
  | "TICKET_COLUMN_REQUESTER"
  | "TICKET_COLUMN_SITE"
  | "TICKET_COLUMN_REFERENCE"
  | "TICKET_COLUMN_QUEUE"
  | "TICKET_COLUMN_PRIORITY"
  | "TICKET_COLUMN_SEVERITY"
  | "TICKET_COLUMN_STATE"
  | "TICKET_COLUMN_ASSIGNEE"
  | "TICKET_COLUMN_TAGS"
  | "TICKET_COLUMN_CREATED"
  | "TICKET_COLUMN_DUE";
export const TicketColumnNames = ["TICKET_COLUMN_UNSPECIFIED", "TICKET_COLUMN_REQUESTER", "TICKET_COLUMN_SITE", "TICKET_COLUMN_REFERENCE", "TICKET_COLUMN_QUEUE", "TICKET_COLUMN_PRIORITY", "TICKET_COLUMN_SEVERITY", "TICKET_COLUMN_STATE", "TICKET_COLUMN_ASSIGNEE", "TICKET_COLUMN_TAGS", "TICKET_COLUMN_CREATED", "TICKET_COLUMN_DUE"] as const;

export type TicketFileState =
  | "STATE_UNSPECIFIED"
  | "STATE_PENDING"
  | "STATE_READY"
  | "STATE_REFUSED";
export const TicketFileStateNames = ["STATE_UNSPECIFIED", "STATE_PENDING", "STATE_READY", "STATE_REFUSED"] as const;

export type TicketMetric =
  | "METRIC_UNSPECIFIED"
  | "METRIC_TRIAGE"
  | "METRIC_FIRST_RESPONSE"
  | "METRIC_NEXT_RESPONSE"
  | "METRIC_RESOLUTION";
export const TicketMetricNames = ["METRIC_UNSPECIFIED", "METRIC_TRIAGE", "METRIC_FIRST_RESPONSE", "METRIC_NEXT_RESPONSE", "METRIC_RESOLUTION"] as const;

export type Trigger =
  | "TRIGGER_UNSPECIFIED"
  | "TRIGGER_OPENED"
  | "TRIGGER_REPLIED"
  | "TRIGGER_ANSWERED"
  | "TRIGGER_STATE_CHANGED"
  | "TRIGGER_LEVEL_NEAR"
  | "TRIGGER_LEVEL_MISSED";
export const TriggerNames = ["TRIGGER_UNSPECIFIED", "TRIGGER_OPENED", "TRIGGER_REPLIED", "TRIGGER_ANSWERED", "TRIGGER_STATE_CHANGED", "TRIGGER_LEVEL_NEAR", "TRIGGER_LEVEL_MISSED"] as const;

export interface ChangedTicket {
  ticketId: string;
  refusal: string;
  etag: string;
  entryId: string;
}
export const ChangedTicketSchema: Schema<ChangedTicket> = [
  [1, "ticketId", "s"],
  [2, "refusal", "s"],
  [3, "etag", "s"],
  [4, "entryId", "s"],
];

export interface ChangeTicketsResponse {
  tickets: ChangedTicket[];
  undoId: string;
  undoUntilTime: number;
}
export const ChangeTicketsResponseSchema: Schema<ChangeTicketsResponse> = [
  [1, "tickets", "m", ChangedTicketSchema, true],
  [2, "undoId", "s"],
  [3, "undoUntilTime", "t"],
];

export interface CountTicketsResponse {
  triage: number;
  mine: number;
  unassigned: number;
  breached: number;
}
export const CountTicketsResponseSchema: Schema<CountTicketsResponse> = [
  [1, "triage", "i"],
  [2, "mine", "i"],
  [3, "unassigned", "i"],
  [4, "breached", "i"],
];

export interface Stretch {
  startMinute: number;
  endMinute: number;
}
export const StretchSchema: Schema<Stretch> = [
  [1, "startMinute", "i"],
  [2, "endMinute", "i"],
];

export interface CalendarDay {
  intervals: Stretch[];
}
export const CalendarDaySchema: Schema<CalendarDay> = [
  [1, "intervals", "m", StretchSchema, true],
];

export interface CalendarDate {
  date: string;
  intervals: Stretch[];
}
export const CalendarDateSchema: Schema<CalendarDate> = [
  [1, "date", "s"],
  [2, "intervals", "m", StretchSchema, true],
];

export interface Calendar {
  id: string;
  label: string;
  zone: string;
  days: CalendarDay[];
  holidaysOf: string;
  part: string;
  specialDays: CalendarDate[];
  etag: string;
}
export const CalendarSchema: Schema<Calendar> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "zone", "s"],
  [4, "days", "m", CalendarDaySchema, true],
  [5, "holidaysOf", "s"],
  [6, "part", "s"],
  [7, "specialDays", "m", CalendarDateSchema, true],
  [8, "etag", "s"],
];

export interface CreateCalendarResponse {
  calendar?: Calendar | undefined;
}
export const CreateCalendarResponseSchema: Schema<CreateCalendarResponse> = [
  [1, "calendar", "m", CalendarSchema],
];

export interface Field {
  id: string;
  label: string;
  kind: FieldKind;
  choices: string[];
  isAsked: boolean;
  reason: string;
  isRetired: boolean;
  etag: string;
}
export const FieldSchema: Schema<Field> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "kind", "e", FieldKindNames],
  [4, "choices", "s", undefined, true],
  [5, "isAsked", "b"],
  [6, "reason", "s"],
  [7, "isRetired", "b"],
  [8, "etag", "s"],
];

export interface CreateFieldResponse {
  field?: Field | undefined;
}
export const CreateFieldResponseSchema: Schema<CreateFieldResponse> = [
  [1, "field", "m", FieldSchema],
];

export interface MacroStep {
  kind: ChangeKind;
  value: string;
  words: string;
}
export const MacroStepSchema: Schema<MacroStep> = [
  [1, "kind", "e", ChangeKindNames],
  [2, "value", "s"],
  [3, "words", "s"],
];

export interface Macro {
  id: string;
  label: string;
  steps: MacroStep[];
  etag: string;
  isFix: boolean;
}
export const MacroSchema: Schema<Macro> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "steps", "m", MacroStepSchema, true],
  [4, "etag", "s"],
  [5, "isFix", "b"],
];

export interface CreateMacroResponse {
  macro?: Macro | undefined;
}
export const CreateMacroResponseSchema: Schema<CreateMacroResponse> = [
  [1, "macro", "m", MacroSchema],
];

export interface Mailbox {
  id: string;
  localPart: string;
  mailAddress: string;
  queueId: string;
  createTime: number;
}
export const MailboxSchema: Schema<Mailbox> = [
  [1, "id", "s"],
  [2, "localPart", "s"],
  [3, "mailAddress", "s"],
  [4, "queueId", "s"],
  [5, "createTime", "t"],
];

export interface CreateMailboxResponse {
  mailbox?: Mailbox | undefined;
}
export const CreateMailboxResponseSchema: Schema<CreateMailboxResponse> = [
  [1, "mailbox", "m", MailboxSchema],
];

export interface Queue {
  id: string;
  label: string;
  assignment: Assignment;
  isPrivate: boolean;
  memberIds: string[];
  etag: string;
  createTime: number;
  isRetired: boolean;
}
export const QueueSchema: Schema<Queue> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "assignment", "e", AssignmentNames],
  [4, "isPrivate", "b"],
  [5, "memberIds", "s", undefined, true],
  [6, "etag", "s"],
  [7, "createTime", "t"],
  [8, "isRetired", "b"],
];

export interface CreateQueueResponse {
  queue?: Queue | undefined;
}
export const CreateQueueResponseSchema: Schema<CreateQueueResponse> = [
  [1, "queue", "m", QueueSchema],
];

export interface Condition {
  kind: ConditionKind;
  value: string;
}
export const ConditionSchema: Schema<Condition> = [
  [1, "kind", "e", ConditionKindNames],
  [2, "value", "s"],
];

export interface Rule {
  id: string;
  label: string;
  trigger: Trigger;
  conditions: Condition[];
  steps: MacroStep[];
  isOn: boolean;
  etag: string;
}
export const RuleSchema: Schema<Rule> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "trigger", "e", TriggerNames],
  [4, "conditions", "m", ConditionSchema, true],
  [5, "steps", "m", MacroStepSchema, true],
  [6, "isOn", "b"],
  [7, "etag", "s"],
];

export interface CreateRuleResponse {
  rule?: Rule | undefined;
}
export const CreateRuleResponseSchema: Schema<CreateRuleResponse> = [
  [1, "rule", "m", RuleSchema],
];

export interface TicketFilter {
  states: State[];
  queueId: string;
  assignee: Assignee;
  assigneeId: string;
  priorities: Priority[];
  tagId: string;
  requesterId: string;
  snoozed: boolean;
  spam: boolean;
  breached: boolean;
  replyLast: boolean;
}
export const TicketFilterSchema: Schema<TicketFilter> = [
  [1, "states", "e", StateNames, true],
  [2, "queueId", "s"],
  [3, "assignee", "e", AssigneeNames],
  [4, "assigneeId", "s"],
  [5, "priorities", "e", PriorityNames, true],
  [6, "tagId", "s"],
  [7, "requesterId", "s"],
  [8, "snoozed", "b"],
  [9, "spam", "b"],
  [10, "breached", "b"],
  [11, "replyLast", "b"],
];

export interface SavedView {
  id: string;
  label: string;
  filter?: TicketFilter | undefined;
  order: Order;
  isShared: boolean;
  columns: TicketColumn[];
  isOwn: boolean;
  etag: string;
}
export const SavedViewSchema: Schema<SavedView> = [
  [1, "id", "s"],
  [2, "label", "s"],
  [3, "filter", "m", TicketFilterSchema],
  [4, "order", "e", OrderNames],
  [5, "isShared", "b"],
  [6, "columns", "e", TicketColumnNames, true],
  [7, "isOwn", "b"],
  [8, "etag", "s"],
];

export interface CreateSavedViewResponse {
  view?: SavedView | undefined;
}
export const CreateSavedViewResponseSchema: Schema<CreateSavedViewResponse> = [
  [1, "view", "m", SavedViewSchema],
];

export interface TicketTag {
  id: string;
  word: string;
  isRetired: boolean;
}
export const TicketTagSchema: Schema<TicketTag> = [
  [1, "id", "s"],
  [2, "word", "s"],
  [3, "isRetired", "b"],
];

export interface CreateTicketTagResponse {
  tag?: TicketTag | undefined;
}
export const CreateTicketTagResponseSchema: Schema<CreateTicketTagResponse> = [
  [1, "tag", "m", TicketTagSchema],
];

export interface StateCount {
  state: State;
  count: number;
}
export const StateCountSchema: Schema<StateCount> = [
  [1, "state", "e", StateNames],
  [2, "count", "i"],
];

export interface AgeCount {
  fromHours: number;
  count: number;
}
export const AgeCountSchema: Schema<AgeCount> = [
  [1, "fromHours", "i"],
  [2, "count", "i"],
];

export interface AgentCount {
  staffId: string;
  open: number;
  answers: number;
  resolved: number;
}
export const AgentCountSchema: Schema<AgentCount> = [
  [1, "staffId", "s"],
  [2, "open", "i"],
  [3, "answers", "i"],
  [4, "resolved", "i"],
];

export interface DayCount {
  day: number;
  opened: number;
  resolved: number;
  missed: number;
  replies: number;
  answers: number;
}
export const DayCountSchema: Schema<DayCount> = [
  [1, "day", "t"],
  [2, "opened", "i"],
  [3, "resolved", "i"],
  [4, "missed", "i"],
  [5, "replies", "i"],
  [6, "answers", "i"],
];

export interface GetDeskReportResponse {
  backlog: StateCount[];
  ages: AgeCount[];
  agents: AgentCount[];
  days: DayCount[];
}
export const GetDeskReportResponseSchema: Schema<GetDeskReportResponse> = [
  [1, "backlog", "m", StateCountSchema, true],
  [2, "ages", "m", AgeCountSchema, true],
  [3, "agents", "m", AgentCountSchema, true],
  [4, "days", "m", DayCountSchema, true],
];

export interface Clock {
  metric: TicketMetric;
  dueTime: number;
  leftSeconds: number;
  isPaused: boolean;
  isBreached: boolean;
  stopTime: number;
}
export const ClockSchema: Schema<Clock> = [
  [1, "metric", "e", TicketMetricNames],
  [2, "dueTime", "t"],
  [3, "leftSeconds", "i"],
  [4, "isPaused", "b"],
  [5, "isBreached", "b"],
  [6, "stopTime", "t"],
];

export interface FieldValue {
  fieldId: string;
  value: string;
}
export const FieldValueSchema: Schema<FieldValue> = [
  [1, "fieldId", "s"],
  [2, "value", "s"],
];

export interface TicketCopy {
  requesterId: string;
  displayName: string;
  email: string;
}
export const TicketCopySchema: Schema<TicketCopy> = [
  [1, "requesterId", "s"],
  [2, "displayName", "s"],
  [3, "email", "s"],
];

export interface Ticket {
  id: string;
  reference: string;
  subject: string;
  state: State;
  outcome: Outcome;
  priority: Priority;
  severity: Severity;
  queueId: string;
  assigneeId: string;
  requesterId: string;
  requesterName: string;
  requesterEmail: string;
  siteUrl: string;
  source: Source;
  tagIds: string[];
  isSpam: boolean;
  snoozeUntilTime: number;
  mergedIntoId: string;
  createTime: number;
  updateTime: number;
  closeTime: number;
  purgeTime: number;
  etag: string;
  entryCount: number;
  lastEntryTime: number;
  nextDueTime: number;
  nextMetric: TicketMetric;
  isBreached: boolean;
  conversationId: string;
  isSealed: boolean;
  clocks: Clock[];
  isReplyLast: boolean;
  parentId: string;
  fieldValues: FieldValue[];
  followerIds: string[];
  copies: TicketCopy[];
  topicId: string;
  language: string;
}
export const TicketSchema: Schema<Ticket> = [
  [1, "id", "s"],
  [2, "reference", "s"],
  [3, "subject", "s"],
  [4, "state", "e", StateNames],
  [5, "outcome", "e", OutcomeNames],
  [6, "priority", "e", PriorityNames],
  [7, "severity", "e", SeverityNames],
  [8, "queueId", "s"],
  [9, "assigneeId", "s"],
  [10, "requesterId", "s"],
  [11, "requesterName", "s"],
  [12, "requesterEmail", "s"],
  [13, "siteUrl", "s"],
  [14, "source", "e", SourceNames],
  [15, "tagIds", "s", undefined, true],
  [16, "isSpam", "b"],
  [17, "snoozeUntilTime", "t"],
  [18, "mergedIntoId", "s"],
  [19, "createTime", "t"],
  [20, "updateTime", "t"],
  [21, "closeTime", "t"],
  [22, "purgeTime", "t"],
  [23, "etag", "s"],
  [24, "entryCount", "i"],
  [25, "lastEntryTime", "t"],
  [26, "nextDueTime", "t"],
  [27, "nextMetric", "e", TicketMetricNames],
  [28, "isBreached", "b"],
  [29, "conversationId", "s"],
  [30, "isSealed", "b"],
  [31, "clocks", "m", ClockSchema, true],
  [32, "isReplyLast", "b"],
  [33, "parentId", "s"],
  [34, "fieldValues", "m", FieldValueSchema, true],
  [35, "followerIds", "s", undefined, true],
  [36, "copies", "m", TicketCopySchema, true],
  [37, "topicId", "s"],
  [38, "language", "s"],
];

export interface Entry {
  id: string;
  ticketId: string;
  kind: EntryKind;
  staffId: string;
  staffName: string;
  body: string;
  note: string;
  createTime: number;
  sendState: SendState;
  sendTime: number;
  isWithdrawn: boolean;
  authorEmail: string;
  authorId: string;
  quotedText: string;
  spf: CheckResult;
  dkim: CheckResult;
  dmarc: CheckResult;
}
export const EntrySchema: Schema<Entry> = [
  [1, "id", "s"],
  [2, "ticketId", "s"],
  [3, "kind", "e", EntryKindNames],
  [4, "staffId", "s"],
  [5, "staffName", "s"],
  [6, "body", "s"],
  [7, "note", "s"],
  [8, "createTime", "t"],
  [9, "sendState", "e", SendStateNames],
  [10, "sendTime", "t"],
  [11, "isWithdrawn", "b"],
  [12, "authorEmail", "s"],
  [13, "authorId", "s"],
  [30, "quotedText", "s"],
  [31, "spf", "e", CheckResultNames],
  [32, "dkim", "e", CheckResultNames],
  [33, "dmarc", "e", CheckResultNames],
];

export interface TicketEvent {
  id: string;
  ticketId: string;
  kind: string;
  staffId: string;
  ruleId: string;
  fromValue: string;
  toValue: string;
  time: number;
}
export const TicketEventSchema: Schema<TicketEvent> = [
  [1, "id", "s"],
  [2, "ticketId", "s"],
  [3, "kind", "s"],
  [4, "staffId", "s"],
  [5, "ruleId", "s"],
  [6, "fromValue", "s"],
  [7, "toValue", "s"],
  [8, "time", "t"],
];

export interface Draft {
  body: string;
  isInternal: boolean;
  updateTime: number;
}
export const DraftSchema: Schema<Draft> = [
  [1, "body", "s"],
  [2, "isInternal", "b"],
  [3, "updateTime", "t"],
];

export interface TicketLink {
  ticketId: string;
  kind: LinkKind;
}
export const TicketLinkSchema: Schema<TicketLink> = [
  [1, "ticketId", "s"],
  [2, "kind", "e", LinkKindNames],
];

export interface Viewer {
  ticketId: string;
  staffId: string;
  displayName: string;
  isWriting: boolean;
}
export const ViewerSchema: Schema<Viewer> = [
  [1, "ticketId", "s"],
  [2, "staffId", "s"],
  [3, "displayName", "s"],
  [4, "isWriting", "b"],
];

export interface TicketFile {
  id: string;
  ticketId: string;
  entryId: string;
  staffId: string;
  filename: string;
  mediaType: string;
  size: number;
  state: TicketFileState;
  reason: string;
  width: number;
  height: number;
  createTime: number;
}
export const TicketFileSchema: Schema<TicketFile> = [
  [1, "id", "s"],
  [2, "ticketId", "s"],
  [3, "entryId", "s"],
  [4, "staffId", "s"],
  [5, "filename", "s"],
  [6, "mediaType", "s"],
  [7, "size", "i"],
  [8, "state", "e", TicketFileStateNames],
  [9, "reason", "s"],
  [10, "width", "i"],
  [11, "height", "i"],
  [12, "createTime", "t"],
];

export interface GetTicketResponse {
  ticket?: Ticket | undefined;
  entries: Entry[];
  events: TicketEvent[];
  draft?: Draft | undefined;
  mergedIds: string[];
  links: TicketLink[];
  viewers: Viewer[];
  files: TicketFile[];
  keptDays: number;
}
export const GetTicketResponseSchema: Schema<GetTicketResponse> = [
  [1, "ticket", "m", TicketSchema],
  [2, "entries", "m", EntrySchema, true],
  [3, "events", "m", TicketEventSchema, true],
  [4, "draft", "m", DraftSchema],
  [5, "mergedIds", "s", undefined, true],
  [6, "links", "m", TicketLinkSchema, true],
  [7, "viewers", "m", ViewerSchema, true],
  [8, "files", "m", TicketFileSchema, true],
  [9, "keptDays", "i"],
];

export interface ListCalendarsResponse {
  calendars: Calendar[];
}
export const ListCalendarsResponseSchema: Schema<ListCalendarsResponse> = [
  [1, "calendars", "m", CalendarSchema, true],
];

export interface ListFieldsResponse {
  fields: Field[];
}
export const ListFieldsResponseSchema: Schema<ListFieldsResponse> = [
  [1, "fields", "m", FieldSchema, true],
];

export interface Level {
  id: string;
  queueId: string;
  priority: Priority;
  triageMinutes: number;
  firstResponseMinutes: number;
  nextResponseMinutes: number;
  resolutionMinutes: number;
  warnMinutes: number;
  calendarId: string;
}
export const LevelSchema: Schema<Level> = [
  [1, "id", "s"],
  [2, "queueId", "s"],
  [3, "priority", "e", PriorityNames],
  [4, "triageMinutes", "i"],
  [5, "firstResponseMinutes", "i"],
  [6, "nextResponseMinutes", "i"],
  [7, "resolutionMinutes", "i"],
  [8, "warnMinutes", "i"],
  [9, "calendarId", "s"],
];

export interface ListLevelsResponse {
  levels: Level[];
}
export const ListLevelsResponseSchema: Schema<ListLevelsResponse> = [
  [1, "levels", "m", LevelSchema, true],
];

export interface ListMacrosResponse {
  macros: Macro[];
}
export const ListMacrosResponseSchema: Schema<ListMacrosResponse> = [
  [1, "macros", "m", MacroSchema, true],
];

export interface ListMailboxesResponse {
  mailboxes: Mailbox[];
}
export const ListMailboxesResponseSchema: Schema<ListMailboxesResponse> = [
  [1, "mailboxes", "m", MailboxSchema, true],
];

export interface ListQueuesResponse {
  queues: Queue[];
}
export const ListQueuesResponseSchema: Schema<ListQueuesResponse> = [
  [1, "queues", "m", QueueSchema, true],
];

export interface RuleRun {
  id: string;
  ruleId: string;
  ticketId: string;
  refusal: string;
  time: number;
}
export const RuleRunSchema: Schema<RuleRun> = [
  [1, "id", "s"],
  [2, "ruleId", "s"],
  [3, "ticketId", "s"],
  [4, "refusal", "s"],
  [5, "time", "t"],
];

export interface ListRuleRunsResponse {
  runs: RuleRun[];
}
export const ListRuleRunsResponseSchema: Schema<ListRuleRunsResponse> = [
  [1, "runs", "m", RuleRunSchema, true],
];

export interface ListRulesResponse {
  rules: Rule[];
}
export const ListRulesResponseSchema: Schema<ListRulesResponse> = [
  [1, "rules", "m", RuleSchema, true],
];

export interface ListSavedViewsResponse {
  views: SavedView[];
}
export const ListSavedViewsResponseSchema: Schema<ListSavedViewsResponse> = [
  [1, "views", "m", SavedViewSchema, true],
];

export interface SenderCheck {
  method: SenderMethod;
  finding: Finding;
  standsAt: string;
  found: string[];
  wanted: string;
}
export const SenderCheckSchema: Schema<SenderCheck> = [
  [1, "method", "e", SenderMethodNames],
  [2, "finding", "e", FindingNames],
  [3, "standsAt", "s"],
  [4, "found", "s", undefined, true],
  [5, "wanted", "s"],
];

export interface SenderDomain {
  domain: string;
  uses: DomainUse[];
  checks: SenderCheck[];
}
export const SenderDomainSchema: Schema<SenderDomain> = [
  [1, "domain", "s"],
  [2, "uses", "e", DomainUseNames, true],
  [3, "checks", "m", SenderCheckSchema, true],
];

export interface ListSenderDomainsResponse {
  domains: SenderDomain[];
}
export const ListSenderDomainsResponseSchema: Schema<ListSenderDomainsResponse> = [
  [1, "domains", "m", SenderDomainSchema, true],
];

export interface ListTicketFilesResponse {
  files: TicketFile[];
  mostBytes: number;
}
export const ListTicketFilesResponseSchema: Schema<ListTicketFilesResponse> = [
  [1, "files", "m", TicketFileSchema, true],
  [2, "mostBytes", "i"],
];

export interface ListTicketTagsResponse {
  tags: TicketTag[];
}
export const ListTicketTagsResponseSchema: Schema<ListTicketTagsResponse> = [
  [1, "tags", "m", TicketTagSchema, true],
];

export interface ListTicketsResponse {
  tickets: Ticket[];
  nextPageToken: string;
}
export const ListTicketsResponseSchema: Schema<ListTicketsResponse> = [
  [1, "tickets", "m", TicketSchema, true],
  [2, "nextPageToken", "s"],
];

export interface OpenTicketFileResponse {
  url: string;
  expireTime: number;
}
export const OpenTicketFileResponseSchema: Schema<OpenTicketFileResponse> = [
  [1, "url", "s"],
  [2, "expireTime", "t"],
];

export interface OpenTicketResponse {
  ticket?: Ticket | undefined;
}
export const OpenTicketResponseSchema: Schema<OpenTicketResponse> = [
  [1, "ticket", "m", TicketSchema],
];

export interface ReportPresenceResponse {
  viewers: Viewer[];
}
export const ReportPresenceResponseSchema: Schema<ReportPresenceResponse> = [
  [1, "viewers", "m", ViewerSchema, true],
];

export interface SnippetPart {
  text: string;
  isMarked: boolean;
}
export const SnippetPartSchema: Schema<SnippetPart> = [
  [1, "text", "s"],
  [2, "isMarked", "b"],
];

export interface TicketHit {
  ticket?: Ticket | undefined;
  parts: SnippetPart[];
}
export const TicketHitSchema: Schema<TicketHit> = [
  [1, "ticket", "m", TicketSchema],
  [2, "parts", "m", SnippetPartSchema, true],
];

export interface SearchTicketsResponse {
  hits: TicketHit[];
  nextPageToken: string;
}
export const SearchTicketsResponseSchema: Schema<SearchTicketsResponse> = [
  [1, "hits", "m", TicketHitSchema, true],
  [2, "nextPageToken", "s"],
];

export interface SetLevelResponse {
  level?: Level | undefined;
}
export const SetLevelResponseSchema: Schema<SetLevelResponse> = [
  [1, "level", "m", LevelSchema],
];

export interface SubmitTicketResponse {
  reference: string;
  keptDays: number;
}
export const SubmitTicketResponseSchema: Schema<SubmitTicketResponse> = [
  [1, "reference", "s"],
  [2, "keptDays", "i"],
];

export interface TriedTicket {
  ticketId: string;
  kinds: string[];
  refusal: string;
}
export const TriedTicketSchema: Schema<TriedTicket> = [
  [1, "ticketId", "s"],
  [2, "kinds", "s", undefined, true],
  [3, "refusal", "s"],
];

export interface TryRuleResponse {
  tickets: TriedTicket[];
  lookedAt: number;
}
export const TryRuleResponseSchema: Schema<TryRuleResponse> = [
  [1, "tickets", "m", TriedTicketSchema, true],
  [2, "lookedAt", "i"],
];

export interface UndoAnswerResponse {
  draft?: Draft | undefined;
}
export const UndoAnswerResponseSchema: Schema<UndoAnswerResponse> = [
  [1, "draft", "m", DraftSchema],
];

export interface UndoChangeResponse {
  tickets: ChangedTicket[];
}
export const UndoChangeResponseSchema: Schema<UndoChangeResponse> = [
  [1, "tickets", "m", ChangedTicketSchema, true],
];

export interface UpdateCalendarResponse {
  calendar?: Calendar | undefined;
}
export const UpdateCalendarResponseSchema: Schema<UpdateCalendarResponse> = [
  [1, "calendar", "m", CalendarSchema],
];

export interface UpdateFieldResponse {
  field?: Field | undefined;
}
export const UpdateFieldResponseSchema: Schema<UpdateFieldResponse> = [
  [1, "field", "m", FieldSchema],
];

export interface UpdateMacroResponse {
  macro?: Macro | undefined;
}
export const UpdateMacroResponseSchema: Schema<UpdateMacroResponse> = [
  [1, "macro", "m", MacroSchema],
];

export interface UpdateQueueResponse {
  queue?: Queue | undefined;
}
export const UpdateQueueResponseSchema: Schema<UpdateQueueResponse> = [
  [1, "queue", "m", QueueSchema],
];

export interface UpdateRuleResponse {
  rule?: Rule | undefined;
}
export const UpdateRuleResponseSchema: Schema<UpdateRuleResponse> = [
  [1, "rule", "m", RuleSchema],
];

export interface UpdateSavedViewResponse {
  view?: SavedView | undefined;
}
export const UpdateSavedViewResponseSchema: Schema<UpdateSavedViewResponse> = [
  [1, "view", "m", SavedViewSchema],
];

export interface UpdateTicketTagResponse {
  tag?: TicketTag | undefined;
}
export const UpdateTicketTagResponseSchema: Schema<UpdateTicketTagResponse> = [
  [1, "tag", "m", TicketTagSchema],
];

export interface UploadTicketFileResponse {
  file?: TicketFile | undefined;
}
export const UploadTicketFileResponseSchema: Schema<UploadTicketFileResponse> = [
  [1, "file", "m", TicketFileSchema],
];

export interface TicketChanged {
  ticketId: string;
  etag: string;
}
export const TicketChangedSchema: Schema<TicketChanged> = [
  [1, "ticketId", "s"],
  [2, "etag", "s"],
];

export interface WatchTicketsResponse {
  changes: TicketChanged[];
  viewers: Viewer[];
  hasViewers: boolean;
}
export const WatchTicketsResponseSchema: Schema<WatchTicketsResponse> = [
  [1, "changes", "m", TicketChangedSchema, true],
  [2, "viewers", "m", ViewerSchema, true],
  [3, "hasViewers", "b"],
];
