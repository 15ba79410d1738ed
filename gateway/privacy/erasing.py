"""Deleting everything: asked once more, then shown store by store while it is done, then what remains and until when.

The page that shows it is written piece by piece as the services answer, so that it ticks off without a script.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from parley.privacy.v1 import request_pb2
from starlette.responses import Response, StreamingResponse

from gateway.privacy import visits
from gateway.privacy.requests import Kind, State, progress, service_words
from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.problems import Problem
from gateway.sessions import Kind as Credential
from gateway.sessions import Sessions
from kernel import ids

#: How long a page is written before it says that the rest goes on without it, and how often the services are asked.
PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.25


class Erasing:
    """Deleting everything."""

    def __init__(self, upstream: Upstream, view: View, sessions: Sessions) -> None:
        """Takes the services, the templates, and what keeps tokens for a moment."""
        self._upstream = upstream
        self._view = view
        self._sessions = sessions

    async def page(self, visit: Visit) -> Response:
        """Asks whether everything is to be deleted, and says what stays."""
        return self._view.page(visit, "erase", here="erase", request_id=ids.random_id("req"))

    async def erase(self, visit: Visit) -> Response:
        """Has everything deleted, and shows how far it is."""
        form = await visit.form()
        made = await self._upstream.call(
            self._upstream.requests.CreateRequest,
            request_pb2.CreateRequestRequest(kind=Kind.KIND_ERASE, request_id=form.get("request_id", "")[:64]),
            visit.known.token,
        )
        self._sessions.forget(Credential.RECEIPT, f"{visit.tenant.slug}:{visit.known.code}")
        written = self._written(visit, made.request, made.tracking_code)
        response = StreamingResponse(written, media_type="text/html", headers={"x-accel-buffering": "no"})
        visits.drop(response)
        return response

    async def _written(self, visit: Visit, request: request_pb2.SubjectRequest, code: str) -> AsyncIterator[str]:
        head, tail = self._view.parts(visit, "erasing", code=code)
        yield head
        told: set[str] = set()
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            for step in request.steps:
                if step.state == request_pb2.RequestStep.STATE_DONE and step.service not in told:
                    told.add(step.service)
                    name = service_words(visit.words, step.service)
                    yield self._view.fragment(visit, "ticked", text=visit.words("erasing.step.done", name=name))
            if request.state != State.STATE_RUNNING or not code or time.monotonic() > until:
                break
            await asyncio.sleep(LOOK_SECONDS)
            request = await self._look(visit, request, code)
        yield self._view.fragment(visit, "erased", shown=progress(request, visit.words), inside=False)
        yield tail

    async def _look(self, visit: Visit, request: request_pb2.SubjectRequest, code: str) -> request_pb2.SubjectRequest:
        try:
            token = await self._upstream.anonymous(visit.tenant)
            answer = await self._upstream.call(
                self._upstream.requests.TrackRequest,
                request_pb2.TrackRequestRequest(tracking_code=code),
                token,
            )
        except Problem:
            # The page is half written; what is not known now is looked up again, until patience ends.
            return request
        found: request_pb2.SubjectRequest = answer.request
        return found
