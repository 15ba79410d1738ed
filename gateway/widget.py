"""Answers on the widget's host: the launcher, the panel's page, and the visitor's session in the panel.

The panel is framed by the pages of its site's allowed origins and by nobody else. No cookie is set before the visitor
has started a chat; it is then bound to the site on which it was set, and `Partitioned`, so that it says nothing
elsewhere.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.assets import LAUNCHER, REVALIDATE, Assets
from gateway.console import moment, read_json
from gateway.credentials import VISITOR_COOKIE, require_origin
from gateway.limits import Limit, Limiter
from gateway.pages import MAINTENANCE, NOT_BUILT, UNKNOWN_SITE, Pages
from gateway.privacy.upstream import Upstream
from gateway.problems import Problem
from gateway.requests import Proxies, cookie, text_header
from gateway.security import policy, socket_origin
from gateway.sessions import Grant, Kind, Sessions
from gateway.site_keys import Site, SiteKeys
from kernel.errors import ParleyError

COOKIE_SECONDS = 7 * 86_400
_COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"


def site_key_of(scope: Scope) -> str:
    """Returns the site's public key in the query; a query that cannot be read has none."""
    try:
        values = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=10).get("site", [])
    except ValueError:
        return ""
    return values[0] if len(values) == 1 else ""


class Widget:
    """The endpoints of the widget's host."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        site_keys: SiteKeys,
        tenants: Upstream,
        limiter: Limiter,
        proxies: Proxies,
        assets: Assets,
        pages: Pages,
        origin: str,
    ) -> None:
        """Takes what the endpoints need, and the widget's own origin."""
        self._sessions = sessions
        self._site_keys = site_keys
        self._tenants = tenants
        self._limiter = limiter
        self._proxies = proxies
        self._assets = assets
        self._pages = pages
        self._origin = origin

    async def launcher(self, scope: Scope, receive: Receive) -> Response:
        """Returns the launcher: `GET /launcher.js?site=pk_…`."""
        asset = self._assets.find("launcher.js")
        if asset is None:
            return Response(
                "/* The launcher is not built. */",
                status_code=503,
                media_type="text/javascript",
                headers={"cache-control": "no-store", "cross-origin-resource-policy": "cross-origin"},
            )
        key = site_key_of(scope)
        self._site_keys.mark_seen(key, text_header(scope, b"referer"))
        headers = {"cross-origin-resource-policy": "cross-origin", "vary": "Origin"}
        headers.update(await self._cors(key, text_header(scope, b"origin")))
        return asset.response(cache=LAUNCHER, if_none_match=text_header(scope, b"if-none-match"), headers=headers)

    async def preflight(self, scope: Scope, receive: Receive) -> Response:
        """Answers what a page of another origin may fetch: `OPTIONS /launcher.js?site=pk_…`."""
        headers = await self._cors(site_key_of(scope), text_header(scope, b"origin"))
        if headers:
            headers |= {"access-control-allow-methods": "GET", "access-control-max-age": "600"}
        return Response(status_code=204, headers={"vary": "Origin", **headers})

    async def _cors(self, key: str, origin: str) -> dict[str, str]:
        if not origin:
            return {}
        try:
            site = await self._site_keys.find(key)
        except ParleyError:
            return {}
        return {"access-control-allow-origin": origin} if site is not None and origin in site.origins else {}

    async def panel(self, scope: Scope, receive: Receive) -> Response:
        """Returns the panel's page: `GET /panel?site=pk_…`."""
        # These notices hold nothing that could be clicked, so whoever frames the panel may show them.
        framed_by_anybody = {
            "content-security-policy": policy(ancestors=["*"]),
            "cross-origin-resource-policy": "cross-origin",
        }
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        try:
            site = await self._site_keys.find(site_key_of(scope))
        except ParleyError:
            return self._pages.notice(MAINTENANCE, headers=framed_by_anybody)
        if site is None:
            return self._pages.notice(UNKNOWN_SITE, headers=framed_by_anybody)
        asset = self._assets.find("panel/index.html")
        if asset is None:
            return self._pages.notice(NOT_BUILT, headers=framed_by_anybody)
        headers = {
            "content-security-policy": policy(
                scripts=True, connect=[socket_origin(self._origin)], ancestors=[self._origin, *site.origins]
            ),
            "cross-origin-resource-policy": "cross-origin",
        }
        return asset.response(cache=REVALIDATE, if_none_match=text_header(scope, b"if-none-match"), headers=headers)

    async def session(self, scope: Scope, receive: Receive) -> Response:
        """Returns an access token for the panel: `POST /widget/session`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        form = await read_json(scope, receive, "siteKey", optional=("visitorCredential",))
        site = await self._site(form["siteKey"])
        stale_cookie = False
        grant: Grant | None = None
        if form["visitorCredential"]:
            grant = await self._sessions.exchange(Kind.VISITOR, form["visitorCredential"])
            if grant.site_id != site.id:
                raise problems.credential_missing()
        elif kept := cookie(scope, VISITOR_COOKIE):
            grant = await self._of_cookie(kept, site)
            stale_cookie = grant is None
        if grant is None:
            grant = await self._sessions.exchange(Kind.SITE_KEY, form["siteKey"])
        answer = {
            "accessToken": grant.access_token,
            "expireTime": moment(grant.expire_time),
            "siteId": grant.site_id,
            "kind": "visitor" if grant.conversation_id else "anonymous",
            "privacyPath": f"/privacy/{(await self._tenants.tenant(grant.tenant_id)).slug}",
        }
        if grant.conversation_id:
            answer["conversationId"] = grant.conversation_id
        response = JSONResponse(answer, headers={"cache-control": "no-store"})
        if stale_cookie:
            _clear_cookie(response)
        return response

    async def keep_session(self, scope: Scope, receive: Receive) -> Response:
        """Keeps the visitor's credential in the cookie: `PUT /widget/session`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        form = await read_json(scope, receive, "siteKey", "visitorCredential")
        site = await self._site(form["siteKey"])
        grant = await self._sessions.exchange(Kind.VISITOR, form["visitorCredential"])
        if grant.site_id != site.id or not grant.conversation_id:
            raise problems.credential_missing()
        # Identity has just taken the credential, and what it takes has no character that a cookie gives a meaning.
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        response.headers.append(
            "set-cookie",
            f"{VISITOR_COOKIE}={form['visitorCredential']}; Max-Age={COOKIE_SECONDS}; {_COOKIE_ATTRIBUTES}",
        )
        return response

    async def forget_session(self, scope: Scope, receive: Receive) -> Response:
        """Takes the visitor's cookie away: `DELETE /widget/session`."""
        require_origin(scope, self._origin)
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        _clear_cookie(response)
        return response

    async def _site(self, key: str) -> Site:
        site = await self._site_keys.find(key)
        if site is None:
            raise Problem(status=404, reason="SITE_NOT_FOUND", detail="There is no site with this key.")
        return site

    async def _of_cookie(self, credential: str, site: Site) -> Grant | None:
        try:
            grant = await self._sessions.exchange(Kind.VISITOR, credential)
        except Problem as problem:
            if problem.status == 401:
                return None
            raise
        return grant if grant.site_id == site.id else None


def _clear_cookie(response: Response) -> None:
    response.headers.append("set-cookie", f"{VISITOR_COOKIE}=; Max-Age=0; {_COOKIE_ATTRIBUTES}")
