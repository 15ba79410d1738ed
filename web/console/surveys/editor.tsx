/** The editor: what a survey asks, to whom it is offered, how it looks, and what it looks like to those who answer. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import {
  CheckDefinitionResponseSchema,
  type Complaint,
  type Definition,
  GetSurveyResponseSchema,
  GetVersionResponseSchema,
  type Section,
  type SurveyQuestion,
  type ThemeAccent,
  ThemeAccentNames,
} from "../../shared/gen/survey.ts";
import { Icon } from "../../shared/icons.tsx";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, Check, Field, Part, Select } from "../privacy/parts.tsx";
import { say, warn } from "../toasts.tsx";
import { Conditions } from "./conditions.tsx";
import { begun, failure, KINDS, newQuestion, newSection, plain, save, type Work, workOf } from "./data.ts";
import { before } from "./logic.ts";
import { Preview } from "./preview.tsx";
import { Question } from "./question.tsx";
import { Offered } from "./targeting.tsx";
import { Translations } from "./translations.tsx";
import type { PageProps } from "./view.tsx";
import { complaintOf, t } from "./words.ts";

/** How long nothing is typed before the draft is checked again. */
const CALM_MS = 500;

/** What is wrong with a draft, which this side sees by itself: parts that have no words yet. */
function blanks(definition: Definition): readonly Complaint[] {
  const found: Complaint[] = [];
  const want = (at: string, text: string) =>
    text.trim() === "" && found.push({ at, reason: "TEXT_MISSING", detail: "" });
  want("", definition.title);
  for (const { questions } of definition.sections) {
    for (const { id, text, choices } of questions) {
      want(id, text);
      for (const choice of choices) want(choice.id, choice.text);
    }
  }
  return found;
}

