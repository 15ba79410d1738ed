/** One question in the editor: what is asked, which answers there are, and when it is shown. */
import { useSignal } from "@preact/signals";
import type { Complaint, Definition, SurveyQuestion } from "../../shared/gen/survey.ts";
import { Icon } from "../../shared/icons.tsx";
import { hasChoices, isPersonal, SCALES } from "../../shared/survey/asked.ts";
import { Check, Field, Select } from "../privacy/parts.tsx";
import { Conditions } from "./conditions.tsx";
import { newChoice } from "./data.ts";
import { before } from "./logic.ts";
import { complaintOf, t } from "./words.ts";

interface Props {
  number: number;
  question: SurveyQuestion;
  definition: Definition;
  /** What the newest version asks; a new question may mean the same as one that was given up. */
  earlier: Definition | undefined;
  wrong: readonly Complaint[];
  put: (fields: Partial<SurveyQuestion>) => void;
  up: (() => void) | undefined;
  down: (() => void) | undefined;
  remove: () => void;
}

export function Question({ number, question, definition, earlier, wrong, put, up, down, remove }: Props) {
  const { kind } = question;
  const open = useSignal(question.text === "");
  const asked = before(definition, question.id);
  const name = t("question", { number });
  const here = new Set(definition.sections.flatMap(({ questions }) => questions.map(({ id }) => id)));
  const given = (earlier?.sections ?? [])
    .flatMap(({ questions }) => questions)
    .filter((one) => one.kind === kind && !here.has(one.id));
  const mean = (sameMeaningAs: string) => {
    const old = given.find(({ id }) => id === sameMeaningAs);
    const link = (text: string) => old?.choices.find((one) => one.text.trim() === text.trim())?.id ?? "";
    put({ sameMeaningAs, choices: question.choices.map((one) => ({ ...one, sameMeaningAs: link(one.text) })) });
  };
  return (
    <li class={wrong.length > 0 ? "survey-question bad" : "survey-question"}>
      <details
        open={open.value}
        onToggle={({ currentTarget }) => (open.value = (currentTarget as HTMLDetailsElement).open)}
      >
        <summary>
          <span class="survey-number">{number}</span>
          <span class="survey-text" dir="auto">
            {question.text || t("question.blank")}
          </span>
          <span class="tag quiet">{t(`kind.${kind}`)}</span>
          {question.condition !== "" && <span class="tag quiet">{t("when.tag")}</span>}
        </summary>
        <div class="survey-fields">
          <Field
            label={t("question.text")}
            value={question.text}
            input={(text) => put({ text })}
            lines={2}
            maxLength={500}
            required
          />
          <Field label={t("question.help")} value={question.help} input={(help) => put({ help })} maxLength={500} />
          {kind in SCALES && (
            <div class="pair">
              <Field
                label={t("question.low")}
                value={question.lowLabel}
                input={(lowLabel) => put({ lowLabel })}
                maxLength={60}
              />
              <Field
                label={t("question.high")}
                value={question.highLabel}
                input={(highLabel) => put({ highLabel })}
                maxLength={60}
              />
            </div>
          )}
          {hasChoices(kind) && <Choices question={question} put={put} />}
          {kind === "QUESTION_KIND_POSTAL_CODE" && (
            <Field
              label={t("question.purpose")}
              hint={t("question.purpose.hint")}
              value={question.declaredPurpose}
              input={(declaredPurpose) => put({ declaredPurpose })}
              maxLength={300}
            />
          )}
          {isPersonal(kind) ? (
            <p class="soft">{t("question.personal")}</p>
          ) : (
            <Check
              label={t("question.required")}
              hint={t("question.required.hint")}
              checked={question.required}
              set={(required) => put({ required })}
            />
          )}
          <Conditions
            legend={t("question.when")}
            condition={question.condition}
            questions={asked}
            put={(condition) => put({ condition })}
          />
          {(given.length > 0 || question.sameMeaningAs !== "") && (
            <Select
              label={t("question.same")}
              hint={t("question.same.hint")}
              value={question.sameMeaningAs}
              all={[
                ["", t("question.same.none")] as const,
                ...given.map(({ id, text }) => [id, text] as const),
                ...(question.sameMeaningAs !== "" && !given.some(({ id }) => id === question.sameMeaningAs)
                  ? [[question.sameMeaningAs, question.sameMeaningAs] as const]
                  : []),
              ]}
              choose={mean}
            />
          )}
          {wrong.length > 0 && (
            <ul class="wrong">
              {wrong.map((one) => (
                <li key={`${one.at} ${one.reason}`}>{complaintOf(one, "")}</li>
              ))}
            </ul>
          )}
        </div>
      </details>
      <div class="survey-moves">
        <button
          type="button"
          class="button plain icon turned"
          aria-label={t("question.up", { name })}
          aria-disabled={!up}
          onClick={up}
        >
          <Icon name="minimise" size={18} />
        </button>
        <button
          type="button"
          class="button plain icon"
          aria-label={t("question.down", { name })}
          aria-disabled={!down}
          onClick={down}
        >
          <Icon name="minimise" size={18} />
        </button>
        <button type="button" class="button plain icon" aria-label={t("question.remove", { name })} onClick={remove}>
          <Icon name="close" size={18} />
        </button>
      </div>
    </li>
  );
}

function Choices({ question, put }: { question: SurveyQuestion; put: (fields: Partial<SurveyQuestion>) => void }) {
  const { choices } = question;
  return (
    <fieldset class="survey-choices">
      <legend>{t("choices")}</legend>
      {choices.map((choice, at) => (
        <div key={choice.id} class="survey-choice">
          <Field
            label={t("choice", { number: at + 1 })}
            value={choice.text}
            input={(text) => put({ choices: choices.map((one) => (one === choice ? { ...one, text } : one)) })}
            maxLength={200}
            required
          />
          <button
            type="button"
            class="button plain icon"
            aria-label={t("choice.remove", { number: at + 1 })}
            aria-disabled={choices.length <= 2}
            onClick={() => choices.length > 2 && put({ choices: choices.filter((one) => one !== choice) })}
          >
            <Icon name="close" size={18} />
          </button>
        </div>
      ))}
      {choices.length < 40 && (
        <button type="button" class="button" onClick={() => put({ choices: [...choices, newChoice()] })}>
          <Icon name="plus" size={18} />
          {t("choice.add")}
        </button>
      )}
    </fieldset>
  );
}
