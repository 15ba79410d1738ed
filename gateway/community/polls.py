"""A poll as the forms of these pages carry it: its choices as lines, and when it closes as days from now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.community.v1 import poll_pb2

_RESULTS = {
    "always": poll_pb2.POLL_RESULTS_ALWAYS,
    "voted": poll_pb2.POLL_RESULTS_AFTER_VOTE,
    "closed": poll_pb2.POLL_RESULTS_AFTER_CLOSE,
}
#: After how many days a poll may be closed in a form; by the API it closes whenever its author says.
DAYS = (1, 3, 7, 14, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoll:
    """What somebody typed of a poll."""

    question: str = ""
    #: A choice a line.
    options: str = ""
    several: bool = False
    results: str = "always"
    days: int = 0

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> AskedPoll:
        """Reads it out of a form."""
        days, results = form.get("poll_days", ""), form.get("poll_results", "")
        return cls(
            question=form.get("poll_question", "").strip(),
            options=form.get("poll_options", ""),
            several=bool(form.get("poll_several")),
            results=results if results in _RESULTS else "always",
            days=int(days) if days in map(str, DAYS) else 0,
        )

    @classmethod
    def of_poll(cls, poll: poll_pb2.Poll) -> AskedPoll:
        """Writes one that is there; when it closes is said anew."""
        names = {value: name for name, value in _RESULTS.items()}
        return cls(
            question=poll.question,
            options="\n".join(each.text for each in poll.options),
            several=poll.allows_several,
            results=names.get(poll.results, "always"),
        )

    @property
    def words(self) -> str:
        """All that is said in it."""
        return f"{self.question}\n{self.options}".strip()

    def message(self) -> poll_pb2.NewPoll | None:
        """Returns it as it is asked for, the same for the same form, or None where nothing was typed."""
        if not self.words:
            return None
        lines = [each.strip() for each in self.options.splitlines()]
        return poll_pb2.NewPoll(
            question=self.question,
            options=[each for each in lines if each],
            allows_several=self.several,
            results=_RESULTS[self.results],
            open_days=self.days,
        )
