"""What a file in a post is, and how many of them somebody may send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted

PENDING, READY, REFUSED = 1, 2, 3
#: How many files of one member wait for a post at once, and how many a post carries.
MOST_WAITING, MOST_CARRIED = 20, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file."""

    id: str
    author_id: str
    post_id: str
    filename: str = field(repr=False)
    media_type: str
    size: int
    state: int
    file_key: str
    create_time: datetime
    reason: str = ""
    width: int = 0
    height: int = 0


def nameless(filename: str) -> str:
    """Returns a name that says only what kind of file it is."""
    ending = filename.rpartition(".")[2]
    return f"file.{ending.lower()}" if "." in filename and re.fullmatch(r"[A-Za-z0-9]{1,5}", ending) else "file"


def room_for(used: tuple[int, int], most: tuple[int, int, int], *, coming: int = 1) -> int:
    """Returns how many bytes another file may have; raises ResourceExhausted where there is no room.

    `used` are the member's files that wait and all bytes of the community, `most` the bytes that one file, one record
    (a post has no bound of its own) and all files of the tenant may have.
    """
    room = min(most[0], most[2] - used[1])
    if used[0] >= MOST_WAITING or room < coming:
        raise ResourceExhausted("TOO_MANY_FILES", "There is no room for another file now. Nothing of it was kept.")
    return room


def check_most(count: int) -> None:
    """Raises InvalidArgument where a post would carry too many files."""
    if count > MOST_CARRIED:
        raise InvalidArgument(
            "TOO_MANY_FILES",
            "A post carries ten files at most. Nothing was changed.",
            fields=[("attachment_ids", "ten with those that are there")],
        )


def no_such_attachment() -> NotFound:
    """Returns the one answer to a file that does not exist, or is not there for whoever asks."""
    return NotFound("ATTACHMENT_NOT_FOUND", "There is no such file.")


def not_ready() -> FailedPrecondition:
    """Returns what is said where a file cannot be read."""
    return FailedPrecondition("ATTACHMENT_NOT_READY", "This file cannot be read: it was not passed.")
