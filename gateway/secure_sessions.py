"""Keeps plain HTTP away from tenants that ask for secure sessions: refused, or sent to https where a page is opened.

How a request came is noted where it enters, and looked at wherever the gateway learns whose it is: at each exchange of
a credential, at each access token, at a socket's first frame, at a file's ticket and at a panel's site. A request that
came by TLS costs nothing. The option only takes away: nothing is allowed, or less protected, where it is off. Where
identity cannot be asked, a request by plain HTTP is refused.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from parley.identity.v1 import tenant_pb2, tenant_pb2_grpc
from starlette.types import Scope

from gateway import problems
from gateway.problems import Problem
from gateway.requests import Proxies, text_header
from kernel.config import Config
from kernel.errors import Unauthenticated, from_rpc_error
from kernel.identity import InternalTokens, verify

REASON = "SECURE_SESSION_REQUIRED"
_KEPT_SECONDS = 10.0
_KEPT_TENANTS = 5_000
_CALL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Arrival:
    """How a request came, and where its page is by https, if anywhere."""

    plain: bool
    secure_address: str = ""


#: What is done for nobody's request, such as counting, came by no wire that anybody could listen to.
_NOBODYS = _Arrival(plain=False)
_arrival: ContextVar[_Arrival] = ContextVar("arrival", default=_NOBODYS)


def note_arrival(scope: Scope, proxies: Proxies, config: Config) -> None:
    """Remembers how a request came, for as long as it is answered."""
    if proxies.scheme(scope) == "https":
        _arrival.set(_Arrival(plain=False))
        return
    base = urlsplit(config.base)
    address = ""
    opened = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    if base.scheme == "https" and opened and "text/html" in text_header(scope, b"accept"):
        host = text_header(scope, b"host").partition(":")[0]
        port = f":{base.port}" if base.port else ""
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        # Only to hosts of our own: what a client calls us is its own word.
        if host == base.hostname or host.endswith(f".{base.hostname}"):
            address = f"https://{host}{port}{scope['raw_path'].decode('latin-1')}{query}"
    _arrival.set(_Arrival(plain=True, secure_address=address))


def came_plain() -> bool:
    """Says whether the request that is being answered came by plain HTTP."""
    return _arrival.get().plain


class SecureSessions:
    """Which tenants ask for secure sessions, kept for a moment."""

    def __init__(self, channel: grpc.aio.Channel, internal: InternalTokens) -> None:
        """Takes the way to identity."""
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channel)
        self._internal = internal
        self._kept: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    async def check(self, tenant_id: str) -> None:
        """Raises a Problem where the request came by plain HTTP and the tenant asks for secure sessions."""
        arrival = _arrival.get()
        if arrival.plain and tenant_id and await self.is_required(tenant_id):
            raise _refusal(arrival)

    async def check_token(self, token: str, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        """Does the same for an access token, and returns whether the token could be read; services refuse others."""
        if not _arrival.get().plain:
            return True
        try:
            actor = verify(token, keys)
        except Unauthenticated:
            return False
        await self.check(actor.tenant_id)
        return True

    async def is_required(self, tenant_id: str) -> bool:
        """Says whether a tenant asks for secure sessions; raises a Problem where that cannot be known."""
        until, kept = self._kept.get(tenant_id, (0.0, False))
        if time.monotonic() < until:
            return kept
        metadata = (("authorization", f"Bearer {self._internal.make(tenant_id)}"),)
        try:
            answer = await self._tenants.GetTenant(
                tenant_pb2.GetTenantRequest(), metadata=metadata, timeout=_CALL_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        required = answer.tenant.secure_sessions_required
        self._kept[tenant_id] = (time.monotonic() + _KEPT_SECONDS, required)
        self._kept.move_to_end(tenant_id)
        while len(self._kept) > _KEPT_TENANTS:
            self._kept.popitem(last=False)
        return required


def _refusal(arrival: _Arrival) -> Problem:
    detail = "This company asks for secure sessions. Nothing was done; open the address that begins with https."
    if arrival.secure_address:
        return Problem(
            status=308,
            reason=REASON,
            detail=detail,
            headers={"location": arrival.secure_address, "cache-control": "no-store"},
        )
    return Problem(status=403, reason=REASON, detail=detail, headers={"cache-control": "no-store"})
