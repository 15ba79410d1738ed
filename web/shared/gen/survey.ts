// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export type AgeBand =
  | "AGE_BAND_UNSPECIFIED"
  | "AGE_BAND_18_24"
  | "AGE_BAND_25_34"
  | "AGE_BAND_35_44"
  | "AGE_BAND_45_54"
  | "AGE_BAND_55_64"
  | "AGE_BAND_65_UP";
export const AgeBandNames = ["AGE_BAND_UNSPECIFIED", "AGE_BAND_18_24", "AGE_BAND_25_34", "AGE_BAND_35_44", "AGE_BAND_45_54", "AGE_BAND_55_64", "AGE_BAND_65_UP"] as const;

export type Channel =
  | "CHANNEL_UNSPECIFIED"
  | "CHANNEL_WIDGET"
  | "CHANNEL_MAIL"
  | "CHANNEL_PAGE";
export const ChannelNames = ["CHANNEL_UNSPECIFIED", "CHANNEL_WIDGET", "CHANNEL_MAIL", "CHANNEL_PAGE"] as const;

export type Dimension =
  | "DIMENSION_UNSPECIFIED"
  | "DIMENSION_SITE"
  | "DIMENSION_TEAM"
  | "DIMENSION_TAG"
  | "DIMENSION_LANGUAGE"
  | "DIMENSION_CHANNEL"
  | "DIMENSION_MONTH"
  | "DIMENSION_AGE";
export const DimensionNames = ["DIMENSION_UNSPECIFIED", "DIMENSION_SITE", "DIMENSION_TEAM", "DIMENSION_TAG", "DIMENSION_LANGUAGE", "DIMENSION_CHANNEL", "DIMENSION_MONTH", "DIMENSION_AGE"] as const;

export type SurveyQuestionKind =
  | "QUESTION_KIND_UNSPECIFIED"
  | "QUESTION_KIND_STARS"
  | "QUESTION_KIND_CSAT"
  | "QUESTION_KIND_CES"
  | "QUESTION_KIND_NPS"
  | "QUESTION_KIND_SINGLE_CHOICE"
  | "QUESTION_KIND_MULTIPLE_CHOICE"
  | "QUESTION_KIND_SHORT_TEXT"
  | "QUESTION_KIND_LONG_TEXT"
  | "QUESTION_KIND_EMAIL"
  | "QUESTION_KIND_POSTAL_CODE"
  | "QUESTION_KIND_AGE"
  | "QUESTION_KIND_INCOME_BAND";
export const SurveyQuestionKindNames = ["QUESTION_KIND_UNSPECIFIED", "QUESTION_KIND_STARS", "QUESTION_KIND_CSAT", "QUESTION_KIND_CES", "QUESTION_KIND_NPS", "QUESTION_KIND_SINGLE_CHOICE", "QUESTION_KIND_MULTIPLE_CHOICE", "QUESTION_KIND_SHORT_TEXT", "QUESTION_KIND_LONG_TEXT", "QUESTION_KIND_EMAIL", "QUESTION_KIND_POSTAL_CODE", "QUESTION_KIND_AGE", "QUESTION_KIND_INCOME_BAND"] as const;

export type SurveyState =
  | "STATE_UNSPECIFIED"
  | "STATE_DRAFT"
  | "STATE_PUBLISHED"
  | "STATE_CLOSED";
export const SurveyStateNames = ["STATE_UNSPECIFIED", "STATE_DRAFT", "STATE_PUBLISHED", "STATE_CLOSED"] as const;

export type ThemeAccent =
  | "ACCENT_UNSPECIFIED"
  | "ACCENT_BLUE"
  | "ACCENT_GREEN"
  | "ACCENT_PLUM"
  | "ACCENT_SLATE";
export const ThemeAccentNames = ["ACCENT_UNSPECIFIED", "ACCENT_BLUE", "ACCENT_GREEN", "ACCENT_PLUM", "ACCENT_SLATE"] as const;

export interface OfferExitSurveyResponse {
  invitation: string;
  title: string;
  questionCount: number;
  asksRating: boolean;
  rating: number;
}
export const OfferExitSurveyResponseSchema: Schema<OfferExitSurveyResponse> = [
  [1, "invitation", "s"],
  [2, "title", "s"],
  [3, "questionCount", "i"],
  [4, "asksRating", "b"],
  [5, "rating", "i"],
];

export interface RateConversationResponse {
  rating: number;
  changeUntilTime: number;
}
export const RateConversationResponseSchema: Schema<RateConversationResponse> = [
  [1, "rating", "i"],
  [2, "changeUntilTime", "t"],
];

export interface CheckAgeResponse {
  agePass: string;
}
export const CheckAgeResponseSchema: Schema<CheckAgeResponse> = [
  [1, "agePass", "s"],
];

