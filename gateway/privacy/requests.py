"""What people ask about their data, apart from deleting: corrections, restrictions, objections, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from parley.privacy.v1 import held_pb2, request_pb2
from starlette.responses import Response

from gateway.privacy.held import PAGE_SIZE, correctable, store_words
from gateway.privacy.upstream import Upstream
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.privacy.words import Words
from gateway.problems import Problem
from kernel import ids
from kernel.rpc.values import named

Kind, State = request_pb2.SubjectRequest.Kind, request_pb2.SubjectRequest.State
_LONGEST = 4000
#: What is wrong with what somebody asks, in words that stand beside the text, which stays.
_TROUBLES = {
    "VALUE_NOT_RIGHT": "correct.form",
    "ARGUMENT_INVALID": "correct.form",
    "TOO_MANY_REQUESTS": "asked.many",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A request as a page shows it."""

    kind: str
    state: str
    running: bool
    created: Timestamp
    due: Timestamp | None
    overdue: bool
    closed: Timestamp | None
    answer: str
    restricted: bool
    steps: list[tuple[str, str, bool]]
    lines: list[tuple[str, str]]
    bytes_gone: Timestamp | None
    backups_gone: Timestamp | None
    #: What had left before: what it was or whose system got it, when, and whether that system is told to forget it.
    deliveries: list[tuple[str, Timestamp, bool]]
    held: int


def progress(request: request_pb2.SubjectRequest, words: Words) -> Progress:
    """Says how far a request is, in words."""
    receipt = request.receipt
    closed = request.HasField("close_time")
    return Progress(
        kind=words.first(f"kind.{named(Kind, request.kind)}", "kind.other"),
        state=words.first(f"state.{named(State, request.state)}", "state.other"),
        running=request.state == State.STATE_RUNNING,
        created=request.create_time,
        due=request.due_time if request.HasField("due_time") and not closed else None,
        overdue=request.overdue,
        closed=request.close_time if closed else None,
        answer=request.answer,
        restricted=request.restricted,
        steps=[
            (
                service_words(words, step.service),
                words.first(f"step.{named(request_pb2.RequestStep.State, step.state)}", "step.STATE_PENDING"),
                step.state == request_pb2.RequestStep.STATE_DONE,
            )
            for step in request.steps
            if step.state
        ],
        lines=[(store_words(words, line.store), done_words(words, line)) for line in receipt.lines],
        bytes_gone=receipt.bytes_gone_time if receipt.HasField("bytes_gone_time") else None,
        backups_gone=receipt.backups_gone_time if receipt.HasField("backups_gone_time") else None,
        deliveries=[(each.system or each.kind, each.time, each.recalled) for each in receipt.deliveries],
        held=sum(line.held for line in receipt.lines),
    )


def service_words(words: Words, service: str) -> str:
    """Returns what a service's part is called for people."""
    return words.first(f"service.{service}", "service.other", name=service)


def done_words(words: Words, line: request_pb2.ReceiptLine) -> str:
    """Says what was done in a store."""
    counts = {
        name: getattr(line, name)
        for name in ("found", "corrected", "deleted", "emptied", "sealed", "held")
        if getattr(line, name)
    }
    return ", ".join(words(f"done.{name}", count=count) for name, count in counts.items()) or words("done.none")


class Requests:
    """What people ask."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def correct_page(self, visit: Visit) -> Response:
        """Shows what can be put right."""
        return self._correcting(visit, correctable(await self._held(visit), visit.words), {})

    async def correct(self, visit: Visit) -> Response:
        """Puts right what was changed in the form, and passes on what was written beside it."""
        form = await visit.form()
        values = correctable(await self._held(visit), visit.words)
        changed = [
            request_pb2.Correction(field=name, value=form[name].strip())
            for name, _, known in values
            # Where several forms of a value are kept, the first one stands in the field.
            if name in form and form[name].strip() != known[0].strip()
        ]
        details = form.get("details", "").strip()
        if not changed and not details:
            return self._correcting(visit, values, form, "correct.nothing")
        if len(details) > _LONGEST:
            return self._correcting(visit, values, form, "asked.long")
        try:
            return await self._sent(visit, form, kind=Kind.KIND_CORRECT, corrections=changed, details=details)
        except Problem as problem:
            if problem.reason not in _TROUBLES:
                raise
            return self._correcting(visit, values, form, _TROUBLES[problem.reason], problem.status)

    async def objection_page(self, visit: Visit) -> Response:
        """Asks what should no longer be done."""
        return self._objection(visit)

    async def objection(self, visit: Visit) -> Response:
        """Takes a restriction or an objection."""
        form = await visit.form()
        kind = {"RESTRICT": Kind.KIND_RESTRICT, "OBJECT": Kind.KIND_OBJECT}.get(form.get("kind", ""))
        details = form.get("details", "").strip()
        if kind is None:
            return self._objection(visit, trouble=visit.words("object.missing"), details=details, status=400)
        if kind == Kind.KIND_OBJECT and not details:
            return self._objection(visit, trouble=visit.words("object.unsaid"), status=400)
        if len(details) > _LONGEST:
            return self._objection(visit, trouble=visit.words("asked.long"), details=details, status=400)
        try:
            return await self._sent(visit, form, kind=kind, details=details)
        except Problem as problem:
            if problem.reason not in _TROUBLES:
                raise
            trouble = visit.words(_TROUBLES[problem.reason])
            return self._objection(visit, trouble=trouble, details=details, status=problem.status)

    async def page(self, visit: Visit) -> Response:
        """Shows one of the person's own requests."""
        answer = await self._upstream.call(
            self._upstream.requests.GetRequest,
            request_pb2.GetRequestRequest(privacy_request_id=visit.id_in_path("request_id", "req")),
            visit.known.token,
        )
        return self.tracked(visit, answer.request)

    def tracked(self, visit: Visit, request: request_pb2.SubjectRequest, code: str = "") -> Response:
        """Shows how far a request is; `code` where it is given out now."""
        return self._view.page(
            visit, "request", here="", code=code, shown=progress(request, visit.words), request=request
        )

    async def _sent(self, visit: Visit, form: dict[str, str], **asked: Any) -> Response:
        made = await self._upstream.call(
            self._upstream.requests.CreateRequest,
            request_pb2.CreateRequestRequest(request_id=form.get("request_id", "")[:64], **asked),
            visit.known.token,
        )
        return self.tracked(visit, made.request, made.tracking_code)

    def _correcting(
        self,
        visit: Visit,
        values: list[tuple[str, str, list[str]]],
        typed: Mapping[str, str],
        trouble: str = "",
        status: int = 400,
    ) -> Response:
        return self._view.page(
            visit,
            "correct",
            here="correct",
            values=values,
            typed=typed,
            request_id=ids.random_id("req"),
            trouble=visit.words(trouble) if trouble else "",
            status=status if trouble else 200,
        )

    def _objection(self, visit: Visit, *, trouble: str = "", details: str = "", status: int = 200) -> Response:
        return self._view.page(
            visit,
            "object",
            here="object",
            trouble=trouble,
            details=details,
            request_id=ids.random_id("req"),
            status=status,
        )

    async def _held(self, visit: Visit) -> held_pb2.GetHeldResponse:
        answer: held_pb2.GetHeldResponse = await self._upstream.call(
            self._upstream.held.GetHeld, held_pb2.GetHeldRequest(page_size=PAGE_SIZE), visit.known.token
        )
        return answer
