"""Keeps what members have written and not posted, and says before it is posted what in it leads to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions.wiring import Wiring, access_space, access_topic, standing_of, tenant_of
from services.community.domain import contacts, files, texts
from services.community.domain.contacts import Found
from services.community.domain.drafts import Draft, check_place
from services.community.domain.files import Attachment
from services.community.domain.polls import Poll
from services.community.store import attachments as file_store
from services.community.store import drafts as store

TITLE, BODY, FILE = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What was found, where it stands, and the texts without it."""

    found: Sequence[tuple[int, Found, str]]
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What may be posted after its author chose what becomes of what leads to a person."""

    title: str
    body: str
    attachments: Sequence[Attachment]
    poll: Poll | None = None


async def save_draft(actor: Actor, wiring: Wiring, draft: Draft, etag: str) -> Draft:
    """Keeps a draft; this needs no terms, for nobody else sees it."""
    check_place(draft.space_id, draft.topic_id)
    texts.check_kept(title=draft.title, body=draft.body, tags=draft.tags)
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        await _see(connection, actor, draft.space_id, draft.topic_id)
        place = store.place_of(draft.space_id, draft.topic_id)
        there = await store.find_draft(connection, tenant, actor.subject_id, place, lock=True)
        if there is not None:
            there.check_etag(etag)
        return await store.save_draft(
            connection,
            tenant,
            replace(draft, author_id=actor.subject_id, id=ids.new_id("drf"), update_time=wiring.clock.now()),
        )


async def find_draft(actor: Actor, wiring: Wiring, space_id: str, topic_id: str) -> Draft | None:
    """Returns the caller's draft for a place, or None."""
    check_place(space_id, topic_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await _see(connection, actor, space_id, topic_id)
        place = store.place_of(space_id, topic_id)
        return await store.find_draft(connection, tenant_of(actor), actor.subject_id, place)


async def _see(connection: AsyncConnection, actor: Actor, space_id: str, topic_id: str) -> None:
    if topic_id:
        await access_topic(connection, actor, topic_id)
    else:
        await access_space(connection, actor, space_id)


async def list_drafts(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Draft], str]:
    """Returns a page of the caller's drafts, the newest first."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListDrafts", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else (datetime.fromisoformat(str(position[0])), UUID(str(position[1])))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_drafts(connection, tenant_of(actor), actor.subject_id, before, limit + 1)
    return wiring.pages.cut(
        scope, found, limit, lambda each: (each.update_time.isoformat(), str(ids.to_uuid(each.id, "drf")))
    )


async def delete_draft(actor: Actor, wiring: Wiring, draft_id: str) -> None:
    """Throws the caller's draft away."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_draft(connection, tenant_of(actor), actor.subject_id, draft_id)


async def review_draft(
    actor: Actor, wiring: Wiring, title: str, body: str, attachment_ids: Sequence[str], *, moves_to_ticket: bool
) -> Review:
    """Marks what in a text leads to a person; where it moves to a private ticket, that alone is kept."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        carried = await file_store.find_own(connection, tenant, actor.subject_id, attachment_ids)
        found = _found(title, body, carried)
        if moves_to_ticket:
            kinds = [each.kind for _, each, _ in found]
            await store.add_choices(connection, tenant, actor.subject_id, kinds, contacts.TICKET, now)
    return Review(found=found, title=contacts.without(title), body=contacts.without(body))


async def clear(
    connection: AsyncConnection,
    actor: Actor,
    wiring: Wiring,
    *,
    title: str = "",
    body: str,
    attachment_ids: Sequence[str] = (),
    poll: Poll | None = None,
    choice: int,
) -> Cleared:
    """Returns what may be posted: whatever leads to a person needs its author's choice, which is kept without it."""
    tenant = tenant_of(actor)
    carried = await file_store.find_own(connection, tenant, actor.subject_id, attachment_ids) if attachment_ids else []
    found = _found(title, body, carried)
    if poll is not None:
        found += [(BODY, each, "") for each in contacts.find(poll.words)]
    if not found:
        return Cleared(title=title, body=body, attachments=carried, poll=poll)
    if choice not in (contacts.MASK_IT, contacts.POST_ANYWAY):
        raise contacts.exposing()
    kinds = [each.kind for _, each, _ in found]
    await store.add_choices(connection, tenant, actor.subject_id, kinds, choice, wiring.clock.now())
    if choice == contacts.POST_ANYWAY:
        return Cleared(title=title, body=body, attachments=carried, poll=poll)
    for _, _, attachment_id in found:
        if attachment_id:
            (named,) = [each for each in carried if each.id == attachment_id]
            key, bare = ids.to_uuid(attachment_id, "pfl"), files.nameless(named.filename)
            await file_store.save_attachment(connection, tenant, key, filename=bare)
    masked = contacts.without(body)
    if body and not masked.replace(contacts.MASK, "").strip():
        raise InvalidArgument("POST_EMPTY", "Without what leads to a person, nothing is left. Nothing was posted.")
    left = None if poll is None else poll.said(contacts.without)
    return Cleared(title=contacts.without(title), body=masked, attachments=carried, poll=left)


def _found(title: str, body: str, carried: Sequence[Attachment]) -> list[tuple[int, Found, str]]:
    found = [(TITLE, each, "") for each in contacts.find(title)]
    found += [(BODY, each, "") for each in contacts.find(body)]
    return found + [
        (FILE, Found(0, len(each.filename), contacts.FILENAME), each.id)
        for each in carried
        if contacts.is_telling(each.filename)
    ]
