/** Legal cases: what an authority demands, and the one way by which it is given anything. Two people, named records. */

import { useSignal } from "@preact/signals";
import type { Case, LegalBasis } from "../../shared/gen/privacy.ts";
import {
  CloseCaseResponseSchema,
  ConfirmCaseResponseSchema,
  CreateCaseResponseSchema,
  GetCaseResponseSchema,
  ListCasesResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { Browse } from "../pages.tsx";
import { go, href } from "../route.ts";
import { has, me, myId } from "../session.ts";
import { say } from "../toasts.tsx";
import {
  act,
  fetchFile,
  get,
  newRequestId,
  type Paged,
  personOf,
  post,
  staffName,
  useLoaded,
  usePaged,
} from "./data.ts";
import {
  Ask,
  Check,
  Detail,
  Facts,
  Field,
  Heading,
  Id,
  Nothing,
  Part,
  Reading,
  Select,
  Table,
  Tag,
  When,
} from "./parts.tsx";
import { openId } from "./places.ts";
import { t, word } from "./words.ts";

const BASES = [
  "LEGAL_BASIS_COURT_ORDER",
  "LEGAL_BASIS_WARRANT",
  "LEGAL_BASIS_SUBPOENA",
  "LEGAL_BASIS_STATUTE",
  "LEGAL_BASIS_VITAL_INTEREST",
] as const satisfies readonly LegalBasis[];
const TONES = { STATE_PROPOSED: "careful", STATE_CONFIRMED: "good", STATE_CLOSED: "quiet" } as const;

function StateTag({ state }: Pick<Case, "state">) {
  return <Tag tone={TONES[state as keyof typeof TONES] ?? ""}>{word("case.state", state)}</Tag>;
}

function Row({ one }: { one: Case }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{one.authority}</strong>
        <StateTag state={one.state} />
      </span>
      <span class="row-bottom">
        <span>
          {one.state === "STATE_PROPOSED" && one.confirmable ? t("waits.you") : word("case.basis", one.basis)}
        </span>
        <span class="faint" dir="auto">
          {one.reference}
        </span>
      </span>
    </>
  );
}

/** The page of cases. */
export function Cases() {
  const house = me.value?.tenant?.regime === "REGIME_HOUSE";
  const list = usePaged("cases", async (pageToken) => {
    const page = await get(ListCasesResponseSchema, "/v1/cases", { pageToken });
    return { items: page.cases, next: page.nextPageToken };
  });
  const id = openId.value;
  return (
    <>
      <Heading title={t("cases")} lead={t(house ? "cases.lead.house" : "cases.lead")}>
        {!house && (
          <a class="button" href={href("privacy", "cases", "new")}>
            <Icon name="plus" size={18} />
            {t("cases.add")}
          </a>
        )}
      </Heading>
      {house ? (
        <Nothing title={t("cases.house")} text={t("cases.house.text")} />
      ) : (
        <Browse
          list={list}
          label={t("cases")}
          open={id}
          to={(id) => href("privacy", "cases", id)}
          row={(one) => <Row one={one} />}
          empty={{ title: t("cases.empty"), text: t("cases.empty.text") }}
          pick={{ title: t("cases.pick"), text: t("cases.pick.text") }}
        >
          {id !== "" && id !== "new" && <Open key={id} id={id} list={list} />}
        </Browse>
      )}
      {id === "new" && !house && <NewCase list={list} />}
    </>
  );
}

async function close(id: string, list: Paged<Case>, put: (one: Case) => void): Promise<void> {
  const path = `/v1/cases/${encodeURIComponent(id)}:close`;
  const done = await act(() => post(CloseCaseResponseSchema, path), t("case.closed"));
  if (!done?.case) return;
  put(done.case);
  list.put(done.case);
}

