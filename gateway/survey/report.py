"""Renders a survey's results as a report to print: the same numbers as everywhere, by the same rule, without a script.

It owns the routes below `/reports/` on the console's host. The session's cookie says who asks; it reads and changes
nothing.
"""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import Message
from parley.survey.v1 import definition_pb2, result_pb2, result_pb2_grpc
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems, tracing
from gateway.credentials import SESSION_COOKIE
from gateway.limits import Limit, Limiter
from gateway.pages import MAINTENANCE, NOT_FOUND, Pages
from gateway.paths import RouteTable, parse_template
from gateway.privacy.upstream import metadata
from gateway.problems import Problem
from gateway.requests import Proxies, cookie
from gateway.security import policy
from gateway.sessions import ChannelSource, Kind, Sessions
from gateway.survey.words import REPORT
from kernel.errors import ParleyError

_HEADERS = {
    "content-security-policy": policy(),
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_SECONDS = 15.0
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
            return await found.route(token, found.fields["survey_id"])
        except (Problem, ParleyError) as error:
            return self._refuse(problems.from_error(error))

    def _refuse(self, problem: Problem) -> Response:
        if problem.status == 401:
            return _to_sign_in()
        if problem.status >= 500:
            return self._pages.notice(MAINTENANCE)
        # Whoever may not see a survey learns no more of it than whoever made its id up.
        return self._pages.notice(NOT_FOUND) if problem.status in (400, 403, 404) else problem.response()

    async def _report(self, token: str, survey_id: str) -> Response:
        shown: result_pb2.GetResultsResponse = await self._call(
            self._results.GetResults, result_pb2.GetResultsRequest(survey_id=survey_id), token
        )
        scored = [each for each in shown.questions if each.HasField("score")]
        funnel = shown.funnel
        steps = [
            (REPORT[name], count, _percent(count, funnel.offered))
            for name, count in (
                ("offered", funnel.offered),
                ("opened", funnel.opened),
                ("age", funnel.age_passed),
                ("submitted", funnel.submitted),
            )
        ]
        return self._pages.render(
            "survey/report.html",
            w=REPORT,
            title=shown.title,
            rule=REPORT["rule"].format(threshold=shown.threshold),
            sealed=REPORT["sealed"].format(time=f"{shown.seal_time.ToDatetime():%Y-%m-%d %H:%M}")
            if shown.HasField("seal_time")
            else REPORT["sealed.none"],
            people=shown.count,
            rate=_percent(funnel.submitted, funnel.offered) if funnel.offered else None,
            steps=steps,
            few=REPORT["few"].format(threshold=shown.threshold),
            questions=[_question(each) for each in shown.questions if each.kind != definition_pb2.QUESTION_KIND_AGE],
            has_scores=bool(scored),
        )

    async def _call(self, method: Any, request: Message, token: str) -> Any:
        try:
            return await method(request, metadata=metadata(token), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


def _to_sign_in() -> Response:
    return RedirectResponse("/", status_code=303)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _question(result: result_pb2.QuestionResult) -> dict[str, Any]:
    labels = [label or cell.value for cell, label in zip(result.cells, result.labels, strict=False)]
    score = ""
    if result.HasField("score") and result.kind in _SCORES:
        score = REPORT[_SCORES[result.kind]].format(score=f"{result.score:g}")
    return {
        "text": result.text,
        "count": result.count,
        "score": score,
        "rows": [
            (label, cell.count, _percent(cell.count, result.count))
            for label, cell in zip(labels, result.cells, strict=True)
        ],
    }
