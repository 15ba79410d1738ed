"""What a poll is, who may vote in it, and from when on it is told how many chose what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from services.community.domain import texts

ALWAYS, AFTER_VOTE, AFTER_CLOSE = 1, 2, 3
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that can be chosen; `number` counts from 1."""

    number: int
    text: str = field(repr=False)
    votes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A question on a post, with what can be chosen; as it is read, with what one reader chose."""

    question: str = field(repr=False)
    options: Sequence[Option]
    allows_several: bool
    results: int
    close_time: datetime | None
    is_closed: bool = False
    has_results: bool = True
    voter_count: int = 0
    own_choices: Sequence[int] = field(default=(), repr=False)

    @property
    def words(self) -> str:
        """All that is said in it, a text a line."""
        return "\n".join(filter(None, (self.question, *(each.text for each in self.options))))

    @property
    def etag(self) -> str:
        """Changes with what is asked and what can be chosen."""
        return sha256(f"{self.question}\x00{self.words}\x00{self.allows_several}".encode()).hexdigest()[:16]

    def check_etag(self, etag: str) -> None:
        """Raises Aborted where something else is asked than what somebody answers."""
        if etag and etag != self.etag:
            raise Aborted("POLL_CHANGED", "The poll was changed meanwhile. Nothing was counted; look, then vote.")

    def told(self) -> Poll:
        """Returns it as its reader may know it: without counts where they are not told yet."""
        is_told = self.results == ALWAYS or self.is_closed or (self.results == AFTER_VOTE and bool(self.own_choices))
        if is_told:
            return self
        return replace(self, has_results=False, options=[replace(each, votes=0) for each in self.options])

    def said(self, say: Callable[[str], str]) -> Poll:
        """Returns it with each of its texts in other words."""
        return replace(
            self, question=say(self.question), options=[replace(each, text=say(each.text)) for each in self.options]
        )

    def check_open(self) -> None:
        """Raises FailedPrecondition where nobody votes any more."""
        if self.is_closed:
            raise FailedPrecondition("POLL_CLOSED", "This poll is closed. Nothing was changed.")

    def check_unasked(self) -> None:
        """Raises FailedPrecondition where somebody has voted: what they chose from stays as it is."""
        self.check_open()
        if self.voter_count:
            raise FailedPrecondition("POLL_ANSWERED", "Somebody has voted already. The poll stays as it is.")

    def check_choices(self, choices: Sequence[int]) -> None:
        """Raises InvalidArgument for what cannot be chosen."""
        if len(choices) > 1 and not self.allows_several:
            raise InvalidArgument(
                "ONE_CHOICE", "One thing can be chosen here. Nothing was changed.", fields=[("choices", "one")]
            )
        if not {each.number for each in self.options}.issuperset(choices):
            raise InvalidArgument(
                "NO_SUCH_CHOICE", "There is no such choice. Nothing was changed.", fields=[("choices", "of the poll")]
            )


def new_poll(
    question: str,
    options: Sequence[str],
    *,
    allows_several: bool,
    results: int,
    close_time: datetime | None,
    now: datetime,
) -> Poll:
    """Returns a poll as it begins; raises InvalidArgument for one in which nobody could choose."""
    texts.check_kept(question=question, options="".join(options))
    said = [texts.line_of(each) for each in options]
    if any(not texts.is_said(each) for each in said) or len({each.casefold() for each in said}) < len(said):
        raise InvalidArgument(
            "POLL_OPTIONS",
            "Each choice of a poll says something, and something else than the others. Nothing was posted.",
            fields=[("poll.options", "all different")],
        )
    if close_time is not None and not now < close_time <= now + _LONGEST:
        raise InvalidArgument(
            "POLL_CLOSE_TIME",
            "A poll closes later than now, and within a year. Nothing was posted.",
            fields=[("poll.close_time", "within a year")],
        )
    return Poll(
        question=texts.line_of(question),
        options=[Option(number=number, text=text) for number, text in enumerate(said, 1)],
        allows_several=allows_several,
        results=results,
        close_time=close_time,
    )


def no_such_poll() -> NotFound:
    """Returns what is said where a post carries no poll that the reader may know of."""
    return NotFound("POLL_NOT_FOUND", "There is no such poll.")
