"""Hands conversations on, to a colleague who takes or returns them or to a team, and keeps what a tenant set for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.announcements import REQUEUED, announce
from services.chat.actions.finding import find_kept
from services.chat.actions.moving import News, give, note_holder, wake_router
from services.chat.actions.routing import watch_offer
from services.chat.actions.sealed import covered
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry, routing
from services.chat.domain.routing import Rule, Transfer
from services.chat.store import conversations, messages, operators, queue
from services.chat.store import routing as store


async def list_rules(actor: Actor, wiring: Wiring) -> list[Rule]:
    """Returns what the caller's tenant set for its sites and teams."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_rules(connection, tenant_of(actor))


async def set_rule(actor: Actor, wiring: Wiring, rule: Rule, etag: str) -> Rule:
    """Sets how a site's or a team's conversations are given out, from the next one on and for those that wait."""
    if rule.is_site:
        await wiring.peers.check_site(actor.tenant_id, ids.from_uuid("sit", rule.scope_id))
    team_id = rule.team_id if rule.is_site else rule.scope_id
    if team_id is not None and not await wiring.peers.has_team(actor.tenant_id, ids.from_uuid("tea", team_id)):
        raise routing.no_such("team")
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.find_rule(connection, tenant_id, rule.scope_id, lock=True)
        if etag and (current is None or etag != str(current.revision)):
            raise routing.ChangedMeanwhile
        changed = replace(rule, revision=1 if current is None else current.revision + 1)
        await store.save_rule(connection, tenant_id, changed)
        await wake_router(connection, wiring, tenant_id, wiring.clock.now())
    return changed


async def transfer_conversation(
    actor: Actor,
    wiring: Wiring,
    conversation_id: UUID,
    note: str,
    *,
    to_staff_id: UUID | None = None,
    to_team_id: UUID | None = None,
) -> Conversation:
    """Offers a conversation to a colleague, or puts it into a team's queue; asked again, it is there already."""
    kept, viewer, now = await wiring.kept_for(actor.tenant_id), viewer_of(actor), wiring.clock.now()
    tenant_id, staff_id = tenant_of(actor), viewer.staff_id
    if to_team_id is not None and not await wiring.peers.has_team(actor.tenant_id, ids.from_uuid("tea", to_team_id)):
        raise routing.no_such("team")
    assert staff_id is not None, "the access option lets staff in only"
    news = News(tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        )
        if to_team_id is not None:
            place = await queue.next_position(connection, current, to_team_id)
            changed = routing.hand_to_team(current, viewer, to_team_id, place, now)
        else:
            assert to_staff_id is not None
            to = await operators.get_operator(connection, tenant_id, to_staff_id)
            changed = routing.offer(current, viewer, to, now)
            if routing.state_of(to, wiring.lease, now) == routing.OFFLINE:
                raise routing.ColleagueNotThere
        (shown,) = await covered(connection, tenant_id, [changed], actor)
        if changed is current:
            return shown
        await conversations.save_conversation(connection, changed)
        await store.end_transfers(connection, tenant_id, conversation_id, routing.RETURNED)
        await store.add_transfer(
            connection,
            tenant_id,
            Transfer(
                id=ids.new_uuid(),
                conversation_id=conversation_id,
                from_staff_id=staff_id,
                to_staff_id=to_staff_id,
                to_team_id=to_team_id,
                note=note,
                state=routing.OFFERED,
                create_time=now,
            ),
        )
        news.changed[conversation_id] = None
        if to_team_id is None:
            await watch_offer(connection, wiring, changed)
        else:
            entry = Entry(
                conversation_id=conversation_id,
                id=ids.new_uuid(),
                kind=domain.TRANSFERRED,
                side=domain.OPERATOR,
                operator_id=staff_id,
            )
            appended = await messages.append_one(connection, tenant_id, entry, now)
            shown = replace(shown, head=appended.head)
            news.fresh.append((entry, appended))
            news.is_queue_moved = True
            await announce(connection, wiring, REQUEUED, changed, now=now)
            await wake_router(connection, wiring, tenant_id, now)
    await news.tell(wiring)
    return shown


async def accept_transfer(actor: Actor, wiring: Wiring, conversation_id: UUID) -> Conversation:
    """Takes what was offered to the caller; what the giver could see of it ends."""
    kept, viewer, now = await wiring.kept_for(actor.tenant_id), viewer_of(actor), wiring.clock.now()
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        )
        assert viewer.staff_id is not None, "the access option lets staff in only"
        me = routing.Operator(staff_id=viewer.staff_id, display_name=actor.display_name)
        changed = routing.accept(current, viewer, me, now)
        if changed is current:
            return (await covered(connection, tenant_id, [changed], actor))[0]
        await store.end_transfers(connection, tenant_id, conversation_id, routing.ACCEPTED)
        await note_holder(connection, wiring, tenant_id, viewer.staff_id, actor.display_name, now)
        news = await give(connection, wiring, tenant_id, [(current, me)], now)
        await wiring.access.record(connection, actor, current.id, current.visitor_id, now)
        await wake_router(connection, wiring, tenant_id, now)
        (shown,) = await covered(connection, tenant_id, [changed], actor)
    await news.tell(wiring)
    return replace(shown, head=news.fresh[0][1].head)


async def return_transfer(actor: Actor, wiring: Wiring, conversation_id: UUID) -> Conversation:
    """Ends an offer, by whom it was made to or by who answers; the conversation stays where it is."""
    kept, viewer = await wiring.kept_for(actor.tenant_id), viewer_of(actor)
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        )
        changed = routing.withdraw(current, viewer)
        (shown,) = await covered(connection, tenant_id, [changed], actor)
        if changed is current:
            return shown
        await conversations.save_conversation(connection, changed)
        await store.end_transfers(connection, tenant_id, conversation_id, routing.RETURNED)
    wiring.hub.state_changed(tenant_id, [conversation_id])
    return shown


async def list_transfers(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[Transfer]:
    """Returns how a conversation was handed on, to whoever answers, is offered it, or may take it; it is recorded."""
    kept, viewer, now = await wiring.kept_for(actor.tenant_id), viewer_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        # Whoever is offered a conversation reads the note before the conversation itself.
        if found is None or found.erase_time is not None or not routing.is_offered(found, viewer, now):
            found = domain.check_read(viewer, found, now)
        reader = domain.reader_of(viewer, found, now)
        await wiring.access.record(connection, reader, found.id, found.visitor_id, now)
        return await store.list_transfers(connection, found.tenant_id, found.id)


async def list_running(
    actor: Actor, wiring: Wiring, size: int, token: str
) -> tuple[list[tuple[Conversation, routing.Place, datetime | None]], str]:
    """Returns a page of what waits or runs, the oldest first, each with since when its visitor waits."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "running")
    position = wiring.pages.position(scope, token)
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await queue.list_running(
            connection, tenant_id, None if position is None else UUID(str(position[0])), limit + 1
        )
        said = await queue.last_said(connection, tenant_id, [each.id for each in found])
        found = await covered(connection, tenant_id, found, actor)
        places = await wiring.queue.places_of(connection, tenant_id, found)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))
    return [
        (each, places.get(each.id, routing.NOWHERE), routing.waits_since(each, said.get(each.id))) for each in page
    ], following
