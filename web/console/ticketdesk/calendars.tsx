/** Calendars: by which hours promises count, besides the opening hours of sites. */
import {
  type Calendar,
  CreateCalendarResponseSchema,
  ListCalendarsResponseSchema,
  UpdateCalendarResponseSchema,
} from "../../shared/gen/support.ts";
import { readDay, readSpecial, writeDay, writeSpecial } from "../opening/times.ts";
import { get, post } from "../privacy/data.ts";
import { Field } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { calendars } from "./data.ts";
import { Kept, type Mould } from "./mould.tsx";
import { named, t } from "./words.ts";

const WEEK = [0, 1, 2, 3, 4, 5, 6] as const;
const WORKING = "09:00-17:00";

/** A calendar as it is typed: each day a line of times. */
interface CalendarDraft {
  label: string;
  zone: string;
  days: readonly string[];
  holidaysOf: string;
  part: string;
  special: string;
}

/** Returns what is typed as it is kept; undefined where a line cannot be read. */
function read(draft: CalendarDraft) {
  const days = draft.days.map(readDay);
  const specialDays = readSpecial(draft.special);
  if (days.includes(undefined) || typeof specialDays === "string") return undefined;
  const { label, zone, part } = draft;
  return {
    label: label.trim(),
    zone: zone.trim(),
    days: days.map((intervals) => ({ intervals: intervals ?? [] })),
    holidaysOf: draft.holidaysOf.trim().toUpperCase(),
    part: part.trim(),
    specialDays,
  };
}

/** Says the week in one line, days with the same hours together. */
function week({ days }: Calendar): string {
  const said = WEEK.map((day) => writeDay(days[day]?.intervals ?? []));
  const runs: { from: number; to: number; hours: string }[] = [];
  for (const day of WEEK) {
    const last = runs.at(-1);
    if (last && last.hours === said[day]) last.to = day;
    else runs.push({ from: day, to: day, hours: said[day] ?? "" });
  }
  return runs
    .filter(({ hours }) => hours !== "")
    .map(({ from, to, hours }) => {
      const first = named(`short.${from}`);
      return `${from === to ? first : `${first}–${named(`short.${to}`)}`} ${hours}`;
    })
    .join(" · ");
}

const CALENDARS: Mould<Calendar, CalendarDraft> = {
  place: "calendars",
  lead: t("calendars.lead"),
  add: t("calendars.add"),
  none: { title: t("calendars.none"), text: t("calendars.none.text") },
  read: async () => {
    calendars.value = (await get(ListCalendarsResponseSchema, "/v1/service-calendars")).calendars;
    return calendars.value;
  },
  name: ({ label }) => label,
  facts: (calendar) => [
    `${calendar.zone} · ${week(calendar) || t("calendars.closed")}`,
    ...(calendar.holidaysOf === ""
      ? []
      : [t("calendars.off", { place: [calendar.holidaysOf, calendar.part].filter((each) => each !== "").join(" ") })]),
    ...(calendar.specialDays.length === 0
      ? []
      : [t("calendars.special.count", { count: calendar.specialDays.length })]),
  ],
  blank: {
    label: "",
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    days: WEEK.map((day) => (day < 5 ? WORKING : "")),
    holidaysOf: "",
    part: "",
    special: "",
  },
  draftOf: ({ label, zone, days, holidaysOf, part, specialDays }) => ({
    label,
    zone,
    days: WEEK.map((day) => writeDay(days[day]?.intervals ?? [])),
    holidaysOf,
    part,
    special: writeSpecial(specialDays),
  }),
  fields: ({ draft, set }) => (
    <>
      <Field label={t("label")} value={draft.label} input={(label) => set({ label })} maxLength={60} required />
      <Field
        label={t("calendars.zone")}
        hint={t("calendars.zone.hint")}
        value={draft.zone}
        input={(zone) => set({ zone })}
        maxLength={64}
        required
      />
      <fieldset>
        <legend>{t("calendars.days")}</legend>
        <p class="hint">{t("calendars.days.hint")}</p>
        <div class="kept-pairs">
          {WEEK.map((day) => (
            <Field
              key={day}
              label={named(`day.${day}`)}
              hint={readDay(draft.days[day] ?? "") === undefined ? t("calendars.unreadable") : undefined}
              value={draft.days[day] ?? ""}
              input={(typed) => set({ days: draft.days.with(day, typed) })}
              maxLength={200}
            />
          ))}
        </div>
      </fieldset>
      <div class="kept-pairs">
        <Field
          label={t("calendars.holidays")}
          value={draft.holidaysOf}
          input={(holidaysOf) => set({ holidaysOf })}
          maxLength={2}
        />
        <Field label={t("calendars.part")} value={draft.part} input={(part) => set({ part })} maxLength={8} />
      </div>
      <Field
        label={t("calendars.special")}
        hint={typeof readSpecial(draft.special) === "string" ? t("calendars.unreadable") : t("calendars.special.hint")}
        value={draft.special}
        input={(special) => set({ special })}
        lines={4}
        maxLength={6000}
      />
    </>
  ),
  ready: (draft) => draft.label.trim() !== "" && draft.zone.trim() !== "" && read(draft) !== undefined,
  create: async (draft, requestId) =>
    (await post(CreateCalendarResponseSchema, "/v1/service-calendars", { ...read(draft), requestId })).calendar,
  update: async ({ id, etag }, draft) =>
    (await api.call(UpdateCalendarResponseSchema, "PATCH", `/v1/service-calendars/${id}`, { ...read(draft), etag }))
      .calendar,
  remove: ({ id }) => api.json("DELETE", `/v1/service-calendars/${id}`),
};

/** The page of calendars. */
export function Calendars() {
  return <Kept mould={CALENDARS} />;
}
