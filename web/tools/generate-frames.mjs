/**
 * Writes shared/gen/ from the contract's descriptor set (stubs/contract.binpb): frames.ts, and one file more for each
 * section of the console that is loaded only when somebody opens it.
 *
 * A file holds one TypeScript interface and one codec table for each message that the browser meets, so that a
 * message looks the same whether it came as protobuf on the socket or as proto3 JSON from a REST call. The general
 * protobuf runtime weighs 18 kB gz, which the panel's budget cannot hold; it is used here and in the tests instead,
 * where it checks that the tables agree with it. `--check` compares with what is committed and writes nothing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createFileRegistry, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const CONTRACT = new URL("../../stubs/contract.binpb", import.meta.url);
const FOLDER = new URL("../shared/gen/", import.meta.url);

/** What panel and inbox read or write; what these refer to comes along. */
const FRAMES = [
  "parley.chat.v1.ClientFrame",
  "parley.chat.v1.ServerFrame",
  "parley.chat.v1.StartConversationResponse",
  "parley.chat.v1.GetConversationResponse",
  "parley.chat.v1.ClaimConversationResponse",
  "parley.chat.v1.CloseConversationResponse",
  "parley.chat.v1.MonitorConversationResponse",
  "parley.chat.v1.StopMonitoringResponse",
  "parley.chat.v1.ListConversationsRequest",
  "parley.chat.v1.ListConversationsResponse",
  "parley.chat.v1.ListMessagesResponse",
  "parley.chat.v1.PostMessageResponse",
  "parley.chat.v1.ListReadersResponse",
  "parley.chat.v1.WatchConversationResponse",
  "parley.identity.v1.GetWidgetSiteResponse",
  "parley.identity.v1.ListSitesResponse",
  "parley.identity.v1.GetMeResponse",
  "parley.privacy.v1.GetCurrentNoticeResponse",
];

/** What only the console's privacy section reads. */
const PRIVACY = [
  "parley.identity.v1.GetSettingsResponse",
  "parley.identity.v1.ListStaffResponse",
  "parley.identity.v1.UpdateSettingResponse",
  "parley.identity.v1.CreateSupportGrantResponse",
  "parley.identity.v1.ListSupportGrantsResponse",
  "parley.identity.v1.RevokeSupportGrantResponse",
  "parley.privacy.v1.AnswerFeedbackResponse",
  "parley.privacy.v1.AnswerRequestResponse",
  "parley.privacy.v1.CloseCaseResponse",
  "parley.privacy.v1.ConfirmCaseResponse",
  "parley.privacy.v1.ConfirmHoldResponse",
  "parley.privacy.v1.ConfirmProofResponse",
  "parley.privacy.v1.ConfirmReleaseResponse",
  "parley.privacy.v1.CreateCaseResponse",
  "parley.privacy.v1.CreateHoldResponse",
  "parley.privacy.v1.CreateRequestResponse",
  "parley.privacy.v1.DiffNoticesResponse",
  "parley.privacy.v1.DiffPoliciesResponse",
  "parley.privacy.v1.FillTemplateResponse",
  "parley.privacy.v1.GetCaseResponse",
  "parley.privacy.v1.GetCurrentPolicyResponse",
  "parley.privacy.v1.GetFeedbackResponse",
  "parley.privacy.v1.GetHoldResponse",
  "parley.privacy.v1.GetNoticeResponse",
  "parley.privacy.v1.GetPolicyResponse",
  "parley.privacy.v1.GetRequestResponse",
  "parley.privacy.v1.LiftRestrictionResponse",
  "parley.privacy.v1.ListBrowserCountsResponse",
  "parley.privacy.v1.ListBrowserLogResponse",
  "parley.privacy.v1.ListCasesResponse",
  "parley.privacy.v1.ListFeedbackResponse",
  "parley.privacy.v1.ListHoldsResponse",
  "parley.privacy.v1.ListLedgerResponse",
  "parley.privacy.v1.ListNoticesResponse",
  "parley.privacy.v1.ListPoliciesResponse",
  "parley.privacy.v1.ListPurgesResponse",
  "parley.privacy.v1.ListRecipientsResponse",
  "parley.privacy.v1.ListRefusalsResponse",
  "parley.privacy.v1.ListRemindersResponse",
  "parley.privacy.v1.ListRequestsResponse",
  "parley.privacy.v1.ListTemplatesResponse",
  "parley.privacy.v1.PreviewNoticeResponse",
  "parley.privacy.v1.PreviewPolicyResponse",
  "parley.privacy.v1.PreviewPurgeResponse",
  "parley.privacy.v1.PublishNoticeResponse",
  "parley.privacy.v1.PublishPolicyResponse",
  "parley.privacy.v1.ReleaseHoldResponse",
  "parley.privacy.v1.VerifyLedgerResponse",
  "parley.privacy.v1.WithdrawHoldResponse",
];

