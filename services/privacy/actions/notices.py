"""Publishes, shows and compares notices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message

from kernel import ids
from kernel.identity import Actor
from kernel.privacy.retention import TRANSCRIPT_DAYS
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.notices import (
    Notice,
    NoticeChange,
    Question,
    Reminder,
    change_since,
    is_material,
    no_such_notice,
    not_one_site,
    owed,
)
from services.privacy.domain.texts import TextChange, check_said, diff
from services.privacy.store import notices as store

#: Of the changes since a version that somebody knows, so many are told, the latest ones.
CHANGES_TOLD = 50


async def publish_notice(actor: Actor, wiring: Wiring, notice: Notice, request_id: str, request: Message) -> Notice:
    """Publishes a version, which is in force from now on, and returns it with its number."""
    check_said(text=notice.text, **{f"questions.{each.number}.label": each.label for each in notice.questions})
    await wiring.peers.check_site(actor.tenant_id, notice.site_id)
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    days = await wiring.settings.get(actor.tenant_id, TRANSCRIPT_DAYS)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.lock_site(connection, tenant_id, notice.site_id)
        made = await wiring.idempotency.claim(
            connection, actor, "PublishNotice", request_id, request, notice.id, notice.effective_time
        )
        if made != notice.id:
            return await store.get_notice(connection, tenant_id, made)
        earlier = await store.find_current_notice(connection, tenant_id, notice.site_id)
        published = replace(
            notice,
            version=1 if earlier is None else earlier.version + 1,
            material=is_material(notice, earlier),
            transcript_days=days,
        )
        await store.add_notice(connection, tenant_id, published)
        await wiring.retention.schedule(connection, actor.tenant_id, notice.effective_time)
    return published


async def get_notice(actor: Actor, wiring: Wiring, notice_id: str) -> Notice:
    """Returns a version of one of the tenant's notices."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_notice(connection, ids.to_uuid(actor.tenant_id, "ten"), notice_id)


async def get_current_notice(
    actor: Actor, wiring: Wiring, site_id: str, known_id: str
) -> tuple[Notice, NoticeChange | None]:
    """Returns the version that is in force on a site, and what has changed since a version that the caller knows."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.find_current_notice(connection, tenant_id, site_id)
        if current is None:
            raise no_such_notice()
        if known_id in ("", current.id):
            return current, None
        known = await store.get_notice(connection, tenant_id, known_id)
        if known.site_id != current.site_id:
            raise no_such_notice()
        return current, change_since(known, await store.list_later(connection, tenant_id, known, CHANGES_TOLD))


async def list_notices(actor: Actor, wiring: Wiring, site_id: str, size: int, token: str) -> tuple[list[Notice], str]:
    """Returns a page of a site's versions, newest first, and the next page's token."""
    limit, scope = page_size(size, default=20, maximum=100), (actor.tenant_id, "ListNotices", site_id)
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_notices(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            site_id,
            None if position is None else int(position[0]),
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda notice: (notice.version,))


async def diff_notices(
    actor: Actor, wiring: Wiring, from_id: str, to_id: str
) -> tuple[Notice, Notice, list[TextChange]]:
    """Returns two versions of one site's notice and what differs between their texts."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        earlier = await store.get_notice(connection, tenant_id, from_id)
        later = await store.get_notice(connection, tenant_id, to_id)
    if earlier.site_id != later.site_id:
        raise not_one_site()
    return earlier, later, await asyncio.to_thread(diff, earlier.text, later.text)


async def preview_notice(
    actor: Actor, wiring: Wiring, site_id: str, text: str, questions: Sequence[Question]
) -> tuple[Notice | None, list[TextChange], bool]:
    """Returns the version in force, how a draft's text differs from it, and whether the draft asks other things."""
    await wiring.peers.check_site(actor.tenant_id, site_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.find_current_notice(connection, ids.to_uuid(actor.tenant_id, "ten"), site_id)
    changes = await asyncio.to_thread(diff, current.text if current is not None else "", text)
    return current, changes, tuple(questions) != (current.questions if current is not None else ())


async def list_reminders(actor: Actor, wiring: Wiring) -> list[Reminder]:
    """Returns what the tenant still owes the people who come to its sites; nothing of it goes until it is done."""
    site_ids = sorted(await wiring.peers.list_sites(actor.tenant_id))
    days = await wiring.settings.get(actor.tenant_id, TRANSCRIPT_DAYS)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.current_notices(connection, ids.to_uuid(actor.tenant_id, "ten"), site_ids)
    return [reminder for site_id in site_ids for reminder in owed(site_id, current.get(site_id), days)]
