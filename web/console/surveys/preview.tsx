/** The survey as those see it who answer, with its conditions at work. Nothing that is tried here is sent. */
import { useSignal } from "@preact/signals";
import type { Definition } from "../../shared/gen/survey.ts";
import { type Answers, accentOf, askedOf, isPersonal } from "../../shared/survey/asked.ts";
import { Questions } from "../../shared/survey/questions.tsx";
import "../../shared/survey/survey.css";
import { t as asking } from "../../shared/survey/words.ts";
import { Check, Select } from "../privacy/parts.tsx";
import { inLanguage, nameOfLanguage } from "./translations.tsx";
import { t } from "./words.ts";

export function Preview({ definition }: { definition: Definition }) {
  const answers = useSignal<Answers>({});
  const language = useSignal("");
  const withAge = useSignal(true);
  const read = inLanguage(definition, language.value);
  const personal = definition.sections.some(({ questions }) => questions.some(({ kind }) => isPersonal(kind)));
  const needsAge = definition.asksAge || personal;
  const asked = askedOf(read, answers.value, withAge.value || !needsAge);
  const { theme } = definition;
  return (
    <section class="survey-preview" aria-labelledby="preview-title">
      <h2 id="preview-title">{t("preview")}</h2>
      <p class="soft">{t("preview.text")}</p>
      {definition.translations.length > 0 && (
        <Select
          label={t("preview.language")}
          value={language.value}
          all={[
            ["", nameOfLanguage(definition.language)] as const,
            ...definition.translations.map((one) => [one.language, nameOfLanguage(one.language)] as const),
          ]}
          choose={(one) => (language.value = one)}
        />
      )}
      {needsAge && (
        <Check label={t("preview.age")} checked={withAge.value} set={(checked) => (withAge.value = checked)} />
      )}
      <div class={`asking shown ${accentOf(theme?.accent)} ${theme?.compact ? "compact" : ""}`} lang={read.language}>
        <h3 dir="auto">{read.title}</h3>
        {read.consentText !== "" && <p dir="auto">{read.consentText}</p>}
        {needsAge && <p class="hint">{asking("age.title")}…</p>}
        <Questions
          asked={asked}
          answers={answers.value}
          say={(id, answer) => {
            const { [id]: _, ...others } = answers.value;
            answers.value = answer === undefined ? others : { ...others, [id]: answer };
          }}
        />
        {asked.sections.length === 0 && <p class="hint">{t("preview.none")}</p>}
      </div>
    </section>
  );
}
