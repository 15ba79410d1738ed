// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Conversation, ConversationSchema, type Message, MessageSchema } from "./frames.ts";

export type BlockReason =
  | "BLOCK_REASON_UNSPECIFIED"
  | "BLOCK_REASON_ABUSE"
  | "BLOCK_REASON_THREATS"
  | "BLOCK_REASON_SPAM";
export const BlockReasonNames = ["BLOCK_REASON_UNSPECIFIED", "BLOCK_REASON_ABUSE", "BLOCK_REASON_THREATS", "BLOCK_REASON_SPAM"] as const;

export interface Note {
  id: string;
  conversationId: string;
  staffId: string;
  staffName: string;
  body: string;
  createTime: number;
}
export const NoteSchema: Schema<Note> = [
  [1, "id", "s"],
  [2, "conversationId", "s"],
  [3, "staffId", "s"],
  [4, "staffName", "s"],
  [5, "body", "s"],
  [6, "createTime", "t"],
];

export interface AddNoteResponse {
  note?: Note | undefined;
}
export const AddNoteResponseSchema: Schema<AddNoteResponse> = [
  [1, "note", "m", NoteSchema],
];

export interface CannedReply {
  id: string;
  ownerId: string;
  shortcut: string;
  language: string;
  template: string;
  etag: string;
  createTime: number;
}
export const CannedReplySchema: Schema<CannedReply> = [
  [1, "id", "s"],
  [2, "ownerId", "s"],
  [3, "shortcut", "s"],
  [4, "language", "s"],
  [5, "template", "s"],
  [6, "etag", "s"],
  [7, "createTime", "t"],
];

export interface CreateCannedReplyResponse {
  cannedReply?: CannedReply | undefined;
}
export const CreateCannedReplyResponseSchema: Schema<CreateCannedReplyResponse> = [
  [1, "cannedReply", "m", CannedReplySchema],
];

export interface Tag {
  id: string;
  word: string;
  colour: string;
  retired: boolean;
  etag: string;
  createTime: number;
}
export const TagSchema: Schema<Tag> = [
  [1, "id", "s"],
  [2, "word", "s"],
  [3, "colour", "s"],
  [4, "retired", "b"],
  [5, "etag", "s"],
  [6, "createTime", "t"],
];

export interface CreateTagResponse {
  tag?: Tag | undefined;
}
export const CreateTagResponseSchema: Schema<CreateTagResponse> = [
  [1, "tag", "m", TagSchema],
];

export interface Block {
  id: string;
  conversationId: string;
  visitorId: string;
  reason: BlockReason;
  staffId: string;
  staffName: string;
  createTime: number;
  endTime: number;
}
export const BlockSchema: Schema<Block> = [
  [1, "id", "s"],
  [2, "conversationId", "s"],
  [3, "visitorId", "s"],
  [4, "reason", "e", BlockReasonNames],
  [5, "staffId", "s"],
  [6, "staffName", "s"],
  [7, "createTime", "t"],
  [8, "endTime", "t"],
];

export interface ListBlocksResponse {
  blocks: Block[];
  nextPageToken: string;
}
export const ListBlocksResponseSchema: Schema<ListBlocksResponse> = [
  [1, "blocks", "m", BlockSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListCannedRepliesResponse {
  cannedReplies: CannedReply[];
  nextPageToken: string;
}
export const ListCannedRepliesResponseSchema: Schema<ListCannedRepliesResponse> = [
  [1, "cannedReplies", "m", CannedReplySchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListNotesResponse {
  notes: Note[];
}
export const ListNotesResponseSchema: Schema<ListNotesResponse> = [
  [1, "notes", "m", NoteSchema, true],
];

export interface ListPersonConversationsResponse {
  conversations: Conversation[];
}
export const ListPersonConversationsResponseSchema: Schema<ListPersonConversationsResponse> = [
  [1, "conversations", "m", ConversationSchema, true],
];

export interface ListPersonMessagesResponse {
  messages: Message[];
  headSequence: number;
}
export const ListPersonMessagesResponseSchema: Schema<ListPersonMessagesResponse> = [
  [1, "messages", "m", MessageSchema, true],
  [2, "headSequence", "i"],
];

export interface ListTagsResponse {
  tags: Tag[];
}
export const ListTagsResponseSchema: Schema<ListTagsResponse> = [
  [1, "tags", "m", TagSchema, true],
];

export interface SetConversationTagsResponse {
  conversation?: Conversation | undefined;
}
export const SetConversationTagsResponseSchema: Schema<SetConversationTagsResponse> = [
  [1, "conversation", "m", ConversationSchema],
];

export interface UpdateCannedReplyResponse {
  cannedReply?: CannedReply | undefined;
}
export const UpdateCannedReplyResponseSchema: Schema<UpdateCannedReplyResponse> = [
  [1, "cannedReply", "m", CannedReplySchema],
];

export interface UpdateTagResponse {
  tag?: Tag | undefined;
}
export const UpdateTagResponseSchema: Schema<UpdateTagResponse> = [
  [1, "tag", "m", TagSchema],
];
