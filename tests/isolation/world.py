"""Two tenants with something of everything in them, and a token for every kind of caller.

What the platform's own calls do not fill yet is filled by SQL, column by column, so that no table of a tenant is empty:
a policy raises only when a row is tested.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import Message
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import (
    email_proof_pb2,
    receipt_code_pb2,
    recognition_pb2,
    site_pb2,
    staff_pb2,
    support_grant_pb2,
    token_pb2,
)
from parley.options.v1 import access_pb2
from parley.privacy.v1 import browser_log_pb2, browser_log_pb2_grpc, notice_pb2

from kernel import ids
from kernel.clock import SystemClock
from kernel.config import SERVICES
from kernel.identity import Actor, Regime
from kernel.identity.actor import PLATFORM_CALLERS, STAFF_CALLERS
from kernel.storage import Database, runtime_url
from services.identity.actions.signing import Signer
from services.privacy.domain.retention import Purge
from services.privacy.store import retention
from tests.isolation import staffing
from tests.isolation.calls import attempt, bearer, offered
from tests.isolation.communities import meet
from tests.isolation.contract import Access, Call, calls_of
from tests.isolation.filling import fill_empty_tables, tenant_tables
from tests.isolation.freshly import fresh_for
from tests.isolation.handing import hand_something_on
from tests.isolation.helping import help_somebody
from tests.isolation.rights import exercise_rights
from tests.isolation.sayings import make_copies, say_something
from tests.isolation.sendings import hold_mails, leave_messages, send_files
from tests.isolation.surveys import ask_something
from tests.isolation.talks import a_reply, talk_on
from tests.isolation.tellings import tell_somebody
from tests.platform import ADMIN, OFFICER, OPERATOR, SUPERVISOR, Member, Platform, Tenant, Visitor
from tests.survey.asking import Asking, definition, question

SCOPES = ("chat.read", "identity.read", "privacy.read", "privacy.write", "support.read", "support.write", "survey.read")
#: After so many seconds a caller gets another token; one is good for five minutes.
RENEWED_AFTER = 120
#: Tables that belong to no tenant, and why.
TENANTLESS = {
    "identity.signing_keys": "signs for every tenant; it holds no data of one",
    "community.reviews": "which cases wait for the platform's reviewers, by ids alone; nothing that anybody said",
    **{f"{each}.inbox_cursor": "how far each consumer of the service is" for each in SERVICES},
    **{f"{each}.leftovers": "in which tables something was erased, and not whose it was" for each in SERVICES},
    **{f"{each}.migration": "which migrations ran; the runtime roles have no way to it" for each in SERVICES},
}


@dataclass(slots=True)
class Inhabited:
    """A tenant with something of everything."""

    tenant: Tenant
    everything: Member
    operator: Member
    colleague: Member
    team_ids: list[str]
    key_id: str
    key_secret: str
    notice_ids: list[str]
    queued: Visitor
    open: Visitor
    closed: Visitor
    #: One id of a request, a hold, a case, a policy and feedback each.
    rights: Mapping[str, str]
    grant_id: str
    proof_id: str
    #: A second session of the operator's.
    session_id: str
    #: Another operator's running conversation, which the first operator may not see.
    elsewhere: Visitor
    #: A token of each kind of caller, and when it was made.
    tokens: dict[int, tuple[str, float]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The tenant's id."""
        return self.tenant.id

    @property
    def others(self) -> Mapping[str, str]:
        """Other ids than the known ones, of the kinds that a peer of ours may have stored as it says."""
        return {
            "sit": self.tenant.site.id,
            "cnv": self.queued.conversation.id,
            "vis": self.queued.conversation.visitor_id,
            "stf": self.colleague.id,
        }

    @property
    def known(self) -> Mapping[str, str]:
        """One id of each kind that the tenant has."""
        return {
            "ten": self.id,
            "sit": self.tenant.site.id,
            "stf": self.operator.id,
            "tea": self.team_ids[0],
            "key": self.key_id,
            "ntc": self.notice_ids[-1],
            "gra": self.grant_id,
            "prf": self.proof_id,
            "ses": self.session_id,
            "cnv": self.open.conversation.id,
            "vis": self.open.conversation.visitor_id,
        } | dict(self.rights)


