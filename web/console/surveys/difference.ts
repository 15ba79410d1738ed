/** What changed between two versions of a survey, part by part, in words that somebody can read. */
import type { Definition } from "../../shared/gen/survey.ts";
import { t } from "./words.ts";

/** One difference. What was added has nothing before, what is gone has nothing after. */
export interface Difference {
  what: string;
  before: string;
  after: string;
}

type Parts = ReadonlyMap<string, { what: string; text: string }>;

function partsOf(definition: Definition | undefined): Parts {
  const parts = new Map<string, { what: string; text: string }>();
  if (!definition) return parts;
  const put = (key: string, what: string, text: string) => text !== "" && parts.set(key, { what, text });
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
    put(`${section.id}.condition`, t("diff.condition", { of: place }), section.condition);
    for (const question of section.questions) {
      number += 1;
      const what = t("diff.question", { number });
      order.push(question.id);
      put(question.id, what, `${question.text} (${t(`kind.${question.kind}`)})`);
      put(`${question.id}.help`, t("diff.help", { of: what }), question.help);
      put(`${question.id}.condition`, t("diff.condition", { of: what }), question.condition);
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
  for (const [key, { what, text }] of after) {
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
    } else if (old !== text) found.push({ what, before: old, after: text });
  }
  for (const [key, { what, text }] of before) {
    if (!after.has(key) && key !== "order") found.push({ what, before: text, after: "" });
  }
  return found;
}
