/** The surveys: all of them, and the one that is open with its questions, results, answers and versions. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import {
  CloseSurveyResponseSchema,
  GetSurveyResponseSchema,
  ListSurveysResponseSchema,
  PublishSurveyResponseSchema,
  type Survey,
} from "../../shared/gen/survey.ts";
import { Icon } from "../../shared/icons.tsx";
import { get, newRequestId, post, useLoaded, usePaged } from "../privacy/data.ts";
import { Ask, Field, Tag, When } from "../privacy/parts.tsx";
import "../privacy/privacy.css";
import { go, href, route } from "../route.ts";
import { say } from "../toasts.tsx";
import { Answered } from "./answered.tsx";
import { AskRating } from "./asking.tsx";
import { create, failure, readPlaces } from "./data.ts";
import { Editor } from "./editor.tsx";
import { Results } from "./results.tsx";
import "./surveys.css";
import { Versions } from "./versions.tsx";
import { t } from "./words.ts";

const TABS = ["questions", "results", "answers", "versions"] as const;
type Tab = (typeof TABS)[number];

/** Returns the pages of a survey. What chats ask themselves is nobody's to write. */
function tabsOf(survey: Survey | undefined): readonly [Tab, ...Tab[]] {
  return survey?.isRating ? ["results", "answers"] : TABS;
}

/** What a page of one survey is given. */
export interface PageProps {
  survey: Survey;
  put: (survey: Survey) => void;
}

const PAGES: Record<Tab, ComponentType<PageProps>> = {
  questions: Editor,
  results: Results,
  answers: Answered,
  versions: Versions,
};

export default function Surveys() {
  const [, id = ""] = route.value;
  useEffect(() => {
    readPlaces().catch(() => {});
  }, []);
  return <div class="column surveys">{id === "" ? <Overview /> : <Opened key={id} id={id} />}</div>;
}

function State({ survey }: { survey: Survey }) {
  if (survey.isRating) return <Tag tone="quiet">{t("rating.tag")}</Tag>;
  const tone = survey.state === "STATE_PUBLISHED" ? "good" : "quiet";
  return (
    <>
      <Tag tone={tone}>{t(`state.${survey.state}`)}</Tag>
      {survey.hasChanges && survey.versionNumber > 0 && <Tag tone="careful">{t("changes")}</Tag>}
    </>
  );
}