export interface Complaint {
  at: string;
  reason: string;
  detail: string;
}
export const ComplaintSchema: Schema<Complaint> = [
  [1, "at", "s"],
  [2, "reason", "s"],
  [3, "detail", "s"],
];

export interface Choice {
  id: string;
  text: string;
  sameMeaningAs: string;
}
export const ChoiceSchema: Schema<Choice> = [
  [1, "id", "s"],
  [2, "text", "s"],
  [3, "sameMeaningAs", "s"],
];

export interface SurveyQuestion {
  id: string;
  kind: SurveyQuestionKind;
  text: string;
  help: string;
  required: boolean;
  choices: Choice[];
  condition: string;
  sameMeaningAs: string;
  declaredPurpose: string;
  lowLabel: string;
  highLabel: string;
}
export const SurveyQuestionSchema: Schema<SurveyQuestion> = [
  [1, "id", "s"],
  [2, "kind", "e", SurveyQuestionKindNames],
  [3, "text", "s"],
  [4, "help", "s"],
  [5, "required", "b"],
  [6, "choices", "m", ChoiceSchema, true],
  [7, "condition", "s"],
  [8, "sameMeaningAs", "s"],
  [9, "declaredPurpose", "s"],
  [10, "lowLabel", "s"],
  [11, "highLabel", "s"],
];

export interface Section {
  id: string;
  title: string;
  condition: string;
  questions: SurveyQuestion[];
}
export const SectionSchema: Schema<Section> = [
  [1, "id", "s"],
  [2, "title", "s"],
  [3, "condition", "s"],
  [4, "questions", "m", SurveyQuestionSchema, true],
];

export interface TranslatedText {
  of: string;
  text: string;
}
export const TranslatedTextSchema: Schema<TranslatedText> = [
  [1, "of", "s"],
  [2, "text", "s"],
];

export interface Translation {
  language: string;
  texts: TranslatedText[];
}
export const TranslationSchema: Schema<Translation> = [
  [1, "language", "s"],
  [2, "texts", "m", TranslatedTextSchema, true],
];

export interface Theme {
  accent: ThemeAccent;
  compact: boolean;
}
export const ThemeSchema: Schema<Theme> = [
  [1, "accent", "e", ThemeAccentNames],
  [2, "compact", "b"],
];

export interface Definition {
  title: string;
  language: string;
  consentText: string;
  thanksText: string;
  sections: Section[];
  translations: Translation[];
  theme?: Theme | undefined;
  asksAge: boolean;
}
export const DefinitionSchema: Schema<Definition> = [
  [1, "title", "s"],
  [2, "language", "s"],
  [3, "consentText", "s"],
  [4, "thanksText", "s"],
  [5, "sections", "m", SectionSchema, true],
  [6, "translations", "m", TranslationSchema, true],
  [7, "theme", "m", ThemeSchema],
  [8, "asksAge", "b"],
];

export interface CheckDefinitionResponse {
  complaints: Complaint[];
  definition?: Definition | undefined;
}
export const CheckDefinitionResponseSchema: Schema<CheckDefinitionResponse> = [
  [1, "complaints", "m", ComplaintSchema, true],
  [2, "definition", "m", DefinitionSchema],
];

export interface Targeting {
  siteIds: string[];
  teamIds: string[];
  tags: string[];
  languages: string[];
  samplingPermille: number;
}
export const TargetingSchema: Schema<Targeting> = [
  [1, "siteIds", "s", undefined, true],
  [2, "teamIds", "s", undefined, true],
  [3, "tags", "s", undefined, true],
  [4, "languages", "s", undefined, true],
  [5, "samplingPermille", "i"],
];

export interface Survey {
  id: string;
  state: SurveyState;
  title: string;
  draft?: Definition | undefined;
  targeting?: Targeting | undefined;
  versionId: string;
  versionNumber: number;
  etag: string;
  createTime: number;
  updateTime: number;
  hasChanges: boolean;
  isRating: boolean;
}
export const SurveySchema: Schema<Survey> = [
  [1, "id", "s"],
  [2, "state", "e", SurveyStateNames],
  [3, "title", "s"],
  [4, "draft", "m", DefinitionSchema],
  [5, "targeting", "m", TargetingSchema],
  [6, "versionId", "s"],
  [7, "versionNumber", "i"],
  [8, "etag", "s"],
  [9, "createTime", "t"],
  [10, "updateTime", "t"],
  [11, "hasChanges", "b"],
  [12, "isRating", "b"],
];

export interface CloseSurveyResponse {
  survey?: Survey | undefined;
}
export const CloseSurveyResponseSchema: Schema<CloseSurveyResponse> = [
  [1, "survey", "m", SurveySchema],
];

