"""In which language the support desk's pages speak: the one that was chosen in the privacy centre, or the browser's.

Nothing is kept for it here: a choice is read where there is one, and none is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from starlette.types import Scope

from gateway.privacy.visits import LANGUAGE
from gateway.privacy.words import ar, choose, de, en
from gateway.requests import cookie, text_header
from gateway.support import portal_words, words, words_ar, words_de


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of one language, and how it writes a day."""

    tag: str
    direction: str
    form: Mapping[str, str]
    portal: Mapping[str, str]
    states: Mapping[str, str]
    files: Mapping[str, str]
    date: Callable[[datetime], str]
    time: Callable[[datetime], str]


def _language(of: ModuleType, **spoken: Mapping[str, str]) -> Language:
    return Language(tag=of.TAG, direction=of.DIRECTION, date=of.date, time=of.time, **spoken)


def _translated(of: ModuleType, spoken: ModuleType) -> Language:
    return _language(of, form=spoken.FORM, portal=spoken.PORTAL, states=spoken.STATES, files=spoken.FILES)


ENGLISH = _language(
    en, form=words.WORDS, portal=portal_words.WORDS, states=portal_words.STATES, files=portal_words.FILES
)
LANGUAGES: Mapping[str, Language] = {
    each.tag: each for each in (ENGLISH, _translated(de, words_de), _translated(ar, words_ar))
}


def language_of(scope: Scope) -> Language:
    """Returns the language in which a request is answered."""
    found = choose(text_header(scope, b"accept-language"), preferred=cookie(scope, LANGUAGE))
    return LANGUAGES[found.TAG]
