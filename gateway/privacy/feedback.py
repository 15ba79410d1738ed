"""Comments and complaints, which need no account, and following whatever a code was given for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from parley.privacy.v1 import feedback_pb2, request_pb2
from starlette.responses import Response

from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit, read_code
from gateway.problems import Problem
from kernel import ids
from kernel.rpc.values import named

Kind, State = feedback_pb2.FeedbackKind, feedback_pb2.Feedback.State
_LONGEST, _LONGEST_ADDRESS = 5000, 254
_ADDRESS = re.compile(r'[^@\s<>"(),:;]+@[^@\s<>"(),:;]+\.[^@\s<>"(),:;]+')


class Feedback:
    """Comments, complaints, and codes."""

    def __init__(self, upstream: Upstream, view: View, tracked: Callable[..., Response]) -> None:
        """Takes the services, the templates, and the page of a request."""
        self._upstream = upstream
        self._view = view
        self._tracked = tracked

    async def page(self, visit: Visit) -> Response:
        """Asks what somebody wants to say."""
        return self._asked(visit, {})

    async def submit(self, visit: Visit) -> Response:
        """Takes it, and gives the code by which it is followed."""
        form = await visit.form()
        text, contact = form.get("text", "").strip(), form.get("contact", "").strip()
        if form.get("kind") not in ("COMMENT", "COMPLAINT") or not text:
            return self._asked(visit, form, visit.words("complain.missing"))
        if len(text) > _LONGEST:
            return self._asked(visit, form, visit.words("complain.long"))
        if contact and (len(contact) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(contact)):
            return self._asked(visit, form, visit.words("complain.address"))
        made = await self._upstream.call(
            self._upstream.feedback.SubmitFeedback,
            feedback_pb2.SubmitFeedbackRequest(
                kind=Kind.Value(f"FEEDBACK_KIND_{form['kind']}"),
                text=text,
                contact=contact,
                request_id=form.get("request_id", "")[:64],
            ),
            await self._token(visit),
        )
        return self._view.page(visit, "received", here="complain", code=made.code, due=made.due_time)

    async def track_page(self, visit: Visit) -> Response:
        """Asks for a code."""
        return self._view.page(visit, "track", here="track", trouble="", said="")

    async def track(self, visit: Visit) -> Response:
        """Shows what stands under a code: a request, or a comment or complaint."""
        code = read_code((await visit.form()).get("code", ""))
        if len(code) >= 8:
            token = await self._upstream.anonymous(visit.tenant)
            request = await self._found(
                self._upstream.requests.TrackRequest, request_pb2.TrackRequestRequest(tracking_code=code), token
            )
            if request is not None:
                return self._tracked(visit, request.request)
            feedback = await self._found(
                self._upstream.feedback.TrackFeedback, feedback_pb2.TrackFeedbackRequest(code=code), token
            )
            if feedback is not None:
                return self._feedback(visit, feedback.feedback, code)
        return self._view.page(visit, "track", here="track", trouble=visit.words("track.wrong"), said="", status=404)

    async def withdraw(self, visit: Visit) -> Response:
        """Takes a comment or a complaint back."""
        code = read_code((await visit.form()).get("code", ""))
        await self._upstream.call(
            self._upstream.feedback.WithdrawFeedback,
            feedback_pb2.WithdrawFeedbackRequest(code=code),
            await self._upstream.anonymous(visit.tenant),
        )
        return self._view.page(visit, "track", here="track", trouble="", said=visit.words("track.withdrawn"))

    def _feedback(self, visit: Visit, feedback: feedback_pb2.Feedback, code: str) -> Response:
        words = visit.words
        return self._view.page(
            visit,
            "feedback",
            here="track",
            code=code,
            feedback=feedback,
            kind=words.first(f"kind.{named(Kind, feedback.kind)}", "kind.other"),
            state=words.first(f"state.feedback.{named(State, feedback.state)}", "state.other"),
        )

    def _asked(self, visit: Visit, form: dict[str, str], trouble: str = "") -> Response:
        return self._view.page(
            visit,
            "complain",
            here="complain",
            form=form,
            trouble=trouble,
            request_id=ids.random_id("fbk"),
            status=400 if trouble else 200,
        )

    async def _token(self, visit: Visit) -> str:
        return visit.person.token if visit.person is not None else await self._upstream.anonymous(visit.tenant)

    async def _found(self, method: Callable[..., Any], request: Message, token: str) -> Any:
        try:
            return await self._upstream.call(method, request, token)
        except Problem as problem:
            if problem.status in (400, 401, 403, 404):
                return None
            raise
