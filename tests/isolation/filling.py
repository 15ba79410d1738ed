"""Gives a tenant of the walks a row in every table in which it has none."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from kernel import ids
from kernel.config import SERVICES

# What stands in a column of a row that SQL makes.
_FILLINGS = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "integer": "1",
    "bigint": "1",
    "timestamp with time zone": "now() + interval '1 year'",
    "bytea": "'\\x00'::bytea",
    "jsonb": "'{}'::jsonb",
    "ARRAY": "'{}'",
    "boolean": "true",
    "date": "current_date",
}

TENANT_TABLES = """
SELECT c.table_schema || '.' || c.table_name AS name
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' AND c.table_schema = ANY ($1) ORDER BY 1
"""


async def tenant_tables(owner: asyncpg.Connection[asyncpg.Record], schemas: tuple[str, ...]) -> list[str]:
    """Returns every table with rows of tenants in some schemas."""
    return [row["name"] for row in await owner.fetch(TENANT_TABLES, list(schemas))]


async def fill_empty_tables(owner_url: str, tenant_id: str) -> None:
    """Adds a row to every table in which a tenant has none, about the first row of each table that it points to."""
    key = ids.to_uuid(tenant_id, "ten")
    owner = await asyncpg.connect(owner_url)
    try:
        left, before = await tenant_tables(owner, SERVICES), list[str]()
        while left != before:
            left, before = [table for table in left if not await _filled(owner, table, key)], left
        assert not left, f"nothing can be added to {left}"
    finally:
        await owner.close()


async def _filled(owner: asyncpg.Connection[asyncpg.Record], table: str, key: UUID) -> bool:
    """Says whether a tenant has a row in a table; adds one where there is what it points to."""
    if await owner.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", key):
        return True
    columns = await _columns(owner, table)
    names, values = ", ".join(columns), ", ".join(columns.values())
    try:
        await owner.execute(f"INSERT INTO {table} (tenant_id, {names}) VALUES ($1, {values})", key)
    except (asyncpg.ForeignKeyViolationError, asyncpg.NotNullViolationError):
        return False
    return True


_POINTING = """
SELECT a.attname AS name, f.confrelid::regclass::text AS target, b.attname AS of_target
FROM pg_constraint f, unnest(f.conkey, f.confkey) AS pair (ours, theirs), pg_attribute a, pg_attribute b
WHERE f.contype = 'f' AND f.conrelid = $1::text::regclass AND a.attrelid = f.conrelid AND a.attnum = pair.ours
  AND b.attrelid = f.confrelid AND b.attnum = pair.theirs AND a.attname <> 'tenant_id'
"""


async def _columns(owner: asyncpg.Connection[asyncpg.Record], table: str) -> dict[str, str]:
    schema, name = table.split(".")
    rows = await owner.fetch(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = $2 AND column_name <> 'tenant_id' AND column_default IS NULL",
        schema,
        name,
    )
    pointing = {
        row["name"]: f"(SELECT {row['of_target']} FROM {row['target']} WHERE tenant_id = $1 ORDER BY ctid LIMIT 1)"
        for row in await owner.fetch(_POINTING, table)
    }
    return {row["column_name"]: _FILLINGS[row["data_type"]] for row in rows} | pointing
