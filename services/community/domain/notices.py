"""Who is told of what, and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from kernel.errors import InvalidArgument, NotFound
from services.community.domain.posts import Author

POSTED, REPLIED, MENTIONED, TOPIC_BEGUN, MESSAGE, TICKETED = 1, 2, 3, 4, 5, 6
NONE, FOLLOWING, MUTED = 1, 2, 3
OFF, EACH, DIGEST = 1, 2, 3
#: At what hour of the day, in UTC, a day's notifications go out together.
DIGEST_HOUR = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a member follows, or is told of no more."""

    id: str
    space_id: str
    topic_id: str
    display_name: str = field(repr=False)
    level: int
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that a member was told."""

    id: str
    kind: int
    is_read: bool
    create_time: datetime
    topic_id: str = ""
    topic_title: str = field(default="", repr=False)
    post_id: str = ""
    number: int = 0
    thread_id: str = ""
    author: Author = field(default_factory=Author)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A notification that is to be mailed, and to whom."""

    notification: Notification
    member_id: str
    email: str = field(repr=False)


def told(
    *,
    author: UUID,
    followers: Collection[UUID],
    kind: int,
    answered: Collection[UUID],
    mentioned: Collection[UUID],
) -> Mapping[UUID, int]:
    """Returns who is told of a post and why: whoever is named, else whoever is answered, else whoever follows."""
    by_member = dict.fromkeys(followers, kind)
    by_member |= dict.fromkeys(answered, REPLIED)
    by_member |= dict.fromkeys(mentioned, MENTIONED)
    by_member.pop(author, None)
    return by_member


def next_digest(now: datetime) -> datetime:
    """Returns when the next digests go out."""
    today = now.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def check_place(space_id: str, topic_id: str) -> None:
    """Raises InvalidArgument where not exactly one place is named."""
    if bool(space_id) == bool(topic_id):
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "A space or a topic is named, and not both. Nothing was changed.",
            fields=[("space_id", "this or topic_id")],
        )


def no_such_notification() -> NotFound:
    """Returns what is said where there is no such notification of the caller's."""
    return NotFound("NOTIFICATION_NOT_FOUND", "There is no such notification.")


def no_such_link() -> NotFound:
    """Returns what is said to a link that is none of ours."""
    return NotFound("LINK_NOT_FOUND", "This link is not one of ours, or of another community.")
