// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";
import { type Site, SiteSchema, type Staff, StaffSchema, type Tenant, TenantSchema } from "./frames.ts";
import { type Team, TeamSchema } from "./routing.ts";

export type ChangePasswordResponse = Record<string, never>;
export const ChangePasswordResponseSchema: Schema<ChangePasswordResponse> = [
];

export interface ConfirmSecondFactorResponse {
  recoveryCodes: string[];
}
export const ConfirmSecondFactorResponseSchema: Schema<ConfirmSecondFactorResponse> = [
  [1, "recoveryCodes", "s", undefined, true],
];

export type CancelClosureResponse = Record<string, never>;
export const CancelClosureResponseSchema: Schema<CancelClosureResponse> = [
];

export type EndIdentitySecretResponse = Record<string, never>;
export const EndIdentitySecretResponseSchema: Schema<EndIdentitySecretResponse> = [
];

export interface Closure {
  requestedBy: string;
  createTime: number;
  dueTime: number;
}
export const ClosureSchema: Schema<Closure> = [
  [1, "requestedBy", "s"],
  [2, "createTime", "t"],
  [3, "dueTime", "t"],
];

export interface GetClosureResponse {
  closure?: Closure | undefined;
}
export const GetClosureResponseSchema: Schema<GetClosureResponse> = [
  [1, "closure", "m", ClosureSchema],
];

export interface OidcProvider {
  issuer: string;
  clientId: string;
  updateTime: number;
  redirectUri: string;
}
export const OidcProviderSchema: Schema<OidcProvider> = [
  [1, "issuer", "s"],
  [2, "clientId", "s"],
  [3, "updateTime", "t"],
  [4, "redirectUri", "s"],
];

export interface GetOidcProviderResponse {
  provider?: OidcProvider | undefined;
  allowedIssuers: string[];
}
export const GetOidcProviderResponseSchema: Schema<GetOidcProviderResponse> = [
  [1, "provider", "m", OidcProviderSchema],
  [2, "allowedIssuers", "s", undefined, true],
];

export type RemoveOidcProviderResponse = Record<string, never>;
export const RemoveOidcProviderResponseSchema: Schema<RemoveOidcProviderResponse> = [
];

export interface SetOidcProviderResponse {
  provider?: OidcProvider | undefined;
}
export const SetOidcProviderResponseSchema: Schema<SetOidcProviderResponse> = [
  [1, "provider", "m", OidcProviderSchema],
];

export interface RequestClosureResponse {
  closure?: Closure | undefined;
}
export const RequestClosureResponseSchema: Schema<RequestClosureResponse> = [
  [1, "closure", "m", ClosureSchema],
];

export interface GetIdentityKeyResponse {
  publicKey: string;
  createTime: number;
  previousExpireTime: number;
}
export const GetIdentityKeyResponseSchema: Schema<GetIdentityKeyResponse> = [
  [1, "publicKey", "s"],
  [2, "createTime", "t"],
  [3, "previousExpireTime", "t"],
];

export interface GetIdentitySecretResponse {
  isOn: boolean;
  createTime: number;
  previousExpireTime: number;
}
export const GetIdentitySecretResponseSchema: Schema<GetIdentitySecretResponse> = [
  [1, "isOn", "b"],
  [2, "createTime", "t"],
  [3, "previousExpireTime", "t"],
];

export type RemoveIdentityKeyResponse = Record<string, never>;
export const RemoveIdentityKeyResponseSchema: Schema<RemoveIdentityKeyResponse> = [
];

export interface RotateIdentitySecretResponse {
  secret: string;
  previousExpireTime: number;
}
export const RotateIdentitySecretResponseSchema: Schema<RotateIdentitySecretResponse> = [
  [1, "secret", "s"],
  [2, "previousExpireTime", "t"],
];

export interface SetIdentityKeyResponse {
  previousExpireTime: number;
}
export const SetIdentityKeyResponseSchema: Schema<SetIdentityKeyResponse> = [
  [1, "previousExpireTime", "t"],
];

export interface GetSecondFactorResponse {
  isOn: boolean;
  isRequired: boolean;
  recoveryCodeCount: number;
  confirmTime: number;
}
export const GetSecondFactorResponseSchema: Schema<GetSecondFactorResponse> = [
  [1, "isOn", "b"],
  [2, "isRequired", "b"],
  [3, "recoveryCodeCount", "i"],
  [4, "confirmTime", "t"],
];

export interface ProveMeResponse {
  freshUntilTime: number;
}
export const ProveMeResponseSchema: Schema<ProveMeResponse> = [
  [1, "freshUntilTime", "t"],
];

export type RemoveSecondFactorResponse = Record<string, never>;
export const RemoveSecondFactorResponseSchema: Schema<RemoveSecondFactorResponse> = [
];

export interface RenewRecoveryCodesResponse {
  recoveryCodes: string[];
}
export const RenewRecoveryCodesResponseSchema: Schema<RenewRecoveryCodesResponse> = [
  [1, "recoveryCodes", "s", undefined, true],
];

export type ResetSecondFactorResponse = Record<string, never>;
export const ResetSecondFactorResponseSchema: Schema<ResetSecondFactorResponse> = [
];

export interface NewSecondFactor {
  secret: string;
  otpauthUri: string;
  qrPath: string;
  qrSize: number;
}
export const NewSecondFactorSchema: Schema<NewSecondFactor> = [
  [1, "secret", "s"],
  [2, "otpauthUri", "s"],
  [3, "qrPath", "s"],
  [4, "qrSize", "i"],
];

export interface StartSecondFactorResponse {
  secondFactor?: NewSecondFactor | undefined;
}
export const StartSecondFactorResponseSchema: Schema<StartSecondFactorResponse> = [
  [1, "secondFactor", "m", NewSecondFactorSchema],
];

export interface ApiKey {
  id: string;
  displayName: string;
  scopes: string[];
  createTime: number;
  revokeTime: number;
  expireTime: number;
  lastUseTime: number;
  overlapEndTime: number;
}
export const ApiKeySchema: Schema<ApiKey> = [
  [1, "id", "s"],
  [2, "displayName", "s"],
  [3, "scopes", "s", undefined, true],
  [4, "createTime", "t"],
  [5, "revokeTime", "t"],
  [6, "expireTime", "t"],
  [7, "lastUseTime", "t"],
  [8, "overlapEndTime", "t"],
];

export interface CreateApiKeyResponse {
  apiKey?: ApiKey | undefined;
  secret: string;
}
export const CreateApiKeyResponseSchema: Schema<CreateApiKeyResponse> = [
  [1, "apiKey", "m", ApiKeySchema],
  [2, "secret", "s"],
];

export interface CreateSiteResponse {
  site?: Site | undefined;
}
export const CreateSiteResponseSchema: Schema<CreateSiteResponse> = [
  [1, "site", "m", SiteSchema],
];

export interface CreateTeamResponse {
  team?: Team | undefined;
}
export const CreateTeamResponseSchema: Schema<CreateTeamResponse> = [
  [1, "team", "m", TeamSchema],
];

export interface CreateTenantResponse {
  tenant?: Tenant | undefined;
  adminId: string;
}
export const CreateTenantResponseSchema: Schema<CreateTenantResponse> = [
  [1, "tenant", "m", TenantSchema],
  [2, "adminId", "s"],
];

export interface OpenInterval {
  startMinute: number;
  endMinute: number;
}
export const OpenIntervalSchema: Schema<OpenInterval> = [
  [1, "startMinute", "i"],
  [2, "endMinute", "i"],
];

export interface OpenDay {
  intervals: OpenInterval[];
}
export const OpenDaySchema: Schema<OpenDay> = [
  [1, "intervals", "m", OpenIntervalSchema, true],
];

export interface SpecialDay {
  date: string;
  intervals: OpenInterval[];
}
export const SpecialDaySchema: Schema<SpecialDay> = [
  [1, "date", "s"],
  [2, "intervals", "m", OpenIntervalSchema, true],
];

export interface Hours {
  siteId: string;
  zone: string;
  days: OpenDay[];
  country: string;
  part: string;
  specialDays: SpecialDay[];
  etag: string;
}
export const HoursSchema: Schema<Hours> = [
  [1, "siteId", "s"],
  [2, "zone", "s"],
  [3, "days", "m", OpenDaySchema, true],
  [4, "country", "s"],
  [5, "part", "s"],
  [6, "specialDays", "m", SpecialDaySchema, true],
  [7, "etag", "s"],
];

export interface GetHoursResponse {
  hours?: Hours | undefined;
  own: boolean;
}
export const GetHoursResponseSchema: Schema<GetHoursResponse> = [
  [1, "hours", "m", HoursSchema],
  [2, "own", "b"],
];

