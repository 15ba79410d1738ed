/** How the desk is doing: what stands open, how old it is, who has how much, and what came and went day by day. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type GetDeskReportResponse, GetDeskReportResponseSchema } from "../../shared/gen/support.ts";
import { date } from "../../shared/time.tsx";
import { api } from "../session.ts";
import { nameOf } from "./data.ts";
import { named, t } from "./words.ts";
import "./report.css";

const report = signal<GetDeskReportResponse | undefined>(undefined);
const failed = signal(false);

async function load(): Promise<void> {
  failed.value = false;
  try {
    report.value = await api.call(GetDeskReportResponseSchema, "GET", "/v1/ticket-reports?days=30");
  } catch {
    failed.value = true;
  }
}

/** A number with a bar as long as it is large, so that one sees it before one reads it. */
function Bar({ count, most }: { count: number; most: number }) {
  return (
    <td class="bar">
      <span aria-hidden="true" style={{ inlineSize: `${most > 0 ? (100 * count) / most : 0}%` }} />
      {count}
    </td>
  );
}

function Table(props: { title: string; head: readonly string[]; rows: readonly (readonly [string, ...number[]])[] }) {
  const most = Math.max(0, ...props.rows.flatMap(([, ...counts]) => counts));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <div class="report-table" tabIndex={0} role="group" aria-label={props.title}>
      <h3>{props.title}</h3>
      <table>
        <thead>
          <tr>
            {props.head.map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(([label, ...counts]) => (
            <tr key={label}>
              <th scope="row" dir="auto">
                {label}
              </th>
              {counts.map((count, at) => (
                <Bar key={props.head[at + 1]} count={count} most={most} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function download(found: GetDeskReportResponse): void {
  const lines = [
    ["day", "opened", "resolved", "missed", "replies", "answers"],
    ...found.days.map((day) => [
      new Date(day.day).toISOString().slice(0, 10),
      day.opened,
      day.resolved,
      day.missed,
      day.replies,
      day.answers,
    ]),
  ];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    new Blob([lines.map((line) => `${line.join(",")}\r\n`).join("")], { type: "text/csv" }),
  );
  link.download = "tickets.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The report of the last thirty days. */
export function Report() {
  useEffect(() => {
    load();
  }, []);
  const found = report.value;
  if (failed.value) {
    return (
      <div class="list-state middle" role="alert">
        <p>{t("list.failed")}</p>
        <button type="button" class="button" onClick={load}>
          {t("list.again")}
        </button>
      </div>
    );
  }
  if (!found) {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("loading")}</span>
      </div>
    );
  }
  return (
    <section class="report" aria-label={t("view.report")}>
      <header>
        <h2>{t("view.report")}</h2>
        <button type="button" class="button" onClick={() => download(found)}>
          {t("report.csv")}
        </button>
      </header>
      <p class="faint">{t("report.lead")}</p>
      <Table
        title={t("report.backlog")}
        head={[t("state"), t("report.count")]}
        rows={found.backlog.map(({ state, count }) => [named(`state.${state}`), count] as const)}
      />
      <Table
        title={t("report.ages")}
        head={[t("report.age"), t("report.count")]}
        rows={found.ages.map(({ fromHours, count }) => [t("report.from", { hours: fromHours }), count] as const)}
      />
      <Table
        title={t("report.agents")}
        head={[t("assignee"), t("report.open"), t("report.answers"), t("report.resolved")]}
        rows={found.agents.map(
          ({ staffId, open, answers, resolved }) => [nameOf(staffId) || staffId, open, answers, resolved] as const,
        )}
      />
      <Table
        title={t("report.days")}
        head={[t("report.day"), t("report.opened"), t("report.resolved"), t("report.missed"), t("report.answers")]}
        rows={found.days.map(
          ({ day, opened, resolved, missed, answers }) => [date(day), opened, resolved, missed, answers] as const,
        )}
      />
    </section>
  );
}
