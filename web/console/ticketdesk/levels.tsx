/** Promises: by when tickets are looked at, answered and resolved, within the opening hours. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import {
  type Level,
  ListLevelsResponseSchema,
  type Priority,
  SetLevelResponseSchema,
} from "../../shared/gen/support.ts";
import { get } from "../privacy/data.ts";
import { Select } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { queues } from "../tickets/data.ts";
import { calendars, queueName } from "./data.ts";
import { Kept, type Mould } from "./mould.tsx";
import { t } from "./words.ts";

export const PRIORITIES = ["PRIORITY_LOW", "PRIORITY_NORMAL", "PRIORITY_HIGH", "PRIORITY_URGENT"] as const;
const TIMES = ["triageMinutes", "firstResponseMinutes", "nextResponseMinutes", "resolutionMinutes"] as const;
const MOST = 525_600;
const MOST_WARNING = 10_080;

type LevelDraft = Omit<Level, "id">;

/** Returns how long something takes, in hours and minutes. */
export function lasting(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return t("minutes", { count: rest });
  return rest === 0 ? t("hours", { count: hours }) : `${t("hours", { count: hours })} ${t("minutes", { count: rest })}`;
}

function scope({ queueId, priority }: Pick<Level, "queueId" | "priority">): string {
  const where = queueId === "" ? t("levels.every") : queueName(queueId);
  return priority === "PRIORITY_UNSPECIFIED" ? where : `${where} · ${t(priority)}`;
}

/** A time in minutes or in hours; nothing promises nothing. */
function Duration(props: { label: string; minutes: number; most: number; set: (minutes: number) => void }) {
  const id = useId();
  const inHours = useSignal(props.minutes > 0 && props.minutes % 60 === 0);
  // What is typed stays as it is typed; only its meaning is kept.
  const typed = useSignal(props.minutes === 0 ? "" : String(props.minutes / (inHours.value ? 60 : 1)));
  const mean = () => {
    const minutes = Math.round(Number(typed.peek()) * (inHours.peek() ? 60 : 1));
    props.set(Math.max(0, Math.min(props.most, minutes || 0)));
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <span class="kept-time">
        <input
          id={id}
          type="number"
          inputMode="decimal"
          min={0}
          max={Math.floor(props.most / (inHours.value ? 60 : 1))}
          step="any"
          placeholder={t("levels.nothing")}
          value={typed.value}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
            mean();
          }}
        />
        <select
          aria-label={t("levels.unit", { label: props.label })}
          value={inHours.value ? "h" : "m"}
          onChange={({ currentTarget }) => {
            inHours.value = currentTarget.value === "h";
            mean();
          }}
        >
          <option value="m">{t("levels.minutes")}</option>
          <option value="h">{t("levels.hours")}</option>
        </select>
      </span>
    </div>
  );
}

const LEVELS: Mould<Level, LevelDraft> = {
  place: "levels",
  lead: t("levels.lead"),
  add: t("levels.add"),
  none: { title: t("levels.none"), text: t("levels.none.text") },
  read: async () => (await get(ListLevelsResponseSchema, "/v1/service-levels")).levels,
  name: scope,
  facts: (level) => [
    TIMES.filter((name) => level[name] > 0)
      .map((name) => `${t(name)} ${lasting(level[name])}`)
      .join(" · ") || t("levels.nothing"),
    ...(level.calendarId === ""
      ? []
      : [t("levels.by", { name: calendars.value.find(({ id }) => id === level.calendarId)?.label ?? t("gone") })]),
    ...(level.warnMinutes > 0 ? [t("levels.warned", { time: lasting(level.warnMinutes) })] : []),
  ],
  blank: {
    queueId: "",
    priority: "PRIORITY_UNSPECIFIED",
    triageMinutes: 0,
    firstResponseMinutes: 0,
    nextResponseMinutes: 0,
    resolutionMinutes: 0,
    warnMinutes: 0,
    calendarId: "",
  },
  draftOf: ({ id: _, ...draft }) => draft,
  fields: ({ draft, set }, item) => (
    <>
      {item ? (
        <p class="hint">{t("levels.scope.stays")}</p>
      ) : (
        <>
          <Select
            label={t("levels.queue")}
            value={draft.queueId}
            all={[["", t("levels.every")], ...queues.value.map(({ id, label }) => [id, label] as const)]}
            choose={(queueId) => set({ queueId })}
          />
          <Select<Priority>
            label={t("levels.priority")}
            value={draft.priority}
            all={[["PRIORITY_UNSPECIFIED", t("levels.any")], ...PRIORITIES.map((each) => [each, t(each)] as const)]}
            choose={(priority) => set({ priority })}
          />
          <p class="hint">{t("levels.exact")}</p>
        </>
      )}
      <Select
        label={t("levels.calendar")}
        value={draft.calendarId}
        all={[["", t("levels.calendar.site")], ...calendars.value.map(({ id, label }) => [id, label] as const)]}
        choose={(calendarId) => set({ calendarId })}
      />
      <div class="kept-pairs">
        {TIMES.map((name) => (
          <Duration
            key={name}
            label={t(name)}
            minutes={draft[name]}
            most={MOST}
            set={(minutes) => set({ [name]: minutes })}
          />
        ))}
        <Duration
          label={t("warnMinutes")}
          minutes={draft.warnMinutes}
          most={MOST_WARNING}
          set={(warnMinutes) => set({ warnMinutes })}
        />
      </div>
    </>
  ),
  ready: (draft) => TIMES.some((name) => draft[name] > 0),
  clash: (draft, others) =>
    others.some(({ queueId, priority }) => queueId === draft.queueId && priority === draft.priority)
      ? t("levels.taken")
      : "",
  create: put,
  update: (item, draft) => put({ ...draft, queueId: item.queueId, priority: item.priority }),
  remove: ({ id }) => api.json("DELETE", `/v1/service-levels/${id}`),
};

async function put(draft: LevelDraft): Promise<Level | undefined> {
  const body = draft.priority === "PRIORITY_UNSPECIFIED" ? { ...draft, priority: undefined } : draft;
  return (await api.call(SetLevelResponseSchema, "PUT", "/v1/service-levels", body)).level;
}

/** The page of promises. */
export function Levels() {
  return <Kept mould={LEVELS} />;
}
