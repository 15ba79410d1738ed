/** The reports: figures of a period in all and by one thing, as a plot and as a table. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ListSitesResponseSchema } from "../../shared/gen/frames.ts";
import { type GetReportResponse, GetReportResponseSchema, type ReportRow } from "../../shared/gen/reports.ts";
import { duration } from "../../shared/time.tsx";
import { fetchFile, get, pathOf, readStaff, staff, useLoaded } from "../privacy/data.ts";
import { Select, Table } from "../privacy/parts.tsx";
import "../privacy/privacy.css";
import "../transcripts/transcripts.css";
import { Plot } from "./plot.tsx";
import "./reports.css";
import { t } from "./words.ts";

const BY = [
  "REPORT_GROUPING_DAY",
  "REPORT_GROUPING_HOUR",
  "REPORT_GROUPING_OPERATOR",
  "REPORT_GROUPING_TEAM",
  "REPORT_GROUPING_SITE",
] as const;
type By = (typeof BY)[number];
type Period = "7" | "30" | "90" | "own";

const COUNTS = new Set(["volume", "missed", "answered"]);
const siteNames = signal<ReadonlyMap<string, string>>(new Map());

function dayOf(moment: Date): string {
  const parts = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

function daysBack(days: number): string {
  const moment = new Date();
  moment.setDate(moment.getDate() - days);
  return dayOf(moment);
}

/** The names in ReportRow are the metrics' own, as proto3 JSON writes them. */
function figureOf(row: ReportRow, key: string): number {
  const name = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Number(row[name as keyof ReportRow]);
}

function shown(key: string, value: number): string {
  return COUNTS.has(key) ? String(value) : duration(value * 1000);
}

function nameOf(row: ReportRow, by: By): string {
  switch (by) {
    case "REPORT_GROUPING_HOUR":
      return t("hour.name", { hour: row.key });
    case "REPORT_GROUPING_OPERATOR":
      return row.operatorId === "" ? t("nobody") : (staff.value.get(row.operatorId)?.displayName ?? row.operatorId);
    case "REPORT_GROUPING_SITE":
      return siteNames.value.get(row.key) ?? row.key;
    default:
      return row.key || t("none");
  }
}

export default function Reports() {
  const period = useSignal<Period>("30");
  const first = useSignal(daysBack(29));
  const last = useSignal(daysBack(0));
  const by = useSignal<By>("REPORT_GROUPING_DAY");
  const figure = useSignal("volume");
  useEffect(() => {
    // Without names, ids are shown.
    readStaff().catch(() => {});
    get(ListSitesResponseSchema, "/v1/sites", { pageSize: 200 })
      .then((page) => {
        siteNames.value = new Map(page.sites.map(({ id, displayName }) => [id, displayName]));
      })
      .catch(() => {});
  }, []);
  const query = { firstDay: first.value, lastDay: last.value, grouping: by.value };
  const report = useLoaded(JSON.stringify(query), () => get(GetReportResponseSchema, "/v1/reports", query));
  const choose = (one: Period) => {
    period.value = one;
    if (one === "own") return;
    first.value = daysBack(Number(one) - 1);
    last.value = daysBack(0);
  };
  return (
    <div class="reports">
      <header class="heading">
        <div>
          <h1>{t("title")}</h1>
          <p>{t("lead")}</p>
        </div>
      </header>
      <div class="page">
        <form class="filters report-filters" aria-label={t("period")} onSubmit={(event) => event.preventDefault()}>
          <Select
            label={t("period")}
            value={period.value}
            all={(["7", "30", "90", "own"] as const).map((one) => [one, t(`period.${one}`)])}
            choose={choose}
          />
          {period.value === "own" && (
            <>
              <Day label={t("first")} value={first.value} set={(day) => (first.value = day)} />
              <Day label={t("last")} value={last.value} set={(day) => (last.value = day)} />
            </>
          )}
          <Select
            label={t("by")}
            value={by.value}
            all={BY.map((one) => [one, t(`by.${one}`)])}
            choose={(one) => (by.value = one)}
          />
        </form>
        {report.value ? (
          <Figures report={report.value} by={by.value} figure={figure.value} choose={(one) => (figure.value = one)} />
        ) : report.state === "failed" ? (
          <div class="list-state" role="alert">
            <h2>{t("failed.title")}</h2>
            <p>{t("failed.text")}</p>
            <button type="button" class="button" onClick={report.load}>
              {t("again")}
            </button>
          </div>
        ) : (
          <p class="progress" role="status">
            <span class="spinner" /> {t("reading")}
          </p>
        )}
        <div class="pair">
          <button
            type="button"
            class="button"
            onClick={() => fetchFile(pathOf("/v1/reports:download", query), "report.csv")}
          >
            {t("save")}
          </button>
        </div>
      </div>
    </div>
  );
}

function Day({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  return (
    <label class="field day">
      {label}
      <input type="date" value={value} required onInput={({ currentTarget }) => set(currentTarget.value)} />
    </label>
  );
}

function Figures(props: { report: GetReportResponse; by: By; figure: string; choose: (figure: string) => void }) {
  const { report, by, figure } = props;
  const { total, rows, metrics, timeZone } = report;
  const metric = metrics.find(({ key }) => key === figure);
  if (!total || total.volume === 0) {
    return (
      <div class="list-state">
        <h2>{t("empty.title")}</h2>
        <p>{t("empty.text")}</p>
      </div>
    );
  }
  const bars = rows.map((row) => {
    const value = figureOf(row, figure);
    return { key: nameOf(row, by), value, words: shown(figure, value) };
  });
  return (
    <>
      <fieldset class="totals">
        <legend class="unseen">{t("figure")}</legend>
        {metrics.map(({ key, heading }) => (
          <button key={key} type="button" aria-pressed={key === figure} onClick={() => props.choose(key)}>
            <span>{heading}</span>
            <strong>{shown(key, figureOf(total, key))}</strong>
          </button>
        ))}
      </fieldset>
      <Plot
        title={t("plot", { figure: metric?.heading ?? figure, by: t(`by.${by}`) })}
        bars={bars}
        scale={(top) => shown(figure, top)}
      />
      <p class="soft">{t("zone", { zone: timeZone })}</p>
      <details>
        <summary>{t("table")}</summary>
        <Table
          label={t("table")}
          head={[t(`by.${by}`), ...metrics.map(({ heading }) => heading)]}
          rows={[...rows.map((row) => [nameOf(row, by), row] as const), [t("totals"), total] as const].map(
            ([name, row]) => [name, ...metrics.map(({ key }) => shown(key, figureOf(row, key)))],
          )}
        />
      </details>
      <details>
        <summary>{t("definitions")}</summary>
        <dl class="facts">
          {metrics.map(({ key, heading, definition }) => (
            <div key={key}>
              <dt>{heading}</dt>
              <dd>{definition}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
