"""What people may ask about their data, by when it must be answered, and what becomes of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from parley.options.v1 import access_pb2
from parley.privacy.v1 import request_pb2
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied, ResourceExhausted
from kernel.identity import Actor, Subject

#: Every service that holds something about people. Privacy comes last: what it holds leads to the others.
HOLDERS = ("chat", "identity", "survey", "support", "privacy")

ACCESS = request_pb2.SubjectRequest.KIND_ACCESS
CORRECT = request_pb2.SubjectRequest.KIND_CORRECT
ERASE = request_pb2.SubjectRequest.KIND_ERASE
RESTRICT = request_pb2.SubjectRequest.KIND_RESTRICT
OBJECT = request_pb2.SubjectRequest.KIND_OBJECT

RUNNING = request_pb2.SubjectRequest.STATE_RUNNING
WAITING = request_pb2.SubjectRequest.STATE_WAITING
DONE = request_pb2.SubjectRequest.STATE_DONE
REFUSED = request_pb2.SubjectRequest.STATE_REFUSED
OVERTAKEN = request_pb2.SubjectRequest.STATE_OVERTAKEN
UNANSWERED = (RUNNING, WAITING)

BY_SUBJECT = request_pb2.SubjectRequest.MAKER_SUBJECT
BY_OFFICER = request_pb2.SubjectRequest.MAKER_OFFICER
BY_PLATFORM = request_pb2.SubjectRequest.MAKER_PLATFORM

STEP_PENDING = request_pb2.RequestStep.STATE_PENDING
STEP_RETRYING = request_pb2.RequestStep.STATE_RETRYING
STEP_DONE = request_pb2.RequestStep.STATE_DONE
STEP_REFUSED = request_pb2.RequestStep.STATE_REFUSED

#: By when a request must be answered, and for how long the last backup made before an erasure is kept.
DUE_AFTER = timedelta(days=30)
BACKUPS_KEPT = timedelta(days=35)
#: How many unanswered requests somebody may have. Nobody needs more, and a row each would be a way to fill a disk.
MOST_UNANSWERED = 20
#: And how many more may ask to be forgotten: nobody has to wait for other answers first.
MOST_ERASURES = 5

#: How the id of a subject of each kind begins.
_PREFIXES = {
    subject_pb2.SUBJECT_KIND_VISITOR: "vis",
    subject_pb2.SUBJECT_KIND_REQUESTER: "rqr",
    subject_pb2.SUBJECT_KIND_STAFF: "stf",
}


def no_such_request() -> NotFound:
    """Returns the one answer to a request that does not exist, is another tenant's or another person's."""
    return NotFound("REQUEST_NOT_FOUND", "There is no such request.")


def no_such_person() -> NotFound:
    """Returns the one answer to a person of whom nothing is held here."""
    return NotFound("SUBJECT_NOT_FOUND", "Nothing is held about this person here.")


class RequestSettled(FailedPrecondition):
    """A request that needs no answer, or has one."""

    def __init__(self) -> None:
        """Says what is so, and what was not changed."""
        super().__init__("REQUEST_SETTLED", "This request does not wait for an answer. Nothing was changed.")


class NotRestricted(FailedPrecondition):
    """A request by which no restriction is in force."""

    def __init__(self) -> None:
        """Says what is so, and what was not changed."""
        super().__init__("NOT_RESTRICTED", "No restriction is in force by this request. Nothing was changed.")


class CopyNotReady(FailedPrecondition):
    """A request that no copy answers."""

    def __init__(self) -> None:
        """Says what is so."""
        super().__init__("COPY_NOT_READY", "This request is not one for a copy, or not answered yet. Nothing was sent.")


class ProofNotConfirmed(FailedPrecondition):
    """A request on somebody's behalf that only one person has looked at."""

    def __init__(self) -> None:
        """Says what is needed, and what was not done."""
        super().__init__(
            "PROOF_NOT_CONFIRMED", "A second person has to confirm how you know who asked. Nothing was handed out."
        )


class NoProofToConfirm(FailedPrecondition):
    """A request that hands out nothing on somebody's behalf."""

    def __init__(self) -> None:
        """Says what is so."""
        super().__init__("NO_PROOF_TO_CONFIRM", "No copy waits for a second person here. Nothing was changed.")


