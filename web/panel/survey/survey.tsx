/**
 * The survey after a chat: the age first where it is needed, then what is asked, then thanks.
 *
 * It owns what was typed, in this page's memory alone: nothing is sent before Send, but the age where one is given,
 * which nobody keeps. Whoever is refused for it loses the answers and the chat.
 */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { reasonOf } from "../../shared/api.ts";
import {
  CheckAgeResponseSchema,
  type OpenSurveyResponse,
  OpenSurveyResponseSchema,
  SubmitResponseResponseSchema,
} from "../../shared/gen/survey.ts";
import { type Answers, accentOf, ageOf, askedOf, written } from "../../shared/survey/asked.ts";
import { Questions } from "../../shared/survey/questions.tsx";
import "../../shared/survey/survey.css";
import { endOf, t, troubleOf } from "../../shared/survey/words.ts";
import { language } from "../../shared/text.ts";
import { exact } from "../../shared/time.tsx";
import { focusWithin } from "../host.ts";
import { api, stage } from "../session.ts";
import { refused } from "./refused.tsx";

/** The invitations that were opened already, which are counted no more. */
const opened = new Set<string>();

/** Takes a failure: refused, over, or to be tried again. Returns what to say where the survey goes on. */
function take(error: unknown, over: Signal<string>): string {
  const reason = reasonOf(error);
  if (reason === "SURVEY_REFUSED") {
    refused.value = true;
    stage.value = "forgetting";
    return "";
  }
  over.value = endOf(reason);
  return over.value === "" ? troubleOf(reason) : "";
}

export default function Survey({ invitation, close }: { invitation: string; close: () => void }) {
  const found = useSignal<OpenSurveyResponse | undefined>(undefined);
  const failed = useSignal(false);
  const over = useSignal("");
  const pass = useSignal<string | undefined>(undefined);
  const thanks = useSignal<string | undefined>(undefined);
  const title = useRef<HTMLHeadingElement>(null);

  const open = async () => {
    failed.value = false;
    try {
      const body = { invitation, language: language.value, isAgain: opened.has(invitation) };
      const answer = await api.call(OpenSurveyResponseSchema, "POST", "/v1/surveys:open", body);
      opened.add(invitation);
      found.value = answer;
      if (answer.isAnswered && answer.replaceUntilTime <= Date.now()) over.value = endOf("INVITATION_USED");
    } catch (error) {
      failed.value = take(error, over) !== "";
    }
  };
  useEffect(() => {
    open();
  }, []);
  const asksAge = found.value?.needsAge === true && pass.value === undefined;
  useEffect(() => {
    focusWithin(title.current);
  }, [found.value, asksAge, over.value, thanks.value]);

  const survey = found.value?.definition;
  const withdraw = async () => {
    try {
      await api.json("POST", "/v1/surveys:withdraw", { invitation });
      over.value = t("withdrawn");
    } catch (error) {
      thanks.value = take(error, over);
    }
  };
  const end = (text: string, more = false) => (
    <>
      <p class="note" role="status">
        {text}
      </p>
      <div class="actions">
        {more && (
          <button type="button" class="button" onClick={withdraw}>
            {t("withdraw")}
          </button>
        )}
        <button type="button" class="button" onClick={close}>
          {t("back")}
        </button>
      </div>
    </>
  );
  const head = (
    <h2 ref={title} tabIndex={-1} dir="auto">
      {thanks.value !== undefined && over.value === "" ? t("sent.title") : (survey?.title ?? "…")}
    </h2>
  );
  const theme = survey?.theme;
  return (
    <div class={`page asking ${accentOf(theme?.accent)} ${theme?.compact ? "compact" : ""}`}>
      {(survey || over.value !== "") && head}
      {over.value !== "" ? (
        end(over.value)
      ) : thanks.value !== undefined ? (
        end(thanks.value, true)
      ) : failed.value ? (
        <>
          <p class="note bad" role="alert">
            {t("failed")}
          </p>
          <div class="actions">
            <button type="button" class="button" onClick={open}>
              {t("again")}
            </button>
            <button type="button" class="button" onClick={close}>
              {t("back")}
            </button>
          </div>
        </>
      ) : found.value && survey ? (
        <>
          {survey.consentText !== "" && <p dir="auto">{survey.consentText}</p>}
          <p class="hint">
            {t("voluntary")} {t("kept", { days: found.value.keptDays, texts: found.value.textsKeptDays })}{" "}
            {found.value.isOfVisitor && t("visitor")} {t("apart")}
          </p>
          {found.value.isAnswered && <p class="note">{t("replace", { time: exact(found.value.replaceUntilTime) })}</p>}
          {asksAge ? (
            <Age invitation={invitation} over={over} passed={(text) => (pass.value = text)} close={close} />
          ) : (
            <Form
              survey={found.value}
              invitation={invitation}
              pass={pass.value ?? ""}
              over={over}
              done={(kept) => {
                if (kept > 0) thanks.value = survey.thanksText || t("sent");
                else over.value = t("nothing");
              }}
              close={close}
            />
          )}
        </>
      ) : (
        <p class="hint" role="status">
          <span class="spinner" /> {t("opening")}
        </p>
      )}
    </div>
  );
}

