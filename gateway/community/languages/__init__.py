"""The communities' pages in the reader's language where there is one, and in English otherwise.

Templates and code hold the English text itself, which is the key of the others, so that a page reads as what it says.
How a language writes dates and counts is the privacy centre's to know; which languages there are, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.community.languages import ar, de, en
from gateway.privacy.words import LANGUAGES, choose, set_apart

_MESSAGES: Mapping[str, Mapping[str, str]] = {"en": en.MESSAGES, "de": de.MESSAGES, "ar": ar.MESSAGES}
NAMES = tuple((each.TAG, each.NAME) for each in LANGUAGES.values())


class Words:
    """What is said in one language."""

    def __init__(self, language: ModuleType) -> None:
        """Takes how the language writes dates and counts."""
        self._language = language
        self._messages = _MESSAGES[language.TAG]
        self.tag: str = language.TAG
        self.direction: str = language.DIRECTION

    def __call__(self, text: str, /, **values: Any) -> str:
        """Returns a text in this language, with its placeholders filled in; what is not known stays as it is.

        With a `count`, it is in the plural form that the count asks for. What a person typed is never a text.
        """
        found = None
        if "count" in values and (form := self._language.form(values["count"])):
            found = self._messages.get(f"{text}.{form}")
        found = found or self._messages.get(text, text)
        return found.format(**set_apart(values, self.direction)) if values else found

    def knows(self, text: str) -> bool:
        """Says whether a text is known in this language; in English, every text is."""
        return self.tag == "en" or text in self._messages

    def time(self, moment: Timestamp | datetime) -> str:
        """Writes a day and a time of it, in UTC."""
        return str(self._language.time(_plain(moment)))

    def date(self, moment: Timestamp | datetime) -> str:
        """Writes a day."""
        return str(self._language.date(_plain(moment)))


def _plain(moment: Timestamp | datetime) -> datetime:
    plain: datetime = moment.ToDatetime() if isinstance(moment, Timestamp) else moment
    return plain


_WORDS: Mapping[str, Words] = {tag: Words(language) for tag, language in LANGUAGES.items()}
ENGLISH = _WORDS["en"]


def words_for(accepted: str, preferred: str) -> Words:
    """Returns the words of the language that somebody chose, or else of the one that the browser likes best."""
    return _WORDS[choose(accepted, preferred=preferred).TAG]
