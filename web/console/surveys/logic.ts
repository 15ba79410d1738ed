/**
 * Conditions as somebody builds them from lines, and the texts that the service keeps of them.
 *
 * A condition that was written by hand and has another form is left as it is, and shown as its text.
 */
import type { Definition, SurveyQuestion } from "../../shared/gen/survey.ts";
import { hasChoices, SCALES } from "../../shared/survey/asked.ts";

export const COMPARISONS = ["=", "!=", "<", "<=", ">=", ">"] as const;
export type Operator = (typeof COMPARISONS)[number] | "is" | "is not" | "answered" | "not answered";

/** One line: a question, what is said of it, and a number or a choice. */
export interface Line {
  question: string;
  operator: Operator;
  value: string;
}

/** Lines that must all hold, or any of them. */
export interface Lines {
  join: "all" | "any";
  lines: readonly Line[];
}

/** Returns the operators that a question's answers can be asked for. */
export function operatorsOf(question: SurveyQuestion): readonly Operator[] {
  if (question.kind in SCALES) return [...COMPARISONS, "answered", "not answered"];
  if (hasChoices(question.kind)) return ["is", "is not", "answered", "not answered"];
  return ["answered", "not answered"];
}

/** Returns the first line about a question. */
export function lineOf(question: SurveyQuestion): Line {
  const [operator = "answered"] = operatorsOf(question);
  const low = SCALES[question.kind]?.[0];
  return { question: question.id, operator, value: low === undefined ? (question.choices[0]?.id ?? "") : String(low) };
}

function nodeOf({ question, operator, value }: Line): unknown {
  switch (operator) {
    case "answered":
      return ["answered", question];
    case "not answered":
      return ["not", ["answered", question]];
    case "is":
      return ["is", question, value];
    case "is not":
      return ["not", ["is", question, value]];
    default:
      return [operator, ["value", question], Number(value)];
  }
}

/** Returns the condition that lines stand for; none hold always. */
export function conditionOf({ join, lines }: Lines): string {
  const nodes = lines.map(nodeOf);
  if (nodes.length === 0) return "";
  return JSON.stringify(nodes.length === 1 ? nodes[0] : [join, ...nodes]);
}

function lineFrom(node: unknown): Line | undefined {
  if (!Array.isArray(node)) return undefined;
  const [name, first, second] = node as unknown[];
  if (name === "answered" && typeof first === "string") return { question: first, operator: "answered", value: "" };
  if (name === "is" && typeof first === "string" && typeof second === "string") {
    return { question: first, operator: "is", value: second };
  }
  if (name === "not") {
    const line = lineFrom(first);
    if (line?.operator === "answered") return { ...line, operator: "not answered" };
    return line?.operator === "is" ? { ...line, operator: "is not" } : undefined;
  }
  const compared = COMPARISONS.find((one) => one === name);
  if (compared && Array.isArray(first) && first[0] === "value" && Number.isInteger(second)) {
    return { question: String(first[1]), operator: compared, value: String(second) };
  }
  return undefined;
}

/** Returns the lines of a condition; undefined where it has another form. */
export function linesOf(condition: string): Lines | undefined {
  if (condition === "") return { join: "all", lines: [] };
  let node: unknown;
  try {
    node = JSON.parse(condition);
  } catch {
    return undefined;
  }
  const name = Array.isArray(node) ? node[0] : undefined;
  const join = name === "all" || name === "any" ? name : undefined;
  const lines = (join ? (node as unknown[]).slice(1) : [node]).map(lineFrom);
  return lines.every((line) => line !== undefined) ? { join: join ?? "all", lines: lines as Line[] } : undefined;
}

/** Returns the questions that stand before a question or a section, which a condition there can ask for. */
export function before(definition: Definition, id: string): readonly SurveyQuestion[] {
  const found: SurveyQuestion[] = [];
  for (const section of definition.sections) {
    if (section.id === id) return found;
    for (const question of section.questions) {
      if (question.id === id) return found;
      found.push(question);
    }
  }
  return found;
}

/** Returns the languages of a line, each once. */
export function languagesOf(text: string): string[] {
  const found = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return [...new Set(found)].map((tag) => tag.slice(0, 3));
}
