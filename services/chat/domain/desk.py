"""Decides what tags, notes and canned replies may be, and who changes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from parley.options.v1 import access_pb2

from kernel.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from services.chat.domain import Conversation, NotTheOperator, Viewer

#: How much a tenant keeps of each: what one person can still look through.
MOST_TAGS, MOST_NOTES, MOST_REPLIES = 200, 200, 1000
#: What a canned reply may leave open, to be filled in when it is used.
PLACEHOLDERS = frozenset({"visitor_name", "operator_name", "site"})

_LEADERS = (access_pb2.CALLER_SUPERVISOR, access_pb2.CALLER_ADMIN)
# What stands after the bar is said where nothing is known.
_OPEN = re.compile(r"\{([^{}|]*)(?:\|[^{}]*)?\}")


class TagMissing(NotFound):
    """The tenant has no such tag."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("TAG_NOT_FOUND", "There is no such tag.")


class TagRetired(FailedPrecondition):
    """A retired tag is put on nothing more."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("TAG_RETIRED", "This tag is not used any more. Nothing was changed.")


class WordTaken(AlreadyExists):
    """Two tags cannot be called the same."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "TAG_EXISTS", "There is a tag with this word. Nothing was changed.", fields=[("word", "must be new")]
        )


class ReplyMissing(NotFound):
    """The tenant has no such canned reply, or it is somebody else's own."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("CANNED_REPLY_NOT_FOUND", "There is no such canned reply.")


class ShortcutTaken(AlreadyExists):
    """One shortcut has one text in each language."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "SHORTCUT_EXISTS",
            "There is a canned reply with this shortcut in this language. Nothing was changed.",
            fields=[("shortcut", "must be new in this language")],
        )


class NotALeader(PermissionDenied):
    """What everybody uses is changed by those who lead."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__(
            "SHARED_BY_ALL", "The team's canned replies are changed by those who lead it. Make one of your own."
        )


class Changed(Aborted):
    """Somebody else changed it since it was read."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "CHANGED_MEANWHILE", "Somebody else has changed this meanwhile. Read it again, then change it."
        )


class NoteNotYours(PermissionDenied):
    """A note is deleted by its author, or by those who lead."""

    def __init__(self) -> None:
        """Says the rule."""
        super().__init__("NOTE_NOT_YOURS", "A note is deleted by who wrote it, or by who leads the team.")


def too_many(what: str) -> FailedPrecondition:
    """Returns the refusal where there is no room for one more of something that the code names."""
    return FailedPrecondition("TOO_MANY", f"There are too many {what} already. Nothing was added; delete one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One word of a tenant's list."""

    tenant_id: UUID
    id: UUID
    word: str
    colour: str
    retired: bool
    revision: int
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody of the staff wrote beside a conversation."""

    tenant_id: UUID
    conversation_id: UUID
    id: UUID
    staff_id: UUID
    staff_name: str
    body: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A text that operators say often: the tenant's, or one person's own."""

    tenant_id: UUID
    id: UUID
    owner_id: UUID | None
    shortcut: str
    language: str
    template: str
    revision: int
    create_time: datetime


def check_etag(etag: str, revision: int) -> None:
    """Raises where somebody changed it since it was read; no etag asks for nothing."""
    if etag and etag != str(revision):
        raise Changed


def check_text(field: str, text: str) -> str:
    """Returns a text without the space around it; raises InvalidArgument where nothing is left to read."""
    if not text.strip() or "\x00" in text:
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "There is nothing to read in it. Nothing was kept.",
            fields=[(field, "must hold something that can be read")],
        )
    return text.strip()


def check_template(template: str) -> str:
    """Returns a canned reply's text; raises InvalidArgument for a placeholder that nothing would fill."""
    text = check_text("template", template)
    unknown = any(name not in PLACEHOLDERS for name in _OPEN.findall(text))
    if unknown or {"{", "}"} & set(_OPEN.sub("", text)):
        known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        raise InvalidArgument(
            "PLACEHOLDER_UNKNOWN",
            f"A placeholder in it is not known. Nothing was kept. There are {known}.",
            fields=[("template", "must hold known placeholders only")],
        )
    return text


def check_tag(viewer: Viewer, conversation: Conversation) -> None:
    """Raises where somebody puts no tags on a conversation: it takes who answers or answered, or who leads."""
    if conversation.operator_id != viewer.staff_id and not viewer.actor.has(access_pb2.CALLER_SUPERVISOR):
        raise NotTheOperator


def check_owner(viewer: Viewer, reply: CannedReply | None) -> CannedReply:
    """Returns a canned reply that somebody may change: one's own, or the tenant's for those who lead."""
    if reply is None or (reply.owner_id is not None and reply.owner_id != viewer.staff_id):
        raise ReplyMissing
    if reply.owner_id is None:
        check_leads(viewer)
    return reply


def check_leads(viewer: Viewer) -> None:
    """Raises where somebody does not lead."""
    if not viewer.actor.has(*_LEADERS):
        raise NotALeader


def may_delete(viewer: Viewer, note: Note) -> bool:
    """Says whether somebody may delete a note."""
    return note.staff_id == viewer.staff_id or viewer.actor.has(access_pb2.CALLER_SUPERVISOR)
