"""Reads and writes the records of the files that members put into their posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.files import PENDING, READY, Attachment, no_such_attachment
from services.community.store.tables import attachments

_a = attachments.c


async def add_attachment(connection: AsyncConnection, tenant_id: UUID, attachment: Attachment) -> None:
    """Adds a file's record, which waits for a post."""
    await connection.execute(
        insert(attachments).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(attachment.id, "pfl"),
            author_id=ids.to_uuid(attachment.author_id, "mem"),
            filename=attachment.filename,
            media_type=attachment.media_type,
            size=attachment.size,
            state=attachment.state,
            reason=attachment.reason,
            width=attachment.width,
            height=attachment.height,
            file_key=attachment.file_key,
            create_time=attachment.create_time,
            wait_time=attachment.create_time,
        )
    )


async def find_attachment(
    connection: AsyncConnection, tenant_id: UUID, attachment_id: UUID, *, lock: bool = False
) -> Attachment | None:
    """Returns a file's record; `lock` holds it until the transaction ends."""
    query = select(attachments).where(_a.tenant_id == tenant_id, _a.id == attachment_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _attachment(row)


async def list_waiting(connection: AsyncConnection, tenant_id: UUID, member_id: str, limit: int) -> list[Attachment]:
    """Returns a member's files that no post carries yet, the first one first."""
    query = (
        select(attachments)
        .where(_a.tenant_id == tenant_id, _a.author_id == ids.to_uuid(member_id, "mem"), _a.post_id.is_(None))
        .order_by(_a.id)
        .limit(limit)
    )
    return [_attachment(row) for row in await connection.execute(query)]


async def list_passed(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, after: UUID | None, limit: int
) -> list[Attachment]:
    """Returns a page of a member's files that can be read, in posts or not, in the order of their ids."""
    query = (
        select(attachments)
        .where(_a.tenant_id == tenant_id, _a.author_id == ids.to_uuid(member_id, "mem"), _a.state == READY)
        .order_by(_a.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(_a.id > after)
    return [_attachment(row) for row in await connection.execute(query)]


async def find_own(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, attachment_ids: Sequence[str]
) -> list[Attachment]:
    """Returns files of a member that wait for a post, and holds them; raises NotFound where one is not there."""
    keys = {ids.to_uuid(each, "pfl") for each in attachment_ids}
    query = (
        select(attachments)
        .where(
            _a.tenant_id == tenant_id,
            _a.id.in_(keys),
            _a.author_id == ids.to_uuid(member_id, "mem"),
            _a.post_id.is_(None),
            _a.state.in_((PENDING, READY)),
        )
        .order_by(_a.id)
        .with_for_update()
    )
    found = [_attachment(row) for row in await connection.execute(query)]
    if len(found) != len(keys):
        raise no_such_attachment()
    return found


async def carry(connection: AsyncConnection, tenant_id: UUID, post_id: str, attachment_ids: Sequence[str]) -> None:
    """Says of files that a post carries them."""
    at = (_a.tenant_id == tenant_id, _a.id.in_([ids.to_uuid(each, "pfl") for each in attachment_ids]))
    values = {"post_id": ids.to_uuid(post_id, "pst"), "wait_time": None}
    await connection.execute(update(attachments).where(*at).values(**values))


async def save_attachment(connection: AsyncConnection, tenant_id: UUID, attachment_id: UUID, **values: object) -> None:
    """Writes values of a file's record."""
    at = (_a.tenant_id == tenant_id, _a.id == attachment_id)
    await connection.execute(update(attachments).where(*at).values(**values))


async def delete_attachment(connection: AsyncConnection, tenant_id: UUID, attachment_id: str) -> None:
    """Removes a file's record, and with it the bytes."""
    at = (_a.tenant_id == tenant_id, _a.id == ids.to_uuid(attachment_id, "pfl"))
    await connection.execute(delete(attachments).where(*at))


async def drop_from_post(
    connection: AsyncConnection, tenant_id: UUID, post_id: str, attachment_ids: Sequence[str]
) -> None:
    """Removes files of a post, and with them the bytes; raises NotFound where the post does not carry one."""
    keys = {ids.to_uuid(each, "pfl") for each in attachment_ids}
    at = (_a.tenant_id == tenant_id, _a.post_id == ids.to_uuid(post_id, "pst"), _a.id.in_(keys))
    if (await connection.execute(delete(attachments).where(*at))).rowcount != len(keys):
        raise no_such_attachment()


async def delete_of_post(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> None:
    """Removes the files of a post."""
    at = (_a.tenant_id == tenant_id, _a.post_id == ids.to_uuid(post_id, "pst"))
    await connection.execute(delete(attachments).where(*at))


async def of_posts(
    connection: AsyncConnection, tenant_id: UUID, post_ids: Sequence[UUID]
) -> dict[UUID, list[Attachment]]:
    """Returns the files of posts, by post."""
    found: dict[UUID, list[Attachment]] = {}
    query = select(attachments).where(_a.tenant_id == tenant_id, _a.post_id.in_(post_ids)).order_by(_a.id)
    for row in await connection.execute(query):
        found.setdefault(row.post_id, []).append(_attachment(row))
    return found


async def of_post(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> list[Attachment]:
    """Returns the files of a post."""
    key = ids.to_uuid(post_id, "pst")
    return (await of_posts(connection, tenant_id, [key])).get(key, [])


async def used(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> tuple[int, int]:
    """Returns how many files of a member wait for a post, and how many bytes all of the tenant's have."""
    own = (_a.tenant_id == tenant_id, _a.author_id == ids.to_uuid(member_id, "mem"), _a.post_id.is_(None))
    query = select(
        select(func.count()).select_from(attachments).where(*own).scalar_subquery(),
        select(func.coalesce(func.sum(_a.size), 0)).where(_a.tenant_id == tenant_id).scalar_subquery(),
    )
    count, together = (await connection.execute(query)).one()
    return int(count), int(together)


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(
        id=ids.from_uuid("pfl", row.id),
        author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
        post_id="" if row.post_id is None else ids.from_uuid("pst", row.post_id),
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        state=row.state,
        file_key=row.file_key,
        create_time=row.create_time,
        reason=row.reason,
        width=row.width,
        height=row.height,
    )