/** What the console reads of the desk beside the talk: tags, notes, canned replies, people, blocks. */
const DESK = [
  "parley.chat.v1.AddNoteResponse",
  "parley.chat.v1.CreateCannedReplyResponse",
  "parley.chat.v1.CreateTagResponse",
  "parley.chat.v1.ListBlocksResponse",
  "parley.chat.v1.ListCannedRepliesResponse",
  "parley.chat.v1.ListNotesResponse",
  "parley.chat.v1.ListPersonConversationsResponse",
  "parley.chat.v1.ListPersonMessagesResponse",
  "parley.chat.v1.ListTagsResponse",
  "parley.chat.v1.SetConversationTagsResponse",
  "parley.chat.v1.UpdateCannedReplyResponse",
  "parley.chat.v1.UpdateTagResponse",
];

/** What only those parts of the inbox read that say who answers. */
const ROUTING = [
  "parley.chat.v1.GetMyPresenceResponse",
  "parley.chat.v1.SetMyPresenceResponse",
  "parley.chat.v1.ListOperatorsResponse",
  "parley.chat.v1.UpdateOperatorResponse",
  "parley.chat.v1.HandOverConversationsResponse",
  "parley.chat.v1.ListRoutingRulesResponse",
  "parley.chat.v1.SetSiteRoutingResponse",
  "parley.chat.v1.SetTeamRoutingResponse",
  "parley.chat.v1.TransferConversationResponse",
  "parley.chat.v1.AcceptTransferResponse",
  "parley.chat.v1.ReturnTransferResponse",
  "parley.chat.v1.ListTransfersResponse",
  "parley.chat.v1.ListRunningConversationsResponse",
  "parley.identity.v1.ListTeamsResponse",
];

/** What only the console's settings read. */
const SETTINGS = [
  "parley.identity.v1.ChangePasswordResponse",
  "parley.identity.v1.ConfirmSecondFactorResponse",
  "parley.identity.v1.CancelClosureResponse",
  "parley.identity.v1.EndIdentitySecretResponse",
  "parley.identity.v1.GetClosureResponse",
  "parley.identity.v1.GetOidcProviderResponse",
  "parley.identity.v1.RemoveOidcProviderResponse",
  "parley.identity.v1.SetOidcProviderResponse",
  "parley.identity.v1.RequestClosureResponse",
  "parley.identity.v1.GetIdentityKeyResponse",
  "parley.identity.v1.GetIdentitySecretResponse",
  "parley.identity.v1.RemoveIdentityKeyResponse",
  "parley.identity.v1.RotateIdentitySecretResponse",
  "parley.identity.v1.SetIdentityKeyResponse",
  "parley.identity.v1.GetSecondFactorResponse",
  "parley.identity.v1.ProveMeResponse",
  "parley.identity.v1.RemoveSecondFactorResponse",
  "parley.identity.v1.RenewRecoveryCodesResponse",
  "parley.identity.v1.ResetSecondFactorResponse",
  "parley.identity.v1.StartSecondFactorResponse",
  "parley.identity.v1.CreateApiKeyResponse",
  "parley.identity.v1.CreateSiteResponse",
  "parley.identity.v1.CreateTeamResponse",
  "parley.identity.v1.CreateTenantResponse",
  "parley.identity.v1.GetHoursResponse",
  "parley.identity.v1.GetSiteResponse",
  "parley.identity.v1.InviteStaffResponse",
  "parley.identity.v1.ListApiKeyScopesResponse",
  "parley.identity.v1.ListApiKeysResponse",
  "parley.identity.v1.ListAuditEntriesResponse",
  "parley.identity.v1.ListSessionsResponse",
  "parley.identity.v1.ListTeamsResponse",
  "parley.identity.v1.RepeatInvitationResponse",
  "parley.identity.v1.RevokeApiKeyResponse",
  "parley.identity.v1.RotateApiKeyResponse",
  "parley.identity.v1.RevokeOtherSessionsResponse",
  "parley.identity.v1.RevokeSessionResponse",
  "parley.identity.v1.UpdateSiteResponse",
  "parley.identity.v1.UpdateStaffResponse",
];
/** What only the console's transcripts and reports read. */
const TRANSCRIPTS = [
  "parley.chat.v1.SearchTranscriptsResponse",
  "parley.chat.v1.GetTranscriptResponse",
  "parley.chat.v1.CancelExportResponse",
  "parley.chat.v1.CreateExportResponse",
  "parley.chat.v1.ListExportsResponse",
];
const REPORTS = ["parley.chat.v1.GetReportResponse"];

