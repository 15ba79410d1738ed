"""Reads and writes macros and saved views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from parley.support.v1.ticket_pb2 import TicketFilter
from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from services.support.domain.changes import Asked
from services.support.store.tables import macros, saved_views

_m, _v = macros.c, saved_views.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """Several changes under one name."""

    id: UUID
    label: str
    steps: Sequence[Asked]
    is_fix: bool
    create_time: datetime
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A filter with its order."""

    id: UUID
    staff_id: UUID
    label: str
    filter: TicketFilter
    sort: int
    is_shared: bool
    #: What a line says, by numbers of the contract; none leaves it to each colleague.
    columns: tuple[int, ...] = ()
    revision: int = 1


def no_such_macro() -> NotFound:
    """Returns the one answer to a macro that does not exist."""
    return NotFound("MACRO_NOT_FOUND", "There is no such macro.")


def no_such_view() -> NotFound:
    """Returns the one answer to a view that does not exist, or is somebody else's own."""
    return NotFound("VIEW_NOT_FOUND", "There is no such view.")


def _macro(row: Row[Any]) -> Macro:
    return Macro(
        id=row.id,
        label=row.label,
        steps=[Asked(kind=kind, value=value, text=words) for kind, value, words in orjson.loads(row.steps)],
        is_fix=row.is_fix,
        create_time=row.create_time,
        revision=row.revision,
    )


def _steps(macro: Macro) -> str:
    return orjson.dumps([[each.kind, each.value, each.text] for each in macro.steps]).decode()


async def list_macros(connection: AsyncConnection, tenant_id: UUID) -> list[Macro]:
    """Returns all macros in the order of their names."""
    query = select(macros).where(_m.tenant_id == tenant_id).order_by(_m.label, _m.id)
    return [_macro(row) for row in await connection.execute(query)]


async def get_macro(connection: AsyncConnection, tenant_id: UUID, macro_id: UUID, *, lock: bool = False) -> Macro:
    """Returns a macro."""
    query = select(macros).where(_m.tenant_id == tenant_id, _m.id == macro_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_macro()
    return _macro(row)


async def count_macros(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many macros there are."""
    query = select(func.count()).select_from(macros).where(_m.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def add_macro(connection: AsyncConnection, tenant_id: UUID, macro: Macro) -> None:
    """Adds a macro; the index refuses a name that is taken."""
    await connection.execute(
        insert(macros).values(
            tenant_id=tenant_id,
            id=macro.id,
            label=macro.label,
            steps=_steps(macro),
            is_fix=macro.is_fix,
            revision=macro.revision,
            create_time=macro.create_time,
        )
    )


async def save_macro(connection: AsyncConnection, tenant_id: UUID, macro: Macro) -> None:
    """Writes a locked macro back."""
    await connection.execute(
        update(macros)
        .where(_m.tenant_id == tenant_id, _m.id == macro.id)
        .values(label=macro.label, steps=_steps(macro), revision=macro.revision)
    )


async def delete_macro(connection: AsyncConnection, tenant_id: UUID, macro_id: UUID) -> None:
    """Deletes a macro."""
    gone = await connection.execute(delete(macros).where(_m.tenant_id == tenant_id, _m.id == macro_id))
    if not gone.rowcount:
        raise no_such_macro()


def _view(row: Row[Any]) -> SavedView:
    return SavedView(
        id=row.id,
        staff_id=row.staff_id,
        label=row.label,
        filter=TicketFilter.FromString(row.filter),
        sort=row.sort,
        is_shared=row.is_shared,
        columns=tuple(map(int, row.columns.split())),
        revision=row.revision,
    )


def _view_values(view: SavedView) -> dict[str, Any]:
    return {
        "label": view.label,
        "filter": view.filter.SerializeToString(deterministic=True),
        "sort": view.sort,
        "is_shared": view.is_shared,
        "columns": " ".join(map(str, view.columns)),
        "revision": view.revision,
    }


async def list_views(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID) -> list[SavedView]:
    """Returns the shared views and somebody's own, the first made first."""
    mine = or_(_v.is_shared.is_(True), _v.staff_id == staff_id)
    query = select(saved_views).where(_v.tenant_id == tenant_id, mine).order_by(_v.id).limit(200)
    return [_view(row) for row in await connection.execute(query)]


async def find_view(
    connection: AsyncConnection, tenant_id: UUID, view_id: UUID, *, lock: bool = False
) -> SavedView | None:
    """Returns a view, or None."""
    query = select(saved_views).where(_v.tenant_id == tenant_id, _v.id == view_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _view(row)


async def add_view(connection: AsyncConnection, tenant_id: UUID, view: SavedView) -> None:
    """Adds a view."""
    await connection.execute(
        insert(saved_views).values(tenant_id=tenant_id, id=view.id, staff_id=view.staff_id, **_view_values(view))
    )


async def save_view(connection: AsyncConnection, tenant_id: UUID, view: SavedView) -> None:
    """Writes a locked view back."""
    at = (_v.tenant_id == tenant_id, _v.id == view.id)
    await connection.execute(update(saved_views).where(*at).values(**_view_values(view)))


async def delete_view(connection: AsyncConnection, tenant_id: UUID, view_id: UUID) -> None:
    """Deletes a view."""
    await connection.execute(delete(saved_views).where(_v.tenant_id == tenant_id, _v.id == view_id))
