/**
 * What the surveys' pages read and write, and what a draft is while somebody works on it.
 *
 * A draft that was not saved stays in this page's memory when its writer looks at something else. It owns how parts get
 * their ids: a browser's own random ones, which the service takes as they are and never gives to anything else.
 */
import { type Signal, signal } from "@preact/signals";
import { ApiError, reasonOf } from "../../shared/api.ts";
import { ListTagsResponseSchema } from "../../shared/gen/desk.ts";
import { ListSitesResponseSchema } from "../../shared/gen/frames.ts";
import { ListTeamsResponseSchema } from "../../shared/gen/routing.ts";
import {
  type Choice,
  CreateSurveyResponseSchema,
  type Definition,
  type Section,
  type Survey,
  type SurveyQuestion,
  type SurveyQuestionKind,
  type Targeting,
  UpdateSurveyResponseSchema,
} from "../../shared/gen/survey.ts";
import { get, newRequestId, post } from "../privacy/data.ts";
import { api } from "../session.ts";
import { t } from "./words.ts";

/** The kinds that somebody can ask for, in the order of the menu. The age is the system's own. */
export const KINDS = [
  "QUESTION_KIND_CSAT",
  "QUESTION_KIND_NPS",
  "QUESTION_KIND_CES",
  "QUESTION_KIND_STARS",
  "QUESTION_KIND_SINGLE_CHOICE",
  "QUESTION_KIND_MULTIPLE_CHOICE",
  "QUESTION_KIND_SHORT_TEXT",
  "QUESTION_KIND_LONG_TEXT",
  "QUESTION_KIND_EMAIL",
  "QUESTION_KIND_POSTAL_CODE",
  "QUESTION_KIND_INCOME_BAND",
] as const satisfies readonly SurveyQuestionKind[];

/** What somebody works on. */
export interface Work {
  definition: Definition;
  targeting: Targeting;
}

/** Work that was not saved, by survey. */
const works = new Map<string, Signal<Work | undefined>>();

/** Returns what somebody works on in a survey; nothing before it was begun. */
export function workOf(surveyId: string): Signal<Work | undefined> {
  const known = works.get(surveyId);
  if (known) return known;
  const fresh = signal<Work | undefined>(undefined);
  works.set(surveyId, fresh);
  return fresh;
}

export const EVERYBODY: Targeting = { siteIds: [], teamIds: [], tags: [], languages: [], samplingPermille: 1000 };

/** Returns a survey as work that has not begun. */
export function begun(survey: Survey): Work {
  return {
    definition: survey.draft ?? emptyDefinition(survey.title),
    targeting: survey.targeting ?? EVERYBODY,
  };
}

function emptyDefinition(title: string): Definition {
  return {
    title,
    language: "en",
    consentText: "",
    thanksText: "",
    sections: [],
    translations: [],
    theme: undefined,
    asksAge: false,
  };
}

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Returns an id for a new part of a survey. */
export function newId(kind: "s" | "q" | "c"): string {
  const drawn = crypto.getRandomValues(new Uint8Array(8));
  return `${kind}_${[...drawn].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}

export function newChoice(text = ""): Choice {
  return { id: newId("c"), text, sameMeaningAs: "" };
}

export function newQuestion(kind: SurveyQuestionKind, text = ""): SurveyQuestion {
  const withChoices = kind.endsWith("CHOICE") || kind === "QUESTION_KIND_INCOME_BAND";
  return {
    id: newId("q"),
    kind,
    text,
    help: "",
    required: false,
    choices: withChoices ? [newChoice(), newChoice()] : [],
    condition: "",
    sameMeaningAs: "",
    declaredPurpose: "",
    lowLabel: "",
    highLabel: "",
  };
}

export function newSection(): Section {
  return { id: newId("s"), title: "", condition: "", questions: [] };
}

/** Makes a survey with a first question; the same request makes one. */
export async function create(title: string, requestId: string): Promise<Survey> {
  const definition = { ...emptyDefinition(title), sections: [{ ...newSection(), questions: [first()] }] };
  const body = { definition: plain(definition), targeting: EVERYBODY, requestId };
  const { survey } = await post(CreateSurveyResponseSchema, "/v1/surveys", body);
  if (!survey) throw new ApiError(0, "UNREADABLE");
  return survey;
}

function first(): SurveyQuestion {
  return { ...newQuestion("QUESTION_KIND_CSAT", t("first")), lowLabel: t("first.low"), highLabel: t("first.high") };
}

/** Returns a definition as it is sent: without the theme where none was chosen. */
export function plain(definition: Definition): unknown {
  const { theme, ...rest } = definition;
  return theme ? { ...rest, theme } : rest;
}

/** Saves work; throws where somebody else changed the survey since it was read with this etag. */
export async function save(surveyId: string, work: Work, etag: string): Promise<Survey> {
  const body = { definition: plain(work.definition), targeting: work.targeting, etag };
  const path = `/v1/surveys/${encodeURIComponent(surveyId)}`;
  const { survey } = await api.call(UpdateSurveyResponseSchema, "PATCH", path, body);
  if (!survey) throw new ApiError(0, "UNREADABLE");
  return survey;
}

/** Something that has a name besides its id. */
export interface Named {
  id: string;
  name: string;
}

/** The tenant's sites, teams and tags, for names in the place of ids. */
export const places = signal<{ sites: readonly Named[]; teams: readonly Named[]; tags: readonly Named[] }>({
  sites: [],
  teams: [],
  tags: [],
});

/** Reads them. Without them ids are shown. */
export async function readPlaces(): Promise<void> {
  const [sites, teams, tags] = await Promise.all([
    get(ListSitesResponseSchema, "/v1/sites", { pageSize: 200 }).then((page) => page.sites),
    get(ListTeamsResponseSchema, "/v1/teams", { pageSize: 200 }).then((page) => page.teams),
    get(ListTagsResponseSchema, "/v1/tags").then((page) => page.tags),
  ]);
  places.value = {
    sites: sites.map(({ id, displayName }) => ({ id, name: displayName })),
    teams: teams.map(({ id, displayName }) => ({ id, name: displayName })),
    tags: tags.map(({ id, word }) => ({ id, name: word })),
  };
}

/** Returns the name of a site, a team or a tag. */
export function nameOf(id: string): string {
  const { sites, teams, tags } = places.value;
  return [...sites, ...teams, ...tags].find((one) => one.id === id)?.name ?? id;
}

/** Returns what to say of a deed that failed. */
export function failure(error: unknown): string {
  const reason = reasonOf(error);
  const field = error instanceof ApiError ? error.fields[0]?.field : undefined;
  return reason === "SURVEY_CHANGED" ? t("changed") : t(field ? "failed.field" : "failed.deed");
}

export { newRequestId };
