"""Looks for a word wherever a server might have left it: on PostgreSQL's disk, in its statistics, and in Redis."""

from __future__ import annotations

import secrets

import asyncpg
from redis.asyncio import Redis

# Reads the server's own files through the server, wherever it runs: this database's, and the whole log.
PLACES = """
SELECT DISTINCT split_part(path, '/', 1) AS place FROM (
  SELECT 'base/' || oid || '/' || pg_ls_dir('base/' || oid) AS path FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'pg_wal/' || name FROM pg_ls_waldir()
) files
WHERE position($1::bytea IN pg_read_binary_file(path, true)) > 0
"""


class Disk:
    """What a superuser finds on the server's disk."""

    def __init__(self, owner: asyncpg.Connection[asyncpg.Record]) -> None:
        """Takes a superuser's connection."""
        self.owner = owner

    async def holds(self, word: str) -> set[str]:
        """Returns where a word stands: in the tables' files, in the log."""
        await self.owner.execute("CHECKPOINT")
        return {row["place"] for row in await self.owner.fetch(PLACES, word.encode())}

    async def measured(self, word: str) -> bool:
        """Says whether the planner's statistics hold a word, in a value or in an index."""
        found = await self.owner.fetchval(
            """
            SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE $1 OR histogram_bounds::text LIKE $1
            OR most_common_elems::text LIKE $1
            """,
            f"%{word}%",
        )
        return bool(found)


def a_word(name: str) -> str:
    """Returns a word that is nowhere else; short enough, and odd enough, to be neither compressed nor split."""
    return f"{name}{secrets.token_hex(8)}"


async def redis_holds(redis: Redis, *words: bytes) -> list[str]:
    """Returns where a word stands in Redis: in keys, in values of whatever kind, in what it remembers of commands."""
    found: list[str] = []
    async for key in redis.scan_iter(count=1000):
        value = await redis.dump(key) or b""
        if any(word in key or word in value for word in words):
            found.append(f"a key of {len(key)} bytes")
    remembered = str((await redis.slowlog_get(1000), await redis.client_list(), await redis.pubsub_channels()))
    if any(word.decode("utf-8", "replace") in remembered for word in words):
        found.append("what is remembered of commands, clients or channels")
    return found
