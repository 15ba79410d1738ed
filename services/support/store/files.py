"""Reads and writes the records of files: those of tickets, and those that wait for a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.domain.files import REFUSED, TicketFile, WaitingFile
from services.support.store.tables import files, waiting_files

_f, _w = files.c, waiting_files.c
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_FILE = [each for each in _f if each.name != "tenant_id"]
_WAITING = [each for each in _w if each.name != "tenant_id"]


async def add_files(connection: AsyncConnection, tenant_id: UUID, made: Sequence[TicketFile]) -> None:
    """Adds files to tickets."""
    if made:
        await connection.execute(insert(files), [{"tenant_id": tenant_id, **asdict(each)} for each in made])


async def add_waiting(connection: AsyncConnection, tenant_id: UUID, made: WaitingFile) -> None:
    """Adds a file that waits for a request."""
    await connection.execute(insert(waiting_files).values(tenant_id=tenant_id, **asdict(made)))


async def take_waiting(connection: AsyncConnection, tenant_id: UUID, file_ids: Sequence[UUID]) -> list[WaitingFile]:
    """Takes files away from those that wait, and returns those that were there."""
    found = await connection.execute(
        delete(waiting_files).where(_w.tenant_id == tenant_id, _w.id.in_(file_ids)).returning(*_WAITING)
    )
    return [WaitingFile(**row._mapping) for row in found]


async def find_file(
    connection: AsyncConnection, tenant_id: UUID, file_id: UUID, *, lock: bool = False
) -> TicketFile | None:
    """Returns a file's record; `lock` holds it until the transaction ends."""
    query = select(*_FILE).where(_f.tenant_id == tenant_id, _f.id == file_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else TicketFile(**row._mapping)


async def list_files(
    connection: AsyncConnection, tenant_id: UUID, ticket_ids: Sequence[UUID], limit: int
) -> list[TicketFile]:
    """Returns the files of some tickets, the first one first."""
    query = (
        select(*_FILE)
        .where(_f.tenant_id == tenant_id, _f.ticket_id.in_(ticket_ids))
        .order_by(_f.create_time, _f.id)
        .limit(limit)
    )
    return [TicketFile(**row._mapping) for row in await connection.execute(query)]


async def count_in_entries(connection: AsyncConnection, tenant_id: UUID, entry_ids: Sequence[UUID]) -> int:
    """Returns how many files came with some entries."""
    query = select(func.count()).where(_f.tenant_id == tenant_id, _f.entry_id.in_(entry_ids))
    return int((await connection.execute(query)).scalar_one())


async def put_into_entry(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, entry_id: UUID, file_ids: Sequence[UUID]
) -> int:
    """Lets files of a ticket go with an entry, and returns of how many that is so: of those that go with none yet."""
    done = await connection.execute(
        update(files)
        .where(
            _f.tenant_id == tenant_id,
            _f.ticket_id == ticket_id,
            _f.id.in_(file_ids),
            _f.entry_id.is_(None),
            _f.state != REFUSED,
        )
        .values(entry_id=entry_id)
    )
    return done.rowcount


async def take_out_of_entry(connection: AsyncConnection, tenant_id: UUID, entry_id: UUID) -> None:
    """Gives the files of an entry back to whoever was writing it."""
    await connection.execute(
        update(files).where(_f.tenant_id == tenant_id, _f.entry_id == entry_id).values(entry_id=None)
    )


async def remove_loose(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, file_id: UUID, staff_id: UUID
) -> None:
    """Removes somebody's file that goes with no entry, where there is one."""
    await connection.execute(
        delete(files).where(
            _f.tenant_id == tenant_id,
            _f.ticket_id == ticket_id,
            _f.id == file_id,
            _f.staff_id == staff_id,
            _f.entry_id.is_(None),
        )
    )


async def save_examined(connection: AsyncConnection, tenant_id: UUID, after: TicketFile) -> None:
    """Writes what became of a file."""
    await connection.execute(
        update(files)
        .where(_f.tenant_id == tenant_id, _f.id == after.id)
        .values(
            state=after.state,
            reason=after.reason,
            media_type=after.media_type,
            size=after.size,
            width=after.width,
            height=after.height,
        )
    )


async def used_bytes(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID) -> tuple[int, int, int]:
    """Returns how many files a ticket has and how many bytes, and how many bytes all of the company's have."""
    own = (_f.tenant_id == tenant_id, _f.ticket_id == ticket_id)
    query = select(
        select(func.count()).select_from(files).where(*own).scalar_subquery(),
        select(func.coalesce(func.sum(_f.size), 0)).where(*own).scalar_subquery(),
        select(func.coalesce(func.sum(_f.size), 0)).where(_f.tenant_id == tenant_id).scalar_subquery(),
    )
    count, together, of_tenant = (await connection.execute(query)).one()
    return int(count), int(together), int(of_tenant)


async def lock_waiting(connection: AsyncConnection, tenant_id: UUID) -> None:
    """Lets files of one company that come in at once be counted one after the other."""
    await connection.execute(_TURN, {"key": f"waiting files {tenant_id}"})


async def waiting_bytes(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many bytes wait for a request."""
    query = select(func.coalesce(func.sum(_w.size), 0)).where(_w.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())
