"""Renders a survey's results as a report to print: the same numbers as everywhere, by the same rule, without a script.

It owns the routes below `/reports/` on the console's host. The session's cookie says who asks; it reads and changes
nothing. It speaks the language that its address names, and else the reader's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

import grpc
from google.protobuf.message import Message
from parley.chat.v1 import tag_pb2, tag_pb2_grpc
from parley.identity.v1 import site_pb2, site_pb2_grpc, staff_pb2, staff_pb2_grpc
from parley.survey.v1 import definition_pb2, result_pb2, result_pb2_grpc
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems, refusals, tracing
from gateway.credentials import SESSION_COOKIE
from gateway.limits import Limit, Limiter
from gateway.pages import Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.requests import Proxies, cookie
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.survey.report_words import NAMES, REPORTS
from gateway.survey.words import accepted, language_of
from kernel.errors import ParleyError
from kernel.rpc.values import named

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS = 15.0
_SITE, _TEAM, _TAG = result_pb2.DIMENSION_SITE, result_pb2.DIMENSION_TEAM, result_pb2.DIMENSION_TAG
_SCORES = {
    definition_pb2.QUESTION_KIND_NPS: "score.nps",
    definition_pb2.QUESTION_KIND_CSAT: "score.csat",
    definition_pb2.QUESTION_KIND_CES: "score.ces",
    definition_pb2.QUESTION_KIND_STARS: "score.stars",
}


class SurveyReports:
    """The ASGI application of `/reports/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        sessions: Sessions,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
    ) -> None:
        """Takes what the report needs."""
        self._results: Any = result_pb2_grpc.ResultServiceStub(channels.of("survey"))
        self._sites: Any = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._staff: Any = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._tags: Any = tag_pb2_grpc.TagServiceStub(channels.of("chat"))
        self._sessions = sessions
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._routes = RouteTable([("GET", parse_template("/reports/surveys/{survey_id}"), self._report)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        with tracing.span(scope, "survey_report"):
            response = await self._answer(scope)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self._routes.find(method, scope["raw_path"])
        try:
            await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
            if found is None:
                allowed = self._routes.methods(scope["raw_path"])
                raise problems.method_not_allowed(allowed) if allowed else problems.not_found()
            session = cookie(scope, SESSION_COOKIE)
            if not session:
                return _to_sign_in()
            token = (await self._sessions.exchange(Kind.SESSION, session)).access_token
            return await found.route(token, found.fields["survey_id"], _language(scope))
        except (Problem, ParleyError) as error:
            return self._refuse(scope, problems.from_error(error))

    def _refuse(self, scope: Scope, problem: Problem) -> Response:
        if problem.status == 401:
            return _to_sign_in()
        # Whoever may not see a survey learns no more of it than whoever made its id up.
        return refusals.page(self._pages, scope, problem, missing=(400, 403, 404))

    async def _report(self, token: str, survey_id: str, language: str) -> Response:
        shown: result_pb2.GetResultsResponse
        parts: result_pb2.GetBreakdownResponse
        shown, parts = await asyncio.gather(
            self._call(
                self._results.GetResults, result_pb2.GetResultsRequest(survey_id=survey_id, language=language), token
            ),
            self._call(self._results.GetBreakdown, result_pb2.GetBreakdownRequest(survey_id=survey_id), token),
        )
        w, funnel = REPORTS[language], shown.funnel
        steps = [
            (w[name], count, _percent(count, funnel.offered))
            for name, count in (
                ("offered", funnel.offered),
                ("opened", funnel.opened),
                ("age", funnel.age_passed),
                ("submitted", funnel.submitted),
            )
        ]
        return self._pages.render(
            "survey/report.html",
            w=w,
            language=language,
            languages=[(tag, name) for tag, name in NAMES.items() if tag != language],
            title=shown.title,
            rule=w["rule"].format(threshold=shown.threshold),
            sealed=w["sealed"].format(time=f"{shown.seal_time.ToDatetime():%Y-%m-%d %H:%M}")
            if shown.HasField("seal_time")
            else w["sealed.none"],
            people=shown.count,
            rate=_percent(funnel.submitted, funnel.offered) if funnel.offered else None,
            # What a chat asks itself is offered by nobody.
            steps=steps if funnel.offered else [],
            few=w["few"].format(threshold=shown.threshold),
            questions=[_question(each, w) for each in shown.questions if each.kind != definition_pb2.QUESTION_KIND_AGE],
            tables=_tables(parts, shown.questions, w, await self._names(parts, token)),
        )

    async def _names(self, parts: result_pb2.GetBreakdownResponse, token: str) -> dict[str, str]:
        """Returns what sites, teams and tags are called, as far as the reader may know."""
        asked = {each.dimension for each in parts.values}
        wanted = [
            (self._sites.ListSites, site_pb2.ListSitesRequest(page_size=200), "sites", "display_name", _SITE),
            (self._staff.ListTeams, staff_pb2.ListTeamsRequest(page_size=200), "teams", "display_name", _TEAM),
            (self._tags.ListTags, tag_pb2.ListTagsRequest(), "tags", "word", _TAG),
        ]

        async def read(method: Any, request: Message, listed: str, name: str) -> dict[str, str]:
            try:
                answer = await self._call(method, request, token)
            except Problem:
                # The report says what it can: an id is a name that says nothing.
                return {}
            return {each.id: getattr(each, name) for each in getattr(answer, listed)}

        found = await asyncio.gather(*(read(*each) for *each, dimension in wanted if dimension in asked))
        return {id_: name for names in found for id_, name in names.items()}

    async def _call(self, method: Any, request: Message, token: str) -> Any:
        try:
            return await method(request, metadata=metadata(token), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


def _to_sign_in() -> Response:
    return RedirectResponse("/", status_code=303)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _language(scope: Scope) -> str:
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=10)
    except ValueError:
        query = {}
    return language_of(*query.get("language", [])[:1], *accepted(scope))


def _score(kind: definition_pb2.QuestionKind.ValueType, score: float, w: Mapping[str, str]) -> str:
    return w[_SCORES[kind]].format(score=f"{score:g}") if kind in _SCORES else ""


def _question(result: result_pb2.QuestionResult, w: Mapping[str, str]) -> dict[str, Any]:
    labels = [label or cell.value for cell, label in zip(result.cells, result.labels, strict=False)]
    return {
        "text": result.text,
        "count": result.count,
        "score": _score(result.kind, result.score, w) if result.HasField("score") else "",
        "rows": [
            (label, cell.count, _percent(cell.count, result.count))
            for label, cell in zip(labels, result.cells, strict=True)
        ],
    }


def _tables(
    parts: result_pb2.GetBreakdownResponse,
    questions: Iterable[result_pb2.QuestionResult],
    w: Mapping[str, str],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Returns a table for each dimension: its values with how many people there are, and how they scored."""
    scored = {each.question_id: each for each in questions if each.kind in _SCORES}
    by: dict[str, list[tuple[str, int, list[str]]]] = {}
    for part in parts.values:
        dimension = named(result_pb2.Dimension, part.dimension).removeprefix("DIMENSION_").lower()
        if f"by.{dimension}" not in w:
            # A later release divides them by something that has no heading here.
            continue
        value = part.value or w["none"]
        name = w[value] if dimension == "channel" and value in w else names.get(value, value)
        scores = {each.question_id: _score(scored[each.question_id].kind, each.score, w) for each in part.scores}
        by.setdefault(dimension, []).append((name, part.count, [scores.get(id_, "") for id_ in scored]))
    return [
        {
            "title": w[f"by.{dimension}"],
            "of": w[f"of.{dimension}"],
            "questions": [each.text for each in scored.values()],
            "rows": rows,
        }
        for dimension, rows in by.items()
    ]
