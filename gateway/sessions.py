"""Turns credentials into access tokens by asking identity, and opens and ends staff sessions.

It keeps answers for a moment, so that a page with ten requests asks identity once. A staff session or an API key is
kept for at most three seconds, because revoking it must work within seconds. The credentials themselves are never
kept: the answers stand under their SHA-256.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import grpc
from parley.identity.v1 import (
    oidc_pb2,
    oidc_pb2_grpc,
    recognition_pb2,
    recognition_pb2_grpc,
    second_factor_pb2,
    second_factor_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from parley.options.v1 import access_pb2

from gateway import problems, secure_sessions
from kernel.errors import Unauthenticated, from_rpc_error
from kernel.identity import InternalTokens
from kernel.rpc.values import named

#: The characters of credentials; none of them means anything in a header or a cookie.
_CREDENTIAL = re.compile(r"[A-Za-z0-9._~-]{1,256}")
_CALL_SECONDS = 5.0
#: A provider of somebody else's is asked three times.
_ELSEWHERE_SECONDS = 16.0
_KEPT_ANSWERS = 10_000


class ChannelSource(Protocol):
    """Where the gateway gets its channels to the services."""

    def of(self, process: str) -> grpc.aio.Channel:
        """Returns the channel to a service."""
        ...


class Kind(StrEnum):
    """The kinds of credential; each is the name of its field in ExchangeCredentialRequest."""

    SESSION = "session"
    API_KEY = "api_key"
    VISITOR = "visitor_credential"
    SITE_KEY = "site_key"
    TENANT = "tenant_slug"
    #: A visitor's credential, as far as it says who comes back.
    REMEMBERED = "remembered_credential"
    #: A receipt's code; it is exchanged by `open_receipt`, since it needs more than the code.
    RECEIPT = "receipt_code"


#: How long an answer is kept, in seconds.
KEPT_SECONDS = {
    Kind.SESSION: 3.0,
    Kind.API_KEY: 3.0,
    Kind.VISITOR: 3.0,
    Kind.SITE_KEY: 30.0,
    Kind.TENANT: 30.0,
    Kind.REMEMBERED: 3.0,
    Kind.RECEIPT: 3.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An access token, and whom it names."""

    access_token: str
    expire_time: float
    tenant_id: str
    callers: tuple[str, ...]
    subject_id: str
    conversation_id: str
    site_id: str
    #: Until when a browser may keep the credential of a visitor who chose to be remembered; 0 for everybody else.
    remembered_until: float = 0.0


