/**
 * What single people answered: texts, whole responses and addresses. Nothing is read before somebody asks for it, since
 * every reading is on record, and the page says so first.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import {
  type AgeBand,
  type Answer,
  type Definition,
  GetVersionResponseSchema,
  ListContactsResponseSchema,
  ListResponsesResponseSchema,
  SearchTextsResponseSchema,
  type Survey,
  type SurveyQuestion,
  type SurveyResponse,
  type SurveyText,
  TagTextResponseSchema,
} from "../../shared/gen/survey.ts";
import { hasChoices, SCALES } from "../../shared/survey/asked.ts";
import { fetchFile, get, Paged, post, useLoaded } from "../privacy/data.ts";
import { Ask, Choices, Facts, Field, Quote, Tag } from "../privacy/parts.tsx";
import { say, warn } from "../toasts.tsx";
import { failure, nameOf } from "./data.ts";
import { Failed, type PageProps, Reading } from "./view.tsx";
import { t } from "./words.ts";

type Surface = "texts" | "responses" | "contacts";

export function Answered({ survey }: PageProps) {
  const surface = useSignal<Surface>("texts");
  const begun = useSignal(false);
  const saving = useSignal(false);
  const version = useLoaded(survey.versionId, async () => {
    const path = `/v1/survey-versions/${encodeURIComponent(survey.versionId)}`;
    return (await get(GetVersionResponseSchema, path)).version?.definition as Definition;
  });
  const base = `/v1/surveys/${encodeURIComponent(survey.id)}`;
  if (survey.versionId === "") {
    return (
      <div class="list-state">
        <h3>{t("versions.none")}</h3>
        <p>{t("versions.none.text")}</p>
      </div>
    );
  }
  if (!begun.value) {
    return (
      <div class="list-state">
        <h3>{t("rows.before")}</h3>
        <p>{t("rows.before.text")}</p>
        <button type="button" class="button" onClick={() => (begun.value = true)}>
          {t("rows.read")}
        </button>
      </div>
    );
  }
  const questions = new Map(
    (version.value?.sections ?? []).flatMap((section) => section.questions).map((one) => [one.id, one]),
  );
  return (
    <div class="survey-answers">
      <div class="survey-by">
        <Choices
          label={t("rows.show")}
          value={surface.value}
          all={(["texts", "responses", "contacts"] as const).map((one) => [one, t(`rows.${one}`)] as const)}
          choose={(one) => (surface.value = one)}
        />
        <button type="button" class="button" aria-haspopup="dialog" onClick={() => (saving.value = true)}>
          {t("rows.save")}
        </button>
      </div>
      <p class="soft">{t("rows.noted")}</p>
      {surface.value === "texts" && <Texts base={base} questions={questions} />}
      {surface.value === "responses" && <Responses base={base} questions={questions} survey={survey} />}
      {surface.value === "contacts" && <Contacts base={base} />}
      {saving.value && (
        <Ask
          title={t("rows.save")}
          text={t("rows.save.text")}
          yes={t("rows.save.yes")}
          close={() => (saving.value = false)}
          explain={failure}
          deed={async () => {
            await fetchFile(`${base}/responses:export`, "responses.csv");
          }}
        />
      )}
    </div>
  );
}

type Questions = ReadonlyMap<string, SurveyQuestion>;

/** The rows of a list, with what stands there while there are none. */
function Rows<T extends { id: string }>(props: {
  list: Paged<T>;
  label: string;
  none: string;
  row: (item: T) => ComponentChildren;
}) {
  const { list } = props;
  const items = list.items.value;
  const state = list.state.value;
  if (state === "failed") return <Failed load={list.load} />;
  if (items.length === 0) {
    if (state !== "ready") return <Reading />;
    return (
      <div class="list-state">
        <p>{props.none}</p>
      </div>
    );
  }
  return (
    <>
      <ul class="survey-rows" aria-label={props.label}>
        {items.map((item) => (
          <li key={item.id} class="survey-row">
            {props.row(item)}
          </li>
        ))}
      </ul>
      {list.next.value !== "" && (
        <button type="button" class="button" onClick={list.loadMore}>
          {t("more")}
        </button>
      )}
    </>
  );
}

/** Returns a list that is read from its beginning once, and again when its key changes. */
function useRows<T extends { id: string }>(
  key: string,
  read: (token: string) => Promise<{ items: T[]; next: string }>,
) {
  return useMemo(() => {
    const list = new Paged<T>(read);
    list.load();
    return list;
  }, [key]);
}

