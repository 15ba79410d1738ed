"""What people can choose, what holds as long as they say nothing, and what their browser's signal means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from parley.privacy.v1 import choice_pb2

from kernel.errors import InvalidArgument, PermissionDenied

RECOGNITION = choice_pb2.CHOICE_KIND_RECOGNITION
STATISTICS = choice_pb2.CHOICE_KIND_STATISTICS
INVITATIONS = choice_pb2.CHOICE_KIND_INVITATIONS
MONITORING_NOTICE = choice_pb2.CHOICE_KIND_MONITORING_NOTICE

GIVEN = choice_pb2.CHOICE_DECISION_GIVEN
REFUSED = choice_pb2.CHOICE_DECISION_REFUSED
WITHDRAWN = choice_pb2.CHOICE_DECISION_WITHDRAWN
UNSAID = choice_pb2.CHOICE_DECISION_UNSPECIFIED

CLICK = choice_pb2.CHOICE_SOURCE_CLICK
SIGNAL = choice_pb2.CHOICE_SOURCE_SIGNAL
NOBODY = choice_pb2.CHOICE_SOURCE_UNSPECIFIED

KINDS: tuple[int, ...] = tuple(kind for kind in choice_pb2.ChoiceKind.values() if kind)
#: What nobody gets who did not ask for it.
ASKED_FOR = frozenset({RECOGNITION, MONITORING_NOTICE})
#: What `Sec-GPC: 1` refuses. It never refuses the chat, which somebody opens themselves.
SIGNALLED = frozenset({RECOGNITION, STATISTICS, INVITATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a visitor said about one thing at one moment. It never changes."""

    id: str
    visitor_id: str
    kind: int
    decision: int
    source: int
    notice_id: str
    notice_hash: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """What holds for one kind of choice."""

    kind: int
    allowed: bool
    decision: int = UNSAID
    source: int = NOBODY


def whose(own: str, named: str) -> str:
    """Returns the visitor that a call is about: a visitor's own id, or the one that a process names.

    Raises PermissionDenied where a visitor names another one, and InvalidArgument where nobody is named at all.
    """
    if own and named not in ("", own):
        raise PermissionDenied("NOT_YOURS", "You can see and say your own choices only.")
    if not own and not named:
        raise InvalidArgument(
            "VISITOR_MISSING", "Nobody is named.", fields=[("visitor_id", "must name whose choice it is")]
        )
    return own or named


def counted(kind: int, decision: int, *, signal: bool, last: Choice | None) -> tuple[int, int]:
    """Returns the decision that is recorded, and its source.

    The browser's signal refuses what it is about, whatever was clicked. Taking back what was never given is a refusal.
    """
    if signal and kind in SIGNALLED and decision == GIVEN:
        return REFUSED, SIGNAL
    if decision == WITHDRAWN and (last is None or last.decision == REFUSED):
        return REFUSED, CLICK
    return decision, CLICK


def is_news(last: Choice | None, decision: int, source: int, notice_id: str) -> bool:
    """Says whether a decision differs from the last one; one that was said before under the same notice does not."""
    return last is None or (last.decision, last.source, last.notice_id) != (decision, source, notice_id)


def effective(said: Iterable[Choice], *, signal: bool, kinds: Sequence[int] = KINDS) -> Sequence[Effective]:
    """Returns what holds for kinds of choice, by the last word on each and by the browser's signal."""
    last = {choice.kind: choice for choice in said}
    found: list[Effective] = []
    for kind in kinds:
        choice = last.get(kind)
        if signal and kind in SIGNALLED:
            found.append(Effective(kind=kind, allowed=False, decision=REFUSED, source=SIGNAL))
        elif choice is None:
            found.append(Effective(kind=kind, allowed=kind not in ASKED_FOR))
        else:
            allowed = choice.decision == GIVEN
            found.append(Effective(kind=kind, allowed=allowed, decision=choice.decision, source=choice.source))
    return found
