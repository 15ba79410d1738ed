"""Knows for the rest of the day from where conversations were started, as a keyed hash that the gateway makes.

The salt of the hash changes at midnight, so that what is known here says nothing the day after. Redis alone keeps it;
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
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.set(_key(conversation_id), origin, ex=max(1, int((midnight - now).total_seconds())))

    async def of(self, conversation_id: UUID) -> str:
        """Returns from where a conversation was started; nothing where that is not known any more."""
        with contextlib.suppress(RedisError, OSError):
            found = await self._redis.get(_key(conversation_id))
            return found.decode() if isinstance(found, bytes) else str(found or "")
        return ""

    async def forget(self, conversation_ids: Iterable[UUID]) -> None:
        """Forgets from where some conversations were started."""
        keys = [_key(each) for each in conversation_ids]
        if keys:
            with contextlib.suppress(RedisError, OSError):
                await self._redis.delete(*keys)


def _key(conversation_id: UUID) -> str:
    return f"parley:chat:origin:{conversation_id.hex}"
