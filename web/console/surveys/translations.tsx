/** The survey in other languages: each text beside the one that it stands for. What is left out is read as it is. */
import { useSignal } from "@preact/signals";
import type { Definition, Translation } from "../../shared/gen/survey.ts";
import { Field, Part } from "../privacy/parts.tsx";
import { t } from "./words.ts";

/** Returns all that can be translated: what it is a text of, and the text. */
export function textsOf(definition: Definition): readonly (readonly [of: string, text: string])[] {
  const found: (readonly [string, string])[] = [
    ["title", definition.title],
    ["consent", definition.consentText],
    ["thanks", definition.thanksText],
  ];
  for (const section of definition.sections) {
    found.push([section.id, section.title]);
    for (const question of section.questions) {
      found.push([question.id, question.text], [`${question.id}.help`, question.help]);
      found.push([`${question.id}.low`, question.lowLabel], [`${question.id}.high`, question.highLabel]);
      for (const choice of question.choices) found.push([choice.id, choice.text]);
    }
  }
  return found.filter(([, text]) => text !== "");
}

/** Returns a survey as somebody reads it in a language that it has, or as it was written. */
export function inLanguage(definition: Definition, language: string): Definition {
  const texts = definition.translations.find((one) => one.language === language)?.texts;
  if (!texts) return definition;
  const found = new Map(texts.map(({ of, text }) => [of, text]));
  const read = (of: string, text: string) => found.get(of) || text;
  return {
    ...definition,
    language,
    title: read("title", definition.title),
    consentText: read("consent", definition.consentText),
    thanksText: read("thanks", definition.thanksText),
    sections: definition.sections.map((section) => ({
      ...section,
      title: read(section.id, section.title),
      questions: section.questions.map((question) => ({
        ...question,
        text: read(question.id, question.text),
        help: read(`${question.id}.help`, question.help),
        lowLabel: read(`${question.id}.low`, question.lowLabel),
        highLabel: read(`${question.id}.high`, question.highLabel),
        choices: question.choices.map((choice) => ({ ...choice, text: read(choice.id, choice.text) })),
      })),
    })),
  };
}

export function Translations(props: {
  definition: Definition;
  put: (translations: Translation[]) => void;
  removed: () => void;
}) {
  const { definition, put } = props;
  const tag = useSignal("");
  const { translations } = definition;
  const texts = textsOf(definition);
  const taken = [definition.language, ...translations.map(({ language }) => language)].map((one) => one.toLowerCase());
  const wanted = tag.value.trim();
  const fits = /^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/.test(wanted) && !taken.includes(wanted.toLowerCase());
  const write = (language: string, of: string, text: string) =>
    put(
      translations.map((one) => {
        if (one.language !== language) return one;
        const others = one.texts.filter((each) => each.of !== of);
        return { language, texts: text === "" ? others : [...others, { of, text }] };
      }),
    );
  return (
    <Part title={t("translations")}>
      <p class="soft">{t("translations.text")}</p>
      {translations.map((translation) => {
        const said = new Map(translation.texts.map(({ of, text }) => [of, text]));
        const done = texts.filter(([of]) => said.has(of)).length;
        return (
          <details key={translation.language} class="survey-translation">
            <summary>
              {nameOfLanguage(translation.language)}{" "}
              <span class="soft">{t("translations.done", { done, all: texts.length })}</span>
            </summary>
            <div class="survey-fields">
              {texts.map(([of, text]) => (
                <Field
                  key={of}
                  label={text}
                  value={said.get(of) ?? ""}
                  input={(words) => write(translation.language, of, words)}
                  lines={text.length > 80 ? 3 : 1}
                  maxLength={2000}
                />
              ))}
              <button
                type="button"
                class="button"
                onClick={() => {
                  props.removed();
                  put(translations.filter((one) => one !== translation));
                }}
              >
                {t("translations.remove", { language: nameOfLanguage(translation.language) })}
              </button>
            </div>
          </details>
        );
      })}
      <div class="survey-add">
        <Field
          label={t("translations.language")}
          value={tag.value}
          input={(text) => (tag.value = text)}
          maxLength={35}
        />
        <button
          type="button"
          class="button"
          aria-disabled={!fits}
          onClick={() => {
            if (!fits) return;
            put([...translations, { language: wanted, texts: [] }]);
            tag.value = "";
          }}
        >
          {t("translations.add")}
        </button>
      </div>
    </Part>
  );
}

/** Returns what a language is called. */
export function nameOfLanguage(tag: string): string {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
