"""Takes in what people ask for help with, on a page that is whole without a script.

It owns the routes below `/support/<site key>`. Nothing is kept before Send is pressed: no cookie, nothing in the
address. What somebody typed comes back into the form where something is missing, and goes nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import Message
from parley.support.v1 import file_pb2, file_pb2_grpc, form_pb2, form_pb2_grpc, record_pb2, ticket_pb2, ticket_pb2_grpc
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.border import Border
from gateway.credentials import require_origin
from gateway.files import MEGABYTE, Form, read_form, send
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.privacy.visits import keep_language
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, text_header
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.support.languages import NAMES, Reader, asked_of, reader_of
from kernel import ids
from kernel.errors import ParleyError
from kernel.rpc.values import named

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS = 15.0
_NAMED = ("email", "site_url", "description", "display_name", "subject")


class SupportPages:
    """The ASGI application of `/support/`."""

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
        self._tickets: Any = ticket_pb2_grpc.TicketServiceStub(channels.of("support"))
        self._forms: Any = form_pb2_grpc.FormServiceStub(channels.of("support"))
        self._files: Any = file_pb2_grpc.TicketFileServiceStub(channels.of("support"))
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        self._routes = RouteTable(
            (method, parse_template("/support/{key}"), page)
            for method, page in (("GET", self._begin), ("POST", self._send))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            with tracing.span(scope, "support_page"):
                response = await self._answer(scope, receive)
        except Disconnected:
            return
        for name, value in _HEADERS.items():
            response.headers[name] = value
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self._routes.find(method, scope["raw_path"])
        try:
            await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            require_origin(scope, self._origin)
            grant = await self._sessions.exchange(Kind.SITE_KEY, found.fields["key"])
            way = await self._border.way_of(grant.tenant_id)
            response: Response = await found.route(scope, receive, grant.access_token, way)
        except (Problem, ParleyError) as error:
            return refusals.page(self._pages, scope, problems.from_error(error))
        return response

    async def _begin(self, scope: Scope, receive: Receive, token: str, way: str) -> Response:
        form = Form(fields={"site_url": self._site_before(scope)})
        asked = await self._call(self._forms.GetForm, form_pb2.GetFormRequest(), token)
        response = self._page(form, asked, _reader(scope, form, asked), way, is_blank=True)
        if chosen := asked_of(scope):
            keep_language(response, chosen)
        return response

    def _site_before(self, scope: Scope) -> str:
        """Returns the site from which somebody came, which is most often the one that it is about."""
        url = urlsplit(text_header(scope, b"referer"))
        origin = f"{url.scheme}://{url.netloc}"
        return f"{origin}/" if url.scheme in ("http", "https") and url.netloc and origin != self._origin else ""

    async def _send(self, scope: Scope, receive: Receive, token: str, way: str) -> Response:
        address, taken = self._proxies.address(scope), 0

        async def take(form: Form, filename: str, media_type: str, pieces: AsyncIterator[bytes]) -> str:
            nonlocal taken
            taken += 1
            if taken == 1:
                await self._limiter.take(Limit.START, address)
            first = file_pb2.UploadRequestFileRequest(
                request_id=form.next_request_id, filename=filename, content_type=media_type
            )
            answer: Any = await send(self._files.UploadRequestFile, first, pieces, metadata(token))
            return str(answer.file_id)

        form = await read_form(scope, receive, take)
        # Before anything is kept, so that whoever sent it is not told that nothing came in.
        asked = await self._call(self._forms.GetForm, form_pb2.GetFormRequest(), token)
        reader = _reader(scope, form, asked)
        try:
            if not taken:
                await self._limiter.take(Limit.START, address)
            if form.refused:
                raise form.refused[0]
            sent = await self._call(self._tickets.SubmitTicket, _request(form, reader.wanted), token)
        except (Problem, ParleyError) as error:
            problem = problems.from_error(error)
            if problem.status == 429:
                return self._page(form, asked, reader, way, busy=True, status=429)
            if problem.status in (400, 403, 404, 409):
                return self._page(form, asked, reader, way, problem=problem, status=400)
            raise
        language = reader.language
        return self._pages.render(
            "support/sent.html",
            language=language,
            w=language.form,
            title=language.form["sent.title"].format(reference=sent.reference),
            kept=language.form["sent.kept"].format(days=sent.kept_days),
        )

    def _page(
        self,
        form: Form,
        asked: form_pb2.GetFormResponse,
        reader: Reader,
        way: str,
        *,
        problem: Problem | None = None,
        is_blank: bool = False,
        busy: bool = False,
        status: int = 200,
    ) -> Response:
        language, wrong = reader.language, {}
        if problem is not None:
            wrong = _wrong_files(problem, form, language.form) or _wrong(problem, form.fields, language.form)
        return self._pages.render(
            "support/ask.html",
            status=status,
            language=language,
            w=language.form,
            form={name: form.fields.get(name, "") for name in _NAMED},
            files=form.files,
            files_hint=language.form["files.hint"].format(megabytes=asked.most_file_bytes // MEGABYTE),
            takes_files=bool(asked.most_file_bytes),
            own=[
                {
                    "id": each.id,
                    "label": each.label,
                    "reason": each.reason,
                    "kind": named(form_pb2.FormFieldKind, each.kind).removeprefix("FORM_FIELD_KIND_").lower(),
                    "choices": list(each.choices),
                    "given": form.fields.get(each.id, ""),
                }
                for each in asked.fields
            ],
            wrong=wrong,
            busy=busy,
            # A link leaves what was typed behind, so that there is none where something was.
            languages=NAMES if is_blank else (),
            here="",
            chosen=language.tag if reader.has_chosen else "",
            community=way,
            request_id=ids.random_id("ask"),
            kept=language.form["kept"].format(days=asked.kept_days),
        )

    async def _call(self, method: Callable[..., Any], request: Message, token: str) -> Any:
        try:
            return await method(request, metadata=metadata(token), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


def _reader(scope: Scope, form: Form, asked: form_pb2.GetFormResponse) -> Reader:
    return reader_of(scope, sent=form.fields.get("lang", ""), otherwise=asked.default_language)


def _request(form: Form, language: str) -> ticket_pb2.SubmitTicketRequest:
    own = [
        record_pb2.FieldValue(field_id=name, value=value)
        for name, value in form.fields.items()
        if name.startswith("fld_") and value.strip()
    ]
    given = {name: form.fields.get(name, "") for name in _NAMED}
    given["description"] = given["description"].replace("\r\n", "\n")
    return ticket_pb2.SubmitTicketRequest(
        **given,
        language=language,
        request_id=form.fields.get("request_id", "")[:64],
        field_values=own,
        file_ids=form.files,
    )


def _wrong_files(problem: Problem, form: Form, words: Mapping[str, str]) -> dict[str, str]:
    if form.refused:
        return {"files": words["wrong.files"]}
    if problem.reason != "FILE_NOT_FOUND":
        return {}
    form.files.clear()
    return {"files": words["wrong.files.gone"]}


def _wrong(problem: Problem, form: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """Returns which fields are at fault, each with a sentence, in the order in which they stand."""
    found = {name.rsplit(".", 1)[-1] for name, _ in problem.fields}
    if not form.get("description", "").strip():
        # What is malformed is found before what is blank; people hear of both at once.
        found.add("description")
    names = [name for name in _NAMED if name in found] + sorted(found - set(_NAMED))
    return {name: words.get(f"wrong.{name}", words["wrong.other"]) for name in names} or {"": words["wrong.other"]}
