"""Keeps every send, acknowledgement and delivery, and decides whether anything was lost, doubled or disordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Side:
    """What one party has seen and said of one conversation."""

    #: (sequence, client id) as delivered, in the order of delivery; the platform's own entries have no client id.
    delivered: list[tuple[int, str]] = field(default_factory=list)
    #: Client ids in the order in which they were first sent.
    sent: list[str] = field(default_factory=list)
    acked: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Talk:
    """One conversation, from both sides."""

    visitor: Side = field(default_factory=Side)
    operator: Side = field(default_factory=Side)

    @property
    def sides(self) -> tuple[tuple[str, Side], tuple[str, Side]]:
        """Both sides, by name."""
        return (("visitor", self.visitor), ("operator", self.operator))


def acknowledged(talks: Mapping[str, Talk]) -> int:
    """Counts the acknowledged messages."""
    return sum(len(side.acked) for talk in talks.values() for _, side in talk.sides)


def check(talks: Mapping[str, Talk], stored: Mapping[str, Sequence[tuple[int, str]]]) -> list[str]:
    """Returns what is wrong, in words; nothing where every promise was kept.

    `stored` is what the database holds of each conversation: (sequence, client id), in order.
    """
    wrong: list[str] = []
    for conversation_id, talk in talks.items():
        truth = list(stored.get(conversation_id, ()))
        wrong += [f"{conversation_id}: {complaint}" for complaint in _check_one(talk, truth)]
    return wrong


def _check_one(talk: Talk, truth: list[tuple[int, str]]) -> list[str]:
    wrong: list[str] = []
    if [sequence for sequence, _ in truth] != list(range(1, len(truth) + 1)):
        wrong.append("the stored sequences have a hole or a repetition")
    doubled = [client_id for client_id, times in Counter(c for _, c in truth if c).items() if times > 1]
    if doubled:
        wrong.append(f"{len(doubled)} messages are stored twice")
    places = {client_id: sequence for sequence, client_id in truth if client_id}
    for name, side in talk.sides:
        sequences = [sequence for sequence, _ in side.delivered]
        if sequences != sorted(set(sequences)):
            wrong.append(f"the {name} saw entries twice or out of order")
        if side.delivered != truth:
            missing = len(set(truth) - set(side.delivered))
            wrong.append(f"the {name} saw something else than what is stored ({missing} missing)")
        lost = [client_id for client_id in side.acked if client_id not in places]
        if lost:
            wrong.append(f"{len(lost)} acknowledged messages of the {name} are gone")
        moved = [client_id for client_id, sequence in side.acked.items() if places.get(client_id, sequence) != sequence]
        if moved:
            wrong.append(f"{len(moved)} messages of the {name} were acknowledged at another place")
        unknown = [c for c in side.sent if c not in side.acked and c not in side.refused]
        if unknown:
            wrong.append(f"{len(unknown)} messages of the {name} were neither acknowledged nor refused")
        kept = [client_id for client_id in side.refused if client_id in places]
        if kept:
            wrong.append(f"{len(kept)} messages of the {name} were refused for good and kept all the same")
        order = [places[client_id] for client_id in side.sent if client_id in places]
        if order != sorted(order):
            wrong.append(f"what the {name} said stands in another order")
    return wrong
