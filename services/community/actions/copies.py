"""Writes what is kept about a member, with the bytes of their files, into one archive while it is being sent."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from kernel import ids
from kernel.errors import NotFound
from kernel.files.archives import Sink, name_of
from kernel.identity import Actor
from services.community.actions.leaving import export_account
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain.files import Attachment
from services.community.store import attachments as store

RECORDS = "community-account.ndjson"
#: A piece is sent as soon as so much is ready.
_PIECE_BYTES, _PAGE = 128 * 1024, 100


async def export_archive(actor: Actor, wiring: Wiring) -> AsyncIterator[bytes]:
    """Yields the archive, a piece at a time; it stands nowhere as a whole."""
    sink, made = Sink(), wiring.clock.now()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        entry = _entry(RECORDS, made)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as file:
            async for lines in export_account(actor, wiring):
                # Compressing a page takes longer than the loop may stand still.
                await asyncio.to_thread(file.write, lines)
                if ready := sink.take(_PIECE_BYTES):
                    yield ready
        async for each in _files(actor, wiring):
            try:
                content = await wiring.files.get(actor.tenant_id, each.file_key)
            except NotFound:
                # It went while the copy was being made; its record says that there was one.
                continue
            with archive.open(_entry(name_of(each.id, each.filename), made), "w", force_zip64=True) as file:
                async for chunk in content.chunks:
                    await asyncio.to_thread(file.write, chunk)
                    if ready := sink.take(_PIECE_BYTES):
                        yield ready
    if ready := sink.take():
        yield ready


async def _files(actor: Actor, wiring: Wiring) -> AsyncIterator[Attachment]:
    """Yields the member's files that were passed, a page at a time; a session that ended meanwhile ends it."""
    after: UUID | None = None
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            await standing_of(connection, actor, wiring)
            page = await store.list_passed(connection, tenant_of(actor), actor.subject_id, after, _PAGE)
        for each in page:
            yield each
        if len(page) < _PAGE:
            return
        after = ids.to_uuid(page[-1].id, "pfl")


def _entry(name: str, made: datetime) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, made.astimezone(UTC).timetuple()[:6])
