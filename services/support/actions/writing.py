"""Keeps what staff are writing, takes back what has not gone out, and says who is there."""

from __future__ import annotations

from uuid import UUID

from kernel.errors import FailedPrecondition, NotFound
from kernel.identity import Actor
from services.support.actions.changing import keep
from services.support.actions.seeing import see_ticket, visible_queues
from services.support.actions.tickets import PRESENT
from services.support.actions.wiring import CHANGED, Wiring, staff_of, tenant_of
from services.support.domain import tickets
from services.support.domain.changes import By, Work
from services.support.store import files, thread
from services.support.store import tickets as store
from services.support.store.thread import Draft, Viewer


class AnswerGone(FailedPrecondition):
    """An answer that is on its way, or was written by somebody else."""

    def __init__(self) -> None:
        """Says what is so."""
        super().__init__("ANSWER_GONE", "This answer has gone out and cannot be taken back.")


async def undo_answer(actor: Actor, wiring: Wiring, ticket_id: UUID, entry_id: UUID) -> Draft:
    """Takes the caller's answer back that has not gone out; its words are the caller's draft again."""
    now, tenant = wiring.clock.now(), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await see_ticket(connection, actor, wiring, ticket_id, lock=True)
        entry = await thread.find_entry(connection, tenant, entry_id, lock=True)
        if entry is None or entry.ticket_id != ticket.id or entry.kind != tickets.ANSWER:
            raise NotFound("ENTRY_NOT_FOUND", "There is no such answer.")
        if entry.send_state != tickets.WAITING or entry.is_withdrawn or entry.staff_id != staff_of(actor):
            raise AnswerGone
        draft = Draft(body=entry.body, is_internal=False, update_time=now)
        await thread.withdraw_entry(connection, tenant, entry.id)
        await files.take_out_of_entry(connection, tenant, entry.id)
        await thread.save_draft(connection, tenant, ticket.id, staff_of(actor), draft)
        work = Work.on(ticket, By(staff_id=staff_of(actor), staff_name=actor.display_name), now)
        work.note("ANSWER_WITHDRAWN")
        if ticket.state == tickets.WAITING_ON_REQUESTER:
            work.move(tickets.OPEN)
        await keep(connection, wiring, actor.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)
    return draft


async def save_draft(actor: Actor, wiring: Wiring, ticket_id: UUID, body: str, *, is_internal: bool) -> Draft:
    """Keeps what the caller is writing; nothing deletes it."""
    draft = Draft(body=body, is_internal=is_internal, update_time=wiring.clock.now())
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        await store.get_ticket(connection, tenant_of(actor), ticket_id, seen)
        await thread.save_draft(connection, tenant_of(actor), ticket_id, staff_of(actor), draft)
    return draft


async def report_presence(
    actor: Actor, wiring: Wiring, ticket_id: UUID, *, is_writing: bool, has_left: bool
) -> list[Viewer]:
    """Notes that the caller looks at a ticket, and returns who else does."""
    now, tenant, me = wiring.clock.now(), tenant_of(actor), staff_of(actor)
    viewer = Viewer(ticket_id=ticket_id, staff_id=me, display_name=actor.display_name, is_writing=is_writing)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        await store.get_ticket(connection, tenant, ticket_id, seen)
        before = await thread.list_viewers(connection, tenant, now - PRESENT, seen, ticket_id)
        await thread.save_viewer(connection, tenant, viewer, None if has_left else now)
        if (viewer in before) == has_left:
            wiring.hints.send_after(connection, CHANGED)
    return [each for each in before if each.staff_id != me]
