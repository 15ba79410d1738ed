"""What two members write to one another, and when they may."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.errors import FailedPrecondition, NotFound
from services.community.domain.posts import LIVE, SHOWN, Author

ASKED, OPEN, DECLINED = 1, 2, 3
ACCEPT, DECLINE, BLOCK = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What two members write to one another, as one of them has it."""

    id: str
    state: int
    is_asker: bool
    last_number: int
    read_number: int
    latest_id: str
    last_message_time: datetime
    create_time: datetime
    other: Author = field(default_factory=Author)

    @property
    def shown_state(self) -> int:
        """Returns how it stands for whoever looks: whoever asked and was declined reads that it waits."""
        return ASKED if self.is_asker and self.state == DECLINED else self.state

    def check_writes(self) -> None:
        """Raises FailedPrecondition where nothing is written now."""
        if not self.other.member_id:
            raise FailedPrecondition("OTHER_HAS_LEFT", "The other has left the community. Nothing was sent.")
        if self.state != OPEN:
            raise FailedPrecondition(
                "CONTACT_NOT_ACCEPTED", "Nothing more is written until the request is accepted. Nothing was sent."
            )

    def check_answers(self) -> None:
        """Raises FailedPrecondition where there is nothing for this side to answer."""
        if self.is_asker:
            raise FailedPrecondition("OWN_REQUEST", "The other answers this request. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """Since when and until when somebody who decides about reports read a message."""

    number: int
    by_platform: bool
    first_time: datetime
    last_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one wrote to the other."""

    thread_id: str
    number: int
    author_id: str
    body: str = field(repr=False)
    html: str = field(repr=False)
    state: int = LIVE
    create_time: datetime
    is_reported: bool = False
    readings: Sequence[MessageReading] = ()

    @property
    def shown_html(self) -> str:
        """Returns what the two see of it."""
        return self.html if self.state in SHOWN else ""

    def check_reportable(self, member_id: str) -> None:
        """Raises what stands in the way of a report: it is one's own, or nothing of it is left."""
        if self.author_id == member_id:
            raise FailedPrecondition("OWN_MESSAGE", "This is your own message. Take it away, if you like.")
        if not self.shown_html:
            raise no_such_message()


def pair_of(member_id: str, other_id: str) -> bytes:
    """Returns by what two members find their one thread, whoever of them asks."""
    return hashlib.sha256(" ".join(sorted((member_id, other_id))).encode()).digest()


def own_account() -> FailedPrecondition:
    """Returns what is said to whoever would write to themselves."""
    return FailedPrecondition("OWN_ACCOUNT", "Nobody writes to themselves. Nothing was sent.")


def waits() -> FailedPrecondition:
    """Returns what is said to a second message before the first was accepted."""
    return FailedPrecondition(
        "CONTACT_NOT_ACCEPTED", "Nothing more is written until the request is accepted. Nothing was sent."
    )


def no_such_thread() -> NotFound:
    """Returns what is said where there is no thread of the caller's."""
    return NotFound("THREAD_NOT_FOUND", "There is no such thread.")


def no_such_message() -> NotFound:
    """Returns what is said where there is no message of the caller's."""
    return NotFound("MESSAGE_NOT_FOUND", "There is no such message.")
