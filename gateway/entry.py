"""Answers, on the console's host, people who come by a link from a mail, and those who forgot their password.

A link's secret comes in the body of a request and stands in no address that a server sees. Whether somebody has an
account is told by nothing here.
"""

from __future__ import annotations

import re

import grpc
from parley.identity.v1 import invitation_pb2, invitation_pb2_grpc
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.console import read_json
from gateway.credentials import require_origin
from gateway.limits import Limit, Limiter
from gateway.requests import Proxies, text_header
from gateway.sessions import ChannelSource, Sessions
from kernel.errors import from_rpc_error

_CALL_SECONDS = 5.0
_LANGUAGE = re.compile(r"\s*([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3})\s*(?:;|,|$)")


def preferred(accepted: str) -> str:
    """Returns the language that a browser asks for first; nothing where it asks for none."""
    found = _LANGUAGE.match(accepted)
    return found[1] if found else ""


class Entry:
    """The endpoints for people who cannot sign in yet."""

    def __init__(
        self, *, channels: ChannelSource, sessions: Sessions, limiter: Limiter, proxies: Proxies, origin: str
    ) -> None:
        """Takes the way to identity, by what the gateway is known there, and the console's own origin."""
        self._stub = invitation_pb2_grpc.InvitationServiceStub(channels.of("identity"))
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._origin = origin

    async def ask_reset(self, scope: Scope, receive: Receive) -> Response:
        """Has a link mailed to whoever forgot a password: `POST /password-reset`."""
        form = await self._form(scope, receive, "tenant", "email")
        request = invitation_pb2.RequestPasswordResetRequest(
            tenant_slug=form["tenant"],
            email=form["email"],
            network_address=self._proxies.address(scope),
            language=preferred(text_header(scope, b"accept-language")),
        )
        try:
            await self._stub.RequestPasswordReset(request, metadata=self._sessions.metadata(), timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return JSONResponse({}, status_code=202, headers={"cache-control": "no-store"})

    async def check(self, scope: Scope, receive: Receive) -> Response:
        """Says whose a link is: `POST /entry/check`."""
        form = await self._form(scope, receive, "secret")
        request = invitation_pb2.CheckEntryLinkRequest(entry_secret=form["secret"])
        try:
            answer = await self._stub.CheckEntryLink(request, metadata=self._sessions.metadata(), timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        told = {
            "displayName": answer.display_name,
            "email": answer.email,
            "tenant": answer.tenant_slug,
            "tenantName": answer.tenant_display_name,
            "isInvitation": answer.is_invitation,
        }
        return JSONResponse(told, headers={"cache-control": "no-store"})

    async def use(self, scope: Scope, receive: Receive) -> Response:
        """Sets a password by a link: `POST /entry`."""
        form = await self._form(scope, receive, "secret", "password")
        request = invitation_pb2.UseEntryLinkRequest(entry_secret=form["secret"], password=form["password"])
        try:
            answer = await self._stub.UseEntryLink(request, metadata=self._sessions.metadata(), timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(from_rpc_error(error)) from None
        return JSONResponse({"tenant": answer.tenant_slug}, headers={"cache-control": "no-store"})

    async def _form(self, scope: Scope, receive: Receive, *names: str) -> dict[str, str]:
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.SIGN_IN, self._proxies.address(scope))
        return await read_json(scope, receive, *names)
