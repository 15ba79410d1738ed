"""Keeps macros and saved views: what staff do, and look at, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from parley.support.v1.ticket_pb2 import TicketFilter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from services.support.actions.wiring import Wiring, staff_of, tenant_of
from services.support.domain.changes import Asked
from services.support.domain.queues import NameTaken, too_many
from services.support.domain.tickets import check_etag
from services.support.store import macros as store
from services.support.store import queues, tickets
from services.support.store.macros import Macro, SavedView, no_such_view

MOST_MACROS, MOST_VIEWS = 500, 200


async def create_macro(actor: Actor, wiring: Wiring, made: Macro, request_id: str, request: Message) -> Macro:
    """Keeps a macro; a retry returns the first one."""
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateMacro", request_id, request, str(made.id), made.create_time
            )
            if claimed != str(made.id):
                return await store.get_macro(connection, tenant, UUID(claimed))
            if await store.count_macros(connection, tenant) >= MOST_MACROS:
                raise too_many("macros")
            await store.add_macro(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def list_macros(actor: Actor, wiring: Wiring) -> list[Macro]:
    """Returns all macros."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_macros(connection, tenant_of(actor))


async def update_macro(
    actor: Actor, wiring: Wiring, macro_id: UUID, label: str, steps: Sequence[Asked], etag: str
) -> Macro:
    """Replaces what a macro is."""
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_macro(connection, tenant, macro_id, lock=True)
            check_etag(etag, current.revision)
            changed = replace(current, label=label, steps=steps, revision=current.revision + 1)
            await store.save_macro(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed


async def delete_macro(actor: Actor, wiring: Wiring, macro_id: UUID) -> None:
    """Deletes a macro."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_macro(connection, tenant_of(actor), macro_id)


async def create_view(actor: Actor, wiring: Wiring, made: SavedView, request_id: str, request: Message) -> SavedView:
    """Keeps a view; a retry returns the first one, and raises NotFound for what it names and is not there."""
    tenant, asked = tenant_of(actor), made.filter
    await wiring.peers.check_agents(actor.tenant_id, [asked.assignee_id] if asked.assignee_id else [])
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await _check_named(connection, tenant, asked)
        claimed = await wiring.idempotency.claim(
            connection, actor, "CreateSavedView", request_id, request, str(made.id), wiring.clock.now()
        )
        if claimed != str(made.id):
            found = await store.find_view(connection, tenant, UUID(claimed))
            if found is None:
                raise no_such_view()
            return found
        if len(await store.list_views(connection, tenant, staff_of(actor))) >= MOST_VIEWS:
            raise too_many("views")
        await store.add_view(connection, tenant, made)
    return made


async def _check_named(connection: AsyncConnection, tenant: UUID, asked: TicketFilter) -> None:
    """Raises NotFound for what a view names and is not there."""
    if asked.queue_id:
        await queues.get_queue(connection, tenant, ids.to_uuid(asked.queue_id, "que"))
    if asked.tag_id:
        await queues.get_tag(connection, tenant, ids.to_uuid(asked.tag_id, "ttg"))
    if asked.requester_id:
        await tickets.get_requester(connection, tenant, ids.to_uuid(asked.requester_id, "rqr"))


async def update_view(actor: Actor, wiring: Wiring, view_id: UUID, wanted: SavedView, etag: str) -> SavedView:
    """Replaces one of the caller's own views, or for supervisors a shared one; whose it is stays."""
    tenant, asked = tenant_of(actor), wanted.filter
    await wiring.peers.check_agents(actor.tenant_id, [asked.assignee_id] if asked.assignee_id else [])
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = _changeable(actor, await store.find_view(connection, tenant, view_id, lock=True))
        check_etag(etag, current.revision)
        await _check_named(connection, tenant, asked)
        changed = replace(wanted, id=view_id, staff_id=current.staff_id, revision=current.revision + 1)
        await store.save_view(connection, tenant, changed)
    return changed


def _changeable(actor: Actor, found: SavedView | None) -> SavedView:
    """Returns a view that is the caller's own, or for supervisors a shared one; raises NotFound for every other."""
    leads = actor.has(access_pb2.CALLER_SUPERVISOR)
    if found is None or not (found.staff_id == staff_of(actor) or (found.is_shared and leads)):
        raise no_such_view()
    return found


async def list_views(actor: Actor, wiring: Wiring) -> list[SavedView]:
    """Returns the shared views and the caller's own."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_views(connection, tenant_of(actor), staff_of(actor))


async def delete_view(actor: Actor, wiring: Wiring, view_id: UUID) -> None:
    """Deletes one of the caller's own views, or for supervisors a shared one."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        _changeable(actor, await store.find_view(connection, tenant, view_id))
        await store.delete_view(connection, tenant, view_id)
