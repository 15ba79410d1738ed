"""Decides who answers: who is there, who is given what, how a conversation is handed on, and how long somebody waits.

Every function is pure: who is there and what waits comes in, and what is to be done goes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from parley.chat.v1 import presence_pb2, routing_pb2
from parley.options.v1 import access_pb2

from kernel.errors import FailedPrecondition, NotFound
from services.chat.domain import (
    CLOSED,
    OPEN,
    QUEUED,
    VISITOR,
    Conversation,
    ConversationClosed,
    NotTheOperator,
    Viewer,
)

ONLINE = presence_pb2.OPERATOR_STATE_ONLINE
AWAY = presence_pb2.OPERATOR_STATE_AWAY
OFFLINE = presence_pb2.OPERATOR_STATE_OFFLINE
UNSET = routing_pb2.ROUTING_MODE_UNSPECIFIED
MANUAL = routing_pb2.ROUTING_MODE_MANUAL
AUTOMATIC = routing_pb2.ROUTING_MODE_AUTOMATIC
OFFERED = routing_pb2.Transfer.STATE_OFFERED
ACCEPTED = routing_pb2.Transfer.STATE_ACCEPTED
RETURNED = routing_pb2.Transfer.STATE_RETURNED

#: What an operator is given at once where nobody said otherwise.
CAPACITY = 4
#: How long a colleague has to take what is offered.
OFFER = timedelta(minutes=2)
#: From how many waits on, and how recent ones, something is said of the next.
FEWEST_WAITS, RECENT = 3, timedelta(hours=2)


class OfferOver(FailedPrecondition):
    """What was offered was taken back, ran out, or went to somebody else."""

    def __init__(self) -> None:
        """Says what happened."""
        super().__init__("OFFER_OVER", "This conversation is not offered to you any more.")


class ColleagueNotThere(FailedPrecondition):
    """A conversation is offered only to somebody who can take it now."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__(
            "COLLEAGUE_NOT_THERE", "This colleague is not there now. Nothing was handed over; choose somebody else."
        )


class AlreadyThere(FailedPrecondition):
    """Nobody hands a conversation to the person who answers it."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("ALREADY_THERE", "This person answers the conversation already. Choose somebody else.")


class ChangedMeanwhile(FailedPrecondition):
    """Somebody else changed it since it was read."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__("CHANGED_MEANWHILE", "Somebody else changed this meanwhile. Nothing was changed; look again.")


