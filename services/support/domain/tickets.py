"""What a ticket is, where it may go from where it stands, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from parley.support.v1 import change_pb2, record_pb2

from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied

TRIAGE, OPEN = record_pb2.STATE_TRIAGE, record_pb2.STATE_OPEN
WAITING_ON_REQUESTER, WAITING_ON_US = record_pb2.STATE_WAITING_ON_REQUESTER, record_pb2.STATE_WAITING_ON_US
RESOLVED, CLOSED = record_pb2.STATE_RESOLVED, record_pb2.STATE_CLOSED
UNSOLVED = frozenset({TRIAGE, OPEN, WAITING_ON_REQUESTER, WAITING_ON_US})

ACCEPTED, DUPLICATE = record_pb2.OUTCOME_ACCEPTED, record_pb2.OUTCOME_DUPLICATE
DECLINED, SOLVED = record_pb2.OUTCOME_DECLINED, record_pb2.OUTCOME_SOLVED

LOW, NORMAL = record_pb2.PRIORITY_LOW, record_pb2.PRIORITY_NORMAL
HIGH, URGENT = record_pb2.PRIORITY_HIGH, record_pb2.PRIORITY_URGENT
MODERATE = record_pb2.SEVERITY_MODERATE

REQUEST, REPLY = record_pb2.ENTRY_KIND_REQUEST, record_pb2.ENTRY_KIND_REPLY
ANSWER, NOTE = record_pb2.ENTRY_KIND_ANSWER, record_pb2.ENTRY_KIND_NOTE
WAITING, SENT, FAILED = record_pb2.SEND_STATE_WAITING, record_pb2.SEND_STATE_SENT, record_pb2.SEND_STATE_FAILED

#: So many hear of a ticket's answers besides its requester.
MOST_COPIES = 10

Kind = change_pb2.ChangeKind

#: Which state may follow which. What is not here does not happen, whoever asks.
TRANSITIONS: Mapping[int, frozenset[int]] = {
    TRIAGE: frozenset({OPEN, WAITING_ON_REQUESTER, WAITING_ON_US, RESOLVED, CLOSED}),
    OPEN: frozenset({TRIAGE, WAITING_ON_REQUESTER, WAITING_ON_US, RESOLVED, CLOSED}),
    WAITING_ON_REQUESTER: frozenset({OPEN, WAITING_ON_US, RESOLVED, CLOSED}),
    WAITING_ON_US: frozenset({OPEN, WAITING_ON_REQUESTER, RESOLVED, CLOSED}),
    RESOLVED: frozenset({OPEN, CLOSED}),
    CLOSED: frozenset({OPEN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One question or problem of one person."""

    id: UUID
    reference: str
    requester_id: UUID
    subject: str
    state: int
    queue_id: UUID
    source: int
    create_time: datetime
    update_time: datetime
    last_entry_time: datetime
    site_url: str
    #: In which language its requester is written to; nothing for the company's own.
    language: str = ""
    outcome: int = 0
    priority: int = NORMAL
    severity: int = MODERATE
    assignee_id: UUID | None = None
    site_id: UUID | None = None
    is_spam: bool = False
    is_reply_last: bool = True
    snooze_until_time: datetime | None = None
    merged_into_id: UUID | None = None
    parent_id: UUID | None = None
    conversation_id: UUID | None = None
    topic_id: UUID | None = None
    #: The visitor who sent it, or out of whose chat it came, as far as one is known.
    visitor_id: UUID | None = None
    close_time: datetime | None = None
    entry_count: int = 1
    next_due_time: datetime | None = None
    next_metric: int = 0
    is_breached: bool = False
    revision: int = 1

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return str(self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of what was written."""

    id: UUID
    ticket_id: UUID
    kind: int
    create_time: datetime
    body: str = ""
    note: str = ""
    staff_id: UUID | None = None
    staff_name: str = ""
    send_state: int = 0
    send_time: datetime | None = None
    is_withdrawn: bool = False
    author_id: UUID | None = None
    quoted_text: str = ""
    spf: int = 0
    dkim: int = 0
    dmarc: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened to a ticket: ids and words from closed lists."""

    id: UUID
    ticket_id: UUID
    kind: str
    time: datetime
    staff_id: UUID | None = None
    rule_id: UUID | None = None
    from_value: str = ""
    to_value: str = ""


def no_such_ticket() -> NotFound:
    """Returns the one answer to a ticket that does not exist, or stands where the caller does not look."""
    return NotFound("TICKET_NOT_FOUND", "There is no such ticket.")


class TicketChanged(Aborted):
    """Somebody else changed the ticket first."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__(
            "TICKET_CHANGED", "A colleague changed this ticket meanwhile. Nothing was changed; your text is still here."
        )


class EntriesMissed(Aborted):
    """Something was written that whoever answers has not seen."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("ENTRIES_MISSED", "Something new was written here. Nothing was sent; your text is still here.")


class TransitionRefused(FailedPrecondition):
    """A state from which the wanted one does not follow."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("TRANSITION_REFUSED", "A ticket does not go there from where it stands. Nothing was changed.")


class TooManyCopies(FailedPrecondition):
    """A ticket of whose answers as many hear as may."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("COPIES_LIMITED", f"At most {MOST_COPIES} hear of a ticket's answers. Nothing was changed.")


class ChangeMalformed(InvalidArgument):
    """A change whose value is not one of its kind."""

    def __init__(self, field: str = "changes") -> None:
        """Takes where it stands."""
        super().__init__(
            "CHANGE_MALFORMED",
            "A change has no value of its kind. Nothing was changed.",
            fields=[(field, "wrong value")],
        )


class PurposeRefused(PermissionDenied):
    """Support content is for solving the problem, and for what the law wants; for nothing else."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__(
            "PURPOSE_REFUSED", "What people ask support is read to solve their problem, and for nothing else."
        )


def check_etag(etag: str, revision: int) -> None:
    """Raises TicketChanged where a record is not as it was read."""
    if etag and etag != str(revision):
        raise TicketChanged


def check_transition(before: int, after: int) -> None:
    """Raises TransitionRefused where a state does not follow; staying is no transition."""
    if before != after and after not in TRANSITIONS[before]:
        raise TransitionRefused


def after_reply(state: int) -> int:
    """Returns where a ticket stands once its requester wrote: what waited for that, or was over, is open again."""
    return OPEN if state in (WAITING_ON_REQUESTER, RESOLVED, CLOSED) else state


def after_answer(state: int) -> int:
    """Returns where a ticket stands once staff answered: the requester is next, unless it is over."""
    return state if state in (RESOLVED, CLOSED) else WAITING_ON_REQUESTER
