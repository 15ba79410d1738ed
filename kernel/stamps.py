"""Says of things that are kept elsewhere whether they are still as they were: a stamp in Redis for each scope.

Whoever changes a scope marks it before the commit and settles it behind it. While it is marked nothing is kept under
it; once it is settled it bears another stamp, so that what was kept before is not shown again. Whoever dies between the
two leaves a mark, which ends by itself long after such a commit is either done or undone.

A stamp is random and says nothing of what changed. Nothing here decides what is kept, or what a change is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.valkey import Script

#: For how long the mark of somebody who died stays. No commit takes as long.
MARKED_SECONDS = 60.0
#: How long Redis may take. What cannot be asked quickly is made anew instead.
ANSWER_SECONDS = 0.5
TROUBLE = (RedisError, OSError, TimeoutError)

_KEPT_SECONDS = 24 * 60 * 60
_MARK = b"~"

_MARKING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 1, #KEYS, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[at + 1], '-inf', now)
  redis.call('ZADD', KEYS[at + 1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[at + 1], ARGV[2])
  redis.call('SET', KEYS[at], '~', 'PX', ARGV[2])
end
"""
# Whoever settles while somebody else is still between mark and commit leaves the scope marked: what would be kept now
# may be from before the other's commit, and the other may never come back to say so.
_SETTLING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 1, #KEYS, 2 do
  redis.call('ZREM', KEYS[at + 1], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[at + 1], '-inf', now)
  local last = redis.call('ZREVRANGE', KEYS[at + 1], 0, 0, 'WITHSCORES')
  if #last == 0 then
    redis.call('SET', KEYS[at], ARGV[2], 'EX', ARGV[3])
  else
    redis.call('SET', KEYS[at], '~', 'PX', math.max(1, math.ceil(tonumber(last[2]) - now)))
  end
end
"""


def _name(owner: str, scope: str) -> str:
    # Of one owner all lie together, so that they are asked for at once wherever Redis has several nodes.
    return f"parley:stamp:{{{owner}}}:{scope}"


class Stamps:
    """The stamps of everybody's scopes, as one process reads and changes them."""

    def __init__(self, redis: Redis) -> None:
        """Takes a client."""
        self._redis = redis
        self._mark = Script(redis, _MARKING)
        self._settle = Script(redis, _SETTLING)
        self._asked: dict[str, asyncio.Future[bytes | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def mark(self, owner: str, scopes: Collection[str]) -> str:
        """Says that scopes are about to change; returns what settles them. Raises one of TROUBLE."""
        change = secrets.token_urlsafe(12)
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._mark(_keys(owner, scopes), [change, int(MARKED_SECONDS * 1000)])
        return change

    async def settle(self, owner: str, scopes: Collection[str], change: str = "") -> None:
        """Gives scopes that have changed another stamp. Raises one of TROUBLE."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._settle(_keys(owner, scopes), [change, secrets.token_urlsafe(12), _KEPT_SECONDS])

    async def read(self, owner: str, scopes: Sequence[str]) -> bytes | None:
        """Returns the stamp of several scopes together, which is another one once any of them has changed.

        None where something is just being changed, or where it cannot be known: nothing is kept then, and nothing that
        was kept is shown. What is returned was true after this was called.
        """
        names = [_name(owner, scope) for scope in scopes]
        loop = asyncio.get_running_loop()
        waiting = [self._asked.setdefault(name, loop.create_future()) for name in names]
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        # Several wait for one answer, and whoever goes away takes it from nobody.
        found = [await asyncio.shield(each) for each in waiting]
        return None if None in found else b" ".join(cast(list[bytes], found))

    async def _ask(self) -> None:
        # Whoever comes while Redis is asked waits for the next time: that answer may be older than the question.
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                values: Sequence[bytes | None] = [None] * len(asked)
                try:
                    values = await self._values(list(asked))
                finally:
                    # Whatever happens, nobody waits for ever.
                    for future, value in zip(asked.values(), values, strict=True):
                        future.set_result(value)
        finally:
            self._asking = None

    async def _values(self, names: list[str]) -> Sequence[bytes | None]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self._redis.mget(names)
                missing = [name for name, value in zip(names, found, strict=True) if value is None]
                if missing:
                    pipeline: Any
                    async with self._redis.pipeline(transaction=False) as pipeline:
                        for name in missing:
                            pipeline.set(name, secrets.token_urlsafe(12), ex=_KEPT_SECONDS, nx=True)
                        await pipeline.execute()
                    found = await self._redis.mget(names)
        except TROUBLE:
            return [None] * len(names)
        return [None if value == _MARK else cast(bytes, value) for value in found]


def _keys(owner: str, scopes: Collection[str]) -> list[str]:
    keys = []
    for scope in scopes:
        name = _name(owner, scope)
        keys += [name, f"{name}:open"]
    return keys
