"""The gates that every call passes, in one named order, for all four arities.

    mask          outermost, so that whatever fails inside leaves as a known error and never word for word
    telemetry     next, so that it sees every outcome, refusals included, with the code that the caller sees
    deadline      before any work is done, so that nobody holds a slot for ever
    authenticate  who calls comes before what they may
    access        a caller that may not call learns nothing about what is valid
    validate      only then is the request looked at; a refused value is never repeated
    privacy       innermost: unknown fields go before the service reads; before the answer leaves, it was recorded
                  where it shows what another person said, and hidden fields go

A gate that handles only unary calls silently skips streams, so a gate sees messages one by one, whatever the arity.
Frames on a live stream pass the same gates through `kernel.rpc.frames`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from parley.options.v1 import access_pb2
from protovalidate import Validator

from kernel import errors
from kernel.errors import InvalidArgument, ParleyError, PermissionDenied
from kernel.identity import Actor, TokenVerifier
from kernel.identity.revocations import Revocations
from kernel.identity.tokens import rejected
from kernel.privacy import reads
from kernel.privacy.redaction import redact
from kernel.privacy.rules import access_of
from kernel.rpc import calendar
from kernel.rpc.channels import LET_IN
from kernel.telemetry import logs, metrics, traces

ORDER = ("mask", "telemetry", "deadline", "authenticate", "access", "validate", "privacy")
DEFAULT_DEADLINE = 30.0
#: How long a file may be on its way in; how slow it may be is the gateway's to say.
UPLOAD_SECONDS = 600.0
METADATA_TOKEN = "authorization"

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

_log = logs.get("rpc")
_validator = Validator()
_actor: ContextVar[Actor] = ContextVar("actor")


def current_actor() -> Actor:
    """Returns the actor of the running call."""
    return _actor.get()


@dataclass(slots=True)
class Call:
    """One running call."""

    service: str
    method: MethodDescriptor
    access: access_pb2.Access
    actor: Actor


def token_of(metadata: Sequence[tuple[str, str | bytes]]) -> str:
    """Returns the token of a call; a missing, doubled or malformed one is rejected alike."""
    values = [value for key, value in metadata if key == METADATA_TOKEN]
    if len(values) != 1 or not isinstance(values[0], str) or not values[0].startswith("Bearer "):
        raise rejected()
    return values[0].removeprefix("Bearer ")


def authenticate(token: str, verifier: TokenVerifier, revocations: Revocations) -> Actor:
    """Returns the actor of a good token that was not revoked."""
    actor = verifier.actor(token)
    if revocations.is_revoked(actor):
        raise rejected()
    return actor


def allow(actor: Actor, access: access_pb2.Access) -> Actor:
    """Returns the actor with the declared purpose, or raises PermissionDenied."""
    as_what = actor.callers.intersection(access.callers)
    if not access.scope or access.scope not in actor.scopes:
        as_what -= {access_pb2.CALLER_SERVICE_ACCOUNT}
    if not as_what and access_pb2.CALLER_SERVICE_ACCOUNT in actor.callers.intersection(access.callers):
        raise PermissionDenied("SCOPE_MISSING", f"This key may not do that: it has no scope {access.scope}.")
    if not as_what:
        raise PermissionDenied("NOT_ALLOWED", "This credential may not do that.")
    if not actor.tenant_id and not access.tenantless:
        raise PermissionDenied("TENANT_REQUIRED", "This call needs a credential of a tenant.")
    if as_what == {access_pb2.CALLER_PLATFORM_SUPPORT}:
        # Whatever platform staff read inside a tenant, they read to solve the problem for which they were let in.
        return actor.for_purpose(access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT)
    return actor.for_purpose(access.purpose)


def validate(message: Message) -> None:
    """Raises InvalidArgument, naming fields and rules but never a value, where a message breaks the contract's
    rules."""
    broken = [(_path(violation.proto), violation.proto.rule_id) for violation in _validator.collect_violations(message)]
    broken += [(path, calendar.RULE) for path in calendar.outside(message)]
    if broken:
        raise InvalidArgument(
            "ARGUMENT_INVALID", "Some fields are missing or malformed. Nothing was kept.", fields=broken
        )


def is_valid(message: Message) -> bool:
    """Says whether a message follows the contract's rules, for those who ask before they refuse."""
    return not _validator.collect_violations(message) and next(calendar.outside(message), None) is None


def _path(violation: Any) -> str:
    parts: list[str] = []
    for element in violation.field.elements if violation.field else ():
        at = element.subscript
        # Only a list's position is written; a map's key is something that the caller sent.
        parts.append(
            f"{element.field_name}[{at.value}]" if at is not None and at.field == "index" else element.field_name
        )
    return ".".join(parts)


#: For how long a stream that is refused is read on.
HEAR_OUT_SECONDS = 0.5


