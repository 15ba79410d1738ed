"""Runs the real platform for tests: the services on real engines in this process, and people who talk to them.

Services are started as `parley serve` starts them, each on an address of its own, and reached through gRPC only. Every
test makes a tenant of its own, so that tests may share one platform.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import random
import secrets
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.message import Message
from parley.chat.v1 import (
    attachment_pb2_grpc,
    conversation_pb2,
    conversation_pb2_grpc,
    presence_pb2_grpc,
    routing_pb2_grpc,
)
from parley.files.v1 import files_pb2_grpc
from parley.identity.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
    audit_pb2_grpc,
    closure_pb2_grpc,
    email_proof_pb2_grpc,
    invitation_pb2_grpc,
    oidc_pb2_grpc,
    receipt_code_pb2_grpc,
    recognition_pb2_grpc,
    second_factor_pb2_grpc,
    session_pb2_grpc,
    site_pb2,
    site_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    support_grant_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
    visitor_identity_pb2_grpc,
)
from parley.live.v1 import live_pb2_grpc
from parley.options.v1 import access_pb2
from parley.privacy.v1 import (
    case_pb2_grpc,
    choice_pb2_grpc,
    feedback_pb2_grpc,
    held_pb2_grpc,
    hold_pb2_grpc,
    ledger_pb2_grpc,
    notice_pb2,
    notice_pb2_grpc,
    policy_pb2_grpc,
    request_pb2_grpc,
    webhook_pb2_grpc,
)

from cli.builds import build_of
from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.clock import Clock, SystemClock
from kernel.config import SERVICES, Config
from kernel.embedded import EngineUrls
from kernel.rpc.channels import Channels
from kernel.rpc.process import Process, Running
from kernel.storage.migrate import migrate
from tests.engines import SECRET, fresh_database, one_at_a_time

#: An OpenID issuer that is allowed; nobody answers there.
ISSUER = "https://id.people.example"
PASSWORD = "a password for tests"
#: Variables by which whoever runs a test offers a migrated database to copy, and breaks the copy on purpose.
TEMPLATE, STATEMENTS = "PARLEY_TEST_TEMPLATE", "PARLEY_TEST_STATEMENTS"
OPERATOR, SUPERVISOR = access_pb2.CALLER_OPERATOR, access_pb2.CALLER_SUPERVISOR
ADMIN, OFFICER = access_pb2.CALLER_ADMIN, access_pb2.CALLER_PRIVACY_OFFICER
MEMBER = access_pb2.CALLER_MEMBER


@dataclass(slots=True)
class Visitor:
    """Somebody in a chat."""

    token: str
    credential: str
    conversation: conversation_pb2.Conversation


@dataclass(slots=True)
class Member:
    """Somebody on a tenant's staff, signed in."""

    id: str
    email: str
    session: str
    token: str
    #: When the token was made, on the monotonic clock; it lives for five minutes.
    since: float = field(default_factory=time.monotonic, repr=False)


@dataclass(slots=True)
class Tenant:
    """A tenant of a test."""

    id: str
    slug: str
    admin: Member
    site: site_pb2.Site
    notice: notice_pb2.Notice
    platform: Platform = field(repr=False)

    async def member(self, *roles: access_pb2.Caller.ValueType, name: str = "Robin") -> Member:
        """Adds a member of staff and signs the person in."""
        email = f"{secrets.token_hex(4)}@{self.slug}.example"
        made = await self.platform.call(
            self.platform.staff.CreateStaff,
            staff_pb2.CreateStaffRequest(email=email, display_name=name, roles=roles or (OPERATOR,), password=PASSWORD),
            tenant_id=self.id,
        )
        return await self.platform.sign_in(self.slug, email, made.staff.id)

    async def anonymous(self) -> str:
        """Returns an anonymous token for the tenant's site."""
        issued = await self.platform.call(
            self.platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(site_key=self.site.key)
        )
        return str(issued.access_token)

    async def visitor(self, name: str = "", *, answers: Sequence[str] = ()) -> Visitor:
        """Starts a conversation, with answers to the first questions of the notice, and to those that need one."""
        asked = self.notice.questions
        given = [
            conversation_pb2.PreChatAnswer(number=each.number, text=text)
            for each, text in itertools.zip_longest(asked, answers[: len(asked)])
            if text or each.required
        ]
        for each in given:
            each.text = each.text or "sam@people.example"
        started = await self.platform.call(
            self.platform.chat.StartConversation,
            conversation_pb2.StartConversationRequest(
                display_name=name, notice_id=self.notice.id, language="en", page_path="/page", answers=given
            ),
            token=await self.anonymous(),
        )
        return Visitor(started.access_token, started.visitor_credential, started.conversation)

    async def api_key(self, *scopes: str) -> tuple[str, str]:
        """Makes an API key and returns its id and its secret."""
        made = await self.platform.call(
            self.platform.api_keys.CreateApiKey,
            api_key_pb2.CreateApiKeyRequest(display_name="tests", scopes=scopes),
            token=self.admin.token,
        )
        return made.api_key.id, made.secret


