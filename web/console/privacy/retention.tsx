/** For how long things are kept, what the next purge removes, and what the last ones removed. */
import { useSignal } from "@preact/signals";
import type { PurgedStore, Setting } from "../../shared/gen/privacy.ts";
import {
  GetSettingsResponseSchema,
  ListPurgesResponseSchema,
  PreviewPurgeResponseSchema,
  UpdateSettingResponseSchema,
} from "../../shared/gen/privacy.ts";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { act, get, type Loaded, post, useLoaded, usePaged } from "./data.ts";
import { Ask, Field, Heading, Part, Reading, Table, Tag, When } from "./parts.tsx";
import { t, word } from "./words.ts";

/** One period that an organisation can shorten. */
export interface Period {
  name: string;
  /** What it is, in the platform's own words. */
  description: string;
  days: number;
  standard: number;
  least: number;
  most: number;
}

/** Returns the periods among the settings. */
export function periodsOf(settings: readonly Setting[]): readonly Period[] {
  return settings
    .filter(({ name }) => name.startsWith("retention."))
    .map(({ name, description, valueJson, defaultJson, minimumJson, maximumJson }) => ({
      name,
      description,
      days: Number(valueJson),
      standard: Number(defaultJson),
      least: Number(minimumJson || "1"),
      most: Number(maximumJson || defaultJson),
    }));
}

/** Reads the periods. */
export async function readPeriods(): Promise<readonly Period[]> {
  return periodsOf((await get(GetSettingsResponseSchema, "/v1/settings")).settings);
}

/** The periods that are the same for everybody, with their length in days; 0 for as long as what it belongs to. */
const FIXED = [
  ["proof", 0],
  ["request", 730],
  ["backup", 35],
] as const;

async function set(period: Period, days: number, periods: Loaded<readonly Period[]>): Promise<void> {
  const path = `/v1/settings/${period.name}`;
  const valueJson = days === period.standard ? "" : String(days);
  await api.call(UpdateSettingResponseSchema, "PATCH", path, { valueJson });
  await periods.load();
}

