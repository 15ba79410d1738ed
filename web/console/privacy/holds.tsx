/** Legal holds: one record kept as it is while a legal matter runs. Two people set one, and two people end it. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Hold, SubjectKind } from "../../shared/gen/privacy.ts";
import {
  ConfirmHoldResponseSchema,
  ConfirmReleaseResponseSchema,
  CreateHoldResponseSchema,
  GetHoldResponseSchema,
  ListHoldsResponseSchema,
  ReleaseHoldResponseSchema,
  WithdrawHoldResponseSchema,
} from "../../shared/gen/privacy.ts";
import { Icon } from "../../shared/icons.tsx";
import { Browse } from "../pages.tsx";
import { go, href } from "../route.ts";
import { has, myId } from "../session.ts";
import { say } from "../toasts.tsx";
import {
  act,
  get,
  newRequestId,
  type Paged,
  personOf,
  post,
  staffName,
  useAgain,
  useLoaded,
  usePaged,
} from "./data.ts";
import { Ask, Choices, Detail, Facts, Field, Heading, Id, Part, Quote, Reading, Tag, When } from "./parts.tsx";
import { openId } from "./places.ts";
import { t, word } from "./words.ts";

/** What a new hold begins with, where it was asked for from another page. */
const begun = signal({ subjectKind: "SUBJECT_KIND_VISITOR" as SubjectKind, subjectId: "", recordId: "" });

/** Begins a hold with what another page knows of it. */
export function hold({ subjectKind, subjectId, recordId }: (typeof begun)["value"]): void {
  begun.value = { subjectKind, subjectId, recordId };
}

const TONES = {
  STATE_PROPOSED: "careful",
  STATE_RELEASE_PROPOSED: "careful",
  STATE_ACTIVE: "good",
  STATE_RELEASED: "quiet",
  STATE_WITHDRAWN: "quiet",
} as const;
/** While the services are at work, a hold is read again so often. */
const PROGRESS_MS = 2_000;

function StateTag({ state }: Pick<Hold, "state">) {
  return <Tag tone={TONES[state as keyof typeof TONES] ?? ""}>{word("hold.state", state)}</Tag>;
}

/** Whether a hold waits for the signed-in person. */
function waitsForMe({ confirmable, state }: Hold): boolean {
  return confirmable && (state === "STATE_PROPOSED" || state === "STATE_RELEASE_PROPOSED");
}

function Row({ item }: { item: Hold }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{item.reason}</strong>
        <StateTag state={item.state} />
      </span>
      <span class="row-bottom">
        <span>{waitsForMe(item) ? t("waits.you") : t("by", { name: staffName(item.proposerStaffId) })}</span>
        <span class="faint">{item.item?.recordId}</span>
      </span>
    </>
  );
}

/** The page of holds. */
export function Holds() {
  const view = useSignal<"running" | "all">("running");
  const showEnded = view.value === "all";
  const list = usePaged(view.value, async (pageToken) => {
    const page = await get(ListHoldsResponseSchema, "/v1/holds", { showEnded, pageToken });
    return { items: page.holds, next: page.nextPageToken };
  });
  const id = openId.value;
  const isNew = id === "new";
  return (
    <>
      <Heading title={t("holds")} lead={t("holds.lead")}>
        <a class="button" href={href("privacy", "holds", "new")}>
          <Icon name="plus" size={18} />
          {t("holds.add")}
        </a>
      </Heading>
      <Browse
        list={list}
        label={t("holds")}
        view={view.value}
        above={
          <Choices
            label={t("holds.which")}
            all={[
              ["running", t("holds.running")],
              ["all", t("all")],
            ]}
            value={view.value}
            choose={(one) => (view.value = one)}
          />
        }
        open={id}
        to={(id) => href("privacy", "holds", id)}
        row={(one) => <Row item={one} />}
        empty={{ title: t("holds.empty"), text: t("holds.empty.text") }}
        pick={{ title: t("holds.pick"), text: t("holds.pick.text") }}
      >
        {id !== "" && !isNew && <Open key={id} id={id} list={list} />}
      </Browse>
      {isNew && <NewHold list={list} />}
    </>
  );
}

