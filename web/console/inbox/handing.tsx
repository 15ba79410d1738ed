/** Handing a conversation on: to a colleague who takes or returns it, or to a team, with a note for whoever takes it. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import { Dialog } from "../../shared/dialog.tsx";
import type { Conversation } from "../../shared/gen/frames.ts";
import {
  AcceptTransferResponseSchema,
  ListOperatorsResponseSchema,
  ListTeamsResponseSchema,
  ListTransfersResponseSchema,
  type Operator,
  ReturnTransferResponseSchema,
  type Team,
  TransferConversationResponseSchema,
} from "../../shared/gen/routing.ts";
import { clockTime } from "../../shared/time.tsx";
import { go, href } from "../route.ts";
import { api, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "../words/en.ts";
import { useArrival } from "./arrival.ts";
import { lists, view } from "./store.ts";
import { take } from "./watching.tsx";

/** True while somebody is asked to whom the conversation in front goes. */
export const handing = signal(false);

function path(id: string, verb: string): string {
  return `/v1/conversations/${encodeURIComponent(id)}${verb}`;
}

function why(error: unknown): string {
  const reason = reasonOf(error);
  if (reason === "COLLEAGUE_NOT_THERE") return t("hand.absent");
  return t(["OFFER_OVER", "CONVERSATION_NOT_FOUND"].includes(reason) ? "hand.over" : "hand.failed");
}

/** Reads who is there, the signed-in person left out. */
export async function readColleagues(): Promise<Operator[]> {
  const found: Operator[] = [];
  let token = "";
  do {
    const query = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const page = await api.call(ListOperatorsResponseSchema, "GET", `/v1/operators?pageSize=200${query}`);
    found.push(...page.operators);
    token = page.nextPageToken;
  } while (token !== "");
  return found.filter(({ staffId }) => staffId !== myId());
}

/** Reads the tenant's teams. */
export async function readTeams(): Promise<Team[]> {
  const found: Team[] = [];
  let token = "";
  do {
    const query = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const page = await api.call(ListTeamsResponseSchema, "GET", `/v1/teams?pageSize=200${query}`);
    found.push(...page.teams);
    token = page.nextPageToken;
  } while (token !== "");
  return found;
}

const ORDER = ["OPERATOR_STATE_ONLINE", "OPERATOR_STATE_AWAY"];

