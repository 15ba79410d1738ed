"""Marks the tables in which something was erased or purged, so that its bytes are cleared by the next rewrite.

A deleted row is invisible at once and stays on the disk until its table is written anew. The mark is made in the
transaction that erases, so that no erasure lasts without one; `kernel.storage.rewrite` reads them as the owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, insert, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncConnection


def table(metadata: MetaData) -> Table:
    """Returns the table of marks in a service's schema; it belongs to no tenant and holds nothing of anybody's."""
    name = f"{metadata.schema}.leftovers"
    if name in metadata.tables:
        return metadata.tables[name]
    return Table(
        "leftovers",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True, info={"field": "- the mark's own number"}),
        Column("table_name", Text, nullable=False, info={"field": "- a name of the schema's"}),
        Column(
            "transaction",
            BigInteger,
            nullable=False,
            server_default=text("(pg_current_xact_id()::text::bigint)"),
            info={"field": "- the number of the transaction that erased"},
        ),
        Column("time", TIMESTAMP(timezone=True), nullable=False, info={"field": "- when something was erased"}),
        info={"uncovered": "it says where something was erased, and not whose it was"},
    )


async def mark(connection: AsyncConnection, metadata: MetaData, tables: Iterable[str], now: datetime) -> None:
    """Notes, in the transaction that erased, the tables in which bytes are left."""
    rows = [{"table_name": name, "time": now} for name in sorted(set(tables))]
    if rows:
        await connection.execute(insert(table(metadata)).inline(), rows)