class Sessions:
    """Exchanges credentials, with answers kept for a moment."""

    def __init__(self, channels: ChannelSource, internal: InternalTokens) -> None:
        """Takes the way to identity, and the tokens by which the gateway is known there."""
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
        self._recognition = recognition_pb2_grpc.RecognitionServiceStub(channels.of("identity"))
        self._factors = second_factor_pb2_grpc.SecondFactorServiceStub(channels.of("identity"))
        self._oidc = oidc_pb2_grpc.OidcServiceStub(channels.of("identity"))
        self._internal = internal
        self.secure = secure_sessions.SecureSessions(channels.of("identity"), internal)
        self._kept: OrderedDict[bytes, tuple[float, Grant]] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Grant]] = {}

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def metadata(self, tenant_id: str = "") -> tuple[tuple[str, str], ...]:
        """Returns the metadata by which a service knows the gateway."""
        return (("authorization", f"Bearer {self._internal.make(tenant_id)}"),)

    async def exchange(self, kind: Kind, credential: str) -> Grant:
        """Returns the access token for a credential; raises a Problem for one that is not good."""
        if not _CREDENTIAL.fullmatch(credential):
            raise problems.credential_missing()
        return await self._kept_or_asked(kind, _key(kind, credential), credential)

    async def open_receipt(self, slug: str, code: str, address: str) -> Grant:
        """Returns the access token for a receipt's code, typed at an address; raises a Problem for a wrong one."""
        typed = token_pb2.ReceiptCode(tenant_slug=slug, code=code, network_address=address)
        return await self._kept_or_asked(Kind.RECEIPT, _key(Kind.RECEIPT, f"{slug}:{code}"), typed)

    def forget(self, kind: Kind, credential: str) -> None:
        """Forgets the kept answer for a credential that is good no more; a receipt's is `slug:code`."""
        self._kept.pop(_key(kind, credential), None)

    async def _kept_or_asked(self, kind: Kind, key: bytes, credential: str | token_pb2.ReceiptCode) -> Grant:
        grant = await self._found(kind, key, credential)
        await self.secure.check(grant.tenant_id)
        return grant

    async def _found(self, kind: Kind, key: bytes, credential: str | token_pb2.ReceiptCode) -> Grant:
        until, kept = self._kept.get(key, (0.0, None))
        if kept is not None and time.monotonic() < until:
            return kept
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._ask(kind, credential, key))
            self._asking[key] = asking
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        # Whoever gives up waiting must not take the answer from the others who wait for it.
        return await asyncio.shield(asking)

    async def _ask(self, kind: Kind, credential: str | token_pb2.ReceiptCode, key: bytes) -> Grant:
        given: dict[str, Any] = {kind.value: credential}
        try:
            answer = await self._tokens.ExchangeCredential(
                token_pb2.ExchangeCredentialRequest(**given),
                metadata=self.metadata(),
                timeout=_CALL_SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            self._kept.pop(key, None)
            raise problems.from_error(from_rpc_error(error)) from None
        grant = Grant(
            access_token=answer.access_token,
            expire_time=answer.expire_time.ToMilliseconds() / 1000,
            tenant_id=answer.tenant_id,
            callers=tuple(named(access_pb2.Caller, caller) for caller in answer.callers),
            subject_id=answer.subject_id,
            conversation_id=answer.conversation_id,
            site_id=answer.site_id,
            remembered_until=answer.remembered_until_time.ToMilliseconds() / 1000 if answer.is_remembered else 0.0,
        )
        # A token is handed out only while it is still good for long enough to be used.
        seconds = min(KEPT_SECONDS[kind], grant.expire_time - time.time() - 30)
        if seconds > 0:
            now = time.monotonic()
            self._kept[key] = (now + seconds, grant)
            self._kept.move_to_end(key)
            # An answer that is used no more holds somebody's token, and takes as much memory as one that is.
            while len(self._kept) > _KEPT_ANSWERS or next(iter(self._kept.values()))[0] <= now:
                self._kept.popitem(last=False)
        return grant

    async def remember(self, grant: Grant, notice_id: str) -> float:
        """Remembers a visitor who chose it, and returns until when; raises a Problem where that is refused."""
        try:
            answer = await self._recognition.RememberVisitor(
                recognition_pb2.RememberVisitorRequest(notice_id=notice_id),
                metadata=(("authorization", f"Bearer {grant.access_token}"),),
                timeout=_CALL_SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return answer.expire_time.ToMilliseconds() / 1000

    async def forget_visitor(self, grant: Grant, *, by_signal: bool) -> None:
        """Forgets a visitor on later visits; raises a Problem where identity is away."""
        try:
            await self._recognition.ForgetVisitor(
                recognition_pb2.ForgetVisitorRequest(by_signal=by_signal),
                metadata=(("authorization", f"Bearer {grant.access_token}"),),
                timeout=_CALL_SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None

    async def sign_in(
        self, *, tenant: str, email: str, password: str, address: str, device: str, known_device: str
    ) -> token_pb2.SignInResponse:
        """Opens a staff session, or says what it waits for. Raises a Problem where it is refused."""
        await self._check_slug(tenant)
        try:
            answer = await self._tokens.SignIn(
                token_pb2.SignInRequest(
                    tenant_slug=tenant,
                    email=email,
                    password=password,
                    network_address=address,
                    device=device,
                    known_device=known_device,
                ),
                metadata=self.metadata(),
                timeout=_CALL_SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return answer

    async def _check_slug(self, slug: str) -> None:
        """Refuses what came by plain HTTP before a password or a cookie goes on; who is unknown is told so later."""
        if not secure_sessions.came_plain():
            return
        try:
            await self.exchange(Kind.TENANT, slug)
        except problems.Problem as problem:
            if problem.reason == secure_sessions.REASON or problem.status >= 429:
                raise

    async def finish_sign_in(self, challenge: str, code: str) -> second_factor_pb2.FinishSignInResponse:
        """Opens a staff session that waited for a code. Raises a Problem where it is refused."""
        try:
            answer = await self._factors.FinishSignIn(
                second_factor_pb2.FinishSignInRequest(challenge=challenge, code=code),
                metadata=self.metadata(),
                timeout=_CALL_SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return answer

    async def start_oidc(self, tenant: str) -> oidc_pb2.StartOidcResponse:
        """Begins a sign-in at a tenant's own provider. Raises a Problem where there is none."""
        await self._check_slug(tenant)
        try:
            answer = await self._oidc.StartOidc(
                oidc_pb2.StartOidcRequest(tenant_slug=tenant), metadata=self.metadata(), timeout=_ELSEWHERE_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return answer

    async def finish_oidc(self, *, flow: str, code: str, state: str, device: str) -> oidc_pb2.FinishOidcResponse:
        """Opens a staff session for whoever comes back from a provider. Raises a Problem where that is refused."""
        request = oidc_pb2.FinishOidcRequest(flow=flow, code=code, state=state, device=device)
        try:
            answer = await self._oidc.FinishOidc(request, metadata=self.metadata(), timeout=_ELSEWHERE_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return answer

    async def sign_out(self, session: str) -> None:
        """Ends a staff session; one that has ended already is no error."""
        self._kept.pop(_key(Kind.SESSION, session), None)
        try:
            await self._tokens.SignOut(
                token_pb2.SignOutRequest(session=session), metadata=self.metadata(), timeout=_CALL_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            refused = from_rpc_error(error)
            if not isinstance(refused, Unauthenticated):
                raise problems.from_error(refused) from None


def _key(kind: Kind, credential: str) -> bytes:
    return hashlib.sha256(f"{kind.value}:{credential}".encode()).digest()
