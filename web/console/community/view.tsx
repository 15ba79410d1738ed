/** The cases of the community: what was reported, as it was then, what was decided, and the deciding. */
import { useSignal } from "@preact/signals";
import {
  DecideAppealResponseSchema,
  DecideModerationCaseResponseSchema,
  GetModerationCaseResponseSchema,
  ListModerationCasesResponseSchema,
  type ModerationCase,
} from "../../shared/gen/community.ts";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, Check, Field, Select, Tag, When } from "../privacy/parts.tsx";
import "../privacy/privacy.css";
import { say } from "../toasts.tsx";
import "./community.css";
import { t } from "./words.ts";

const ACTIONS = ["CASE_ACTION_NONE", "CASE_ACTION_RESTRICT", "CASE_ACTION_REMOVE", "CASE_ACTION_PURGE"] as const;
type Action = (typeof ACTIONS)[number];

/** A post as text: what somebody wrote is looked at here, and never run. */
function textOf(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}

export default function Community() {
  const cases = useLoaded("cases", () =>
    get(ListModerationCasesResponseSchema, "/v1/community/cases", { pageSize: 100 }),
  );
  return (
    <div class="reports">
      <header class="heading">
        <div>
          <h1>{t("title")}</h1>
          <p>{t("lead")}</p>
        </div>
      </header>
      <div class="page">
        {cases.state === "loading" && <p role="status">{t("loading")}</p>}
        {(cases.state === "failed" || cases.state === "gone") && (
          <div class="list-state middle" role="alert">
            <h2>{t("failed.title")}</h2>
            <p>{t("failed.text")}</p>
            <button type="button" class="button" onClick={cases.load}>
              {t("again")}
            </button>
          </div>
        )}
        {cases.value?.cases.length === 0 && (
          <div class="list-state middle">
            <h2>{t("empty.title")}</h2>
            <p>{t("empty.text")}</p>
          </div>
        )}
        <section aria-label={t("list")}>
          {cases.value?.cases.map((each) => (
            <OneCase key={each.id} listed={each} again={cases.load} />
          ))}
        </section>
      </div>
    </div>
  );
}

function OneCase({ listed, again }: { listed: ModerationCase; again: () => void }) {
  const isOpen = useSignal(false);
  const asking = useSignal("");
  const read = useLoaded(isOpen.value ? listed.id : "", () =>
    get(GetModerationCaseResponseSchema, `/v1/community/cases/${listed.id}`),
  );
  const whole = read.value?.case;
  const waiting = whole?.appeals.find(({ isDecided }) => !isDecided);
  return (
    <article class="community-case">
      <h2>{listed.author?.handle ? t("by", { handle: listed.author.handle }) : t("nobody")}</h2>
      <p>
        <Tag>
          {listed.state === "MODERATION_STATE_APPEALED"
            ? t("state.MODERATION_STATE_APPEALED")
            : t("state.MODERATION_STATE_OPEN")}
        </Tag>{" "}
        {listed.isEscalated && <Tag>{t("escalated")}</Tag>} {t("flags", { count: listed.flagCount })} ·{" "}
        <When at={listed.createTime} />
      </p>
      {whole?.flags.slice(0, 1).map((flag) => (
        <div key={flag.id}>
          <p>{t("snapshot")}</p>
          <blockquote dir="auto">{textOf(flag.snapshot)}</blockquote>
        </div>
      ))}
      {whole && (
        <ul>
          {whole.flags.map((flag) => (
            <li key={flag.id} dir="auto">
              {t(`kind.${flag.kind}` as "kind.FLAG_KIND_OTHER")} {flag.text}
            </li>
          ))}
          {whole.decisions.map((decision) => (
            <li key={decision.id} dir="auto">
              {t("decided", {
                action: t(`action.${decision.action}` as "action.CASE_ACTION_NONE"),
                clause: decision.clauseId || "–",
                facts: decision.facts,
              })}
            </li>
          ))}
          {whole.appeals.map((appeal) => (
            <li key={appeal.id} dir="auto">
              {t(appeal.byAuthor ? "appeal" : "appeal.reporter", { text: appeal.text })}
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        {whole === undefined ? (
          <button type="button" class="button" onClick={() => (isOpen.value = true)}>
            {t("open")}
          </button>
        ) : (
          <button type="button" class="button" onClick={() => (asking.value = waiting?.id ?? whole.id)}>
            {t("decide")}
          </button>
        )}
      </div>
      {asking.value !== "" && (
        <Deciding id={asking.value} onAppeal={waiting !== undefined} close={() => (asking.value = "")} done={again} />
      )}
    </article>
  );
}

function Deciding(props: { id: string; onAppeal: boolean; close: () => void; done: () => void }) {
  const upheld = useSignal(true);
  const action = useSignal<Action>("CASE_ACTION_NONE");
  const clause = useSignal("");
  const facts = useSignal("");
  const deed = async () => {
    const said = { action: action.value, clauseId: clause.value.trim(), facts: facts.value.trim() };
    if (props.onAppeal) await post(DecideAppealResponseSchema, `/v1/community/appeals/${props.id}:decide`, said);
    else
      await post(DecideModerationCaseResponseSchema, `/v1/community/cases/${props.id}:decide`, {
        ...said,
        isUpheld: upheld.value,
      });
    say(t("done"));
    props.done();
  };
  return (
    <Ask
      title={t(props.onAppeal ? "settle.title" : "decide.title")}
      text={t(props.onAppeal ? "settle.text" : "decide.text")}
      yes={t("decide")}
      close={props.close}
      deed={deed}
      ready={facts.value.trim() !== "" && (action.value === "CASE_ACTION_NONE" || clause.value.trim() !== "")}
    >
      {!props.onAppeal && (
        <Check label={t("upheld")} checked={upheld.value} set={(checked) => (upheld.value = checked)} />
      )}
      <Select
        label={t("action")}
        value={action.value}
        all={ACTIONS.map((one) => [one, t(`action.${one}`)])}
        choose={(one: Action) => (action.value = one)}
      />
      <Field label={t("clause")} hint={t("clause.hint")} value={clause.value} input={(text) => (clause.value = text)} />
      <Field label={t("facts")} value={facts.value} input={(text) => (facts.value = text)} lines={4} />
    </Ask>
  );
}
