"""The pages of reports, of what was decided about one's posts, and of appeals."""

from __future__ import annotations

from datetime import timedelta

from parley.community.v1 import moderation_pb2, post_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community import proving
from gateway.community.proving import Proving
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import FLAGS, KINDS, STATED, WORDS
from gateway.community.writing import link_to
from gateway.problems import Problem
from kernel import ids
from kernel.errors import ParleyError

#: What can be reported without an account.
_FOR_ALL = ("exposed", "illegal")
#: For how long somebody may appeal.
_APPEAL_TIME = timedelta(days=183)


class Judging:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View, proving: Proving) -> None:
        """Takes the services, the templates, and what whoever has no account calculates."""
        self._upstream = upstream
        self._view = view
        self._proving = proving

    async def flag_page(self, visit: Visit) -> Response:
        """Asks what is wrong with a post; whoever is exposed by it needs no account."""
        kind = visit.query("kind")
        return await self._ask(visit, kind if kind in KINDS else "exposed", "")

    async def _ask(
        self, visit: Visit, kind: str, selection: str, problem: Problem | None = None, sent: str = ""
    ) -> Response:
        request = post_pb2.GetPostRequest(post_id=visit.id_in_path("post_id", "pst"))
        post = (await self._upstream.call(self._upstream.posts.GetPost, request, visit.token)).post
        kinds = [(name, FLAGS[name]) for name in (KINDS if visit.member is not None else _FOR_ALL)]
        return await self._proving.page(
            visit,
            "flag",
            proving.REPORT,
            sent=sent,
            problem=problem,
            status=200 if problem is None else problem.status,
            post=post,
            kinds=kinds,
            kind=kind,
            selection=selection,
            trouble="" if problem is None else visit.said(problem),
            back=visit.base + link_to(post),
        )

    async def flag(self, visit: Visit) -> Response:
        """Takes a report; what exposes somebody is masked before the answer comes."""
        form = await visit.form()
        kind = KINDS.get(form.get("kind", ""))
        if kind is None:
            raise problems.not_found()
        selection, proof = form.get("selection", "").strip(), form.get(proving.FIELD, "")
        try:
            request = moderation_pb2.FlagPostRequest(
                post_id=visit.id_in_path("post_id", "pst"),
                kind=kind,
                text=form.get("text", ""),
                selection=selection if kind == moderation_pb2.FLAG_KIND_EXPOSED else "",
                proof=proof,
            )
            made = await self._upstream.call_from(
                visit.address, self._upstream.moderation.FlagPost, request, visit.token
            )
        except Problem as problem:
            if problem.status >= 500 or problem.status == 404:
                raise
            return await self._ask(visit, form["kind"], selection, problem, proof)
        return self._view.page(visit, "flagged", made=made, is_message=False)

    async def track_page(self, visit: Visit) -> Response:
        """Asks for the code of a report."""
        return self._view.page(visit, "report", found=None, trouble="", code="")

    async def track(self, visit: Visit) -> Response:
        """Says what became of a report."""
        code = (await visit.form()).get("code", "").strip()
        try:
            ids.to_uuid(code, "flg")
            request = moderation_pb2.GetFlagRequest(flag_id=code)
            found = await self._upstream.call(self._upstream.moderation.GetFlag, request, visit.token)
        except (ParleyError, Problem) as error:
            problem = problems.from_error(error)
            if problem.status >= 500:
                raise problem from None
            return self._view.page(
                visit, "report", status=404, found=None, trouble=WORDS["report.unknown"], code=code[:40]
            )
        return self._view.page(visit, "report", found=found, trouble="", code=code[:40])

    async def statements(self, visit: Visit) -> Response:
        """Lists the statements of reasons to the member."""
        return await self._statements(visit, "")

    async def _statements(self, visit: Visit, trouble: str, status: int = 200) -> Response:
        request = moderation_pb2.ListStatementsRequest(page_size=100)
        found = await self._upstream.call(self._upstream.moderation.ListStatements, request, visit.token)
        return self._view.page(
            visit,
            "decisions",
            status=status,
            statements=found.statements,
            stated=STATED,
            appeals_end=lambda moment: moment.ToDatetime() + _APPEAL_TIME,
            trouble=trouble,
            sent=visit.query("sent"),
        )

    async def appeal(self, visit: Visit) -> Response:
        """Appeals against a decision."""
        form = await visit.form()
        try:
            request = moderation_pb2.AppealDecisionRequest(
                decision_id=form.get("decision_id", ""), text=form.get("text", "").strip()
            )
            await self._upstream.call(self._upstream.moderation.AppealDecision, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.status == 401:
                raise
            return await self._statements(visit, visit.said(problem), problem.status)
        return visit.go("/decisions?sent=1")

    async def transparency(self, visit: Visit) -> Response:
        """Shows the counts by clause."""
        request = moderation_pb2.GetTransparencyRequest()
        counted = await self._upstream.call(self._upstream.moderation.GetTransparency, request, visit.token)
        return self._view.page(visit, "transparency", counted=counted)
