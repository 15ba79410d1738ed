"""The pages of leaving: what stays and what goes, a copy of everything, and the last page."""

from __future__ import annotations

from parley.community.v1 import leaving_pb2
from starlette.responses import Response

from gateway.community import visits
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import WORDS
from gateway.downloads import handed_out
from gateway.privacy.upstream import metadata
from gateway.problems import Problem

_REMAINS = {"anonymised": leaving_pb2.REMAINS_ANONYMISED, "erased": leaving_pb2.REMAINS_ERASED}


class Parting:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def page(self, visit: Visit) -> Response:
        """Counts what would stay and what would go, and asks."""
        return await self._ask(visit, "", "")

    async def _ask(self, visit: Visit, remains: str, trouble: str, status: int = 200) -> Response:
        request = leaving_pb2.PreviewLeavingRequest()
        seen = await self._upstream.call(self._upstream.leaving.PreviewLeaving, request, visit.token)
        return self._view.page(visit, "leave", status=status, seen=seen, remains=remains, trouble=trouble)

    async def leave(self, visit: Visit) -> Response:
        """Ends the account."""
        form = await visit.form()
        try:
            request = leaving_pb2.LeaveRequest(
                remains=_REMAINS.get(form.get("remains", ""), leaving_pb2.REMAINS_UNSPECIFIED),
                password=form.get("password", ""),
            )
            await self._upstream.call(self._upstream.leaving.Leave, request, visit.token)
        except Problem as problem:
            if problem.status >= 500 or problem.reason == "SESSION_ENDED":
                raise
            is_wrong = problem.reason == "SIGN_IN_REJECTED"
            trouble = WORDS["leave.password"] if is_wrong else visit.said(problem)
            status = 403 if problem.status == 401 else problem.status
            return await self._ask(visit, form.get("remains", ""), trouble, status)
        self._upstream.forget(visit.known.secret)
        response = visit.go("/left")
        visits.drop(response)
        return response

    async def left(self, visit: Visit) -> Response:
        """Says that it is done, and what is not; whoever is still here is shown their account."""
        if visit.member is not None:
            return visit.go("/account")
        return self._view.page(visit, "left")

    async def copy(self, visit: Visit) -> Response:
        """Hands out everything that is kept about the member, with the bytes of their files, as it comes."""
        await visit.form()
        request = leaving_pb2.ExportAccountRequest(with_files=True)
        return await handed_out(self._upstream.leaving.ExportAccount(request, metadata=metadata(visit.token)))
