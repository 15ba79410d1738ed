"""What a file of a ticket is, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from parley.support.v1 import record_pb2

from kernel.errors import NotFound, ResourceExhausted

PENDING, READY = record_pb2.TicketFile.STATE_PENDING, record_pb2.TicketFile.STATE_READY
REFUSED = record_pb2.TicketFile.STATE_REFUSED
#: No ticket has more files, whatever their size.
MOST_FILES = 500
#: Of what a company may have, what nobody has sent with a request yet takes this part at most.
WAITING_PART = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFile:
    """A file that belongs to a ticket."""

    id: UUID
    ticket_id: UUID
    filename: str
    media_type: str
    size: int
    state: int
    file_key: str
    create_time: datetime
    entry_id: UUID | None = None
    staff_id: UUID | None = None
    reason: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """A file that came in for a request that nobody has sent yet."""

    id: UUID
    filename: str
    media_type: str
    size: int
    file_key: str
    create_time: datetime
    #: The visitor who sent it, as far as one is known.
    visitor_id: UUID | None = None


class TooManyFiles(ResourceExhausted):
    """A ticket or a company that has as many files as it may."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("FILES_LIMITED", "There is no room for another file here. Nothing of it was kept.")


def room_for(used: tuple[int, int, int], most: tuple[int, int, int], *, coming: int = 0) -> int:
    """Returns how many bytes another file may have; raises TooManyFiles where there is no room.

    `used` are a ticket's files and bytes, and all bytes of the company; `most` are the bytes that one file, one ticket
    and the company may have.
    """
    count, together, of_tenant = used
    room = min(most[0], most[1] - together, most[2] - of_tenant)
    if count >= MOST_FILES or room < max(coming, 1):
        raise TooManyFiles
    return room


def no_such_file() -> NotFound:
    """Returns the one answer to a file that does not exist, is not there for the caller, or went somewhere already."""
    return NotFound("FILE_NOT_FOUND", "There is no such file.")
