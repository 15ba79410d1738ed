"""Serves every RPC that has a route as REST, from the contract alone: there is no hand-written route here.

Path, query and body become the request message; the response message becomes proto3 JSON; an error becomes a problem
document. Who may call is decided by the services, from the access token that goes along as the one piece of metadata
that a request has any say in. With a chat that is started goes a keyed hash of the network that it comes from, by which
a visitor who was blocked is known for the rest of the day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import downloads, files, json_form, problems, sse, tracing
from gateway.contract import Binding, Contract, Rpc
from gateway.credentials import Credentials
from gateway.limits import Limit, Limiter
from gateway.paths import Match, RouteTable, Template, parse_template
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, header, read_body
from gateway.sessions import ChannelSource
from kernel.errors import ParleyError
from kernel.limits import METADATA_ORIGIN, DailyHashes, network_of
from kernel.telemetry import metrics

UNARY_SECONDS = 15.0

REQUESTS = metrics.seconds("gateway_request_seconds", "How long requests took.", ("method", "code"))

#: The calls that have a limit of their own, besides the general one.
START = "/parley.chat.v1.ConversationService/StartConversation"
LEAVE = "/parley.chat.v1.OfflineService/LeaveMessage"
#: Both begin a conversation.
BEGINNING = frozenset({START, LEAVE})
#: The service is told from where these come, as a hash that is another one tomorrow.
PLACED = BEGINNING | {
    "/parley.community.v1.AccountService/SignUp",
    "/parley.community.v1.ModerationService/FlagPost",
}
LIMITED_CALLS = {
    START: Limit.START,
    LEAVE: Limit.START,
    "/parley.identity.v1.ReceiptCodeService/IssueReceiptCode": Limit.CODE,
    "/parley.identity.v1.EmailProofService/StartEmailProof": Limit.CODE,
    "/parley.identity.v1.EmailProofService/FinishEmailProof": Limit.CODE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to one RPC, with everything about it that can be worked out beforehand."""

    rpc: Rpc
    binding: Binding
    template: Template
    limit: Limit | None
    call: Callable[..., Any]


