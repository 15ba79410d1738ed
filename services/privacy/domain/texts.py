"""Knows whether a text says something, and what differs between two, word by word, so that people can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from parley.privacy.v1 import notice_pb2

from kernel.errors import InvalidArgument

SAME = notice_pb2.TextChange.KIND_SAME
REMOVED = notice_pb2.TextChange.KIND_REMOVED
ADDED = notice_pb2.TextChange.KIND_ADDED

#: Stretches with more words than this on both sides together are not compared word by word: nobody could read it, and
#: the time grows with the square.
MOST_WORDS = 4000

_LINE = re.compile(r"[^\n]*\n+|[^\n]+")
_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class TextChange:
    """A stretch of text that both versions have, or one of them."""

    kind: int
    text: str


def is_said(text: str) -> bool:
    """Says whether a text says something: more than blanks and signs that nobody sees."""
    return any(each.isprintable() and not each.isspace() for each in text)


def check_said(**texts: str) -> None:
    """Raises InvalidArgument, by name, for texts that say nothing."""
    unsaid = [name for name, text in texts.items() if not is_said(text)]
    if unsaid:
        raise InvalidArgument(
            "NOTHING_SAID",
            "A text that has to say something says nothing. Nothing was changed.",
            fields=[(name, "must say something") for name in unsaid],
        )


def diff(earlier: str, later: str) -> list[TextChange]:
    """Returns both texts in stretches: what is the same and what was added, put together, is the later one."""
    return _merged(_stretches(earlier, later))


def _stretches(earlier: str, later: str) -> Iterator[tuple[str, str]]:
    """Yields pairs of what stands in the earlier and in the later text; equal ones are the same text."""
    for before, after in _pairs(_LINE.findall(earlier), _LINE.findall(later)):
        if before == after:
            yield "".join(before), "".join(after)
            continue
        old, new = _WORD.findall("".join(before)), _WORD.findall("".join(after))
        if len(old) + len(new) > MOST_WORDS:
            yield "".join(old), "".join(new)
        else:
            yield from _whole(_pairs(old, new))


def _pairs(earlier: Sequence[str], later: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    matcher = SequenceMatcher(None, earlier, later, autojunk=False)
    for _, low, high, from_, to in matcher.get_opcodes():
        yield earlier[low:high], later[from_:to]


def _whole(pairs: Iterator[tuple[Sequence[str], Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """Joins words; a blank that two changed phrases share belongs to both, so that a phrase stays together."""
    old, new = "", ""
    for before, after in pairs:
        if before == after and (not (old or new) or "".join(before).strip()):
            if old or new:
                yield old, new
            old, new = "", ""
            yield "".join(before), "".join(after)
        else:
            old, new = old + "".join(before), new + "".join(after)
    if old or new:
        yield old, new


def _merged(stretches: Iterator[tuple[str, str]]) -> list[TextChange]:
    changes: list[TextChange] = []

    def add(kind: int, text: str) -> None:
        if changes and changes[-1].kind == kind:
            text = changes.pop().text + text
        if text:
            changes.append(TextChange(kind, text))

    for old, new in stretches:
        if old == new:
            add(SAME, old)
        else:
            add(REMOVED, old)
            add(ADDED, new)
    return changes
