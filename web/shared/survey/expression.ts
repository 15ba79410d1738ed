/**
 * Evaluates the conditions of surveys: when a question or a section is shown.
 *
 * It is the same language as the service's own evaluator and shares nothing with it but the description in
 * `services/survey/domain/expression/__init__.py`; a test runs both on the same cases. What is not of the form is false
 * as a whole. The service evaluates again whatever is sent, so that nothing rests on this one.
 */

/** What somebody answered: a number on a scale, the ids of choices, or a text. */
export type Given = Readonly<Record<string, number | readonly string[] | string | undefined>>;

const NODES = 100;
const DEEPEST = 10;
const WIDEST = 20;
const LARGEST = 1_000_000_000;

type Sort = "truth" | "number";

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">=": (a, b) => a >= b,
  ">": (a, b) => a > b,
};
const COMPUTE: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
};
const has = (table: object, name: string): boolean => Object.hasOwn(table, name);

/** Says whether a condition, as JSON text, holds; an empty one always does, and one that cannot be read never. */
export function holds(condition: string, given: Given): boolean {
  if (!condition) return true;
  let node: unknown;
  try {
    node = JSON.parse(condition);
  } catch {
    return false;
  }
  return sortOf(node, 1, { left: NODES }) === "truth" && truth(node, given);
}

function isNumber(node: unknown): node is number {
  return Number.isInteger(node) && Math.abs(node as number) <= LARGEST;
}

function sortOf(node: unknown, depth: number, budget: { left: number }): Sort | undefined {
  budget.left -= 1;
  if (budget.left < 0 || depth > DEEPEST) return undefined;
  if (typeof node === "boolean") return "truth";
  if (isNumber(node)) return "number";
  if (!Array.isArray(node) || typeof node[0] !== "string") return undefined;
  const [name, ...parts] = node as [string, ...unknown[]];
  const are = (...wanted: (Sort | "id")[]): boolean =>
    parts.length === wanted.length &&
    wanted.every((want, index) =>
      want === "id" ? typeof parts[index] === "string" : sortOf(parts[index], depth + 1, budget) === want,
    );
  if (name === "all" || name === "any") {
    const fits = parts.length >= 1 && parts.length <= WIDEST;
    return fits && parts.every((part) => sortOf(part, depth + 1, budget) === "truth") ? "truth" : undefined;
  }
  if (name === "not") return are("truth") ? "truth" : undefined;
  if (name === "answered") return are("id") ? "truth" : undefined;
  if (name === "is") return are("id", "id") ? "truth" : undefined;
  if (name === "value" || name === "count") return are("id") ? "number" : undefined;
  if (name === "if") return are("truth", "number", "number") ? "number" : undefined;
  if (has(COMPARE, name)) return are("number", "number") ? "truth" : undefined;
  if (has(COMPUTE, name)) return are("number", "number") ? "number" : undefined;
  return undefined;
}

function answerTo(given: Given, question: unknown): number | readonly string[] | string | undefined {
  return has(given, question as string) ? given[question as string] : undefined;
}

function truth(node: unknown, given: Given): boolean {
  if (typeof node === "boolean") return node;
  const [name, ...parts] = node as [string, ...unknown[]];
  switch (name) {
    case "all":
      return parts.every((part) => truth(part, given));
    case "any":
      return parts.some((part) => truth(part, given));
    case "not":
      return !truth(parts[0], given);
    case "answered": {
      const answer = answerTo(given, parts[0]);
      return answer !== undefined && (typeof answer === "number" || answer.length > 0);
    }
    case "is": {
      const answer = answerTo(given, parts[0]);
      return Array.isArray(answer) && answer.includes(parts[1]);
    }
    default: {
      const left = number(parts[0], given);
      const right = number(parts[1], given);
      return left !== undefined && right !== undefined && (COMPARE[name]?.(left, right) ?? false);
    }
  }
}

function number(node: unknown, given: Given): number | undefined {
  if (typeof node === "number") return node;
  const [name, ...parts] = node as [string, ...unknown[]];
  if (name === "if") return number(truth(parts[0], given) ? parts[1] : parts[2], given);
  const compute = COMPUTE[name];
  if (compute) {
    const left = number(parts[0], given);
    const right = number(parts[1], given);
    if (left === undefined || right === undefined) return undefined;
    return Math.max(-LARGEST, Math.min(LARGEST, compute(left, right)));
  }
  const answer = answerTo(given, parts[0]);
  if (name === "count") return Array.isArray(answer) ? answer.length : 0;
  return typeof answer === "number" ? answer : undefined;
}