function Texts({ base, questions }: { base: string; questions: Questions }) {
  const words = useSignal("");
  const tag = useSignal("");
  const asked = useSignal({ words: "", tag: "" });
  const list = useRows<SurveyText>(JSON.stringify(asked.value), async (pageToken) => {
    const page = await post(SearchTextsResponseSchema, `${base}/texts:search`, { ...asked.value, pageToken });
    return { items: page.texts, next: page.nextPageToken };
  });
  const tagging = useSignal<SurveyText | undefined>(undefined);
  return (
    <>
      <form
        class="survey-by"
        role="search"
        aria-label={t("rows.texts")}
        onSubmit={(event) => {
          event.preventDefault();
          asked.value = { words: words.value.trim(), tag: tagOf(tag.value) };
        }}
      >
        <Field
          label={t("texts.words")}
          hint={t("texts.words.hint")}
          value={words.value}
          input={(text) => (words.value = text)}
          maxLength={200}
        />
        <Field label={t("texts.tag")} value={tag.value} input={(text) => (tag.value = text)} maxLength={40} />
        <button type="submit" class="button">
          {t("texts.search")}
        </button>
      </form>
      <Rows
        list={list}
        label={t("rows.texts")}
        none={t(asked.value.words || asked.value.tag ? "texts.none.found" : "texts.none")}
        row={(text) => (
          <>
            <div class="survey-row-main">
              <p class="soft" dir="auto">
                {questions.get(text.questionId)?.text ?? t("question.gone")}
              </p>
              <Quote text={text.text} />
              {text.tags.map((one) => (
                <Tag key={one} tone="quiet">
                  {one}
                </Tag>
              ))}
            </div>
            <button type="button" class="button" aria-haspopup="dialog" onClick={() => (tagging.value = text)}>
              {t("texts.tags")}
            </button>
          </>
        )}
      />
      {tagging.value && <Tagging text={tagging.value} list={list} close={() => (tagging.value = undefined)} />}
    </>
  );
}

/** Returns a tag as it is kept: small letters, figures and hyphens. */
export function tagOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
}

function Tagging({ text, list, close }: { text: SurveyText; list: Paged<SurveyText>; close: () => void }) {
  const typed = useSignal(text.tags.join(" "));
  const put = async (tags: readonly string[]) => {
    const path = `/v1/survey-texts/${encodeURIComponent(text.id)}:tag`;
    const answer = await post(TagTextResponseSchema, path, { tags });
    if (answer.text) list.put(answer.text);
  };
  return (
    <Ask
      title={t("texts.tags")}
      text={t("texts.tags.text")}
      yes={t("texts.tags.yes")}
      close={close}
      explain={failure}
      deed={async () => {
        await put(
          [
            ...new Set(
              typed.value
                .split(/[\s,]+/)
                .map(tagOf)
                .filter(Boolean),
            ),
          ].slice(0, 20),
        );
        say(t("texts.tagged"), () => put(text.tags).catch(() => warn(t("failed.deed"))));
      }}
    >
      <Field
        label={t("texts.tags.label")}
        hint={t("texts.tags.hint")}
        value={typed.value}
        input={(words) => (typed.value = words)}
        maxLength={800}
      />
    </Ask>
  );
}

/** Returns what was answered, in words. */
function inWords(answer: Answer, question: SurveyQuestion | undefined): string {
  if (!question) return answer.text || answer.choiceIds.join(", ") || String(answer.number);
  if (question.kind in SCALES) return String(answer.number);
  if (!hasChoices(question.kind)) return answer.text;
  return answer.choiceIds.map((id) => question.choices.find((one) => one.id === id)?.text ?? id).join(", ");
}

/** Returns answers in the order in which they were asked; those of earlier versions come last. */
function inOrder(answers: readonly Answer[], questions: Questions): readonly Answer[] {
  const order = [...questions.keys()];
  const place = ({ questionId }: Answer) => (questions.has(questionId) ? order.indexOf(questionId) : order.length);
  return [...answers].sort((one, other) => place(one) - place(other));
}

function Responses({ base, questions, survey }: { base: string; questions: Questions; survey: Survey }) {
  const list = useRows<SurveyResponse>(survey.id, async (pageToken) => {
    const page = await get(ListResponsesResponseSchema, `${base}/responses`, { pageToken });
    return { items: page.responses, next: page.nextPageToken };
  });
  return (
    <Rows
      list={list}
      label={t("rows.responses")}
      none={t("responses.none")}
      row={(response) =>
        response.isSealed ? (
          <p class="soft">{t("responses.sealed")}</p>
        ) : (
          <Facts
            facts={[
              [t("responses.day"), response.day],
              response.siteId && [t("offered.sites"), nameOf(response.siteId)],
              response.teamId && [t("offered.teams"), nameOf(response.teamId)],
              response.tags.length > 0 && [t("offered.tags"), response.tags.map(nameOf).join(", ")],
              response.ageBand !== "AGE_BAND_UNSPECIFIED" && [t("responses.age"), bandOf(response.ageBand)],
              ...inOrder(response.answers, questions).map((answer) => {
                const question = questions.get(answer.questionId);
                return [
                  question?.text ?? t("question.gone"),
                  <span key="said" dir="auto">
                    {inWords(answer, question)}
                  </span>,
                ] as const;
              }),
              response.wantsFollowUp && [t("responses.follow"), t("yes")],
            ]}
          />
        )
      }
    />
  );
}

function bandOf(band: AgeBand): string {
  return band.replace("AGE_BAND_", "").replace("_UP", "+").replace("_", "–");
}

function Contacts({ base }: { base: string }) {
  const list = useRows(base, async (pageToken) => {
    const page = await get(ListContactsResponseSchema, `${base}/contacts`, { pageToken });
    return { items: page.contacts, next: page.nextPageToken };
  });
  return (
    <>
      <p class="soft">{t("contacts.text")}</p>
      <Rows
        list={list}
        label={t("rows.contacts")}
        none={t("contacts.none")}
        row={(contact) => (
          <p class="survey-row-main">
            <strong dir="ltr">{contact.email}</strong>{" "}
            <span class="soft">{t("contacts.week", { week: contact.week })}</span>{" "}
            {contact.responseId !== "" && <Tag tone="good">{t("contacts.follow")}</Tag>}
          </p>
        )}
      />
    </>
  );
}
