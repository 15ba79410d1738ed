"""Answers on the console's host: signing in and out, the session's access token, and the console's page.

The session's secret is in a cookie that no script reads. A request that changes something must come from the
console's own origin.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.assets import REVALIDATE, Assets
from gateway.credentials import DEVICE_COOKIE, FLOW_COOKIE, SESSION_COOKIE, require_origin
from gateway.devices import device_of
from gateway.limits import Limit, Limiter
from gateway.pages import NOT_BUILT, Pages
from gateway.problems import Problem
from gateway.requests import Proxies, cookie, header, read_body, text_header
from gateway.sessions import Grant, Kind, Sessions

_LARGEST_FORM = 8 * 1024
_DEVICE_SECONDS = 180 * 24 * 3600


def moment(seconds: float) -> str:
    """Writes a moment as proto3 JSON does."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def read_json(scope: Scope, receive: Receive, *names: str, optional: tuple[str, ...] = ()) -> dict[str, str]:
    """Reads a small JSON object of texts; raises a Problem that names the fields that are missing or unknown."""
    if header(scope, b"content-type").split(b";")[0].strip().lower() != b"application/json":
        raise Problem(status=415, reason="UNSUPPORTED_MEDIA_TYPE", detail="The body must be application/json in UTF-8.")
    try:
        document: Any = orjson.loads(await read_body(scope, receive, largest=_LARGEST_FORM))
    except orjson.JSONDecodeError:
        raise problems.malformed("The request is not valid JSON.") from None
    if not isinstance(document, dict):
        raise problems.malformed("The request is not a JSON object.")
    if not document.keys() <= {*names, *optional}:
        raise problems.invalid(("", "has a field that this call does not know"))
    wrong = [name for name in names if not isinstance(document.get(name), str) or not document[name]]
    wrong += [name for name in optional if not isinstance(document.get(name) or "", str)]
    if wrong:
        raise problems.invalid(*((name, "is required, as a text") for name in wrong))
    return {name: document.get(name) or "" for name in (*names, *optional)}


