"""Fills both chains' tables with what was said before: written by the owner, in whole sets, as a restore would.

Half of it belongs to the tenant that is measured, half to another one.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg

from bench.frames import BODY

A_CONVERSATION = 100

_CONVERSATIONS = """
INSERT INTO chat.conversations (tenant_id, id, site_id, visitor_id, display_name, language, page_path, notice_id, state,
  operator_id, operator_name, head, visitor_read, operator_read, closed_by, create_time, claim_time, close_time)
SELECT $1, uuidv7(interval '-30 days' + n * interval '1 second'), $2, gen_random_uuid(), '', 'en', '/page', $3, 3,
  $4, 'Robin', $6, $6, $6, 2, now() - interval '30 days', now() - interval '30 days', now() - interval '29 days'
FROM generate_series(1, $5) AS n RETURNING id
"""
_MESSAGES = """
INSERT INTO chat.messages (tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body,
  create_time)
SELECT $1, c, s, uuidv7(interval '-30 days'), 1, 1 + s % 2, lpad(to_hex(s), 16, 'x'),
  CASE WHEN s % 2 = 1 THEN $2::uuid END, $3, now() - interval '30 days'
FROM unnest($4::uuid[]) AS c, generate_series(1, $5) AS s
"""
_BARE = """
INSERT INTO bench.messages (conversation_id, sequence, id, client_message_id, body, create_time)
SELECT c, s, uuidv7(interval '-30 days'), lpad(to_hex(s), 16, 'x'), $2, now() - interval '30 days'
FROM unnest($1::uuid[]) AS c, generate_series(1, $3) AS s
"""


async def fill(database_url: str, tenant: UUID, stored: int) -> None:
    """Adds so many messages to both chains, and leaves no upkeep to be done while somebody measures."""
    connection = await asyncpg.connect(database_url, timeout=30)
    try:
        # A restore does not ask row by row whether the conversation is there either.
        await connection.execute("SET session_replication_role = replica")
        for whose in (tenant, uuid4()):
            count = max(1, stored // A_CONVERSATION // 2)
            operator = uuid4()
            rows = await connection.fetch(_CONVERSATIONS, whose, uuid4(), uuid4(), operator, count, A_CONVERSATION)
            keys = [row["id"] for row in rows]
            await connection.execute(_MESSAGES, whose, operator, BODY, keys, A_CONVERSATION)
            await connection.execute(_BARE, keys, BODY, A_CONVERSATION)
    finally:
        await connection.close()


async def stored(database_url: str) -> tuple[int, int]:
    """Counts the messages of both chains."""
    connection = await asyncpg.connect(database_url)
    try:
        return (
            await connection.fetchval("SELECT count(*) FROM chat.messages"),
            await connection.fetchval("SELECT count(*) FROM bench.messages"),
        )
    finally:
        await connection.close()


async def tidy(database_url: str) -> None:
    """Does the upkeep that would otherwise start by itself in the middle of a measurement."""
    connection = await asyncpg.connect(database_url)
    try:
        for table in ("chat.conversations", "chat.messages", "chat.access", "bench.messages"):
            await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
