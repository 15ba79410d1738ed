"""Says by which rules a page may offer its visitor a chat: none to whoever refused it.

The launcher loads nothing and knows nobody, so that the rules come with it and what was chosen is looked at before they
do: the browser's own signal, and where the browser has the cookie of a visitor, what that visitor said to the privacy
service. Whoever cannot be asked about is not invited.
"""

from __future__ import annotations

from urllib.parse import quote

import orjson
from parley.identity.v1 import recognition_pb2
from parley.privacy.v1 import choice_pb2
from starlette.types import Scope

from gateway.credentials import VISITOR_COOKIE
from gateway.privacy.upstream import Upstream
from gateway.problems import Problem
from gateway.requests import cookie, text_header
from gateway.sessions import Kind, Sessions
from gateway.site_keys import Site, SiteKeys
from kernel.errors import ParleyError

#: What stands in the launcher in the place of the rules.
MARK = b"PARLEY_INVITATIONS"
_REFUSABLE = (choice_pb2.CHOICE_KIND_INVITATIONS, choice_pb2.CHOICE_KIND_CHAT)


class Invitations:
    """The rules, as they hold for one visitor."""

    def __init__(self, sessions: Sessions, site_keys: SiteKeys, upstream: Upstream) -> None:
        """Takes who knows visitors, sites and choices."""
        self._sessions = sessions
        self._site_keys = site_keys
        self._upstream = upstream

    async def of(self, scope: Scope, key: str) -> bytes | None:
        """Returns the rules of a site as the launcher reads them, or none of them; None where the site has none."""
        try:
            site = await self._site_keys.find(key)
        except ParleyError:
            return None
        if site is None or not site.invitations:
            return None
        visits = await self._visits(scope, site)
        rules = [each[:3] for each in site.invitations if each[3] <= visits]
        # No character of this means anything in a script, however its quotes are written.
        return quote(orjson.dumps(rules), safe="").encode()

    async def _visits(self, scope: Scope, site: Site) -> int:
        """Returns which visit this is, for whoever may be invited: 1 where nobody counts, -1 where nobody may."""
        if text_header(scope, b"sec-gpc") == "1":
            return -1
        kept = cookie(scope, VISITOR_COOKIE)
        if not kept:
            return 1
        try:
            grant = await self._sessions.exchange(Kind.VISITOR, kept)
        except Problem as problem:
            # A cookie that is good no more names nobody.
            return 1 if problem.status == 401 else -1
        if grant.tenant_id != site.tenant_id or not grant.subject_id:
            return 1
        try:
            answer = await self._upstream.as_gateway(
                self._upstream.choices.GetChoices,
                choice_pb2.GetChoicesRequest(visitor_id=grant.subject_id),
                site.tenant_id,
            )
            if not all(each.allowed for each in answer.choices if each.kind in _REFUSABLE):
                return -1
            if all(each[3] <= 1 for each in site.invitations):
                # Where no rule asks for it, nobody is counted.
                return 1
            counted = await self._upstream.as_gateway(
                self._upstream.recognition.NoteVisit,
                recognition_pb2.NoteVisitRequest(visitor_id=grant.subject_id, site_id=site.id),
                site.tenant_id,
            )
        except (Problem, ParleyError):
            return -1
        return max(1, int(counted.visits))
