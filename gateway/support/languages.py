"""In which language the support desk's pages speak: the one that was chosen, or the ticket's, or the browser's.

Nothing is kept for it before somebody chooses: what they chose is in a cookie, which the privacy centre reads as well,
and in what they send. In which language a request came decides in which one its mails are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from urllib.parse import parse_qs

from starlette.types import Scope

from gateway.privacy.visits import LANGUAGE
from gateway.privacy.words import ar, base_of, de, en, in_order
from gateway.requests import cookie, text_header
from gateway.support import portal_words, words, words_ar, words_de

_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_LONGEST_TAG = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of one language, and how it writes a day."""

    tag: str
    name: str
    direction: str
    form: Mapping[str, str]
    portal: Mapping[str, str]
    states: Mapping[str, str]
    files: Mapping[str, str]
    date: Callable[[datetime], str]
    time: Callable[[datetime], str]


def _language(of: ModuleType, **spoken: Mapping[str, str]) -> Language:
    return Language(tag=of.TAG, name=of.NAME, direction=of.DIRECTION, date=of.date, time=of.time, **spoken)


def _translated(of: ModuleType, spoken: ModuleType) -> Language:
    return _language(of, form=spoken.FORM, portal=spoken.PORTAL, states=spoken.STATES, files=spoken.FILES)


ENGLISH = _language(
    en, form=words.WORDS, portal=portal_words.WORDS, states=portal_words.STATES, files=portal_words.FILES
)
LANGUAGES: Mapping[str, Language] = {
    each.tag: each for each in (ENGLISH, _translated(de, words_de), _translated(ar, words_ar))
}
#: What the languages call themselves.
NAMES = tuple((each.tag, each.name) for each in LANGUAGES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a page: in which language it is, and in which one mails are to be."""

    language: Language = ENGLISH
    #: As a BCP 47 tag; nothing where neither the person nor the browser said.
    wanted: str = ""
    #: Whether the person chose it, on this page or before.
    has_chosen: bool = False


def asked_of(scope: Scope) -> str:
    """Returns the language that a link of the page's own asks for; nothing for none that there is."""
    try:
        found = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=10).get("lang", [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 and found[0] in LANGUAGES else ""


def reader_of(scope: Scope, *, sent: str = "", of_ticket: str = "", otherwise: str = "") -> Reader:
    """Returns who reads a page: what they chose comes first, then the ticket's language, then the browser's.

    `sent` came with a form, for browsers that keep nothing; `otherwise` is the language of the company's desk.
    """
    for chosen in (sent, asked_of(scope), cookie(scope, LANGUAGE)):
        if chosen in LANGUAGES:
            return Reader(language=LANGUAGES[chosen], wanted=chosen, has_chosen=True)
    if base_of(of_ticket) in LANGUAGES:
        return Reader(language=LANGUAGES[base_of(of_ticket)], wanted=of_ticket)
    liked = [each for each in in_order(text_header(scope, b"accept-language")) if _is_tag(each)]
    for tag in liked:
        if base_of(tag) in LANGUAGES:
            return Reader(language=LANGUAGES[base_of(tag)], wanted=tag)
    # A language that is not spoken here is still known to whoever answers.
    return Reader(language=LANGUAGES.get(base_of(otherwise), ENGLISH), wanted=of_ticket or next(iter(liked), ""))


def _is_tag(tag: str) -> bool:
    return len(tag) <= _LONGEST_TAG and _TAG.fullmatch(tag) is not None
