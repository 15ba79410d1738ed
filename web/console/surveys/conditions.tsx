/** When something is shown: lines about earlier answers, of which all or any must hold. */
import { useId } from "preact/hooks";
import type { SurveyQuestion } from "../../shared/gen/survey.ts";
import { Icon } from "../../shared/icons.tsx";
import { numbersOf } from "../../shared/survey/asked.ts";
import { Field, Select } from "../privacy/parts.tsx";
import { conditionOf, type Line, type Lines, lineOf, linesOf, type Operator, operatorsOf } from "./logic.ts";
import { t } from "./words.ts";

interface Props {
  legend: string;
  condition: string;
  /** The questions that come before. */
  questions: readonly SurveyQuestion[];
  put: (condition: string) => void;
}

export function Conditions({ legend, condition, questions, put }: Props) {
  const parsed = linesOf(condition);
  const known = parsed?.lines.every(({ question }) => questions.some(({ id }) => id === question));
  if (!parsed || !known) {
    return <Field label={legend} hint={t("when.by.hand")} value={condition} input={put} lines={2} maxLength={2000} />;
  }
  const set = (fields: Partial<Lines>) => put(conditionOf({ ...parsed, ...fields }));
  const [first] = questions;
  return (
    <fieldset class="survey-when">
      <legend>{legend}</legend>
      {parsed.lines.length === 0 && <p class="soft">{t("when.always")}</p>}
      {parsed.lines.length > 1 && (
        <Select
          label={t("when.join")}
          value={parsed.join}
          all={[
            ["all", t("when.all")],
            ["any", t("when.any")],
          ]}
          choose={(join) => set({ join })}
        />
      )}
      {parsed.lines.map((line, at) => (
        <ConditionLine
          key={at}
          line={line}
          number={at + 1}
          questions={questions}
          put={(next) => set({ lines: parsed.lines.map((one, other) => (other === at ? next : one)) })}
          remove={() => set({ lines: parsed.lines.filter((_, other) => other !== at) })}
        />
      ))}
      {first && parsed.lines.length < 20 && (
        <button
          type="button"
          class="button"
          onClick={() => set({ lines: [...parsed.lines, lineOf(questions[questions.length - 1] ?? first)] })}
        >
          <Icon name="plus" size={18} />
          {t("when.add")}
        </button>
      )}
    </fieldset>
  );
}

function ConditionLine(props: {
  line: Line;
  number: number;
  questions: readonly SurveyQuestion[];
  put: (line: Line) => void;
  remove: () => void;
}) {
  const { line, questions, put } = props;
  const id = useId();
  const question = questions.find((one) => one.id === line.question);
  if (!question) return null;
  const values = numbersOf(question.kind).map((number) => [String(number), String(number)] as const);
  const choices = question.choices.map((choice) => [choice.id, choice.text || "…"] as const);
  return (
    <div class="survey-line" role="group" aria-label={t("when.line", { number: props.number })} id={id}>
      <Select
        label={t("when.question")}
        value={line.question}
        all={questions.map((one) => [one.id, one.text || t("question.blank")] as const)}
        choose={(chosen) => {
          const next = questions.find((one) => one.id === chosen);
          if (next) put(lineOf(next));
        }}
      />
      <Select
        label={t("when.is")}
        value={line.operator}
        all={operatorsOf(question).map((one) => [one, t(`when.${one}`)] as const)}
        choose={(operator: Operator) => put({ ...line, operator })}
      />
      {!line.operator.includes("answered") && (
        <Select
          label={t("when.value")}
          value={line.value}
          all={[...values, ...choices]}
          choose={(value) => put({ ...line, value })}
        />
      )}
      <button
        type="button"
        class="button plain icon"
        aria-label={t("when.remove", { number: props.number })}
        onClick={props.remove}
      >
        <Icon name="close" size={18} />
      </button>
    </div>
  );
}
