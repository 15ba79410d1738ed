/** What people say about how they are treated, and the officer's answers. */

import { useSignal } from "@preact/signals";
import type { Feedback as Said } from "../../shared/gen/privacy.ts";
import {
  AnswerFeedbackResponseSchema,
  GetFeedbackResponseSchema,
  ListFeedbackResponseSchema,
} from "../../shared/gen/privacy.ts";
import { date } from "../../shared/time.tsx";
import { Browse } from "../pages.tsx";
import { href } from "../route.ts";
import { say } from "../toasts.tsx";
import { get, type Paged, post, useLoaded, usePaged } from "./data.ts";
import { Ask, Choices, Detail, Due, Facts, Field, Heading, Part, Quote, Reading, Tag, When } from "./parts.tsx";
import { openId } from "./places.ts";
import { t, word } from "./words.ts";

const VIEWS = ["WAITING", "OVERDUE", "ANSWERED"] as const;

function StateTag({ said }: { said: Said }) {
  if (said.overdue) return <Tag tone="bad">{t("overdue")}</Tag>;
  const answered = said.state === "STATE_ANSWERED";
  return <Tag tone={answered ? "good" : "careful"}>{t(answered ? "feedback.answered" : "feedback.waiting")}</Tag>;
}

function Row({ said }: { said: Said }) {
  return (
    <>
      <span class="row-top">
        <strong>{word("feedback.kind", said.kind)}</strong>
        <StateTag said={said} />
      </span>
      <span class="row-bottom">
        <span>
          {said.answerTime > 0 ? (
            t("closed.at", { date: date(said.answerTime) })
          ) : (
            <Due at={said.dueTime} overdue={said.overdue} />
          )}
        </span>
        <span class="faint" dir="auto">
          {said.text}
        </span>
      </span>
    </>
  );
}

/** The page of feedback. */
export function Feedback() {
  const view = useSignal<(typeof VIEWS)[number]>("WAITING");
  const overdue = useSignal(0);
  const chosen = view.value;
  const list = usePaged(chosen, async (pageToken) => {
    const name = `FEEDBACK_VIEW_${chosen}`;
    const page = await get(ListFeedbackResponseSchema, "/v1/feedback", { view: name, pageToken });
    overdue.value = page.overdueCount;
    return { items: page.feedback, next: page.nextPageToken };
  });
  return (
    <>
      <Heading title={t("feedback")} lead={t("feedback.lead")} />
      <Browse
        list={list}
        label={t("feedback")}
        view={chosen}
        above={
          <Choices
            label={t("feedback.which")}
            all={VIEWS.map((one) => [one, word("feedback.view", one), one === "OVERDUE" ? overdue.value : undefined])}
            value={chosen}
            choose={(one) => (view.value = one)}
          />
        }
        open={openId.value}
        to={(id) => href("privacy", "feedback", id)}
        row={(said) => <Row said={said} />}
        empty={{ title: word("feedback.empty", chosen), text: t("feedback.empty.text") }}
        pick={{ title: t("feedback.pick"), text: t("feedback.pick.text") }}
      >
        {openId.value !== "" && <Open key={openId.value} id={openId.value} list={list} />}
      </Browse>
    </>
  );
}

function Open({ id, list }: { id: string; list: Paged<Said> }) {
  const answering = useSignal(false);
  const text = useSignal("");
  const path = `/v1/feedback/${encodeURIComponent(id)}`;
  const loaded = useLoaded(id, async () => {
    const { feedback } = await get(GetFeedbackResponseSchema, path);
    if (!feedback) throw new Error("no feedback in the answer");
    return feedback;
  });
  const said = loaded.value;
  if (!said) return <Reading place="feedback" state={loaded.state as "loading"} load={loaded.load} />;
  return (
    <Detail
      place="feedback"
      title={word("feedback.kind", said.kind)}
      tag={<StateTag said={said} />}
      actions={
        said.state === "STATE_WAITING" && (
          <button type="button" class="button" onClick={() => (answering.value = true)}>
            {t("feedback.answer")}
          </button>
        )
      }
    >
      <Quote text={said.text} />
      <Facts
        facts={[
          [t("request.came"), <When key="came" at={said.createTime} />],
          said.answerTime > 0
            ? [t("feedback.answered"), <When key="answered" at={said.answerTime} />]
            : [t("request.due"), <Due key="due" at={said.dueTime} overdue={said.overdue} />],
          [t("feedback.contact"), said.contact || t("feedback.contact.none")],
        ]}
      />
      {said.answer !== "" && (
        <Part title={t("request.answered")}>
          <Quote text={said.answer} />
        </Part>
      )}
      {answering.value && (
        <Ask
          title={t("feedback.answer.title")}
          text={t(said.contact === "" ? "feedback.answer.code" : "feedback.answer.mail")}
          yes={t("feedback.answer.yes")}
          close={() => (answering.value = false)}
          ready={text.value.trim() !== ""}
          deed={async () => {
            const { feedback } = await post(AnswerFeedbackResponseSchema, `${path}:answer`, {
              answer: text.value.trim(),
            });
            if (feedback) loaded.put(feedback);
            list.load();
            say(t("feedback.answer.sent"));
          }}
        >
          <Field
            label={t("request.answer.label")}
            value={text.value}
            input={(value) => (text.value = value)}
            lines={6}
            maxLength={5000}
            required
          />
        </Ask>
      )}
    </Detail>
  );
}
