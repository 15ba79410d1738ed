/** Surveys in the browser: what is asked next, conditions as lines, and what changed between two versions. */
import { expect, test } from "vitest";
import { conditionWords, differences } from "../console/surveys/difference.ts";
import { before, conditionOf, type Lines, languagesOf, linesOf } from "../console/surveys/logic.ts";
import type { Definition, SurveyQuestion } from "../shared/gen/survey.ts";
import { ageOf, askedOf, written } from "../shared/survey/asked.ts";

function question(id: string, kind: SurveyQuestion["kind"], more: Partial<SurveyQuestion> = {}): SurveyQuestion {
  return {
    id,
    kind,
    text: id,
    help: "",
    required: false,
    choices: [],
    condition: "",
    sameMeaningAs: "",
    declaredPurpose: "",
    lowLabel: "",
    highLabel: "",
    ...more,
  };
}

function survey(...questions: SurveyQuestion[]): Definition {
  return {
    title: "How was it?",
    language: "en",
    consentText: "",
    thanksText: "",
    sections: [{ id: "s_0000main", title: "", condition: "", questions }],
    translations: [],
    theme: undefined,
    asksAge: false,
  };
}

const CSAT = question("q_0000csat", "QUESTION_KIND_CSAT", { required: true });
const WHY = question("q_00000why", "QUESTION_KIND_SHORT_TEXT", { condition: '["<",["value","q_0000csat"],3]' });
const shown = (answers: Parameters<typeof askedOf>[1], personal = true) =>
  askedOf(survey(CSAT, WHY), answers, personal).sections.flatMap(({ questions }) => questions.map(({ id }) => id));

test("what was answered opens questions, and closes them again", () => {
  expect(shown({})).toEqual(["q_0000csat"]);
  expect(shown({ q_0000csat: 1 })).toEqual(["q_0000csat", "q_00000why"]);
  expect(shown({ q_0000csat: 5 })).toEqual(["q_0000csat"]);
});

test("answers to what is not shown are not sent, and blanks are none", () => {
  const { given, missing } = askedOf(survey(CSAT, WHY), { q_0000csat: 5, q_00000why: "still here" }, true);
  expect(written(given)).toEqual([{ questionId: "q_0000csat", number: 5 }]);
  expect(missing).toEqual([]);
  expect(askedOf(survey(CSAT, WHY), { q_00000why: "  " }, true).missing).toEqual(["q_0000csat"]);
});

test("without an age nothing personal is asked, whatever the conditions say", () => {
  expect(shown({ q_0000csat: 1 }, false)).toEqual(["q_0000csat"]);
});

test("an age is a whole number, or none", () => {
  expect(["44", " 17 ", "", "0"].map(ageOf)).toEqual([44, 17, "", 0]);
  for (const typed of ["old", "4.5", "-1", "1e2", "131", "４４", "44 years"]) expect(ageOf(typed)).toBeUndefined();
});

test("lines become conditions and lines again", () => {
  const lines: Lines = {
    join: "any",
    lines: [
      { question: "q_0000csat", operator: "<=", value: "2" },
      { question: "q_0000what", operator: "is not", value: "c_0000wait" },
      { question: "q_00000why", operator: "not answered", value: "" },
    ],
  };
  expect(linesOf(conditionOf(lines))).toEqual(lines);
  expect(conditionOf({ join: "all", lines: [] })).toBe("");
  expect(linesOf('["all",["any",true,false]]')).toBeUndefined();
  expect(linesOf("[")).toBeUndefined();
  expect(before(survey(CSAT, WHY), WHY.id)).toEqual([CSAT]);
});

test("a difference names what came, what went, what was written anew and what was moved", () => {
  const older = survey(CSAT, WHY);
  const newer = { ...survey(WHY, { ...CSAT, text: "Satisfied?" }, question("q_0000more", "QUESTION_KIND_NPS")) };
  const found = differences(older, newer).map(({ before: was, after }) =>
    [was, after].map((each) => each.split(" (")[0]),
  );
  expect(found).toContainEqual(["q_0000csat", "Satisfied?"]);
  expect(found).toContainEqual(["", "q_0000more"]);
  expect(found).toContainEqual(["", "Questions were moved."]);
  expect(differences(newer, older).map(({ after }) => after)).toContain("");
  expect(differences(older, older)).toEqual([]);
});

test("a condition is told in words, with what is asked and what is chosen", () => {
  const wrong = question("q_0000what", "QUESTION_KIND_SINGLE_CHOICE", {
    text: "What went wrong?",
    choices: [{ id: "c_0000wait", text: "The wait", sameMeaningAs: "" }],
  });
  const asked = survey({ ...CSAT, text: "Satisfied?" }, wrong, WHY);
  const words = (lines: Lines) => conditionWords(asked, conditionOf(lines));
  const low = { question: CSAT.id, operator: "<", value: "3" } as const;
  expect(words({ join: "all", lines: [low] })).toBe("“Satisfied?” less than 3");
  const waited = { question: wrong.id, operator: "is", value: "c_0000wait" } as const;
  const silent = { question: wrong.id, operator: "not answered", value: "" } as const;
  expect(words({ join: "any", lines: [waited, silent] })).toBe(
    "“What went wrong?” The wait or “What went wrong?” left out",
  );
  // Whatever was written by hand stays as it is, and so does what speaks of something that is not there.
  for (const other of ['["all",["any",true,false]]', "[", '["answered","q_0000gone"]']) {
    expect(conditionWords(asked, other)).toBe(other);
  }
  // Words that are written anew are no other condition.
  const renamed = survey({ ...CSAT, text: "How was it?" }, wrong, WHY);
  expect(differences(asked, renamed).map(({ after }) => after.split(" (")[0])).toEqual(["How was it?"]);
});

test("languages are read from a line, each once", () => {
  expect(languagesOf("en, DE de ar;")).toEqual(["en", "de", "ar"]);
});
