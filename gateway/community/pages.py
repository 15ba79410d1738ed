"""Finds the page that a request to a community asks for, and who is in front of it.

It owns the routes below `/c/<tenant>`, the checks that come before each page (limits, origin, cookie), the pages that
are kept for everybody, and what is shown where a page is refused. What stands on a page belongs to the module of its
noun.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.community import visits
from gateway.community.cache import Headers, Kept, PageCache, key_of
from gateway.community.joining import Joining
from gateway.community.judging import Judging
from gateway.community.languages import Words, words_for
from gateway.community.messages import Messages
from gateway.community.news import News
from gateway.community.parting import Parting
from gateway.community.polling import Polling
from gateway.community.proving import Proving
from gateway.community.publishing import Publishing
from gateway.community.reading import Reading
from gateway.community.unsubscribing import Unsubscribing
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Page, Visit
from gateway.community.writing import Writing
from gateway.credentials import require_origin
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.visits import LANGUAGE, in_language
from gateway.privacy.words import LANGUAGES
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, cookie, header, text_header
from gateway.security import policy
from gateway.sessions import ChannelSource, Sessions
from kernel.community import GROWN, WHOLE, FormTimes, of_topic
from kernel.errors import ParleyError
from kernel.limits import DailyHashes
from kernel.stamps import Stamps

_POLICY = policy()
_PRIVATE = {"content-security-policy": _POLICY, "cache-control": "no-store", "vary": "Cookie"}
_SHARED = {
    "content-security-policy": _POLICY,
    # Whoever keeps it asks each time, and gets a short answer while it is as it was.
    "cache-control": "public, max-age=0, must-revalidate",
    "vary": "Cookie, Accept-Language",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A page: whether it is for members only, the same for all who are not signed in, or counted as a sign-in."""

    page: Page
    inside: bool = False
    shared: bool = False
    guessed: bool = False
    #: Its form may be sent from anywhere, as what is in the address says everything.
    foreign: bool = False


