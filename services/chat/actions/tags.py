"""Keeps a tenant's tags, and puts them on conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.exc import IntegrityError

from kernel import ids
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.sealed import covered
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, desk
from services.chat.domain.desk import Tag
from services.chat.store import tags as store


async def create_tag(actor: Actor, wiring: Wiring, word: str, colour: str, request_id: str, request: Message) -> Tag:
    """Adds a tag to the tenant's list; a retry returns the first one."""
    tag = Tag(
        tenant_id=tenant_of(actor),
        id=ids.new_uuid(),
        word=desk.check_text("word", word),
        colour=colour,
        retired=False,
        revision=1,
        create_time=wiring.clock.now(),
    )
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            made = await wiring.idempotency.claim(
                connection, actor, "CreateTag", request_id, request, str(tag.id), tag.create_time
            )
            if made != str(tag.id):
                found = await store.find_tag(connection, tag.tenant_id, UUID(made))
                if found is None:
                    raise desk.TagMissing
                return found
            if await store.count_tags(connection, tag.tenant_id) >= desk.MOST_TAGS:
                raise desk.too_many("tags")
            if await store.is_taken(connection, tag.tenant_id, tag.word, tag.id):
                raise desk.WordTaken
            await store.add_tag(connection, tag)
    except IntegrityError:
        # Two at once: the index lets one of them in.
        raise desk.WordTaken from None
    return tag


async def list_tags(actor: Actor, wiring: Wiring) -> list[Tag]:
    """Returns the tenant's tags."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_tags(connection, tenant_of(actor))


async def update_tag(
    actor: Actor, wiring: Wiring, tag_id: UUID, word: str, colour: str, etag: str, *, retired: bool
) -> Tag:
    """Changes a tag, also where it stands on conversations."""
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.find_tag(connection, tenant_of(actor), tag_id, lock=True)
            if current is None:
                raise desk.TagMissing
            desk.check_etag(etag, current.revision)
            changed = replace(current, word=desk.check_text("word", word), colour=colour, retired=retired)
            if changed == current:
                return current
            if await store.is_taken(connection, current.tenant_id, changed.word, current.id):
                raise desk.WordTaken
            changed = replace(changed, revision=current.revision + 1)
            await store.save_tag(connection, changed)
    except IntegrityError:
        raise desk.WordTaken from None
    return changed


async def set_conversation_tags(
    actor: Actor, wiring: Wiring, conversation_id: UUID, tag_ids: Sequence[UUID]
) -> Conversation:
    """Says which tags a conversation has from now on; one that is retired stays where it is, and comes nowhere else."""
    kept = await wiring.kept_for(actor.tenant_id)
    viewer, tenant_id = viewer_of(actor), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        )
        found = await store.find_tags(connection, tenant_id, tag_ids)
        if len(found) != len(tag_ids):
            raise desk.TagMissing
        desk.check_tag(viewer, current)
        if any(tag.retired and tag.id not in current.tag_ids for tag in found.values()):
            raise desk.TagRetired
        changed = replace(current, tag_ids=list(tag_ids))
        if current.erase_time is None and list(current.tag_ids) != list(tag_ids):
            await store.put_tags(connection, tenant_id, current.id, [found[tag_id] for tag_id in tag_ids])
        (shown,) = await covered(connection, tenant_id, [changed], actor)
    wiring.hub.state_changed(tenant_id, [current.id])
    return shown