export interface CreateSurveyResponse {
  survey?: Survey | undefined;
}
export const CreateSurveyResponseSchema: Schema<CreateSurveyResponse> = [
  [1, "survey", "m", SurveySchema],
];

export interface Row {
  value: string;
  label: string;
  counts: number[];
}
export const RowSchema: Schema<Row> = [
  [1, "value", "s"],
  [2, "label", "s"],
  [3, "counts", "i", undefined, true],
];

export interface CrossTabulateResponse {
  threshold: number;
  values: string[];
  labels: string[];
  rows: Row[];
}
export const CrossTabulateResponseSchema: Schema<CrossTabulateResponse> = [
  [1, "threshold", "i"],
  [2, "values", "s", undefined, true],
  [3, "labels", "s", undefined, true],
  [4, "rows", "m", RowSchema, true],
];

export interface Answer {
  questionId: string;
  number: number;
  choiceIds: string[];
  text: string;
}
export const AnswerSchema: Schema<Answer> = [
  [1, "questionId", "s"],
  [2, "number", "i"],
  [3, "choiceIds", "s", undefined, true],
  [4, "text", "s"],
];

export interface SurveyResponse {
  id: string;
  surveyId: string;
  versionId: string;
  day: string;
  siteId: string;
  teamId: string;
  tags: string[];
  language: string;
  channel: Channel;
  ageBand: AgeBand;
  answers: Answer[];
  wantsFollowUp: boolean;
  visitorId: string;
  isSealed: boolean;
}
export const SurveyResponseSchema: Schema<SurveyResponse> = [
  [1, "id", "s"],
  [2, "surveyId", "s"],
  [3, "versionId", "s"],
  [4, "day", "s"],
  [5, "siteId", "s"],
  [6, "teamId", "s"],
  [7, "tags", "s", undefined, true],
  [8, "language", "s"],
  [9, "channel", "e", ChannelNames],
  [10, "ageBand", "e", AgeBandNames],
  [11, "answers", "m", AnswerSchema, true],
  [12, "wantsFollowUp", "b"],
  [13, "visitorId", "s"],
  [14, "isSealed", "b"],
];

export interface GetResponseResponse {
  response?: SurveyResponse | undefined;
}
export const GetResponseResponseSchema: Schema<GetResponseResponse> = [
  [1, "response", "m", SurveyResponseSchema],
];

export interface Funnel {
  offered: number;
  opened: number;
  agePassed: number;
  submitted: number;
}
export const FunnelSchema: Schema<Funnel> = [
  [1, "offered", "i"],
  [2, "opened", "i"],
  [3, "agePassed", "i"],
  [4, "submitted", "i"],
];

export interface Cell {
  value: string;
  count: number;
}
export const CellSchema: Schema<Cell> = [
  [1, "value", "s"],
  [2, "count", "i"],
];

export interface QuestionResult {
  questionId: string;
  kind: SurveyQuestionKind;
  text: string;
  cells: Cell[];
  labels: string[];
  count: number;
  score: number;
}
export const QuestionResultSchema: Schema<QuestionResult> = [
  [1, "questionId", "s"],
  [2, "kind", "e", SurveyQuestionKindNames],
  [3, "text", "s"],
  [4, "cells", "m", CellSchema, true],
  [5, "labels", "s", undefined, true],
  [6, "count", "i"],
  [7, "score", "i"],
];

export interface DimensionValues {
  dimension: Dimension;
  cells: Cell[];
}
export const DimensionValuesSchema: Schema<DimensionValues> = [
  [1, "dimension", "e", DimensionNames],
  [2, "cells", "m", CellSchema, true],
];

export interface GetResultsResponse {
  threshold: number;
  sealTime: number;
  count: number;
  funnel?: Funnel | undefined;
  questions: QuestionResult[];
  dimensions: DimensionValues[];
  title: string;
}
export const GetResultsResponseSchema: Schema<GetResultsResponse> = [
  [1, "threshold", "i"],
  [2, "sealTime", "t"],
  [3, "count", "i"],
  [4, "funnel", "m", FunnelSchema],
  [5, "questions", "m", QuestionResultSchema, true],
  [6, "dimensions", "m", DimensionValuesSchema, true],
  [7, "title", "s"],
];

export interface GetSurveyResponse {
  survey?: Survey | undefined;
}
export const GetSurveyResponseSchema: Schema<GetSurveyResponse> = [
  [1, "survey", "m", SurveySchema],
];

export interface Month {
  month: string;
  result?: QuestionResult | undefined;
}
export const MonthSchema: Schema<Month> = [
  [1, "month", "s"],
  [2, "result", "m", QuestionResultSchema],
];

