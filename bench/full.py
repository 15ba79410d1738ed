"""Starts the full path as `make run` has it, and fills it with people through the contract.

Everything stands as it does for users (row security, validation, limits, telemetry), except that the limits of one
address and one socket are raised: one machine here speaks for thousands of people.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.identity.v1 import (
    site_pb2,
    site_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from parley.options.v1 import access_pb2
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc

from bench import processes, rights
from bench.chain import Talkers
from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.config import SERVICES, Config
from kernel.embedded import EngineUrls
from kernel.rpc.channels import Channels
from kernel.storage.migrate import migrate

#: The settings that a run raises, with the reason that the report gives.
RAISED = {
    "post_rate": (1e6, "one socket answers as fast as it hears"),
    "frame_rate": (1e6, "one socket answers as fast as it hears"),
    "limit_requests": (0, "one address stands for everybody"),
    "limit_starts": (0, "one address stands for everybody"),
    "limit_sign_ins": (0, "one address stands for everybody"),
    "lease_seconds": (86_400, "nobody's browser says between two rounds that its operator is still there"),
}
_PASSWORD = "a password for the bench"
#: How many conversations one operator holds: each on a socket of its own.
_HELD_BY_ONE = 16
_AT_ONCE = 8
#: A token lives for minutes.
_RENEWED_SECONDS = 60.0

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Operator:
    """A member of staff and the session in which the person is signed in."""

    session: str
    token: str


@dataclass(slots=True)
class Held:
    """A conversation, its visitor's credential and its operator."""

    conversation_id: str
    credential: str
    operator: Operator


