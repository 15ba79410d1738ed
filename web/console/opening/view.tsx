/** When somebody is there, and whom a site offers a chat: for all sites, or for one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { Confirm } from "../../shared/dialog.tsx";
import { Icon } from "../../shared/icons.tsx";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import "./opening.css";
import { type OpenInterval, readDay, readSpecial, type SpecialDay, writeDay, writeSpecial } from "./times.ts";
import { refusal, t } from "./words.ts";

interface Hours {
  zone?: string;
  days?: { intervals?: Partial<OpenInterval>[] }[];
  country?: string;
  part?: string;
  specialDays?: { date: string; intervals?: Partial<OpenInterval>[] }[];
  etag?: string;
}

interface Rule {
  page: string;
  seconds: number;
  text: string;
  /** From which visit on. */
  leastVisits: number;
}

/** In JSON a zero is left out. */
const whole = (intervals: readonly Partial<OpenInterval>[] = []): OpenInterval[] =>
  intervals.map(({ startMinute = 0, endMinute = 0 }) => ({ startMinute, endMinute }));

const WEEK = [0, 1, 2, 3, 4, 5, 6] as const;
const WORKING = "09:00-17:00";

function zones(): readonly string[] {
  return Intl.supportedValuesOf?.("timeZone") ?? [];
}

function Failed({ retry }: { retry: () => void }) {
  return (
    <div class="list-state" role="alert">
      <p>{t("load.failed")}</p>
      <button type="button" class="button" onClick={retry}>
        {t("again")}
      </button>
    </div>
  );
}

function Loading() {
  return (
    <p role="status">
      <span class="spinner" /> {t("loading")}
    </p>
  );
}

