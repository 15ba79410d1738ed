"""Finds what in a text leads to a person: for whoever is about to post it, and for readers who are not signed in.

It errs towards marking too much: whoever posts it decides, and nothing that was found is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kernel.errors import FailedPrecondition, InvalidArgument

EMAIL, PHONE, ADDRESS, CARD, FILENAME = 1, 2, 3, 4, 5
#: What a member does with what was found.
MASK_IT, POST_ANYWAY, TICKET = 1, 2, 3

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?<![\w.#/-])(?:\+|00)?\d[\d ()/.-]{6,17}\d(?![\w-])")
_CARD = re.compile(r"(?<![\w.#/-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_STREET_WORDS = "Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Way Court Ct Place Pl Square Sq".split()
_STRASSEN = "straße strasse str. weg gasse allee platz ufer damm".split()
_RUES = "rue avenue boulevard chemin place quai".split()
#: What streets look like, and one of which words stands in each: to look for these takes next to nothing.
_STREETS = (
    (
        _STREET_WORDS,
        re.compile(rf"\b\d{{1,5}}[a-z]? (?:[A-Z][\w'.-]{{1,30}} ){{1,3}}(?:{'|'.join(_STREET_WORDS)})\b"),
    ),
    (
        _STRASSEN,
        re.compile(
            rf"\b[A-ZÄÖÜ][\wäöüß.-]{{1,30}}(?:{'|'.join(map(re.escape, _STRASSEN))}) ?\d{{1,4}} ?[a-z]?\b",
        ),
    ),
    (
        _RUES,
        re.compile(
            rf"\b\d{{1,4}},? (?:{'|'.join(_RUES)}) (?:[a-zà-ÿ']{{1,5}} ?){{0,3}}[A-ZÀ-Ý][\w'-]{{1,30}}",
        ),
    ),
)
_FILE = re.compile(r"(?:[A-Za-z]:\\Users\\|/(?:home|Users)/)[\w.-]{1,40}(?:[\\/][\w .-]{1,80}){0,6}")
_FOLDERS = ("Users", "home/")
_NAMED = re.compile(r"[A-Z][a-z]{1,20}[ _-][A-Z][a-z]{1,20}")
_WORN = re.compile(
    r"cv|resume|résumé|passport|passeport|reisepass|ausweis|invoice|rechnung|facture|payslip|contract|vertrag",
    re.IGNORECASE,
)
#: What stands where a contact was.
MASK = "•••"


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One place in a text that leads to a person: which characters, and what it is."""

    start: int
    end: int
    kind: int


def find(text: str) -> list[Found]:
    """Returns what in a text leads to a person, from its beginning; nothing overlaps."""
    taken: list[Found] = []
    for each in sorted(_candidates(text), key=lambda found: (found.start, -found.end)):
        if not taken or each.start >= taken[-1].end:
            taken.append(each)
    return taken


def _candidates(text: str) -> Iterator[Found]:
    if "@" in text:
        for found in _EMAIL.finditer(text):
            yield Found(*found.span(), EMAIL)
    for found in _CARD.finditer(text):
        if _is_card(found[0]):
            yield Found(*found.span(), CARD)
    for found in _IBAN.finditer(text):
        if _is_iban(found[0]):
            yield Found(*found.span(), CARD)
    for found in _PHONE.finditer(text):
        if is_phone(found[0]):
            yield Found(*found.span(), PHONE)
    for words, street in _STREETS:
        if any(word in text for word in words):
            for found in street.finditer(text):
                yield Found(*found.span(), ADDRESS)
    if any(word in text for word in _FOLDERS):
        for found in _FILE.finditer(text):
            yield Found(*found.span(), FILENAME)


def is_telling(filename: str) -> bool:
    """Says whether the name of a file names somebody, or what of somebody's it is."""
    return bool(_NAMED.search(filename) or _WORN.search(filename) or find(filename))


def without(text: str) -> str:
    """Returns a text in which what leads to a person is masked."""
    made, at = [], 0
    for each in find(text):
        made += [text[at : each.start], MASK]
        at = each.end
    return "".join(made) + text[at:]


def mask(html: str) -> str:
    """Returns the same HTML without addresses and numbers in its texts and links."""
    if "@" not in html and _PHONE.search(html) is None:
        # As in most posts, there is nothing; what is found between two tags would be found here as well.
        return html
    return "".join(
        _EMAIL.sub(MASK, part) if part.startswith("<") else _masked(part) for part in re.split(r"(<[^>]*>)", html)
    )


def mask_text(text: str) -> str:
    """Returns the same text without addresses and numbers."""
    return _masked(text) if "@" in text or _PHONE.search(text) else text


def _masked(text: str) -> str:
    return _PHONE.sub(lambda found: MASK if is_phone(found[0]) else found[0], _EMAIL.sub(MASK, text))


def is_phone(text: str) -> bool:
    """Says whether a run of digits and signs is as long as a telephone number, and no date."""
    digits = sum(each.isdigit() for each in text)
    return 8 <= digits <= 15 and re.fullmatch(r"\d{4}-\d{2}-\d{2}( \d{2})?", text.strip()) is None


def _is_card(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [each if place % 2 == 0 else sum(divmod(2 * each, 10)) for place, each in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def check_name(name: str) -> None:
    """Raises InvalidArgument for a name, which everybody reads, that holds an address or a number."""
    if find(name):
        raise InvalidArgument(
            "NAME_EXPOSES",
            "The name shown besides leads to a person by an address or a number. Nothing was kept.",
            fields=[("display_name", "no address and no number")],
        )


def exposing() -> FailedPrecondition:
    """Returns what is said to whoever would post what leads to a person, and has chosen nothing."""
    return FailedPrecondition(
        "EXPOSES_SOMEBODY",
        "Something in it leads to a person. Mask it, ask in a private ticket, or post it anyway. Nothing was posted.",
    )
