"""Shows and changes who is there and what they are given, and hands all of somebody's conversations over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from parley.identity.v1 import staff_pb2

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat.actions.moving import News, give, put_back, wake_router
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import routing
from services.chat.domain.routing import Operator
from services.chat.store import operators, queue

MOST_HELD = 1000
ASKED_AT_ONCE = 200


async def write_presence(wiring: Wiring, tenant_id: str, seen: Mapping[str, datetime], come: Mapping[str, str]) -> None:
    """Writes down who was heard of when. Who comes back to take conversations has the queue looked at."""
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    since, named = now - wiring.lease, sorted(come)
    accounts: dict[str, staff_pb2.Staff] = {}
    for start in range(0, len(named), ASKED_AT_ONCE):
        accounts |= await wiring.peers.staff_of(tenant_id, named[start : start + ASKED_AT_ONCE])
    async with wiring.database.transaction(tenant_id) as connection:
        is_back = False
        for key, staff_id in sorted((ids.to_uuid(each, "stf"), each) for each in named):
            before = await operators.arrive(connection, tenant, key, come[staff_id], seen.get(staff_id, now))
            is_back |= before.seen_time is None or before.seen_time <= since
            account = accounts.get(staff_id)
            if account is not None:
                teams = [ids.to_uuid(team_id, "tea") for team_id in account.team_ids]
                is_back |= await operators.save_teams(connection, tenant, key, teams)
        heard = {ids.to_uuid(staff_id, "stf"): moment for staff_id, moment in seen.items()}
        is_back |= await operators.beat(connection, tenant, heard, since)
        if is_back:
            await wake_router(connection, wiring, tenant, now)


async def my_presence(actor: Actor, wiring: Wiring) -> Operator:
    """Returns the caller as routing sees the person."""
    tenant_id, staff_id = tenant_of(actor), _caller(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await operators.find_operator(connection, tenant_id, staff_id)
        held = await queue.count_held(connection, tenant_id, [staff_id])
    return replace(found or Operator(staff_id=staff_id, display_name=actor.display_name), held=held.get(staff_id, 0))


async def set_my_presence(actor: Actor, wiring: Wiring, chosen: int) -> Operator:
    """Notes whether the caller takes conversations from now on."""
    tenant_id, staff_id, now = tenant_of(actor), _caller(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        before = await operators.arrive(connection, tenant_id, staff_id, actor.display_name, now)
        changed = replace(before, chosen=chosen, display_name=actor.display_name, seen_time=now)
        await operators.save_operator(connection, tenant_id, changed)
        held = await queue.count_held(connection, tenant_id, [staff_id])
        if chosen == routing.ONLINE:
            await wake_router(connection, wiring, tenant_id, now)
    return replace(changed, held=held.get(staff_id, 0))


async def list_operators(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Operator], str]:
    """Returns a page of those who have answered or been there, by name, with what they hold, and the next token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListOperators")
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await operators.list_operators(connection, tenant_id, wiring.pages.position(scope, token), limit + 1)
        held = await queue.count_held(connection, tenant_id, [each.staff_id for each in found])
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (each.display_name, str(each.staff_id)))
    return [replace(each, held=held.get(each.staff_id, 0)) for each in page], following


async def update_operator(
    actor: Actor, wiring: Wiring, staff_id: UUID, capacity: int, languages: Sequence[str], etag: str
) -> Operator:
    """Changes how many conversations somebody is given, and in which languages."""
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await operators.get_operator(connection, tenant_id, staff_id, lock=True)
        if etag and etag != str(current.revision):
            raise routing.ChangedMeanwhile
        changed = replace(current, capacity=capacity, languages=tuple(sorted(languages)), revision=current.revision + 1)
        await operators.save_operator(connection, tenant_id, changed)
        held = await queue.count_held(connection, tenant_id, [staff_id])
        await wake_router(connection, wiring, tenant_id, now)
    return replace(changed, held=held.get(staff_id, 0))


async def hand_over(actor: Actor, wiring: Wiring, staff_id: UUID, to_staff_id: UUID | None) -> int:
    """Hands all that somebody answers to a colleague who is there, or back to the queue; returns how much it was."""
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await operators.get_operator(connection, tenant_id, staff_id)
        if to_staff_id is not None:
            await operators.get_operator(connection, tenant_id, to_staff_id)
        if to_staff_id == staff_id:
            raise routing.AlreadyThere
        held = await queue.lock_held(connection, tenant_id, staff_id, MOST_HELD, waits=True)
        if to_staff_id is None:
            news: News = await put_back(connection, wiring, tenant_id, held, now)
        else:
            to = await operators.get_operator(connection, tenant_id, to_staff_id, lock=True)
            if routing.state_of(to, wiring.lease, now) == routing.OFFLINE:
                raise routing.ColleagueNotThere
            news = await give(connection, wiring, tenant_id, [(each, to) for each in held], now)
            await wake_router(connection, wiring, tenant_id, now)
    await news.tell(wiring)
    return len(held)


def _caller(actor: Actor) -> UUID:
    staff_id = viewer_of(actor).staff_id
    assert staff_id is not None, "the access option lets staff in only"
    return staff_id
