"""The other way in: an e-mail address that was proved for a chat, by a code that is mailed to it.

Whoever is inside proves an address for that chat; whoever comes later with the address gets in by another code.

Addresses and codes come in forms only, so that neither ever stands in an address of a page. One proof may open several
conversations; each opens by itself, as its own receipt's code would open it.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from parley.identity.v1 import email_proof_pb2
from starlette.responses import Response

from gateway.limits import Limit, Limiter
from gateway.privacy import visits
from gateway.privacy.entrance import AFTER
from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.problems import Problem
from gateway.sessions import Kind, Sessions
from kernel import ids

_LONGEST_EMAIL, _LONGEST_CODE = 254, 32


class EmailEntrance:
    """The pages between an address and what it opens."""

    def __init__(self, upstream: Upstream, sessions: Sessions, limiter: Limiter, view: View) -> None:
        """Takes the services, the exchange of credentials, the limits and the templates."""
        self._upstream = upstream
        self._sessions = sessions
        self._limiter = limiter
        self._view = view

    async def home(self, visit: Visit) -> Response:
        """Leads whoever comes back to an address that only forms are sent to."""
        return self._view.go(visit, "")

    async def start(self, visit: Visit) -> Response:
        """Has a code mailed, and asks for it; the page says nothing of whether the address is known here."""
        email = (await visit.form()).get("email", "").strip()[: _LONGEST_EMAIL + 1]
        await self._limiter.take(Limit.CODE, visit.address)
        request = email_proof_pb2.StartEmailProofRequest(
            email=email, language=visit.words.tag, request_id=str(uuid.uuid4())
        )
        try:
            started = await self._upstream.call(
                self._upstream.email_proofs.StartEmailProof, request, await self._token(visit)
            )
        except Problem as problem:
            if problem.status == 400:
                return self._door(visit, "email.address", 400)
            if problem.status == 429:
                return self._door(visit, "email.limited", 429)
            raise
        return self._ask(visit, started.proof_id)

    async def finish(self, visit: Visit) -> Response:
        """Takes the code and opens what was proved: the one conversation, or a choice among several."""
        form = await visit.form()
        proof_id, code = form.get("proof_id", ""), form.get("code", "").strip()[:_LONGEST_CODE]
        await self._limiter.take(Limit.CODE, visit.address)
        request = email_proof_pb2.FinishEmailProofRequest(proof_id=proof_id, code=code)
        try:
            proved = await self._upstream.call(
                self._upstream.email_proofs.FinishEmailProof, request, await self._token(visit)
            )
        except Problem as problem:
            if problem.status == 403:
                return self._ask(visit, proof_id, trouble="email.wrong", status=403)
            if problem.status == 400:
                return self._door(visit, "email.wrong", 400)
            raise
        if visit.person is not None:
            # Whoever is inside has proved the address for this chat, and stays.
            return self._view.go(visit, "")
        if not proved.conversations:
            return self._door(visit, "email.nothing", 200)
        if len(proved.conversations) == 1:
            return self._opened(visit, proved.conversations[0].visitor_credential)
        chats = [(each.visitor_credential, _began(each.conversation_id)) for each in proved.conversations]
        return self._view.page(visit, "chats", inside=False, chats=chats)

    async def choose(self, visit: Visit) -> Response:
        """Opens one of several conversations."""
        credential = visits.read_credential((await visit.form()).get("chat", ""))
        try:
            if not credential or (
                (await self._sessions.exchange(Kind.VISITOR, credential)).tenant_id != visit.tenant.id
            ):
                return self._door(visit, "email.over", 403)
        except Problem as problem:
            if problem.status != 401:
                raise
            return self._door(visit, "email.over", 403)
        return self._opened(visit, credential)

    async def _token(self, visit: Visit) -> str:
        if visit.person is not None:
            return visit.person.token
        return await self._upstream.anonymous(visit.tenant)

    def _opened(self, visit: Visit, credential: str) -> Response:
        response = self._view.go(visit, f"?{AFTER}=1")
        visits.keep(response, visit.tenant.slug, credential)
        return response

    def _ask(self, visit: Visit, proof_id: str, *, trouble: str = "", status: int = 200) -> Response:
        said = visit.words(trouble) if trouble else ""
        return self._view.page(visit, "email", inside=False, proof_id=proof_id, trouble=said, status=status)

    def _door(self, visit: Visit, trouble: str, status: int) -> Response:
        visit.person = None
        return self._view.page(visit, "enter", here="home", trouble="", by_email=visit.words(trouble), status=status)


def _began(conversation_id: str) -> datetime:
    """Returns when a conversation began: its id says so."""
    return datetime.fromtimestamp((ids.to_uuid(conversation_id, "cnv").int >> 80) / 1000, UTC)