def set_session(response: Response, session: str, expire_time: float) -> None:
    """Puts the session into its cookie."""
    response.set_cookie(
        SESSION_COOKIE,
        session,
        expires=datetime.fromtimestamp(expire_time, UTC),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response) -> None:
    """Takes the session's cookie away."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def whoami(grant: Grant) -> dict[str, Any]:
    """Returns what the console may know of its session."""
    return {
        "accessToken": grant.access_token,
        "expireTime": moment(grant.expire_time),
        "tenantId": grant.tenant_id,
        "callers": list(grant.callers),
        "subjectId": grant.subject_id,
    }


def _opened(session: str, expire_time: float, known_device: str, **more: Any) -> Response:
    response = JSONResponse({"expireTime": moment(expire_time), **more}, headers={"cache-control": "no-store"})
    set_session(response, session, expire_time)
    if known_device:
        # It says only that this browser was signed in once, and opens nothing.
        response.set_cookie(
            DEVICE_COOKIE, known_device, max_age=_DEVICE_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
        )
    return response


def _flow_cookie(response: Response, flow: str) -> None:
    """Keeps, or with nothing takes away, what binds a sign-in elsewhere to this browser."""
    # The way back comes from another site, where a stricter cookie would not be sent.
    response.set_cookie(
        FLOW_COOKIE, flow, max_age=600 if flow else 0, path="/", secure=True, httponly=True, samesite="lax"
    )


class Console:
    """The endpoints of the console's host."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        assets: Assets,
        pages: Pages,
        origin: str,
        widget_origin: str,
    ) -> None:
        """Takes what the endpoints need, the console's own origin and the widget's."""
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._assets = assets
        self._pages = pages
        self._origin = origin
        self._widget_origin = widget_origin

    async def sign_in(self, scope: Scope, receive: Receive) -> Response:
        """Opens a session: `POST /session`."""
        # A page of another origin must not sign somebody in either; programs send no origin at all.
        if header(scope, b"origin"):
            require_origin(scope, self._origin)
        address = self._proxies.address(scope)
        await self._limiter.take(Limit.SIGN_IN, address)
        form = await read_json(scope, receive, "tenant", "email", "password")
        answer = await self._sessions.sign_in(
            tenant=form["tenant"],
            email=form["email"],
            password=form["password"],
            address=address,
            device=device_of(text_header(scope, b"user-agent")),
            known_device=cookie(scope, DEVICE_COOKIE),
        )
        if not answer.challenge:
            return _opened(answer.session, answer.expire_time.ToMilliseconds() / 1000, answer.known_device)
        waiting: dict[str, Any] = {"challenge": answer.challenge}
        if answer.HasField("second_factor"):
            made = answer.second_factor
            waiting["secondFactor"] = {"secret": made.secret, "qrPath": made.qr_path, "qrSize": made.qr_size}
        return JSONResponse(waiting, headers={"cache-control": "no-store"})

    async def finish_sign_in(self, scope: Scope, receive: Receive) -> Response:
        """Opens a session that waited for a code: `POST /session/code`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.SIGN_IN, self._proxies.address(scope))
        form = await read_json(scope, receive, "challenge", "code")
        answer = await self._sessions.finish_sign_in(form["challenge"], form["code"])
        return _opened(
            answer.session,
            answer.expire_time.ToMilliseconds() / 1000,
            answer.known_device,
            recoveryCodes=list(answer.recovery_codes),
        )

    async def start_oidc(self, scope: Scope, receive: Receive) -> Response:
        """Begins a sign-in at a tenant's own provider: `POST /oidc/start`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.SIGN_IN, self._proxies.address(scope))
        form = await read_json(scope, receive, "tenant")
        answer = await self._sessions.start_oidc(form["tenant"])
        response = JSONResponse({"address": answer.authorization_url}, headers={"cache-control": "no-store"})
        _flow_cookie(response, answer.flow)
        return response

    async def finish_oidc(self, scope: Scope, receive: Receive) -> Response:
        """Takes a sign-in that comes back, and leads on to the console: `GET /oidc/callback?code=…&state=…`."""
        await self._limiter.take(Limit.SIGN_IN, self._proxies.address(scope))
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        code, state = (query.get(name, [""])[0] for name in ("code", "state"))
        response: Response = RedirectResponse("/#/refused", status_code=303, headers={"cache-control": "no-store"})
        flow = cookie(scope, FLOW_COOKIE)
        if code and state and flow:
            with suppress(Problem):
                answer = await self._sessions.finish_oidc(
                    flow=flow, code=code, state=state, device=device_of(text_header(scope, b"user-agent"))
                )
                response = _opened(answer.session, answer.expire_time.ToMilliseconds() / 1000, answer.known_device)
                response.status_code = 303
                response.headers["location"] = "/"
        _flow_cookie(response, "")
        return response

    async def session(self, scope: Scope, receive: Receive) -> Response:
        """Returns the session's access token: `GET /session`."""
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        session = cookie(scope, SESSION_COOKIE)
        if not session:
            raise problems.credential_missing()
        try:
            grant = await self._sessions.exchange(Kind.SESSION, session)
        except Problem as problem:
            response = problem.response()
            if problem.status == 401:
                clear_session(response)
            return response
        return JSONResponse(
            whoami(grant) | {"widgetOrigin": self._widget_origin}, headers={"cache-control": "no-store"}
        )

    async def sign_out(self, scope: Scope, receive: Receive) -> Response:
        """Ends the session: `DELETE /session`."""
        require_origin(scope, self._origin)
        session = cookie(scope, SESSION_COOKIE)
        if session:
            await self._sessions.sign_out(session)
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        clear_session(response)
        return response

    async def page(self, scope: Scope, receive: Receive) -> Response:
        """Returns the console's page, whatever part of it the path names."""
        asset = self._assets.find("console/index.html")
        if asset is None:
            return self._pages.notice(NOT_BUILT)
        return asset.response(cache=REVALIDATE, if_none_match=text_header(scope, b"if-none-match"))
