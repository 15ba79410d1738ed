"""What feedback is, when its answer is due, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from parley.privacy.v1 import feedback_pb2

from kernel.errors import FailedPrecondition, NotFound

#: How long somebody waits for an answer at most.
DUE = timedelta(days=14)

EVERYTHING = feedback_pb2.FEEDBACK_VIEW_UNSPECIFIED
WAITING = feedback_pb2.FEEDBACK_VIEW_WAITING
OVERDUE = feedback_pb2.FEEDBACK_VIEW_OVERDUE
ANSWERED = feedback_pb2.FEEDBACK_VIEW_ANSWERED


class FeedbackAnswered(FailedPrecondition):
    """Feedback is answered once: what somebody was told stays what they were told."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__("FEEDBACK_ANSWERED", "This was answered before. The first answer stays as it is.")


def no_such_feedback() -> NotFound:
    """Returns the one answer to feedback that does not exist, and to a code that nothing has."""
    return NotFound("FEEDBACK_NOT_FOUND", "There is nothing under this id or code.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What somebody said about how they are treated, and what was answered."""

    id: str
    kind: int
    text: str = field(repr=False)
    contact: str = field(repr=False)
    language: str
    code_mac: bytes = field(repr=False)
    create_time: datetime
    due_time: datetime
    visitor_id: str = ""
    conversation_id: str = ""
    site_id: str = ""
    overdue_time: datetime | None = None
    answer: str = field(default="", repr=False)
    answer_time: datetime | None = None
    mail_time: datetime | None = None


def is_overdue(feedback: Feedback, now: datetime) -> bool:
    """Says whether somebody waits although the answer was due."""
    return feedback.answer_time is None and feedback.due_time <= now


def answered(feedback: Feedback, answer: str, now: datetime) -> Feedback:
    """Returns feedback with its answer; the same answer again is a retry, and another one raises FeedbackAnswered."""
    if feedback.answer_time is None:
        return replace(feedback, answer=answer, answer_time=now)
    if feedback.answer == answer:
        return feedback
    raise FeedbackAnswered
