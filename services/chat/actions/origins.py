"""Knows until midnight from where conversations were started and who is kept out, as keyed hashes of the gateway's.

The salt of the hashes changes at midnight, when what is known here goes. Redis alone keeps it, never the database;
where Redis is away or was emptied, a block holds by the visitor's id only.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import redis.asyncio
from redis.exceptions import RedisError

from kernel.clock import Clock

_HASH = re.compile(r"[0-9a-f]{32}")


def is_origin(text: str) -> bool:
    """Says whether a text is such a hash."""
    return _HASH.fullmatch(text) is not None


class Origins:
    """Where today's conversations were started."""

    def __init__(self, client: redis.asyncio.Redis, clock: Clock) -> None:
        """Takes where it is kept, and what tells the day."""
        self._redis = client
        self._clock = clock

    async def remember(self, conversation_id: UUID, origin: str) -> None:
        """Notes from where a conversation was started, until midnight."""
        await self._set(_key(conversation_id), origin)

    async def keep_out(self, tenant_id: UUID, conversation_id: UUID, block_id: UUID) -> None:
        """Notes until midnight that a block stands against whoever comes from where a conversation was started."""
        origin = await self._get(_key(conversation_id))
        if is_origin(origin):
            await self._set(_door(tenant_id, origin), block_id.hex)

    async def block_of(self, tenant_id: UUID, origin: str) -> UUID | None:
        """Returns the block that was last made against whoever comes from there today, lifted or not."""
        found = await self._get(_door(tenant_id, origin)) if origin else ""
        return UUID(found) if found else None

    async def _set(self, key: str, value: str) -> None:
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.set(key, value, ex=max(1, int((midnight - now).total_seconds())))

    async def _get(self, key: str) -> str:
        with contextlib.suppress(RedisError, OSError):
            found = await self._redis.get(key)
            return found.decode() if isinstance(found, bytes) else str(found or "")
        return ""

    async def forget(self, conversation_ids: Iterable[UUID]) -> None:
        """Forgets from where some conversations were started."""
        keys = [_key(each) for each in conversation_ids]
        if keys:
            with contextlib.suppress(RedisError, OSError):
                await self._redis.delete(*keys)


def _door(tenant_id: UUID, origin: str) -> str:
    return f"parley:chat:kept-out:{tenant_id.hex}:{origin}"


def _key(conversation_id: UUID) -> str:
    return f"parley:chat:origin:{conversation_id.hex}"
