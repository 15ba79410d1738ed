/** The questions of a survey, as those see them who answer; the editor shows the same to those who write it. */
import { useId } from "preact/hooks";
import type { SurveyQuestion } from "../gen/survey.ts";
import { type Answers, type Asked, hasChoices, numbersOf } from "./asked.ts";
import { t } from "./words.ts";

type Answered = Answers[string];

interface Props {
  question: SurveyQuestion;
  answer: Answered | undefined;
  /** Takes an answer; nothing takes it back. */
  say: (answer: Answered | undefined) => void;
  wrong: boolean;
}

/** All that is asked now, section by section. */
export function Questions(props: {
  asked: Asked;
  answers: Answers;
  say: (questionId: string, answer: Answered | undefined) => void;
  wrong?: readonly string[];
}) {
  return (
    <>
      {props.asked.sections.map(({ section, questions }) => (
        <div key={section.id} class="asked-section">
          {section.title !== "" && <h3 dir="auto">{section.title}</h3>}
          {questions.map((question) => (
            <Question
              key={question.id}
              question={question}
              answer={props.answers[question.id]}
              say={(answer) => props.say(question.id, answer)}
              wrong={props.wrong?.includes(question.id) ?? false}
            />
          ))}
        </div>
      ))}
    </>
  );
}

function Question(props: Props) {
  const { kind } = props.question;
  return numbersOf(kind).length > 0 || hasChoices(kind) ? <Closed {...props} /> : <Words {...props} />;
}

function Note({ question }: { question: SurveyQuestion }) {
  return <span class="hint"> ({t(question.required ? "required" : "optional")})</span>;
}

function help(question: SurveyQuestion): string {
  return [question.help, question.declaredPurpose].filter(Boolean).join(" ");
}

/** A question with a list of answers: a scale or choices. */
function Closed({ question, answer, say, wrong }: Props) {
  const id = useId();
  const many = question.kind === "QUESTION_KIND_MULTIPLE_CHOICE";
  const chosen = Array.isArray(answer) ? (answer as readonly string[]) : [];
  const numbers = numbersOf(question.kind);
  const options = [
    ...numbers.map((number) => [String(number), number === answer, number] as const),
    ...question.choices.map((choice) => [choice.text, chosen.includes(choice.id), [choice.id]] as const),
  ];
  const choose = (value: number | readonly string[], on: boolean) => {
    if (typeof value === "number" || !many) return say(value);
    const others = chosen.filter((each) => each !== value[0]);
    const next = on ? [...others, ...value] : others;
    say(next.length > 0 ? next : undefined);
  };
  const text = help(question);
  return (
    <fieldset class="asked" aria-describedby={text ? `${id}-help` : undefined}>
      <legend dir="auto">
        {question.text}
        <Note question={question} />
      </legend>
      {text && (
        <p id={`${id}-help`} class="hint" dir="auto">
          {text}
        </p>
      )}
      {(question.lowLabel || question.highLabel) && (
        <p class="hint ends" aria-hidden="true">
          <span dir="auto">{question.lowLabel}</span>
          <span dir="auto">{question.highLabel}</span>
        </p>
      )}
      <div class={numbers.length > 0 ? "scale" : "choices-of"}>
        {options.map(([label, on, value], at) => (
          <label key={String(value)}>
            <input
              type={many ? "checkbox" : "radio"}
              name={id}
              checked={on}
              onChange={({ currentTarget }) => choose(value, currentTarget.checked)}
            />
            <span dir="auto">
              {label}
              {at === 0 && question.lowLabel && <span class="unseen"> {question.lowLabel}</span>}
              {at === options.length - 1 && question.highLabel && <span class="unseen"> {question.highLabel}</span>}
            </span>
          </label>
        ))}
      </div>
      {answer !== undefined && !many && !question.required && (
        <button type="button" class="link" onClick={() => say(undefined)}>
          {t("none")}
          <span class="unseen">: {question.text}</span>
        </button>
      )}
      {wrong && <p class="wrong">{t("wrong")}</p>}
    </fieldset>
  );
}

/** A question for one's own words, an address or a postal code. */
function Words({ question, answer, say, wrong }: Props) {
  const id = useId();
  const text = help(question);
  const common = {
    id,
    value: typeof answer === "string" ? answer : "",
    dir: "auto" as const,
    "aria-describedby": text ? `${id}-help` : undefined,
    "aria-invalid": wrong,
  };
  return (
    <div class="field asked">
      <label for={id} dir="auto">
        {question.text}
        <Note question={question} />
      </label>
      {question.kind === "QUESTION_KIND_LONG_TEXT" ? (
        <textarea {...common} rows={4} maxLength={4000} onInput={({ currentTarget }) => say(currentTarget.value)} />
      ) : (
        <input
          {...common}
          type={question.kind === "QUESTION_KIND_EMAIL" ? "email" : "text"}
          maxLength={question.kind === "QUESTION_KIND_POSTAL_CODE" ? 12 : 254}
          autocomplete={question.kind === "QUESTION_KIND_EMAIL" ? "email" : "off"}
          onInput={({ currentTarget }) => say(currentTarget.value)}
        />
      )}
      {text && (
        <p id={`${id}-help`} class="hint" dir="auto">
          {text}
        </p>
      )}
      {wrong && <p class="wrong">{t("wrong")}</p>}
    </div>
  );
}
