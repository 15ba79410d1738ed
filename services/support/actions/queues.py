"""Keeps the tenant's queues, tags and own fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.exc import IntegrityError

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from services.support.actions.seeing import visible_queues
from services.support.actions.wiring import Wiring, tenant_of
from services.support.domain import queues as domain
from services.support.domain.queues import Field, NameTaken, Queue, Tag
from services.support.domain.requests import line_of
from services.support.domain.tickets import check_etag
from services.support.store import queues as store


class FirstQueue(FailedPrecondition):
    """The queue in which everything begins."""

    def __init__(self) -> None:
        """Says why it stays."""
        super().__init__("FIRST_QUEUE", "New tickets begin in this queue. It stays; nothing was changed.")


async def create_queue(actor: Actor, wiring: Wiring, made: Queue, request_id: str, request: Message) -> Queue:
    """Makes a queue; a retry returns the first one."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    await wiring.peers.check_agents(actor.tenant_id, _people(made.member_ids))
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateQueue", request_id, request, str(made.id), now
            )
            if claimed != str(made.id):
                return await store.get_queue(connection, tenant, UUID(claimed))
            first = Queue(id=ids.new_uuid(), label="Support", create_time=now)
            if made.label != first.label:
                await store.first_queue_id(connection, tenant, first)
            if await store.count_queues(connection, tenant) >= domain.MOST_QUEUES:
                raise domain.too_many("queues")
            await store.add_queue(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def list_queues(actor: Actor, wiring: Wiring) -> list[Queue]:
    """Returns the queues that the caller sees; whoever sets them up sees all. The first one is made where none is."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.first_queue_id(connection, tenant, Queue(id=ids.new_uuid(), label="Support", create_time=now))
        found = await store.list_queues(connection, tenant)
        if actor.has(access_pb2.CALLER_ADMIN):
            return found
        seen = set(await visible_queues(connection, actor))
    return [each for each in found if each.id in seen]


async def update_queue(actor: Actor, wiring: Wiring, changed: Queue, etag: str) -> Queue:
    """Replaces what a queue is."""
    tenant = tenant_of(actor)
    await wiring.peers.check_agents(actor.tenant_id, _people(changed.member_ids))
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_queue(connection, tenant, changed.id, lock=True)
            check_etag(etag, current.revision)
            first = (await store.list_queues(connection, tenant))[0]
            if changed.is_retired and first.id == current.id:
                raise FirstQueue
            changed = replace(changed, revision=current.revision + 1, create_time=current.create_time)
            await store.save_queue(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed


def _people(member_ids: Sequence[UUID]) -> list[str]:
    return [ids.from_uuid("stf", each) for each in member_ids]


async def create_tag(actor: Actor, wiring: Wiring, word: str, request_id: str, request: Message) -> Tag:
    """Adds a word to the tenant's list."""
    tenant, made = tenant_of(actor), Tag(id=ids.new_uuid(), word=line_of(word))
    if not made.word:
        raise domain.FieldValueWrong
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateTicketTag", request_id, request, str(made.id), wiring.clock.now()
            )
            if claimed != str(made.id):
                return await store.get_tag(connection, tenant, UUID(claimed))
            if len(await store.list_tags(connection, tenant)) >= domain.MOST_TAGS:
                raise domain.too_many("tags")
            await store.add_tag(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def list_tags(actor: Actor, wiring: Wiring) -> list[Tag]:
    """Returns all tags."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_tags(connection, tenant_of(actor))


async def update_tag(actor: Actor, wiring: Wiring, tag_id: UUID, word: str, *, is_retired: bool) -> Tag:
    """Changes a tag's word, or retires it."""
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_tag(connection, tenant, tag_id)
            changed = replace(current, word=line_of(word) or current.word, is_retired=is_retired)
            await store.save_tag(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed


async def create_field(actor: Actor, wiring: Wiring, made: Field, request_id: str, request: Message) -> Field:
    """Makes a field of the tenant's own."""
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateField", request_id, request, str(made.id), wiring.clock.now()
            )
            if claimed != str(made.id):
                return await store.get_field(connection, tenant, UUID(claimed))
            if len(await store.list_fields(connection, tenant)) >= domain.MOST_FIELDS:
                raise domain.too_many("fields")
            await store.add_field(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def list_fields(actor: Actor, wiring: Wiring) -> list[Field]:
    """Returns the tenant's own fields."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_fields(connection, tenant_of(actor))


async def update_field(actor: Actor, wiring: Wiring, changed: Field, etag: str) -> Field:
    """Replaces what a field is; its kind stays."""
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_field(connection, tenant, changed.id, lock=True)
            check_etag(etag, current.revision)
            changed = replace(changed, kind=current.kind, revision=current.revision + 1)
            await store.save_field(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed
