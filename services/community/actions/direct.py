"""Lets two members write to one another, after the one who was asked has said so.

What they write is theirs: no call shows it to anybody else, staff included, except a message that one of them reports
(`actions/messages`). The first contact is one message and no
more, a new member asks few, and whoever blocks somebody is not reached by them.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message as Proto
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions import brakes, notices, relations
from services.community.actions.wiring import Wiring, require_standing, standing_of, tenant_of
from services.community.domain import brakes as limits
from services.community.domain import direct as domain
from services.community.domain import rendering, texts
from services.community.domain.accounts import no_such_member
from services.community.domain.direct import ACCEPT, ASKED, BLOCK, DECLINED, OPEN, Message, Thread
from services.community.domain.notices import MESSAGE
from services.community.domain.relations import BLOCKED
from services.community.store import direct as store
from services.community.store import members as member_store
from services.community.store import notices as notice_store
from services.community.store import relations as relation_store

_DETAIL = "That was often in a short time. Nothing was sent; wait a while, then try again."


async def ask_contact(actor: Actor, wiring: Wiring, handle: str, body: str, request_id: str, request: Proto) -> Thread:
    """Asks a member for contact with a first message; where the two are in contact, the message is one more."""
    texts.check_said(body=body)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        other = await member_store.find_by_handle(connection, tenant, handle)
        if other is None:
            raise no_such_member()
        if other.id == actor.subject_id:
            raise domain.own_account()
        await relations.check_reaches(connection, actor, other.id)
        pair = domain.pair_of(actor.subject_id, other.id)
        key, is_new = await store.open_thread(connection, tenant, pair, actor.subject_id, other.id, ASKED, now)
        thread_id = ids.from_uuid("thr", key)
        thread = await store.get_thread(connection, tenant, actor.subject_id, thread_id, lock=True)
        first = f"{thread_id}:{thread.last_number + 1}"
        if first != await wiring.idempotency.claim(connection, actor, "AskContact", request_id, request, first, now):
            return thread
        if not is_new and thread.state != OPEN:
            raise domain.waits()
        if is_new:
            level = await brakes.trust_of(connection, actor, wiring)
            tries = limits.CONTACTS_OF_NEW if level == limits.NEW else limits.CONTACTS
            await brakes.take(wiring, actor, tries, _DETAIL)
        await _write(connection, actor, wiring, thread, body)
        return await store.get_thread(connection, tenant, actor.subject_id, thread_id)


async def send_message(
    actor: Actor, wiring: Wiring, thread_id: str, body: str, request_id: str, request: Proto
) -> Message:
    """Writes to the other; a retry returns the first message."""
    texts.check_said(body=body)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        thread = await store.get_thread(connection, tenant, actor.subject_id, thread_id, lock=True)
        number = thread.last_number + 1
        made = await wiring.idempotency.claim(
            connection, actor, "SendMessage", request_id, request, f"{thread_id}:{number}", now
        )
        if made != f"{thread_id}:{number}":
            return await store.get_message(connection, tenant, thread_id, int(made.rpartition(":")[2]))
        thread.check_writes()
        await relations.check_reaches(connection, actor, thread.other.member_id)
        await brakes.take(wiring, actor, limits.MESSAGES, _DETAIL)
        return await _write(connection, actor, wiring, thread, body)


async def _write(connection: AsyncConnection, actor: Actor, wiring: Wiring, thread: Thread, body: str) -> Message:
    tenant, now = tenant_of(actor), wiring.clock.now()
    message = Message(
        thread_id=thread.id,
        number=thread.last_number + 1,
        author_id=actor.subject_id,
        body=body,
        html=rendering.render(body),
        create_time=now,
    )
    await store.add_message(connection, tenant, message)
    other, key = ids.to_uuid(thread.other.member_id, "mem"), ids.to_uuid(thread.id, "thr")
    deaf = await notice_store.list_deaf(connection, tenant, [other], ids.to_uuid(actor.subject_id, "mem"), [key])
    if not deaf:
        mode, _ = await notice_store.get_settings(connection, tenant, thread.other.member_id)
        await notice_store.forget_unread_of_thread(connection, tenant, key, other)
        await notice_store.add_notifications(connection, tenant, {other: MESSAGE}, {other: mode}, now, thread_id=key)
        await notices.mail_later(connection, wiring, actor.tenant_id, {mode}, ids.new_id("ntf"), now)
    return message


async def answer_contact(actor: Actor, wiring: Wiring, thread_id: str, answer: int) -> Thread:
    """Accepts a request, declines it, or blocks whoever asked; what was accepted can be declined later."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        thread = await store.get_thread(connection, tenant, actor.subject_id, thread_id, lock=True)
        thread.check_answers()
        await store.save_state(connection, tenant, thread_id, OPEN if answer == ACCEPT else DECLINED)
        if answer == BLOCK and thread.other.member_id:
            await relation_store.save_relation(
                connection, tenant, actor.subject_id, thread.other.member_id, BLOCKED, now
            )
        return await store.get_thread(connection, tenant, actor.subject_id, thread_id)


async def list_threads(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Thread], str]:
    """Returns a page of the caller's threads, the latest message first."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListThreads", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_threads(connection, tenant_of(actor), actor.subject_id, before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.latest_id,))


async def list_messages(
    actor: Actor, wiring: Wiring, thread_id: str, before: int, size: int
) -> tuple[Thread, list[Message], int]:
    """Returns a thread, a page of its messages in their order, and before which the next page ends."""
    limit, tenant = page_size(size, default=50, maximum=200), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        thread = await store.get_thread(connection, tenant, actor.subject_id, thread_id)
        found = await store.list_messages(connection, tenant, thread_id, before, limit + 1)
        if found:
            await store.mark_read(connection, tenant, actor.subject_id, thread_id, found[0].number)
        page = found[:limit]
        numbers = [each.number for each in page]
        reported = await store.list_reported(connection, tenant, thread_id, numbers, actor.subject_id)
        readings = await store.list_readings(connection, tenant, thread_id, numbers, actor.subject_id)
    told = [
        replace(
            each,
            is_reported=each.number in reported,
            readings=[one for one in readings if one.number == each.number],
        )
        for each in page[::-1]
    ]
    return thread, told, page[-1].number if len(found) > limit else 0


async def delete_message(actor: Actor, wiring: Wiring, thread_id: str, number: int) -> None:
    """Takes the caller's own message away, for both; this needs no terms."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        await store.get_thread(connection, tenant, actor.subject_id, thread_id)
        await store.empty_message(connection, tenant, thread_id, number, actor.subject_id)
