"""Writes rows and reads pages of them, the same way for every table of identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    Table,
    insert,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import Bound, NameTaken


async def insert_row(connection: AsyncConnection, table: Table, values: Mapping[str, Any], unique: str = "") -> None:
    """Adds a row; where another one has the value of the `unique` column, raises NameTaken."""
    try:
        async with connection.begin_nested():
            await connection.execute(insert(table).values(values))
    except IntegrityError as error:
        if unique and getattr(error.orig, "sqlstate", "") == "23505":
            raise NameTaken(unique) from None
        raise


def by_name(
    table: Table, tenant_id: UUID, after: Sequence[Any] | None, limit: int, query: Select[Any] | None = None
) -> Select[Any]:
    """Returns the query for a page of a tenant's rows by name, after a (name, id)."""
    c = table.c
    page = (select(table) if query is None else query).where(c.tenant_id == tenant_id)
    if after is not None:
        page = page.where(tuple_(c.display_name, c.id) > tuple_(after[0], UUID(after[1])))
    return page.order_by(c.display_name, c.id).limit(limit)


def bound_of(row: Row[Any]) -> Bound:
    """Reads whom and what a row is bound to."""
    return Bound(
        visitor_id=ids.from_uuid("vis", row.visitor_id),
        conversation_id=ids.from_uuid("cnv", row.conversation_id),
        site_id=ids.from_uuid("sit", row.site_id),
    )


def bound_values(bound: Bound) -> dict[str, UUID]:
    """Writes whom and what a row is bound to."""
    return {
        "visitor_id": ids.to_uuid(bound.visitor_id, "vis"),
        "conversation_id": ids.to_uuid(bound.conversation_id, "cnv"),
        "site_id": ids.to_uuid(bound.site_id, "sit"),
    }
