"""The page that says what is held, why, until when and who saw it; and the copy of all of it."""

from __future__ import annotations

import contextlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parley.options.v1 import access_pb2, privacy_pb2
from parley.privacy.v1 import held_pb2, ledger_pb2
from parley.subject.v1 import subject_pb2
from starlette.responses import Response

from gateway import downloads
from gateway.privacy.upstream import Upstream, metadata
from gateway.privacy.view import View
from gateway.privacy.visits import Visit
from gateway.privacy.words import Words
from kernel.rpc.values import named

PAGE_SIZE = 200
#: The first word of the category of what is about a record and not about a person.
_NOT_PERSONAL = "system"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
#: Stands in every store; once is enough for a reader.
_NUMBER = "visitor_id"
#: What stands in a number where nothing was said.
_UNSAID = {"rating": "0"}


@dataclass(slots=True)
class Line:
    """One kind of personal value in a store: what it is, why it is kept and until when."""

    what: str
    why: str
    keeping: str
    hidden: bool
    #: The value of the last record; a page shows it where there is but one.
    value: str = ""


@dataclass(slots=True)
class Record:
    """One record: who and when, and its personal values as pairs of what each is and the value."""

    head: str
    values: list[tuple[str, str]]


@dataclass(slots=True)
class Store:
    """One store, with what stands in it."""

    title: str
    lines: dict[str, Line] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)


def stores(answer: held_pb2.GetHeldResponse, words: Words) -> list[Store]:
    """Sorts what is held by where it stands, in the order in which it came.

    What says nothing about the person, such as an id or a state of a record, is left to the copy.
    """
    found: OrderedDict[str, Store] = OrderedDict()
    numbered = False
    for kind in answer.kinds:
        is_number = kind.field.rpartition(".")[2] == _NUMBER
        if kind.category.partition(".")[0] != _NOT_PERSONAL and not (is_number and numbered):
            numbered = numbered or is_number
            store = found.setdefault(kind.record, Store(store_words(words, kind.record)))
            store.lines[kind.field] = Line(
                what=field_words(words, kind.field, kind.meaning),
                why=why(words, kind.purposes),
                keeping=keeping(words, kind.retention, kind.days),
                hidden=kind.hidden,
            )
    for record in answer.records:
        if record.record not in found:
            continue
        store = found[record.record]
        shown = []
        for value in record.values:
            line = store.lines.get(value.field)
            if line is not None and not line.hidden:
                line.value = readable(value.value, words)
                if _UNSAID.get(value.field.rpartition(".")[2]) == value.value:
                    del store.lines[value.field]
                    continue
                shown.append((line.what, line.value))
        store.records.append(Record(head=_head(record, words), values=[each for each in shown if each[1]]))
    return list(found.values())


def readable(value: str, words: Words) -> str:
    """Returns a value as people read it: a moment as a date, a choice of ours in words, anything else as it is."""
    if _MOMENT.match(value):
        with contextlib.suppress(ValueError):
            return words.time(datetime.fromisoformat(value).astimezone(UTC))
    key = f"value.{value}"
    return words(key) if words.knows(key) else value


def _head(record: subject_pb2.HeldRecord, words: Words) -> str:
    """Says which side a record comes from, where it comes from one, and when it was made."""
    parts = []
    for value in record.values:
        name = value.field.rpartition(".")[2]
        if name == "side" and words.knows(f"side.{value.value}"):
            parts.append(words(f"side.{value.value}"))
        elif name == "create_time":
            parts.append(readable(value.value, words))
    return " · ".join(parts)


def store_words(words: Words, store: str) -> str:
    """Returns what a store is called for people."""
    key = f"store.{store}"
    return words(key) if words.knows(key) else words("store.other", name=store.replace(".", " · ").replace("_", " "))


def field_words(words: Words, name: str, meaning: str) -> str:
    """Returns what a value is; where there are no words of our own, the contract's."""
    for key in (f"field.{name}", f"field.{name.rpartition('.')[2]}"):
        if words.knows(key):
            return words(key)
    return meaning.partition(". ")[0].rstrip(".") or name


def why(words: Words, purposes: object) -> str:
    """Writes purposes as people say them."""
    names = [named(access_pb2.Purpose, each) for each in purposes]  # type: ignore[attr-defined]  # Any repeated enum.
    return ", ".join(dict.fromkeys(words.first(f"purpose.{name}", "purpose.other") for name in names))


def keeping(words: Words, retention: privacy_pb2.Retention.ValueType, days: int) -> str:
    """Writes for how long something is kept."""
    name = named(privacy_pb2.Retention, retention)
    if days > 0:
        return words.first(f"keeping.{name}", "keeping.days", count=days)
    return words.first(f"keeping.open.{name}", "keeping.open")


def seen_words(words: Words, entry: ledger_pb2.LedgerEntry) -> str:
    """Says in a sentence what an entry of the ledger is."""
    role = words.first(f"role.{entry.role}", "role.other")
    who = words("role.named", name=entry.staff_name, role=role) if entry.staff_name else role
    kind = named(ledger_pb2.LedgerEntry.Kind, entry.kind)
    sentence = words.first(f"seen.{kind}", "seen.other", who=who)
    return sentence[:1].upper() + sentence[1:]


class Held:
    """What is held."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def page(self, visit: Visit) -> Response:
        """Shows a page of what is held; the first one says who saw it and what was asked, too."""
        position = visit.query("page")[:512]
        answer = await self._upstream.call(
            self._upstream.held.GetHeld,
            held_pb2.GetHeldRequest(page_size=PAGE_SIZE, page_token=position),
            visit.known.token,
        )
        words = visit.words
        return self._view.page(
            visit,
            "held",
            here="held",
            first=not position,
            stores=stores(answer, words),
            following=answer.next_page_token,
            until=answer.expire_time if answer.HasField("expire_time") else None,
            seen=[
                (seen_words(words, each), why(words, [each.purpose]) if each.purpose else "", each.time)
                for each in answer.seen
            ],
            asked=answer.requests,
        )

    async def copy_page(self, visit: Visit) -> Response:
        """Says what a copy is."""
        return self._view.page(visit, "copy", here="copy")

    async def copy(self, visit: Visit) -> Response:
        """Hands out a copy of everything."""
        call = self._upstream.held.DownloadCopy(held_pb2.DownloadCopyRequest(), metadata=metadata(visit.known.token))
        return await downloads.handed_out(call)


def correctable(answer: held_pb2.GetHeldResponse, words: Words) -> list[tuple[str, str, list[str]]]:
    """Returns what a person may put right: the field, what it is, and the values that it has now."""
    values: dict[str, list[str]] = {}
    for record in answer.records:
        for value in record.values:
            values.setdefault(value.field, []).append(value.value)
    return [
        (kind.field, field_words(words, kind.field, kind.meaning), list(dict.fromkeys(values.get(kind.field, [""]))))
        for kind in {each.field: each for each in answer.kinds if each.correctable and not each.hidden}.values()
    ]