class CommunityPages:
    """The ASGI application of `/c/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
        origin: str,
        widget_origin: str,
        stamps: Stamps | None,
        forms: FormTimes,
        origins: DailyHashes,
        calculator: str,
        composer: str,
    ) -> None:
        """Takes what the pages need, the origin on which they stand, the one of the privacy centre, and scripts."""
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        self._upstream = Upstream(channels, sessions, origins)
        self._view = View(pages, origin, widget_origin, forms)
        self.cache = PageCache(stamps)
        reading = Reading(self._upstream, self._view)
        proving = Proving(self._upstream, self._view, calculator)
        joining = Joining(self._upstream, self._view, proving)
        writing = Writing(self._upstream, self._view, reading, composer)
        polling = Polling(self._upstream, reading, writing)
        judging = Judging(self._upstream, self._view, proving)
        parting = Parting(self._upstream, self._view)
        news = News(self._upstream, self._view)
        messages = Messages(self._upstream, self._view)
        publishing = Publishing(self._upstream, self._view, reading)
        unsubscribing = Unsubscribing(self._upstream, self._view)
        everybody, member, guess = {"shared": True}, {"inside": True}, {"guessed": True}
        self._routes = RouteTable(
            (method, parse_template("/c/{slug}" + path), Route(page, **marks))
            for method, path, page, marks in (
                ("GET", "", reading.home, everybody),
                ("GET", "/s/{space}", reading.space, everybody),
                ("GET", "/t/{topic_id}", reading.topic, everybody),
                ("GET", "/m/{handle}", reading.member, everybody),
                ("GET", "/terms", joining.terms, everybody),
                ("GET", "/terms/{terms_id}", joining.version, everybody),
                ("POST", "/terms", joining.answer, member),
                ("GET", "/in", joining.crossing_in, everybody),
                ("GET", "/out", joining.crossing_out, everybody),
                ("GET", "/join", joining.join_page, {}),
                ("POST", "/join", joining.join, guess),
                ("POST", "/verify", joining.verify, guess),
                ("GET", "/sign-in", joining.sign_in_page, {}),
                ("POST", "/sign-in", joining.sign_in, guess),
                ("POST", "/sign-out", joining.sign_out, {}),
                ("GET", "/reset", joining.reset_page, {}),
                ("POST", "/reset", joining.ask_reset, guess),
                ("POST", "/reset/code", joining.reset, guess),
                ("GET", "/account", joining.account, member),
                ("POST", "/account", joining.save_account, member),
                ("POST", "/s/{space}/join", joining.join_space, member),
                ("POST", "/s/{space}/leave", joining.leave_space, member),
                ("GET", "/new/{space}", writing.new_page, member),
                ("POST", "/new/{space}", writing.new, member),
                ("POST", "/similar", writing.similar, member),
                ("POST", "/t/{topic_id}", writing.reply, member),
                ("POST", "/t/{topic_id}/accept", writing.accept, member),
                ("GET", "/p/{post_id}", writing.edit_page, member),
                ("POST", "/p/{post_id}", writing.edit, member),
                ("POST", "/p/{post_id}/delete", writing.delete, member),
                ("POST", "/p/{post_id}/react", writing.react, member),
                ("POST", "/p/{post_id}/vote", polling.vote, member),
                ("POST", "/p/{post_id}/close", polling.close, member),
                ("POST", "/p/{post_id}/poll", polling.change, member),
                ("GET", "/h/{post_id}", reading.history, everybody),
                ("GET", "/f/{post_id}", judging.flag_page, {}),
                ("POST", "/f/{post_id}", judging.flag, guess),
                ("GET", "/report", judging.track_page, {}),
                ("POST", "/report", judging.track, guess),
                ("GET", "/decisions", judging.statements, member),
                ("POST", "/decisions", judging.appeal, member),
                ("GET", "/transparency", judging.transparency, everybody),
                ("GET", "/leave", parting.page, member),
                ("POST", "/leave", parting.leave, member),
                ("GET", "/left", parting.left, {}),
                ("POST", "/copy", parting.copy, member),
                ("GET", "/s/{space}/feed", publishing.feed, everybody),
                ("GET", "/a/{attachment_id}", writing.open_file, {}),
                ("GET", "/news", news.page, member),
                ("POST", "/news", news.seen, member),
                ("POST", "/news/settings", news.save, member),
                ("POST", "/follow", news.follow_space, member),
                ("POST", "/t/{topic_id}/follow", news.follow_topic, member),
                ("POST", "/drafts/{draft_id}", news.drop_draft, member),
                ("POST", "/m/{handle}/relate", news.relate, member),
                ("GET", "/m/{handle}/write", messages.write_page, member),
                ("POST", "/m/{handle}/write", messages.write, member),
                ("GET", "/messages", messages.threads, member),
                ("GET", "/messages/{thread_id}", messages.thread, member),
                ("POST", "/messages/{thread_id}", messages.send, member),
                ("POST", "/messages/{thread_id}/answer", messages.answer, member),
                ("POST", "/messages/{thread_id}/delete", messages.delete, member),
                ("GET", "/messages/{thread_id}/{number}/report", messages.report_page, member),
                ("POST", "/messages/{thread_id}/{number}/report", messages.report, member | guess),
                ("GET", "/sitemap", publishing.sitemap, everybody),
                ("GET", "/unsubscribe/{token}", unsubscribing.page, {}),
                ("POST", "/unsubscribe/{token}", unsubscribing.end, {"foreign": True, "guessed": True}),
                ("GET", "/search", publishing.search_page, {}),
                ("POST", "/search", publishing.search, {}),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        is_reader = visits.COOKIE.encode() not in header(scope, b"cookie")
        is_kept = is_reader and scope["method"] in ("GET", "HEAD")
        words = _words(scope)
        # A page that is kept is kept in each language.
        key = key_of(scope, words.tag) if is_kept else b""
        if key in self.cache:
            try:
                await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
            except (Problem, ParleyError) as error:
                refused = refusals.page(self._pages, scope, problems.from_error(error))
                refused.headers.update(_PRIVATE)
                await refused(scope, receive, send)
                return
            if (kept := await self.cache.find(key)) is not None:
                await _send(kept.headers, kept.body, scope, send)
                return
            scope["parley.counted"] = True
        try:
            with tracing.span(scope, "community_page"):
                answered = await self._answer(scope, receive, key, words, is_kept=is_kept)
        except Disconnected:
            return
        if isinstance(answered, Kept):
            await _send(answered.headers, answered.body, scope, send)
            return
        if is_kept and answered.status_code == 200 and "etag" in answered.headers:
            await _send(answered.raw_headers, bytes(answered.body), scope, send)
            return
        for name, value in _PRIVATE.items():
            if name != "content-security-policy" or name not in answered.headers:
                answered.headers[name] = value
        await answered(scope, receive, send)

    async def _answer(
        self, scope: Scope, receive: Receive, key: bytes, words: Words, *, is_kept: bool
    ) -> Response | Kept:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self._routes.find(method, scope["raw_path"])
        visit: Visit | None = None
        try:
            if not scope.get("parley.counted"):
                await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
            if found is None and method == "GET" and scope["raw_path"].endswith(b"/"):
                return RedirectResponse(scope["path"].rstrip("/"), status_code=308)
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            visit = await self._visit(scope, receive, found.fields, words)
            if method == "GET" and visit.query("lang") in LANGUAGES:
                return in_language(scope["path"], visit.query("lang"))
            route: Route = found.route
            if method != "GET" and not route.foreign:
                require_origin(scope, self._origin)
            if route.guessed:
                await self._limiter.take(Limit.SIGN_IN, self._proxies.address(scope))
            if route.shared and is_kept and visit.member is None:
                # A topic's pages outlive what is said in other topics.
                topic = found.fields.get("topic_id")
                scopes = (WHOLE, GROWN if topic is None else of_topic(topic))
                return await self.cache.render(key, visit.tenant.id, scopes, lambda: self._shared(route, visit))
            if route.inside and visit.member is None:
                raise problems.credential_missing()
            return await route.page(visit)
        except (Problem, ParleyError) as error:
            return self._refuse(scope, visit, problems.from_error(error))

    async def _shared(self, route: Route, visit: Visit) -> Response:
        try:
            response = await route.page(visit)
        except (Problem, ParleyError) as error:
            return self._refuse(visit.scope, visit, problems.from_error(error))
        for name, value in _SHARED.items():
            response.headers[name] = value
        response.headers["etag"] = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        return response

    async def _visit(self, scope: Scope, receive: Receive, fields: dict[str, str], words: Words) -> Visit:
        tenant = await self._upstream.tenant_of_slug(fields["slug"])
        if tenant is None:
            raise problems.not_found()
        anonymous = await self._upstream.anonymous(tenant)
        visit = Visit(
            scope=scope,
            receive=receive,
            tenant=tenant,
            anonymous=anonymous,
            fields=fields,
            words=words,
            address=self._proxies.address(scope),
        )
        secret = visits.kept_secret(cookie(scope, visits.COOKIE), tenant.slug)
        if secret:
            visit.member = await self._upstream.member(anonymous, secret)
        return visit

    def _refuse(self, scope: Scope, visit: Visit | None, problem: Problem) -> Response:
        if visit is None or problem.status >= 500:
            return refusals.page(self._pages, scope, problem)
        response = self._view.refused(visit, problem)
        if problem.status == 401:
            visits.drop(response)
        return response


def _words(scope: Scope) -> Words:
    return words_for(text_header(scope, b"accept-language"), cookie(scope, LANGUAGE))


async def _send(headers: Headers, body: bytes, scope: Scope, send: Send) -> None:
    """Sends a page that everybody sees alike, or says that the browser has it."""
    asked = header(scope, b"if-none-match")
    etag = next((value for name, value in headers if name == b"etag"), b"")
    if asked and etag and etag in (each.strip().removeprefix(b"W/") for each in asked.split(b",")):
        short = [each for each in headers if each[0] not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": short})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