export function Editor({ survey, put }: PageProps) {
  const work = workOf(survey.id);
  const kept = begun(survey);
  const current = work.value ?? kept;
  const { definition } = current;
  const complaints = useSignal<readonly Complaint[]>([]);
  const busy = useSignal(false);
  const conflict = useSignal(false);
  const published = useLoaded(survey.versionId, async () => {
    const path = `/v1/survey-versions/${encodeURIComponent(survey.versionId)}`;
    return (await get(GetVersionResponseSchema, path)).version?.definition as Definition;
  });
  const fresh = JSON.stringify(current) !== JSON.stringify(kept);
  useEffect(() => {
    const wrong = blanks(definition);
    if (wrong.length > 0) {
      complaints.value = wrong;
      return;
    }
    let over = false;
    const timer = setTimeout(async () => {
      const body = { definition: plain(definition), surveyId: survey.id };
      const answer = await post(CheckDefinitionResponseSchema, "/v1/surveys:check", body).catch(() => undefined);
      // What cannot be checked now is checked when it is published.
      if (!over && answer) complaints.value = answer.complaints;
    }, CALM_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [definition]);

  const change = (fields: Partial<Work>) => {
    work.value = { ...current, ...fields };
  };
  const define = (fields: Partial<Definition>) => change({ definition: { ...definition, ...fields } });
  const putSection = (at: number, section: Section) =>
    define({ sections: definition.sections.map((one, other) => (other === at ? section : one)) });
  const back = (text: string, was: Work) => say(text, () => (work.value = was));
  const keep = async (etag: string) => {
    if (busy.value) return;
    busy.value = true;
    try {
      const saved = await save(survey.id, current, etag);
      work.value = undefined;
      put(saved);
      say(t("saved"));
    } catch (error) {
      if (reasonOf(error) === "SURVEY_CHANGED") conflict.value = true;
      else warn(failure(error));
    } finally {
      busy.value = false;
    }
  };
  const discard = () => {
    const was = current;
    work.value = undefined;
    back(t("discarded"), was);
  };
  const wrong = complaints.value;
  const sections = definition.sections.filter(({ id }) => id !== "s_00000age");
  let number = 0;
  return (
    <div class="survey-editor">
      <form
        class="survey-form"
        aria-label={t("tab.questions")}
        onSubmit={(event) => {
          event.preventDefault();
          keep(survey.etag);
        }}
      >
        <div class="survey-save">
          <p role="status">{fresh ? t("unsaved") : t("unchanged")}</p>
          {fresh && (
            <button type="button" class="button" onClick={discard}>
              {t("discard")}
            </button>
          )}
          <button type="submit" class="button main" aria-disabled={!fresh || busy.value}>
            {t("save")}
          </button>
        </div>
        {wrong.length > 0 && (
          <div class="note careful" role="status">
            <p>{t("wrong", { count: wrong.length })}</p>
            <ul>
              {wrong.slice(0, 10).map((one) => (
                <li key={`${one.at} ${one.reason}`}>{complaintOf(one, placeOf(definition, one.at))}</li>
              ))}
            </ul>
          </div>
        )}
        <Part title={t("whole")}>
          <Field
            label={t("new.title")}
            value={definition.title}
            input={(title) => define({ title })}
            maxLength={200}
            required
          />
          <Field
            label={t("language")}
            hint={t("language.hint")}
            value={definition.language}
            input={(language) => define({ language })}
            maxLength={35}
            required
          />
          <Field
            label={t("consent")}
            hint={t("consent.hint")}
            value={definition.consentText}
            input={(consentText) => define({ consentText })}
            lines={3}
            maxLength={2000}
          />
          <Check
            label={t("age")}
            hint={t("age.hint")}
            checked={definition.asksAge}
            set={(asksAge) => define({ asksAge })}
          />
        </Part>
        {sections.map((section) => {
          const at = definition.sections.indexOf(section);
          const putQuestions = (questions: SurveyQuestion[]) => putSection(at, { ...section, questions });
          return (
            <Part key={section.id} title={t("section", { number: sections.indexOf(section) + 1 })}>
              <Field
                label={t("section.title")}
                hint={t("section.title.hint")}
                value={section.title}
                input={(title) => putSection(at, { ...section, title })}
                maxLength={200}
              />
              {at > 0 && (
                <Conditions
                  legend={t("section.when")}
                  condition={section.condition}
                  questions={before(definition, section.id)}
                  put={(condition) => putSection(at, { ...section, condition })}
                />
              )}
              <ol class="survey-questions">
                {section.questions.map((question, place) => {
                  number += 1;
                  return (
                    <Question
                      key={question.id}
                      number={number}
                      question={question}
                      definition={definition}
                      earlier={published.value}
                      wrong={wrong.filter(
                        ({ at }) => at === question.id || question.choices.some(({ id }) => id === at),
                      )}
                      put={(fields) =>
                        putQuestions(section.questions.map((one) => (one === question ? { ...one, ...fields } : one)))
                      }
                      up={place > 0 ? () => putQuestions(moved(section.questions, place, -1)) : undefined}
                      down={
                        place < section.questions.length - 1
                          ? () => putQuestions(moved(section.questions, place, 1))
                          : undefined
                      }
                      remove={() => {
                        const was = current;
                        putQuestions(section.questions.filter((one) => one !== question));
                        back(t("question.removed"), was);
                      }}
                    />
                  );
                })}
              </ol>
              <div class="inline-actions">
                <AddQuestion add={(question) => putQuestions([...section.questions, question])} />
                <button
                  type="button"
                  class="button"
                  onClick={() => {
                    const was = current;
                    define({ sections: definition.sections.filter((one) => one !== section) });
                    back(t("section.removed"), was);
                  }}
                >
                  {t("section.remove")}
                </button>
              </div>
            </Part>
          );
        })}
        <button
          type="button"
          class="button"
          onClick={() => define({ sections: [...definition.sections, newSection()] })}
        >
          <Icon name="plus" size={18} />
          {t("section.add")}
        </button>
        <Part title={t("end")}>
          <Field
            label={t("thanks")}
            hint={t("thanks.hint")}
            value={definition.thanksText}
            input={(thanksText) => define({ thanksText })}
            lines={2}
            maxLength={1000}
          />
        </Part>
        <Part title={t("looks")}>
          <Select
            label={t("accent")}
            value={definition.theme?.accent ?? "ACCENT_UNSPECIFIED"}
            all={ThemeAccentNames.map((one) => [one, t(`accent.${one}`)] as const)}
            choose={(accent: ThemeAccent) => define({ theme: { accent, compact: definition.theme?.compact ?? false } })}
          />
          <Check
            label={t("compact")}
            checked={definition.theme?.compact ?? false}
            set={(compact) => define({ theme: { accent: definition.theme?.accent ?? "ACCENT_UNSPECIFIED", compact } })}
          />
        </Part>
        <Offered targeting={current.targeting} put={(targeting) => change({ targeting })} />
        <Translations
          definition={definition}
          put={(translations) => define({ translations })}
          removed={() => back(t("translation.removed"), current)}
        />
      </form>
      <Preview definition={definition} />
      {conflict.value && (
        <Ask
          title={t("conflict.title")}
          text={t("conflict.text")}
          yes={t("conflict.yes")}
          close={() => (conflict.value = false)}
          explain={failure}
          deed={async () => {
            const path = `/v1/surveys/${encodeURIComponent(survey.id)}`;
            const theirs = (await get(GetSurveyResponseSchema, path)).survey;
            const was = current;
            work.value = undefined;
            if (theirs) put(theirs);
            back(t("conflict.taken"), was);
          }}
        />
      )}
    </div>
  );
}

/** Returns a list in which one item has gone one place up or down. */
export function moved<T>(items: readonly T[], at: number, by: -1 | 1): T[] {
  const next = [...items];
  const [item] = next.splice(at, 1);
  next.splice(at + by, 0, item as T);
  return next;
}

/** Returns where a complaint is, in words. */
function placeOf(definition: Definition, at: string): string {
  let number = 0;
  for (const [index, section] of definition.sections.entries()) {
    if (section.id === at) return t("section", { number: index + 1 });
    for (const question of section.questions) {
      number += 1;
      if (question.id === at || question.choices.some(({ id }) => id === at)) return t("question", { number });
    }
  }
  return "";
}

function AddQuestion({ add }: { add: (question: SurveyQuestion) => void }) {
  const kind = useSignal<(typeof KINDS)[number]>("QUESTION_KIND_CSAT");
  return (
    <div class="survey-add">
      <Select
        label={t("question.kind")}
        value={kind.value}
        all={KINDS.map((one) => [one, t(`kind.${one}`)] as const)}
        choose={(one) => (kind.value = one)}
      />
      <button type="button" class="button" onClick={() => add(newQuestion(kind.value))}>
        <Icon name="plus" size={18} />
        {t("question.add")}
      </button>
    </div>
  );
}