class Transcoder:
    """The ASGI application of `/v1`."""

    def __init__(
        self,
        *,
        contract: Contract,
        channels: ChannelSource,
        credentials: Credentials,
        limiter: Limiter,
        proxies: Proxies,
        streams: sse.Streams,
        started: Callable[[Scope, str, Message], None],
        origins: DailyHashes,
    ) -> None:
        """Builds the routes; `started` hears of every chat that was started.

        Raises InvalidTemplate or UnroutableContract for a contract that cannot be served.
        """
        self._credentials = credentials
        self._limiter = limiter
        self._proxies = proxies
        self._streams = streams
        self._started = started
        self._origins = origins
        self._routes = RouteTable(
            (binding.verb, template, _route(rpc, binding, template, channels))
            for rpc, binding in contract.routed()
            for template in (parse_template(binding.template),)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        started = time.perf_counter()
        found = self._routes.find(scope["method"], scope["raw_path"])
        try:
            response = await self._answer(found, scope, receive, send)
        except Disconnected:
            return
        except (Problem, ParleyError, grpc.aio.AioRpcError) as error:
            response = problems.from_error(error).response()
        if response is not None:
            await response(scope, receive, send)
            method = found.route.rpc.descriptor.full_name if found is not None else ""
            REQUESTS.labels(method, str(response.status_code)).observe(time.perf_counter() - started)

    async def _answer(self, found: Match[Route] | None, scope: Scope, receive: Receive, send: Send) -> Response | None:
        if found is None:
            allowed = self._routes.methods(scope["raw_path"])
            raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
        route = found.route
        address = self._proxies.address(scope)
        await self._limiter.take(Limit.REQUEST, address)
        if route.limit is not None:
            await self._limiter.take(route.limit, address)
        if route.rpc.access.upload:
            return await self._take_in(route, found.fields, scope, receive)
        body = await read_body(scope, receive)
        request = build_request(route, found.fields, scope["query_string"], body, header(scope, b"content-type"))
        token = await self._credentials.access_token(scope, cookies=scope.get("parley.cookies", False))
        with tracing.span(scope, route.rpc.path) as carried:
            metadata = [("authorization", f"Bearer {token}"), *carried]
            if route.rpc.path in PLACED:
                metadata.append((METADATA_ORIGIN, self._origins.of(network_of(address))))
            if route.rpc.server_streaming:
                if last := header(scope, b"last-event-id"):
                    sse.resume(request, last)
                if route.rpc.access.download:
                    return await downloads.handed_out(route.call(request, metadata=metadata))
                with self._streams.place_for(token):
                    await self._streams.serve(route.call(request, metadata=metadata), scope, receive, send)
                return None
            answer: Message = await route.call(request, metadata=metadata, timeout=UNARY_SECONDS)
            if route.rpc.path in BEGINNING:
                self._started(scope, token, answer)
        return Response(json_form.dump(answer), media_type="application/json", headers={"cache-control": "no-store"})

    async def _take_in(self, route: Route, fields: dict[str, str], scope: Scope, receive: Receive) -> Response:
        if scope["query_string"]:
            raise problems.malformed("This call takes no query; what is sent is its body.")
        first = route.rpc.request()
        for path, text in fields.items():
            json_form.set_path(first, path, text)
        token = await self._credentials.access_token(scope, cookies=scope.get("parley.cookies", False))
        with tracing.span(scope, route.rpc.path) as carried:
            open_call = partial(route.call, metadata=(("authorization", f"Bearer {token}"), *carried))
            answer = await files.taken_in(open_call, first, scope, receive)
        return Response(json_form.dump(answer), media_type="application/json", headers={"cache-control": "no-store"})


def build_request(route: Route, fields: dict[str, str], query: bytes, body: bytes, content_type: bytes) -> Message:
    """Builds the request message; raises a Problem for whatever does not fit it exactly."""
    request = route.rpc.request()
    target = route.binding.body
    if body and not target:
        raise problems.malformed("This call takes no body.")
    if body:
        if content_type.split(b";")[0].strip().lower() != b"application/json":
            raise Problem(
                status=415, reason="UNSUPPORTED_MEDIA_TYPE", detail="The body must be application/json in UTF-8."
            )
        json_form.load(body, request if target == "*" else getattr(request, target))
    if target and target != "*":
        getattr(request, target).SetInParent()
    for path, text in fields.items():
        if json_form.differs(request, path, text):
            raise problems.invalid((path, "says something else in the body than in the path"))
        json_form.set_path(request, path, text)
    if target == "*":
        if query:
            raise problems.malformed("This call takes no query; all of it belongs in the body.")
    else:
        json_form.load_query(query, request, bound=(*fields, *((target,) if target else ())))
    return request


def _route(rpc: Rpc, binding: Binding, template: Template, channels: ChannelSource) -> Route:
    channel = channels.of(rpc.process)
    arity: Callable[..., Any] = channel.unary_stream if rpc.server_streaming else channel.unary_unary
    if rpc.access.upload:
        arity = channel.stream_unary
    call: Callable[..., Any] = arity(
        rpc.path,
        request_serializer=rpc.request.SerializeToString,
        response_deserializer=rpc.response.FromString,
    )
    for path in template.fields:
        _check_path(rpc, path)
    return Route(rpc=rpc, binding=binding, template=template, limit=LIMITED_CALLS.get(rpc.path), call=call)


def _check_path(rpc: Rpc, path: str) -> None:
    position = rpc.request.DESCRIPTOR
    *parents, leaf = path.split(".")
    for parent in parents:
        message_type = position.fields_by_name[parent].message_type
        assert message_type is not None, path
        position = message_type
    assert not position.fields_by_name[leaf].is_repeated, path