/** The page of periods and purges. */
export function Retention() {
  const periods = useLoaded("periods", readPeriods);
  const changing = useSignal<Period | undefined>(undefined);
  return (
    <>
      <Heading title={t("retention")} lead={t("retention.lead")} />
      <div class="page">
        <Part title={t("retention.periods")}>
          {periods.value ? (
            <ul class="cards">
              {periods.value.map((period) => (
                <li key={period.name} class="card">
                  <div>
                    <h4>{word("period", period.name)}</h4>
                    <p class="soft">{word("period.text", period.name) || period.description}</p>
                  </div>
                  <p class="days">
                    <strong>{t("days", { count: period.days })}</strong>
                    {period.days < period.most && (
                      <Tag tone="good">{t("retention.shorter", { count: period.most })}</Tag>
                    )}
                  </p>
                  <button
                    type="button"
                    class="button"
                    aria-label={t("retention.change.of", { what: word("period", period.name) })}
                    onClick={() => (changing.value = period)}
                  >
                    {t("retention.change")}
                  </button>
                </li>
              ))}
            </ul>
          ) : (
            <Reading place="retention" state={periods.state as "loading"} load={periods.load} />
          )}
          <details class="more-text">
            <summary>{t("retention.fixed")}</summary>
            <dl class="facts">
              {FIXED.map(([name, days]) => (
                <div key={name}>
                  <dt>{word("period", name)}</dt>
                  <dd>
                    {days > 0 ? t("days", { count: days }) : t("retention.hour")} · {word("period.text", name)}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        </Part>
        <Preview />
        <Runs />
      </div>
      {changing.value && (
        <Change period={changing.value} periods={periods} close={() => (changing.value = undefined)} />
      )}
    </>
  );
}

function Counted({ stores }: { stores: readonly PurgedStore[] }) {
  return (
    <Table
      label={t("purge.stores")}
      head={[t("receipt.store"), t("purge.records"), t("purge.held")]}
      rows={stores.map(({ store, records, held }) => [<code key="store">{store}</code>, records, held || "·"])}
    />
  );
}

function Preview() {
  const asked = useSignal(false);
  const found = useLoaded(asked.value ? "preview" : "", async () => {
    return (await post(PreviewPurgeResponseSchema, "/v1/purges:preview", {})).stores;
  });
  return (
    <Part title={t("purge.preview")}>
      <p class="soft">{t("purge.preview.text")}</p>
      {asked.value && found.state === "loading" && (
        <p class="progress" role="status">
          <span class="spinner" /> {t("purge.counting")}
        </p>
      )}
      {asked.value && found.state === "failed" && (
        <p class="note bad" role="alert">
          {t("purge.preview.failed")}
        </p>
      )}
      {found.value &&
        (found.value.length === 0 ? (
          <p class="note good" role="status">
            {t("purge.preview.nothing")}
          </p>
        ) : (
          <Counted stores={found.value} />
        ))}
      <div class="inline-actions">
        <button
          type="button"
          class="button"
          onClick={() => {
            if (asked.value) found.load();
            asked.value = true;
          }}
        >
          {t(found.value ? "purge.preview.again" : "purge.preview.go")}
        </button>
      </div>
    </Part>
  );
}

function Runs() {
  const list = usePaged("purges", async (pageToken) => {
    const page = await get(ListPurgesResponseSchema, "/v1/purges", { pageToken });
    return { items: page.purges, next: page.nextPageToken };
  });
  const { value: state } = list.state;
  return (
    <Part title={t("purges")}>
      <p class="soft">{t("purges.text")}</p>
      {list.items.value.length === 0 ? (
        state === "failed" ? (
          <p class="note bad" role="alert">
            {t("purges.failed")}{" "}
            <button type="button" class="link" onClick={list.load}>
              {t("again")}
            </button>
          </p>
        ) : state === "ready" ? (
          <p class="soft">{t("purges.none")}</p>
        ) : (
          <p role="status">
            <span class="spinner" />
            <span class="unseen">{t("reading")}</span>
          </p>
        )
      ) : (
        <>
          <ul class="runs">
            {list.items.value.map(({ id, service, time, stores }) => {
              const records = stores.reduce((sum, store) => sum + store.records, 0);
              return (
                <li key={id}>
                  {stores.length === 0 ? (
                    <p>
                      <strong>{word("service", service)}</strong> <When at={time} /> · {t("purges.nothing")}
                    </p>
                  ) : (
                    <details>
                      <summary>
                        <strong>{word("service", service)}</strong> <When at={time} /> ·{" "}
                        {t("purges.records", { count: records })}
                      </summary>
                      <Counted stores={stores} />
                    </details>
                  )}
                </li>
              );
            })}
          </ul>
          {list.next.value !== "" && (
            <button type="button" class="button" onClick={list.loadMore} aria-disabled={state === "more"}>
              {t("more")}
            </button>
          )}
        </>
      )}
    </Part>
  );
}

function Change(props: { period: Period; periods: Loaded<readonly Period[]>; close: () => void }) {
  const { period, periods } = props;
  const days = useSignal(String(period.days));
  const wanted = Number(days.value);
  const fits = Number.isInteger(wanted) && wanted >= period.least && wanted <= period.most && days.value.trim() !== "";
  const shorter = fits && wanted < period.days;
  const found = useLoaded(shorter ? days.value : "", async () => {
    const body = { periods: [{ setting: period.name, days: wanted }] };
    return (await post(PreviewPurgeResponseSchema, "/v1/purges:preview", body)).stores;
  });
  const going = found.value?.reduce((sum, { records }) => sum + records, 0);
  return (
    <Ask
      title={t("retention.change.of", { what: word("period", period.name) })}
      text={t("retention.change.text", { least: period.least, most: period.most })}
      yes={t("retention.change.yes")}
      close={props.close}
      ready={fits && wanted !== period.days}
      deed={async () => {
        const before = period.days;
        await set(period, wanted, periods);
        const told = (count: number) => t("retention.changed", { what: word("period", period.name), days: count });
        say(told(wanted), () => act(() => set(period, before, periods), told(before)));
      }}
    >
      <Field
        label={t("retention.days")}
        type="number"
        min={period.least}
        max={period.most}
        value={days.value}
        input={(text) => (days.value = text)}
        required
      />
      <p class={`note ${going ? "careful" : ""}`} role="status">
        {!fits
          ? t("retention.bounds", { least: period.least, most: period.most })
          : wanted === period.days
            ? t("retention.same")
            : wanted > period.days
              ? t("retention.longer")
              : found.state === "failed"
                ? t("purge.preview.failed")
                : going === undefined
                  ? t("purge.counting")
                  : t("retention.going", { count: going })}
      </p>
    </Ask>
  );
}
