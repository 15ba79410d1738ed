"""Finds out in which language the author of a mail reads: by what the mail says of itself, or else by its letters.

A mail that says nothing has no language here. Words are not guessed at, but for a script that one language writes most.
"""

from __future__ import annotations

import re
from email.message import Message

from kernel.mail.parts import header

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
#: What programs write into the first tag of their pages.
_OF_PAGE = re.compile(r"<(?:html|body)\b[^>]{0,300}?\slang\s*=\s*[\"']?([A-Za-z0-9-]{2,35})", re.IGNORECASE)
_LONGEST_TAG, _LOOKED_AT = 35, 20_000
_MOSTLY = 0.5


def language_in(message: Message, page: str, words: str) -> str:
    """Returns the language of a mail's author as a BCP 47 tag, or nothing."""
    # Accept-Language says what its author reads, Content-Language what was written (RFC 3282).
    for name in ("Accept-Language", "Content-Language"):
        if tag := _first(header(message, name)):
            return tag
    found = _OF_PAGE.search(page[:_LOOKED_AT])
    if found is not None and (tag := _first(found[1])):
        return tag
    return "ar" if _is_arabic(words[:_LOOKED_AT]) else ""


def _first(said: str) -> str:
    tag = said.split(",", maxsplit=1)[0].partition(";")[0].strip()
    return tag if len(tag) <= _LONGEST_TAG and _TAG.fullmatch(tag) else ""


def _is_arabic(words: str) -> bool:
    letters = [each for each in words if each.isalpha()]
    # Persian and Urdu write with letters of their own besides.
    if not letters or any(each in "پچژگکیٹڈڑے" for each in letters):
        return False
    return sum("\u0621" <= each <= "\u064a" for each in letters) > _MOSTLY * len(letters)
