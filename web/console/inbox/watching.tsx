/** Watching a running conversation of colleagues: the reason that is asked for, and the strip that both sides see. */
import { signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import {
  type Conversation,
  MonitorConversationResponseSchema,
  StopMonitoringResponseSchema,
} from "../../shared/gen/frames.ts";
import { clockTime } from "../../shared/time.tsx";
import { href } from "../route.ts";
import { api, has, live, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "../words/en.ts";
import { useArrival } from "./arrival.ts";
import { claim, lists, view } from "./store.ts";

const MINUTES = [5, 15, 30, 60];

/** Counts how often watching began or ended here, so that the conversation in front is opened anew. */
export const turn = signal(0);

function path(id: string, verb: string): string {
  return `/v1/conversations/${encodeURIComponent(id)}:${verb}`;
}

/** Takes a conversation as it stands now, and opens it anew. */
export function take(conversation: Conversation): void {
  lists.value.change(conversation);
  live.unfollow(conversation.id);
  turn.value += 1;
}

async function watch(id: string, reason: string, minutes: number): Promise<void> {
  try {
    const body = { reason, minutes };
    const { conversation } = await api.call(MonitorConversationResponseSchema, "POST", path(id, "monitor"), body);
    if (conversation) take(conversation);
  } catch (error) {
    warn(t(reasonOf(error) === "ALREADY_WATCHED" ? "watch.taken" : "watch.failed"));
  }
}

async function stop(id: string): Promise<void> {
  try {
    const { conversation } = await api.call(StopMonitoringResponseSchema, "POST", path(id, "stopMonitoring"), {});
    if (!conversation) return;
    take(conversation);
    say(t("watch.stopped"));
  } catch {
    warn(t("watch.stop.failed"));
  }
}

/** Says that a conversation is its two people's, and asks those who lead a team for a reason. */
export function Private({ conversation }: { conversation: Conversation }) {
  const reason = useSignal("");
  const minutes = useSignal(15);
  const ids = { reason: useId(), minutes: useId() };
  const arrival = useArrival(conversation.id);
  const name = conversation.operatorName;
  const waits = conversation.state === "STATE_QUEUED";
  return (
    <div class="list-state middle">
      <h2 {...arrival}>{waits ? t("inbox.private.waiting") : t("inbox.private.title", { name })}</h2>
      <p>{t(waits ? "inbox.private.waiting.text" : "inbox.private.text")}</p>
      {waits && (
        <button type="button" class="button main" onClick={() => claim(conversation.id)}>
          {t("inbox.claim.long")}
        </button>
      )}
      {has("CALLER_SUPERVISOR") && (
        <form
          class="watch"
          onSubmit={(event) => {
            event.preventDefault();
            watch(conversation.id, reason.value.trim(), minutes.value);
          }}
        >
          <div class="field">
            <label for={ids.reason}>{t("watch.reason")}</label>
            <input
              id={ids.reason}
              required
              minLength={3}
              maxLength={200}
              value={reason.value}
              onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
            />
            <p class="hint">{t("watch.hint")}</p>
          </div>
          <div class="field">
            <label for={ids.minutes}>{t("watch.minutes")}</label>
            <select
              id={ids.minutes}
              value={minutes.value}
              onChange={({ currentTarget }) => (minutes.value = Number(currentTarget.value))}
            >
              {MINUTES.map((count) => (
                <option key={count} value={count}>
                  {t("watch.minutes.count", { count })}
                </option>
              ))}
            </select>
          </div>
          <button type="submit" class="button" disabled={reason.value.trim().length < 3}>
            {t("watch.start")}
          </button>
        </form>
      )}
      <a class="button" href={href("inbox", view.value)}>
        {t("inbox.back")}
      </a>
    </div>
  );
}

/** Says that a conversation is watched, until when, and lets the watcher stop. */
export function Watched({ conversation }: { conversation: Conversation }) {
  const { id, state, watcherId, watchEndTime } = conversation;
  if (state === "STATE_CLOSED" || watchEndTime <= Date.now()) return null;
  const mine = watcherId === myId();
  return (
    <p class="strip watched" role="status">
      {t(mine ? "watch.mine" : "watch.other", { time: clockTime(watchEndTime) })}
      {mine && (
        <button type="button" class="link" onClick={() => stop(id)}>
          {t("watch.stop")}
        </button>
      )}
    </p>
  );
}
