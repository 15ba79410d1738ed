/** Whether the signed-in person takes conversations: shown and changed beside the console's tools. */
import { signal } from "@preact/signals";
import { useId } from "preact/hooks";
import {
  GetMyPresenceResponseSchema,
  type OperatorState,
  SetMyPresenceResponseSchema,
} from "../../shared/gen/routing.ts";
import { api, has } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "../words/en.ts";

const STATES = ["OPERATOR_STATE_ONLINE", "OPERATOR_STATE_AWAY", "OPERATOR_STATE_OFFLINE"] as const;

/** What the signed-in person chose. */
export const chosen = signal<OperatorState>("OPERATOR_STATE_UNSPECIFIED");

/** Reads what the signed-in person chose before. */
export async function readPresence(): Promise<void> {
  chosen.value = "OPERATOR_STATE_UNSPECIFIED";
  const { operator } = await api.call(GetMyPresenceResponseSchema, "GET", "/v1/presence");
  if (operator) chosen.value = operator.chosenState;
}

/** Says whether the signed-in person takes conversations from now on. */
export async function choose(state: OperatorState): Promise<void> {
  const before = chosen.value;
  chosen.value = state;
  try {
    await api.call(SetMyPresenceResponseSchema, "POST", "/v1/presence:set", { state });
    say(t(`presence.now.${state as (typeof STATES)[number]}`));
  } catch {
    chosen.value = before;
    warn(t("presence.failed"));
  }
}

/** The switch. */
export function Presence() {
  const id = useId();
  if (!has("CALLER_OPERATOR", "CALLER_SUPERVISOR") || chosen.value === "OPERATOR_STATE_UNSPECIFIED") return null;
  return (
    <span class={`presence ${chosen.value}`}>
      <label class="unseen" for={id}>
        {t("presence.label")}
      </label>
      <select
        id={id}
        value={chosen.value}
        title={t("presence.label")}
        onChange={({ currentTarget }) => choose(currentTarget.value as OperatorState)}
      >
        {STATES.map((state) => (
          <option key={state} value={state}>
            {t(`presence.${state}`)}
          </option>
        ))}
      </select>
    </span>
  );
}