function HoursForm({ siteId }: { siteId: string }) {
  const state = useSignal<"loading" | "failed" | "ready">("loading");
  const own = useSignal(false);
  const isSet = useSignal(false);
  const etag = useSignal("");
  const zone = useSignal("");
  const days = useSignal<readonly string[]>([]);
  const country = useSignal("");
  const part = useSignal("");
  const special = useSignal("");
  const trouble = useSignal("");
  const asking = useSignal(false);

  const show = (hours: Hours, isOwn: boolean) => {
    own.value = isOwn;
    isSet.value = Boolean(hours.zone);
    etag.value = isOwn || siteId === "" ? (hours.etag ?? "") : "0";
    zone.value = hours.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
    days.value = hours.zone
      ? WEEK.map((day) => writeDay(whole(hours.days?.[day]?.intervals)))
      : WEEK.map((day) => (day < 5 ? WORKING : ""));
    country.value = hours.country ?? "";
    part.value = hours.part ?? "";
    special.value = writeSpecial(
      (hours.specialDays ?? []).map(({ date, intervals }): SpecialDay => ({ date, intervals: whole(intervals) })),
    );
    state.value = "ready";
  };
  const load = async () => {
    state.value = "loading";
    try {
      const path = siteId === "" ? "/v1/hours" : `/v1/hours?siteId=${encodeURIComponent(siteId)}`;
      const answer = (await api.json("GET", path)) as { hours?: Hours; own?: boolean };
      show(answer.hours ?? {}, answer.own === true);
    } catch {
      state.value = "failed";
    }
  };
  useEffect(() => {
    load();
  }, [siteId]);

  const put = async (hours: Hours): Promise<void> => {
    trouble.value = "";
    try {
      await api.json("PUT", "/v1/hours", { hours: { siteId, etag: etag.value, ...hours } });
      say(t("saved"));
      await load();
    } catch (error) {
      trouble.value = refusal(reasonOf(error));
      if (!(error instanceof ApiError)) throw error;
    }
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = days.value.map(readDay);
    const wrong = read.indexOf(undefined);
    const specialDays = readSpecial(special.value);
    if (wrong >= 0 || typeof specialDays === "string") {
      const what = wrong >= 0 ? t(`day.${wrong as 0}`) : String(specialDays);
      trouble.value = t("unreadable", { what });
      return;
    }
    await put({
      zone: zone.value,
      days: read.map((intervals) => ({ intervals: intervals ?? [] })),
      country: country.value.trim().toUpperCase(),
      part: part.value.trim(),
      specialDays,
    });
  };

  if (state.value === "failed") return <Failed retry={load} />;
  if (state.value === "loading") return <Loading />;
  return (
    <form class="opening-form" onSubmit={save}>
      {!isSet.value && <p class="note">{t("never")}</p>}
      {isSet.value && siteId !== "" && !own.value && <p class="note">{t("inherited")}</p>}
      <div class="field">
        <label for="opening-zone">{t("zone")}</label>
        <input
          id="opening-zone"
          list="opening-zones"
          required
          value={zone.value}
          onInput={({ currentTarget }) => (zone.value = currentTarget.value)}
        />
        <datalist id="opening-zones">
          {zones().map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <fieldset aria-describedby="opening-days-hint">
        <legend>{t("days")}</legend>
        <p id="opening-days-hint" class="hint">
          {t("days.hint")}
        </p>
        {WEEK.map((day) => (
          <div class="field day" key={day}>
            <label for={`opening-day-${day}`}>{t(`day.${day}`)}</label>
            <input
              id={`opening-day-${day}`}
              value={days.value[day]}
              aria-invalid={readDay(days.value[day] ?? "") === undefined}
              onInput={({ currentTarget }) => (days.value = days.value.with(day, currentTarget.value))}
            />
          </div>
        ))}
      </fieldset>
      <div class="pair">
        <div class="field">
          <label for="opening-country">{t("country")}</label>
          <input
            id="opening-country"
            maxLength={2}
            value={country.value}
            onInput={({ currentTarget }) => (country.value = currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="opening-part">{t("part")}</label>
          <input
            id="opening-part"
            maxLength={8}
            value={part.value}
            onInput={({ currentTarget }) => (part.value = currentTarget.value)}
          />
        </div>
      </div>
      <div class="field">
        <label for="opening-special">{t("special")}</label>
        <textarea
          id="opening-special"
          rows={4}
          aria-describedby="opening-special-hint"
          value={special.value}
          onInput={({ currentTarget }) => (special.value = currentTarget.value)}
        />
        <p id="opening-special-hint" class="hint">
          {t("special.hint")}
        </p>
      </div>
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <div class="buttons">
        <button type="submit" class="button main">
          {t("save")}
        </button>
        {(own.value || (siteId === "" && isSet.value)) && (
          <button type="button" class="button" onClick={() => (asking.value = true)}>
            {t("reset")}
          </button>
        )}
      </div>
      {asking.value && (
        <Confirm
          title={t("reset")}
          text={t("reset.text")}
          yes={t("reset")}
          close={() => (asking.value = false)}
          confirm={() => put({ zone: "" })}
        />
      )}
    </form>
  );
}

function Invitations({ siteId }: { siteId: string }) {
  const state = useSignal<"loading" | "failed" | "ready">("loading");
  const rules = useSignal<readonly Rule[]>([]);
  const etag = useSignal("");
  const trouble = useSignal("");
  const path = `/v1/sites/${encodeURIComponent(siteId)}/chat-invitations`;
  const load = async () => {
    state.value = "loading";
    try {
      const answer = (await api.json("GET", path)) as { invitations?: Partial<Rule>[]; etag?: string };
      rules.value = (answer.invitations ?? []).map(({ page = "", seconds = 0, text = "", leastVisits = 1 }) => ({
        page,
        seconds,
        text,
        leastVisits,
      }));
      etag.value = answer.etag ?? "";
      state.value = "ready";
    } catch {
      state.value = "failed";
    }
  };
  useEffect(() => {
    if (siteId !== "") load();
  }, [siteId]);
  const change = (at: number, part: Partial<Rule>) => {
    rules.value = rules.value.with(at, { ...(rules.value[at] as Rule), ...part });
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    trouble.value = "";
    try {
      const answer = (await api.json("PUT", path, { invitations: rules.value, etag: etag.value })) as { etag?: string };
      etag.value = answer.etag ?? "";
      say(t("saved"));
    } catch (error) {
      trouble.value = refusal(reasonOf(error));
    }
  };
  if (siteId === "") return <p class="hint">{t("rules.site")}</p>;
  if (state.value === "failed") return <Failed retry={load} />;
  if (state.value === "loading") return <Loading />;
  return (
    <form class="opening-form" onSubmit={save}>
      {rules.value.length === 0 ? (
        <p class="note">{t("rules.none")}</p>
      ) : (
        <p id="rule-visits-hint" class="hint">
          {t("visits.hint")}
        </p>
      )}
      {rules.value.map((rule, at) => (
        <fieldset class="rule" key={at}>
          <legend class="unseen">{rule.page || t("page")}</legend>
          <div class="field">
            <label for={`rule-page-${at}`}>{t("page")}</label>
            <input
              id={`rule-page-${at}`}
              required
              maxLength={200}
              pattern="/[^?#]*"
              value={rule.page}
              onInput={({ currentTarget }) => change(at, { page: currentTarget.value })}
            />
          </div>
          <div class="field">
            <label for={`rule-seconds-${at}`}>{t("seconds")}</label>
            <input
              id={`rule-seconds-${at}`}
              type="number"
              min={0}
              max={3600}
              required
              value={rule.seconds}
              onInput={({ currentTarget }) => change(at, { seconds: Number(currentTarget.value) })}
            />
          </div>
          <div class="field">
            <label for={`rule-visits-${at}`}>{t("visits")}</label>
            <input
              id={`rule-visits-${at}`}
              type="number"
              min={1}
              max={100}
              required
              aria-describedby="rule-visits-hint"
              value={rule.leastVisits}
              onInput={({ currentTarget }) => change(at, { leastVisits: Number(currentTarget.value) })}
            />
          </div>
          <div class="field wide">
            <label for={`rule-text-${at}`}>{t("text")}</label>
            <input
              id={`rule-text-${at}`}
              required
              maxLength={200}
              dir="auto"
              value={rule.text}
              onInput={({ currentTarget }) => change(at, { text: currentTarget.value })}
            />
          </div>
          <button
            type="button"
            class="button plain icon"
            aria-label={t("remove", { page: rule.page })}
            onClick={() => {
              const before = rules.value;
              rules.value = rules.value.toSpliced(at, 1);
              say(t("remove", { page: rule.page }), () => (rules.value = before));
            }}
          >
            <Icon name="close" />
          </button>
        </fieldset>
      ))}
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={rules.value.length >= 20}
          onClick={() => (rules.value = [...rules.value, { page: "/", seconds: 30, text: "", leastVisits: 1 }])}
        >
          {t("add")}
        </button>
        <button type="submit" class="button main">
          {t("rules.save")}
        </button>
      </div>
    </form>
  );
}

export default function Opening() {
  const sites = useSignal<readonly { id: string; displayName?: string }[]>([]);
  const siteId = useSignal("");
  useEffect(() => {
    api.json("GET", "/v1/sites?pageSize=200").then(
      (answer) => (sites.value = (answer as { sites?: { id: string }[] }).sites ?? []),
      // Without the list, the hours of all sites are still there.
      () => {},
    );
  }, []);
  return (
    <div class="opening">
      <h1>{t("days")}</h1>
      <p class="lead">{t("lead")}</p>
      <div class="field">
        <label for="opening-site">{t("site")}</label>
        <select
          id="opening-site"
          value={siteId.value}
          onChange={({ currentTarget }) => (siteId.value = currentTarget.value)}
        >
          <option value="">{t("site.all")}</option>
          {sites.value.map(({ id, displayName }) => (
            <option key={id} value={id}>
              {displayName}
            </option>
          ))}
        </select>
      </div>
      <HoursForm siteId={siteId.value} />
      <h2>{t("rules")}</h2>
      <p class="lead">{t("rules.lead")}</p>
      <Invitations siteId={siteId.value} />
    </div>
  );
}
