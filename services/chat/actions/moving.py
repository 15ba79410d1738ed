"""Moves conversations between the queue and those who answer: each with its entry, its event, and who is told.

Whoever locks a conversation and an operator locks the conversation first; what goes the other way passes over a
conversation that somebody else holds at that moment, and looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.chat import domain
from services.chat.actions.announcements import CLAIMED, REQUEUED, announce
from services.chat.actions.wiring import Wiring
from services.chat.domain import Conversation, Entry, routing
from services.chat.domain.routing import Operator
from services.chat.store import conversations, messages, operators, queue
from services.chat.store import routing as rules
from services.chat.store.messages import Appended

#: Looks who is given what waits.
ROUTE_JOB = "chat.route"
#: Looks whether somebody who answers is still there.
LEASE_JOB = "chat.lease"
#: Puts back what somebody answered who may not answer any more.
RELEASE_JOB = "chat.release"
#: Ends an offer to which nobody answered.
OFFER_JOB = "chat.offer"


@dataclass(slots=True)
class News:
    """What a transaction changed, to be told once it is committed."""

    tenant_id: UUID
    fresh: list[tuple[Entry, Appended]] = field(default_factory=list)
    changed: dict[UUID, None] = field(default_factory=dict)
    #: True where those who wait have moved up or down.
    is_queue_moved: bool = False

    async def tell(self, wiring: Wiring) -> None:
        """Tells those who follow the conversations, the inboxes, and everybody who waits behind them."""
        if not self.changed:
            return
        wiring.hub.committed(self.tenant_id, self.fresh)
        if self.is_queue_moved:
            async with wiring.database.transaction(ids.from_uuid("ten", self.tenant_id)) as connection:
                self.changed |= {each: None for each, _ in await queue.list_waiting(connection, self.tenant_id)}
        wiring.hub.state_changed(self.tenant_id, self.changed)


async def wake_router(connection: AsyncConnection, wiring: Wiring, tenant_id: UUID, now: datetime) -> None:
    """Has somebody look, once the running transaction is committed, who is given what waits."""
    if await rules.gives_out(connection, tenant_id):
        # Each deed asks for a look of its own: one that runs already may not see what is not committed yet.
        await wiring.jobs.enqueue(connection, ROUTE_JOB, tenant_id=ids.from_uuid("ten", tenant_id), now=now)


async def watch_lease(
    connection: AsyncConnection, wiring: Wiring, tenant_id: UUID, staff_id: UUID, due: datetime
) -> None:
    """Has somebody look, when a lease may be over, whether an operator is still there; one look waits at a time."""
    operator_id = ids.from_uuid("stf", staff_id)
    await wiring.jobs.enqueue(
        connection,
        LEASE_JOB,
        tenant_id=ids.from_uuid("ten", tenant_id),
        now=due,
        due=due,
        key=operator_id,
        arguments={"staff_id": operator_id},
    )


async def note_holder(
    connection: AsyncConnection, wiring: Wiring, tenant_id: UUID, staff_id: UUID, name: str, now: datetime
) -> None:
    """Notes that somebody is there and answers, so that what the person answers is a lease from now on."""
    await operators.arrive(connection, tenant_id, staff_id, name, now)
    await watch_lease(connection, wiring, tenant_id, staff_id, now + wiring.lease)


async def put_back(
    connection: AsyncConnection, wiring: Wiring, tenant_id: UUID, held: Sequence[Conversation], now: datetime
) -> News:
    """Puts locked conversations back into their queues, at the places that they had by their start."""
    if not held:
        return News(tenant_id)
    waiting = await queue.list_waiting(connection, tenant_id) + [(each.id, each.team_id) for each in held]
    changed = [routing.requeue(each, _place(waiting, each), now) for each in held]
    news = await _save(connection, changed, held, domain.REQUEUED, now)
    for each in changed:
        await announce(connection, wiring, REQUEUED, each, now=now)
    await _end_offers(connection, held)
    await wake_router(connection, wiring, tenant_id, now)
    return news


async def give(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: UUID,
    given: Sequence[tuple[Conversation, Operator]],
    now: datetime,
) -> News:
    """Gives locked conversations to operators whose rows are locked."""
    if not given:
        return News(tenant_id)
    before = [conversation for conversation, _ in given]
    changed = [routing.give(conversation, operator, now) for conversation, operator in given]
    news = await _save(connection, changed, changed, domain.JOINED, now)
    news.is_queue_moved = any(each.state == domain.QUEUED for each in before)
    for each in changed:
        await announce(connection, wiring, CLAIMED, each, now=now)
    holders = {operator.staff_id for _, operator in given}
    await operators.note_given(connection, tenant_id, sorted(holders), now)
    for staff_id in sorted(holders):
        await watch_lease(connection, wiring, tenant_id, staff_id, now + wiring.lease)
    await _end_offers(connection, before)
    return news


async def _end_offers(connection: AsyncConnection, before: Iterable[Conversation]) -> None:
    for each in before:
        if each.offered_id is not None:
            await rules.end_transfers(connection, each.tenant_id, each.id, routing.RETURNED)


async def _save(
    connection: AsyncConnection,
    changed: Sequence[Conversation],
    authors: Sequence[Conversation],
    kind: int,
    now: datetime,
) -> News:
    tenant_id = changed[0].tenant_id
    await conversations.save_conversations(connection, changed)
    entries = [
        Entry(
            conversation_id=each.id, id=ids.new_uuid(), kind=kind, side=domain.OPERATOR, operator_id=author.operator_id
        )
        for each, author in sorted(zip(changed, authors, strict=True), key=lambda pair: pair[0].id)
    ]
    appended = await messages.append_all(connection, tenant_id, entries, now)
    return News(
        tenant_id,
        list(zip(entries, appended, strict=True)),
        dict.fromkeys(each.id for each in changed),
        is_queue_moved=True,
    )


def _place(waiting: Sequence[tuple[UUID, UUID | None]], conversation: Conversation) -> int:
    return sum(team == conversation.team_id and each <= conversation.id for each, team in waiting)


def soon(now: datetime) -> datetime:
    """Returns when to look again at what somebody else held for a moment."""
    return now + timedelta(seconds=1)
