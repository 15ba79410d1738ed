"""What a text has to be before others read it: it says something, and nothing in it steers what shows it."""

from __future__ import annotations

import re

from kernel.errors import InvalidArgument

#: Signs that break a line, and that turn the direction round of what stands behind them. Those that join letters stay.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\\s]+")


def is_said(text: str) -> bool:
    """Says whether a text says something: more than blanks and signs that nobody sees."""
    return any(each.isprintable() and not each.isspace() for each in text)


def check_said(**texts: str) -> None:
    """Raises InvalidArgument, by name, for texts that say nothing."""
    if blank := [name for name, text in texts.items() if not is_said(text)]:
        raise InvalidArgument(
            "TEXT_EMPTY",
            "There is nothing to read in it. Nothing was kept.",
            fields=[(name, "words") for name in blank],
        )
    check_kept(**texts)


def check_kept(**texts: str) -> None:
    """Raises InvalidArgument, by name, for texts that cannot be kept."""
    if broken := [name for name, text in texts.items() if "\x00" in text]:
        raise InvalidArgument(
            "TEXT_MALFORMED",
            "There is a sign in it that no text has. Nothing was kept.",
            fields=[(name, "without the sign 0") for name in broken],
        )


def line_of(typed: str) -> str:
    """Returns a text as one line, without signs that break it or turn its direction round."""
    return _STEERING.sub(" ", typed).strip()