@dataclass(slots=True)
class World:
    """The platform with both tenants."""

    platform: Platform
    a: Inhabited
    b: Inhabited
    calls: list[Call]
    signer: Signer

    @property
    def owner_url(self) -> str:
        """The address of the database's administrator."""
        return self.platform.config.database_url

    def channel(self, call: Call) -> Any:
        """Returns the channel to the process of a call."""
        return self.platform.channels.of(call.process)

    async def is_let_in(self, call: Call) -> bool:
        """Says whether the process of a call knows the platform's keys already."""
        metadata = bearer(self.signer.issue(self.actor(OPERATOR, self.a))[0])
        return (await attempt(self.channel(call), call.method, b"", metadata)).reason != "CREDENTIAL_REJECTED"

    def actor(self, caller: int, of: Inhabited) -> Actor:
        """Returns somebody of a kind in a tenant."""
        actor = Actor(
            tenant_id=of.id,
            regime=Regime.HOUSE if caller in PLATFORM_CALLERS else Regime.ASP,
            callers=frozenset({caller}),
            site_id=of.tenant.site.id,
        )
        if caller == access_pb2.CALLER_ANONYMOUS:
            return actor
        if caller == access_pb2.CALLER_VISITOR:
            return replace(
                actor,
                subject_id=of.open.conversation.visitor_id,
                session_id=ids.new_id("ses"),
                conversation_id=of.open.conversation.id,
            )
        if caller == access_pb2.CALLER_MEMBER:
            return replace(actor, subject_id=of.rights["mem"], session_id=of.rights["mss"], site_id="")
        if caller == access_pb2.CALLER_SERVICE_ACCOUNT:
            return replace(actor, subject_id=of.key_id, session_id=of.key_id, scopes=frozenset(SCOPES))
        who = of.operator if caller in STAFF_CALLERS - {ADMIN} else of.everything
        return replace(actor, subject_id=who.id, session_id=ids.new_id("ses"), display_name="Robin", site_id="")

    def private_key(self) -> Ed25519PrivateKey:
        """Returns the key with which the platform signs, for tokens that it would never sign itself."""
        key_id = jwt.get_unverified_header(self.token(access_pb2.CALLER_OPERATOR, self.a))["kid"]
        return self.signer._opened[key_id]

    def token(self, caller: int, of: Inhabited, bound: Mapping[str, str] | None = None) -> str:
        """Returns a token of a kind of caller in a tenant, signed by the platform's own key; a visitor may be bound."""
        if bound is not None:
            actor = replace(self.actor(caller, of), subject_id=bound["vis"], conversation_id=bound["cnv"])
            return self.signer.issue(actor)[0]
        if caller == access_pb2.CALLER_INTERNAL:
            return self.platform.channels.tokens.make(of.id)
        token, made = of.tokens.get(caller, ("", -math.inf))
        if time.monotonic() > made + RENEWED_AFTER:
            # A walk outlives a token on a busy machine.
            token, _ = of.tokens[caller] = (self.signer.issue(self.actor(caller, of))[0], time.monotonic())
        return token

    async def refresh(self) -> None:
        """Learns which notices are in force: a walk that publishes some makes others stale."""
        for of in (self.a, self.b):
            current = await self.platform.call(
                self.platform.notices.GetCurrentNotice,
                notice_pb2.GetCurrentNoticeRequest(site_id=of.tenant.site.id),
                tenant_id=of.id,
            )
            of.tenant.notice = current.notice
            of.notice_ids.append(current.notice.id)

    async def something_fresh(self, call: Call) -> Mapping[str, str]:
        """Starts a conversation and makes what a call takes away, in the first tenant, and returns the ids."""
        await self.refresh()
        visitor = await self.a.tenant.visitor()
        key_id, _ = await self.a.tenant.api_key(*SCOPES)
        # A token without a session at identity, which no walk ends.
        member = replace(self.a.everything, token=self.token(ADMIN, self.a))
        reply_id = await a_reply(self.platform, member, f"fresh-{secrets.token_hex(4)}")
        survey = await Asking(self.platform, self.a.tenant).published(definition(question("CSAT", "csat")))
        fresh = {
            "cnv": visitor.conversation.id,
            "vis": visitor.conversation.visitor_id,
            "key": key_id,
            "cnd": reply_id,
            "srv": survey.id,
        }
        return fresh | dict(await fresh_for(self, call.method.name))

    def token_for(self, access: Access, of: Inhabited) -> str:
        """Returns a token of the first kind of caller that may do something."""
        return self.token(min(access.callers), of)


