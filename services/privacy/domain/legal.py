"""What two people decide together: that a record is held, that a hold ends, that an authority is given something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from parley.privacy.v1 import case_pb2, hold_pb2
from parley.subject.v1 import subject_pb2

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from kernel.identity import Actor
from kernel.identity.actor import Regime

HOLD_PROPOSED = hold_pb2.Hold.STATE_PROPOSED
SEALING = hold_pb2.Hold.STATE_SEALING
ACTIVE = hold_pb2.Hold.STATE_ACTIVE
RELEASE_PROPOSED = hold_pb2.Hold.STATE_RELEASE_PROPOSED
RELEASING = hold_pb2.Hold.STATE_RELEASING
RELEASED = hold_pb2.Hold.STATE_RELEASED
WITHDRAWN = hold_pb2.Hold.STATE_WITHDRAWN
ENDED = (RELEASED, WITHDRAWN)

CASE_PROPOSED = case_pb2.Case.STATE_PROPOSED
CONFIRMED = case_pb2.Case.STATE_CONFIRMED
CLOSED = case_pb2.Case.STATE_CLOSED

#: How the id of a subject of each kind begins.
_PREFIXES = {
    subject_pb2.SUBJECT_KIND_VISITOR: "vis",
    subject_pb2.SUBJECT_KIND_REQUESTER: "rqr",
    subject_pb2.SUBJECT_KIND_STAFF: "stf",
}


def no_such_hold() -> NotFound:
    """Returns the one answer to a hold that does not exist or is another tenant's."""
    return NotFound("HOLD_NOT_FOUND", "There is no such hold.")


def no_such_case() -> NotFound:
    """Returns the one answer to a case that does not exist or is another tenant's."""
    return NotFound("CASE_NOT_FOUND", "There is no such case.")


def no_such_record() -> NotFound:
    """Returns the one answer to a record that does not exist, is about somebody else, or is another tenant's."""
    return NotFound("RECORD_NOT_FOUND", "There is no such record about this person.")


class SecondPersonNeeded(PermissionDenied):
    """Whoever asked for something cannot confirm it."""

    def __init__(self) -> None:
        """Says what is needed."""
        super().__init__("SECOND_PERSON_NEEDED", "Somebody else has to confirm this. Nothing was changed.")


class HouseNeverDiscloses(PermissionDenied):
    """What people said to the platform's own house has no way out, legal cases included."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__(
            "HOUSE_NEVER_DISCLOSES", "What people say here is given to nobody. Nothing was opened or sent."
        )


class NotInThisState(FailedPrecondition):
    """Something that was decided already, or is not decided yet."""

    def __init__(self) -> None:
        """Says what was not changed."""
        super().__init__("NOT_IN_THIS_STATE", "This is not possible as things stand. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record about one person."""

    subject_kind: int
    subject_id: str
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One record that stays as it is while a legal matter runs."""

    tenant_id: UUID
    id: str
    item: Item
    service: str
    state: int = HOLD_PROPOSED
    reason: str
    proposer_id: str
    confirmer_id: str = ""
    release_reason: str = ""
    release_proposer_id: str = ""
    release_confirmer_id: str = ""
    create_time: datetime
    confirm_time: datetime | None = None
    release_time: datetime | None = None

    def is_confirmable_by(self, staff_id: str) -> bool:
        """Says whether something waits that somebody else than this person asked for."""
        if self.state == HOLD_PROPOSED:
            return self.proposer_id != staff_id
        return self.state == RELEASE_PROPOSED and self.release_proposer_id != staff_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One demand of an authority."""

    tenant_id: UUID
    id: str
    state: int = CASE_PROPOSED
    basis: int
    authority: str
    reference: str
    silent: bool
    proposer_id: str
    confirmer_id: str = ""
    closer_id: str = ""
    create_time: datetime
    confirm_time: datetime | None = None
    close_time: datetime | None = None
    disclosures: int = 0
    disclose_time: datetime | None = None
    items: Sequence[Item] = ()

    def is_confirmable_by(self, staff_id: str) -> bool:
        """Says whether it waits and somebody else than this person opened it."""
        return self.state == CASE_PROPOSED and self.proposer_id != staff_id


def check_item(item: Item) -> None:
    """Raises NotFound where an item cannot be one: nobody of that kind has such an id."""
    if _PREFIXES.get(subject_pb2.SubjectKind.ValueType(item.subject_kind)) != item.subject_id[:3]:
        raise no_such_record()


def check_regime(actor: Actor) -> None:
    """Raises HouseNeverDiscloses for the platform's own house."""
    if actor.regime is Regime.HOUSE:
        raise HouseNeverDiscloses


def confirmed_hold(hold: Hold, staff_id: str, now: datetime) -> Hold:
    """Returns a hold that the second person has confirmed."""
    if hold.state != HOLD_PROPOSED:
        raise NotInThisState
    if hold.proposer_id == staff_id:
        raise SecondPersonNeeded
    return replace(hold, state=SEALING, confirmer_id=staff_id, confirm_time=now)


def withdrawn_hold(hold: Hold, now: datetime) -> Hold:
    """Returns a hold without what waited to be confirmed."""
    if hold.state == HOLD_PROPOSED:
        return replace(hold, state=WITHDRAWN, release_time=now)
    if hold.state == RELEASE_PROPOSED:
        return replace(hold, state=ACTIVE, release_reason="", release_proposer_id="")
    raise NotInThisState


def release_proposed(hold: Hold, staff_id: str, reason: str) -> Hold:
    """Returns a hold that is to end when somebody else has confirmed it."""
    if hold.state != ACTIVE:
        raise NotInThisState
    return replace(hold, state=RELEASE_PROPOSED, release_reason=reason, release_proposer_id=staff_id)


def release_confirmed(hold: Hold, staff_id: str) -> Hold:
    """Returns a hold whose end the second person has confirmed."""
    if hold.state != RELEASE_PROPOSED:
        raise NotInThisState
    if hold.release_proposer_id == staff_id:
        raise SecondPersonNeeded
    return replace(hold, state=RELEASING, release_confirmer_id=staff_id)


def settled_hold(hold: Hold, now: datetime) -> Hold:
    """Returns a hold once its record was sealed, or the seal was taken away."""
    if hold.state == RELEASING:
        return replace(hold, state=RELEASED, release_time=now)
    return replace(hold, state=ACTIVE)


def confirmed_case(case: Case, staff_id: str, now: datetime) -> Case:
    """Returns a case that the second person has confirmed."""
    if case.state != CASE_PROPOSED:
        raise NotInThisState
    if case.proposer_id == staff_id:
        raise SecondPersonNeeded
    return replace(case, state=CONFIRMED, confirmer_id=staff_id, confirm_time=now)


def closed_case(case: Case, staff_id: str, now: datetime) -> Case:
    """Returns a case in which nothing can be given out any more."""
    if case.state == CLOSED:
        raise NotInThisState
    return replace(case, state=CLOSED, closer_id=staff_id, close_time=now)


def disclosed_case(case: Case, now: datetime) -> Case:
    """Returns a confirmed case that is given out once more."""
    if case.state != CONFIRMED:
        raise NotInThisState
    return replace(case, disclosures=case.disclosures + 1, disclose_time=now)
