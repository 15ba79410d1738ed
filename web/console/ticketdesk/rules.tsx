/** Rules: when something happens, if a ticket is so, then changes; tried before they run, and with a log of what they did. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "../../shared/dialog.tsx";
import {
  type Condition,
  CreateRuleResponseSchema,
  ListRuleRunsResponseSchema,
  ListRulesResponseSchema,
  ListTicketsResponseSchema,
  type MacroStep,
  type Rule,
  type RuleRun,
  StateNames,
  type Ticket,
  type Trigger,
  type TryRuleResponse,
  TryRuleResponseSchema,
  UpdateRuleResponseSchema,
} from "../../shared/gen/support.ts";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Check, Field, Select, When } from "../privacy/parts.tsx";
import { href } from "../route.ts";
import { api, has } from "../session.ts";
import { Conditions, conditionWords, isMeant, isWhole, Steps, sentSteps, stepWords } from "./lines.tsx";
import { Kept, type Mould } from "./mould.tsx";
import { happened, named, refusal, t } from "./words.ts";

const TRIGGERS = [
  "TRIGGER_OPENED",
  "TRIGGER_REPLIED",
  "TRIGGER_ANSWERED",
  "TRIGGER_STATE_CHANGED",
  "TRIGGER_LEVEL_NEAR",
  "TRIGGER_LEVEL_MISSED",
] as const;

interface RuleDraft {
  label: string;
  trigger: Trigger;
  conditions: readonly Condition[];
  steps: readonly MacroStep[];
  isOn: boolean;
}

function isSaid({ conditions, steps }: Pick<RuleDraft, "conditions" | "steps">): boolean {
  return conditions.every(isMeant) && steps.length > 0 && steps.every(isWhole);
}

function sentConditions(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.map(({ kind, value }) => ({
    kind,
    value: kind === "CONDITION_KIND_UNASSIGNED" ? "" : value.trim(),
  }));
}

/** Says what a rule would do to the newest tickets, and does nothing. */
function Trial({ draft }: { draft: RuleDraft }) {
  const found = useSignal<TryRuleResponse | undefined>(undefined);
  const names = useSignal<ReadonlyMap<string, Ticket>>(new Map());
  const standing = useSignal<"idle" | "loading" | "failed">("idle");
  const of = useSignal("");
  const key = JSON.stringify([draft.conditions, draft.steps]);
  const run = async () => {
    standing.value = "loading";
    const body = { conditions: sentConditions(draft.conditions), steps: sentSteps(draft.steps) };
    const all = StateNames.slice(1).map((state) => `filter.states=${state}`);
    try {
      const [tried, newest] = await Promise.all([
        post(TryRuleResponseSchema, "/v1/ticket-rules:try", body),
        api.call(ListTicketsResponseSchema, "GET", `/v1/tickets?${all.join("&")}&order=ORDER_NEWEST&pageSize=200`),
      ]);
      found.value = tried;
      names.value = new Map(newest.tickets.map((ticket) => [ticket.id, ticket]));
      of.value = key;
      standing.value = "idle";
    } catch {
      standing.value = "failed";
    }
  };
  const answer = of.value === key ? found.value : undefined;
  return (
    <section class="kept-trial" aria-label={t("try")}>
      <button type="button" class="button" disabled={!isSaid(draft) || standing.value === "loading"} onClick={run}>
        {t(standing.value === "loading" ? "busy" : "try")}
      </button>
      <p class="hint">{t("try.hint")}</p>
      <div role="status">
        {standing.value === "failed" && <p class="note bad">{t("try.failed")}</p>}
        {answer && (
          <p>
            <strong>
              {answer.tickets.length === 0
                ? t("try.none", { count: answer.lookedAt })
                : t("try.found", { count: answer.tickets.length, of: answer.lookedAt })}
            </strong>
          </p>
        )}
      </div>
      {answer && answer.tickets.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
        <ul tabIndex={0} aria-label={t("try")}>
          {answer.tickets.map(({ ticketId, kinds, refusal: reason }) => {
            const ticket = names.value.get(ticketId);
            return (
              <li key={ticketId}>
                <span dir="auto">{ticket?.subject || t("ticket")}</span>{" "}
                {ticket && <span class="faint">{ticket.reference}</span>}
                <p class="soft">
                  {reason !== ""
                    ? refusal(reason)
                    : kinds.length === 0
                      ? t("try.same")
                      : [...new Set(kinds.map(happened))].join(" · ")}
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/** What a rule did last. */
function Log({ rule, close }: { rule: Rule; close: () => void }) {
  const runs = useLoaded<readonly RuleRun[]>(
    rule.id,
    async () => (await get(ListRuleRunsResponseSchema, "/v1/ticket-rule-runs", { ruleId: rule.id })).runs,
  );
  const sees = has("CALLER_SUPPORT_AGENT", "CALLER_SUPERVISOR");
  return (
    <Dialog title={t("log.of", { name: rule.label })} close={close} name="kept-editor" reading>
      {runs.value === undefined ? (
        runs.state === "loading" ? (
          <p role="status">
            <span class="spinner" />
            <span class="unseen">{t("loading")}</span>
          </p>
        ) : (
          <p class="note bad" role="alert">
            {t("failed")}{" "}
            <button type="button" class="link" onClick={runs.load}>
              {t("again")}
            </button>
          </p>
        )
      ) : runs.value.length === 0 ? (
        <p>{t("log.none")}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
        <ol class="kept-log" tabIndex={0} aria-label={t("log.of", { name: rule.label })}>
          {runs.value.map((run) => (
            <li key={run.id}>
              <When at={run.time} /> {run.refusal === "" ? t("log.done") : refusal(run.refusal)}{" "}
              {sees && <a href={href("tickets", "open", run.ticketId)}>{t("log.ticket")}</a>}
            </li>
          ))}
        </ol>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {t("close")}
        </button>
      </div>
    </Dialog>
  );
}

/** The page of rules. */
export function Rules() {
  const log = useSignal<Rule | undefined>(undefined);
  const mould = useSignal(rulesWith((rule) => (log.value = rule)));
  useEffect(() => {
    // A link out of the log leads to another section.
    const leave = () => (log.value = undefined);
    addEventListener("hashchange", leave);
    return () => removeEventListener("hashchange", leave);
  }, []);
  return (
    <>
      <Kept mould={mould.value} />
      {log.value && <Log rule={log.value} close={() => (log.value = undefined)} />}
    </>
  );
}

function rulesWith(showLog: (rule: Rule) => void): Mould<Rule, RuleDraft> {
  return {
    place: "rules",
    lead: t("rules.lead"),
    add: t("rules.add"),
    none: { title: t("rules.none"), text: t("rules.none.text") },
    read: async () => (await get(ListRulesResponseSchema, "/v1/ticket-rules")).rules,
    name: ({ label }) => label,
    marks: ({ isOn }) => [isOn ? ["good", t("rules.on")] : ["quiet", t("rules.off")]],
    facts: ({ trigger, conditions, steps }) => [
      `${t("rules.when")} ${named(trigger)}`,
      ...(conditions.length > 0 ? [`${t("rules.if")} ${conditions.map(conditionWords).join(", ")}`] : []),
      `${t("rules.then")} ${steps.map(stepWords).join(", ")}`,
    ],
    blank: { label: "", trigger: "TRIGGER_OPENED", conditions: [], steps: [], isOn: false },
    draftOf: ({ label, trigger, conditions, steps, isOn }) => ({ label, trigger, conditions, steps, isOn }),
    fields: ({ draft, set }) => (
      <>
        <Field label={t("label")} value={draft.label} input={(label) => set({ label })} maxLength={80} required />
        <Select
          label={t("rules.when")}
          value={draft.trigger}
          all={TRIGGERS.map((each) => [each, named(each)] as const)}
          choose={(trigger) => set({ trigger })}
        />
        <Conditions conditions={draft.conditions} set={(conditions) => set({ conditions })} />
        <Steps steps={draft.steps} set={(steps) => set({ steps })} isRule />
        {has("CALLER_SUPERVISOR") && <Trial draft={draft} />}
        <Check label={t("rules.run")} hint={t("rules.run.hint")} checked={draft.isOn} set={(isOn) => set({ isOn })} />
      </>
    ),
    ready: (draft) => draft.label.trim() !== "" && isSaid(draft),
    create: async (draft, requestId) =>
      (await post(CreateRuleResponseSchema, "/v1/ticket-rules", { ...sent(draft), requestId })).rule,
    update: async ({ id, etag }, draft) => {
      const body = { ...sent(draft), etag };
      return (await api.call(UpdateRuleResponseSchema, "PATCH", `/v1/ticket-rules/${id}`, body)).rule;
    },
    remove: ({ id }) => api.json("DELETE", `/v1/ticket-rules/${id}`),
    use: {
      isOn: ({ isOn }) => isOn,
      turned: (draft, isOn) => ({ ...draft, isOn }),
      on: t("rules.turn.on"),
      off: t("rules.turn.off"),
    },
    beside: (rule) => (
      <button
        type="button"
        class="button"
        aria-haspopup="dialog"
        aria-label={t("log.of", { name: rule.label })}
        onClick={() => showLog(rule)}
      >
        {t("log")}
      </button>
    ),
  };
}

function sent(draft: RuleDraft) {
  return {
    ...draft,
    label: draft.label.trim(),
    conditions: sentConditions(draft.conditions),
    steps: sentSteps(draft.steps),
  };
}
