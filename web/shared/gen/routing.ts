// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Conversation, ConversationSchema } from "./frames.ts";

export type OperatorState =
  | "OPERATOR_STATE_UNSPECIFIED"
  | "OPERATOR_STATE_ONLINE"
  | "OPERATOR_STATE_AWAY"
  | "OPERATOR_STATE_OFFLINE";
export const OperatorStateNames = ["OPERATOR_STATE_UNSPECIFIED", "OPERATOR_STATE_ONLINE", "OPERATOR_STATE_AWAY", "OPERATOR_STATE_OFFLINE"] as const;

export type RoutingMode =
  | "ROUTING_MODE_UNSPECIFIED"
  | "ROUTING_MODE_MANUAL"
  | "ROUTING_MODE_AUTOMATIC";
export const RoutingModeNames = ["ROUTING_MODE_UNSPECIFIED", "ROUTING_MODE_MANUAL", "ROUTING_MODE_AUTOMATIC"] as const;

export type TransferState =
  | "STATE_UNSPECIFIED"
  | "STATE_OFFERED"
  | "STATE_ACCEPTED"
  | "STATE_RETURNED";
export const TransferStateNames = ["STATE_UNSPECIFIED", "STATE_OFFERED", "STATE_ACCEPTED", "STATE_RETURNED"] as const;

export interface Operator {
  staffId: string;
  displayName: string;
  chosenState: OperatorState;
  state: OperatorState;
  heldCount: number;
  capacity: number;
  languages: string[];
  teamIds: string[];
  etag: string;
}
export const OperatorSchema: Schema<Operator> = [
  [1, "staffId", "s"],
  [2, "displayName", "s"],
  [3, "chosenState", "e", OperatorStateNames],
  [4, "state", "e", OperatorStateNames],
  [5, "heldCount", "i"],
  [6, "capacity", "i"],
  [7, "languages", "s", undefined, true],
  [8, "teamIds", "s", undefined, true],
  [9, "etag", "s"],
];

export interface GetMyPresenceResponse {
  operator?: Operator | undefined;
}
export const GetMyPresenceResponseSchema: Schema<GetMyPresenceResponse> = [
  [1, "operator", "m", OperatorSchema],
];

export interface SetMyPresenceResponse {
  operator?: Operator | undefined;
}
export const SetMyPresenceResponseSchema: Schema<SetMyPresenceResponse> = [
  [1, "operator", "m", OperatorSchema],
];

export interface ListOperatorsResponse {
  operators: Operator[];
  nextPageToken: string;
}
export const ListOperatorsResponseSchema: Schema<ListOperatorsResponse> = [
  [1, "operators", "m", OperatorSchema, true],
  [2, "nextPageToken", "s"],
];

export interface UpdateOperatorResponse {
  operator?: Operator | undefined;
}
export const UpdateOperatorResponseSchema: Schema<UpdateOperatorResponse> = [
  [1, "operator", "m", OperatorSchema],
];

export interface HandOverConversationsResponse {
  count: number;
}
export const HandOverConversationsResponseSchema: Schema<HandOverConversationsResponse> = [
  [1, "count", "i"],
];

export interface RoutingRule {
  scopeId: string;
  mode: RoutingMode;
  teamId: string;
  etag: string;
}
export const RoutingRuleSchema: Schema<RoutingRule> = [
  [1, "scopeId", "s"],
  [2, "mode", "e", RoutingModeNames],
  [3, "teamId", "s"],
  [4, "etag", "s"],
];

export interface ListRoutingRulesResponse {
  rules: RoutingRule[];
}
export const ListRoutingRulesResponseSchema: Schema<ListRoutingRulesResponse> = [
  [1, "rules", "m", RoutingRuleSchema, true],
];

export interface SetSiteRoutingResponse {
  rule?: RoutingRule | undefined;
}
export const SetSiteRoutingResponseSchema: Schema<SetSiteRoutingResponse> = [
  [1, "rule", "m", RoutingRuleSchema],
];

export interface SetTeamRoutingResponse {
  rule?: RoutingRule | undefined;
}
export const SetTeamRoutingResponseSchema: Schema<SetTeamRoutingResponse> = [
  [1, "rule", "m", RoutingRuleSchema],
];

export interface TransferConversationResponse {
  conversation?: Conversation | undefined;
}
export const TransferConversationResponseSchema: Schema<TransferConversationResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface AcceptTransferResponse {
  conversation?: Conversation | undefined;
}
export const AcceptTransferResponseSchema: Schema<AcceptTransferResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface ReturnTransferResponse {
  conversation?: Conversation | undefined;
}
export const ReturnTransferResponseSchema: Schema<ReturnTransferResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface Transfer {
  id: string;
  fromStaffId: string;
  toStaffId: string;
  toTeamId: string;
  note: string;
  state: TransferState;
  createTime: number;
}
export const TransferSchema: Schema<Transfer> = [
  [1, "id", "s"],
  [2, "fromStaffId", "s"],
  [3, "toStaffId", "s"],
  [4, "toTeamId", "s"],
  [5, "note", "s"],
  [6, "state", "e", TransferStateNames],
  [7, "createTime", "t"],
];

export interface ListTransfersResponse {
  transfers: Transfer[];
}
export const ListTransfersResponseSchema: Schema<ListTransfersResponse> = [
  [1, "transfers", "m", TransferSchema, true],
];

export interface RunningConversation {
  conversation?: Conversation | undefined;
  waitingTime: number;
}
export const RunningConversationSchema: Schema<RunningConversation> = [
  [1, "conversation", "m", ConversationSchema],
  [2, "waitingTime", "t"],
];

export interface ListRunningConversationsResponse {
  conversations: RunningConversation[];
  nextPageToken: string;
}
export const ListRunningConversationsResponseSchema: Schema<ListRunningConversationsResponse> = [
  [1, "conversations", "m", RunningConversationSchema, true],
  [2, "nextPageToken", "s"],
];

export interface Team {
  id: string;
  displayName: string;
  createTime: number;
}
export const TeamSchema: Schema<Team> = [
  [1, "id", "s"],
  [2, "displayName", "s"],
  [3, "createTime", "t"],
];

export interface ListTeamsResponse {
  teams: Team[];
  nextPageToken: string;
}
export const ListTeamsResponseSchema: Schema<ListTeamsResponse> = [
  [1, "teams", "m", TeamSchema, true],
  [2, "nextPageToken", "s"],
];