function Overview() {
  const list = usePaged("surveys", async (pageToken) => {
    const page = await get(ListSurveysResponseSchema, "/v1/surveys", { pageToken });
    return { items: page.surveys, next: page.nextPageToken };
  });
  const making = useSignal(false);
  const state = list.state.value;
  const found = list.items.value;
  return (
    <>
      <header class="heading">
        <div>
          <h1>{t("title")}</h1>
          <p>{t("lead")}</p>
        </div>
        <div class="heading-actions">
          <button type="button" class="button main" aria-haspopup="dialog" onClick={() => (making.value = true)}>
            <Icon name="plus" size={18} />
            {t("new")}
          </button>
        </div>
      </header>
      <div class="column-page surveys-page">
        <AskRating />
        {found.length === 0 && (state === "loading" || state === "idle") && <Reading />}
        {state === "failed" && <Failed load={list.load} />}
        {found.length === 0 && state === "ready" && (
          <div class="list-state">
            <h2>{t("none")}</h2>
            <p>{t("none.text")}</p>
          </div>
        )}
        {found.length > 0 && (
          <ul class="survey-rows" aria-label={t("title")} data-list>
            {found.map((survey) => (
              <li key={survey.id}>
                <a href={href("surveys", survey.id)}>
                  <strong dir="auto">{survey.title}</strong>
                  <span class="survey-facts">
                    <State survey={survey} />
                    {survey.versionNumber > 0 && !survey.isRating && (
                      <span class="soft">{t("version", { number: survey.versionNumber })}</span>
                    )}
                    <span class="soft">
                      {t("updated")} <When at={survey.updateTime} />
                    </span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        )}
        {list.next.value !== "" && (
          <button type="button" class="button" onClick={list.loadMore}>
            {t("more")}
          </button>
        )}
      </div>
      {making.value && <Make close={() => (making.value = false)} />}
    </>
  );
}

function Make({ close }: { close: () => void }) {
  const title = useSignal("");
  const requestId = useSignal(newRequestId());
  return (
    <Ask
      title={t("new")}
      text={t("new.text")}
      yes={t("new.yes")}
      close={close}
      ready={title.value.trim() !== ""}
      explain={failure}
      deed={async () => {
        const survey = await create(title.value.trim(), requestId.value);
        go("surveys", survey.id);
      }}
    >
      <Field
        label={t("new.title")}
        hint={t("new.title.hint")}
        value={title.value}
        input={(text) => {
          title.value = text;
          requestId.value = newRequestId();
        }}
        maxLength={200}
        required
      />
    </Ask>
  );
}

/** What stands while something is read. */
export function Reading() {
  return (
    <p class="progress" role="status">
      <span class="spinner" />
      <span class="unseen">{t("reading")}</span>
    </p>
  );
}

/** What stands where something could not be read. */
export function Failed({ load }: { load: () => void }) {
  return (
    <p class="note bad" role="alert">
      {t("failed")}{" "}
      <button type="button" class="button" onClick={load}>
        {t("again")}
      </button>
    </p>
  );
}

function Opened({ id }: { id: string }) {
  const path = `/v1/surveys/${encodeURIComponent(id)}`;
  const loaded = useLoaded(id, async () => (await get(GetSurveyResponseSchema, path)).survey as Survey);
  const asked = useSignal<"" | "publish" | "close">("");
  const title = useRef<HTMLHeadingElement>(null);
  const survey = loaded.value;
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
  }, [survey !== undefined]);
  const [, , wanted] = route.value;
  const tab = tabsOf(survey).find((one) => one === wanted) ?? tabsOf(survey)[0];
  if (!survey) {
    return (
      <div class="column-page surveys-page">
        {loaded.state === "gone" ? (
          <div class="list-state" role="alert">
            <h1>{t("gone")}</h1>
            <a class="button" href={href("surveys")}>
              {t("back")}
            </a>
          </div>
        ) : loaded.state === "failed" ? (
          <Failed load={loaded.load} />
        ) : (
          <Reading />
        )}
      </div>
    );
  }
  const View = PAGES[tab];
  return (
    <>
      <header class="heading survey-head">
        <a class="button plain icon" href={href("surveys")} aria-label={t("back")}>
          <Icon name="back" />
        </a>
        <div>
          <h1 ref={title} tabIndex={-1} dir="auto">
            {survey.title}
          </h1>
          <p class="survey-facts">
            <State survey={survey} />
            {survey.versionNumber > 0 && !survey.isRating && (
              <span class="soft">{t("version", { number: survey.versionNumber })}</span>
            )}
          </p>
        </div>
        <div class="heading-actions">
          {survey.state === "STATE_PUBLISHED" && !survey.isRating && (
            <button type="button" class="button" aria-haspopup="dialog" onClick={() => (asked.value = "close")}>
              {t("close")}
            </button>
          )}
          {!survey.isRating && (survey.state !== "STATE_PUBLISHED" || survey.hasChanges) && (
            <button type="button" class="button main" aria-haspopup="dialog" onClick={() => (asked.value = "publish")}>
              {t("publish")}
            </button>
          )}
        </div>
      </header>
      <nav class="views" aria-label={t("pages")}>
        {tabsOf(survey).map((one) => (
          <a key={one} href={href("surveys", id, one)} aria-current={one === tab ? "page" : undefined}>
            {t(`tab.${one}`)}
          </a>
        ))}
      </nav>
      <div class="column-page surveys-page wide" key={tab}>
        <h2 class="unseen">{t(`tab.${tab}`)}</h2>
        <View survey={survey} put={loaded.put} />
      </div>
      {asked.value === "publish" && (
        <Ask
          title={t("publish.title")}
          text={t("publish.text")}
          yes={t("publish.yes")}
          close={() => (asked.value = "")}
          explain={(error) => failure(error)}
          deed={async () => {
            const answer = await post(PublishSurveyResponseSchema, `${path}:publish`, { etag: survey.etag });
            if (answer.survey) loaded.put(answer.survey);
            say(t("published", { number: answer.version?.number ?? 0 }));
          }}
        />
      )}
      {asked.value === "close" && (
        <Ask
          title={t("close.title")}
          text={t("close.text")}
          yes={t("close")}
          close={() => (asked.value = "")}
          explain={failure}
          deed={async () => {
            const answer = await post(CloseSurveyResponseSchema, `${path}:close`);
            if (answer.survey) loaded.put({ ...answer.survey, draft: answer.survey.draft ?? survey.draft });
            say(t("closed"));
          }}
        />
      )}
    </>
  );
}