class Platform:
    """A running platform, and stubs to all of it."""

    def __init__(self, config: Config, running: Running | None) -> None:
        """Takes the settings with which it runs, and its parts where they run in this process."""
        self.config = config
        self.running = running
        self.channels = Channels(config, "tests")
        identity, privacy, chat, self.survey, self.support, self.community = (
            self.channels.of(service) for service in SERVICES
        )
        self.tokens = token_pb2_grpc.TokenServiceStub(identity)
        self.tenants = tenant_pb2_grpc.TenantServiceStub(identity)
        self.staff = staff_pb2_grpc.StaffServiceStub(identity)
        self.sites = site_pb2_grpc.SiteServiceStub(identity)
        self.api_keys = api_key_pb2_grpc.ApiKeyServiceStub(identity)
        self.receipt_codes = receipt_code_pb2_grpc.ReceiptCodeServiceStub(identity)
        self.email_proofs = email_proof_pb2_grpc.EmailProofServiceStub(identity)
        self.recognition = recognition_pb2_grpc.RecognitionServiceStub(identity)
        self.support_grants = support_grant_pb2_grpc.SupportGrantServiceStub(identity)
        self.factors = second_factor_pb2_grpc.SecondFactorServiceStub(identity)
        self.identities = visitor_identity_pb2_grpc.VisitorIdentityServiceStub(identity)
        self.closures = closure_pb2_grpc.ClosureServiceStub(identity)
        self.oidc = oidc_pb2_grpc.OidcServiceStub(identity)
        self.audit = audit_pb2_grpc.AuditServiceStub(identity)
        self.sessions = session_pb2_grpc.SessionServiceStub(identity)
        self.invitations = invitation_pb2_grpc.InvitationServiceStub(identity)
        self.notices = notice_pb2_grpc.NoticeServiceStub(privacy)
        self.requests = request_pb2_grpc.RequestServiceStub(privacy)
        self.held = held_pb2_grpc.HeldServiceStub(privacy)
        self.holds = hold_pb2_grpc.HoldServiceStub(privacy)
        self.cases = case_pb2_grpc.CaseServiceStub(privacy)
        self.ledger = ledger_pb2_grpc.LedgerServiceStub(privacy)
        self.policies = policy_pb2_grpc.PolicyServiceStub(privacy)
        self.choices = choice_pb2_grpc.ChoiceServiceStub(privacy)
        self.webhooks = webhook_pb2_grpc.WebhookServiceStub(privacy)
        self.feedback = feedback_pb2_grpc.FeedbackServiceStub(privacy)
        self.chat = conversation_pb2_grpc.ConversationServiceStub(chat)
        self.attachments = attachment_pb2_grpc.AttachmentServiceStub(chat)
        self.files = files_pb2_grpc.FileServiceStub(chat)
        self.presence = presence_pb2_grpc.PresenceServiceStub(chat)
        self.routing = routing_pb2_grpc.RoutingServiceStub(chat)
        self.live = live_pb2_grpc.LiveServiceStub(chat)

    async def call(self, method: Callable[..., Any], request: Message, *, token: str = "", tenant_id: str = "") -> Any:
        """Calls an RPC with a token, or as a process of the platform in a tenant; errors are ParleyErrors."""
        return await self.channels.call(method, request, token=token, tenant_id=tenant_id)

    async def sign_in(self, slug: str, email: str, staff_id: str = "") -> Member:
        """Signs somebody in and returns the session with a token."""
        session = await self.call(
            self.tokens.SignIn, token_pb2.SignInRequest(tenant_slug=slug, email=email, password=PASSWORD)
        )
        issued = await self.call(
            self.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=session.session)
        )
        return Member(staff_id or issued.subject_id, email, session.session, issued.access_token)

    async def renew(self, member: Member) -> None:
        """Gives somebody a new token where the old one is no longer fresh, as a client does."""
        if time.monotonic() - member.since < 100:
            return
        issued = await self.call(
            self.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=member.session)
        )
        member.token, member.since = issued.access_token, time.monotonic()

    async def tenant(self, *, house: bool = False) -> Tenant:
        """Makes a tenant with an administrator, a site and a notice."""
        slug = f"t{secrets.token_hex(5)}"
        made = await self.call(
            self.tenants.CreateTenant,
            tenant_pb2.CreateTenantRequest(
                slug=slug,
                display_name=f"Tenant {slug}",
                regime=tenant_pb2.REGIME_HOUSE if house else tenant_pb2.REGIME_ASP,
                admin_email=f"admin@{slug}.example",
                admin_display_name="Alex",
                admin_password=PASSWORD,
            ),
        )
        tenant_id = made.tenant.id
        site = await self.call(
            self.sites.CreateSite,
            site_pb2.CreateSiteRequest(display_name="Shop", allowed_origins=[f"https://{slug}.example"]),
            tenant_id=tenant_id,
        )
        notice = await self.call(
            self.notices.PublishNotice,
            notice_pb2.PublishNoticeRequest(site_id=site.site.id, language="en", text="What we keep, and why."),
            tenant_id=tenant_id,
        )
        admin = await self.sign_in(slug, f"admin@{slug}.example", made.admin_id)
        return Tenant(tenant_id, slug, admin, site.site, notice.notice, self)


