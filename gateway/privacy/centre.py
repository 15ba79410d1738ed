"""Finds the page that a request to the privacy centre asks for, and who is in front of it.

It owns the routes below `/privacy/<tenant>`, the checks that come before each page (limits, origin, cookie), and what
is shown where a page is refused. What stands on a page belongs to the module of its noun.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.border import Border
from gateway.credentials import require_origin
from gateway.limits import Limit, Limiter
from gateway.pages import EXPIRED, Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy import visits
from gateway.privacy.choices import Choices
from gateway.privacy.email_entrance import EmailEntrance
from gateway.privacy.entrance import Entrance
from gateway.privacy.erasing import Erasing
from gateway.privacy.feedback import Feedback
from gateway.privacy.held import Held
from gateway.privacy.publications import Publications
from gateway.privacy.requests import Requests
from gateway.privacy.upstream import Tenant, Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Page, Person, Visit
from gateway.privacy.words import LANGUAGES, Words, choose
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, cookie, text_header
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from kernel.errors import ParleyError

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "vary": "Accept-Language, Cookie",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A page, and whether somebody must have come in to see it."""

    page: Page
    inside: bool


class Centre:
    """The ASGI application of `/privacy`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
        origin: str,
        community_origin: str,
    ) -> None:
        """Takes what the pages need, the origin on which they stand, and the one of the communities."""
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        self.upstream = Upstream(channels, sessions)
        self.border = Border(
            channels=channels,
            upstream=self.upstream,
            limiter=limiter,
            proxies=proxies,
            pages=pages,
            origin=community_origin,
        )
        self._view = View(pages)
        held = Held(self.upstream, self._view)
        entrance = Entrance(sessions, self._view, held.page)
        email = EmailEntrance(self.upstream, sessions, limiter, self._view)
        requests = Requests(self.upstream, self._view)
        erasing = Erasing(self.upstream, self._view, sessions)
        choices = Choices(self.upstream, self._view)
        feedback = Feedback(self.upstream, self._view, requests.tracked)
        published = Publications(self.upstream, self._view)
        self._routes = RouteTable(
            (method, parse_template("/privacy/{slug}" + path), Route(page, inside))
            for method, path, page, inside in (
                ("GET", "", entrance.page, False),
                ("POST", "", entrance.enter, False),
                ("GET", "/email", email.home, False),
                ("POST", "/email", email.start, False),
                ("GET", "/email/code", email.home, False),
                ("POST", "/email/code", email.finish, False),
                ("GET", "/email/open", email.home, False),
                ("POST", "/email/open", email.choose, False),
                ("POST", "/leave", entrance.leave, False),
                ("GET", "/copy", held.copy_page, True),
                ("POST", "/copy", held.copy, True),
                ("GET", "/correct", requests.correct_page, True),
                ("POST", "/correct", requests.correct, True),
                ("GET", "/object", requests.objection_page, True),
                ("POST", "/object", requests.objection, True),
                ("GET", "/requests/{request_id}", requests.page, True),
                ("GET", "/erase", erasing.page, True),
                ("POST", "/erase", erasing.erase, True),
                ("GET", "/choices", choices.page, True),
                ("POST", "/choices", choices.save, True),
                ("GET", "/complain", feedback.page, False),
                ("POST", "/complain", feedback.submit, False),
                ("GET", "/track", feedback.track_page, False),
                ("POST", "/track", feedback.track, False),
                ("POST", "/withdraw", feedback.withdraw, False),
                ("GET", "/notices", published.notices, False),
                ("GET", "/notices/{notice_id}", published.notice, False),
                ("GET", "/policy", published.policy, False),
                ("GET", "/policy/{policy_id}", published.policy_version, False),
                ("GET", "/recipients", published.recipients, False),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            with tracing.span(scope, "privacy_centre"):
                response = await self._answer(scope, receive)
        except Disconnected:
            return
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        address = self._proxies.address(scope)
        found = self._routes.find(method, scope["raw_path"])
        language = choose(text_header(scope, b"accept-language"), preferred=cookie(scope, visits.LANGUAGE))
        visit: Visit | None = None
        try:
            await self._limiter.take(Limit.REQUEST, address)
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            tenant = await self.upstream.tenant_of_slug(found.fields["slug"])
            if tenant is None:
                raise problems.not_found()
            visit = Visit(
                scope=scope,
                receive=receive,
                tenant=tenant,
                words=Words(language, tenant.name),
                address=address,
                fields=found.fields,
                community=await self.border.way(tenant.slug) if method == "GET" else "",
            )
            if method == "GET" and visit.query("lang") in LANGUAGES:
                return visits.in_language(scope["path"], visit.query("lang"))
            require_origin(scope, self._origin)
            return await self._open(visit, found.route)
        except (Problem, ParleyError) as error:
            return self._refuse(scope, visit, problems.from_error(error))

    async def _open(self, visit: Visit, route: Route) -> Response:
        code = visits.kept_code(cookie(visit.scope, visits.COOKIE), visit.tenant.slug)
        if code:
            visit.person = await self._person(visit, code)
        if visit.person is None and route.inside:
            # A code that opened the pages once and does so no more has ended, or its data were deleted.
            response: Response = self._expired(visit.tenant) if code else self._view.go(visit, "")
            visits.drop(response)
            return response
        try:
            response = await route.page(visit)
        except Problem as problem:
            if problem.status != 401 or visit.person is None:
                raise
            # The token ended between the look at the cookie and the call.
            self._forget(visit.tenant, code)
            response = self._expired(visit.tenant)
            visits.drop(response)
            return response
        if visit.person is not None and "set-cookie" not in response.headers:
            visits.keep(response, visit.tenant.slug, visit.person.code)
        return response

    async def _person(self, visit: Visit, code: str) -> Person | None:
        try:
            if visits.read_credential(code):
                # What a proof of an address opened is no receipt's, and says itself of which tenant it is.
                grant = await self._sessions.exchange(Kind.VISITOR, code)
                return Person(grant, code) if grant.tenant_id == visit.tenant.id else None
            return Person(await self._sessions.open_receipt(visit.tenant.slug, code, visit.address), code)
        except Problem as problem:
            if problem.status >= 429:
                raise
            return None

    def _forget(self, tenant: Tenant, code: str) -> None:
        if visits.read_credential(code):
            self._sessions.forget(Kind.VISITOR, code)
        else:
            self._sessions.forget(Kind.RECEIPT, f"{tenant.slug}:{code}")

    def _expired(self, tenant: Tenant) -> Response:
        return self._pages.notice(EXPIRED, home=f"/privacy/{tenant.slug}")

    def _refuse(self, scope: Scope, visit: Visit | None, problem: Problem) -> Response:
        if visit is None or problem.status >= 500:
            return refusals.page(self._pages, scope, problem)
        return self._view.refused(visit, problem)
