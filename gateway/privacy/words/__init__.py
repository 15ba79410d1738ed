"""The words of the privacy centre, in the reader's language where there is one, and in English otherwise.

It owns the choice of the language and how a message is filled in. A message is plain text: templates escape it, and
what a person typed is never part of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.privacy.words import ar, de, en

#: A language whose module lacks a message borrows the English one.
LANGUAGES: Mapping[str, ModuleType] = {each.TAG: each for each in (en, de, ar)}
_MOST_LANGUAGES = 20


class Words:
    """The messages of one language, about one tenant."""

    def __init__(self, language: ModuleType, tenant: str) -> None:
        """Takes a language's module, and the tenant's name, which many messages name."""
        self._language = language
        self._tenant = tenant
        self.tag: str = language.TAG
        self.direction: str = language.DIRECTION

    def __call__(self, key: str, /, **values: Any) -> str:
        """Returns a message with its placeholders filled in; with a `count`, in the plural form that it asks for."""
        message = None
        if "count" in values and (form := self._language.form(values["count"])):
            message = self._find(f"{key}.{form}")
        message = message or self._find(key)
        if message is None:
            raise KeyError(key)
        return message.format(**set_apart({"tenant": self._tenant, **values}, self.direction))

    def first(self, *keys: str, **values: Any) -> str:
        """Returns the message of the first key that there is; keys are put together from closed lists."""
        return self(next(key for key in keys if self.knows(key)), **values)

    def knows(self, key: str) -> bool:
        """Says whether there is a message of this key."""
        return self._find(key) is not None

    def _find(self, key: str) -> str | None:
        found: str | None = self._language.MESSAGES.get(key) or en.MESSAGES.get(key)
        return found

    def date(self, moment: Timestamp | datetime) -> str:
        """Writes a day."""
        return str(self._language.date(_plain(moment)))

    def time(self, moment: Timestamp | datetime) -> str:
        """Writes a day and a time of it."""
        return str(self._language.time(_plain(moment)))


def set_apart(values: Mapping[str, Any], direction: str) -> dict[str, Any]:
    """Returns the values of a sentence so that each text among them is read in its own direction.

    In a sentence from right to left, a name in Latin letters would else pull the signs around it to its other side.
    """
    if direction != "rtl":
        return dict(values)
    return {name: f"\u2068{each}\u2069" if isinstance(each, str) else each for name, each in values.items()}


def machine(moment: Timestamp) -> str:
    """Writes a moment for machines."""
    return f"{_plain(moment):%Y-%m-%dT%H:%MZ}"


def _plain(moment: Timestamp | datetime) -> datetime:
    return moment.ToDatetime() if isinstance(moment, Timestamp) else moment


def choose(accepted: str, *, preferred: str = "") -> ModuleType:
    """Returns the language that somebody chose, or else the one that a browser likes best among those that there are.

    `accepted` is the browser's Accept-Language.
    """
    if preferred in LANGUAGES:
        return LANGUAGES[preferred]
    return next((LANGUAGES[base_of(each)] for each in in_order(accepted) if base_of(each) in LANGUAGES), en)


def in_order(accepted: str) -> list[str]:
    """Returns the tags that a browser's Accept-Language names, what it likes best first."""
    liked: list[tuple[float, str]] = []
    for item in accepted.split(",")[:_MOST_LANGUAGES]:
        tag, _, weight = item.strip().partition(";q=")
        try:
            liked.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(liked, key=lambda each: -each[0])]


def base_of(tag: str) -> str:
    """Returns a language without its region."""
    return tag.lower().partition("-")[0]
