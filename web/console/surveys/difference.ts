/** What changed between two versions of a survey, part by part, in words that somebody can read. */
import type { Definition } from "../../shared/gen/survey.ts";
import { linesOf } from "./logic.ts";
import { t } from "./words.ts";

/** One difference. What was added has nothing before, what is gone has nothing after. */
export interface Difference {
  what: string;
  before: string;
  after: string;
}

/** A part is compared by its text, and may be shown in other words. */
type Parts = ReadonlyMap<string, { what: string; text: string; shown: string }>;

/** Returns a condition in words, with the questions and choices as they are called; one written by hand as it is. */
export function conditionWords(definition: Definition, condition: string): string {
  const questions = definition.sections.flatMap((section) => section.questions);
  const parsed = linesOf(condition);
  if (!parsed?.lines.every((line) => questions.some(({ id }) => id === line.question))) return condition;
  const said = parsed.lines.map(({ question, operator, value }) => {
    const asked = questions.find(({ id }) => id === question);
    const choice = asked?.choices.find(({ id }) => id === value)?.text ?? value;
    const what = operator === "is" ? choice : `${t(`when.${operator}`)} ${operator.endsWith("answered") ? "" : choice}`;
    return t("diff.line", { question: asked?.text ?? "", what: what.trim() });
  });
  return said.join(` ${t(`diff.${parsed.join}`)} `);
}

function partsOf(definition: Definition | undefined): Parts {
  const parts = new Map<string, { what: string; text: string; shown: string }>();
  if (!definition) return parts;
  const put = (key: string, what: string, text: string, shown = text) =>
    text !== "" && parts.set(key, { what, text, shown });
  const shownWhen = (key: string, of: string, condition: string) =>
    put(`${key}.condition`, t("diff.condition", { of }), condition, conditionWords(definition, condition));
  put("title", t("diff.title"), definition.title);
  put("language", t("diff.language"), definition.language);
  put("consent", t("diff.consent"), definition.consentText);
  put("thanks", t("diff.thanks"), definition.thanksText);
  const { theme } = definition;
  const accent = theme?.accent ?? "ACCENT_UNSPECIFIED";
  put("theme", t("diff.theme"), `${t(`accent.${accent}`)}${theme?.compact ? `, ${t("compact")}` : ""}`);
  if (definition.asksAge) put("age", t("diff.age"), t("yes"));
  const order: string[] = [];
  let number = 0;
  definition.sections.forEach((section, at) => {
    if (section.id === "s_00000age") return;
    const place = t("diff.section", { number: at + 1 });
    put(section.id, place, section.title);
    shownWhen(section.id, place, section.condition);
    for (const question of section.questions) {
      number += 1;
      const what = t("diff.question", { number });
      order.push(question.id);
      put(question.id, what, `${question.text} (${t(`kind.${question.kind}`)})`);
      put(`${question.id}.help`, t("diff.help", { of: what }), question.help);
      shownWhen(question.id, what, question.condition);
      put(`${question.id}.low`, t("diff.low", { of: what }), question.lowLabel);
      put(`${question.id}.high`, t("diff.high", { of: what }), question.highLabel);
      put(`${question.id}.purpose`, t("diff.purpose", { of: what }), question.declaredPurpose);
      put(`${question.id}.same`, t("diff.same", { of: what }), question.sameMeaningAs);
      if (question.required) put(`${question.id}.required`, t("diff.required", { of: what }), t("yes"));
      for (const choice of question.choices) put(choice.id, t("diff.choice", { of: what }), choice.text);
    }
  });
  for (const { language, texts } of definition.translations) {
    for (const { of, text } of texts) put(`${language}:${of}`, t("diff.translation", { language }), text);
  }
  put("order", t("diff.order"), order.join(" "));
  return parts;
}

/** Returns the differences between two versions, in the order in which they are asked. */
export function differences(older: Definition | undefined, newer: Definition | undefined): readonly Difference[] {
  const [before, after] = [partsOf(older), partsOf(newer)];
  const found: Difference[] = [];
  for (const [key, { what, text, shown }] of after) {
    const old = before.get(key)?.text ?? "";
    if (key === "order") {
      const stayed = new Set(text.split(" "));
      const was = new Set(old.split(" "));
      const kept = (order: string, others: ReadonlySet<string>) =>
        order
          .split(" ")
          .filter((id) => others.has(id))
          .join();
      // What came or went is told by itself; here is only told that what stayed was moved.
      if (old && kept(old, stayed) !== kept(text, was)) found.push({ what, before: "", after: t("diff.moved") });
    } else if (old !== text) found.push({ what, before: before.get(key)?.shown ?? "", after: shown });
  }
  for (const [key, { what, shown }] of before) {
    if (!after.has(key) && key !== "order") found.push({ what, before: shown, after: "" });
  }
  return found;
}