class Gates(grpc.aio.ServerInterceptor):
    """The row of gates, as one interceptor: a chain of wrappers would cost each call once more for every gate."""

    def __init__(
        self,
        service: str,
        methods: Mapping[str, MethodDescriptor],
        verifier: TokenVerifier,
        revocations: Revocations,
    ) -> None:
        """Takes every method that the server offers, by its path; a method that is not among them passes no gate."""
        self._service = service
        self._methods = {path: (method, access_of(method)) for path, method in methods.items()}
        self._verifier = verifier
        self._revocations = revocations

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Wraps the handler of a known method; health and reflection, which hold nothing of a tenant, stay bare."""
        handler = await continuation(handler_call_details)
        known = self._methods.get(handler_call_details.method)
        if known is None or handler is None:
            return handler
        return self._wrap(handler, *known)

    def _wrap(self, handler: Any, method: MethodDescriptor, access: access_pb2.Access) -> Handler:
        serve = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        # Requests come in as bytes: who calls is asked before anything that a stranger sent is taken apart.
        codec = {"request_deserializer": None, "response_serializer": handler.response_serializer}
        parse = handler.request_deserializer

        def taken(request: Any) -> Any:
            return _each(parse, request) if handler.request_streaming else _taken(parse, request)

        async def let_in(context: grpc.aio.ServicerContext[Any, Any]) -> None:
            if handler.request_streaming:
                await context.send_initial_metadata(((LET_IN, "1"),))

        async def answer_one(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            async with self._passing(method, access, context) as call:
                await let_in(context)
                async with asyncio.timeout(_seconds(context, access)):
                    try:
                        return self._given(call, await serve(taken(request), context))
                    except Exception:
                        if handler.request_streaming:
                            await _hear_out(request)
                        raise

        async def answer_many(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            async with self._passing(method, access, context) as call:
                await let_in(context)
                responses = serve(taken(request), context)
                async for response in responses if call.actor.is_internal else self._while_good(call.actor, responses):
                    yield self._given(call, response)

        if handler.request_streaming and handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(cast(Any, answer_many), **codec)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(cast(Any, answer_many), **codec)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(cast(Any, answer_one), **codec)
        return grpc.unary_unary_rpc_method_handler(cast(Any, answer_one), **codec)

    @asynccontextmanager
    async def _passing(
        self, method: MethodDescriptor, access: access_pb2.Access, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Call]:
        started = time.perf_counter()
        code = grpc.StatusCode.OK
        metadata = tuple(context.invocation_metadata() or ())
        try:
            with traces.server_span(method.full_name, metadata):
                actor = allow(authenticate(token_of(metadata), self._verifier, self._revocations), access)
                reset = _actor.set(actor)
                try:
                    with reads.expected(recorded=access.recorded):
                        yield Call(self._service, method, access, actor)
                finally:
                    # A stream that its caller left is closed in another context than the one that it ran in.
                    with contextlib.suppress(ValueError):
                        _actor.reset(reset)
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        except Exception as raised:  # noqa: BLE001  # It is the mask.
            error = known_error(raised, self._service)
            code = error.code
            await context.abort(
                error.code,
                error.detail,
                trailing_metadata=((errors.STATUS_TRAILER, errors.to_status(error).SerializeToString()),),
            )
        finally:
            metrics.observe_rpc(self._service, method.full_name, code.name, time.perf_counter() - started)

    async def _while_good(self, actor: Actor, responses: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Passes a stream on until its caller's token has expired or was revoked: then it ends, as live channels do."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def look() -> None:
            expired = actor.expire_time is not None and actor.expire_time <= datetime.now(UTC)
            if not ended.done() and (expired or self._revocations.is_revoked(actor)):
                ended.set_result(None)

        left = (actor.expire_time - datetime.now(UTC)).total_seconds() if actor.expire_time is not None else 0.0
        # A moment later than the end, so that the clock has passed it for sure.
        expiring = loop.call_later(max(0.0, left) + 0.05, look)
        forget = self._revocations.on_change(look)
        step: asyncio.Future[Any] | None = None
        try:
            while True:
                step = asyncio.ensure_future(anext(responses, None))
                await asyncio.wait((step, ended), return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    raise rejected()
                response = step.result()
                if response is None:
                    return
                yield response
        finally:
            expiring.cancel()
            forget()
            if step is not None:
                step.cancel()
                await asyncio.gather(step, return_exceptions=True)

    def _given(self, call: Call, response: Message) -> Message:
        reads.check()
        redact(response, call.actor, own=call.access.own)
        return response


async def _hear_out(requests: AsyncIterator[bytes]) -> None:
    """Reads a stream that is refused to its end, for a while: whoever still writes into a refusal loses the reason."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEAR_OUT_SECONDS):
            async for _ in requests:
                pass


def _taken(parse: Callable[[bytes], Message], raw: bytes) -> Message:
    try:
        request = parse(raw)
    except DecodeError:
        raise InvalidArgument("REQUEST_MALFORMED", "This is no request of the contract. Nothing was kept.") from None
    validate(request)
    request.DiscardUnknownFields()
    return request


async def _each(parse: Callable[[bytes], Message], requests: AsyncIterable[bytes]) -> AsyncIterator[Message]:
    async for raw in requests:
        yield _taken(parse, raw)


def known_error(raised: Exception, service: str) -> ParleyError:
    """Returns an error that may leave: a known one as it is, everything else as Internal, with its kind in the log."""
    if isinstance(raised, ParleyError):
        return raised
    if isinstance(raised, TimeoutError):
        return errors.DeadlineExceeded("DEADLINE_EXCEEDED", "The answer took too long. Please try again.")
    if isinstance(raised, grpc.aio.AioRpcError):
        return errors.from_rpc_error(raised)
    _log.error("call failed", service=service, exc_info=raised)
    return errors.Internal()


def _seconds(context: grpc.aio.ServicerContext[Any, Any], access: access_pb2.Access) -> float:
    longest = UPLOAD_SECONDS if access.upload else DEFAULT_DEADLINE
    remaining = context.time_remaining()
    return longest if remaining is None else min(remaining, longest)