export interface GetTrendResponse {
  threshold: number;
  months: Month[];
}
export const GetTrendResponseSchema: Schema<GetTrendResponse> = [
  [1, "threshold", "i"],
  [2, "months", "m", MonthSchema, true],
];

export interface Version {
  id: string;
  surveyId: string;
  number: number;
  definition?: Definition | undefined;
  contentHash: string;
  publishTime: number;
}
export const VersionSchema: Schema<Version> = [
  [1, "id", "s"],
  [2, "surveyId", "s"],
  [3, "number", "i"],
  [4, "definition", "m", DefinitionSchema],
  [5, "contentHash", "s"],
  [6, "publishTime", "t"],
];

export interface GetVersionResponse {
  version?: Version | undefined;
}
export const GetVersionResponseSchema: Schema<GetVersionResponse> = [
  [1, "version", "m", VersionSchema],
];

export interface Contact {
  id: string;
  surveyId: string;
  email: string;
  week: string;
  responseId: string;
  visitorId: string;
}
export const ContactSchema: Schema<Contact> = [
  [1, "id", "s"],
  [2, "surveyId", "s"],
  [3, "email", "s"],
  [4, "week", "s"],
  [5, "responseId", "s"],
  [6, "visitorId", "s"],
];

export interface ListContactsResponse {
  contacts: Contact[];
  nextPageToken: string;
}
export const ListContactsResponseSchema: Schema<ListContactsResponse> = [
  [1, "contacts", "m", ContactSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListResponsesResponse {
  responses: SurveyResponse[];
  nextPageToken: string;
}
export const ListResponsesResponseSchema: Schema<ListResponsesResponse> = [
  [1, "responses", "m", SurveyResponseSchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListSurveysResponse {
  surveys: Survey[];
  nextPageToken: string;
}
export const ListSurveysResponseSchema: Schema<ListSurveysResponse> = [
  [1, "surveys", "m", SurveySchema, true],
  [2, "nextPageToken", "s"],
];

export interface ListVersionsResponse {
  versions: Version[];
  nextPageToken: string;
}
export const ListVersionsResponseSchema: Schema<ListVersionsResponse> = [
  [1, "versions", "m", VersionSchema, true],
  [2, "nextPageToken", "s"],
];

export interface OpenSurveyResponse {
  definition?: Definition | undefined;
  needsAge: boolean;
  isAnswered: boolean;
  replaceUntilTime: number;
  versionId: string;
  keptDays: number;
  textsKeptDays: number;
  isOfVisitor: boolean;
}
export const OpenSurveyResponseSchema: Schema<OpenSurveyResponse> = [
  [1, "definition", "m", DefinitionSchema],
  [2, "needsAge", "b"],
  [3, "isAnswered", "b"],
  [4, "replaceUntilTime", "t"],
  [5, "versionId", "s"],
  [6, "keptDays", "i"],
  [7, "textsKeptDays", "i"],
  [8, "isOfVisitor", "b"],
];

export interface PublishSurveyResponse {
  survey?: Survey | undefined;
  version?: Version | undefined;
}
export const PublishSurveyResponseSchema: Schema<PublishSurveyResponse> = [
  [1, "survey", "m", SurveySchema],
  [2, "version", "m", VersionSchema],
];

export interface SurveyText {
  id: string;
  responseId: string;
  questionId: string;
  text: string;
  tags: string[];
}
export const SurveyTextSchema: Schema<SurveyText> = [
  [1, "id", "s"],
  [2, "responseId", "s"],
  [3, "questionId", "s"],
  [4, "text", "s"],
  [5, "tags", "s", undefined, true],
];

export interface SearchTextsResponse {
  texts: SurveyText[];
  nextPageToken: string;
}
export const SearchTextsResponseSchema: Schema<SearchTextsResponse> = [
  [1, "texts", "m", SurveyTextSchema, true],
  [2, "nextPageToken", "s"],
];

export interface SubmitResponseResponse {
  keptCount: number;
  droppedCount: number;
  replaceUntilTime: number;
  replaced: boolean;
}
export const SubmitResponseResponseSchema: Schema<SubmitResponseResponse> = [
  [1, "keptCount", "i"],
  [2, "droppedCount", "i"],
  [3, "replaceUntilTime", "t"],
  [4, "replaced", "b"],
];

export interface TagTextResponse {
  text?: SurveyText | undefined;
}
export const TagTextResponseSchema: Schema<TagTextResponse> = [
  [1, "text", "m", SurveyTextSchema],
];

export interface UpdateSurveyResponse {
  survey?: Survey | undefined;
}
export const UpdateSurveyResponseSchema: Schema<UpdateSurveyResponse> = [
  [1, "survey", "m", SurveySchema],
];