class SecondPersonNeeded(PermissionDenied):
    """Whoever asked for somebody cannot say that the proof is good."""

    def __init__(self) -> None:
        """Says what is needed."""
        super().__init__("SECOND_PERSON_NEEDED", "Somebody else has to confirm this. Nothing was changed.")


class AdministratorNeeded(PermissionDenied):
    """Whoever can change by what somebody signs in can become that person; an officer may not."""

    def __init__(self) -> None:
        """Says who may."""
        super().__init__(
            "ADMINISTRATOR_NEEDED",
            "An address by which somebody signs in is changed by an administrator only. Nothing was changed.",
        )


class TooManyRequests(ResourceExhausted):
    """Somebody whose many requests are still to be answered."""

    def __init__(self) -> None:
        """Says what is so, and what was not kept."""
        super().__init__("TOO_MANY_REQUESTS", "Many of your requests are still being answered. This one was not kept.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One wrong value, and the right one."""

    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One service's part of a request."""

    service: str
    state: int = STEP_PENDING
    attempts: int = 0
    done_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was done in one store."""

    service: str
    store: str
    found: int = 0
    corrected: int = 0
    deleted: int = 0
    emptied: int = 0
    sealed: int = 0
    held: int = 0
    bytes_gone_time: datetime | None = None

    @property
    def is_worth_telling(self) -> bool:
        """Whether anything was done, or could not be done, in the store."""
        return any((self.found, self.corrected, self.deleted, self.emptied, self.sealed, self.held))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asked about their data."""

    tenant_id: UUID
    id: str
    kind: int
    state: int
    subject_kind: int
    subject_id: UUID
    made_by: int
    #: The conversation from which the person asked; None where somebody else asked for the person.
    conversation_id: UUID | None = None
    officer_id: str = ""
    details: str = ""
    answer: str = ""
    proof: str = ""
    proof_kind: int = 0
    proof_confirmer_id: str = ""
    proof_confirm_time: datetime | None = None
    restricted: bool = False
    deliveries: Sequence[Mapping[str, str]] | None = None
    create_time: datetime
    due_time: datetime
    close_time: datetime | None = None
    fixes: Sequence[Fix] = field(default=())
    steps: Sequence[Step] = field(default=())
    lines: Sequence[Line] = field(default=())

    def is_overdue(self, now: datetime) -> bool:
        """Says whether it is not answered and should have been."""
        return self.state in UNANSWERED and self.due_time <= now

    @property
    def bytes_gone_time(self) -> datetime | None:
        """When the bytes are gone from the last store; None where none had to go, or not everything is done yet."""
        if self.kind != ERASE or self.state != DONE:
            return None
        return max((line.bytes_gone_time for line in self.lines if line.bytes_gone_time is not None), default=None)

    @property
    def backups_gone_time(self) -> datetime | None:
        """When the last backup in which the person may still stand has expired."""
        if self.kind != ERASE or self.state != DONE or self.close_time is None:
            return None
        return max(self.close_time, self.bytes_gone_time or self.close_time) + BACKUPS_KEPT


def subject_of(actor: Actor, kind: int, subject_id: str, proof: str, proof_kind: int) -> tuple[Subject, int]:
    """Returns whom a request is about and who makes it; a visitor asks for nobody else, staff for somebody proved."""
    if actor.has(access_pb2.CALLER_VISITOR):
        if subject_id not in ("", actor.subject_id):
            raise no_such_person()
        return own_subject(actor), BY_SUBJECT
    if _PREFIXES.get(subject_pb2.SubjectKind.ValueType(kind)) != subject_id[:3]:
        raise no_such_person()
    if actor.is_staff:
        unsaid = [
            (name, rule)
            for name, said, rule in (
                ("proof_kind", proof_kind, "must be a kind of proof"),
                ("proof", proof.strip(), "must say how the person was recognised"),
            )
            if not said
        ]
        if unsaid:
            raise InvalidArgument("PROOF_REQUIRED", "Say how you know who asked. Nothing was kept.", fields=unsaid)
    maker = BY_OFFICER if actor.is_staff else BY_PLATFORM
    return Subject(tenant_id=actor.tenant_id, kind=kind, id=subject_id), maker


def own_subject(actor: Actor) -> Subject:
    """Returns a visitor as the subject of what is held."""
    return Subject(tenant_id=actor.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=actor.subject_id)


def conversation_of(actor: Actor) -> UUID | None:
    """Returns the conversation that a visitor's token opens: the others of the same visitor it does not."""
    return ids.to_uuid(actor.conversation_id, "cnv") if actor.conversation_id else None


def check_room(request: Request, unanswered: int) -> None:
    """Raises TooManyRequests where somebody has many requests; who asks to be forgotten ends the others, and may."""
    room = MOST_UNANSWERED + (MOST_ERASURES if request.kind == ERASE else 0)
    if unanswered >= room:
        raise TooManyRequests


def check_may_rename(actor: Actor) -> None:
    """Raises AdministratorNeeded where somebody would change by what another one signs in, and is no administrator."""
    if not actor.has(access_pb2.CALLER_ADMIN):
        raise AdministratorNeeded


def check_asked(kind: int, fixes: Sequence[str], details: str) -> None:
    """Raises InvalidArgument where a request does not say what its kind needs, or says what it cannot mean."""
    if kind == CORRECT and not fixes and not details.strip():
        raise _unsaid("corrections", "must say what is wrong, or `details` must")
    if kind == OBJECT and not details.strip():
        raise _unsaid("details", "must say what is no longer to be done")
    if kind != CORRECT and fixes:
        raise InvalidArgument(
            "CORRECTIONS_UNEXPECTED",
            "Values are put right by a request to correct. Nothing was kept.",
            fields=[("corrections", "belong to a request to correct")],
        )
    if len(set(fixes)) < len(fixes):
        raise InvalidArgument(
            "CORRECTIONS_DOUBLED",
            "The same value is put right twice. Nothing was kept.",
            fields=[("corrections", "must name each field once")],
        )


def _unsaid(name: str, rule: str) -> InvalidArgument:
    return InvalidArgument(
        "REQUEST_UNCLEAR", "The request does not say what it asks. Nothing was kept.", fields=[(name, rule)]
    )


def begun(request: Request) -> Request:
    """Returns a new request as it begins: at work in the services, or waiting for a person."""
    if request.kind == OBJECT or (request.kind == CORRECT and not request.fixes):
        return replace(request, state=WAITING)
    return replace(request, state=RUNNING, steps=tuple(Step(service=service) for service in HOLDERS))


def carried_out(request: Request, now: datetime) -> Request:
    """Returns a request in which every service has done its part, or said that it cannot: then a person answers."""
    if request.kind == CORRECT and (
        request.details.strip() or any(step.state == STEP_REFUSED for step in request.steps)
    ):
        return replace(request, state=WAITING)
    return replace(request, state=DONE, close_time=now, restricted=request.kind == RESTRICT)


def answered(request: Request, *, refused: bool, answer: str, now: datetime) -> Request:
    """Returns a request that a privacy officer has answered."""
    if request.state != WAITING:
        raise RequestSettled
    return replace(request, state=REFUSED if refused else DONE, answer=answer, close_time=now)


def proof_confirmed(request: Request, staff_id: str, now: datetime) -> Request:
    """Returns a request for a copy on somebody's behalf whose proof a second person finds good; again, it stays so."""
    if (request.made_by, request.kind) != (BY_OFFICER, ACCESS) or request.state == OVERTAKEN:
        raise NoProofToConfirm
    if request.officer_id == staff_id:
        raise SecondPersonNeeded
    if request.proof_confirm_time is not None:
        return request
    return replace(request, proof_confirmer_id=staff_id, proof_confirm_time=now)


def check_copy(request: Request | None) -> Request:
    """Returns a request that a copy answers; raises CopyNotReady or ProofNotConfirmed where none is handed out."""
    if request is None or request.kind != ACCESS:
        raise CopyNotReady
    if request.made_by == BY_OFFICER and request.proof_confirm_time is None:
        raise ProofNotConfirmed
    return request


def basis_of(request: Request) -> str:
    """Returns the kind of proof as the ledger names it; nothing where a token proved it."""
    name: str = request_pb2.ProofKind.Name(request_pb2.ProofKind.ValueType(request.proof_kind))
    return name.removeprefix("PROOF_KIND_").lower() if request.proof_kind else ""


def lifted(request: Request, answer: str) -> Request:
    """Returns a request whose restriction has ended."""
    if not request.restricted:
        raise NotRestricted
    return replace(request, restricted=False, answer=answer)
