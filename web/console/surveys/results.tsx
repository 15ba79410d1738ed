/** The results: how far people came, what they answered, and by what it differs. Every number is full groups of people. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  CrossTabulateResponseSchema,
  type Dimension,
  DimensionNames,
  type GetResultsResponse,
  GetResultsResponseSchema,
  GetTrendResponseSchema,
  type QuestionResult,
} from "../../shared/gen/survey.ts";
import { exact } from "../../shared/time.tsx";
import { fetchFile, get, useLoaded } from "../privacy/data.ts";
import { Part, Select, Table } from "../privacy/parts.tsx";
import { nameOf } from "./data.ts";
import { Bars, hasScore, percent, scoreOf, Trend } from "./plots.tsx";
import { nameOfLanguage } from "./translations.tsx";
import { Failed, type PageProps, Reading } from "./view.tsx";
import { t } from "./words.ts";

const ALL = "DIMENSION_UNSPECIFIED";

/** Returns what a value of a dimension is called. */
function valueName(dimension: Dimension, value: string): string {
  if (value === "") return t("value.none");
  if (dimension === "DIMENSION_LANGUAGE") return nameOfLanguage(value);
  if (dimension === "DIMENSION_CHANNEL") {
    return value === "widget" || value === "mail" || value === "page" ? t(`channel.${value}`) : value;
  }
  return nameOf(value);
}

export function Results({ survey }: PageProps) {
  const base = `/v1/surveys/${encodeURIComponent(survey.id)}/results`;
  const dimension = useSignal<Dimension>(ALL);
  const value = useSignal("");
  // An empty value of a dimension is one as well: those of no team, say.
  const query = dimension.value === ALL ? {} : { dimension: dimension.value, value: value.value };
  const loaded = useLoaded(JSON.stringify(query), () => get(GetResultsResponseSchema, base, query));
  const whole = useLoaded(`${survey.id} all`, () => get(GetResultsResponseSchema, base));
  const dimensions = whole.value?.dimensions.filter(({ cells }) => cells.length > 0) ?? [];
  const cells = dimensions.find((one) => one.dimension === dimension.value)?.cells ?? [];
  const all = whole.value;
  if (whole.state === "failed") return <Failed load={whole.load} />;
  if (!all) return <Reading />;
  return (
    <div class="survey-results">
      <p class="note">
        {t("full", { threshold: all.threshold })}{" "}
        {all.sealTime > 0 ? t("sealed", { time: exact(all.sealTime) }) : t("sealed.none", { threshold: all.threshold })}
      </p>
      {all.funnel && !survey.isRating && <Funnel all={all} />}
      {dimensions.length > 0 && (
        <div class="survey-by">
          <Select
            label={t("by")}
            value={dimension.value}
            all={DimensionNames.filter((one) => one === ALL || dimensions.some((each) => each.dimension === one)).map(
              (one) => [one, t(`by.${one}`)] as const,
            )}
            choose={(one) => {
              value.value = dimensions.find((each) => each.dimension === one)?.cells[0]?.value ?? "";
              dimension.value = one;
            }}
          />
          {dimension.value !== ALL && (
            <Select
              label={t("by.value")}
              value={value.value}
              all={cells.map((cell) => [cell.value, valueName(dimension.value, cell.value)] as const)}
              choose={(one) => (value.value = one)}
            />
          )}
        </div>
      )}
      {loaded.state === "failed" ? (
        <Failed load={loaded.load} />
      ) : !loaded.value ? (
        <Reading />
      ) : (
        <>
          <p class="survey-count">{t("count", { count: loaded.value.count })}</p>
          {loaded.value.questions.map((question) => (
            <Distribution key={question.questionId} question={question} threshold={all.threshold} />
          ))}
        </>
      )}
      <Trends base={base} questions={all.questions} />
      <Tables base={base} all={all} />
      <Part title={t("files")}>
        <p class="soft">{t("files.text")}</p>
        <div class="inline-actions">
          <button type="button" class="button" onClick={() => fetchFile(`${base}:export`, "results.csv")}>
            {t("files.csv")}
          </button>
          <a class="button" href={`/reports/surveys/${encodeURIComponent(survey.id)}`} target="_blank" rel="noopener">
            {t("files.print")}
          </a>
        </div>
      </Part>
    </div>
  );
}

