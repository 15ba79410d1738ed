/** Plots of counts and of scores, drawn here, each with its numbers in words beside or below it. */
import type { Month, QuestionResult } from "../../shared/gen/survey.ts";
import { Table } from "../privacy/parts.tsx";
import { t } from "./words.ts";

/** Returns how many percent a part is of a whole. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((100 * part) / whole) : 0;
}

/** One bar. A count of 0 says that there are too few to be shown, or none. */
export interface Bar {
  key: string;
  label: string;
  count: number;
}

/** Bars beside one another's names; what is too small to be shown says so. */
export function Bars(props: { label: string; bars: readonly Bar[]; whole: number; threshold: number; few?: boolean }) {
  const top = Math.max(1, ...props.bars.map(({ count }) => count));
  return (
    <ul class="survey-bars" aria-label={props.label}>
      {props.bars.map(({ key, label, count }) => (
        <li key={key}>
          <span class="survey-bar-name" dir="auto">
            {label}
          </span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width="100" height="10" />
            <rect class="bar" width={(100 * count) / top} height="10" />
          </svg>
          <span class="survey-bar-value">
            {count > 0 || props.few === false
              ? t("bar", { count, percent: percent(count, props.whole) })
              : t("bar.few", { threshold: props.threshold })}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Returns a question's score in words. */
export function scoreOf({ kind, score }: QuestionResult): string {
  const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(score);
  if (kind === "QUESTION_KIND_NPS") return t("score.nps", { score: score > 0 ? `+${number}` : number });
  if (kind === "QUESTION_KIND_CSAT") return t("score.csat", { score: number });
  return t(kind === "QUESTION_KIND_CES" ? "score.ces" : "score.stars", { score: number });
}

const RANGE: Partial<Record<QuestionResult["kind"], readonly [number, number]>> = {
  QUESTION_KIND_NPS: [-100, 100],
  QUESTION_KIND_CSAT: [0, 100],
  QUESTION_KIND_CES: [1, 7],
  QUESTION_KIND_STARS: [1, 5],
};

/** Says whether a question has a score. */
export function hasScore({ kind }: Pick<QuestionResult, "kind">): boolean {
  return kind in RANGE;
}

/** A score month by month: the line, and the same as a table. */
export function Trend({ label, months }: { label: string; months: readonly Month[] }) {
  const shown = months.flatMap(({ month, result }) => (result && result.count > 0 ? [{ month, result }] : []));
  const [first] = shown;
  if (!first) return <p class="soft">{t("trend.none")}</p>;
  const [low, high] = RANGE[first.result.kind] ?? [0, 1];
  const x = (at: number) => (shown.length === 1 ? 300 : 20 + (560 * at) / (shown.length - 1));
  const y = (score: number) => 150 - (130 * (score - low)) / (high - low);
  const points = shown.map(({ result }, at) => [x(at), y(result.score)] as const);
  return (
    <figure class="survey-trend">
      <figcaption>
        {label}{" "}
        <span class="soft">
          {low} … {high}
        </span>
      </figcaption>
      <svg viewBox="0 0 600 170" role="img" aria-label={label}>
        {[low, (low + high) / 2, high].map((line) => (
          <line key={line} class="grid" x1="0" x2="600" y1={y(line)} y2={y(line)} />
        ))}
        <polyline class="line" points={points.map((point) => point.join()).join(" ")} />
        {points.map(([cx, cy], at) => (
          <circle key={shown[at]?.month} class="dot" cx={cx} cy={cy} r="5" />
        ))}
      </svg>
      <Table
        label={label}
        head={[t("month"), t("score"), t("people")]}
        rows={shown.map(({ month, result }) => [month, scoreOf(result), result.count])}
      />
    </figure>
  );
}
