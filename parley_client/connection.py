"""Opens a channel to a service and calls it: with a token, a deadline, and retries that change nothing twice."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from parley_client.errors import ResourceExhausted, Unauthenticated, Unavailable, of_rpc

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
#: What only shows something may be asked again, whatever became of it the first time.
_SHOWING = ("Get", "List", "Watch", "Verify", "Diff", "Search", "Count", "Download")

Answer_co = TypeVar("Answer_co", covariant=True)
#: Returns a token; it is asked again when the platform refuses the last one.
Tokens = Callable[[], Awaitable[str]]


class Method(Protocol[Answer_co]):
    """A unary method of a stub."""

    def __call__(self, request: Any, /, *, timeout: float, metadata: Sequence[tuple[str, str]]) -> Awaitable[Answer_co]:
        """Calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What a channel is secured with: the authority to trust, and for mTLS a certificate and its key, all as PEM."""

    authority: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None

    def __repr__(self) -> str:
        """Leaves the key out."""
        return "Tls(…)"


class Connection:
    """A channel to one service, or to all replicas of it, and whom its calls come from."""

    def __init__(
        self,
        target: str,
        *,
        token: str | Tokens,
        tls: Tls | None = None,
        seconds: float = 10.0,
        attempts: int = 4,
    ) -> None:
        """Takes a gRPC target, a token or what returns one, and the TLS settings; none is for loopback only."""
        options = (("grpc.lb_policy_name", "round_robin"), ("grpc.keepalive_time_ms", 20_000))
        if tls is None:
            self.channel = grpc.aio.insecure_channel(target, options=options)
        else:
            credentials = grpc.ssl_channel_credentials(tls.authority, tls.key, tls.certificate)
            self.channel = grpc.aio.secure_channel(target, credentials, options=options)
        self._tokens: Tokens | None = None if isinstance(token, str) else token
        self._token = token if isinstance(token, str) else ""
        self._seconds = seconds
        self._attempts = attempts

    async def __aenter__(self) -> Self:
        """Returns the connection, which is closed at the end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the channel."""
        await self.channel.close()

    async def call(self, method: Method[Answer_co], request: Message, *, seconds: float | None = None) -> Answer_co:
        """Calls a unary method and returns its answer; errors are ParleyErrors.

        A request with a `request_id` gets one where it has none, so that it may be sent again without being carried
        out twice. What neither has one nor only shows something is sent again only where it reached nobody.
        """
        if "request_id" in request.DESCRIPTOR.fields_by_name and not getattr(request, "request_id"):  # noqa: B009
            request = _copy(request)
            setattr(request, "request_id", secrets.token_hex(16))  # noqa: B010 - Which message it is is not known here.
        is_repeatable = "request_id" in request.DESCRIPTOR.fields_by_name or request.DESCRIPTOR.name.startswith(
            _SHOWING
        )
        refreshed = False
        for attempt in range(1, self._attempts + 1):
            try:
                return await method(request, timeout=seconds or self._seconds, metadata=await self.metadata(anew=False))
            except grpc.aio.AioRpcError as raised:
                error = of_rpc(raised)
                if isinstance(error, Unauthenticated) and self._tokens is not None and not refreshed:
                    refreshed = True
                    await self.metadata(anew=True)
                    continue
                again = isinstance(error, ResourceExhausted) or (isinstance(error, Unavailable) and is_repeatable)
                if not again or attempt == self._attempts:
                    raise error from None
                wait = error.retry_after if error.retry_after is not None else wait_after(attempt)
            await asyncio.sleep(min(wait, _LONGEST_WAIT))
        raise AssertionError("the last attempt returns or raises")

    async def metadata(self, *, anew: bool) -> tuple[tuple[str, str], ...]:
        """Returns what every call carries; `anew` asks for another token first."""
        if self._tokens is not None and (anew or not self._token):
            self._token = await self._tokens()
        return (("authorization", f"Bearer {self._token}"),)


def wait_after(attempt: int) -> float:
    """Returns for how many seconds to wait after so many attempts: twice as long each time, half of it by chance."""
    longest = min(_FIRST_WAIT * (1 << min(attempt, 16)), _LONGEST_WAIT)
    return longest / 2 + random.random() * longest / 2  # noqa: S311 - It only keeps clients from coming at once.


def _copy(request: Message) -> Message:
    copied = type(request)()
    copied.CopyFrom(request)
    return copied