function Funnel({ all }: { all: GetResultsResponse }) {
  const { offered = 0, opened = 0, agePassed = 0, submitted = 0 } = all.funnel ?? {};
  const steps = [
    { key: "offered", label: t("funnel.offered"), count: offered },
    { key: "opened", label: t("funnel.opened"), count: opened },
    { key: "age", label: t("funnel.age"), count: agePassed },
    { key: "submitted", label: t("funnel.submitted"), count: submitted },
  ];
  return (
    <Part title={t("funnel")}>
      <p class="survey-score">{offered > 0 ? t("rate", { percent: percent(submitted, offered) }) : t("rate.none")}</p>
      <Bars label={t("funnel")} bars={steps} whole={offered} threshold={all.threshold} few={false} />
      <p class="soft">{t("funnel.text")}</p>
    </Part>
  );
}

function Distribution({ question, threshold }: { question: QuestionResult; threshold: number }) {
  if (question.kind === "QUESTION_KIND_AGE") return null;
  const bars = question.cells.map(({ value, count }, at) => ({
    key: value,
    label: question.labels[at] || value,
    count,
  }));
  return (
    <Part title={question.text}>
      {bars.length === 0 ? (
        <p class="soft">{t("no.counts")}</p>
      ) : question.count === 0 ? (
        <p class="soft">{t("too.few", { threshold })}</p>
      ) : (
        <>
          <p class="survey-score">
            {hasScore(question) && `${scoreOf(question)} · `}
            {t("answered.by", { count: question.count })}
          </p>
          <Bars label={question.text} bars={bars} whole={question.count} threshold={threshold} />
        </>
      )}
    </Part>
  );
}

function Trends({ base, questions }: { base: string; questions: readonly QuestionResult[] }) {
  const scored = questions.filter(hasScore);
  const chosen = useSignal(scored[0]?.questionId ?? "");
  const loaded = useLoaded(chosen.value, () =>
    get(GetTrendResponseSchema, `${base}/${encodeURIComponent(chosen.value)}:trend`),
  );
  const question = scored.find(({ questionId }) => questionId === chosen.value);
  if (!question) return null;
  return (
    <Part title={t("trend")}>
      <Select
        label={t("trend.of")}
        value={chosen.value}
        all={scored.map(({ questionId, text }) => [questionId, text] as const)}
        choose={(one) => (chosen.value = one)}
      />
      {loaded.state === "failed" ? (
        <Failed load={loaded.load} />
      ) : loaded.value ? (
        <Trend label={t("trend.label", { question: question.text })} months={loaded.value.months} />
      ) : (
        <Reading />
      )}
    </Part>
  );
}

function Tables({ base, all }: { base: string; all: GetResultsResponse }) {
  const counted = all.questions.filter(({ cells, kind }) => cells.length > 0 && kind !== "QUESTION_KIND_AGE");
  const column = useSignal(counted[0]?.questionId ?? "");
  const row = useSignal("");
  const others = counted.filter(({ questionId }) => questionId !== column.value);
  const rows = [
    ...others.map(({ questionId, text }) => [questionId, text] as const),
    ...DimensionNames.filter((one) => one !== ALL).map((one) => [one, t(`by.${one}`)] as const),
  ];
  useEffect(() => {
    if (!rows.some(([id]) => id === row.value)) row.value = rows[0]?.[0] ?? "";
  }, [column.value]);
  const isDimension = row.value.startsWith("DIMENSION_");
  const query = isDimension ? { dimension: row.value } : { byQuestionId: row.value };
  const loaded = useLoaded(column.value && row.value ? `${column.value} ${row.value}` : "", () =>
    get(CrossTabulateResponseSchema, `${base}/${encodeURIComponent(column.value)}:crossTab`, query),
  );
  if (counted.length === 0) return null;
  const few = t("bar.few", { threshold: all.threshold });
  return (
    <Part title={t("table")}>
      <div class="survey-by">
        <Select
          label={t("table.columns")}
          value={column.value}
          all={counted.map(({ questionId, text }) => [questionId, text] as const)}
          choose={(one) => (column.value = one)}
        />
        <Select label={t("table.rows")} value={row.value} all={rows} choose={(one) => (row.value = one)} />
      </div>
      {loaded.state === "failed" ? (
        <Failed load={loaded.load} />
      ) : !loaded.value ? (
        <Reading />
      ) : loaded.value.rows.length === 0 ? (
        <p class="soft">{t("too.few", { threshold: all.threshold })}</p>
      ) : (
        <Table
          label={t("table")}
          head={[t("table.rows"), ...loaded.value.labels]}
          rows={loaded.value.rows.map(({ value, label, counts }) => [
            label || valueName(isDimension ? (row.value as Dimension) : ALL, value),
            ...counts.map((count) => (count > 0 ? String(count) : <span class="soft">{few}</span>)),
          ])}
        />
      )}
    </Part>
  );
}
