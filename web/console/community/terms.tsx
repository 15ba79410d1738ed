/** The terms: what is in force, what was before, and a new version, which never changes once it is published. */
import { useSignal } from "@preact/signals";
import {
  type Clause,
  GetTermsResponseSchema,
  ListTermsResponseSchema,
  PublishTermsResponseSchema,
  type Terms as Version,
} from "../../shared/gen/community.ts";
import { Icon } from "../../shared/icons.tsx";
import { exact } from "../../shared/time.tsx";
import { get, newRequestId, post, useLoaded } from "../privacy/data.ts";
import { Ask, Check, Facts, Field, Part, Quote, Tag, When } from "../privacy/parts.tsx";
import { go, href } from "../route.ts";
import { has } from "../session.ts";
import { say } from "../toasts.tsx";
import { Detail, explain, Heading, Reading, Split } from "./parts.tsx";
import { openId } from "./places.ts";
import { t } from "./words.ts";

/** How many rules a version may have. */
const MOST = 60;
const ID = /^[A-Z]{1,3}[0-9]{1,3}$/;

/** The page of the terms. */
export function Terms() {
  const read = useLoaded(
    "terms",
    async () => (await get(ListTermsResponseSchema, "/v1/community/terms", { pageSize: 200 })).terms,
  );
  const writing = useSignal(false);
  const versions = read.value;
  const current = versions?.find(({ effectiveTime }) => effectiveTime <= Date.now());
  const id = openId.value || current?.id || "";
  return (
    <>
      <Heading title={t("terms")} lead={t("terms.lead")}>
        {has("CALLER_ADMIN") && versions && (
          <button type="button" class="button" onClick={() => (writing.value = true)}>
            <Icon name="plus" size={18} />
            {t("terms.new")}
          </button>
        )}
      </Heading>
      {!versions && <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />}
      {versions?.length === 0 && (
        <div class="list-state middle">
          <h2>{t("terms.none")}</h2>
          <p>{t("terms.none.text")}</p>
        </div>
      )}
      {versions && versions.length > 0 && (
        <Split
          list={
            <ul class="rows versions" aria-label={t("terms.versions")}>
              {versions.map((each) => (
                <li key={each.id}>
                  <a
                    class="row"
                    href={href("community", "terms", each.id)}
                    aria-current={each.id === id ? "true" : undefined}
                  >
                    <span class="row-top">
                      <strong>{t("terms.version", { number: each.number })}</strong>
                      {each.id === current?.id && <Tag tone="good">{t("terms.current")}</Tag>}
                      {each.effectiveTime > Date.now() && <Tag tone="careful">{t("terms.coming")}</Tag>}
                    </span>
                    <span class="row-bottom">
                      <span>
                        {t("terms.from")} <When at={each.effectiveTime} />
                      </span>
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          }
        >
          {id && <Open key={id} id={id} />}
        </Split>
      )}
      {writing.value && versions && (
        <Writing
          before={versions[0]?.id ?? ""}
          close={() => (writing.value = false)}
          done={async (made) => {
            await read.load();
            go("community", "terms", made);
          }}
        />
      )}
    </>
  );
}

async function whole(id: string): Promise<Version> {
  return (await get(GetTermsResponseSchema, `/v1/community/terms/${encodeURIComponent(id)}`)).terms as Version;
}

function Open({ id }: { id: string }) {
  const read = useLoaded(id, () => whole(id));
  const version = read.value;
  if (!version) return <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />;
  return (
    <Detail place="terms" title={t("terms.version", { number: version.number })}>
      <Facts
        facts={[
          [t("terms.from"), exact(version.effectiveTime)],
          version.changeLog !== "" && [t("terms.changes"), version.changeLog],
          [t("terms.again"), t(version.isMaterial ? "terms.again.yes" : "terms.again.no")],
          [t("terms.hash"), <code key="hash">{version.contentHash}</code>],
        ]}
      />
      <Part title={t("terms.warning")}>
        <Quote text={version.warning} />
      </Part>
      {version.clauses.map((clause) => (
        <Part key={clause.id} title={`${clause.id} ${clause.title}`}>
          <p class="clause-text" dir="auto">
            {clause.text}
          </p>
        </Part>
      ))}
    </Detail>
  );
}

function Writing(props: { before: string; close: () => void; done: (id: string) => Promise<void> }) {
  const read = useLoaded(props.before || "first", async () =>
    props.before === "" ? undefined : await whole(props.before),
  );
  if (read.state === "loading") return null;
  return <Form from={read.value} close={props.close} done={props.done} />;
}

/** Returns an id for a new rule that no other has. */
export function freshId(clauses: readonly Clause[]): string {
  const numbers = clauses.map(({ id }) => Number(/^R([0-9]+)$/.exec(id)?.[1] ?? 0));
  return `R${Math.max(0, ...numbers) + 1}`;
}

function Form({
  from,
  close,
  done,
}: {
  from: Version | undefined;
  close: () => void;
  done: (id: string) => Promise<void>;
}) {
  const clauses = useSignal<readonly Clause[]>(from?.clauses ?? [{ id: "R1", title: "", text: "" }]);
  const warning = useSignal(from?.warning ?? t("terms.warning.first"));
  const changes = useSignal("");
  const material = useSignal(true);
  const day = useSignal("");
  const requestId = useSignal(newRequestId());
  const set = (at: number, part: Partial<Clause>) => {
    clauses.value = clauses.value.with(at, { ...(clauses.value[at] as Clause), ...part });
  };
  const ids = clauses.value.map(({ id }) => id);
  const good =
    new Set(ids).size === ids.length &&
    clauses.value.every(({ id, title, text }) => ID.test(id) && title.trim() !== "" && text.trim() !== "");
  return (
    <Ask
      title={t("terms.new")}
      text={t("terms.new.text")}
      yes={t("terms.publish")}
      explain={explain}
      close={close}
      ready={good && clauses.value.length > 0 && warning.value.trim() !== ""}
      deed={async () => {
        const made = await post(PublishTermsResponseSchema, "/v1/community/terms", {
          clauses: clauses.value,
          warning: warning.value.trim(),
          changeLog: changes.value.trim(),
          isMaterial: material.value,
          requestId: requestId.value,
          ...(day.value ? { effectiveTime: new Date(`${day.value}T00:00:00`).toISOString() } : {}),
        });
        say(t("terms.published", { number: made.terms?.number ?? 0 }));
        await done(made.terms?.id ?? "");
      }}
    >
      {clauses.value.map((clause, at) => (
        <fieldset key={at} class="clause">
          <legend>{t("terms.rule", { id: clause.id || String(at + 1) })}</legend>
          <Field
            label={t("terms.id")}
            hint={ids.indexOf(clause.id) !== at || !ID.test(clause.id) ? t("terms.id.bad") : undefined}
            value={clause.id}
            input={(text) => set(at, { id: text.toUpperCase() })}
            maxLength={6}
            required
          />
          <Field
            label={t("terms.title")}
            value={clause.title}
            input={(title) => set(at, { title })}
            maxLength={120}
            required
          />
          <Field
            label={t("terms.text")}
            value={clause.text}
            input={(text) => set(at, { text })}
            lines={3}
            maxLength={4000}
            required
          />
          {clauses.value.length > 1 && (
            <button
              type="button"
              class="button"
              onClick={() => {
                const before = clauses.value;
                clauses.value = before.toSpliced(at, 1);
                say(t("terms.dropped", { id: clause.id }), () => (clauses.value = before));
              }}
            >
              {t("terms.drop", { id: clause.id })}
            </button>
          )}
        </fieldset>
      ))}
      {clauses.value.length < MOST && (
        <button
          type="button"
          class="button"
          onClick={() => (clauses.value = [...clauses.value, { id: freshId(clauses.value), title: "", text: "" }])}
        >
          <Icon name="plus" size={18} />
          {t("terms.add")}
        </button>
      )}
      <Field
        label={t("terms.warning")}
        hint={t("terms.warning.hint")}
        value={warning.value}
        input={(text) => (warning.value = text)}
        lines={3}
        maxLength={2000}
        required
      />
      <Field
        label={t("terms.changes")}
        hint={t("terms.changes.hint")}
        value={changes.value}
        input={(text) => (changes.value = text)}
        lines={2}
        maxLength={2000}
      />
      <Check
        label={t("terms.material")}
        hint={t("terms.material.hint")}
        checked={material.value}
        set={(on) => (material.value = on)}
      />
      <div class="field">
        <label for="terms-day">{t("terms.day")}</label>
        <input
          id="terms-day"
          type="date"
          value={day.value}
          onInput={({ currentTarget }) => (day.value = currentTarget.value)}
        />
      </div>
    </Ask>
  );
}
