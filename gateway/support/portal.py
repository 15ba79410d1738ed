"""The requester's own pages: one ticket by its mailed address, and whatever changes it after a code by e-mail.

It owns the routes below `/support/t/<link>` and one cookie, which holds the proof of an address for half an hour and is
set once a code was typed. The address of the page is a secret of whoever was written to: it is named nowhere else, and
no other site learns of it. Everything works without a script.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from parley.identity.v1 import email_proof_pb2, email_proof_pb2_grpc
from parley.support.v1 import file_pb2, file_pb2_grpc, portal_pb2, portal_pb2_grpc, record_pb2
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.border import Border
from gateway.credentials import require_origin
from gateway.files import MEGABYTE, Form, Take, read_form, send
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.privacy.visits import keep_language
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, cookie
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.support.languages import NAMES, Language, Reader, asked_of, reader_of
from kernel import ids
from kernel.errors import ParleyError
from kernel.rpc.values import named

COOKIE = "__Host-parley_desk"
_COOKIE_SECONDS = 1800
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_PROOF = re.compile(r"[A-Za-z0-9_.-]{20,256}")
_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    # With "no-referrer" browsers send the page's own forms without an origin, and they would be refused.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS = 15.0


@dataclass(slots=True, kw_only=True)
class _Visit:
    """One request for one ticket."""

    link: str
    opened: portal_pb2.OpenTicketLinkResponse
    reader: Reader = field(default_factory=Reader)
    proof: str = ""
    #: All of the requester's tickets, once the address was proved.
    own: list[portal_pb2.OwnTicket] = field(default_factory=list)
    #: Whether it only reads.
    is_read: bool = False
    #: The file that is asked for; empty for the page.
    file_id: str = ""
    #: The path that leads to the company's community; empty where it has none.
    community: str = ""

    @property
    def language(self) -> Language:
        return self.reader.language

    @property
    def said_language(self) -> str:
        """In which language mails are from now on; nothing where that stays as it is."""
        is_new = self.reader.has_chosen or not self.opened.ticket.language
        return self.reader.wanted if is_new else ""

    @property
    def is_proved(self) -> bool:
        return any(each.id == self.opened.ticket.id for each in self.own)


_Page = Callable[[_Visit, Form, str], Awaitable[Response]]


class PortalPages:
    """The ASGI application of `/support/t/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
        origin: str,
        border: Border,
    ) -> None:
        """Takes what the pages need, the origin on which they stand, and who knows the way to the community."""
        self._border = border
        self._portal: Any = portal_pb2_grpc.PortalServiceStub(channels.of("support"))
        self._files: Any = file_pb2_grpc.TicketFileServiceStub(channels.of("support"))
        self._proofs: Any = email_proof_pb2_grpc.EmailProofServiceStub(channels.of("identity"))
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        routes: list[tuple[str, str, _Page]] = [
            ("GET", "", self._read),
            ("GET", "/files/{file}", self._file),
            ("POST", "/code", self._start),
            ("POST", "/enter", self._enter),
            ("POST", "/reply", self._reply),
            ("POST", "/close", self._close),
            ("POST", "/reopen", self._reopen),
            ("POST", "/leave", self._leave),
        ]
        self._routes = RouteTable(
            (method, parse_template("/support/t/{link}" + path), page) for method, path, page in routes
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            with tracing.span(scope, "portal_page"):
                response = await self._answer(scope, receive)
        except Disconnected:
            return
        for name, value in _HEADERS.items():
            response.headers[name] = value
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self._routes.find(method, scope["raw_path"])
        address = self._proxies.address(scope)
        try:
            await self._limiter.take(Limit.REQUEST, address)
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            require_origin(scope, self._origin)
            visit = await self._visit(scope, found.fields["link"])
            form = await read_form(scope, receive, self._takes(visit)) if method == "POST" else Form()
            visit.is_read = method == "GET"
            visit.file_id = found.fields.get("file", "")
            visit.community = await self._border.way(visit.opened.tenant_slug)
            response = await found.route(visit, form, address)
            if visit.is_read and (chosen := asked_of(scope)):
                keep_language(response, chosen)
            return response
        except (Problem, ParleyError) as error:
            return refusals.page(self._pages, scope, problems.from_error(error), missing=(400, 401, 404))

    async def _visit(self, scope: Scope, link: str) -> _Visit:
        opened = await self._call(self._portal.OpenTicketLink, portal_pb2.OpenTicketLinkRequest(link=link[:200]))
        reader = reader_of(scope, of_ticket=opened.ticket.language, otherwise=opened.default_language)
        visit = _Visit(link=link, opened=opened, reader=reader)
        slug, _, proof = cookie(scope, COOKIE).partition(".")
        if slug == opened.tenant_slug and _PROOF.fullmatch(proof):
            visit.proof = proof
            visit.own = await self._own(visit)
        return visit

    async def _own(self, visit: _Visit) -> list[portal_pb2.OwnTicket]:
        request = portal_pb2.ListOwnTicketsRequest(email_proof=visit.proof)
        try:
            answer = await self._call(self._portal.ListOwnTickets, request, visit.opened.tenant_id)
        except Problem as problem:
            if problem.status >= 500:
                raise
            # The proof is over: the page is as it is for everybody with the address.
            return []
        return list(answer.tickets)

    async def _read(self, visit: _Visit, form: Form, address: str) -> Response:
        return self._page(visit)

    async def _start(self, visit: _Visit, form: Form, address: str) -> Response:
        """Has a code mailed to the requester's address, whoever asks, and asks for it."""
        await self._limiter.take(Limit.CODE, address)
        request = email_proof_pb2.StartEmailProofRequest(
            email=visit.opened.email, language=visit.language.tag, request_id=ids.random_id("ask")
        )
        try:
            started = await self._as_anybody(self._proofs.StartEmailProof, request, visit)
        except Problem as problem:
            if problem.status == 429:
                return self._page(visit, trouble=visit.language.portal["code.limited"], status=429)
            raise
        return self._page(visit, proof_id=started.proof_id)

    async def _enter(self, visit: _Visit, form: Form, address: str) -> Response:
        """Takes the code, and lets its owner answer."""
        await self._limiter.take(Limit.CODE, address)
        proof_id = form.fields.get("proof_id", "")
        request = email_proof_pb2.FinishEmailProofRequest(
            proof_id=proof_id, code=form.fields.get("code", "").strip()[:32]
        )
        try:
            proved = await self._as_anybody(self._proofs.FinishEmailProof, request, visit)
        except Problem as problem:
            if problem.status in (400, 403):
                return self._page(visit, proof_id=proof_id, trouble=visit.language.portal["code.wrong"], status=403)
            raise
        response = self._go(visit, "#answer")
        value = f"{visit.opened.tenant_slug}.{proved.email_proof}"
        response.headers.append("set-cookie", f"{COOKIE}={value}; Max-Age={_COOKIE_SECONDS}; {_ATTRIBUTES}")
        return response

    async def _reply(self, visit: _Visit, form: Form, address: str) -> Response:
        body = form.fields.get("body", "").replace("\r\n", "\n")
        if not visit.is_proved:
            return self._page(visit, trouble=visit.language.portal["proof.over"], body=body, status=403)
        if form.refused:
            return self._page(
                visit, trouble=visit.language.portal["files.refused"], body=body, files=form.files, status=400
            )
        request = portal_pb2.WriteOwnReplyRequest(
            email_proof=visit.proof,
            ticket_id=visit.opened.ticket.id,
            body=body,
            request_id=form.fields.get("request_id", "")[:64],
            file_ids=form.files,
            language=visit.said_language,
        )
        try:
            await self._call(self._portal.WriteOwnReply, request, visit.opened.tenant_id)
        except Problem as problem:
            if problem.status == 400:
                return self._page(
                    visit, trouble=visit.language.portal["reply.empty"], body=body, files=form.files, status=400
                )
            if problem.reason == "FILE_NOT_FOUND":
                return self._page(visit, trouble=visit.language.portal["files.gone"], body=body, status=400)
            raise
        return self._go(visit, "#last")

    def _takes(self, visit: _Visit) -> Take:
        """Returns what takes in the files of a reply, for whoever proved the address."""

        async def take(form: Form, filename: str, media_type: str, pieces: AsyncIterator[bytes]) -> str:
            if not visit.is_proved:
                raise problems.credential_missing()
            token = (await self._sessions.exchange(Kind.TENANT, visit.opened.tenant_slug)).access_token
            first = file_pb2.UploadRequestFileRequest(
                request_id=form.next_request_id, filename=filename, content_type=media_type
            )
            answer: Any = await send(self._files.UploadRequestFile, first, pieces, metadata(token))
            return str(answer.file_id)

        return take

    async def _file(self, visit: _Visit, form: Form, address: str) -> Response:
        """Leads to a file on the content host, for a moment."""
        request = portal_pb2.OpenOwnFileRequest(link=visit.link, file_id=visit.file_id)
        opened = await self._call(self._portal.OpenOwnFile, request)
        return RedirectResponse(opened.url, status_code=303)

    async def _close(self, visit: _Visit, form: Form, address: str) -> Response:
        return await self._move(visit, closes=True)

    async def _reopen(self, visit: _Visit, form: Form, address: str) -> Response:
        return await self._move(visit, closes=False)

    async def _move(self, visit: _Visit, *, closes: bool) -> Response:
        if not visit.is_proved:
            return self._page(visit, trouble=visit.language.portal["proof.over"], status=403)
        request = portal_pb2.MoveOwnTicketRequest(
            email_proof=visit.proof,
            ticket_id=visit.opened.ticket.id,
            closes=closes,
            language=visit.said_language,
        )
        await self._call(self._portal.MoveOwnTicket, request, visit.opened.tenant_id)
        return self._go(visit, "")

    async def _leave(self, visit: _Visit, form: Form, address: str) -> Response:
        response = self._go(visit, "")
        response.headers.append("set-cookie", f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
        return response

    def _go(self, visit: _Visit, fragment: str) -> Response:
        return RedirectResponse(f"/support/t/{visit.link}{fragment}", status_code=303)

    def _page(
        self,
        visit: _Visit,
        *,
        proof_id: str = "",
        trouble: str = "",
        body: str = "",
        files: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        opened, language = visit.opened, visit.language
        words, states = language.portal, language.states
        ticket = opened.ticket
        is_closed = ticket.state == record_pb2.STATE_CLOSED
        kept = (
            words["kept.until"].format(date=language.date(_plain(ticket.purge_time)))
            if is_closed
            else words["kept"].format(days=opened.kept_days)
        )
        return self._pages.render(
            "support/ticket.html",
            status=status,
            language=language,
            w=words,
            tenant=opened.tenant_display_name,
            slug=opened.tenant_slug,
            community=visit.community,
            link=visit.link,
            # What was typed, or the code that is on its way, would be left behind.
            languages=NAMES if visit.is_read else (),
            here=f"/support/t/{visit.link}",
            ticket=ticket,
            state=_stands(states, ticket.state),
            is_closed=is_closed,
            is_over=ticket.state in (record_pb2.STATE_RESOLVED, record_pb2.STATE_CLOSED),
            entries=[
                {
                    "mine": each.kind != record_pb2.ENTRY_KIND_ANSWER and not each.author_email,
                    "name": each.staff_name or each.author_email,
                    "body": each.body,
                    "time": language.time(_plain(each.create_time)),
                    "files": [_shown(one, language) for one in opened.files if one.entry_id == each.id],
                }
                for each in opened.entries
            ],
            survey=opened.survey_url,
            held=words["held.count"].format(entries=len(opened.entries), files=opened.file_count),
            kept=kept,
            proved=visit.is_proved,
            own=[
                {
                    "link": each.link,
                    "reference": each.reference,
                    "subject": each.subject,
                    "state": _stands(states, each.state),
                    "day": language.date(_plain(each.create_time)),
                    "here": each.id == ticket.id,
                }
                for each in visit.own
            ],
            proof_id=proof_id,
            trouble=trouble,
            body=body,
            files=files or {},
            takes_files=bool(opened.most_file_bytes),
            files_hint=words["files.hint"].format(megabytes=opened.most_file_bytes // MEGABYTE),
            wrong={},
            request_id=ids.random_id("ask"),
        )

    async def _as_anybody(self, method: Callable[..., Any], request: Message, visit: _Visit) -> Any:
        token = (await self._sessions.exchange(Kind.TENANT, visit.opened.tenant_slug)).access_token
        return await _called(method, request, metadata(token))

    async def _call(self, method: Callable[..., Any], request: Message, tenant_id: str = "") -> Any:
        return await _called(method, request, self._sessions.metadata(tenant_id))


async def _called(method: Callable[..., Any], request: Message, sent: tuple[tuple[str, str], ...]) -> Any:
    try:
        return await method(request, metadata=sent, timeout=_SECONDS)
    except grpc.aio.AioRpcError as error:
        raise problems.from_error(error) from None


def _stands(states: Mapping[str, str], state: int) -> str:
    """Says how a ticket stands; of a state that only a later release knows, that it is worked on."""
    return states.get(named(record_pb2.State, state), states["STATE_OPEN"])


def _shown(file: record_pb2.TicketFile, language: Language) -> dict[str, object]:
    state = named(record_pb2.TicketFile.State, file.state)
    return {
        "id": file.id,
        "name": file.filename,
        "ready": file.state == file.STATE_READY,
        "state": language.files.get(state, ""),
    }


def _plain(stamp: Timestamp) -> datetime:
    return datetime.fromtimestamp(stamp.seconds, UTC)
