/** Lines that one adds, orders and takes away: the steps of macros and rules, and the conditions of rules. */
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import {
  type ChangeKind,
  type Condition,
  type ConditionKind,
  type MacroStep,
  SourceNames,
  StateNames,
} from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { staff } from "../privacy/data.ts";
import { fields, queues, tags } from "../tickets/data.ts";
import { agents } from "./data.ts";
import { PRIORITIES } from "./levels.tsx";
import { named, t } from "./words.ts";

/** What both editors take: the lines, and what is said about one in words. */
interface Options<L> {
  legend: string;
  /** What one line is called. */
  single: string;
  lines: readonly L[];
  set: (lines: readonly L[]) => void;
  blank: L;
  add: string;
  none: string;
  most: number;
  one: (line: L, set: (line: L) => void, name: string) => ComponentChildren;
}

function Lines<L>({ legend, single, lines, set, blank, add, none, most, one }: Options<L>) {
  const box = useRef<HTMLOListElement>(null);
  const adder = useRef<HTMLButtonElement>(null);
  /** Goes on where the line is now, so that a second press moves or removes the same or the next one. */
  const focus = (at: number, button: string) =>
    requestAnimationFrame(() => {
      const line = box.current?.children[at];
      const to =
        line?.querySelector<HTMLElement>(`${button}:not([disabled])`) ?? line?.querySelector<HTMLElement>("select");
      (to ?? adder.current)?.focus();
    });
  const move = (at: number, by: number) => {
    const moved = [...lines];
    const [line] = moved.splice(at, 1);
    if (line === undefined) return;
    moved.splice(at + by, 0, line);
    set(moved);
    focus(at + by, by < 0 ? ".up" : ".down");
  };
  return (
    <fieldset class="kept-lines">
      <legend>{legend}</legend>
      {lines.length === 0 && <p class="hint">{none}</p>}
      <ol ref={box}>
        {lines.map((line, at) => {
          const name = `${single} ${at + 1}`;
          const button = (kind: string, label: string, off: boolean, run: () => void, sign: ComponentChildren) => (
            <button
              type="button"
              class={`button plain icon ${kind}`}
              aria-label={`${name}: ${label}`}
              disabled={off}
              onClick={run}
            >
              {sign}
            </button>
          );
          return (
            // Lines have no identity but their place.
            <li key={at}>
              <div class="kept-line">
                {one(line, (changed) => set(lines.map((each, place) => (place === at ? changed : each))), name)}
              </div>
              <div class="kept-line-deeds">
                {button("up", t("lines.up"), at === 0, () => move(at, -1), "↑")}
                {button("down", t("lines.down"), at === lines.length - 1, () => move(at, 1), "↓")}
                {button(
                  "away",
                  t("lines.away"),
                  false,
                  () => {
                    set(lines.filter((_, place) => place !== at));
                    focus(Math.min(at, lines.length - 2), ".away");
                  },
                  <Icon name="close" size={16} />,
                )}
              </div>
            </li>
          );
        })}
      </ol>
      <button
        ref={adder}
        type="button"
        class="button"
        disabled={lines.length >= most}
        onClick={() => {
          set([...lines, blank]);
          focus(lines.length, "select");
        }}
      >
        <Icon name="plus" size={16} />
        {add}
      </button>
    </fieldset>
  );
}

function Pick(props: {
  label: string;
  value: string;
  all: readonly (readonly [string, string])[];
  choose: (value: string) => void;
}) {
  const known = props.all.some(([value]) => value === props.value);
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={({ currentTarget }) => props.choose(currentTarget.value)}
    >
      {/* What was there and is not any more is shown as that, and nothing else is chosen in its place. */}
      {!known && <option value={props.value}>{props.value === "" ? t("lines.choose") : t("gone")}</option>}
      {props.all.map(([value, title]) => (
        <option key={value} value={value}>
          {title}
        </option>
      ))}
    </select>
  );
}

function Words(props: { label: string; value: string; lines?: number; most: number; input: (text: string) => void }) {
  const id = useId();
  return (
    <span class="kept-words">
      <label for={id} class="unseen">
        {props.label}
      </label>
      {props.lines ? (
        <textarea
          id={id}
          rows={props.lines}
          maxLength={props.most}
          dir="auto"
          placeholder={props.label}
          value={props.value}
          onInput={({ currentTarget }) => props.input(currentTarget.value)}
        />
      ) : (
        <input
          id={id}
          maxLength={props.most}
          dir="auto"
          autocomplete="off"
          placeholder={props.label}
          value={props.value}
          onInput={({ currentTarget }) => props.input(currentTarget.value)}
        />
      )}
    </span>
  );
}

