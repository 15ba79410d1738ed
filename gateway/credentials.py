"""Finds the credential of a request and turns it into the access token that services verify.

On `/v1` a credential is a bearer token: an access token, which is passed on, or an API key, which is exchanged. On the
console's host the session cookie counts as well, and then a request that changes something must come from the console's
own origin. Nothing else of a request says who calls.
"""

from __future__ import annotations

import re

from starlette.types import Scope

from gateway import problems
from gateway.keys import Keys
from gateway.requests import cookie, text_header
from gateway.sessions import Kind, Sessions

SESSION_COOKIE = "__Host-parley_session"
FLOW_COOKIE = "__Host-parley_flow"
DEVICE_COOKIE = "__Host-parley_device"
VISITOR_COOKIE = "__Host-parley_visitor"
SAFE_METHODS = frozenset({"GET", "HEAD"})

API_KEY = re.compile(r"pak_[A-Za-z0-9._~-]{1,252}")
_ACCESS_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
#: The longest access token that the contract lets a gateway pass on.
LARGEST_TOKEN = 4096


def bearer(scope: Scope) -> str:
    """Returns the bearer credential of a request, or nothing."""
    scheme, _, credential = text_header(scope, b"authorization").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def require_origin(scope: Scope, origin: str) -> None:
    """Refuses a request that changes something by cookie, unless a page of this origin sent it."""
    if scope["method"] not in SAFE_METHODS and text_header(scope, b"origin") != origin:
        raise problems.wrong_origin()


class Credentials:
    """Turns the credential of a request into an access token."""

    def __init__(self, sessions: Sessions, keys: Keys, console_origin: str) -> None:
        """Takes the exchange, the keys, and the one origin whose pages may use the session cookie."""
        self._sessions = sessions
        self._keys = keys
        self._console_origin = console_origin

    async def access_token(self, scope: Scope, *, cookies: bool) -> str:
        """Returns the access token of a request; `cookies` where the host takes the session cookie as well."""
        credential = bearer(scope)
        if credential:
            if API_KEY.fullmatch(credential):
                return (await self._sessions.exchange(Kind.API_KEY, credential)).access_token
            if len(credential) <= LARGEST_TOKEN and _ACCESS_TOKEN.fullmatch(credential):
                if not await self._sessions.secure.check_token(credential, self._keys.ring):
                    # The key may be one that identity has just begun to sign with.
                    await self._keys.refresh()
                    await self._sessions.secure.check_token(credential, self._keys.ring)
                return credential
            raise problems.credential_missing()
        session = cookie(scope, SESSION_COOKIE) if cookies else ""
        if not session:
            raise problems.credential_missing()
        require_origin(scope, self._console_origin)
        return (await self._sessions.exchange(Kind.SESSION, session)).access_token