function NewCase({ list }: { list: Paged<Case> }) {
  const basis = useSignal<LegalBasis>("LEGAL_BASIS_COURT_ORDER");
  const authority = useSignal("");
  const reference = useSignal("");
  const silent = useSignal(false);
  const items = useSignal([{ subjectId: "", recordId: "" }]);
  const requestId = useSignal(newRequestId());
  const made = useSignal("");
  const finds = has("CALLER_PRIVACY_OFFICER");
  const change = (at: number, fields: Partial<{ subjectId: string; recordId: string }>) => {
    items.value = items.value.map((one, other) => (other === at ? { ...one, ...fields } : one));
  };
  const deed = async () => {
    const fresh = await post(CreateCaseResponseSchema, "/v1/cases", {
      basis: basis.value,
      authority: authority.value.trim(),
      reference: reference.value.trim(),
      items: await Promise.all(
        items.value.map(async ({ subjectId, recordId }) => ({
          subjectKind: "SUBJECT_KIND_VISITOR",
          subjectId: await personOf(subjectId.trim() || recordId.trim()),
          recordId: recordId.trim(),
        })),
      ),
      silent: silent.value,
      requestId: requestId.value,
    });
    const opened = fresh.case;
    if (!opened) return;
    made.value = opened.id;
    list.put(opened);
    say(t("case.proposed"), () => close(opened.id, list, list.put.bind(list)));
  };
  const whole = items.value.every(
    ({ subjectId, recordId }) => recordId.trim() !== "" && (finds || subjectId.trim() !== ""),
  );
  return (
    <Ask
      title={t("case.new.title")}
      text={t("case.new.text")}
      yes={t("case.new.yes")}
      close={() => go("privacy", "cases", ...(made.value === "" ? [] : [made.value]))}
      deed={deed}
      ready={whole && authority.value.trim() !== "" && reference.value.trim() !== ""}
    >
      <Select
        label={t("case.basis")}
        value={basis.value}
        all={BASES.map((one) => [one, word("case.basis", one)])}
        choose={(one) => (basis.value = one)}
      />
      <Field
        label={t("case.authority")}
        value={authority.value}
        input={(text) => (authority.value = text)}
        maxLength={300}
        required
      />
      <Field
        label={t("case.reference")}
        value={reference.value}
        input={(text) => (reference.value = text)}
        maxLength={300}
        required
      />
      {items.value.map(({ subjectId, recordId }, at) => (
        <fieldset key={at} class="line">
          <legend>{t("case.item", { number: at + 1 })}</legend>
          <Field
            label={t("record.id")}
            hint={at === 0 ? t("record.id.hint") : undefined}
            value={recordId}
            input={(text) => change(at, { recordId: text })}
            maxLength={40}
            required
          />
          <Field
            label={finds ? t("optional", { label: t("person.id") }) : t("person.id")}
            hint={at === 0 && finds ? t("person.id.found") : undefined}
            value={subjectId}
            input={(text) => change(at, { subjectId: text })}
            maxLength={40}
            required={!finds}
          />
          {items.value.length > 1 && (
            <button
              type="button"
              class="link"
              onClick={() => {
                items.value = items.value.filter((_, other) => other !== at);
              }}
            >
              {t("case.item.remove", { number: at + 1 })}
            </button>
          )}
        </fieldset>
      ))}
      {items.value.length < 50 && (
        <button
          type="button"
          class="link"
          onClick={() => {
            items.value = [...items.value, { subjectId: "", recordId: "" }];
          }}
        >
          {t("case.item.add")}
        </button>
      )}
      <Check
        label={t("case.silent")}
        hint={t("case.silent.hint")}
        checked={silent.value}
        set={(on) => (silent.value = on)}
      />
    </Ask>
  );
}

