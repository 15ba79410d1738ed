/** The cases: what was reported, as it was then, what was decided and what is said against it, and the deciding. */

import { useSignal } from "@preact/signals";
import {
  type Clause,
  DecideAppealResponseSchema,
  DecideModerationCaseResponseSchema,
  GetModerationCaseResponseSchema,
  GetTermsResponseSchema,
  ListModerationCasesResponseSchema,
  type ModerationCase,
  type ModerationState,
} from "../../shared/gen/community.ts";
import { Browse } from "../pages.tsx";
import { get, post, useLoaded, usePaged } from "../privacy/data.ts";
import { Ask, Check, Choices, Facts, Field, Part, Quote, Select, Tag, When } from "../privacy/parts.tsx";
import { href } from "../route.ts";
import { say } from "../toasts.tsx";
import { Detail, explain, Heading, Reading, textOf } from "./parts.tsx";
import { openId } from "./places.ts";
import { named, t } from "./words.ts";

const ACTIONS = ["CASE_ACTION_NONE", "CASE_ACTION_RESTRICT", "CASE_ACTION_REMOVE", "CASE_ACTION_PURGE"] as const;
type Action = (typeof ACTIONS)[number];
type Way = "" | Extract<ModerationState, "MODERATION_STATE_DECIDED" | "MODERATION_STATE_CLOSED">;

/** What somebody decides. */
export interface Said {
  isUpheld: boolean;
  action: Action;
  clauseId: string;
  facts: string;
}

/** The page of the cases. */
export function Cases() {
  const way = useSignal<Way>("");
  const list = usePaged(`cases ${way.value}`, async (pageToken) => {
    const page = await get(ListModerationCasesResponseSchema, "/v1/community/cases", {
      pageSize: 50,
      pageToken,
      state: way.value,
    });
    return { items: page.cases, next: page.nextPageToken };
  });
  const id = openId.value;
  return (
    <>
      <Heading title={t("cases")} lead={t("lead")} />
      <Browse
        list={list}
        label={t("list")}
        above={
          <Choices
            label={t("ways")}
            value={way.value}
            choose={(chosen: Way) => (way.value = chosen)}
            all={[
              ["", t("way.waiting")],
              ["MODERATION_STATE_DECIDED", t("way.decided")],
              ["MODERATION_STATE_CLOSED", t("way.closed")],
            ]}
          />
        }
        open={id}
        to={(id) => href("community", "cases", id)}
        row={(each) => <Row of={each} />}
        empty={{ title: t("empty.title"), text: t(way.value === "" ? "empty.text" : "empty.way") }}
        pick={{ title: t("pick.title"), text: t("pick.text") }}
      >
        {id !== "" && <Open key={id} id={id} changed={list.load} />}
      </Browse>
    </>
  );
}

/** Returns by whom a post or a message is, or whom a suspension is about. */
export function writer(of: ModerationCase): string {
  if (of.isSuspension)
    return of.author?.handle ? t("suspension.by", { handle: of.author.handle }) : t("suspension.nobody");
  if (of.isMessage) return of.author?.handle ? t("message.by", { handle: of.author.handle }) : t("message.nobody");
  return of.author?.handle ? t("by", { handle: of.author.handle }) : t("nobody");
}

/** Returns how many reports there are, in words. */
export function reports(count: number): string {
  return count === 1 ? t("flags.one") : t("flags", { count });
}

/** Where a case stands. */
export function StateTag({ of }: { of: ModerationCase }) {
  const waits = of.state === "MODERATION_STATE_OPEN" || of.state === "MODERATION_STATE_APPEALED";
  return <Tag tone={waits ? "careful" : "quiet"}>{named(`state.${of.state}`)}</Tag>;
}

/** What a case in the list is about: where nobody has decided, what was reported; otherwise where it stands. */
function Why({ of }: { of: ModerationCase }) {
  const [first, ...more] = of.kinds;
  if (of.state !== "MODERATION_STATE_OPEN" || first === undefined) return <StateTag of={of} />;
  if (of.holdReason !== "HOLD_REASON_UNSPECIFIED" && more.length === 0) return <Tag tone="quiet">{t("fact.held")}</Tag>;
  return (
    <Tag tone={of.isEscalated ? "bad" : "careful"}>
      {named(`kind.${first}`)}
      {more.length > 0 && ` +${more.length}`}
    </Tag>
  );
}

