"""Finds in the texts of others what is quoted of somebody, and where they are named, and leaves the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from services.community.domain.contacts import MASK

#: Shorter lines are said by everybody.
_LINE = 12
_QUOTE = re.compile(r"^(\s{0,3}(?:>\s?)+)(.*)$")


def lines_of(bodies: Iterable[str]) -> frozenset[str]:
    """Returns the lines that somebody wrote, as they are found again in quotations."""
    plain = (_plain(line) for body in bodies for line in body.splitlines())
    return frozenset(line for line in plain if len(line) >= _LINE)


def without(text: str, handle: str, lines: Collection[str]) -> str:
    """Returns a text in which quoted lines of somebody's and their name are masked."""
    named = re.compile(rf"(?<![\w/@.-])@{re.escape(handle)}(?![\w@-])", re.IGNORECASE)
    return "\n".join(named.sub(f"@{MASK}", _unquoted(line, lines)) for line in text.split("\n"))


def _unquoted(line: str, lines: Collection[str]) -> str:
    found = _QUOTE.match(line)
    if found is None or len(plain := _plain(found[2])) < _LINE:
        return line
    # Whoever quotes often takes a part of a line.
    is_theirs = plain in lines or any(plain in each for each in lines)
    return found[1] + MASK if is_theirs else line


def _plain(line: str) -> str:
    return " ".join(re.sub(r"^[\s>]*", "", line).lower().split())