async def inhabit(platform: Platform) -> Inhabited:
    """Makes a tenant with something of everything in it, by the platform's own calls."""
    tenant = await platform.tenant()
    staff = sorted(STAFF_CALLERS - {ADMIN})
    everything, operator, colleague = await asyncio.gather(
        tenant.member(ADMIN, *(access_pb2.Caller.ValueType(role) for role in staff), name="All"),
        tenant.member(OPERATOR, SUPERVISOR, OFFICER, name="Robin"),
        tenant.member(OPERATOR, name="Kim"),
    )

    async def call(method: Any, request: Message, token: str = everything.token) -> Any:
        return await platform.call(method, request, token=token)

    team_ids = [
        (await call(platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name=name))).team.id
        for name in ("Mornings", "Evenings")
    ]
    await platform.call(
        platform.staff.CreateStaff,
        staff_pb2.CreateStaffRequest(
            email=f"of-a-team@{tenant.slug}.example",
            display_name="Noor",
            roles=[OPERATOR],
            team_ids=team_ids,
            password="a password for tests",
        ),
        tenant_id=tenant.id,
    )
    for name in ("Second shop", "Third shop"):
        await call(
            platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name=name, request_id=f"request-{name}")
        )
    key_id, key_secret = await tenant.api_key(*SCOPES)
    await tenant.api_key(*SCOPES)
    notice_ids, published = [tenant.notice.id], notice_pb2.PublishNoticeResponse(notice=tenant.notice)
    for text in ("What we keep, and why, once more.", "What we keep, and why, for the third time."):
        published = await call(
            platform.notices.PublishNotice,
            notice_pb2.PublishNoticeRequest(
                site_id=tenant.site.id,
                language="en",
                text=text,
                questions=[notice_pb2.Question(label="Order number", kind=notice_pb2.Question.KIND_LINE)],
            ),
        )
        notice_ids.append(published.notice.id)
    tenant.notice = published.notice
    queued, opened, closed, elsewhere, held = [
        await tenant.visitor(name, answers=["4711"]) for name in ("Ann", "Bo", "Cy", "Di", "Ed")
    ]
    await platform.call(
        platform.tokens.IssueVisitorCredential,
        token_pb2.IssueVisitorCredentialRequest(
            visitor_id=opened.conversation.visitor_id,
            conversation_id=opened.conversation.id,
            site_id=tenant.site.id,
        ),
        tenant_id=tenant.id,
    )
    for visitor, who in ((opened, operator), (closed, operator), (elsewhere, colleague)):
        await call(
            platform.chat.ClaimConversation,
            conversation_pb2.ClaimConversationRequest(conversation_id=visitor.conversation.id),
            who.token,
        )
        for token, body in ((visitor.token, "Is it open?"), (who.token, "It is.")):
            await call(
                platform.chat.PostMessage,
                conversation_pb2.PostMessageRequest(
                    conversation_id=visitor.conversation.id, client_message_id=f"message-{len(body)}", body=body
                ),
                token,
            )
    await call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=opened.conversation.id),
        operator.token,
    )
    await call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=closed.conversation.id),
        operator.token,
    )
    await hand_something_on(platform, everything, operator, colleague, opened, team_ids[0])
    rights = dict(await exercise_rights(platform, tenant, opened, held, everything))
    rights |= await say_something(platform, tenant, opened)
    rights |= await talk_on(platform, tenant, opened, queued, operator, everything)
    rights |= await send_files(platform, opened)
    rights |= await ask_something(platform, tenant, opened, everything.token)
    rights |= {
        **await meet(platform, tenant, rights["att"]),
        **await help_somebody(platform, tenant, everything, rights["att"]),
    }
    rights |= await tell_somebody(platform, tenant, opened, everything.token)
    await leave_messages(platform, tenant)
    rights |= await hold_mails(platform, tenant, opened)
    rights |= await make_copies(platform, closed, operator, rights["tag"])
    granted, _ = [
        await call(
            platform.support_grants.CreateSupportGrant,
            support_grant_pb2.CreateSupportGrantRequest(reason=reason, hours=72),
        )
        for reason in ("The queue does not move.", "It does not move again.")
    ]
    await call(platform.receipt_codes.IssueReceiptCode, receipt_code_pb2.IssueReceiptCodeRequest(), opened.token)
    for visitor in (opened, queued):
        await call(
            platform.recognition.RememberVisitor,
            recognition_pb2.RememberVisitorRequest(notice_id=tenant.notice.id),
            visitor.token,
        )
    for family in (browser_log_pb2.BROWSER_FAMILY_CHROME, browser_log_pb2.BROWSER_FAMILY_SAFARI):
        await platform.call(
            browser_log_pb2_grpc.BrowserLogServiceStub(platform.channels.of("privacy")).RecordBrowser,
            browser_log_pb2.RecordBrowserRequest(site_id=tenant.site.id, network_address="192.0.2.1", family=family),
            tenant_id=tenant.id,
        )
    proof = await call(
        platform.email_proofs.StartEmailProof,
        email_proof_pb2.StartEmailProofRequest(email=f"visitor@{tenant.slug}.example"),
        opened.token,
    )
    session_id = await staffing.settle(platform, tenant, everything, operator)
    await note_purges(platform, tenant)
    return Inhabited(
        tenant=tenant,
        rights=rights,
        everything=everything,
        operator=operator,
        colleague=colleague,
        team_ids=team_ids,
        key_id=key_id,
        key_secret=key_secret,
        notice_ids=notice_ids,
        queued=queued,
        open=opened,
        closed=closed,
        grant_id=granted.support_grant.id,
        proof_id=proof.proof_id,
        session_id=session_id,
        elsewhere=elsewhere,
    )


