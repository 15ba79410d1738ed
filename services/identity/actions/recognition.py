"""Remembers a visitor on a site where the visitor chose it, and forgets where the choice is refused or withdrawn.

The choice itself is the privacy service's, which every way of saying no reaches; what is here follows it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from parley.events.v1 import events_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.privacy.retention import RECOGNITION_DAYS
from services.identity import store
from services.identity.actions.receipt_codes import bound_to, check_still_known
from services.identity.actions.wiring import Wiring
from services.identity.store import recognitions

#: How long somebody is away before the next page is another visit.
VISITS_APART = timedelta(minutes=30)
#: What the privacy service announces of every choice, and the words in it that matter here.
CHOICE_CHANGED, RECOGNITION, GIVEN = "choice.changed", "recognition", "given"


async def remember_visitor(actor: Actor, wiring: Wiring, notice_id: str) -> datetime:
    """Remembers the caller on the site of the conversation, and returns until when."""
    now = wiring.clock.now()
    bound = bound_to(actor)
    days: int = await wiring.settings.get(actor.tenant_id, RECOGNITION_DAYS)
    end = now + timedelta(days=days)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # Nothing is recorded about somebody who was forgotten.
        await check_still_known(connection, ids.to_uuid(actor.tenant_id, "ten"), bound)
    if not await wiring.peers.choose_recognition(actor.tenant_id, bound.visitor_id, notice_id):
        raise FailedPrecondition("RECOGNITION_REFUSED", "This browser asks not to be recognised. Nothing was kept.")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await check_still_known(connection, tenant_id, bound)
        await store.remember(connection, tenant_id, bound, notice_id, (now, end))
    return end


async def get_recognition(actor: Actor, wiring: Wiring) -> datetime | None:
    """Returns until when the caller is remembered on the site; None where the caller is not."""
    bound = bound_to(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        return await store.find_recognition(connection, tenant_id, bound.visitor_id, bound.site_id, wiring.clock.now())


async def note_visit(actor: Actor, wiring: Wiring, visitor_id: str, site_id: str) -> int:
    """Counts a remembered visitor's visit to a site, and returns which one it is; 0 for everybody else."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        return await recognitions.note_visit(
            connection, tenant_id, visitor_id, site_id, wiring.clock.now(), VISITS_APART
        )


async def forget_visitor(actor: Actor, wiring: Wiring, *, by_signal: bool) -> None:
    """Forgets the caller on every site of the tenant."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        notice_id = await store.find_chosen_notice(connection, tenant_id, actor.subject_id)
    if notice_id is None:
        return
    # The no is on record first: should anything fail after it, the news of it still reaches us.
    await wiring.peers.withdraw_recognition(actor.tenant_id, actor.subject_id, notice_id, by_signal=by_signal)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.forget_recognitions(connection, tenant_id, actor.subject_id, until=wiring.clock.now())


async def hear_choice(connection: AsyncConnection, event: events_pb2.Event) -> None:
    """Forgets a visitor who said no anywhere, such as on the privacy pages, or whose browser did."""
    if event.attributes["kind"] != RECOGNITION or event.attributes["decision"] == GIVEN:
        return
    tenant_id = ids.to_uuid(event.tenant_id, "ten")
    for subject in event.subjects:
        kind, _, visitor_id = subject.partition(":")
        if kind == "visitor":
            # Whoever says yes again before the news of the no has come in keeps the yes.
            said = event.time.ToDatetime(UTC)
            await store.forget_recognitions(connection, tenant_id, visitor_id, until=said)
