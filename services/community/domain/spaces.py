"""What a space is, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Aborted, FailedPrecondition, NotFound

EVERYBODY, MEMBERS, GROUP = 1, 2, 3
#: What somebody is to a group.
JOINED, ASKED, INVITED = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A place for topics."""

    id: str
    slug: str
    display_name: str
    description: str
    category: str
    visibility: int
    is_indexed: bool
    has_feed: bool
    is_exported: bool
    joining: int
    position: int
    topic_count: int
    is_archived: bool
    revision: int
    create_time: datetime
    #: What the reader is to it; 0 for nothing.
    membership: int = 0

    def is_readable(self, *, is_member: bool, is_staff: bool) -> bool:
        """Says whether somebody reads what is posted here."""
        if is_staff or self.visibility == EVERYBODY:
            return True
        return is_member and (self.visibility == MEMBERS or self.membership == JOINED)

    def check_writable(self) -> None:
        """Raises FailedPrecondition where nothing new is posted."""
        if self.is_archived:
            raise FailedPrecondition("SPACE_ARCHIVED", "Nothing new is posted in this space. Nothing was kept.")


def check_etag(space: Space, etag: str) -> None:
    """Raises Aborted where somebody changed the space meanwhile."""
    if etag and etag != str(space.revision):
        raise Aborted("SPACE_CHANGED", "Somebody changed the space meanwhile. Look at it, then change it again.")


def check_narrower(before: Space, visibility: int, *, is_indexed: bool, has_feed: bool, is_exported: bool) -> None:
    """Raises FailedPrecondition where a space with topics would be read by more, or go further, than was promised."""
    wider = visibility < before.visibility or (is_indexed and not before.is_indexed)
    if before.topic_count and (wider or (has_feed and not before.has_feed) or (is_exported and not before.is_exported)):
        raise FailedPrecondition(
            "EXPOSURE_WIDENED",
            "What was posted here was promised to fewer readers. Make a new space for more. Nothing was changed.",
        )


def check_moves(before: Space, after: Space) -> None:
    """Raises FailedPrecondition where what was said in a space would move to where more people read."""
    if after.visibility < before.visibility or (after.is_indexed and not before.is_indexed):
        raise FailedPrecondition(
            "EXPOSURE_WIDENED", "What was said there was promised to fewer readers. Nothing was moved."
        )
    if after.visibility == GROUP and after.id != before.id:
        raise FailedPrecondition(
            "EXPOSURE_WIDENED", "The members of that group are not those to whom it was said. Nothing was moved."
        )


def no_such_space() -> NotFound:
    """Returns what is said where there is no space that the reader may know of."""
    return NotFound("SPACE_NOT_FOUND", "There is no such space.")
