// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Conversation, ConversationSchema, type Message, MessageSchema, type Purpose, PurposeNames, type Side, SideNames } from "./frames.ts";

export type ExportFormat =
  | "FORMAT_UNSPECIFIED"
  | "FORMAT_TEXT"
  | "FORMAT_JSON"
  | "FORMAT_HTML";
export const ExportFormatNames = ["FORMAT_UNSPECIFIED", "FORMAT_TEXT", "FORMAT_JSON", "FORMAT_HTML"] as const;

export type ExportState =
  | "STATE_UNSPECIFIED"
  | "STATE_RUNNING"
  | "STATE_READY";
export const ExportStateNames = ["STATE_UNSPECIFIED", "STATE_RUNNING", "STATE_READY"] as const;

export interface FoundPart {
  text: string;
  marked: boolean;
}
export const FoundPartSchema: Schema<FoundPart> = [
  [1, "text", "s"],
  [2, "marked", "b"],
];

export interface Found {
  conversationId: string;
  sequence: number;
  side: Side;
  parts: FoundPart[];
  createTime: number;
  displayName: string;
  operatorId: string;
  operatorName: string;
  siteId: string;
  closeTime: number;
}
export const FoundSchema: Schema<Found> = [
  [1, "conversationId", "s"],
  [2, "sequence", "i"],
  [3, "side", "e", SideNames],
  [4, "parts", "m", FoundPartSchema, true],
  [5, "createTime", "t"],
  [6, "displayName", "s"],
  [7, "operatorId", "s"],
  [8, "operatorName", "s"],
  [9, "siteId", "s"],
  [10, "closeTime", "t"],
];

export interface SearchTranscriptsResponse {
  found: Found[];
  nextPageToken: string;
}
export const SearchTranscriptsResponseSchema: Schema<SearchTranscriptsResponse> = [
  [1, "found", "m", FoundSchema, true],
  [2, "nextPageToken", "s"],
];

export interface GetTranscriptResponse {
  conversation?: Conversation | undefined;
  messages: Message[];
}
export const GetTranscriptResponseSchema: Schema<GetTranscriptResponse> = [
  [1, "conversation", "m", ConversationSchema],
  [2, "messages", "m", MessageSchema, true],
];

export type CancelExportResponse = Record<string, never>;
export const CancelExportResponseSchema: Schema<CancelExportResponse> = [
];

export interface Export {
  id: string;
  staffId: string;
  format: ExportFormat;
  purpose: Purpose;
  state: ExportState;
  done: number;
  total: number;
  cut: boolean;
  createTime: number;
  expireTime: number;
}
export const ExportSchema: Schema<Export> = [
  [1, "id", "s"],
  [2, "staffId", "s"],
  [3, "format", "e", ExportFormatNames],
  [4, "purpose", "e", PurposeNames],
  [5, "state", "e", ExportStateNames],
  [6, "done", "i"],
  [7, "total", "i"],
  [8, "cut", "b"],
  [9, "createTime", "t"],
  [10, "expireTime", "t"],
];

export interface CreateExportResponse {
  export?: Export | undefined;
}
export const CreateExportResponseSchema: Schema<CreateExportResponse> = [
  [1, "export", "m", ExportSchema],
];

export interface ListExportsResponse {
  exports: Export[];
  nextPageToken: string;
}
export const ListExportsResponseSchema: Schema<ListExportsResponse> = [
  [1, "exports", "m", ExportSchema, true],
  [2, "nextPageToken", "s"],
];