/** The files, in order: what an earlier one has, a later one takes from there. */
const FILES = {
  "frames.ts": FRAMES,
  "privacy.ts": PRIVACY,
  "desk.ts": DESK,
  "routing.ts": ROUTING,
  "settings.ts": SETTINGS,
  "transcripts.ts": TRANSCRIPTS,
  "reports.ts": REPORTS,
};

/** The kinds that the codec can write; a client frame may use no other. */
const WRITABLE = new Set(["s", "b", "i", "m"]);

/** What only the console's community section reads. */
FILES["community.ts"] = [
  "parley.community.v1.ArrangeTopicResponse",
  "parley.community.v1.CreateSpaceResponse",
  "parley.community.v1.DecideAppealResponse",
  "parley.community.v1.DecideModerationCaseResponse",
  "parley.community.v1.DecideReviewResponse",
  "parley.community.v1.GetCurrentTermsResponse",
  "parley.community.v1.GetMemberResponse",
  "parley.community.v1.GetModerationCaseResponse",
  "parley.community.v1.GetReviewResponse",
  "parley.community.v1.GetTermsResponse",
  "parley.community.v1.GetTopicResponse",
  "parley.community.v1.ImportCommunityResponse",
  "parley.community.v1.InviteMemberResponse",
  "parley.community.v1.ListMembershipsResponse",
  "parley.community.v1.ListModerationCasesResponse",
  "parley.community.v1.ListPostsResponse",
  "parley.community.v1.ListReviewsResponse",
  "parley.community.v1.ListSpacesResponse",
  "parley.community.v1.ListTermsResponse",
  "parley.community.v1.ListTopicsResponse",
  "parley.community.v1.MovePostsResponse",
  "parley.community.v1.PublishTermsResponse",
  "parley.community.v1.SuspendMemberResponse",
  "parley.community.v1.UpdateSpaceResponse",
];

/** What only the console's integrations read. */
FILES["integrations.ts"] = [
  "parley.privacy.v1.CreateWebhookResponse",
  "parley.privacy.v1.DeleteWebhookResponse",
  "parley.privacy.v1.ListWebhookDeliveriesResponse",
  "parley.privacy.v1.ListWebhookEventsResponse",
  "parley.privacy.v1.ListWebhooksResponse",
  "parley.privacy.v1.ReplayWebhookDeliveryResponse",
  "parley.privacy.v1.RotateWebhookSecretResponse",
  "parley.privacy.v1.TestWebhookResponse",
  "parley.privacy.v1.UpdateWebhookResponse",
];

/** What the panel's survey and the console's surveys read. */
FILES["survey.ts"] = [
  "parley.chat.v1.OfferExitSurveyResponse",
  "parley.chat.v1.RateConversationResponse",
  "parley.survey.v1.CheckAgeResponse",
  "parley.survey.v1.CheckDefinitionResponse",
  "parley.survey.v1.CloseSurveyResponse",
  "parley.survey.v1.CreateSurveyResponse",
  "parley.survey.v1.CrossTabulateResponse",
  "parley.survey.v1.GetResponseResponse",
  "parley.survey.v1.GetResultsResponse",
  "parley.survey.v1.GetSurveyResponse",
  "parley.survey.v1.GetTrendResponse",
  "parley.survey.v1.GetVersionResponse",
  "parley.survey.v1.ListContactsResponse",
  "parley.survey.v1.ListResponsesResponse",
  "parley.survey.v1.ListSurveysResponse",
  "parley.survey.v1.ListVersionsResponse",
  "parley.survey.v1.OpenSurveyResponse",
  "parley.survey.v1.PublishSurveyResponse",
  "parley.survey.v1.SearchTextsResponse",
  "parley.survey.v1.SubmitResponseResponse",
  "parley.survey.v1.TagTextResponse",
  "parley.survey.v1.UpdateSurveyResponse",
];