const strip = (prefix: string, all: readonly string[]) =>
  all.filter((each) => !each.endsWith("_UNSPECIFIED")).map((each) => [each.slice(prefix.length), named(each)] as const);
const SEVERITIES = ["SEVERITY_MINOR", "SEVERITY_MODERATE", "SEVERITY_MAJOR", "SEVERITY_CRITICAL"];

/** What a step may do, in the order in which it is offered. What needs a moment or another ticket is no step. */
const STEPS = [
  "CHANGE_KIND_ANSWER",
  "CHANGE_KIND_NOTE",
  "CHANGE_KIND_ASSIGN",
  "CHANGE_KIND_MOVE",
  "CHANGE_KIND_SET_PRIORITY",
  "CHANGE_KIND_SET_SEVERITY",
  "CHANGE_KIND_ADD_TAG",
  "CHANGE_KIND_REMOVE_TAG",
  "CHANGE_KIND_SET_FIELD",
  "CHANGE_KIND_ACCEPT",
  "CHANGE_KIND_SET_STATE",
  "CHANGE_KIND_DECLINE",
  "CHANGE_KIND_MARK_SPAM",
  "CHANGE_KIND_UNMARK_SPAM",
  "CHANGE_KIND_WAKE",
] as const satisfies readonly ChangeKind[];

/** Which values a step may name; undefined where it names none. */
function valuesOf(kind: ChangeKind, isRule: boolean): readonly (readonly [string, string])[] | undefined {
  switch (kind) {
    case "CHANGE_KIND_SET_STATE":
      return strip("STATE_", StateNames).filter(([value]) => value !== "TRIAGE");
    case "CHANGE_KIND_SET_PRIORITY":
      return strip("PRIORITY_", PRIORITIES);
    case "CHANGE_KIND_SET_SEVERITY":
      return strip("SEVERITY_", SEVERITIES);
    case "CHANGE_KIND_MOVE":
      return queues.value.filter(({ isRetired }) => !isRetired).map(({ id, label }) => [id, label]);
    case "CHANGE_KIND_ASSIGN":
      return [
        ["auto", t("assign.auto")],
        // A rule is nobody, and has no "me".
        ...(isRule ? [] : ([["me", t("assign.me")]] as const)),
        ["", t("assign.nobody")],
        ...agents().map(({ id, displayName }) => [id, displayName] as const),
      ];
    case "CHANGE_KIND_ADD_TAG":
    case "CHANGE_KIND_REMOVE_TAG":
      return tags.value.filter(({ isRetired }) => !isRetired).map(({ id, word }) => [id, word]);
    case "CHANGE_KIND_SET_FIELD":
      return fields.value.filter(({ isRetired }) => !isRetired).map(({ id, label }) => [id, label]);
    default:
      return undefined;
  }
}

const WORDED: ReadonlySet<ChangeKind> = new Set([
  "CHANGE_KIND_ANSWER",
  "CHANGE_KIND_NOTE",
  "CHANGE_KIND_DECLINE",
  "CHANGE_KIND_SET_FIELD",
]);

/** Says whether a step says all that it needs. */
export function isWhole({ kind, value, words }: MacroStep): boolean {
  if (kind === "CHANGE_KIND_ANSWER" || kind === "CHANGE_KIND_NOTE") return words.trim() !== "";
  return kind === "CHANGE_KIND_ASSIGN" || valuesOf(kind, false) === undefined || value !== "";
}

/** Returns a step in words, for the list. */
export function stepWords({ kind, value, words }: MacroStep): string {
  const what = named(kind);
  const names: Record<string, string> = {
    me: t("assign.me"),
    auto: t("assign.auto"),
    "": t("assign.nobody"),
  };
  if (kind === "CHANGE_KIND_ASSIGN")
    return `${what}: ${names[value] ?? staff.value.get(value)?.displayName ?? t("gone")}`;
  const values = valuesOf(kind, false);
  if (values) return `${what}: ${values.find(([id]) => id === value)?.[1] ?? t("gone")}`;
  return words === "" ? what : `${what}: “${words.length > 60 ? `${words.slice(0, 60)}…` : words}”`;
}

