"""How far a member is trusted, and what is limited until then. It knows no clock and counts nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from kernel.errors import AlreadyExists, InvalidArgument, ResourceExhausted
from kernel.limits import Tries

NEW, KNOWN, TRUSTED = 1, 2, 3
_DAY = timedelta(days=1)
#: What was removed so long ago counts no more.
REMOVALS_COUNT = timedelta(days=90)
#: How many of a member's last posts a new one is compared with, and how long ago they were written at most.
COMPARED, COMPARED_FOR = 10, timedelta(days=7)
_ALIKE, _LONG = 92, 40
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

POSTS_OF_KNOWN = Tries(name="community_posts", most=60, window=timedelta(hours=1))
CONTACTS_OF_NEW = Tries(name="community_contacts_new", most=3, window=_DAY)
CONTACTS = Tries(name="community_contacts", most=20, window=_DAY)
MESSAGES = Tries(name="community_messages", most=60, window=timedelta(minutes=10))
FILES = Tries(name="community_files", most=60, window=timedelta(hours=1))
#: Somebody who writes a title asks again with each pause.
TITLES = Tries(name="community_titles", most=120, window=timedelta(minutes=10))
_LINKS_OF_KNOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a member: since when they are there, how much they posted, how much of it was removed."""

    create_time: datetime
    post_count: int
    removals: int = 0


def level_of(past: Past, now: datetime) -> int:
    """Returns how far a member is trusted."""
    age = now - past.create_time
    if age < _DAY or past.post_count < 3 or past.removals > 1:
        return NEW
    if age < timedelta(days=30) or past.post_count < 50 or past.removals:
        return KNOWN
    return TRUSTED


def posts_of(level: int, first_day: int) -> Tries:
    """Returns how many posts a member makes in a while."""
    if level == NEW:
        return Tries(name="community_posts_new", most=first_day, window=_DAY)
    return POSTS_OF_KNOWN


def count_links(body: str) -> int:
    """Returns how many links a post carries."""
    return len(_LINK.findall(body))


def check_links(body: str, level: int, first_day: int) -> None:
    """Raises InvalidArgument for more links than a member of a level puts into a post."""
    most = first_day if level == NEW else _LINKS_OF_KNOWN
    if level != TRUSTED and count_links(body) > most:
        raise InvalidArgument(
            "TOO_MANY_LINKS",
            f"A post of yours carries {most} links at most for now. Nothing was posted.",
            fields=[("body", f"at most {most} links")],
        )


def check_new(body: str, before: Iterable[str]) -> None:
    """Raises AlreadyExists for what a member has posted before, or nearly."""
    text = _plain(body)
    # A short thank-you may be said twice.
    if len(text) >= _LONG and any(fuzz.ratio(text, _plain(each)) >= _ALIKE for each in before):
        raise AlreadyExists("POSTED_BEFORE", "You posted this before, or nearly this. Nothing was posted.")


def check_pace(last: datetime | None, slow_seconds: int, now: datetime) -> None:
    """Raises ResourceExhausted where a topic is slowed and its last reply by the same member is not long enough ago."""
    if last is not None and slow_seconds and now - last < (pause := timedelta(seconds=slow_seconds)):
        raise ResourceExhausted(
            "TOPIC_SLOWED",
            "This topic is slowed down. Your text is still here; post it a little later.",
            retry_after=last + pause - now,
        )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