/** What only the console's tickets read. */
FILES["support.ts"] = [
  "parley.support.v1.ChangeTicketsResponse",
  "parley.support.v1.CountTicketsResponse",
  "parley.support.v1.CreateCalendarResponse",
  "parley.support.v1.CreateFieldResponse",
  "parley.support.v1.CreateMacroResponse",
  "parley.support.v1.CreateMailboxResponse",
  "parley.support.v1.CreateQueueResponse",
  "parley.support.v1.CreateRuleResponse",
  "parley.support.v1.CreateSavedViewResponse",
  "parley.support.v1.CreateTicketTagResponse",
  "parley.support.v1.GetDeskReportResponse",
  "parley.support.v1.GetTicketResponse",
  "parley.support.v1.ListCalendarsResponse",
  "parley.support.v1.ListFieldsResponse",
  "parley.support.v1.ListLevelsResponse",
  "parley.support.v1.ListMacrosResponse",
  "parley.support.v1.ListMailboxesResponse",
  "parley.support.v1.ListQueuesResponse",
  "parley.support.v1.ListRuleRunsResponse",
  "parley.support.v1.ListRulesResponse",
  "parley.support.v1.ListSavedViewsResponse",
  "parley.support.v1.ListSenderDomainsResponse",
  "parley.support.v1.ListTicketFilesResponse",
  "parley.support.v1.ListTicketTagsResponse",
  "parley.support.v1.ListTicketsResponse",
  "parley.support.v1.OpenTicketFileResponse",
  "parley.support.v1.OpenTicketResponse",
  "parley.support.v1.ReportPresenceResponse",
  "parley.support.v1.SearchTicketsResponse",
  "parley.support.v1.SetLevelResponse",
  "parley.support.v1.SubmitTicketResponse",
  "parley.support.v1.TryRuleResponse",
  "parley.support.v1.UndoAnswerResponse",
  "parley.support.v1.UndoChangeResponse",
  "parley.support.v1.UpdateCalendarResponse",
  "parley.support.v1.UpdateFieldResponse",
  "parley.support.v1.UpdateMacroResponse",
  "parley.support.v1.UpdateQueueResponse",
  "parley.support.v1.UpdateRuleResponse",
  "parley.support.v1.UpdateSavedViewResponse",
  "parley.support.v1.UpdateTicketTagResponse",
  "parley.support.v1.UploadTicketFileResponse",
  "parley.support.v1.WatchTicketsResponse",
];

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(CONTRACT)));
const messages = new Map();
const enums = new Map();

/** What is called here by another name, since the name alone stands for something else already. */
const RENAMED = {
  "parley.support.v1.Metric": "TicketMetric",
  "parley.survey.v1.Question": "SurveyQuestion",
  "parley.survey.v1.QuestionKind": "SurveyQuestionKind",
  "parley.survey.v1.Response": "SurveyResponse",
  "parley.survey.v1.Text": "SurveyText",
};

function typeName(desc) {
  if (desc.typeName in RENAMED) return RENAMED[desc.typeName];
  // Nested types get their parent's name in front: Conversation.State becomes ConversationState.
  return desc.typeName.slice(desc.file.proto.package.length + 1).replaceAll(".", "");
}

function kindOf(field) {
  if (field.fieldKind === "map") {
    if (field.mapKey !== ScalarType.STRING || field.scalar !== ScalarType.INT64) throw new Error(`${field}: map`);
    return ["h", "Record<string, number>"];
  }
  const message = field.message;
  if (message) {
    if (message.typeName === "google.protobuf.Timestamp") return ["t", "number"];
    visit(message);
    return ["m", typeName(message), `${typeName(message)}Schema`];
  }
  if (field.enum) {
    enums.set(typeName(field.enum), field.enum);
    return ["e", typeName(field.enum), `${typeName(field.enum)}Names`];
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return ["s", "string"];
    case ScalarType.BOOL:
      return ["b", "boolean"];
    case ScalarType.INT32:
    case ScalarType.INT64:
    case ScalarType.UINT32:
    case ScalarType.UINT64:
    // Scores travel as JSON only, where every number is read alike.
    case ScalarType.DOUBLE:
      return ["i", "number"];
    default:
      throw new Error(`${field}: the codec does not know this kind yet`);
  }
}

