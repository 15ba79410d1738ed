/** The members: one is found by name, with how far they are trusted, and suspended for a time or let in again. */
import { useSignal } from "@preact/signals";
import {
  GetCurrentTermsResponseSchema,
  GetMemberResponseSchema,
  SuspendMemberResponseSchema,
} from "../../shared/gen/community.ts";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, Facts, Field, Part, Quote, Select, Tag, When } from "../privacy/parts.tsx";
import { go } from "../route.ts";
import { say } from "../toasts.tsx";
import { explain, Heading, Reading } from "./parts.tsx";
import { openId } from "./places.ts";
import { named, t } from "./words.ts";

const NAME = /^[a-z0-9][a-z0-9_-]{2,29}$/;
const DAYS = ["1", "3", "7", "14", "30", "90", "365"] as const;

/** The page of the members. */
export function People() {
  const typed = useSignal(openId.value);
  const good = NAME.test(typed.value);
  return (
    <>
      <Heading title={t("people")} lead={t("people.lead")} />
      <div class="page people">
        <form
          class="find"
          onSubmit={(event) => {
            event.preventDefault();
            if (good) go("community", "people", typed.value);
          }}
        >
          <Field
            label={t("people.name")}
            value={typed.value}
            input={(text) => (typed.value = text.trim().toLowerCase().replace(/^@/, ""))}
            maxLength={30}
          />
          <button type="submit" class="button" aria-disabled={!good}>
            {t("people.find")}
          </button>
        </form>
        {openId.value !== "" && <Person key={openId.value} handle={openId.value} />}
      </div>
    </>
  );
}

function Person({ handle }: { handle: string }) {
  const asking = useSignal<"" | "suspend" | "end">("");
  const path = `/v1/community/members/${encodeURIComponent(handle)}`;
  const read = useLoaded(handle, () => get(GetMemberResponseSchema, path));
  const found = read.value;
  if (!found) return <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />;
  const suspended = found.suspendedUntilTime > 0;
  return (
    <article class="person" aria-labelledby="person">
      <h3 id="person">
        @{found.member?.handle} <Tag tone="quiet">{named(`trust.${found.trust}`)}</Tag>{" "}
        {suspended && <Tag tone="careful">{t("people.suspended")}</Tag>}
      </h3>
      <Facts
        facts={[
          found.member?.displayName && [t("people.shown"), <bdi key="name">{found.member.displayName}</bdi>],
          [t("people.since"), <When key="at" at={found.createTime} />],
          [t("people.posts"), found.postCount],
          [t("people.removed"), found.removalCount],
          found.fastCount > 0 && [t("people.fast"), found.fastCount],
          [t("people.trust"), named(`trust.long.${found.trust}`)],
          suspended && [t("people.until"), <When key="until" at={found.suspendedUntilTime} />],
        ]}
      />
      {found.about && (
        <Part title={t("people.about")}>
          <Quote text={found.about} />
        </Part>
      )}
      <div class="pair">
        <button type="button" class="button" onClick={() => (asking.value = "suspend")}>
          {t(suspended ? "suspend.again" : "suspend")}
        </button>
        {suspended && (
          <button type="button" class="button" onClick={() => (asking.value = "end")}>
            {t("suspend.end")}
          </button>
        )}
      </div>
      {asking.value !== "" && (
        <Suspend
          path={path}
          handle={handle}
          ends={asking.value === "end"}
          close={() => (asking.value = "")}
          done={read.load}
        />
      )}
    </article>
  );
}

function Suspend(props: { path: string; handle: string; ends: boolean; close: () => void; done: () => Promise<void> }) {
  const days = useSignal<(typeof DAYS)[number]>("7");
  const clause = useSignal("");
  const facts = useSignal("");
  const rules = useLoaded(
    "rules",
    async () => (await get(GetCurrentTermsResponseSchema, "/v1/community/terms:current")).terms?.clauses ?? [],
  );
  return (
    <Ask
      title={t(props.ends ? "suspend.end.title" : "suspend.title", { handle: props.handle })}
      text={t(props.ends ? "suspend.end.text" : "suspend.text")}
      yes={t(props.ends ? "suspend.end" : "suspend")}
      explain={explain}
      close={props.close}
      ready={facts.value.trim() !== "" && (props.ends || clause.value !== "")}
      deed={async () => {
        await post(SuspendMemberResponseSchema, `${props.path}:suspend`, {
          days: props.ends ? 0 : Number(days.value),
          clauseId: props.ends ? "" : clause.value,
          facts: facts.value.trim(),
        });
        say(t(props.ends ? "suspend.ended" : "suspend.done"));
        await props.done();
      }}
    >
      {!props.ends && (
        <>
          <Select
            label={t("suspend.days")}
            value={days.value}
            all={DAYS.map((one) => [one, one === "1" ? t("suspend.day") : t("suspend.some", { count: Number(one) })])}
            choose={(one: (typeof DAYS)[number]) => (days.value = one)}
          />
          <Select
            label={t("clause")}
            hint={rules.state === "failed" ? t("clause.failed") : t("suspend.clause")}
            value={clause.value}
            all={[
              ["", t("clause.choose")] as const,
              ...(rules.value ?? []).map(({ id, title }) => [id, `${id} ${title}`] as const),
            ]}
            choose={(one: string) => (clause.value = one)}
          />
        </>
      )}
      <Field
        label={t("facts")}
        hint={t(props.ends ? "suspend.end.facts" : "facts.hint")}
        value={facts.value}
        input={(text) => (facts.value = text)}
        lines={3}
        maxLength={2000}
        required
      />
    </Ask>
  );
}