async def note_purges(platform: Platform, tenant: Tenant) -> None:
    """Notes two purges, as the privacy service does when it hears of them after the night's run."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "privacy"))
    try:
        async with database.transaction(tenant.id) as connection:
            for service in ("identity", "chat"):
                purge = Purge(id=ids.new_id("evt"), service=service, time=SystemClock().now(), stores=())
                await retention.add_purge(connection, ids.to_uuid(tenant.id, "ten"), purge)
    finally:
        await database.close()


async def move_in(platform: Platform) -> Inhabited:
    """Makes a tenant that has a row in every table."""
    of = await inhabit(platform)
    await count_pages(platform.config.database_url, of)
    await fill_empty_tables(platform.config.database_url, of.id)
    return of


async def build(platform: Platform) -> World:
    """Makes the world."""
    assert platform.running is not None
    a, b = await move_in(platform), await move_in(platform)
    calls = [
        call for process in platform.running.servers for call in calls_of(process, await offered(platform, process))
    ]
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "identity"), pool_size=1)
    signer = Signer(database, SystemClock(), platform.config.secret_key)
    await signer.refresh()
    await database.close()
    return World(platform, a, b, calls, signer)


#: What moves on by itself where endpoints are: how far what they do not take is.
_MOVING = "{attempts,status,state,failure,next_time,finish_time,failure_count,failing_since_time,rest_time,last_time}"
#: The same where answers to tickets go out by mail some time after they were written.
_SENT = "{send_state,send_time,last_message_id}"


async def count_pages(owner_url: str, of: Inhabited) -> None:
    """Adds page views, which the platform counts for the house only."""
    owner = await asyncpg.connect(owner_url)
    try:
        for path in ("/", "/about"):
            await owner.execute(
                "INSERT INTO privacy.page_views (tenant_id, site_id, path, day, count) "
                "VALUES ($1, $2, $3, current_date, 1)",
                ids.to_uuid(of.id, "ten"),
                ids.to_uuid(of.tenant.site.id, "sit"),
                path,
            )
    finally:
        await owner.close()


async def fingerprint(owner_url: str, tenant_id: str) -> dict[str, str]:
    """Returns, for every table, how many rows a tenant has and what they hold.

    An event's position is left out: it is given whenever a peer lists events, and says nothing of what was done. So are
    jobs and the ledger, which go on by themselves after what the tenant's own people did.
    """
    owner = await asyncpg.connect(owner_url)
    try:
        found: dict[str, str] = {}
        for table in await tenant_tables(owner, SERVICES):
            if table.endswith(".jobs") or table.startswith("privacy.ledger"):
                continue
            sent = _SENT if table.startswith("support.") else "{position}"
            moving = _MOVING if table.startswith("privacy.webhook") else sent
            found[table] = await owner.fetchval(
                f"SELECT count(*) || ' ' || coalesce(md5(string_agg((to_jsonb(t) - '{moving}'::text[])::text, ' ' "
                f"ORDER BY to_jsonb(t)::text)), '') FROM {table} t WHERE tenant_id = $1",
                ids.to_uuid(tenant_id, "ten"),
            )
        return found
    finally:
        await owner.close()


async def at_rest(owner_url: str, tenant_id: str) -> dict[str, str]:
    """Returns a tenant's fingerprint once what was begun in it, by whichever test, is over."""
    async with asyncio.timeout(60):
        found = await fingerprint(owner_url, tenant_id)
        while True:
            # What is carried out by jobs ends without telling anybody.
            await asyncio.sleep(0.5)
            found, last = await fingerprint(owner_url, tenant_id), found
            if found == last:
                return found
