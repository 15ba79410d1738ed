"""What chat knows and decides, without a clock, a database or a network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from parley.chat.v1 import attachment_pb2, conversation_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import notice_pb2

from kernel.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
)
from kernel.identity import Actor

QUEUED = conversation_pb2.Conversation.STATE_QUEUED
OPEN = conversation_pb2.Conversation.STATE_OPEN
CLOSED = conversation_pb2.Conversation.STATE_CLOSED

NEITHER = conversation_pb2.SIDE_UNSPECIFIED
VISITOR = conversation_pb2.SIDE_VISITOR
OPERATOR = conversation_pb2.SIDE_OPERATOR

TEXT = conversation_pb2.Message.KIND_TEXT
STARTED = conversation_pb2.Message.KIND_STARTED
JOINED = conversation_pb2.Message.KIND_JOINED
ENDED = conversation_pb2.Message.KIND_CLOSED
WATCHED = conversation_pb2.Message.KIND_WATCHED
UNWATCHED = conversation_pb2.Message.KIND_UNWATCHED
EDITED = conversation_pb2.Message.KIND_EDITED
RETRACTED = conversation_pb2.Message.KIND_RETRACTED
REMOVED = conversation_pb2.Message.KIND_REMOVED
SENT_FILE = conversation_pb2.Message.KIND_ATTACHMENT
LEFT = conversation_pb2.Message.KIND_LEFT
MAILED = conversation_pb2.Message.KIND_MAILED
MAIL_FAILED = conversation_pb2.Message.KIND_MAIL_FAILED
MAIL_HELD = conversation_pb2.Message.KIND_MAIL_HELD
TICKETED = conversation_pb2.Message.KIND_TICKETED
EXAMINED_FILE = conversation_pb2.Message.KIND_ATTACHMENT_EXAMINED

PENDING = attachment_pb2.Attachment.STATE_PENDING
READY = attachment_pb2.Attachment.STATE_READY
REFUSED = attachment_pb2.Attachment.STATE_REFUSED
REQUEUED = conversation_pb2.Message.KIND_REQUEUED
TRANSFERRED = conversation_pb2.Message.KIND_TRANSFERRED

#: Those who see every conversation of the tenant in a list. What was said in a running one is another matter.
OVERSEERS = (
    access_pb2.CALLER_SUPERVISOR,
    access_pb2.CALLER_PRIVACY_OFFICER,
    access_pb2.CALLER_SERVICE_ACCOUNT,
    access_pb2.CALLER_PLATFORM_SUPPORT,
)


class ConversationClosed(FailedPrecondition):
    """Nothing can be said in a closed conversation."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__("CONVERSATION_CLOSED", "This conversation is over. Not sent; start a new one to go on.")


class TooManyFiles(ResourceExhausted):
    """A conversation, or the whole company, has as many files as the settings allow."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("FILES_LIMITED", "There is no room for another file here. Nothing of it was kept.")


class ConversationTaken(FailedPrecondition):
    """Another operator was faster."""

    def __init__(self) -> None:
        """Says what happened."""
        super().__init__("CONVERSATION_TAKEN", "A colleague has taken this conversation already.")


class MessageIdReused(AlreadyExists):
    """One id of a client stands for one message."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__(
            "MESSAGE_ID_REUSED",
            "Another message was sent with this id before. This one was not sent; give it an id of its own.",
            fields=[("client_message_id", "must be new for a new message")],
        )


class NotTheOperator(PermissionDenied):
    """Only the operator who holds a conversation answers in it."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("NOT_THE_OPERATOR", "Take the conversation first, then answer. Not sent.")


class MonitoringNeedsReason(PermissionDenied):
    """Nobody watches a running conversation of somebody else without a reason and a notice."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__(
            "MONITORING_NEEDS_REASON",
            "A running conversation is read by the two people in it. Give a reason to watch it; both will see it.",
        )