def no_such(what: str) -> NotFound:
    """Returns the one answer to what does not exist or is another tenant's."""
    return NotFound(f"{what.upper()}_NOT_FOUND", f"There is no such {what}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who answers visitors, as routing sees the person."""

    staff_id: UUID
    display_name: str
    chosen: int = ONLINE
    seen_time: datetime | None = None
    given_time: datetime | None = None
    capacity: int = CAPACITY
    languages: tuple[str, ...] = ()
    team_ids: tuple[UUID, ...] = ()
    revision: int = 1
    #: How many conversations the person answers now.
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a tenant set for a site or a team."""

    scope_id: UUID
    is_site: bool
    mode: int
    team_id: UUID | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One time at which a conversation was handed on."""

    id: UUID
    conversation_id: UUID
    from_staff_id: UUID
    to_staff_id: UUID | None
    to_team_id: UUID | None
    note: str
    state: int
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the queue, from 1, and how many seconds that will presumably take; 0 for unknown."""

    position: int = 0
    wait: int = 0


NOWHERE = Place()


def state_of(operator: Operator, lease: timedelta, now: datetime) -> int:
    """Returns whether somebody is there: not so whoever was silent for as long as a lease, whatever was chosen."""
    if operator.seen_time is None or operator.seen_time + lease <= now:
        return OFFLINE
    return operator.chosen


def team_at(rules: Iterable[Rule], site_id: UUID) -> UUID | None:
    """Returns the team that answers on a site; None for everybody."""
    return next((rule.team_id for rule in rules if rule.is_site and rule.scope_id == site_id), None)


def mode_of(rules: Mapping[UUID, Rule], conversation: Conversation) -> int:
    """Returns how a conversation finds who answers: as its team says, else as its site says, else by hand."""
    for scope in (conversation.team_id, conversation.site_id):
        rule = rules.get(scope) if scope is not None else None
        if rule is not None and rule.mode != UNSET:
            return rule.mode
    return MANUAL


def assign(waiting: Sequence[Conversation], operators: Iterable[Operator]) -> list[tuple[Conversation, Operator]]:
    """Returns who is given which conversation, for as much of the queue as somebody has room for.

    `operators` are those who are there and take conversations. The queue is served in its order. Of those in the
    conversation's team who have room, the one with the fewest conversations is given it, and of several the one who was
    given nothing for the longest time. Those who speak the visitor's language come into question alone, as long as
    anybody of the team is there who speaks it, busy or not; and nobody gets back what they handed to a team.
    """
    there = {operator.staff_id: operator for operator in operators}
    turns = dict.fromkeys(there, 0)
    given: list[tuple[Conversation, Operator]] = []
    for conversation in waiting:
        able = [each for each in _able(conversation, there.values()) if each.held < each.capacity]
        if not able:
            continue
        chosen = min(able, key=lambda each: (each.held, turns[each.staff_id], _since(each), each.staff_id))
        turns[chosen.staff_id] += 1
        there[chosen.staff_id] = replace(chosen, held=chosen.held + 1)
        given.append((conversation, chosen))
    return given


def _able(conversation: Conversation, operators: Iterable[Operator]) -> list[Operator]:
    team = [
        each
        for each in operators
        if each.staff_id != conversation.left_id
        and (conversation.team_id is None or conversation.team_id in each.team_ids)
    ]
    language = conversation.language.partition("-")[0].lower()
    speaking = [each for each in team if not language or not each.languages or language in each.languages]
    return speaking or team


def _since(operator: Operator) -> float:
    return operator.given_time.timestamp() if operator.given_time is not None else 0.0


def expected_wait(place: int, waits: Sequence[tuple[float, int]]) -> int:
    """Returns how many seconds somebody at a place of the queue will presumably wait; 0 where that cannot be said.

    `waits` are those of the people who were answered last, each with the place at which the waiting began. What one
    place took in the middle of them is what every place ahead is expected to take.
    """
    if place < 1 or len(waits) < FEWEST_WAITS:
        return 0
    a_place = median(max(seconds, 0.0) / max(began, 1) for seconds, began in waits)
    return max(1, math.ceil(a_place * place))


def waits_since(conversation: Conversation, last_said: tuple[int, datetime] | None) -> datetime | None:
    """Returns since when a visitor waits, in the queue or for an answer; `last_said` is by which side, and when."""
    if conversation.state == QUEUED:
        return conversation.queue_time or conversation.create_time
    if conversation.state == CLOSED:
        return None
    if last_said is None:
        return conversation.claim_time
    side, moment = last_said
    return moment if side == VISITOR else None


# What becomes of a conversation.


def give(conversation: Conversation, operator: Operator, now: datetime) -> Conversation:
    """Gives a conversation that waits, or that somebody else answered, to an operator."""
    if conversation.state == CLOSED:
        raise ConversationClosed
    if conversation.state == OPEN and conversation.operator_id == operator.staff_id:
        raise AlreadyThere
    return replace(
        conversation,
        state=OPEN,
        operator_id=operator.staff_id,
        operator_name=operator.display_name,
        claim_time=now,
        left_id=None,
        offered_id=None,
        offer_end_time=None,
    )


def requeue(conversation: Conversation, place: int, now: datetime) -> Conversation:
    """Puts a conversation back into its queue, where it stands at a place; what its operator could see ends."""
    return replace(
        conversation,
        state=QUEUED,
        operator_id=None,
        operator_name="",
        claim_time=None,
        queue_time=now,
        queue_place=place,
        left_id=None,
        offered_id=None,
        offer_end_time=None,
    )


def hand_to_team(conversation: Conversation, viewer: Viewer, team_id: UUID, place: int, now: datetime) -> Conversation:
    """Puts a conversation into a team's queue; asked again by the same person, it is there already."""
    if conversation.state == QUEUED and conversation.team_id == team_id and conversation.left_id == viewer.staff_id:
        return conversation
    check_may_hand_on(conversation, viewer)
    return replace(requeue(conversation, place, now), team_id=team_id, left_id=conversation.operator_id)


def offer(conversation: Conversation, viewer: Viewer, to: Operator, now: datetime) -> Conversation:
    """Offers a conversation to a colleague for a while. Until it is taken, its operator goes on to answer."""
    check_may_hand_on(conversation, viewer)
    if to.staff_id == conversation.operator_id:
        raise AlreadyThere
    return replace(conversation, offered_id=to.staff_id, offer_end_time=now + OFFER)


def accept(conversation: Conversation, viewer: Viewer, operator: Operator, now: datetime) -> Conversation:
    """Gives a conversation to the one to whom it was offered; again, it is there already."""
    if conversation.state == OPEN and conversation.operator_id == viewer.staff_id:
        return conversation
    if not is_offered(conversation, viewer, now):
        raise OfferOver
    return give(conversation, operator, now)


def withdraw(conversation: Conversation, viewer: Viewer) -> Conversation:
    """Ends an offer, by whom it was made to or by who answers. Where there is none, nothing changes."""
    if viewer.staff_id not in (conversation.offered_id, conversation.operator_id):
        raise NotTheOperator
    return end_offer(conversation)


def end_offer(conversation: Conversation) -> Conversation:
    """Ends an offer. Where there is none, nothing changes."""
    return (
        conversation if conversation.offered_id is None else replace(conversation, offered_id=None, offer_end_time=None)
    )


def is_offered(conversation: Conversation, viewer: Viewer, now: datetime) -> bool:
    """Says whether a conversation is offered to somebody now."""
    return (
        conversation.state == OPEN
        and conversation.offered_id is not None
        and conversation.offered_id == viewer.staff_id
        and conversation.offer_end_time is not None
        and now < conversation.offer_end_time
    )


def check_may_hand_on(conversation: Conversation, viewer: Viewer) -> None:
    """Raises where somebody may not hand a conversation on: it is over or waits, or another one's and nobody leads."""
    if conversation.state == CLOSED:
        raise ConversationClosed
    if conversation.state != OPEN:
        raise NotTheOperator
    if conversation.operator_id != viewer.staff_id and not viewer.actor.has(access_pb2.CALLER_SUPERVISOR):
        raise NotTheOperator
