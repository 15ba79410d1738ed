"""The way in and out: a code in a form, which comes from a receipt or from the panel in the chat.

The panel sends the same form as a person does, in a new tab; so no code ever stands in an address.
"""

from __future__ import annotations

from starlette.responses import Response

from gateway.privacy import visits
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.problems import Problem
from gateway.sessions import Sessions

#: Says in the address, which holds nothing else, that a cookie should be here by now.
AFTER = "opened"


class Entrance:
    """The first page."""

    def __init__(self, sessions: Sessions, view: View, held: visits.Page) -> None:
        """Takes the exchange of codes, the templates, and the page that is first for those who are in."""
        self._sessions = sessions
        self._view = view
        self._held = held

    async def page(self, visit: Visit) -> Response:
        """Shows what is held, or asks for the code."""
        if visit.person is not None:
            return await self._held(visit)
        blocked = visit.words("enter.cookies") if visit.query(AFTER) else ""
        return self._view.page(visit, "enter", here="home", trouble=blocked, by_email="")

    async def enter(self, visit: Visit) -> Response:
        """Opens the pages with a code."""
        code = visits.read_code((await visit.form()).get("code", ""))
        try:
            if not code:
                return self._again(visit, "enter.wrong", 403)
            await self._sessions.open_receipt(visit.tenant.slug, code, visit.address)
        except Problem as problem:
            if problem.status in (400, 401, 403, 404):
                return self._again(visit, "enter.wrong", 403)
            if problem.status == 429:
                return self._again(visit, "enter.limited", 429)
            raise
        response = self._view.go(visit, f"?{AFTER}=1")
        visits.keep(response, visit.tenant.slug, code)
        return response

    async def leave(self, visit: Visit) -> Response:
        """Closes the pages."""
        response = self._view.go(visit, "")
        visits.drop(response)
        return response

    def _again(self, visit: Visit, trouble: str, status: int) -> Response:
        visit.person = None
        return self._view.page(visit, "enter", here="home", trouble=visit.words(trouble), by_email="", status=status)