async function withdraw(id: string, list: Paged<Hold>, put: (hold: Hold) => void): Promise<void> {
  const path = `/v1/holds/${encodeURIComponent(id)}:withdraw`;
  const done = await act(() => post(WithdrawHoldResponseSchema, path), t("hold.withdrawn"));
  if (done?.hold) put(done.hold);
  list.load();
}

function NewHold({ list }: { list: Paged<Hold> }) {
  const { subjectKind, subjectId, recordId } = begun.peek();
  const whom = useSignal(subjectId);
  const record = useSignal(recordId);
  const reason = useSignal("");
  const requestId = useSignal(newRequestId());
  const made = useSignal("");
  // Officers need to know the conversation only: whose it is can be looked up.
  const finds = has("CALLER_PRIVACY_OFFICER");
  useEffect(
    () => () => {
      begun.value = { subjectKind: "SUBJECT_KIND_VISITOR", subjectId: "", recordId: "" };
    },
    [],
  );
  const deed = async () => {
    const { hold: fresh } = await post(CreateHoldResponseSchema, "/v1/holds", {
      item: {
        subjectKind,
        subjectId: await personOf(whom.value.trim() || record.value.trim()),
        recordId: record.value.trim(),
      },
      reason: reason.value.trim(),
      requestId: requestId.value,
    });
    if (!fresh) return;
    made.value = fresh.id;
    list.put(fresh);
    say(t("hold.proposed"), () => withdraw(fresh.id, list, list.put.bind(list)));
  };
  return (
    <Ask
      title={t("hold.new.title")}
      text={t("hold.new.text")}
      yes={t("hold.new.yes")}
      close={() => go("privacy", "holds", ...(made.value === "" ? [] : [made.value]))}
      deed={deed}
      ready={[record, reason, ...(finds ? [] : [whom])].every((one) => one.value.trim() !== "")}
    >
      <Field
        label={t("record.id")}
        hint={t("record.id.hint")}
        value={record.value}
        input={(text) => (record.value = text)}
        maxLength={40}
        required
      />
      <Field
        label={finds ? t("optional", { label: t("person.id") }) : t("person.id")}
        hint={t(finds ? "person.id.found" : "person.id.hint")}
        value={whom.value}
        input={(text) => (whom.value = text)}
        maxLength={40}
        required={!finds}
      />
      <Field
        label={t("hold.reason")}
        value={reason.value}
        input={(text) => (reason.value = text)}
        lines={3}
        maxLength={1000}
        required
      />
    </Ask>
  );
}

