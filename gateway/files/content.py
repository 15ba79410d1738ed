"""Answers on the content host: the files that people sent, for whoever bears a ticket that a service gave a moment ago.

Whatever a file is, a browser is told to keep it, not to run it: no script, no frame, a sandbox around it, and the type
that was found and no other. The address holds the ticket, and no part of this host writes addresses down.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import grpc
from parley.files.v1 import files_pb2, files_pb2_grpc
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway import problems
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.problems import Problem
from gateway.requests import Proxies, text_header
from gateway.routes import refuse
from gateway.sessions import ChannelSource, Sessions
from kernel.config import SERVICES
from kernel.errors import InvalidArgument, ParleyError, from_rpc_error
from kernel.files.tickets import Ticket, Tickets

PREFIX = "/files/"
_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")
HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    # A picture stands in the panel and in the console, which are other hosts; the ticket says who may.
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


class ContentHost:
    """The ASGI application below `/files/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        tickets: Tickets,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
    ) -> None:
        """Takes the way to the services, by what the gateway is known there, and who reads tickets."""
        self._stubs = {service: files_pb2_grpc.FileServiceStub(channels.of(service)) for service in SERVICES}
        self._sessions = sessions
        self._tickets = tickets
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            response = await self._answer(scope)
        except (Problem, ParleyError, grpc.aio.AioRpcError) as error:
            response = refuse(scope, problems.from_error(error), self._pages)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            raise problems.method_not_allowed(["GET", "HEAD"])
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        ticket = self._tickets.read(scope["path"].removeprefix(PREFIX), datetime.now(UTC))
        if ticket is None or ticket.service not in self._stubs:
            raise problems.not_found()
        await self._sessions.secure.check(ticket.tenant_id)
        wanted = _RANGE.fullmatch(text_header(scope, b"range"))
        start, end = _bounds(wanted) if wanted else (0, 0)
        call = self._stubs[ticket.service].ReadFile(
            files_pb2.ReadFileRequest(file_id=ticket.file_id, start=start, end=end),
            metadata=self._sessions.metadata(ticket.tenant_id),
        )
        try:
            first: Any = await call.read()
        except grpc.aio.AioRpcError as error:
            refused = from_rpc_error(error)
            if wanted and isinstance(refused, InvalidArgument):
                return await self._out_of_range(ticket)
            raise refused from None
        if first is grpc.aio.EOF:
            raise problems.not_found()
        headers = HEADERS | {
            "content-length": str(first.end - first.start),
            "content-disposition": _disposition(first.filename),
            "content-type": first.media_type if _TYPE.fullmatch(first.media_type) else "application/octet-stream",
        }
        if wanted:
            headers["content-range"] = f"bytes {first.start}-{first.end - 1}/{first.size}"
        status = 206 if wanted else 200
        if scope["method"] == "HEAD":
            call.cancel()
            return Response(status_code=status, headers=headers)
        return StreamingResponse(_pieces(call, first), status_code=status, headers=headers)

    async def _out_of_range(self, ticket: Ticket) -> Response:
        call = self._stubs[ticket.service].ReadFile(
            files_pb2.ReadFileRequest(file_id=ticket.file_id), metadata=self._sessions.metadata(ticket.tenant_id)
        )
        try:
            known: Any = await call.read()
        finally:
            call.cancel()
        size = 0 if known is grpc.aio.EOF else known.size
        problem = Problem(status=416, reason="RANGE_NOT_SATISFIABLE", detail="The file has no such part.")
        response = problem.response()
        response.headers["content-range"] = f"bytes */{size}"
        return response


async def _pieces(call: Any, first: files_pb2.ReadFileResponse) -> AsyncIterator[bytes]:
    # What ends before its time is shorter than it said, which cuts the connection.
    try:
        if first.data:
            yield first.data
        while (piece := await call.read()) is not grpc.aio.EOF:
            yield piece.data
    finally:
        call.cancel()


def _bounds(wanted: re.Match[str]) -> tuple[int, int]:
    """Returns the part of a file that a header asks for: its first byte, from the end where it is below zero."""
    first, last, of_end = wanted.groups()
    if of_end:
        # The last nothing of a file is no part of it.
        return (-int(of_end), 0) if int(of_end) else (1 << 60, 0)
    start = int(first)
    if last and int(last) < start:
        return 1 << 60, 0
    return start, int(last) + 1 if last else 0


def _disposition(filename: str) -> str:
    plain = _UNSAFE.sub("_", filename)[-80:] or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
