"""Compares the database as it is with what the services declare: a table or a column that nobody declared is found.

Export, erasure and the data map are derived from the declared tables, so that a column which only the database knows
would be held about people and shown to nobody. The build fails on one; so does a declared column that says nothing of
what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.privacy.subjects.coverage import uncovered_columns

#: Tables that no service declares, by name in any schema, and why they hold nothing of anybody's.
EXCLUDED = {"migration": "which migrations ran; the migrating tool keeps it, and it names nobody"}

_COLUMNS = text(
    """
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS column
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname <> 'information_schema'
      -- What an extension brings along is the extension's.
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2, a.attnum
    """
)


@dataclass(frozen=True, slots=True, order=True)
class LiveColumn:
    """A column that the database has: of a table, a view or a foreign table, in any schema."""

    schema: str
    table: str
    column: str


async def live_columns(connection: AsyncConnection) -> list[LiveColumn]:
    """Returns every column of the database that is not the database's own."""
    rows = await connection.execute(_COLUMNS)
    return [LiveColumn(row.schema, row.table, row.column) for row in rows]


def undeclared(live: Iterable[LiveColumn], declared: Iterable[MetaData]) -> list[str]:
    """Returns what the database has and no service declares, and what is declared without saying what it holds."""
    services = list(declared)
    tables = {table.fullname: table for metadata in services for table in metadata.tables.values()}
    schemas = {str(metadata.schema) for metadata in services}
    found: dict[str, None] = {}
    for each in live:
        name = f"{each.schema}.{each.table}"
        table = tables.get(name)
        if table is None:
            if not (each.schema in schemas and each.table in EXCLUDED):
                found[f"{name}: a table that no service declares"] = None
        elif each.column not in table.columns:
            found[f"{name}.{each.column}: a column that no service declares"] = None
    return [*found, *(complaint for metadata in services for complaint in uncovered_columns(metadata))]
