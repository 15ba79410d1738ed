"""Takes in what people ask for help with, on a page that is whole without a script.

It owns the routes below `/support/<site key>`. Nothing is kept before Send is pressed: no cookie, nothing in the
address. What somebody typed comes back into the form where something is missing, and goes nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
from google.protobuf.message import Message
from parley.support.v1 import form_pb2, form_pb2_grpc, record_pb2, ticket_pb2, ticket_pb2_grpc
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import problems, tracing
from gateway.credentials import require_origin
from gateway.limits import Limit, Limiter
from gateway.pages import MAINTENANCE, NOT_FOUND, Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.requests import Disconnected, Proxies, read_body, text_header
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.support.words import WORDS
from kernel import ids
from kernel.errors import ParleyError

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS, _LARGEST_FORM, _MOST_FIELDS = 15.0, 512 * 1024, 200
_NAMED = ("email", "site_url", "description", "display_name", "subject")

Form = Mapping[str, str]


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
    ) -> None:
        """Takes what the pages need, and the origin on which they stand."""
        self._tickets: Any = ticket_pb2_grpc.TicketServiceStub(channels.of("support"))
        self._forms: Any = form_pb2_grpc.FormServiceStub(channels.of("support"))
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
            token = (await self._sessions.exchange(Kind.SITE_KEY, found.fields["key"])).access_token
            response: Response = await found.route(scope, receive, token)
        except (Problem, ParleyError) as error:
            problem = problems.from_error(error)
            if problem.status >= 500:
                return self._pages.notice(MAINTENANCE)
            return self._pages.notice(NOT_FOUND) if problem.status in (401, 404) else problem.response()
        return response

    async def _begin(self, scope: Scope, receive: Receive, token: str) -> Response:
        return await self._asked(token, {"site_url": self._site_before(scope)})

    def _site_before(self, scope: Scope) -> str:
        """Returns the site from which somebody came, which is most often the one that it is about."""
        url = urlsplit(text_header(scope, b"referer"))
        origin = f"{url.scheme}://{url.netloc}"
        return f"{origin}/" if url.scheme in ("http", "https") and url.netloc and origin != self._origin else ""

    async def _send(self, scope: Scope, receive: Receive, token: str) -> Response:
        form = await _read(scope, receive)
        try:
            await self._limiter.take(Limit.START, self._proxies.address(scope))
            sent = await self._call(self._tickets.SubmitTicket, _request(form), token)
        except (Problem, ParleyError) as error:
            problem = problems.from_error(error)
            if problem.status == 429:
                return await self._asked(token, form, busy=True, status=429)
            if problem.status in (400, 404, 409):
                return await self._asked(token, form, wrong=_wrong(problem, form), status=400)
            raise
        return self._pages.render(
            "support/sent.html",
            w=WORDS,
            title=WORDS["sent.title"].format(reference=sent.reference),
            kept=WORDS["sent.kept"].format(days=sent.kept_days),
        )

    async def _asked(
        self,
        token: str,
        form: Form,
        *,
        wrong: Mapping[str, str] | None = None,
        busy: bool = False,
        status: int = 200,
    ) -> Response:
        asked = await self._call(self._forms.GetForm, form_pb2.GetFormRequest(), token)
        return self._pages.render(
            "support/ask.html",
            status=status,
            w=WORDS,
            form={name: form.get(name, "") for name in _NAMED},
            own=[
                {
                    "id": each.id,
                    "label": each.label,
                    "reason": each.reason,
                    "kind": form_pb2.FormFieldKind.Name(each.kind).removeprefix("FORM_FIELD_KIND_").lower(),
                    "choices": list(each.choices),
                    "given": form.get(each.id, ""),
                }
                for each in asked.fields
            ],
            wrong=wrong or {},
            busy=busy,
            request_id=form.get("request_id") or ids.random_id("ask"),
            kept=WORDS["kept"].format(days=asked.kept_days),
        )

    async def _call(self, method: Callable[..., Any], request: Message, token: str) -> Any:
        try:
            return await method(request, metadata=metadata(token), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


def _request(form: Form) -> ticket_pb2.SubmitTicketRequest:
    own = [
        record_pb2.FieldValue(field_id=name, value=value)
        for name, value in form.items()
        if name.startswith("fld_") and value.strip()
    ]
    given = {name: form.get(name, "") for name in _NAMED}
    given["description"] = given["description"].replace("\r\n", "\n")
    return ticket_pb2.SubmitTicketRequest(**given, request_id=form.get("request_id", "")[:64], field_values=own)


def _wrong(problem: Problem, form: Form) -> dict[str, str]:
    """Returns which fields are at fault, each with a sentence, in the order in which they stand."""
    found = {name.rsplit(".", 1)[-1] for name, _ in problem.fields}
    if not form.get("description", "").strip():
        # What is malformed is found before what is blank; people hear of both at once.
        found.add("description")
    names = [name for name in _NAMED if name in found] + sorted(found - set(_NAMED))
    return {name: WORDS.get(f"wrong.{name}", WORDS["wrong.other"]) for name in names} or {"": WORDS["wrong.other"]}


async def _read(scope: Scope, receive: Receive) -> Form:
    body = await read_body(scope, receive, largest=_LARGEST_FORM)
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise problems.malformed("The form could not be read.") from None
    return {name: values[0] for name, values in found.items()}
