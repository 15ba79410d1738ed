"""Clears the bytes of what was erased: writes the tables anew in which something was, and lets the old log go.

A deleted row stays on the disk after VACUUM, in its page and in the write-ahead log. Only a table that is written anew
holds what it should hold and nothing else. That takes the table's exclusive lock, so it is done at night, by the owner
(`parley maintain`, or a running `parley up`), and only for tables with a mark of `kernel.storage.leftovers`.

A row that an older transaction can still see is carried over by a rewrite. A mark therefore goes only when nobody was
left who could see what it stands for; until then its table waits for the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
from sqlalchemy import MetaData

from kernel.storage import statistics
from kernel.storage.connecting import owner_connection

#: The moment of the day, in UTC, at which tables are written anew; the daily purge is over by then.
DAILY = timedelta(hours=3, minutes=40)
#: How long a rewrite waits for a table that is in use, while it holds up whoever comes after.
LOCK_SECONDS = 5.0
#: How long it waits for replicas to read the log of before. They say how far they are every ten seconds.
SLOT_SECONDS = 25.0
_PAUSE_SECONDS = 0.1

# What the oldest transaction that may still look at this database sees, as its distance from now.
_HORIZON = """
SELECT coalesce(max(age), 0) FROM (
  SELECT age(backend_xmin) AS age FROM pg_stat_activity
  WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
  UNION ALL SELECT age(backend_xid) FROM pg_stat_activity
  WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()
  UNION ALL SELECT age(transaction) FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL SELECT age(xmin) FROM pg_replication_slots WHERE xmin IS NOT NULL
) held
"""
_HELD = "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE restart_lsn < CAST($1::text AS pg_lsn))"


def next_time(now: datetime) -> datetime:
    """Returns when the bytes of what is erased now are gone: at the next rewrite."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight + DAILY
    return today if today > now else today + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What a rewrite came to."""

    #: The tables that hold nothing of what was erased any more.
    cleared: Sequence[str]
    #: The tables in which something may be left: somebody could still see it, or the table was in use for too long.
    waiting: Sequence[str]
    #: Whether the log of before was let go: an owner may lack the right on a managed server, and a replication slot
    #: keeps it for a replica that is behind or away.
    log_let_go: bool


async def rewrite(owner_url: str, declared: Iterable[MetaData], *, before: datetime | None = None) -> Rewritten:
    """Writes every marked table anew, as the owner of the database; with `before`, only what waits since then.

    Statistics that should be off and are not, because a column is new, are turned off on the way.
    """
    services = list(declared)
    owner = await owner_connection(owner_url)
    try:
        await statistics.turn_off(owner, services)
        cleared: list[str] = []
        waiting: list[str] = []
        for metadata in services:
            for table in await _marked(owner, str(metadata.schema), before):
                is_clear = await _rewrite_one(owner, str(metadata.schema), table)
                (cleared if is_clear else waiting).append(f"{metadata.schema}.{table}")
        let_go = await _let_log_go(owner) if cleared else True
    finally:
        await owner.close()
    return Rewritten(cleared=cleared, waiting=waiting, log_let_go=let_go)


async def _marked(owner: asyncpg.Connection[asyncpg.Record], schema: str, before: datetime | None) -> list[str]:
    if await owner.fetchval("SELECT to_regclass($1)", f"{schema}.leftovers") is None:
        return []
    # The marks name tables of the schema, and one that is not there any more leaves no bytes.
    rows = await owner.fetch(
        f"""
        SELECT table_name FROM {schema}.leftovers
        WHERE to_regclass('{schema}.' || quote_ident(table_name)) IS NOT NULL
        GROUP BY table_name HAVING $1::timestamptz IS NULL OR min(time) < $1
        ORDER BY table_name
        """,  # noqa: S608 - The schema is a service's.
        before,
    )
    return [row["table_name"] for row in rows]


async def _rewrite_one(owner: asyncpg.Connection[asyncpg.Record], schema: str, table: str) -> bool:
    horizon = await owner.fetchval(_HORIZON)
    marks = await owner.fetch(
        f"""
        SELECT id, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - transaction > $2 AS unseen
        FROM {schema}.leftovers WHERE table_name = $1
        """,  # noqa: S608 - The schema is a service's.
        table,
        horizon,
    )
    await owner.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    try:
        await owner.execute(f'VACUUM (FULL) {schema}."{table}"')
    except asyncpg.LockNotAvailableError:
        return False
    unseen = [row["id"] for row in marks if row["unseen"]]
    await owner.execute(f"DELETE FROM {schema}.leftovers WHERE id = ANY ($1::bigint[])", unseen)  # noqa: S608 - As above.
    return len(unseen) == len(marks)


async def _let_log_go(owner: asyncpg.Connection[asyncpg.Record]) -> bool:
    with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
        ended = await owner.fetchval("SELECT pg_switch_wal()::text")
        is_held = await _is_held(owner, ended)
        # Everything is in the tables now, so that the segments of before are not needed and are removed.
        await owner.execute("CHECKPOINT")
        return not is_held
    return False


async def _is_held(owner: asyncpg.Connection[asyncpg.Record], ended: str) -> bool:
    """Says whether somebody who follows this server has not read the log up to there, for whom it is kept."""
    for _ in range(int(SLOT_SECONDS / _PAUSE_SECONDS) + 1):
        if not await owner.fetchval(_HELD, ended):
            return False
        await asyncio.sleep(_PAUSE_SECONDS)
    return True
