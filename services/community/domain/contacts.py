"""Finds what in a text leads to a person: for whoever is about to post it, and for readers who are not signed in."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?<![\w.#/-])(?:\+|00)?\d[\d ()/.-]{6,17}\d(?![\w-])")
#: What stands where a contact was.
MASK = "•••"


def mask(html: str) -> str:
    """Returns the same HTML without addresses and numbers in its texts and links."""
    return "".join(
        _EMAIL.sub(MASK, part) if part.startswith("<") else _masked(part) for part in re.split(r"(<[^>]*>)", html)
    )


def _masked(text: str) -> str:
    return _PHONE.sub(lambda found: MASK if is_phone(found[0]) else found[0], _EMAIL.sub(MASK, text))


def is_phone(text: str) -> bool:
    """Says whether a run of digits and signs is as long as a telephone number, and no date."""
    digits = sum(each.isdigit() for each in text)
    return 8 <= digits <= 15 and re.fullmatch(r"\d{4}-\d{2}-\d{2}( \d{2})?", text.strip()) is None
