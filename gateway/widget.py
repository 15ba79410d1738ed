"""Answers on the widget's host: the launcher, the panel's page, and the visitor's session in the panel.

The panel is framed by the pages of its site's allowed origins and by nobody else. No cookie is set before the visitor
has started a chat; it is then bound to the site on which it was set, and `Partitioned`, so that it says nothing
elsewhere. It ends with the browser's session, unless the visitor chose to be remembered: then after 90 days at most.
The browser's `Sec-GPC: 1` is a no to that choice. Where cookies are blocked, everything works while the page stays.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway import problems
from gateway.assets import LAUNCHER, PRIVATE, REVALIDATE, Assets
from gateway.console import moment, read_json
from gateway.credentials import VISITOR_COOKIE, require_origin
from gateway.invitations import MARK, Invitations
from gateway.limits import Limit, Limiter
from gateway.pages import MAINTENANCE, NOT_BUILT, UNKNOWN_SITE, Pages
from gateway.privacy.upstream import Upstream
from gateway.privacy.visits import read_code
from gateway.problems import Problem
from gateway.requests import Proxies, cookie, text_header
from gateway.security import policy, socket_origin
from gateway.sessions import Grant, Kind, Sessions
from gateway.site_keys import Site, SiteKeys
from kernel.errors import ParleyError, ResourceExhausted

YES, NO = "yes", "no"
#: What stands in the launcher in the place of where it stands on the page.
POSITION = b"PARLEY_POSITION"
_COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
_NO_COOKIE = f"{VISITOR_COOKIE}=; Max-Age=0; {_COOKIE_ATTRIBUTES}"


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
        content_origin: str,
    ) -> None:
        """Takes what the endpoints need, the widget's own origin, and that of people's files."""
        self._sessions = sessions
        self._site_keys = site_keys
        self._tenants = tenants
        self._limiter = limiter
        self._proxies = proxies
        self._assets = assets
        self._pages = pages
        self._origin = origin
        self._content_origin = content_origin
        self._invitations = Invitations(sessions, site_keys, tenants)

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
        key = await self._looked_up(scope)
        self._site_keys.mark_seen(key, text_header(scope, b"referer"))
        headers = {"cross-origin-resource-policy": "cross-origin", "vary": "Origin"}
        headers.update(await self._cors(key, text_header(scope, b"origin")))
        if await self._at_start(key):
            asset = asset.filled(POSITION, b"at-start")
        invitations = await self._invitations.of(scope, key)
        if invitations is not None:
            # What the visitor chose holds from the next page on, so that this answer is nobody else's and kept nowhere.
            headers["vary"] = "Origin, Cookie, Sec-GPC"
            asset = asset.filled(MARK, invitations)
            return asset.response(cache=PRIVATE, if_none_match=text_header(scope, b"if-none-match"), headers=headers)
        return asset.response(cache=LAUNCHER, if_none_match=text_header(scope, b"if-none-match"), headers=headers)

    async def preflight(self, scope: Scope, receive: Receive) -> Response:
        """Answers what a page of another origin may fetch: `OPTIONS /launcher.js?site=pk_…`."""
        headers = await self._cors(await self._looked_up(scope), text_header(scope, b"origin"))
        if headers:
            headers |= {"access-control-allow-methods": "GET", "access-control-max-age": "600"}
        return Response(status_code=204, headers={"vary": "Origin", **headers})

    async def _looked_up(self, scope: Scope) -> str:
        """Returns the site's public key of a request, or none where somebody asks for too many that nobody knows.

        The launcher comes to everybody all the same; only what would have identity look for a site is left out.
        """
        key = site_key_of(scope)
        if self._site_keys.is_kept(key):
            return key
        try:
            await self._limiter.take(Limit.SITE_KEY, self._proxies.address(scope))
        except ResourceExhausted:
            return ""
        return key

    async def _at_start(self, key: str) -> bool:
        try:
            site = await self._site_keys.find(key)
        except ParleyError:
            return False
        return site is not None and site.at_start

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
        await self._sessions.secure.check(site.tenant_id)
        asset = self._assets.find("panel/index.html")
        if asset is None:
            return self._pages.notice(NOT_BUILT, headers=framed_by_anybody)
        headers = {
            "content-security-policy": policy(
                scripts=True,
                connect=[socket_origin(self._origin)],
                ancestors=[self._origin, *site.origins],
                pictures=["blob:", self._content_origin],
            ),
            "cross-origin-resource-policy": "cross-origin",
        }
        return asset.response(cache=REVALIDATE, if_none_match=text_header(scope, b"if-none-match"), headers=headers)

    async def session(self, scope: Scope, receive: Receive) -> Response:
        """Returns an access token for the panel: `POST /widget/session`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        form = await read_json(scope, receive, "siteKey", optional=("visitorCredential", "receiptCode", "fresh"))
        site = await self._site(form["siteKey"])
        cookie_now = ""
        grant: Grant | None = None
        if form["visitorCredential"]:
            grant = await self._sessions.exchange(Kind.VISITOR, form["visitorCredential"])
            if grant.site_id != site.id:
                raise problems.credential_missing()
        elif form["receiptCode"]:
            grant = await self._of_code(scope, form["receiptCode"], site)
        elif kept := cookie(scope, VISITOR_COOKIE):
            grant = await self._of_cookie(Kind.VISITOR, kept, site)
            if grant is None:
                cookie_now = _NO_COOKIE
            elif _refuses(scope) and grant.remembered_until:
                await self._forget(grant, kept, by_signal=True)
                cookie_now = _cookie_of(kept, 0.0)
            elif form["fresh"] == YES and grant.remembered_until:
                grant = await self._of_cookie(Kind.REMEMBERED, kept, site)
            if form["fresh"] == YES and grant is not None and grant.conversation_id:
                grant = None
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
        if grant.remembered_until and not cookie_now:
            answer["rememberedUntilTime"] = moment(grant.remembered_until)
        response = JSONResponse(answer, headers={"cache-control": "no-store"})
        if cookie_now:
            response.headers.append("set-cookie", cookie_now)
        return response

    async def keep_session(self, scope: Scope, receive: Receive) -> Response:
        """Keeps the visitor's credential in the cookie: `PUT /widget/session`."""
        require_origin(scope, self._origin)
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        form = await read_json(scope, receive, "siteKey", "visitorCredential", optional=("remember", "noticeId"))
        if form["remember"] not in ("", YES, NO):
            raise problems.invalid(("remember", "must be yes or no"))
        site = await self._site(form["siteKey"])
        credential = form["visitorCredential"]
        grant = await self._sessions.exchange(Kind.VISITOR, credential)
        if grant.site_id != site.id or not grant.conversation_id:
            raise problems.credential_missing()
        until = grant.remembered_until
        if _refuses(scope) or form["remember"] == NO:
            if until:
                await self._forget(grant, credential, by_signal=form["remember"] != NO)
            until = 0.0
        elif form["remember"] == YES:
            until = await self._sessions.remember(grant, form["noticeId"])
            self._sessions.forget(Kind.VISITOR, credential)
        # Identity has just taken the credential, and what it takes has no character that a cookie gives a meaning.
        headers = {"cache-control": "no-store", "set-cookie": _cookie_of(credential, until)}
        return Response(status_code=204, headers=headers)

    async def forget_session(self, scope: Scope, receive: Receive) -> Response:
        """Takes the visitor's cookie away: `DELETE /widget/session`."""
        require_origin(scope, self._origin)
        return Response(status_code=204, headers={"cache-control": "no-store", "set-cookie": _NO_COOKIE})

    async def _site(self, key: str) -> Site:
        site = await self._site_keys.find(key)
        if site is None:
            raise Problem(status=404, reason="SITE_NOT_FOUND", detail="There is no site with this key.")
        return site

    async def _of_code(self, scope: Scope, typed: str, site: Site) -> Grant:
        """Returns the visitor's grant for the code on a receipt; one of another site is as wrong as any."""
        address = self._proxies.address(scope)
        await self._limiter.take(Limit.CODE, address)
        code = read_code(typed)
        slug = (await self._tenants.tenant(site.tenant_id)).slug
        grant = await self._sessions.open_receipt(slug, code, address) if code else None
        if grant is None or grant.site_id != site.id or not grant.conversation_id:
            raise problems.credential_missing()
        return grant

    async def _of_cookie(self, kind: Kind, credential: str, site: Site) -> Grant | None:
        try:
            grant = await self._sessions.exchange(kind, credential)
        except Problem as problem:
            if problem.status == 401:
                return None
            raise
        return grant if grant.site_id == site.id else None

    async def _forget(self, grant: Grant, credential: str, *, by_signal: bool) -> None:
        await self._sessions.forget_visitor(grant, by_signal=by_signal)
        for kind in (Kind.VISITOR, Kind.REMEMBERED):
            self._sessions.forget(kind, credential)


def _refuses(scope: Scope) -> bool:
    """Says whether the browser says no, for its visitor, to being remembered."""
    return text_header(scope, b"sec-gpc") == "1"


def _cookie_of(credential: str, until: float) -> str:
    """Writes the visitor's cookie: until the browser's session ends, or until a moment that the visitor chose."""
    age = f"Max-Age={max(0, int(until - time.time()))}; " if until else ""
    return f"{VISITOR_COOKIE}={credential}; {age}{_COOKIE_ATTRIBUTES}"