#: Ports that the system gives to nobody who asks for any, in blocks that one process of the tests has at a time.
_FIRST_PORT, _BLOCK, _BLOCKS = 20_000, 240, 50


class _Ports:
    """A block of ports that no other process of the tests on this machine hands out; a fork takes another one."""

    def __init__(self) -> None:
        self._pid = 0
        self._lock: Any = None
        self._ports: Iterator[int] = iter(())

    def next(self) -> int:
        """Returns the next port of the block, over and over."""
        if self._pid != os.getpid():
            self._take()
        return next(self._ports)

    def _take(self) -> None:
        for number in random.sample(range(_BLOCKS), _BLOCKS):
            # It is held until the process ends, and the system lets it go then.
            lock = Path(tempfile.gettempdir(), f"parley-ports-{os.getuid()}-{number}").open("w")  # noqa: SIM115
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            first = _FIRST_PORT + number * _BLOCK
            self._pid, self._lock, self._ports = os.getpid(), lock, itertools.cycle(range(first, first + _BLOCK))
            return
        raise RuntimeError("every block of ports is taken")


_ports = _Ports()


def free_ports(count: int) -> list[int]:
    """Returns ports of loopback that nobody uses now, and that nobody else is given."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            listener, port = held.enter_context(socket.socket()), _ports.next()
            # What was said there before may linger on; servers do not mind.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", port))
                found.append(port)
    return found


def a_config(database_url: str, redis_url: str, data_dir: Path, **changes: Any) -> Config:
    """Returns the settings of a small platform on free ports."""
    config = Config(
        data_dir=data_dir,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=SECRET,
        port=0,
        # Tests speak faster than people; the tests of the limits set their own.
        post_rate=10_000.0,
        frame_rate=10_000.0,
        # Most of them answer by calls alone, and for longer than anybody is silent.
        lease_seconds=3600,
        # Their tenants' own systems listen on this machine.
        webhook_networks=("127.0.0.0/8",),
        # What this name notes about senders is believed.
        mail_checked_by="mx.parley.example",
    )
    *of_services, elsewhere = free_ports(len(SERVICES) + 1)
    ports = zip(SERVICES, of_services, strict=True)
    # At the second issuer a test may answer.
    config = replace(config, oidc_issuers=(ISSUER, f"https://localhost:{elsewhere}"))
    return replace(config.with_addresses({service: (f"127.0.0.1:{port}",) for service, port in ports}), **changes)


@contextlib.asynccontextmanager
async def migrated_database(engines: EngineUrls) -> AsyncIterator[str]:
    """Yields the owner's address of a fresh database in which every migration has run.

    Where the environment names a template, it is copied instead; and what the environment wants changed in it, such as
    a policy that is dropped to see who notices, is changed.
    """
    template, statements = os.environ.get(TEMPLATE, ""), os.environ.get(STATEMENTS, "")
    async with fresh_database(engines.database_url, like=template or "template1") as url:
        if not template:
            async with one_at_a_time(engines.database_url):
                await migrate(url, SECRET, MIGRATIONS, declared=METADATA.values())
        if statements:
            administrator = await asyncpg.connect(url)
            try:
                await administrator.execute(statements)
            finally:
                await administrator.close()
        yield url


@contextlib.asynccontextmanager
async def running_platform(
    config: Config, *, clock: Clock | None = None, services: Sequence[str] = SERVICES
) -> AsyncIterator[Platform]:
    """Starts services, as one process of a small machine, and yields the platform; stops them in order."""
    running = Running(Process(config, clock=clock or SystemClock()), [build_of(name) for name in services])
    await running.start()
    platform = Platform(config, running)
    try:
        yield platform
    finally:
        await platform.channels.close()
        await running.stop()