function Row({ of }: { of: ModerationCase }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{writer(of)}</strong>
        <Why of={of} />
      </span>
      <span class="row-bottom">
        <span>
          {of.number > 0 && `${t("case.number", { number: of.number })} · `}
          {!of.isSuspension && reports(of.flagCount)}
          {of.isEscalated && ` · ${t("escalated")}`}
        </span>
        <span class="when">
          <When at={of.createTime} />
        </span>
      </span>
    </>
  );
}

function Open({ id, changed }: { id: string; changed: () => Promise<void> }) {
  const deciding = useSignal(false);
  const read = useLoaded(id, async () => {
    const path = `/v1/community/cases/${encodeURIComponent(id)}`;
    return (await get(GetModerationCaseResponseSchema, path)).case as ModerationCase;
  });
  const whole = read.value;
  if (!whole) return <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />;
  const waiting = whole.appeals.find(({ isDecided }) => !isDecided);
  const waits = whole.state === "MODERATION_STATE_OPEN" || waiting !== undefined;
  const decide = async ({ isUpheld, ...said }: Said) => {
    const decided = waiting
      ? await post(DecideAppealResponseSchema, `/v1/community/appeals/${waiting.id}:decide`, said)
      : await post(DecideModerationCaseResponseSchema, `/v1/community/cases/${whole.id}:decide`, { ...said, isUpheld });
    if (decided.case) read.put(decided.case);
    say(t("done"));
    await changed();
  };
  return (
    <Detail
      place="cases"
      title={writer(whole)}
      tags={<StateTag of={whole} />}
      actions={
        <>
          {whole.topicId !== "" && (
            <a class="button" href={href("community", "topics", whole.topicId)}>
              {t("case.topic")}
            </a>
          )}
          {whole.author?.handle && (
            <a class="button" href={href("community", "people", whole.author.handle)}>
              {t("people.look", { handle: whole.author.handle })}
            </a>
          )}
          {waits && (
            <button type="button" class="button main" onClick={() => (deciding.value = true)}>
              {t(waiting ? "settle" : "decide")}
            </button>
          )}
        </>
      }
    >
      <Whole of={whole} />
      {deciding.value && (
        <Deciding
          onAppeal={waiting !== undefined}
          rules={() => rulesOf(whole.termsId)}
          about={aboutOf(whole)}
          close={() => (deciding.value = false)}
          decide={decide}
        />
      )}
    </Detail>
  );
}

/** Reads the rules that were in force when a post or a message was written. */
async function rulesOf(termsId: string): Promise<readonly Clause[]> {
  return (await get(GetTermsResponseSchema, `/v1/community/terms/${termsId}`)).terms?.clauses ?? [];
}