function Open({ id, list }: { id: string; list: Paged<Case> }) {
  const asking = useSignal<"" | "confirm" | "close" | "give">("");
  const path = `/v1/cases/${encodeURIComponent(id)}`;
  const loaded = useLoaded(id, async () => {
    const answer = await get(GetCaseResponseSchema, path);
    if (!answer.case) throw new Error("no case in the answer");
    return answer.case;
  });
  const one = loaded.value;
  if (!one) return <Reading place="cases" state={loaded.state as "loading"} load={loaded.load} />;
  const proposed = one.state === "STATE_PROPOSED";
  const mine = one.proposerStaffId === myId();
  return (
    <Detail
      place="cases"
      title={one.authority}
      tag={<StateTag state={one.state} />}
      actions={
        <>
          {proposed && one.confirmable && (
            <button type="button" class="button" onClick={() => (asking.value = "confirm")}>
              {t("case.confirm")}
            </button>
          )}
          {one.state === "STATE_CONFIRMED" && has("CALLER_PRIVACY_OFFICER") && (
            <button type="button" class="button" onClick={() => (asking.value = "give")}>
              <Icon name="save" size={18} />
              {t("case.give")}
            </button>
          )}
          {one.state !== "STATE_CLOSED" && (
            <button type="button" class="button" onClick={() => (asking.value = "close")}>
              {t(proposed && !mine ? "case.reject" : "case.close")}
            </button>
          )}
        </>
      }
    >
      <p class={`note ${proposed ? "careful" : ""}`}>
        {t(proposed && mine ? "case.says.mine" : `case.says.${one.state as "STATE_CLOSED"}`)}
      </p>
      <Facts
        facts={[
          [t("case.basis"), word("case.basis", one.basis)],
          [t("case.reference"), one.reference],
          [t("case.told"), t(one.silent ? "case.told.no" : "case.told.yes")],
          [t("hold.by"), staffName(one.proposerStaffId)],
          [t("hold.when"), <When key="when" at={one.createTime} />],
          one.confirmTime > 0 && [t("hold.confirmed.by"), staffName(one.confirmerStaffId)],
          one.confirmTime > 0 && [t("hold.confirmed"), <When key="confirmed" at={one.confirmTime} />],
          one.closeTime > 0 && [t("case.closed.by"), staffName(one.closerStaffId)],
          one.closeTime > 0 && [t("request.closed"), <When key="closed" at={one.closeTime} />],
          one.disclosureCount > 0 && [
            t("case.given"),
            <>
              {t("case.given.times", { count: one.disclosureCount })} <When at={one.discloseTime} />
            </>,
          ],
        ]}
      />
      <Part title={t("case.items")}>
        <Table
          label={t("case.items")}
          head={[t("record.id"), t("person.id")]}
          rows={one.items.map(({ recordId, subjectId }) => [
            <Id key="record" id={recordId} what={t("record.id")} />,
            <Id key="person" id={subjectId} what={t("person.id")} />,
          ])}
        />
      </Part>
      {asking.value === "confirm" && (
        <Ask
          title={t("case.confirm.title")}
          text={t("case.confirm.text", { count: one.items.length })}
          yes={t("case.confirm")}
          close={() => (asking.value = "")}
          deed={async () => {
            const fresh = (await post(ConfirmCaseResponseSchema, `${path}:confirm`)).case;
            if (fresh) {
              loaded.put(fresh);
              list.put(fresh);
            }
            say(t("case.confirm.done"));
          }}
        />
      )}
      {asking.value === "give" && (
        <Ask
          title={t("case.give.title")}
          text={t(one.silent ? "case.give.text.silent" : "case.give.text", { count: one.items.length })}
          yes={t("case.give")}
          close={() => (asking.value = "")}
          deed={async () => {
            if (await fetchFile(`${path}:download`, "disclosure.zip")) say(t("case.give.done"));
            loaded.load();
          }}
        />
      )}
      {asking.value === "close" && (
        <Ask
          title={t("case.close.title")}
          text={t(proposed ? "case.close.text.proposed" : "case.close.text")}
          yes={t("case.close")}
          close={() => (asking.value = "")}
          deed={async () => close(id, list, loaded.put)}
        />
      )}
    </Detail>
  );
}
