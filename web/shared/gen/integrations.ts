// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Purpose, PurposeNames } from "./frames.ts";

export type WebhookDeliveryState =
  | "STATE_UNSPECIFIED"
  | "STATE_WAITING"
  | "STATE_DELIVERED"
  | "STATE_DEAD";
export const WebhookDeliveryStateNames = ["STATE_UNSPECIFIED", "STATE_WAITING", "STATE_DELIVERED", "STATE_DEAD"] as const;

export type WebhookState =
  | "STATE_UNSPECIFIED"
  | "STATE_ACTIVE"
  | "STATE_PAUSED"
  | "STATE_DISABLED";
export const WebhookStateNames = ["STATE_UNSPECIFIED", "STATE_ACTIVE", "STATE_PAUSED", "STATE_DISABLED"] as const;

export interface Webhook {
  id: string;
  displayName: string;
  url: string;
  eventTypes: string[];
  purpose: Purpose;
  state: WebhookState;
  failureCount: number;
  lastSuccessTime: number;
  failingSinceTime: number;
  overlapEndTime: number;
  createTime: number;
  etag: string;
}
export const WebhookSchema: Schema<Webhook> = [
  [1, "id", "s"],
  [2, "displayName", "s"],
  [3, "url", "s"],
  [4, "eventTypes", "s", undefined, true],
  [5, "purpose", "e", PurposeNames],
  [6, "state", "e", WebhookStateNames],
  [7, "failureCount", "i"],
  [8, "lastSuccessTime", "t"],
  [9, "failingSinceTime", "t"],
  [10, "overlapEndTime", "t"],
  [11, "createTime", "t"],
  [12, "etag", "s"],
];

export interface CreateWebhookResponse {
  webhook?: Webhook | undefined;
  secret: string;
}
export const CreateWebhookResponseSchema: Schema<CreateWebhookResponse> = [
  [1, "webhook", "m", WebhookSchema],
  [2, "secret", "s"],
];

export type DeleteWebhookResponse = Record<string, never>;
export const DeleteWebhookResponseSchema: Schema<DeleteWebhookResponse> = [
];

export interface WebhookDelivery {
  id: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  eventTime: number;
  state: WebhookDeliveryState;
  attempts: number;
  status: number;
  failure: string;
  nextTime: number;
  finishTime: number;
  expireTime: number;
  subjectId: string;
}
export const WebhookDeliverySchema: Schema<WebhookDelivery> = [
  [1, "id", "s"],
  [2, "webhookId", "s"],
  [3, "eventId", "s"],
  [4, "eventType", "s"],
  [5, "eventTime", "t"],
  [6, "state", "e", WebhookDeliveryStateNames],
  [7, "attempts", "i"],
  [8, "status", "i"],
  [9, "failure", "s"],
  [10, "nextTime", "t"],
  [11, "finishTime", "t"],
  [12, "expireTime", "t"],
  [13, "subjectId", "s"],
];

export interface ListWebhookDeliveriesResponse {
  deliveries: WebhookDelivery[];
  nextPageToken: string;
}
export const ListWebhookDeliveriesResponseSchema: Schema<ListWebhookDeliveriesResponse> = [
  [1, "deliveries", "m", WebhookDeliverySchema, true],
  [2, "nextPageToken", "s"],
];

export interface WebhookEvent {
  eventType: string;
  meaning: string;
  purposes: Purpose[];
  attributes: string[];
}
export const WebhookEventSchema: Schema<WebhookEvent> = [
  [1, "eventType", "s"],
  [2, "meaning", "s"],
  [3, "purposes", "e", PurposeNames, true],
  [4, "attributes", "s", undefined, true],
];

export interface ListWebhookEventsResponse {
  events: WebhookEvent[];
}
export const ListWebhookEventsResponseSchema: Schema<ListWebhookEventsResponse> = [
  [1, "events", "m", WebhookEventSchema, true],
];

export interface ListWebhooksResponse {
  webhooks: Webhook[];
  nextPageToken: string;
}
export const ListWebhooksResponseSchema: Schema<ListWebhooksResponse> = [
  [1, "webhooks", "m", WebhookSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ReplayWebhookDeliveryResponse {
  delivery?: WebhookDelivery | undefined;
}
export const ReplayWebhookDeliveryResponseSchema: Schema<ReplayWebhookDeliveryResponse> = [
  [1, "delivery", "m", WebhookDeliverySchema],
];

export interface RotateWebhookSecretResponse {
  webhook?: Webhook | undefined;
  secret: string;
}
export const RotateWebhookSecretResponseSchema: Schema<RotateWebhookSecretResponse> = [
  [1, "webhook", "m", WebhookSchema],
  [2, "secret", "s"],
];

export interface TestWebhookResponse {
  delivery?: WebhookDelivery | undefined;
}
export const TestWebhookResponseSchema: Schema<TestWebhookResponse> = [
  [1, "delivery", "m", WebhookDeliverySchema],
];

export interface UpdateWebhookResponse {
  webhook?: Webhook | undefined;
}
export const UpdateWebhookResponseSchema: Schema<UpdateWebhookResponse> = [
  [1, "webhook", "m", WebhookSchema],
];