class FullPath:
    """Ours."""

    name = "full"

    def __init__(self, urls: EngineUrls, folder: Path) -> None:
        """Takes the engines and a folder for what its processes keep and print."""
        self._folder = folder
        self._open = ExitStack()
        self.port, *ports = processes.free_ports(1 + len(SERVICES))
        raised: dict[str, Any] = {name: value for name, (value, _) in RAISED.items()}
        self._config = Config(
            data_dir=folder,
            database_url=urls.database_url,
            redis_url=urls.redis_url,
            secret_key=secrets.token_urlsafe(32),
            port=self.port,
            **raised,
        ).with_addresses({name: (f"127.0.0.1:{port}",) for name, port in zip(SERVICES, ports, strict=True)})
        self.hosts = f"widget.localhost:{self.port}", f"console.localhost:{self.port}"
        self.processes: dict[str, int] = {}
        self._channels = Channels(self._config, "bench")
        self._held: list[Held] = []
        self.operators: list[Operator] = []
        self.tenant_id = self.slug = self.site_id = self._site_key = self.notice_id = ""

    @property
    def config(self) -> Config:
        """The settings with which it runs."""
        return self._config

    async def start(self) -> None:
        """Brings the database up to date, starts both processes, and makes a tenant."""
        await migrate(self._config.database_url, self._config.secret_key, MIGRATIONS, declared=METADATA.values())
        environ = self._config.as_env()
        for name, service in (("services", "all"), ("gateway", "gateway")):
            log = self._folder / f"{name}.log"
            started = processes.start("cli", "serve", service, environ=environ, log=log)
            self._open.callback(processes.stop, started)
            self.processes[name] = started.pid
            if name == "gateway":
                processes.wait_for(self._is_ready, started, "the gateway")
        identity, privacy = self._channels.of("identity"), self._channels.of("privacy")
        self._tokens = token_pb2_grpc.TokenServiceStub(identity)
        self._staff = staff_pb2_grpc.StaffServiceStub(identity)
        self._chat = conversation_pb2_grpc.ConversationServiceStub(self._channels.of("chat"))
        self.slug = f"bench-{secrets.token_hex(4)}"
        made = await self._channels.call(
            tenant_pb2_grpc.TenantServiceStub(identity).CreateTenant,
            tenant_pb2.CreateTenantRequest(
                slug=self.slug,
                display_name="Bench",
                regime=tenant_pb2.REGIME_ASP,
                admin_email=f"admin@{self.slug}.example",
                admin_display_name="Alex",
                admin_password=_PASSWORD,
            ),
        )
        self.tenant_id = made.tenant.id
        site = await self._channels.call(
            site_pb2_grpc.SiteServiceStub(identity).CreateSite,
            site_pb2.CreateSiteRequest(display_name="Shop", allowed_origins=[f"https://{self.slug}.example"]),
            tenant_id=self.tenant_id,
        )
        self.site_id, self._site_key = site.site.id, site.site.key
        notice = await self._channels.call(
            notice_pb2_grpc.NoticeServiceStub(privacy).PublishNotice,
            notice_pb2.PublishNoticeRequest(site_id=self.site_id, language="en", text="What we keep, and why."),
            tenant_id=self.tenant_id,
        )
        self.notice_id = notice.notice.id

    def _is_ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
            return True
        return False

    async def stop(self) -> None:
        """Stops both processes."""
        await self._channels.close()
        self._open.close()

    async def talkers(self, count: int) -> Sequence[Talkers]:
        """Returns conversations that operators have taken, with fresh tokens for both ends."""
        while len(self._held) < count:
            await self._take(min(_HELD_BY_ONE, count - len(self._held)))
        held = self._held[:count]
        operators = {id(each.operator): each.operator for each in held}
        await _each(operators.values(), self._renew)

        async def fresh(each: Held) -> Talkers:
            issued = await self._channels.call(
                self._tokens.ExchangeCredential,
                token_pb2.ExchangeCredentialRequest(visitor_credential=each.credential),
            )
            return Talkers(each.conversation_id, issued.access_token, each.operator.token)

        return await _each(held, fresh)

    async def resting(self, count: int) -> Sequence[tuple[str, str]]:
        """Starts conversations whose visitors only wait."""
        token = await self.anonymous()

        async def start(_: int) -> tuple[str, str]:
            started = await self._start(token)
            return started.conversation.id, started.access_token

        return await _each(range(count), start)

    async def watchers(self, count: int) -> Sequence[Operator]:
        """Returns so many operators, signed in just now or with fresh tokens."""
        known = self.operators[:count]
        await _each(known, self._renew)
        return [*known, *await _each(range(count - len(known)), self._operator)]

    async def rights(self, people: int, each: int) -> rights.Figures:
        """Lets so many people with so many conversations each have a copy, a correction and an erasure."""
        officers = [await self._operator(number, access_pb2.CALLER_PRIVACY_OFFICER) for number in range(2)]
        renewed = [time.monotonic()] * 2

        async def token(number: int) -> str:
            if time.monotonic() - renewed[number] > _RENEWED_SECONDS:
                await self._renew(officers[number])
                renewed[number] = time.monotonic()
            return officers[number].token

        return await rights.measure(
            self._channels,
            database_url=self._config.database_url,
            tenant_id=self.tenant_id,
            officer=partial(token, 0),
            second=partial(token, 1),
            services=self.processes["services"],
            people=people,
            each=each,
        )

    async def anonymous(self) -> str:
        """Returns the token of somebody on the site who has not started a conversation."""
        issued = await self._channels.call(
            self._tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(site_key=self._site_key)
        )
        return str(issued.access_token)

    def operator_of(self, number: int) -> tuple[Operator, list[int]]:
        """Returns who holds a conversation, and the numbers of all that the same person holds."""
        operator = self._held[number].operator
        return operator, [each for each, held in enumerate(self._held) if held.operator is operator]

    async def sign_out(self, operator: Operator) -> None:
        """Signs an operator out."""
        await self._channels.call(self._tokens.SignOut, token_pb2.SignOutRequest(session=operator.session))
        self.operators.remove(operator)
        self._held = [each for each in self._held if each.operator is not operator]

    async def _take(self, count: int) -> None:
        operator, token = await self._operator(0), await self.anonymous()

        async def take(_: int) -> Held:
            started = await self._start(token)
            await self._channels.call(
                self._chat.ClaimConversation,
                conversation_pb2.ClaimConversationRequest(conversation_id=started.conversation.id),
                token=operator.token,
            )
            return Held(started.conversation.id, started.visitor_credential, operator)

        self._held += await _each(range(count), take)

    async def _start(self, token: str) -> conversation_pb2.StartConversationResponse:
        started: conversation_pb2.StartConversationResponse = await self._channels.call(
            self._chat.StartConversation,
            conversation_pb2.StartConversationRequest(notice_id=self.notice_id, language="en", page_path="/page"),
            token=token,
        )
        return started

    async def _operator(self, _: int, role: access_pb2.Caller.ValueType = access_pb2.CALLER_OPERATOR) -> Operator:
        email = f"{secrets.token_hex(6)}@{self.slug}.example"
        await self._channels.call(
            self._staff.CreateStaff,
            staff_pb2.CreateStaffRequest(email=email, display_name="Robin", roles=[role], password=_PASSWORD),
            tenant_id=self.tenant_id,
        )
        session = await self._channels.call(
            self._tokens.SignIn, token_pb2.SignInRequest(tenant_slug=self.slug, email=email, password=_PASSWORD)
        )
        operator = Operator(session.session, "")
        await self._renew(operator)
        if role == access_pb2.CALLER_OPERATOR:
            self.operators.append(operator)
        return operator

    async def _renew(self, operator: Operator) -> None:
        issued = await self._channels.call(
            self._tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=operator.session)
        )
        operator.token = issued.access_token


async def _each(items: Iterable[Item], work: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Result:
        async with turns:
            return await work(item)

    return list(await asyncio.gather(*(one(item) for item in items)))