/** Asks to whom a conversation goes, and what they should know. */
export function HandOn({ conversation }: { conversation: Conversation }) {
  const close = () => {
    handing.value = false;
  };
  const colleagues = useSignal<readonly Operator[]>([]);
  const teams = useSignal<readonly Team[]>([]);
  const state = useSignal<"loading" | "ready" | "failed">("loading");
  const to = useSignal("");
  const note = useSignal("");
  const busy = useSignal(false);
  const id = useId();
  const load = async () => {
    state.value = "loading";
    try {
      const [people, all] = await Promise.all([readColleagues(), readTeams()]);
      colleagues.value = people
        .filter((one) => ORDER.includes(one.state))
        .sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.heldCount - other.heldCount);
      teams.value = all;
      state.value = "ready";
    } catch {
      state.value = "failed";
    }
  };
  useEffect(() => {
    load();
  }, []);
  const hand = async () => {
    busy.value = true;
    const person = colleagues.value.find(({ staffId }) => staffId === to.value);
    const target = person ? { staffId: to.value } : { teamId: to.value };
    try {
      const body = { ...target, note: note.value.trim() };
      const answer = await api.call(
        TransferConversationResponseSchema,
        "POST",
        path(conversation.id, ":transfer"),
        body,
      );
      close();
      if (!answer.conversation) return;
      lists.value.change(answer.conversation);
      const team = teams.value.find((one) => one.id === to.value);
      if (person) say(t("hand.offered", { name: person.displayName }));
      else {
        say(t("hand.queued", { team: team?.displayName ?? "" }));
        go("inbox", "mine");
      }
    } catch (error) {
      warn(why(error));
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t("hand.title")} close={close} name="hand">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          hand();
        }}
      >
        {state.value === "loading" && (
          <p role="status">
            <span class="spinner" /> {t("list.loading")}
          </p>
        )}
        {state.value === "failed" && (
          <p role="alert">
            {t("list.failed")}{" "}
            <button type="button" class="link" onClick={load}>
              {t("console.retry")}
            </button>
          </p>
        )}
        {state.value === "ready" && (
          <>
            <fieldset>
              <legend>{t("hand.people")}</legend>
              {colleagues.value.length === 0 && <p class="hint">{t("hand.nobody")}</p>}
              {colleagues.value.map((one) => (
                <label key={one.staffId} class="choice">
                  <input
                    type="radio"
                    name={id}
                    required
                    checked={to.value === one.staffId}
                    onChange={() => (to.value = one.staffId)}
                  />
                  <span dir="auto">{one.displayName}</span>
                  <small class={`dot-before ${one.state}`}>
                    {t(one.state === "OPERATOR_STATE_AWAY" ? "hand.load.away" : "hand.load", {
                      count: one.heldCount,
                      capacity: one.capacity,
                    })}
                  </small>
                </label>
              ))}
            </fieldset>
            {teams.value.length > 0 && (
              <fieldset>
                <legend>{t("hand.teams")}</legend>
                {teams.value.map((one) => (
                  <label key={one.id} class="choice">
                    <input
                      type="radio"
                      name={id}
                      required
                      checked={to.value === one.id}
                      onChange={() => (to.value = one.id)}
                    />
                    <span dir="auto">{one.displayName}</span>
                  </label>
                ))}
              </fieldset>
            )}
            <div class="field">
              <label for={`${id}note`}>{t("hand.note")}</label>
              <textarea
                id={`${id}note`}
                rows={3}
                maxLength={1000}
                value={note.value}
                onInput={({ currentTarget }) => (note.value = currentTarget.value)}
              />
              <p class="hint">{t("hand.note.hint")}</p>
            </div>
          </>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("hand.cancel")}
          </button>
          <button type="submit" class="button" disabled={to.value === "" || busy.value}>
            {t("hand.do")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

async function end(
  conversation: Conversation,
  verb: "acceptTransfer" | "returnTransfer",
  words: string,
): Promise<void> {
  const schema = verb === "acceptTransfer" ? AcceptTransferResponseSchema : ReturnTransferResponseSchema;
  try {
    const answer = await api.call(schema, "POST", path(conversation.id, `:${verb}`), {});
    if (!answer.conversation) return;
    take(answer.conversation);
    say(words);
    if (verb === "returnTransfer" && answer.conversation.operatorId !== myId()) lists.value.remove(conversation.id);
  } catch (error) {
    warn(why(error));
  }
}

/** Says that a conversation is on its way to a colleague, and lets its operator take it back. */
export function Offering({ conversation }: { conversation: Conversation }) {
  const { offeredToId, offerEndTime, operatorId } = conversation;
  if (offeredToId === "" || operatorId !== myId()) return null;
  return (
    <p class="strip quiet" role="status">
      {t("hand.waiting", { time: clockTime(offerEndTime) })}
      <button type="button" class="link" onClick={() => end(conversation, "returnTransfer", t("hand.taken.back"))}>
        {t("hand.take.back")}
      </button>
    </p>
  );
}

/** Shows a conversation that is offered to the signed-in person: the note, and the two answers. */
export function Offered({ conversation }: { conversation: Conversation }) {
  const note = useSignal("");
  const arrival = useArrival(conversation.id);
  useEffect(() => {
    api.call(ListTransfersResponseSchema, "GET", path(conversation.id, "/transfers")).then(
      ({ transfers }) => {
        note.value = transfers[0]?.note ?? "";
      },
      () => {},
    );
  }, [conversation.id, conversation.offerEndTime]);
  return (
    <div class="list-state middle">
      <h2 {...arrival}>{t("hand.to.you", { name: conversation.operatorName })}</h2>
      {note.value !== "" && (
        <blockquote class="hand-note" dir="auto">
          {note.value}
        </blockquote>
      )}
      <p>{t("hand.to.you.text", { time: clockTime(conversation.offerEndTime) })}</p>
      <div class="actions">
        <button
          type="button"
          class="button"
          onClick={() => {
            end(conversation, "returnTransfer", t("hand.returned")).then(() => go("inbox", view.value));
          }}
        >
          {t("hand.return")}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            end(
              conversation,
              "acceptTransfer",
              t("inbox.claimed", { name: conversation.displayName || t("inbox.anonymous") }),
            ).then(() => go("inbox", "mine", conversation.id));
          }}
        >
          {t("hand.accept")}
        </button>
      </div>
      <a class="button plain" href={href("inbox", view.value)}>
        {t("inbox.back")}
      </a>
    </div>
  );
}