/** The age: compared by the platform and thrown away. Whoever leaves it blank is asked nothing personal. */
function Age(props: { invitation: string; over: Signal<string>; passed: (pass: string) => void; close: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const trouble = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    const age = ageOf(field.current?.value ?? "");
    if (age === undefined) {
      trouble.value = t("age.wrong");
      return;
    }
    if (age === "") return props.passed("");
    busy.value = true;
    try {
      const body = { invitation: props.invitation, age };
      props.passed((await api.call(CheckAgeResponseSchema, "POST", "/v1/surveys:checkAge", body)).agePass);
    } catch (error) {
      trouble.value = take(error, props.over);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <div class="field">
        <label for="survey-age">
          {t("age")} <span class="hint">({t("optional")})</span>
        </label>
        <input
          id="survey-age"
          ref={field}
          inputMode="numeric"
          maxLength={3}
          autocomplete="off"
          dir="ltr"
          aria-describedby="survey-age-hint"
          aria-invalid={trouble.value !== ""}
        />
        <p class="hint" id="survey-age-hint">
          {t("age.hint")}
        </p>
      </div>
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <div class="actions">
        <button type="submit" class="button" aria-disabled={busy.value}>
          {t("next")}
        </button>
        <button type="button" class="button" onClick={props.close}>
          {t("offer.no")}
        </button>
      </div>
    </form>
  );
}

function Form(props: {
  survey: OpenSurveyResponse;
  invitation: string;
  pass: string;
  over: Signal<string>;
  /** Takes how many answers were kept. */
  done: (kept: number) => void;
  close: () => void;
}) {
  const answers = useSignal<Answers>({});
  const follow = useSignal(false);
  const trouble = useSignal("");
  const wrong = useSignal<readonly string[]>([]);
  const busy = useSignal(false);
  const asked = askedOf(
    props.survey.definition ?? { sections: [] },
    answers.value,
    props.pass !== "" || !props.survey.needsAge,
  );
  const say = (id: string, answer: Answers[string] | undefined) => {
    const { [id]: _, ...others } = answers.value;
    answers.value = answer === undefined ? others : { ...others, [id]: answer };
  };
  const hasAddress = asked.sections.some(({ questions }) =>
    questions.some(({ id, kind }) => kind === "QUESTION_KIND_EMAIL" && id in asked.given),
  );
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    wrong.value = asked.missing;
    trouble.value = asked.missing.length > 0 ? t("missing") : "";
    if (asked.missing.length > 0) return;
    busy.value = true;
    try {
      const sent = await api.call(SubmitResponseResponseSchema, "POST", "/v1/surveys:submit", {
        invitation: props.invitation,
        agePass: props.pass,
        answers: written(asked.given),
        wantsFollowUp: hasAddress && follow.value,
        language: language.value,
      });
      props.done(sent.keptCount);
    } catch (error) {
      trouble.value = take(error, props.over);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <Questions asked={asked} answers={answers.value} say={say} wrong={wrong.value} />
      {hasAddress && (
        <label class="follow">
          <input
            type="checkbox"
            checked={follow.value}
            onChange={({ currentTarget }) => (follow.value = currentTarget.checked)}
          />
          <span>{t("follow")}</span>
        </label>
      )}
      <div role="alert">{trouble.value !== "" && <p class="note bad">{trouble.value}</p>}</div>
      <div class="actions">
        <button type="submit" class="button" aria-disabled={busy.value}>
          {t(busy.value ? "sending" : "send")}
        </button>
        <button type="button" class="button" onClick={props.close}>
          {t("offer.no")}
        </button>
      </div>
    </form>
  );
}
