"""Turns the planner's statistics off on columns whose values an erasure takes, and forgets what they held.

PostgreSQL keeps the most common values of every column, and the most common words of every text index, in a catalogue
of its own, where no erasure reaches. Which columns those are follows from the privacy options; ids and times that
erasure leaves where they are keep their statistics, on which good plans depend.
"""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg
from parley.options.v1 import privacy_pb2
from sqlalchemy import MetaData, Table

from kernel.privacy.subjects.coverage import held_in

_KEPT = (privacy_pb2.ERASURE_KEEP, privacy_pb2.ERASURE_UNSPECIFIED)

# Also the words of an index on such a column count: what an expression index holds is sampled like a column of its own.
_INDEXES = """
SELECT i.indexrelid::regclass::text AS index, a.attnum AS number, a.attname AS name, n.nspname AS schema,
       x.relname AS relation
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = x.relnamespace
JOIN pg_attribute a ON a.attrelid = i.indexrelid AND i.indkey[a.attnum - 1] = 0
WHERE i.indrelid = $1::text::regclass AND a.attstattarget IS DISTINCT FROM 0
"""
_MEASURED = """
SELECT attname AS name FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attname = ANY ($2::text[]) AND NOT attisdropped
AND attstattarget IS DISTINCT FROM 0
"""
_CLEAR = "SELECT pg_clear_attribute_stats($1, $2, $3, false)"


def unmeasured(table: Table) -> list[str]:
    """Returns the columns of a table whose values an erasure takes, by name."""
    return sorted(held.column.name for held in held_in(table) if held.is_personal and held.rule.erasure not in _KEPT)


async def turn_off(owner: asyncpg.Connection[asyncpg.Record], declared: Iterable[MetaData]) -> list[str]:
    """Turns the statistics off wherever they are on and should not be, as the owner; returns where that was."""
    done: list[str] = []
    for table in (table for metadata in declared for table in metadata.sorted_tables):
        columns = unmeasured(table)
        if not columns or await owner.fetchval("SELECT to_regclass($1)", table.fullname) is None:
            continue
        for row in await owner.fetch(_MEASURED, table.fullname, columns):
            await owner.execute(f'ALTER TABLE {table.fullname} ALTER COLUMN "{row["name"]}" SET STATISTICS 0')
            await owner.execute(_CLEAR, table.schema, table.name, row["name"])
            done.append(f"{table.fullname}.{row['name']}")
        for row in await owner.fetch(_INDEXES, table.fullname):
            await owner.execute(f"ALTER INDEX {row['index']} ALTER COLUMN {row['number']} SET STATISTICS 0")
            await owner.execute(_CLEAR, row["schema"], row["relation"], row["name"])
            done.append(f"{row['index']}.{row['name']}")
    return done
