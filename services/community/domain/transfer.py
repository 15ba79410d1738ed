"""What stands in a written-out community: one JSON object a line, in an order in which each names what came before.

A file comes from elsewhere, so that each line is held to the bounds that the calls have; what is wrong is named by its
line and its field, and never by what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, ParleyError

FORMAT = 1
#: No line is longer; a post has 20,000 characters at most.
LONGEST_LINE = 512 * 1024
KINDS = ("community", "terms", "space", "member", "topic", "post", "poll")
_MOST_VOTES = 1_000_000_000

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]{2,29}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
_CLAUSE = re.compile(r"[A-Z]{1,3}[0-9]{1,3}")

Check = Callable[[Any], Any]


def _text(least: int, most: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or "\x00" in value:
            raise ValueError
        return value

    return check


def _matching(pattern: re.Pattern[str], *, empty: bool = False) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not (pattern.fullmatch(value) or (empty and not value)):
            raise ValueError
        return value

    return check


def _number(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError
        return value

    return check


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _id(prefix: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        try:
            ids.to_uuid(value, prefix)
        except ParleyError:
            raise ValueError from None
        return value

    return check


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 5:
        raise ValueError
    return sorted({_matching(_TAG)(each) for each in value})


def _clauses(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or not 1 <= len(value) <= 60:
        raise ValueError
    checks = {"id": _matching(_CLAUSE), "title": _text(1, 120), "text": _text(1, 4000)}
    return [{name: check(each[name]) for name, check in checks.items()} for each in value]


def _options(value: Any) -> list[tuple[str, int]]:
    if not isinstance(value, list) or not 2 <= len(value) <= 20:
        raise ValueError
    return [(_text(1, 120)(each["text"]), _number(0, _MOST_VOTES)(each["votes"])) for each in value]


def _later(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


_FIELDS: Mapping[str, Mapping[str, Check]] = {
    "community": {"format": _number(FORMAT, FORMAT)},
    "terms": {
        "id": _id("trm"),
        "number": _number(1, 1_000_000),
        "clauses": _clauses,
        "warning": _text(1, 2000),
        "change_log": _text(0, 2000),
        "is_material": _flag,
        "effective_time": _moment,
        "publish_time": _moment,
    },
    "space": {
        "id": _id("spc"),
        "slug": _matching(_SLUG),
        "display_name": _text(1, 80),
        "description": _text(0, 500),
        "category": _text(0, 60),
        "visibility": _number(1, 3),
        "is_indexed": _flag,
        "has_feed": _flag,
        "joining": _number(0, 2),
        "position": _number(0, 10_000),
        "is_archived": _flag,
        "create_time": _moment,
    },
    "member": {"handle": _matching(_HANDLE), "display_name": _text(0, 60), "about": _text(0, 2000)},
    "topic": {
        "id": _id("top"),
        "space_id": _id("spc"),
        "author": _matching(_HANDLE, empty=True),
        "kind_of": _number(1, 2),
        "title": _text(0, 200),
        "tags": _tags,
        "is_locked": _flag,
        "is_pinned": _flag,
        "accepted_number": _number(0, 1_000_000),
        "create_time": _moment,
    },
    "post": {
        "id": _id("pst"),
        "topic_id": _id("top"),
        "number": _number(1, 1_000_000),
        "author": _matching(_HANDLE, empty=True),
        "body": _text(1, 20_000),
        "reply_to": _number(0, 1_000_000),
        "terms_id": _id("trm"),
        "create_time": _moment,
    },
    "poll": {
        "post_id": _id("pst"),
        "question": _text(0, 200),
        "options": _options,
        "allows_several": _flag,
        "results": _number(1, 3),
        "close_time": _later,
        "voter_count": _number(0, _MOST_VOTES),
    },
}


def read_line(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    """Returns the kind and the values of a line; raises InvalidArgument, naming the line and the field."""
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise malformed(number, "no JSON") from None
    if not isinstance(read, dict) or not isinstance(read.get("kind"), str) or read["kind"] not in _FIELDS:
        raise malformed(number, "kind")
    values: dict[str, Any] = {}
    for name, check in _FIELDS[read["kind"]].items():
        try:
            values[name] = check(read.get(name))
        except (ValueError, TypeError, KeyError, OverflowError):
            raise malformed(number, name) from None
    return str(read["kind"]), values


def malformed(line: int, what: str) -> InvalidArgument:
    """Returns what is said to a file that is none of ours, or of another version."""
    return InvalidArgument(
        "IMPORT_MALFORMED",
        f"Line {line} is not as an export writes it: {what}. Nothing was taken in.",
        fields=[(f"line {line}", what)],
    )


def not_empty() -> FailedPrecondition:
    """Returns what is said where there is a community already."""
    return FailedPrecondition(
        "COMMUNITY_NOT_EMPTY", "There are spaces or terms here already. Nothing was taken in; an import needs neither."
    )
