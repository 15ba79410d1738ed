"""Finds in the texts of others what is quoted of somebody, and where they are named, and leaves the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import unescape

from services.community.domain import rendering
from services.community.domain.contacts import MASK

#: Shorter lines are said by everybody.
_LINE = 12
_QUOTE = re.compile(r"^(\s{0,3}(?:>\s?)+)(.*)$")


def lines_of(bodies: Iterable[str]) -> frozenset[str]:
    """Returns the lines that somebody wrote, as they are found again in quotations.

    The pages quote a post as it is read, in one line, so that each whole text is one of them.
    """
    plain = (_plain(line) for body in bodies for line in (*body.splitlines(), _as_read(body)))
    return frozenset(line for line in plain if len(line) >= _LINE)


def without(text: str, handle: str, lines: Collection[str]) -> str:
    """Returns a text in which quoted lines of somebody's and their name are masked."""
    named = re.compile(rf"(?<![\w/@.-])@{re.escape(handle)}(?![\w@-])", re.IGNORECASE)
    return "\n".join(named.sub(f"@{MASK}", _unquoted(line, lines)) for line in text.split("\n"))


def quoted(text: str, lines: Collection[str]) -> list[str]:
    """Returns what a text quotes of some lines, as it stands there."""
    found = (_QUOTE.match(line) for line in text.split("\n"))
    return [each[2].strip() for each in found if each is not None and _is_of(each[2], lines)]


def _unquoted(line: str, lines: Collection[str]) -> str:
    found = _QUOTE.match(line)
    return line if found is None or not _is_of(found[2], lines) else found[1] + MASK


def _is_of(line: str, lines: Collection[str]) -> bool:
    if len(plain := _plain(line)) < _LINE:
        return False
    # Whoever quotes often takes a part of a line.
    return plain in lines or any(plain in each for each in lines)


def _as_read(body: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", rendering.render(body)))


def _plain(line: str) -> str:
    return " ".join(re.sub(r"^[\s>]*", "", line).lower().split())