function Open({ id, list }: { id: string; list: Paged<Hold> }) {
  const asking = useSignal<"" | "confirm" | "release" | "end">("");
  const reason = useSignal("");
  const path = `/v1/holds/${encodeURIComponent(id)}`;
  const loaded = useLoaded(id, async () => {
    const answer = await get(GetHoldResponseSchema, path);
    if (!answer.hold) throw new Error("no hold in the answer");
    if (list.items.peek().some((one) => one.id === id)) list.put(answer.hold);
    return answer.hold;
  });
  const item = loaded.value;
  const moving = item?.state === "STATE_SEALING" || item?.state === "STATE_RELEASING";
  useAgain(moving, loaded.load, PROGRESS_MS);
  if (!item) return <Reading place="holds" state={loaded.state as "loading"} load={loaded.load} />;
  const took = (fresh: Hold | undefined, words: string) => {
    if (fresh) {
      loaded.put(fresh);
      list.put(fresh);
    }
    say(words);
  };
  const proposed = item.state === "STATE_PROPOSED";
  const ending = item.state === "STATE_RELEASE_PROPOSED";
  const mine = proposed ? item.proposerStaffId === myId() : ending && item.releaseProposerStaffId === myId();
  return (
    <Detail
      place="holds"
      title={t("hold")}
      tag={<StateTag state={item.state} />}
      actions={
        <>
          {waitsForMe(item) && (
            <button type="button" class="button" onClick={() => (asking.value = proposed ? "confirm" : "end")}>
              {t(proposed ? "hold.confirm" : "hold.end")}
            </button>
          )}
          {(proposed || ending) && (
            <button type="button" class="button" onClick={() => withdraw(id, list, loaded.put)}>
              {t(proposed ? (mine ? "hold.withdraw" : "hold.reject") : mine ? "hold.keep.mine" : "hold.keep")}
            </button>
          )}
          {item.state === "STATE_ACTIVE" && (
            <button type="button" class="button" onClick={() => (asking.value = "release")}>
              {t("hold.release")}
            </button>
          )}
        </>
      }
    >
      <p class={`note ${proposed || ending ? "careful" : ""}`}>
        {t(mine ? `hold.says.${proposed ? "mine" : "ending.mine"}` : `hold.says.${item.state as "STATE_ACTIVE"}`)}
      </p>
      <Quote text={item.reason} />
      <Facts
        facts={[
          [t("hold.by"), staffName(item.proposerStaffId)],
          [t("hold.when"), <When key="when" at={item.createTime} />],
          item.confirmTime > 0 && [t("hold.confirmed.by"), staffName(item.confirmerStaffId)],
          item.confirmTime > 0 && [t("hold.confirmed"), <When key="confirmed" at={item.confirmTime} />],
          item.releaseProposerStaffId !== "" && [t("hold.release.by"), staffName(item.releaseProposerStaffId)],
          item.releaseConfirmerStaffId !== "" && [
            t("hold.release.confirmed.by"),
            staffName(item.releaseConfirmerStaffId),
          ],
          item.releaseTime > 0 && [t("hold.released"), <When key="released" at={item.releaseTime} />],
          item.item && [t("record.id"), <Id key="record" id={item.item.recordId} what={t("record.id")} />],
          item.item && [t("person.id"), <Id key="person" id={item.item.subjectId} what={t("person.id")} />],
        ]}
      />
      {item.releaseReason !== "" && (
        <Part title={t("hold.release.reason")}>
          <Quote text={item.releaseReason} />
        </Part>
      )}
      {asking.value === "confirm" && (
        <Ask
          title={t("hold.confirm.title")}
          text={t("hold.confirm.text")}
          yes={t("hold.confirm")}
          close={() => (asking.value = "")}
          deed={async () =>
            took((await post(ConfirmHoldResponseSchema, `${path}:confirm`)).hold, t("hold.confirm.done"))
          }
        />
      )}
      {asking.value === "end" && (
        <Ask
          title={t("hold.end.title")}
          text={t("hold.end.text")}
          yes={t("hold.end")}
          close={() => (asking.value = "")}
          deed={async () =>
            took((await post(ConfirmReleaseResponseSchema, `${path}:confirmRelease`)).hold, t("hold.end.done"))
          }
        />
      )}
      {asking.value === "release" && (
        <Ask
          title={t("hold.release.title")}
          text={t("hold.release.text")}
          yes={t("hold.release.yes")}
          close={() => (asking.value = "")}
          ready={reason.value.trim() !== ""}
          deed={async () => {
            const { hold: fresh } = await post(ReleaseHoldResponseSchema, `${path}:release`, {
              reason: reason.value.trim(),
            });
            took(fresh, t("hold.release.done"));
          }}
        >
          <Field
            label={t("hold.release.reason")}
            value={reason.value}
            input={(text) => (reason.value = text)}
            lines={3}
            maxLength={1000}
            required
          />
        </Ask>
      )}
    </Detail>
  );
}
