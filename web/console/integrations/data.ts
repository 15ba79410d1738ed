/** What the pages of the integrations read and do. */
import { ApiError, reasonOf } from "../../shared/api.ts";
import { UpdateWebhookResponseSchema, type Webhook } from "../../shared/gen/integrations.ts";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { failure } from "./words.ts";

/** Does something and says how it went; returns undefined where it failed. */
export async function act<T>(deed: () => Promise<T>, done: string, undo?: () => void): Promise<T | undefined> {
  try {
    const result = await deed();
    say(done, undo);
    return result;
  } catch (error) {
    warn(failure(error instanceof ApiError ? reasonOf(error) : ""));
    return undefined;
  }
}

/** Takes an endpoint in or out of use and returns it as it is now. */
export async function use(webhook: Webhook, state: Webhook["state"]): Promise<Webhook> {
  const body = { webhook: { id: webhook.id, state, etag: webhook.etag }, updateMask: "state" };
  const path = `/v1/webhooks/${encodeURIComponent(webhook.id)}`;
  const answer = await api.call(UpdateWebhookResponseSchema, "PATCH", path, body);
  return answer.webhook ?? webhook;
}
