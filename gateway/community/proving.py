"""Puts the calculation that a community asks of whoever has no account into a form, and reads nothing of it.

What is handed in goes to the service as it came; the page says what to do, and a script of ours does it while the form
is filled in. Without the script the form carries its challenge as it was given, and the service says how long it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parley.community.v1 import proof_pb2
from starlette.responses import Response

from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.problems import Problem
from gateway.security import policy

SIGN_UP, REPORT = proof_pb2.PROVEN_FORM_SIGN_UP, proof_pb2.PROVEN_FORM_REPORT
#: The field of the forms.
FIELD = "proof"
_LONGEST = 256
_POLICY = policy(calculates=True)
#: What is refused before a challenge is used, so that it goes on being good, and being old.
_BEFORE = frozenset({"PROOF_TOO_SOON", "PROOF_LIMITED", "ARGUMENT_INVALID", "AGE_REFUSED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a form asks for: the challenge, after how many seconds it is taken as it is, and the script."""

    text: str
    wait: int
    script: str


class Proving:
    """The calculation in the forms of those who have no account."""

    def __init__(self, upstream: Upstream, view: View, script: str) -> None:
        """Takes the services, the templates, and the name of the script; empty where it was not built."""
        self._upstream = upstream
        self._view = view
        self._script = script

    async def page(
        self,
        visit: Visit,
        name: str,
        form: proof_pb2.ProvenForm.ValueType,
        *,
        sent: str = "",
        problem: Problem | None = None,
        **values: Any,
    ) -> Response:
        """Returns a template with its form; `sent` is the proof of one that was refused, and `problem` why it was."""
        asking = await self._asking(visit, form)
        if asking is not None and problem is not None and problem.reason in _BEFORE and 0 < len(sent) <= _LONGEST:
            asking = Asking(text=sent, wait=asking.wait, script=asking.script)
        response = self._view.page(visit, name, proof=asking, **values)
        if asking is not None and asking.script:
            response.headers["content-security-policy"] = _POLICY
        return response

    async def _asking(self, visit: Visit, form: proof_pb2.ProvenForm.ValueType) -> Asking | None:
        if visit.member is not None:
            return None
        try:
            request = proof_pb2.GetChallengeRequest(form=form)
            answer = await self._upstream.call(self._upstream.proofs.GetChallenge, request, visit.anonymous)
        except Problem:
            # The page is read all the same; a service of an earlier release asks for nothing.
            return None
        if not answer.HasField("challenge"):
            return None
        made = answer.challenge
        return Asking(text=made.given, wait=made.wait_seconds, script=self._script)
