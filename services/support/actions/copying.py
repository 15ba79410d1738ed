"""Lets others than the requester hear of a ticket's answers: each of them is a person of their own, who can be
forgotten alone."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.support.domain.changes import Work
from services.support.domain.tickets import MOST_COPIES, TooManyCopies
from services.support.store import copies
from services.support.store import tickets as store


async def change(connection: AsyncConnection, tenant: UUID, work: Work) -> None:
    """Writes who hears of a ticket's answers from now on, and notes where that is new.

    Who they are stands in no history: a ticket's outlives those who were forgotten.
    """
    for requester_id in work.copies_off:
        if await copies.remove_copy(connection, tenant, work.ticket.id, requester_id):
            work.uncopied.append(requester_id)
            work.note("COPY_REMOVED")
    for email in work.copies_on:
        person = await store.requester_for(
            connection, tenant, new_id=ids.new_uuid(), email=email, display_name="", now=work.now
        )
        if person.id == work.ticket.requester_id:
            continue
        if await copies.add_copy(connection, tenant, work.ticket.id, person.id, work.now):
            work.copied.append(person.id)
            work.note("COPY_ADDED")
    if work.copied and await copies.count_copies(connection, tenant, work.ticket.id) > MOST_COPIES:
        raise TooManyCopies
    if work.copied or work.uncopied:
        await store.note_idle(connection, tenant, [*work.copied, *work.uncopied], work.now)
