"""What topics and posts are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.errors import Aborted, FailedPrecondition, NotFound, PermissionDenied
from services.community.domain.files import Attachment
from services.community.domain.polls import Poll

DISCUSSION, QUESTION = 1, 2
LIVE, HELD, HIDDEN_PENDING, RESTRICTED, REMOVED, AUTHOR_DELETED, PURGED = 1, 2, 3, 4, 5, 6, 7
#: What everybody sees.
SHOWN = frozenset({LIVE, RESTRICTED})
HELPFUL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Whoever wrote something, as everybody sees them; empty for one who has left."""

    member_id: str = ""
    handle: str = ""
    display_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A discussion or a question."""

    id: str
    space_id: str
    kind: int
    title: str = field(repr=False)
    state: int
    author_id: str
    is_locked: bool
    is_pinned: bool
    accepted_post_id: str
    accepted_number: int
    post_count: int
    last_number: int
    last_post_id: str
    last_post_time: datetime
    create_time: datetime
    version: int
    slow_seconds: int = 0
    space_slug: str = ""
    tags: Sequence[str] = ()
    author: Author = Author()
    read_number: int = 0

    def check_open(self) -> None:
        """Raises FailedPrecondition where nobody replies any more."""
        if self.is_locked or self.state not in (LIVE, RESTRICTED):
            raise topic_locked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What somebody said."""

    id: str
    topic_id: str
    space_id: str
    number: int
    author_id: str
    body: str = field(repr=False)
    html: str = field(repr=False)
    renderer: int
    state: int
    revision: int
    reply_to: int
    votes: int
    terms_id: str
    create_time: datetime
    edit_time: datetime | None = None
    author: Author = Author()
    reactions: Mapping[int, int] = field(default_factory=dict)
    has_voted: bool = False
    attachments: Sequence[Attachment] = ()
    is_ignored: bool = False
    poll: Poll | None = None
    #: What its topic is called, where posts of several topics are listed.
    topic_title: str = field(default="", repr=False)

    @property
    def is_shown(self) -> bool:
        """Says whether everybody who reads the space sees it."""
        return self.state in SHOWN

    def check_own(self, member_id: str) -> None:
        """Raises PermissionDenied where it is somebody else's, NotFound where it is not there any more."""
        if self.author_id != member_id:
            raise PermissionDenied("NOT_YOURS", "Only whoever wrote it may change it. Nothing was changed.")
        if self.state in (REMOVED, AUTHOR_DELETED, PURGED):
            raise no_such_post()

    def check_etag(self, etag: str) -> None:
        """Raises Aborted where it was changed meanwhile."""
        if etag and etag != str(self.revision):
            raise Aborted("POST_CHANGED", "The post was changed meanwhile. Your text is still here; look, then save.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What stood in a post before."""

    number: int
    html: str = field(repr=False)
    write_time: datetime
    files_added: int = 0
    files_removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a post is that was moved."""

    number: int
    post_id: str
    topic_id: str
    to_number: int


def no_such_topic() -> NotFound:
    """Returns what is said where there is no topic that the reader may know of."""
    return NotFound("TOPIC_NOT_FOUND", "There is no such topic.")


def topic_locked() -> FailedPrecondition:
    """Returns what is said to whoever replies where nobody does any more."""
    return FailedPrecondition("TOPIC_LOCKED", "Nobody replies to this topic any more. Nothing was posted.")


def no_such_post() -> NotFound:
    """Returns what is said where there is no post that the reader may know of."""
    return NotFound("POST_NOT_FOUND", "There is no such post.")
