"""Answers on the API's host: an access token for an API key, with which a program calls the services by gRPC.

The key comes in a header and never in a URL. The token lives for minutes; a program asks for the next one in time.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.console import whoami
from gateway.credentials import API_KEY, bearer
from gateway.limits import Limit, Limiter
from gateway.requests import Proxies
from gateway.sessions import Kind, Sessions


class Tokens:
    """The exchange for programs."""

    def __init__(self, *, sessions: Sessions, limiter: Limiter, proxies: Proxies) -> None:
        """Takes what the exchange needs."""
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies

    async def issue(self, scope: Scope, receive: Receive) -> Response:
        """Returns an access token for the API key that the request bears: `POST /token`."""
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        credential = bearer(scope)
        if not API_KEY.fullmatch(credential):
            raise problems.credential_missing()
        grant = await self._sessions.exchange(Kind.API_KEY, credential)
        return JSONResponse(whoami(grant), headers={"cache-control": "no-store"})