/** The steps of a macro or a rule. */
export function Steps(props: {
  steps: readonly MacroStep[];
  set: (steps: readonly MacroStep[]) => void;
  isRule?: boolean;
}) {
  return (
    <Lines<MacroStep>
      legend={t("steps")}
      single={t("step")}
      lines={props.steps}
      set={props.set}
      blank={{ kind: "CHANGE_KIND_ANSWER", value: "", words: "" }}
      add={t("steps.add")}
      none={t("steps.none")}
      most={20}
      one={(step, set, name) => {
        const values = valuesOf(step.kind, props.isRule ?? false);
        const long = step.kind === "CHANGE_KIND_SET_FIELD" ? 500 : 20_000;
        return (
          <>
            <Pick
              label={`${name}: ${t("steps.what")}`}
              value={step.kind}
              all={STEPS.map((kind) => [kind, named(kind)] as const)}
              choose={(kind) => set({ kind: kind as ChangeKind, value: "", words: step.words })}
            />
            {values && (
              <Pick
                label={`${name}: ${t("steps.value")}`}
                value={step.value}
                all={values}
                choose={(value) => set({ ...step, value })}
              />
            )}
            {WORDED.has(step.kind) && (
              <Words
                label={`${name}: ${t("steps.words")}`}
                value={step.words}
                lines={step.kind === "CHANGE_KIND_SET_FIELD" ? 0 : 4}
                most={long}
                input={(words) => set({ ...step, words })}
              />
            )}
          </>
        );
      }}
    />
  );
}

/** Returns steps as they are sent: what a kind does not take is left out. */
export function sentSteps(steps: readonly MacroStep[]): readonly MacroStep[] {
  return steps.map(({ kind, value, words }) => ({
    kind,
    value: valuesOf(kind, false) ? value : "",
    words: WORDED.has(kind) ? words.trim() : "",
  }));
}

const CONDITIONS = [
  "CONDITION_KIND_QUEUE_IS",
  "CONDITION_KIND_STATE_IS",
  "CONDITION_KIND_PRIORITY_IS",
  "CONDITION_KIND_SOURCE_IS",
  "CONDITION_KIND_SUBJECT_HAS",
  "CONDITION_KIND_EMAIL_AT",
  "CONDITION_KIND_UNASSIGNED",
] as const satisfies readonly ConditionKind[];

function conditionValues(kind: ConditionKind): readonly (readonly [string, string])[] | undefined {
  switch (kind) {
    case "CONDITION_KIND_QUEUE_IS":
      return queues.value.map(({ id, label }) => [id, label]);
    case "CONDITION_KIND_STATE_IS":
      return strip("STATE_", StateNames);
    case "CONDITION_KIND_PRIORITY_IS":
      return strip("PRIORITY_", PRIORITIES);
    case "CONDITION_KIND_SOURCE_IS":
      return strip("SOURCE_", SourceNames);
    default:
      return undefined;
  }
}

/** Says whether a condition says all that it needs. */
export function isMeant({ kind, value }: Condition): boolean {
  return kind === "CONDITION_KIND_UNASSIGNED" || value.trim() !== "";
}

/** Returns a condition in words, for the list. */
export function conditionWords({ kind, value }: Condition): string {
  if (kind === "CONDITION_KIND_UNASSIGNED") return named(kind);
  const values = conditionValues(kind);
  return `${named(kind)} ${values ? (values.find(([id]) => id === value)?.[1] ?? t("gone")) : `“${value}”`}`;
}

/** The conditions of a rule. */
export function Conditions(props: {
  conditions: readonly Condition[];
  set: (conditions: readonly Condition[]) => void;
}) {
  return (
    <Lines<Condition>
      legend={t("conditions")}
      single={t("condition")}
      lines={props.conditions}
      set={props.set}
      blank={{ kind: "CONDITION_KIND_QUEUE_IS", value: "" }}
      add={t("conditions.add")}
      none={t("conditions.none")}
      most={20}
      one={(condition, set, name) => {
        const values = conditionValues(condition.kind);
        return (
          <>
            <Pick
              label={`${name}: ${t("conditions.what")}`}
              value={condition.kind}
              all={CONDITIONS.map((kind) => [kind, named(kind)] as const)}
              choose={(kind) => set({ kind: kind as ConditionKind, value: "" })}
            />
            {values && (
              <Pick
                label={`${name}: ${t("steps.value")}`}
                value={condition.value}
                all={values}
                choose={(value) => set({ ...condition, value })}
              />
            )}
            {!values && condition.kind !== "CONDITION_KIND_UNASSIGNED" && (
              <Words
                label={`${name}: ${t("conditions.words")}`}
                value={condition.value}
                most={100}
                input={(value) => set({ ...condition, value })}
              />
            )}
          </>
        );
      }}
    />
  );
}
