/** What people asked about the data that are held about them: what waits, how far it is, what was done where. */

import { useSignal } from "@preact/signals";
import type { SubjectRequest } from "../../shared/gen/privacy.ts";
import {
  AnswerRequestResponseSchema,
  ConfirmProofResponseSchema,
  GetRequestResponseSchema,
  LiftRestrictionResponseSchema,
  ListRequestsResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { date } from "../../shared/time.tsx";
import { Browse } from "../pages.tsx";
import { href } from "../route.ts";
import { say } from "../toasts.tsx";
import { fetchFile, get, type Paged, post, useAgain, useLoaded, usePaged } from "./data.ts";
import { hold } from "./holds.tsx";
import {
  Ask,
  Choices,
  Detail,
  Due,
  Facts,
  Field,
  Heading,
  Id,
  Part,
  Quote,
  Reading,
  Table,
  Tag,
  When,
} from "./parts.tsx";
import { openId } from "./places.ts";
import { NewRequest } from "./request.tsx";
import { count } from "./section.ts";
import { t, word } from "./words.ts";

const FILTERS = ["OPEN", "WAITING", "OVERDUE", "CLOSED"] as const;
type Filter = (typeof FILTERS)[number];

/** How often a request at which the services are at work is read again. */
const PROGRESS_MS = 2_000;

function StateTag({ request }: { request: SubjectRequest }) {
  const tones = {
    STATE_WAITING: "careful",
    STATE_DONE: "good",
    STATE_REFUSED: "quiet",
    STATE_OVERTAKEN: "quiet",
  } as const;
  const { state, overdue } = request;
  if (overdue) return <Tag tone="bad">{t("overdue")}</Tag>;
  return <Tag tone={tones[state as keyof typeof tones] ?? ""}>{word("request.state", state)}</Tag>;
}

function Row({ request }: { request: SubjectRequest }) {
  const closed = request.closeTime > 0;
  return (
    <>
      <span class="row-top">
        <strong>{word("request.kind", request.kind)}</strong>
        <StateTag request={request} />
      </span>
      <span class="row-bottom">
        <span>
          {closed ? (
            t("closed.at", { date: date(request.closeTime) })
          ) : (
            <Due at={request.dueTime} overdue={request.overdue} />
          )}
        </span>
        <span class="faint">{word("person", request.subjectKind)}</span>
      </span>
    </>
  );
}

/** The page of requests. */
export function Requests() {
  const filter = useSignal<Filter>("OPEN");
  const counts = useSignal({ open: 0, waiting: 0, overdue: 0 });
  const adding = useSignal(false);
  const chosen = filter.value;
  const list = usePaged(chosen, async (pageToken) => {
    const name = `REQUEST_FILTER_${chosen}`;
    const page = await get(ListRequestsResponseSchema, "/v1/privacy-requests", { filter: name, pageToken });
    counts.value = { open: page.openCount, waiting: page.waitingCount, overdue: page.overdueCount };
    return { items: page.requests, next: page.nextPageToken };
  });
  const { open, waiting, overdue } = counts.value;
  const numbers = { OPEN: open, WAITING: waiting, OVERDUE: overdue, CLOSED: undefined };
  const changed = () => {
    list.load();
    count();
  };
  return (
    <>
      <Heading title={t("requests")} lead={t("requests.lead")}>
        <button type="button" class="button" onClick={() => (adding.value = true)}>
          <Icon name="plus" size={18} />
          {t("requests.add")}
        </button>
      </Heading>
      <Browse
        list={list}
        label={t("requests")}
        view={chosen}
        above={
          <Choices
            label={t("requests.which")}
            all={FILTERS.map((one) => [one, word("requests.filter", one), numbers[one]])}
            value={chosen}
            choose={(one) => (filter.value = one)}
          />
        }
        open={openId.value}
        to={(id) => href("privacy", "requests", id)}
        row={(request) => <Row request={request} />}
        empty={{ title: word("requests.empty", chosen), text: t("requests.empty.text") }}
        pick={{ title: t("requests.pick"), text: t("requests.pick.text") }}
      >
        {openId.value !== "" && <Open key={openId.value} id={openId.value} list={list} changed={changed} />}
      </Browse>
      {adding.value && <NewRequest close={() => (adding.value = false)} added={changed} />}
    </>
  );
}

function Open({ id, list, changed }: { id: string; list: Paged<SubjectRequest>; changed: () => void }) {
  const answering = useSignal<"" | "done" | "refused" | "lift" | "proof">("");
  const fetching = useSignal(false);
  const path = `/v1/privacy-requests/${encodeURIComponent(id)}`;
  const loaded = useLoaded(id, async () => {
    const { request } = await get(GetRequestResponseSchema, path);
    if (!request) throw new Error("no request in the answer");
    if (list.items.peek().some((one) => one.id === request.id)) list.put(request);
    return request;
  });
  const request = loaded.value;
  useAgain(request?.state === "STATE_RUNNING", loaded.load, PROGRESS_MS);
  if (!request) return <Reading place="requests" state={loaded.state as "loading"} load={loaded.load} />;
  const took = (fresh: SubjectRequest | undefined, words: string) => {
    if (fresh) loaded.put(fresh);
    changed();
    say(words);
  };
  const download = async () => {
    if (fetching.value) return;
    fetching.value = true;
    await fetchFile(`${path}:download`, "copy.zip");
    fetching.value = false;
    loaded.load();
  };
  const waits = request.state === "STATE_WAITING";
  const copied =
    request.kind === "KIND_ACCESS" && request.state !== "STATE_OVERTAKEN" && request.state !== "STATE_REFUSED";
  const unproved = copied && request.madeBy === "MAKER_OFFICER" && request.proofConfirmTime === 0;
  return (
    <Detail
      place="requests"
      title={word("request.kind", request.kind)}
      tag={<StateTag request={request} />}
      actions={
        <>
          {waits && (
            <>
              <button type="button" class="button" onClick={() => (answering.value = "done")}>
                {t("request.answer")}
              </button>
              <button type="button" class="button" onClick={() => (answering.value = "refused")}>
                {t("request.refuse")}
              </button>
            </>
          )}
          {unproved && (
            <button type="button" class="button" onClick={() => (answering.value = "proof")}>
              {t("request.proof.confirm")}
            </button>
          )}
          {copied && !unproved && (
            <button type="button" class="button" aria-disabled={fetching.value} onClick={download}>
              <Icon name="save" size={18} />
              {t(fetching.value ? "request.copying" : "request.copy")}
            </button>
          )}
          {request.restricted && (
            <button type="button" class="button" onClick={() => (answering.value = "lift")}>
              {t("request.lift")}
            </button>
          )}
          {request.state !== "STATE_OVERTAKEN" && request.kind !== "KIND_ERASE" && (
            <a class="button" href={href("privacy", "holds", "new")} onClick={() => hold({ ...request, recordId: "" })}>
              {t("holds.add")}
            </a>
          )}
        </>
      }
    >
      <Facts
        facts={[
          [t("request.came"), <When key="came" at={request.createTime} />],
          request.closeTime > 0
            ? [t("request.closed"), <When key="closed" at={request.closeTime} />]
            : [t("request.due"), <Due key="due" at={request.dueTime} overdue={request.overdue} />],
          [t("request.person"), <Id key="id" id={request.subjectId} what={t("request.person")} />],
          [t("request.maker"), word("request.maker", request.madeBy)],
          request.proof !== "" && [t("request.proof"), request.proof],
          request.proof !== "" && [t("request.proof.kind"), word("proof", request.proofKind)],
          request.proof !== "" &&
            request.kind === "KIND_ACCESS" && [
              t("request.proof.confirmed"),
              unproved ? t("request.proof.confirmed.not") : <When key="proof" at={request.proofConfirmTime} />,
            ],
        ]}
      />
      {waits && <p class="note careful">{word("request.todo", request.kind)}</p>}
      {unproved && <p class="note careful">{t("request.proof.wait")}</p>}
      {request.restricted && <p class="note careful">{t("request.restricted")}</p>}
      {request.details !== "" && (
        <Part title={t("request.details")}>
          <Quote text={request.details} />
        </Part>
      )}
      {request.corrections.length > 0 && (
        <Part title={t("request.corrections")}>
          <Table
            label={t("request.corrections")}
            head={[t("request.field"), t("request.value")]}
            rows={request.corrections.map(({ field, value }) => [
              <code key="f">{field}</code>,
              value || t("request.value.none"),
            ])}
          />
        </Part>
      )}
      {request.answer !== "" && (
        <Part title={t("request.answered")}>
          <Quote text={request.answer} />
        </Part>
      )}
      <Progress request={request} />
      <Receipt request={request} />
      {answering.value === "proof" && (
        <Ask
          title={t("request.proof.confirm.title")}
          text={t("request.proof.confirm.text")}
          yes={t("request.proof.confirm")}
          close={() => (answering.value = "")}
          deed={async () => {
            const fresh = await post(ConfirmProofResponseSchema, `${path}:confirm-proof`, {});
            took(fresh.request, t("request.proof.confirm.done"));
          }}
        >
          <Quote text={request.proof} />
        </Ask>
      )}
      {(answering.value === "done" || answering.value === "refused") && (
        <Answer
          request={request}
          refused={answering.value === "refused"}
          close={() => (answering.value = "")}
          send={async (answer, refused) => {
            const fresh = await post(AnswerRequestResponseSchema, `${path}:answer`, { refused, answer });
            took(fresh.request, t("request.answer.sent"));
          }}
        />
      )}
      {answering.value === "lift" && (
        <Answer
          request={request}
          lift
          close={() => (answering.value = "")}
          send={async (answer) => {
            const fresh = await post(LiftRestrictionResponseSchema, `${path}:lift`, { answer });
            took(fresh.request, t("request.lift.done"));
          }}
        />
      )}
    </Detail>
  );
}

function Answer(props: {
  request: SubjectRequest;
  refused?: boolean;
  lift?: boolean;
  close: () => void;
  send: (answer: string, refused: boolean) => Promise<void>;
}) {
  const text = useSignal("");
  const what = props.lift ? "lift" : props.refused ? "refuse" : "answer";
  return (
    <Ask
      title={t(`request.${what}.title`)}
      text={t(`request.${what}.text`)}
      yes={t(`request.${what}.yes`)}
      close={props.close}
      ready={text.value.trim() !== ""}
      deed={() => props.send(text.value.trim(), props.refused ?? false)}
    >
      <Field
        label={t("request.answer.label")}
        hint={t("request.answer.hint")}
        value={text.value}
        input={(value) => (text.value = value)}
        lines={5}
        maxLength={4000}
        required
      />
    </Ask>
  );
}

function Progress({ request }: { request: SubjectRequest }) {
  if (request.steps.length === 0) return null;
  const done = request.steps.filter(({ state }) => state === "STATE_DONE").length;
  return (
    <Part title={t("request.progress")}>
      <div class="progress">
        <progress max={request.steps.length} value={done} aria-label={t("request.progress")} />
        <span role="status">{t("request.progress.of", { done, all: request.steps.length })}</span>
      </div>
      <ul class="steps">
        {request.steps.map(({ service, state, attempts, doneTime }) => (
          <li key={service} class={state === "STATE_DONE" ? "done" : undefined}>
            {state === "STATE_DONE" ? <Icon name="check" size={18} /> : <span class="ring" aria-hidden="true" />}
            <span>{word("service", service)}</span>
            <span class="soft">
              {state === "STATE_DONE" ? (
                <When at={doneTime} />
              ) : state === "STATE_RETRYING" ? (
                t("request.retrying", { attempts })
              ) : state === "STATE_REFUSED" ? (
                t("request.refused")
              ) : (
                t("request.pending")
              )}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

const COUNTED = ["found", "corrected", "deleted", "emptied", "sealed", "held"] as const;

function Receipt({ request }: { request: SubjectRequest }) {
  const { receipt } = request;
  if (!receipt || (receipt.lines.length === 0 && receipt.deliveries.length === 0)) return null;
  // Only the columns that say something: a receipt of a copy has nothing deleted.
  const columns = COUNTED.filter((name) => receipt.lines.some((line) => line[name] > 0));
  const lines = receipt.lines.filter((line) => columns.some((name) => line[name] > 0));
  const { bytesGoneTime, backupsGoneTime, deliveries } = receipt;
  return (
    <Part title={t("receipt")}>
      {lines.length > 0 ? (
        <Table
          label={t("receipt")}
          head={[t("receipt.store"), ...columns.map((name) => word("receipt", name))]}
          rows={lines.map((line) => [
            <code key="store">{line.store}</code>,
            ...columns.map((name) => line[name] || "·"),
          ])}
        />
      ) : (
        <p class="soft">{t("receipt.nothing")}</p>
      )}
      <Facts
        facts={[
          bytesGoneTime > 0 && [t("receipt.bytes"), date(bytesGoneTime)],
          backupsGoneTime > 0 && [t("receipt.backups"), date(backupsGoneTime)],
        ]}
      />
      {deliveries.length > 0 && (
        <>
          <p class="soft">{t("receipt.deliveries")}</p>
          <Table
            label={t("receipt.deliveries.label")}
            head={[t("receipt.what"), t("receipt.to"), t("receipt.when")]}
            rows={deliveries.map(({ kind, recipient, time }) => [kind, recipient, <When key="t" at={time} />])}
          />
        </>
      )}
    </Part>
  );
}