/** Everything about one case. */
export function Whole({ of }: { of: ModerationCase }) {
  const shown = of.flags[0];
  return (
    <>
      <Facts
        facts={[
          [t(of.isSuspension ? "suspension.decided" : "fact.reported"), <When key="at" at={of.createTime} />],
          !of.isSuspension && [t(of.isMessage ? "fact.message" : "fact.post"), named(`content.${of.postState}`)],
          of.holdReason !== "HOLD_REASON_UNSPECIFIED" && [t("fact.held"), named(`held.${of.holdReason}`)],
          of.isMessage && [t("fact.reading"), t("message.reading")],
          of.isEscalated && [t("fact.above"), t("escalated.long")],
        ]}
      />
      {of.maskedCount > 0 && (
        <Part title={t("masked")}>
          <Quote text={of.maskedWords.join("\n") || t("masked.whole")} />
          <p>{of.maskedCount === 1 ? t("masked.count.one") : t("masked.count", { count: of.maskedCount })}</p>
        </Part>
      )}
      {shown && (
        <Part title={t("snapshot")}>
          <Quote text={textOf(shown.snapshot) || t("snapshot.none")} />
        </Part>
      )}
      {!of.isSuspension && (
        <Part title={t("fact.reports")}>
          <ul class="told">
            {of.flags.map((flag) => (
              <li key={flag.id}>
                <strong>{named(`kind.${flag.kind}`)}</strong> <When at={flag.createTime} />
                {flag.text && <p dir="auto">{flag.text}</p>}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {of.decisions.length > 0 && (
        <Part title={t("fact.decided")}>
          <ul class="told">
            {of.decisions.map((decision) => (
              <li key={decision.id}>
                <strong>
                  {of.isSuspension
                    ? t(decision.clauseId ? "suspension.decided" : "suspension.ended")
                    : named(`action.${decision.action}`)}
                </strong>{" "}
                {decision.clauseId && <Tag>{decision.clauseId}</Tag>}{" "}
                {decision.onAppeal && <Tag tone="quiet">{t("on_appeal")}</Tag>} <When at={decision.createTime} />
                {decision.facts && <p dir="auto">{decision.facts}</p>}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {of.appeals.length > 0 && (
        <Part title={t("fact.appeals")}>
          <ul class="told">
            {of.appeals.map((appeal) => (
              <li key={appeal.id}>
                <strong>{t(appeal.byAuthor ? "appeal.author" : "appeal.reporter")}</strong>{" "}
                {!appeal.isDecided && <Tag tone="careful">{t("appeal.waits")}</Tag>} <When at={appeal.createTime} />
                <p dir="auto">{appeal.text}</p>
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

/** What a case can be about. */
export type About = "post" | "message" | "suspension";

/** Returns what a case is about. */
export function aboutOf(of: ModerationCase): About {
  return of.isSuspension ? "suspension" : of.isMessage ? "message" : "post";
}

/** What can happen to what a case is about: two read a message, and a suspension stands or ends. */
const POSSIBLE: Record<About, readonly Action[]> = {
  post: ACTIONS,
  message: ACTIONS.filter((one) => one !== "CASE_ACTION_RESTRICT"),
  suspension: ["CASE_ACTION_NONE", "CASE_ACTION_REMOVE"],
};
const ASKED = { post: "action", message: "message.action", suspension: "suspension.action" } as const;

/** The dialog in which somebody decides: whether the reports were right, what happens, under which rule, and why. */
export function Deciding(props: {
  onAppeal: boolean;
  about: About;
  rules: () => Promise<readonly Clause[]>;
  close: () => void;
  decide: (said: Said) => Promise<void>;
}) {
  const upheld = useSignal(false);
  const action = useSignal<Action>("CASE_ACTION_NONE");
  const clause = useSignal("");
  const facts = useSignal("");
  const rules = useLoaded("rules", props.rules);
  const restricts = action.value !== "CASE_ACTION_NONE";
  return (
    <Ask
      title={t(props.onAppeal ? "settle.title" : "decide.title")}
      text={t(props.onAppeal ? "settle.text" : "decide.text")}
      yes={t("decide")}
      close={props.close}
      explain={explain}
      deed={() =>
        props.decide({
          isUpheld: upheld.value || restricts,
          action: action.value,
          clauseId: restricts ? clause.value : "",
          facts: facts.value.trim(),
        })
      }
      ready={facts.value.trim() !== "" && (!restricts || clause.value !== "")}
    >
      <Select
        label={t(ASKED[props.about])}
        value={action.value}
        all={POSSIBLE[props.about].map(
          (one) => [one, named(`${props.about === "suspension" ? "suspension." : ""}action.${one}`)] as const,
        )}
        choose={(one: Action) => (action.value = one)}
      />
      {restricts ? (
        <Select
          label={t("clause")}
          hint={rules.state === "failed" ? t("clause.failed") : t("clause.hint")}
          value={clause.value}
          all={[
            ["", t("clause.choose")] as const,
            ...(rules.value ?? []).map(({ id, title }) => [id, `${id} ${title}`] as const),
          ]}
          choose={(one: string) => (clause.value = one)}
        />
      ) : (
        !props.onAppeal && (
          <Check
            label={t("upheld")}
            hint={t("upheld.hint")}
            checked={upheld.value}
            set={(checked) => (upheld.value = checked)}
          />
        )
      )}
      <Field
        label={t("facts")}
        hint={t("facts.hint")}
        value={facts.value}
        input={(text) => (facts.value = text)}
        lines={4}
        maxLength={2000}
        required
      />
    </Ask>
  );
}