class AlreadyWatched(FailedPrecondition):
    """One person at a time watches a conversation."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("ALREADY_WATCHED", "A colleague is watching this conversation. Try again when they are done.")


class NotRunning(FailedPrecondition):
    """Only what waits or runs with somebody else is watched; what is over is read as it is."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "CONVERSATION_NOT_RUNNING", "This conversation is not running. You can read it without watching."
        )


class ConversationNotOver(FailedPrecondition):
    """A transcript is of what is over."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "CONVERSATION_NOT_OVER", "This conversation is not over. Its transcript can be opened once it has ended."
        )


class ConversationErased(NotFound):
    """Nothing is left to read in a conversation whose visitor asked to be forgotten."""

    def __init__(self) -> None:
        """Says why."""
        super().__init__("CONVERSATION_ERASED", "The visitor asked to be forgotten. What was said here is gone.")


class NoticeStale(FailedPrecondition):
    """The notice that stood on the screen is not the one in force."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("NOTICE_STALE", "The privacy notice has changed. Read the new one, then start again.")


def is_expired(conversation: Conversation, kept: timedelta, now: datetime) -> bool:
    """Says whether the time for which a conversation is kept is over, so that it is gone for everybody."""
    end = expires(conversation, kept)
    return end is not None and end <= now


def no_such_conversation() -> NotFound:
    """Returns the one answer to a conversation that does not exist, is another tenant's, or is not the caller's to
    see."""
    return NotFound("CONVERSATION_NOT_FOUND", "There is no such conversation.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One visit's talk with the tenant."""

    tenant_id: UUID
    id: UUID
    site_id: UUID
    visitor_id: UUID
    display_name: str
    language: str
    page_path: str
    notice_id: UUID
    state: int
    create_time: datetime
    operator_id: UUID | None = None
    operator_name: str = ""
    head: int = 0
    visitor_read: int = 0
    operator_read: int = 0
    closed_by: int = NEITHER
    claim_time: datetime | None = None
    close_time: datetime | None = None
    erase_time: datetime | None = None
    watcher_id: UUID | None = None
    watch_end_time: datetime | None = None
    tag_ids: Sequence[UUID] = ()
    note_count: int = 0
    #: True where it began as a message that was left while nobody was there.
    is_left: bool = False
    team_id: UUID | None = None
    queue_time: datetime | None = None
    #: The place in the queue from which it began to wait, for the last time.
    queue_place: int = 1
    #: Who handed it to a team, and is not given it again.
    left_id: UUID | None = None
    offered_id: UUID | None = None
    offer_end_time: datetime | None = None
    rating: int = 0
    rate_time: datetime | None = None
    reply_set_time: datetime | None = None


# Nobody changes one, but to forbid that would double what it costs to make one, and one is made for every message.
@dataclass(slots=True, kw_only=True)
class Entry:
    """One entry of a conversation, before or after it has its place."""

    conversation_id: UUID
    id: UUID
    kind: int
    side: int
    client_message_id: str = ""
    operator_id: UUID | None = None
    body: str = ""
    sequence: int = 0
    create_time: datetime | None = None
    #: Which entry this one is about, where it changed one; and what became of this one since.
    target_sequence: int = 0
    revision: int = 0
    revise_time: datetime | None = None


def is_retry(entry: Entry, first: Entry) -> bool:
    """Says whether an entry is the first one, sent again: the same person saying the same.

    What was changed since no longer says the same; that it was this person is then enough.
    """
    if first.revision:
        return (entry.side, entry.operator_id) == (first.side, first.operator_id)
    return (entry.side, entry.operator_id, entry.body) == (first.side, first.operator_id, first.body)


@dataclass(frozen=True, slots=True)
class Viewer:
    """An actor as chat sees it: which ids it has among the conversations."""

    actor: Actor
    staff_id: UUID | None
    conversation_id: UUID | None


def may_see(viewer: Viewer, conversation: Conversation) -> bool:
    """Says whether somebody sees that a conversation exists: who it is with, and where it stands."""
    if viewer.conversation_id is not None:
        return viewer.conversation_id == conversation.id and conversation.erase_time is None
    if viewer.actor.has(*OVERSEERS):
        return True
    # An operator sees the queue, what the operator holds or held, and what is offered to the operator. Everything else
    # is as if it did not exist.
    return viewer.actor.has(access_pb2.CALLER_OPERATOR) and (
        conversation.state == QUEUED
        or conversation.operator_id == viewer.staff_id
        or (conversation.offered_id is not None and conversation.offered_id == viewer.staff_id)
    )


def check_seen(viewer: Viewer, conversation: Conversation | None) -> Conversation:
    """Returns a conversation that somebody may see; raises NotFound for every other."""
    if conversation is None or not may_see(viewer, conversation):
        raise no_such_conversation()
    return conversation


def is_watched(conversation: Conversation, now: datetime) -> bool:
    """Says whether a supervisor watches a conversation now."""
    return (
        conversation.state != CLOSED and conversation.watch_end_time is not None and now < conversation.watch_end_time
    )


def watches(viewer: Viewer, conversation: Conversation, now: datetime) -> bool:
    """Says whether it is this person who watches a conversation now."""
    return is_watched(conversation, now) and conversation.watcher_id == viewer.staff_id


def may_read(viewer: Viewer, conversation: Conversation, now: datetime) -> bool:
    """Says whether somebody may read what is said in a conversation."""
    if not may_see(viewer, conversation) or conversation.erase_time is not None:
        return False
    if viewer.conversation_id is not None:
        return True
    # A running one is its two people's: a program gives no reason and cannot be seen, so that it waits for the end.
    if conversation.state == CLOSED or (conversation.state == OPEN and conversation.operator_id == viewer.staff_id):
        return True
    return may_take(viewer, conversation) or watches(viewer, conversation, now)


def may_take(viewer: Viewer, conversation: Conversation) -> bool:
    """Says whether somebody may look into a waiting conversation, to take it: an operator, and nobody who leads."""
    return (
        conversation.state == QUEUED
        and viewer.actor.has(access_pb2.CALLER_OPERATOR)
        and not viewer.actor.has(access_pb2.CALLER_SUPERVISOR)
    )


def reader_of(viewer: Viewer, conversation: Conversation, now: datetime) -> Actor:
    """Returns who reads a conversation, with the purpose that the reading serves."""
    if watches(viewer, conversation, now) and conversation.operator_id != viewer.staff_id:
        return replace(viewer.actor, purpose=access_pb2.PURPOSE_FUNCTIONAL_SERVICE_MONITORING)
    return viewer.actor


def check_read(viewer: Viewer, conversation: Conversation | None, now: datetime) -> Conversation:
    """Returns a conversation that somebody may read; one that waits or runs, with somebody else, only while it is
    watched by the reader, unless the reader is an operator who may take it."""
    seen = check_seen(viewer, conversation)
    if seen.erase_time is not None:
        raise ConversationErased
    if not may_read(viewer, seen, now):
        raise MonitoringNeedsReason
    return seen


def check_over(conversation: Conversation) -> Conversation:
    """Returns a conversation that has ended; raises ConversationNotOver for every other."""
    if conversation.state != CLOSED:
        raise ConversationNotOver
    return conversation


def side_of(viewer: Viewer) -> int:
    """Returns the side on which somebody speaks."""
    return VISITOR if viewer.conversation_id is not None else OPERATOR


def claim(conversation: Conversation, viewer: Viewer, now: datetime) -> Conversation:
    """Gives a queued conversation to an operator. Claiming one's own again changes nothing."""
    if conversation.state == CLOSED:
        raise ConversationClosed
    if conversation.state == OPEN:
        if conversation.operator_id == viewer.staff_id:
            return conversation
        raise ConversationTaken
    return replace(
        conversation,
        state=OPEN,
        operator_id=viewer.staff_id,
        operator_name=viewer.actor.display_name,
        claim_time=now,
        left_id=None,
    )


def close(conversation: Conversation, viewer: Viewer, now: datetime) -> Conversation:
    """Ends a conversation. Ending one that is over changes nothing."""
    if conversation.state == CLOSED:
        return conversation
    side = side_of(viewer)
    if side == OPERATOR and conversation.state == OPEN and conversation.operator_id != viewer.staff_id:
        raise NotTheOperator
    return replace(conversation, state=CLOSED, closed_by=side, close_time=now, offered_id=None, offer_end_time=None)


def watch(conversation: Conversation, viewer: Viewer, until: datetime, now: datetime) -> Conversation:
    """Opens a conversation that waits or runs to somebody who does not answer in it, until a moment."""
    if conversation.state == CLOSED or (conversation.state == OPEN and conversation.operator_id == viewer.staff_id):
        raise NotRunning
    if is_watched(conversation, now) and conversation.watcher_id != viewer.staff_id:
        raise AlreadyWatched
    return replace(conversation, watcher_id=viewer.staff_id, watch_end_time=until)


def unwatch(conversation: Conversation, viewer: Viewer, now: datetime) -> Conversation:
    """Ends one's watching. Ending one that is over changes nothing."""
    return replace(conversation, watch_end_time=now) if watches(viewer, conversation, now) else conversation


def forget(conversation: Conversation, now: datetime) -> Conversation:
    """Ends a conversation whose visitor is forgotten; what was said goes with it, and nothing can be said any more."""
    return replace(conversation, state=CLOSED, close_time=conversation.close_time or now, erase_time=now)


def expires(conversation: Conversation, kept: timedelta) -> datetime | None:
    """Returns when a closed conversation deletes itself."""
    return None if conversation.close_time is None else conversation.close_time + kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a visitor said to one of the questions before the chat."""

    number: int
    label: str
    text: str


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def answers_to(questions: Sequence[notice_pb2.Question], given: Sequence[tuple[int, str]]) -> list[Answer]:
    """Returns the answers that are kept, with what was asked; raises InvalidArgument, naming the questions by number.

    What is left empty is no answer, and nothing is kept of it.
    """
    texts = dict(given)
    wrong = [
        (f"answers[{place}].number", "must be a question of the notice, once")
        for place, (number, _) in enumerate(given)
        if not any(number == question.number for question in questions)
        or any(number == earlier for earlier, _ in given[:place])
    ]
    kept: list[Answer] = []
    for question in questions:
        text = texts.get(question.number, "")
        if not text.strip():
            if question.required:
                wrong.append((f"answers.{question.number}", "needs an answer"))
        elif question.kind == notice_pb2.Question.KIND_EMAIL and not _ADDRESS.fullmatch(text.strip()):
            wrong.append((f"answers.{question.number}", "must be an e-mail address"))
        else:
            kept.append(Answer(number=question.number, label=question.label, text=text))
    if wrong:
        raise InvalidArgument(
            "ANSWERS_INCOMPLETE", "Some questions need an answer first. Nothing was kept.", fields=wrong
        )
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file in a conversation."""

    tenant_id: UUID
    id: UUID
    conversation_id: UUID
    side: int
    filename: str
    media_type: str
    size: int
    state: int
    file_key: str
    create_time: datetime
    reason: str = ""
    width: int = 0
    height: int = 0


#: No conversation has more files, whatever their size.
MOST_FILES = 500


def check_sends(viewer: Viewer, conversation: Conversation) -> int:
    """Returns the side on which somebody sends a file; raises where nothing can be said by them."""
    if conversation.state == CLOSED:
        raise ConversationClosed
    side = side_of(viewer)
    if side == OPERATOR and (conversation.state != OPEN or conversation.operator_id != viewer.staff_id):
        raise NotTheOperator
    return side


def room_for(used: tuple[int, int, int], most: tuple[int, int, int], *, coming: int = 0) -> int:
    """Returns how many bytes another file may have; raises TooManyFiles where there is no room.

    `used` are a conversation's files and bytes, and all bytes of the tenant; `most` are the bytes that one file, one
    conversation and the tenant may have.
    """
    count, together, of_tenant = used
    room = min(most[0], most[1] - together, most[2] - of_tenant)
    if count >= MOST_FILES or room < max(coming, 1):
        raise TooManyFiles
    return room
