"""Keeps the texts that operators say often."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.exc import IntegrityError

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import desk
from services.chat.domain.desk import CannedReply
from services.chat.store import canned_replies as store


async def create_canned_reply(
    actor: Actor,
    wiring: Wiring,
    shortcut: str,
    language: str,
    template: str,
    request_id: str,
    request: Message,
    *,
    personal: bool,
) -> CannedReply:
    """Adds a text, the caller's own or the tenant's; a retry returns the first one."""
    viewer = viewer_of(actor)
    if not personal:
        desk.check_leads(viewer)
    reply = CannedReply(
        tenant_id=tenant_of(actor),
        id=ids.new_uuid(),
        owner_id=viewer.staff_id if personal else None,
        shortcut=shortcut,
        language=language,
        template=desk.check_template(template),
        revision=1,
        create_time=wiring.clock.now(),
    )
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            made = await wiring.idempotency.claim(
                connection, actor, "CreateCannedReply", request_id, request, str(reply.id), reply.create_time
            )
            if made != str(reply.id):
                return desk.check_owner(viewer, await store.find_reply(connection, reply.tenant_id, UUID(made)))
            if await store.count_replies(connection, reply.tenant_id) >= desk.MOST_REPLIES:
                raise desk.too_many("canned replies")
            await store.add_reply(connection, reply)
    except IntegrityError:
        raise desk.ShortcutTaken from None
    return reply


async def list_canned_replies(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[CannedReply], str]:
    """Returns a page of the tenant's texts and the caller's own, and the next page's token."""
    limit, scope = page_size(size, default=200, maximum=200), (actor.tenant_id, actor.subject_id, "canned replies")
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_replies(
            connection,
            tenant_of(actor),
            viewer_of(actor).staff_id,
            None if position is None else UUID(str(position[0])),
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))


async def update_canned_reply(
    actor: Actor, wiring: Wiring, reply_id: UUID, shortcut: str, language: str, template: str, etag: str
) -> CannedReply:
    """Changes a text."""
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = desk.check_owner(
                viewer_of(actor), await store.find_reply(connection, tenant_of(actor), reply_id, lock=True)
            )
            desk.check_etag(etag, current.revision)
            changed = replace(
                current,
                shortcut=shortcut,
                language=language,
                template=desk.check_template(template),
                revision=current.revision + 1,
            )
            await store.save_reply(connection, changed)
    except IntegrityError:
        raise desk.ShortcutTaken from None
    return changed


async def delete_canned_reply(actor: Actor, wiring: Wiring, reply_id: UUID) -> None:
    """Deletes a text; one that is not there, or is somebody else's own, is nothing to delete."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_reply(connection, tenant_of(actor), reply_id, lock=True)
        try:
            reply = desk.check_owner(viewer_of(actor), found)
        except desk.ReplyMissing:
            return
        await store.delete_reply(connection, reply)