export interface GetSiteResponse {
  site?: Site | undefined;
}
export const GetSiteResponseSchema: Schema<GetSiteResponse> = [
  [1, "site", "m", SiteSchema],
];

export interface InviteStaffResponse {
  staff?: Staff | undefined;
  expireTime: number;
}
export const InviteStaffResponseSchema: Schema<InviteStaffResponse> = [
  [1, "staff", "m", StaffSchema],
  [2, "expireTime", "t"],
];

export interface ApiKeyScope {
  scope: string;
  allows: string;
}
export const ApiKeyScopeSchema: Schema<ApiKeyScope> = [
  [1, "scope", "s"],
  [2, "allows", "s"],
];

export interface ListApiKeyScopesResponse {
  scopes: ApiKeyScope[];
}
export const ListApiKeyScopesResponseSchema: Schema<ListApiKeyScopesResponse> = [
  [1, "scopes", "m", ApiKeyScopeSchema, true],
];

export interface ListApiKeysResponse {
  apiKeys: ApiKey[];
  nextPageToken: string;
}
export const ListApiKeysResponseSchema: Schema<ListApiKeysResponse> = [
  [1, "apiKeys", "m", ApiKeySchema, true],
  [2, "nextPageToken", "s"],
];

export interface AuditChange {
  field: string;
  beforeJson: string;
  afterJson: string;
}
export const AuditChangeSchema: Schema<AuditChange> = [
  [1, "field", "s"],
  [2, "beforeJson", "s"],
  [3, "afterJson", "s"],
];

export interface AuditEntry {
  id: string;
  staffId: string;
  action: string;
  targetId: string;
  changes: AuditChange[];
  createTime: number;
}
export const AuditEntrySchema: Schema<AuditEntry> = [
  [1, "id", "s"],
  [2, "staffId", "s"],
  [3, "action", "s"],
  [4, "targetId", "s"],
  [5, "changes", "m", AuditChangeSchema, true],
  [6, "createTime", "t"],
];

export interface ListAuditEntriesResponse {
  entries: AuditEntry[];
  nextPageToken: string;
}
export const ListAuditEntriesResponseSchema: Schema<ListAuditEntriesResponse> = [
  [1, "entries", "m", AuditEntrySchema, true],
  [2, "nextPageToken", "s"],
];

export interface Session {
  id: string;
  device: string;
  createTime: number;
  useTime: number;
  expireTime: number;
  isCurrent: boolean;
}
export const SessionSchema: Schema<Session> = [
  [1, "id", "s"],
  [2, "device", "s"],
  [3, "createTime", "t"],
  [4, "useTime", "t"],
  [5, "expireTime", "t"],
  [6, "isCurrent", "b"],
];

export interface ListSessionsResponse {
  sessions: Session[];
  nextPageToken: string;
}
export const ListSessionsResponseSchema: Schema<ListSessionsResponse> = [
  [1, "sessions", "m", SessionSchema, true],
  [2, "nextPageToken", "s"],
];

export interface RepeatInvitationResponse {
  expireTime: number;
}
export const RepeatInvitationResponseSchema: Schema<RepeatInvitationResponse> = [
  [1, "expireTime", "t"],
];

export interface RevokeApiKeyResponse {
  apiKey?: ApiKey | undefined;
}
export const RevokeApiKeyResponseSchema: Schema<RevokeApiKeyResponse> = [
  [1, "apiKey", "m", ApiKeySchema],
];

export interface RotateApiKeyResponse {
  apiKey?: ApiKey | undefined;
  secret: string;
}
export const RotateApiKeyResponseSchema: Schema<RotateApiKeyResponse> = [
  [1, "apiKey", "m", ApiKeySchema],
  [2, "secret", "s"],
];

export type RevokeOtherSessionsResponse = Record<string, never>;
export const RevokeOtherSessionsResponseSchema: Schema<RevokeOtherSessionsResponse> = [
];

export type RevokeSessionResponse = Record<string, never>;
export const RevokeSessionResponseSchema: Schema<RevokeSessionResponse> = [
];

export interface UpdateSiteResponse {
  site?: Site | undefined;
}
export const UpdateSiteResponseSchema: Schema<UpdateSiteResponse> = [
  [1, "site", "m", SiteSchema],
];

export interface UpdateStaffResponse {
  staff?: Staff | undefined;
}
export const UpdateStaffResponseSchema: Schema<UpdateStaffResponse> = [
  [1, "staff", "m", StaffSchema],
];