function visit(message) {
  const name = typeName(message);
  const known = messages.get(name);
  if (known) {
    if (known.desc !== message) throw new Error(`two messages are called ${name}`);
    if (!known.done) throw new Error(`${name} contains itself; the tables cannot say that yet`);
    return;
  }
  const entry = { desc: message, fields: [], done: false };
  messages.set(name, entry);
  for (const field of message.fields) {
    const [kind, type, reference] = kindOf(field);
    entry.fields.push({ field, kind, type, reference, repeated: field.fieldKind === "list" });
  }
  entry.done = true;
  // Written after what it refers to, so that every table stands before its first use.
  messages.delete(name);
  messages.set(name, entry);
}

function assertWritable(name) {
  for (const { field, kind, type } of messages.get(name).fields) {
    if (!WRITABLE.has(kind)) throw new Error(`${field}: a client frame uses a kind that the codec only reads`);
    if (kind === "m") assertWritable(type);
  }
}

function written(values) {
  return values.map((value) => `"${value}"`);
}

function linesOf(name, { fields }) {
  const lines = [fields.length === 0 ? `export type ${name} = Record<string, never>;` : `export interface ${name} {`];
  for (const { field, kind, type, repeated } of fields) {
    const optional = kind === "m" && !repeated ? "?" : "";
    lines.push(`  ${field.jsonName}${optional}: ${type}${repeated ? "[]" : ""}${optional ? " | undefined" : ""};`);
  }
  if (fields.length > 0) lines.push("}");
  lines.push(`export const ${name}Schema: Schema<${name}> = [`);
  for (const { field, kind, reference, repeated } of fields) {
    const inOneof = field.oneof !== undefined && kind !== "m";
    if (inOneof && kind !== "s") throw new Error(`${field}: only messages and strings may stand in a oneof`);
    const parts = [field.number, `"${field.jsonName}"`, `"${kind}"`];
    if (reference || repeated) parts.push(reference ?? "undefined");
    if (repeated) parts.push("true");
    lines.push(`  [${parts.join(", ")}],`);
  }
  lines.push("];", "");
  return lines;
}

/** Which file has which name. */
const homes = new Map();

function render(file, roots) {
  for (const root of roots) {
    const message = registry.getMessage(root);
    if (!message) throw new Error(`${root} is not in the contract`);
    visit(message);
  }
  const lines = [];
  const taken = new Map();
  const take = (name) => {
    const home = homes.get(name.replace(/(Names|Schema)$/, "")) ?? homes.get(name);
    if (home && home !== file) taken.set(name, home);
  };
  const fresh = (all) => [...all].filter(([name]) => !homes.has(name));
  const newEnums = fresh(enums).sort(([a], [b]) => (a < b ? -1 : 1));
  const newMessages = fresh(messages);
  for (const [name] of [...newEnums, ...newMessages]) homes.set(name, file);
  for (const [name, desc] of newEnums) {
    const values = [];
    for (const value of desc.values) values[value.number] = value.name;
    // A number that the contract skips stands for nothing that is known.
    for (let number = 0; number < values.length; number++) values[number] ??= values[0];
    lines.push(`export type ${name} =\n  | ${written([...new Set(values)]).join("\n  | ")};`);
    lines.push(`export const ${name}Names = [${written(values).join(", ")}] as const;`, "");
  }
  for (const [name, message] of newMessages) {
    for (const { kind, type, reference } of message.fields) {
      if (kind === "m" || kind === "e") {
        take(type);
        take(reference);
      }
    }
    lines.push(...linesOf(name, message));
  }
  const imports = [...new Set(taken.values())].map((home) => {
    const names = [...taken].filter(([, from]) => from === home).map(([name]) => name);
    const named = names.sort().map((name) => (/(Names|Schema)$/.test(name) ? name : `type ${name}`));
    return `import { ${named.join(", ")} } from "./${home}";`;
  });
  return [
    "// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.",
    "// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.",
    'import type { Schema } from "../codec.ts";',
    ...imports,
    "",
    ...lines,
  ].join("\n");
}

for (const [file, roots] of Object.entries(FILES)) {
  const text = render(file, roots);
  const target = new URL(file, FOLDER);
  if (process.argv.includes("--check")) {
    if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
      console.error(`shared/gen/${file} does not match the contract: run \`npm run gen\` and commit what it writes.`);
      process.exit(1);
    }
  } else {
    writeFileSync(target, text);
  }
}
assertWritable("ClientFrame");
