"""Knows which rows are a tenant's, in every table of every service, and reads and writes them as JSON.

It is derived from the tables' declarations: whatever has a tenant is handed over. The database itself turns a row into
JSON and back, so that no type needs a rule of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from cli.archive import ArchiveError
from cli.dumps import Connection
from cli.services import METADATA
from cli.transfer.codes import COLUMN

ROWS_AT_ONCE = 500
#: What stays behind, and why.
LEFT_BEHIND: Mapping[str, str] = {
    "idempotency": "the memory of one day, under the key of the deployment that is left",
}
#: What a row gets anew where it arrives, by the table's name in every service's schema.
MADE_ANEW: Mapping[str, Sequence[str]] = {
    # An event takes its place among those of the new deployment; who has handled it already knows that by its inbox.
    "outbox": ("inserted", "position"),
}
#: What may be another value where it arrives.
CHANGED: Mapping[str, Sequence[str]] = {
    "identity.tenants": ("slug",),
    "identity.staff": ("roles",),
    "privacy.ledger_heads": ("signature",),
}
_ROWS = "SELECT to_jsonb(parley_row) - $2::text[] AS row FROM {table} parley_row WHERE tenant_id = $1 ORDER BY {order}"
_MEASURE = """
    SELECT count(*) AS rows,
      md5(coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::bigint::numeric), 0)::text
        || coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint::numeric), 0)::text) AS checksum
    FROM (
      SELECT md5((to_jsonb(parley_row) - $2::text[])::text) AS h FROM {table} parley_row WHERE tenant_id = $1
    ) hashed
"""
_BELONGS = """
    SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint WHERE contype = 'f'
"""
_UNDECLARED = """
    SELECT c.oid::regclass::text AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1) AND a.attname = 'tenant_id' AND NOT a.attisdropped
      AND NOT c.oid::regclass::text = ANY ($2) ORDER BY 1
"""


def tables() -> list[Table]:
    """Returns every table with rows of tenants."""
    return [
        table
        for metadata in METADATA.values()
        for table in metadata.sorted_tables
        if "tenant_id" in table.c and table.name not in LEFT_BEHIND
    ]


async def in_order(connection: Connection) -> list[Table]:
    """Returns the same tables, each after those that it belongs to in this database."""
    known = {table.fullname: table for table in tables()}
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(known, ()))
    for row in await connection.fetch(_BELONGS):
        if row["child"] in known and row["parent"] in known and row["child"] != row["parent"]:
            order.add(row["child"], row["parent"])
    return [known[name] for name in order.static_order()]


async def check_declared(connection: Connection) -> None:
    """Raises ArchiveError where the database has a table with tenants that no service declares."""
    known = [table.fullname for metadata in METADATA.values() for table in metadata.sorted_tables]
    found = await connection.fetch(_UNDECLARED, ["app", *METADATA], known)
    if found:
        raise ArchiveError(
            f"The database has tables that this release does not know: {', '.join(row['name'] for row in found)}. "
            "Nothing was written; use the release that made them."
        )


async def rows_of(connection: Connection, table: Table, tenant: UUID) -> AsyncIterator[dict[str, Any]]:
    """Yields a tenant's rows of a table, each as the JSON of the database, in an order in which they can be written."""
    made_anew = list(MADE_ANEW.get(table.name, ()))
    order = ["inserted"] if table.name == "outbox" else [column.name for column in table.primary_key]
    query = _ROWS.format(table=table.fullname, order=", ".join(order))
    async for row in connection.cursor(query, tenant, made_anew, prefetch=ROWS_AT_ONCE):
        yield orjson.loads(row["row"])


async def measure(connection: Connection, table: Table, tenant: UUID) -> dict[str, int | str]:
    """Returns how many rows of a table are a tenant's, and a checksum over what stays the same elsewhere."""
    made_anew = [*MADE_ANEW.get(table.name, ()), *CHANGED.get(table.fullname, ()), COLUMN]
    return dict(await connection.fetchrow(_MEASURE.format(table=table.fullname), tenant, made_anew) or {})


async def write(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows as they were read; raises ArchiveError where one cannot be."""
    made_anew = MADE_ANEW.get(table.name, ())
    kept = [column for column in table.columns if column.name not in made_anew]
    columns = ", ".join(column.name for column in kept)
    # In JSON, a JSON document that is null looks like no value; where there must be one, it was the document.
    values = ", ".join(
        f"coalesce({column.name}, 'null')" if isinstance(column.type, JSONB) and not column.nullable else column.name
        for column in kept
    )
    try:
        await connection.execute(
            f"INSERT INTO {table.fullname} ({columns}) "  # noqa: S608 - Names of ours.
            f"SELECT {values} FROM jsonb_populate_recordset(NULL::{table.fullname}, $1)",
            orjson.dumps(list(rows)).decode(),
        )
    except asyncpg.PostgresError as error:
        raise ArchiveError(
            f"A row of {table.fullname} cannot be taken in ({type(error).__name__}). Nothing was changed."
        ) from None
