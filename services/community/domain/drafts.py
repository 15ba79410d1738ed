"""What a draft is: what a member has written and not posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kernel.errors import Aborted, InvalidArgument, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft of a topic in a space, or of a reply to a topic."""

    id: str
    author_id: str
    space_id: str
    topic_id: str
    kind: int
    title: str = field(repr=False)
    body: str = field(repr=False)
    tags: str = field(repr=False)
    reply_to: int
    revision: int
    update_time: datetime

    def check_etag(self, etag: str) -> None:
        """Raises Aborted where it was changed meanwhile."""
        if etag and etag != str(self.revision):
            raise Aborted("DRAFT_CHANGED", "The draft was changed elsewhere meanwhile. Look at it, then save.")


def check_place(space_id: str, topic_id: str) -> None:
    """Raises InvalidArgument where not exactly one place is named."""
    if bool(space_id) == bool(topic_id):
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "A space or a topic is named, and not both. Nothing was kept.",
            fields=[("space_id", "this or topic_id")],
        )


def no_such_draft() -> NotFound:
    """Returns what is said where there is no such draft of the caller's."""
    return NotFound("DRAFT_NOT_FOUND", "There is no such draft.")
