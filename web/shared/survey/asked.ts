/**
 * What somebody is asked next, from what was answered so far: the same walk through a survey as the service makes.
 *
 * It owns which questions are shown and how answers are written for the service, which checks all of it again.
 */
import type { Definition, Section, SurveyQuestion, SurveyQuestionKind } from "../gen/survey.ts";
import { type Given, holds } from "./expression.ts";

/** What was answered, by question: a number on a scale, the ids of choices, or a text. */
export type Answers = Readonly<Record<string, number | readonly string[] | string>>;

/** The scales, each with its lowest and its highest number. */
export const SCALES: Partial<Record<SurveyQuestionKind, readonly [low: number, high: number]>> = {
  QUESTION_KIND_STARS: [1, 5],
  QUESTION_KIND_CSAT: [1, 5],
  QUESTION_KIND_CES: [1, 7],
  QUESTION_KIND_NPS: [0, 10],
};

const WITH_CHOICES: ReadonlySet<SurveyQuestionKind> = new Set([
  "QUESTION_KIND_SINGLE_CHOICE",
  "QUESTION_KIND_MULTIPLE_CHOICE",
  "QUESTION_KIND_INCOME_BAND",
]);

/** Says whether a question has a list of choices. */
export function hasChoices(kind: SurveyQuestionKind): boolean {
  return WITH_CHOICES.has(kind);
}

/** Says whether an answer says something about a person, so that the age comes first. */
export function isPersonal(kind: SurveyQuestionKind): boolean {
  return !(kind in SCALES || kind === "QUESTION_KIND_SINGLE_CHOICE" || kind === "QUESTION_KIND_MULTIPLE_CHOICE");
}

/** Returns the numbers of a scale, or none for another kind. */
export function numbersOf(kind: SurveyQuestionKind): readonly number[] {
  const [low, high] = SCALES[kind] ?? [0, -1];
  return Array.from({ length: high - low + 1 }, (_, at) => low + at);
}

function saysSomething(answer: Answers[string] | undefined): answer is Answers[string] {
  if (answer === undefined) return false;
  if (typeof answer === "number") return true;
  return typeof answer === "string" ? answer.trim() !== "" : answer.length > 0;
}

/** What is shown of a survey now, and what of the answers counts. */
export interface Asked {
  sections: readonly { section: Section; questions: readonly SurveyQuestion[] }[];
  given: Answers;
  /** The questions that cannot be left out, and were. */
  missing: readonly string[];
}

/** Returns what is asked of somebody who answered so; `personal` is false for those who gave no age where one is needed. */
export function askedOf(definition: Pick<Definition, "sections">, answers: Answers, personal: boolean): Asked {
  const given: Record<string, Answers[string]> = {};
  const missing: string[] = [];
  const sections = definition.sections.map((section) => {
    const open = holds(section.condition, given as Given);
    const questions = section.questions.filter((question) => {
      if (!open || question.kind === "QUESTION_KIND_AGE" || !holds(question.condition, given as Given)) return false;
      if (isPersonal(question.kind) && !personal) return false;
      const answer = answers[question.id];
      if (saysSomething(answer)) given[question.id] = answer;
      else if (question.required) missing.push(question.id);
      return true;
    });
    return { section, questions };
  });
  return { sections: sections.filter(({ questions }) => questions.length > 0), given, missing };
}

/** Returns answers as the service takes them. */
export function written(given: Answers): readonly Record<string, unknown>[] {
  return Object.entries(given).map(([questionId, answer]) => {
    if (typeof answer === "number") return { questionId, number: answer };
    return typeof answer === "string" ? { questionId, text: answer.trim() } : { questionId, choiceIds: answer };
  });
}

/** Returns an age in full years, an empty string for a blank field, and nothing for whatever is no age. */
export function ageOf(typed: string): number | "" | undefined {
  const text = typed.trim();
  if (text === "") return "";
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= 130 ? Number(text) : undefined;
}

/** Returns the class of a survey's accent. */
export function accentOf(accent: string | undefined): string {
  return (accent ?? "").replace("ACCENT_", "").replace("UNSPECIFIED", "").toLowerCase();
}
