/** The live section: what waits and runs with ages and holders, who is there, and who is given what. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import {
  HandOverConversationsResponseSchema,
  type Operator,
  type RunningConversation,
  UpdateOperatorResponseSchema,
} from "../../shared/gen/routing.ts";
import { duration, now, Time } from "../../shared/time.tsx";
import { siteNames } from "../inbox/store.ts";
import { href, route } from "../route.ts";
import { api, has } from "../session.ts";
import { say } from "../toasts.tsx";
import { attempt, EVERY_MS, people, type Read, running } from "./data.ts";
import "./live.css";
import { Rules } from "./rules.tsx";
import { t } from "./words.ts";

function Failed({ read }: { read: Read<never> | Read<readonly unknown[]> }) {
  return (
    <p class="note bad" role="alert">
      {t("failed")}{" "}
      <button type="button" class="link" onClick={read.load}>
        {t("again")}
      </button>
    </p>
  );
}

function Line({ one }: { one: RunningConversation }) {
  const { conversation, waitingTime } = one;
  if (!conversation) return null;
  const name = conversation.displayName || t("anonymous");
  const queued = conversation.state === "STATE_QUEUED";
  const watched = conversation.watchEndTime > Date.now();
  const { queuePosition: position } = conversation;
  return (
    <tr>
      <th scope="row" dir="auto">
        {name}
      </th>
      <td>{siteNames.value.get(conversation.siteId) ?? ""}</td>
      <td>
        {queued ? (position > 0 ? t("state.queued.place", { position }) : t("state.queued")) : t("state.open")}
        {watched && <span class="tag">{t("watched")}</span>}
      </td>
      <td dir="auto">{conversation.operatorName || t("nobody")}</td>
      <td>
        <Time at={conversation.createTime} />
      </td>
      <td class={waitingTime > 0 ? "waits" : "faint"}>
        {waitingTime > 0 ? duration(now.value - waitingTime) : t("waits.not")}
      </td>
      <td>
        <a class="button" href={href("inbox", "all", conversation.id)} aria-label={t("open.name", { name })}>
          {t("open")}
        </a>
      </td>
    </tr>
  );
}

function Running() {
  const lines = running.value.value;
  const state = running.state.value;
  if (state === "failed") return <Failed read={running} />;
  if (state === "loading") return <Busy />;
  if (lines.length === 0) return <p class="note">{t("now.empty")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <div class="live-table" tabIndex={0} role="group" aria-label={t("now")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("visitor")}</th>
            <th scope="col">{t("site")}</th>
            <th scope="col">{t("state")}</th>
            <th scope="col">{t("holder")}</th>
            <th scope="col">{t("age")}</th>
            <th scope="col">{t("waits")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {lines.map((one) => (
            <Line key={one.conversation?.id} one={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Busy() {
  return (
    <p role="status">
      <span class="spinner" />
    </p>
  );
}

type Doing = { what: "change" | "over"; who: Operator };

function People({ doing }: { doing: Signal<Doing | undefined> }) {
  const state = people.state.value;
  const all = people.value.value;
  if (state === "failed") return <Failed read={people} />;
  if (state === "loading") return <Busy />;
  if (all.length === 0) return <p class="note">{t("people.empty")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <div class="live-table" tabIndex={0} role="group" aria-label={t("people")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("person")}</th>
            <th scope="col">{t("person.state")}</th>
            <th scope="col">{t("person.load")}</th>
            <th scope="col">{t("person.languages")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {all.map((who) => (
            <tr key={who.staffId}>
              <th scope="row" dir="auto">
                {who.displayName}
              </th>
              <td class={who.state}>{t(who.state as "OPERATOR_STATE_ONLINE")}</td>
              <td>{t("person.load.of", { count: who.heldCount, capacity: who.capacity })}</td>
              <td>{who.languages.length > 0 ? who.languages.join(", ") : t("person.languages.all")}</td>
              <td class="deeds">
                <button
                  type="button"
                  class="button"
                  aria-haspopup="dialog"
                  aria-label={t("person.change.name", { name: who.displayName })}
                  onClick={() => (doing.value = { what: "change", who })}
                >
                  {t("person.change")}
                </button>
                {who.heldCount > 0 && (
                  <button
                    type="button"
                    class="button"
                    aria-haspopup="dialog"
                    aria-label={t("person.over.name", { name: who.displayName })}
                    onClick={() => (doing.value = { what: "over", who })}
                  >
                    {t("person.over")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Change({ who, close }: { who: Operator; close: () => void }) {
  const capacity = useSignal(who.capacity);
  const languages = useSignal(who.languages.join(", "));
  const id = useId();
  const save = async () => {
    const body = {
      capacity: capacity.value,
      languages: [
        ...new Set(
          languages.value
            .toLowerCase()
            .split(/[\s,;]+/)
            .filter(Boolean),
        ),
      ],
      etag: who.etag,
    };
    const path = `/v1/operators/${encodeURIComponent(who.staffId)}`;
    const done = await attempt(() => api.call(UpdateOperatorResponseSchema, "PATCH", path, body));
    people.load();
    if (done) say(t("change.done"));
    close();
  };
  return (
    <Dialog title={t("change.title", { name: who.displayName })} close={close}>
      <form
        class="live-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div class="field">
          <label for={`${id}c`}>{t("change.capacity")}</label>
          <input
            id={`${id}c`}
            type="number"
            min={0}
            max={50}
            required
            value={capacity.value}
            onInput={({ currentTarget }) => (capacity.value = Number(currentTarget.value))}
          />
          <p class="hint">{t("change.capacity.hint")}</p>
        </div>
        <div class="field">
          <label for={`${id}l`}>{t("change.languages")}</label>
          <input
            id={`${id}l`}
            pattern="\s*([A-Za-z]{2,3}([\s,;]+|$))*"
            maxLength={120}
            value={languages.value}
            onInput={({ currentTarget }) => (languages.value = currentTarget.value)}
          />
          <p class="hint">{t("change.languages.hint")}</p>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" class="button">
            {t("change.do")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Over({ who, close }: { who: Operator; close: () => void }) {
  const to = useSignal("");
  const id = useId();
  const takers = people.value.value.filter(
    ({ staffId, state }) => staffId !== who.staffId && state !== "OPERATOR_STATE_OFFLINE",
  );
  const hand = async () => {
    const path = `/v1/operators/${encodeURIComponent(who.staffId)}:handOver`;
    await attempt(async () => {
      const { count } = await api.call(HandOverConversationsResponseSchema, "POST", path, { toStaffId: to.value });
      say(t("over.done", { count }));
    });
    people.load();
    if (has("CALLER_SUPERVISOR")) running.load();
    close();
  };
  return (
    <Dialog title={t("over.title", { name: who.displayName })} close={close}>
      <p>{t("over.text", { count: who.heldCount })}</p>
      <div class="field">
        <label for={id}>{t("over.to")}</label>
        <select id={id} value={to.value} onChange={({ currentTarget }) => (to.value = currentTarget.value)}>
          <option value="">{t("over.queue")}</option>
          {takers.map(({ staffId, displayName }) => (
            <option key={staffId} value={staffId}>
              {displayName}
            </option>
          ))}
        </select>
      </div>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {t("cancel")}
        </button>
        <button type="button" class="button" onClick={hand}>
          {t("over.do")}
        </button>
      </div>
    </Dialog>
  );
}

/** What waits and runs, and who is there. */
function Now() {
  const doing = useSignal<Doing | undefined>(undefined);
  const leads = has("CALLER_SUPERVISOR");
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== "visible") return;
      if (leads) running.load();
      people.load();
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  const close = () => {
    doing.value = undefined;
  };
  return (
    <>
      {leads && (
        <section aria-labelledby="live-now">
          <h2 id="live-now">{t("now")}</h2>
          <p class="hint">{t("now.lead")}</p>
          <Running />
        </section>
      )}
      <section aria-labelledby="live-people">
        <h2 id="live-people">{t("people")}</h2>
        <People doing={doing} />
      </section>
      {doing.value?.what === "change" && <Change who={doing.value.who} close={close} />}
      {doing.value?.what === "over" && <Over who={doing.value.who} close={close} />}
    </>
  );
}

export default function Live() {
  const place = route.value[1] === "routing" ? "routing" : "now";
  return (
    <div class="live">
      <h1 class="unseen">{t("places")}</h1>
      <nav class="views" aria-label={t("places")}>
        {(["now", "routing"] as const).map((one) => (
          <a key={one} href={href("live", one)} aria-current={one === place ? "page" : undefined}>
            {t(one)}
          </a>
        ))}
      </nav>
      <div class="live-body">{place === "routing" ? <Rules /> : <Now />}</div>
    </div>
  );
}
