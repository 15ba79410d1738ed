"""Declares identity's tables, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables

metadata = MetaData(schema="identity")
kernel_tables(metadata)

_P = "parley.identity.v1."
_UUID = UuidType(as_uuid=True)
_TIME = TIMESTAMP(timezone=True)

tenants = tenant_table(
    "tenants",
    metadata,
    column("slug", Text, _P + "Tenant.slug", unique=True),
    column("display_name", Text, _P + "Tenant.display_name"),
    column("regime", Text, _P + "Tenant.regime"),
    column("create_time", _TIME, _P + "Tenant.create_time"),
    column("close_time", _TIME, "- when the company stopped being served", nullable=True),
    key=(),
)
closures = tenant_table(
    "closures",
    metadata,
    column("id", _UUID, "- the id of the request", prefix="clo"),
    column("requested_by", _UUID, _P + "Closure.requested_by", prefix="stf"),
    column("create_time", _TIME, _P + "Closure.create_time"),
    column("due_time", _TIME, _P + "Closure.due_time"),
    column("cancel_time", _TIME, "- when it was taken back", nullable=True),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "requested_by"},
    purge=("create_time", "retention.ledger_days"),
)
sites = tenant_table(
    "sites",
    metadata,
    column("id", _UUID, _P + "Site.id"),
    column("display_name", Text, _P + "Site.display_name"),
    column("allowed_origins", ARRAY(Text), _P + "Site.allowed_origins"),
    column("language", Text, _P + "Site.language"),
    column("greeting", Text, _P + "Site.greeting"),
    column("colour", Text, _P + "Site.colour"),
    column("position", Integer, _P + "Site.position", server_default=text("0")),
    column("initials", Text, _P + "Site.initials", server_default=text("''")),
    column("seen_time", _TIME, _P + "Site.seen_time", nullable=True),
    column("seen_origin", Text, _P + "Site.seen_origin"),
    column("revision", Integer, _P + "Site.etag"),
    column("create_time", _TIME, _P + "Site.create_time"),
)
site_logos = tenant_table(
    "site_logos",
    metadata,
    column("site_id", _UUID, _P + "SetSiteLogoRequest.site_id"),
    column("image", LargeBinary, _P + "SetSiteLogoResponse.image"),
    belongs_to(("site_id",), "identity.sites"),
    key=("site_id",),
)
hours = tenant_table(
    "hours",
    metadata,
    column("site_id", _UUID, _P + "Hours.site_id"),
    column("zone", Text, _P + "Hours.zone"),
    column("country", Text, _P + "Hours.country"),
    column("part", Text, _P + "Hours.part"),
    column("days", JSONB, "- the tenant says when it is open"),
    column("special_days", JSONB, "- the tenant says when it is open"),
    column("revision", Integer, _P + "Hours.etag"),
    key=("site_id",),
)
chat_invitations = tenant_table(
    "chat_invitations",
    metadata,
    column("site_id", _UUID, _P + "GetChatInvitationsRequest.site_id"),
    column("rules", JSONB, "- the tenant says whom it offers a chat, and in which words"),
    column("revision", Integer, _P + "GetChatInvitationsResponse.etag"),
    belongs_to(("site_id",), "identity.sites"),
    key=("site_id",),
)
teams = tenant_table(
    "teams",
    metadata,
    column("id", _UUID, _P + "Team.id"),
    column("display_name", Text, _P + "Team.display_name"),
    column("create_time", _TIME, _P + "Team.create_time"),
    UniqueConstraint("tenant_id", "display_name"),
)
staff = tenant_table(
    "staff",
    metadata,
    column("id", _UUID, _P + "Staff.id", prefix="stf"),
    column("email", Text, _P + "Staff.email"),
    column("display_name", Text, _P + "Staff.display_name"),
    column("roles", ARRAY(Integer), _P + "Staff.roles"),
    column("state", Integer, _P + "Staff.state"),
    column("password_hash", Text, _P + "SignInRequest.password"),
    column("revision", Integer, _P + "Staff.etag"),
    column("create_time", _TIME, _P + "Staff.create_time"),
    UniqueConstraint("tenant_id", "email"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "id"},
)
staff_teams = tenant_table(
    "staff_teams",
    metadata,
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("team_id", _UUID, _P + "Team.id", prefix="tea"),
    key=("staff_id", "team_id"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
sessions = tenant_table(
    "sessions",
    metadata,
    column("id", _UUID, "- the id of a session", prefix="ses"),
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("secret_hash", LargeBinary, _P + "SignInResponse.session"),
    column("create_time", _TIME, "- when the session was opened"),
    column("expire_time", _TIME, _P + "SignInResponse.expire_time"),
    column("revoke_time", _TIME, "- when the session was ended", nullable=True),
    column("device", Text, _P + "Session.device", server_default=text("''")),
    column("use_time", _TIME, _P + "Session.use_time", nullable=True),
    column("auth_time", _TIME, "- when its owner last proved who they are", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
    purge=("expire_time", 0),
)
api_keys = tenant_table(
    "api_keys",
    metadata,
    column("id", _UUID, _P + "ApiKey.id"),
    column("display_name", Text, _P + "ApiKey.display_name"),
    column("secret_hash", LargeBinary, _P + "CreateApiKeyResponse.secret"),
    column("scopes", ARRAY(Text), _P + "ApiKey.scopes"),
    column("create_time", _TIME, _P + "ApiKey.create_time"),
    column("revoke_time", _TIME, _P + "ApiKey.revoke_time", nullable=True),
    column("expire_time", _TIME, _P + "ApiKey.expire_time"),
    column("last_use_time", _TIME, _P + "ApiKey.last_use_time", nullable=True),
    column("old_secret_hash", LargeBinary, _P + "RotateApiKeyResponse.secret", nullable=True),
    column("overlap_end_time", _TIME, _P + "ApiKey.overlap_end_time", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    uncovered="the account of a program is nobody's",
)
visitor_credentials = tenant_table(
    "visitor_credentials",
    metadata,
    column("id", _UUID, "- the id of a credential", prefix="ses"),
    column("visitor_id", _UUID, _P + "IssueVisitorCredentialRequest.visitor_id", prefix="vis"),
    column("conversation_id", _UUID, _P + "IssueVisitorCredentialRequest.conversation_id", prefix="cnv"),
    column("site_id", _UUID, _P + "IssueVisitorCredentialRequest.site_id", prefix="sit"),
    column("secret_hash", LargeBinary, _P + "IssueVisitorCredentialResponse.visitor_credential"),
    column("create_time", _TIME, "- when the credential was issued"),
    column("expire_time", _TIME, "- when the credential ends"),
    column("revoke_time", _TIME, "- when the credential was taken back", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("expire_time", 0),
)
receipt_codes = tenant_table(
    "receipt_codes",
    metadata,
    column("id", _UUID, "- the id under which the tokens of a code are revoked", prefix="ses"),
    column("visitor_id", _UUID, _P + "IssueVisitorCredentialRequest.visitor_id", prefix="vis"),
    column("conversation_id", _UUID, _P + "IssueVisitorCredentialRequest.conversation_id", prefix="cnv"),
    column("site_id", _UUID, _P + "IssueVisitorCredentialRequest.site_id", prefix="sit"),
    column("code_hash", LargeBinary, _P + "IssueReceiptCodeResponse.receipt_code"),
    column("create_time", _TIME, "- when the code was given"),
    column("expire_time", _TIME, _P + "IssueReceiptCodeResponse.expire_time"),
    UniqueConstraint("tenant_id", "code_hash"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("expire_time", 0),
)
email_proofs = tenant_table(
    "email_proofs",
    metadata,
    column("id", _UUID, _P + "StartEmailProofResponse.proof_id", prefix="prf"),
    column("email", Text, _P + "StartEmailProofRequest.email"),
    column("language", Text, "- the language of the mail; it goes with the row within the hour"),
    column("visitor_id", _UUID, _P + "ProvedVisitor.visitor_id", prefix="vis", nullable=True),
    column("conversation_id", _UUID, _P + "ProvedVisitor.conversation_id", prefix="cnv", nullable=True),
    column("site_id", _UUID, _P + "ProvedVisitor.site_id", prefix="sit", nullable=True),
    column("tries", Integer, "- how often a code was tried"),
    column("secret_hash", LargeBinary, _P + "FinishEmailProofResponse.email_proof", nullable=True),
    column("create_time", _TIME, "- when the proof was begun"),
    column("expire_time", _TIME, _P + "FinishEmailProofResponse.expire_time"),
    column("finish_time", _TIME, "- when the code was taken", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    # Whoever proves an address outside any chat is known by nothing else, and the row is gone within the hour.
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("expire_time", 0),
)
proved_addresses = tenant_table(
    "proved_addresses",
    metadata,
    column("email_hash", LargeBinary, _P + "CheckEmailProofResponse.email"),
    column("visitor_id", _UUID, _P + "ProvedVisitor.visitor_id", prefix="vis"),
    column("conversation_id", _UUID, _P + "ProvedVisitor.conversation_id", prefix="cnv"),
    column("site_id", _UUID, _P + "ProvedVisitor.site_id", prefix="sit"),
    column("create_time", _TIME, "- when the address was proved"),
    column("expire_time", _TIME, "- when the address opens the conversation no more"),
    key=("email_hash", "conversation_id"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("expire_time", 0),
)
recognitions = tenant_table(
    "recognitions",
    metadata,
    column("visitor_id", _UUID, _P + "IssueVisitorCredentialRequest.visitor_id", prefix="vis"),
    column("site_id", _UUID, _P + "IssueVisitorCredentialRequest.site_id", prefix="sit"),
    column("notice_id", _UUID, _P + "RememberVisitorRequest.notice_id", prefix="ntc"),
    column("create_time", _TIME, "- when the visitor chose to be remembered"),
    column("expire_time", _TIME, _P + "RememberVisitorResponse.expire_time"),
    column("visits", Integer, _P + "NoteVisitResponse.visits", server_default=text("1")),
    column("visit_time", _TIME, _P + "NoteVisitResponse.visit_time", nullable=True),
    key=("visitor_id", "site_id"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("expire_time", 0),
)
support_grants = tenant_table(
    "support_grants",
    metadata,
    column("id", _UUID, _P + "SupportGrant.id", prefix="gra"),
    column("reason", Text, _P + "SupportGrant.reason"),
    column("granted_by", _UUID, _P + "SupportGrant.granted_by", prefix="stf"),
    column("create_time", _TIME, _P + "SupportGrant.create_time"),
    column("expire_time", _TIME, _P + "SupportGrant.expire_time"),
    column("revoke_time", _TIME, _P + "SupportGrant.revoke_time", nullable=True),
    column("use_time", _TIME, _P + "SupportGrant.use_time", nullable=True),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "granted_by"},
    purge=("expire_time", "retention.ledger_days"),
)
entry_links = tenant_table(
    "entry_links",
    metadata,
    column("id", _UUID, "- the id of a link", prefix="ent"),
    # A forgotten password of nobody's is kept like everybody's, so that one cannot be told from the other.
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf", nullable=True),
    column("is_invitation", Boolean, _P + "CheckEntryLinkResponse.is_invitation"),
    column("language", Text, _P + "InviteStaffRequest.language", server_default=text("''")),
    column("secret_hash", LargeBinary, _P + "UseEntryLinkRequest.entry_secret"),
    column("create_time", _TIME, "- when the link was made"),
    column("expire_time", _TIME, _P + "InviteStaffResponse.expire_time"),
    column("use_time", _TIME, "- when the link was used, or replaced by another one", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
    purge=("expire_time", 0),
)
second_factors = tenant_table(
    "second_factors",
    metadata,
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("sealed_secret", LargeBinary, _P + "NewSecondFactor.secret"),
    column("last_step", BigInteger, "- the step of the last code that was taken"),
    column("create_time", _TIME, "- when the secret was made"),
    column("confirm_time", _TIME, _P + "GetSecondFactorResponse.confirm_time", nullable=True),
    key=("staff_id",),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
recovery_codes = tenant_table(
    "recovery_codes",
    metadata,
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("code_hash", LargeBinary, _P + "ConfirmSecondFactorResponse.recovery_codes"),
    column("use_time", _TIME, "- when the code was used", nullable=True),
    key=("staff_id", "code_hash"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
sign_in_challenges = tenant_table(
    "sign_in_challenges",
    metadata,
    column("id", _UUID, "- the id of a sign-in that waits for its code", prefix="chl"),
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("secret_hash", LargeBinary, _P + "SignInResponse.challenge"),
    column("sealed_secret", LargeBinary, _P + "NewSecondFactor.secret", nullable=True),
    column("device", Text, _P + "Session.device"),
    column("tries", Integer, "- how often a code was tried"),
    column("create_time", _TIME, "- when the password was right"),
    column("expire_time", _TIME, "- when it waits no more"),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
    purge=("expire_time", 0),
)
identity_secrets = tenant_table(
    "identity_secrets",
    metadata,
    column("site_id", _UUID, _P + "RotateIdentitySecretRequest.site_id", prefix="sit"),
    column("sealed_secret", LargeBinary, _P + "RotateIdentitySecretResponse.secret"),
    column("create_time", _TIME, _P + "GetIdentitySecretResponse.create_time"),
    column("sealed_previous", LargeBinary, _P + "RotateIdentitySecretResponse.secret", nullable=True),
    column("previous_expire_time", _TIME, _P + "GetIdentitySecretResponse.previous_expire_time", nullable=True),
    key=("site_id",),
    uncovered="the secret of a site's back end is nobody's",
)
identity_keys = tenant_table(
    "identity_keys",
    metadata,
    column("site_id", _UUID, _P + "SetIdentityKeyRequest.site_id", prefix="sit"),
    column("public_key", Text, _P + "SetIdentityKeyRequest.public_key"),
    column("create_time", _TIME, _P + "GetIdentityKeyResponse.create_time"),
    column("previous_key", Text, _P + "SetIdentityKeyRequest.public_key", nullable=True),
    column("previous_expire_time", _TIME, _P + "GetIdentityKeyResponse.previous_expire_time", nullable=True),
    belongs_to(("site_id",), "identity.sites"),
    key=("site_id",),
    uncovered="the public key of a site's back end is nobody's",
)
verified_visitors = tenant_table(
    "verified_visitors",
    metadata,
    column("site_id", _UUID, _P + "RotateIdentitySecretRequest.site_id", prefix="sit"),
    column("external_hash", LargeBinary, _P + "GetVisitorIdentityResponse.external_id"),
    column("visitor_id", _UUID, _P + "IssueVisitorCredentialRequest.visitor_id", prefix="vis"),
    column("external_id", Text, _P + "GetVisitorIdentityResponse.external_id"),
    column("display_name", Text, _P + "GetVisitorIdentityResponse.display_name"),
    column("email", Text, _P + "GetVisitorIdentityResponse.email"),
    column("verify_time", _TIME, _P + "GetVisitorIdentityResponse.verify_time"),
    UniqueConstraint("tenant_id", "visitor_id"),
    key=("site_id", "external_hash"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("verify_time", "retention.transcript_days"),
)
identity_tokens = tenant_table(
    "identity_tokens",
    metadata,
    column("token_hash", LargeBinary, _P + "VerifyVisitorRequest.identity_token"),
    column("expire_time", _TIME, "- when the token ends by itself"),
    key=("token_hash",),
    uncovered="the hash of a token's own random id leads to nobody",
    purge=("expire_time", 0),
)
oidc_providers = tenant_table(
    "oidc_providers",
    metadata,
    column("issuer", Text, _P + "OidcProvider.issuer"),
    column("client_id", Text, _P + "OidcProvider.client_id"),
    column("sealed_secret", LargeBinary, _P + "SetOidcProviderRequest.client_secret"),
    column("update_time", _TIME, _P + "OidcProvider.update_time"),
    key=(),
    uncovered="the company's own way to its sign-in service is nobody's",
)
oidc_flows = tenant_table(
    "oidc_flows",
    metadata,
    column("flow_hash", LargeBinary, _P + "StartOidcResponse.flow"),
    column("sealed", LargeBinary, _P + "FinishOidcRequest.state"),
    column("issuer", Text, _P + "OidcProvider.issuer"),
    column("create_time", _TIME, "- when the sign-in was begun"),
    column("expire_time", _TIME, "- when it comes back no more"),
    key=("flow_hash",),
    uncovered="who comes back is not known before",
    purge=("expire_time", 0),
)
oidc_links = tenant_table(
    "oidc_links",
    metadata,
    column("subject_hash", LargeBinary, "- a keyed hash of the provider's own name for the account's owner"),
    column("staff_id", _UUID, _P + "Staff.id", prefix="stf"),
    column("create_time", _TIME, "- when the account was first signed in to"),
    key=("subject_hash",),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
audit_entries = tenant_table(
    "audit_entries",
    metadata,
    column("id", _UUID, _P + "AuditEntry.id", prefix="aud"),
    column("staff_id", _UUID, _P + "AuditEntry.staff_id", prefix="stf", nullable=True),
    column("action", Text, _P + "AuditEntry.action"),
    column("target_id", Text, _P + "AuditEntry.target_id"),
    column("changes", JSONB, _P + "AuditChange.after_json"),
    column("create_time", _TIME, _P + "AuditEntry.create_time"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
    purge=("create_time", "retention.ledger_days"),
)
#: Signing keys belong to the deployment, not to a tenant.
signing_keys = Table(
    "signing_keys",
    metadata,
    column("id", _UUID, _P + "SigningKey.id", primary_key=True),
    column("public_key", LargeBinary, _P + "SigningKey.public_key"),
    column("sealed_private_key", LargeBinary, "- a key of the platform's own, sealed under the deployment's secret"),
    column("create_time", _TIME, _P + "SigningKey.create_time"),
    info={"tenantless": "signs for every tenant"},
)
