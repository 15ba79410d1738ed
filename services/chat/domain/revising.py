"""Decides who may change, take back or remove what was said, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from services.chat.domain import (
    CLOSED,
    OPEN,
    SENT_FILE,
    TEXT,
    VISITOR,
    Conversation,
    Entry,
    NotTheOperator,
    Viewer,
    side_of,
)

EDITED = conversation_pb2.REVISION_EDITED
RETRACTED = conversation_pb2.REVISION_RETRACTED
REMOVED = conversation_pb2.REVISION_REMOVED

#: How long an author may change or take back what was said: while it is still the same moment of the talk.
EDITABLE = timedelta(minutes=15)


class MessageMissing(NotFound):
    """The conversation has no entry there."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("MESSAGE_NOT_FOUND", "There is no such message.")


class NothingSaid(FailedPrecondition):
    """An entry is something that happened, and nobody's words."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("MESSAGE_NOT_SAID", "Only what somebody said can be changed. Nothing was changed.")


class NotTheAuthor(PermissionDenied):
    """Somebody else said it."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("NOT_THE_AUTHOR", "Only who said something may change it. Nothing was changed.")


class TooLate(FailedPrecondition):
    """The time in which something may be changed is over."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__(
            "REVISION_TOO_LATE", "What was said can be changed for a quarter of an hour. It stays as it is."
        )


class RevisionClosed(FailedPrecondition):
    """What was said in a conversation that is over stays as it is."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("CONVERSATION_CLOSED", "This conversation is over. What was said in it stays as it is.")


class MessageGone(FailedPrecondition):
    """Nothing stands there any more that could be changed."""

    def __init__(self) -> None:
        """Says why."""
        super().__init__("MESSAGE_GONE", "This message was taken back or removed. Nothing was changed.")


def is_author(viewer: Viewer, entry: Entry) -> bool:
    """Says whether it was this person who said something."""
    return entry.side == side_of(viewer) and (entry.side == VISITOR or entry.operator_id == viewer.staff_id)


def _said(entry: Entry | None, *kinds: int) -> Entry:
    if entry is None:
        raise MessageMissing
    if entry.kind not in kinds:
        raise NothingSaid
    return entry


def check_revise(viewer: Viewer, conversation: Conversation, entry: Entry | None, now: datetime) -> Entry:
    """Returns a message that its author may change or take back now; raises for every other."""
    said = _said(entry, TEXT)
    if not is_author(viewer, said):
        raise NotTheAuthor
    if conversation.state == CLOSED:
        raise RevisionClosed
    if side_of(viewer) != VISITOR and (conversation.state != OPEN or conversation.operator_id != viewer.staff_id):
        # Who handed a conversation over changes nothing in it any more.
        raise NotTheOperator
    if said.revision in (RETRACTED, REMOVED):
        raise MessageGone
    if said.create_time is None or now - said.create_time > EDITABLE:
        raise TooLate
    return said


def check_redact(viewer: Viewer, conversation: Conversation, entry: Entry | None) -> Entry:
    """Returns a message or a file that somebody who may read it may remove for good, whenever it is found."""
    said = _said(entry, TEXT, SENT_FILE)
    leads = viewer.actor.has(access_pb2.CALLER_SUPERVISOR) and viewer.staff_id is not None
    answers = viewer.staff_id is not None and conversation.operator_id == viewer.staff_id
    if not (is_author(viewer, said) or answers or leads):
        raise NotTheAuthor
    return said
