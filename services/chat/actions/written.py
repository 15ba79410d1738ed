"""Writes transcripts as text, as JSON and as a page to print, piece by piece.

Whatever somebody typed stays what it is: it cannot become markup, nor look like a line of somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Protocol

import orjson
from parley.chat.v1 import conversation_pb2, export_pb2

from kernel import ids
from services.chat.domain import ENDED, JOINED, OPERATOR, STARTED, TEXT, TICKETED, VISITOR, WATCHED, Conversation, Entry

TEXT_FORMAT = export_pb2.Export.FORMAT_TEXT
JSON_FORMAT = export_pb2.Export.FORMAT_JSON
HTML_FORMAT = export_pb2.Export.FORMAT_HTML

_HAPPENED: dict[int, str] = {
    STARTED: "The conversation started.",
    JOINED: "An operator joined.",
    ENDED: "The conversation was closed.",
    WATCHED: "Somebody who leads the team began to watch.",
    TICKETED: "A ticket was made out of the conversation.",
}
_REMOVED = "(removed)"
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>Transcripts</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
article { break-inside: auto; border-top: 1px solid; margin-top: 2rem; }
h2 { font-size: 1.1rem; break-after: avoid; }
dt { font-weight: 600; margin-top: .75rem; break-after: avoid; }
dd { margin: 0 0 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
p.event, time { color: #555; font-size: .875rem; }
@media print { body { margin: 0; max-width: none; } }
</style></head><body><h1>Transcripts</h1>
"""


class Form(Protocol):
    """A way to write transcripts: what stands before all, each conversation with its entries, and what stands after."""

    content_type: str
    filename: str

    def head(self) -> str:
        """Returns what stands before all."""

    def begin(self, conversation: Conversation, *, first: bool) -> str:
        """Returns what stands before a conversation's entries."""

    def entries(self, conversation: Conversation, entries: Iterable[Entry], *, first: bool) -> str:
        """Returns some of its entries, in order; the first ones or those that follow."""

    def end(self) -> str:
        """Returns what stands after its entries."""

    def foot(self) -> str:
        """Returns what stands after all."""


class PlainText:
    """Plain text: what somebody said is indented, so that no line of it looks like a line of ours."""

    content_type, filename = "text/plain", "transcripts.txt"

    def head(self) -> str:
        """Returns nothing."""
        return ""

    def begin(self, conversation: Conversation, *, first: bool) -> str:
        """Returns which conversation it is."""
        lines = [f"Conversation {ids.from_uuid('cnv', conversation.id)}", f"  with {visitor_name(conversation)}"]
        return ("" if first else "\n\n") + "\n".join(lines) + "\n"

    def entries(self, conversation: Conversation, entries: Iterable[Entry], *, first: bool) -> str:
        """Returns the lines."""
        written = ""
        for entry in entries:
            if entry.kind == TEXT:
                said = "\n".join(f"    {line}" for line in (entry.body or _REMOVED).splitlines())
                written += f"\n[{_moment(entry.create_time)}] {_who(conversation, entry)}:\n{said}\n"
            elif happened := _HAPPENED.get(entry.kind):
                written += f"\n[{_moment(entry.create_time)}] {happened}\n"
        return written

    def end(self) -> str:
        """Returns nothing."""
        return ""

    def foot(self) -> str:
        """Returns nothing."""
        return ""


class Json:
    """One array of conversations."""

    content_type, filename = "application/json", "transcripts.json"

    def head(self) -> str:
        """Opens the array."""
        return "["

    def begin(self, conversation: Conversation, *, first: bool) -> str:
        """Opens a conversation."""
        values = {
            "conversation_id": ids.from_uuid("cnv", conversation.id),
            "site_id": ids.from_uuid("sit", conversation.site_id),
            "display_name": conversation.display_name,
            "operator_id": ids.from_uuid("stf", conversation.operator_id) if conversation.operator_id else "",
            "operator_name": conversation.operator_name,
            "create_time": _moment(conversation.create_time),
            "close_time": _moment(conversation.close_time),
        }
        return ("" if first else ",") + "\n" + orjson.dumps(values).decode()[:-1] + ',"messages":['

    def entries(self, conversation: Conversation, entries: Iterable[Entry], *, first: bool) -> str:
        """Returns its entries as objects."""
        objects = [
            orjson.dumps(
                {
                    "sequence": entry.sequence,
                    "kind": conversation_pb2.Message.Kind.Name(conversation_pb2.Message.Kind.ValueType(entry.kind)),
                    "side": conversation_pb2.Side.Name(conversation_pb2.Side.ValueType(entry.side)),
                    "body": entry.body,
                    "create_time": _moment(entry.create_time),
                }
            ).decode()
            for entry in entries
        ]
        return "" if not objects else ("" if first else ",") + "\n  " + ",\n  ".join(objects)

    def end(self) -> str:
        """Closes a conversation."""
        return "]}"

    def foot(self) -> str:
        """Closes the array."""
        return "\n]\n"


class Page:
    """A page that loads nothing and prints well."""

    content_type, filename = "text/html", "transcripts.html"

    def head(self) -> str:
        """Opens the page."""
        return _HEAD

    def begin(self, conversation: Conversation, *, first: bool) -> str:
        """Opens a conversation."""
        name, id_ = escape(visitor_name(conversation)), ids.from_uuid("cnv", conversation.id)
        return f"<article><h2><bdi>{name}</bdi></h2><p class=event>{id_}</p><dl>\n"

    def entries(self, conversation: Conversation, entries: Iterable[Entry], *, first: bool) -> str:
        """Returns its entries."""
        written = ""
        for entry in entries:
            when = f"<time>{_moment(entry.create_time)}</time>"
            if entry.kind == TEXT:
                who, said = escape(_who(conversation, entry)), escape(entry.body or _REMOVED)
                written += f'<dt><bdi>{who}</bdi> {when}</dt><dd dir="auto">{said}</dd>\n'
            elif happened := _HAPPENED.get(entry.kind):
                written += f"<dt>{when}</dt><dd>{happened}</dd>\n"
        return written

    def end(self) -> str:
        """Closes a conversation."""
        return "</dl></article>\n"

    def foot(self) -> str:
        """Closes the page."""
        return "</body></html>\n"


FORMS: dict[int, Form] = {TEXT_FORMAT: PlainText(), JSON_FORMAT: Json(), HTML_FORMAT: Page()}


def visitor_name(conversation: Conversation) -> str:
    """Returns what the visitor is called in a transcript."""
    return _one_line(conversation.display_name) or "Visitor"


def _who(conversation: Conversation, entry: Entry) -> str:
    if entry.side == VISITOR:
        return visitor_name(conversation)
    name = _one_line(conversation.operator_name) if entry.operator_id == conversation.operator_id else ""
    return (name or "Operator") if entry.side == OPERATOR else "Platform"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
