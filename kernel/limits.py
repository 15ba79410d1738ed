"""Bounds how often something may happen: token buckets in this process's memory, and in Redis for all replicas.

A key may be an address or a person's id, so Redis sees only an HMAC of it under a salt that changes every day. What
happens while Redis is away is the caller's choice, made at every call and in words. What keeps guessers out is here,
too: tries that count before they are made, and are given back where they were right. Nothing here decides what is
limited.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.clock import Clock, SystemClock
from kernel.errors import ResourceExhausted
from kernel.identity.tokens import derive_key
from kernel.telemetry import logs, metrics
from kernel.valkey import Script

_log = logs.get("limits")
_refused = metrics.counter("limits_refused", "What the limits refused.", ("kind",))

# The generic cell rate algorithm, which is a token bucket that stores one number: the moment at which it is full again.
# Redis tells the time, so that all replicas live by one clock; a test may give its own.
_SCRIPT = """
local now = tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local next_full_at = full_at + interval * cost
if next_full_at <= now then
  redis.call('DEL', KEYS[1])
  return 0
end
local wait = next_full_at - interval * burst - now
if wait > 0 then
  return math.ceil(wait)
end
redis.call('SET', KEYS[1], string.format('%.0f', next_full_at), 'PX', math.ceil((next_full_at - now) / 1000) + 1)
return 0
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may happen, and otherwise when to come back."""

    allowed: bool
    retry_after: timedelta = timedelta()

    def require(self) -> None:
        """Raises ResourceExhausted where it may not happen."""
        if not self.allowed:
            raise ResourceExhausted(
                "TOO_MANY_REQUESTS",
                "That was too often. Nothing was kept; please wait a moment.",
                retry_after=self.retry_after,
            )


ALLOWED = Decision(True)
#: Where the gateway says from where a conversation is started, as `DailyHashes` writes it.
METADATA_ORIGIN = "parley-origin"
_IPV6_NETWORK = 64


def network_of(address: str) -> str:
    """Returns the network by which an address is limited: of IPv6 the /64 that one customer has, else the address.

    Whoever has one IPv6 address has millions of them. A text that is no address stays as it is.
    """
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network((read, _IPV6_NETWORK), strict=False))


class WhenDown(Enum):
    """What to do while Redis cannot be asked."""

    # It is let through: better too much than nothing, where the limit only spares the machines.
    ALLOW = "allow"
    # It is refused: where the limit keeps guessers out.
    REFUSE = "refuse"
    # This process counts alone: each replica then lets through as much as all of them should together.
    LOCAL = "local"


class LocalLimits:
    """Buckets in this process's memory, the least recently used of which are forgotten first."""

    def __init__(self, *, size: int = 50_000, now: Callable[[], float] = time.monotonic) -> None:
        """Keeps at most `size` buckets; `now` tells seconds that never go back."""
        self._size = size
        self._now = now
        self._full_at: OrderedDict[tuple[str, Hashable], float] = OrderedDict()

    def __len__(self) -> int:
        """Says how many buckets there are."""
        return len(self._full_at)

    def hit(self, name: str, key: Hashable, *, rate: float, burst: float, cost: float = 1) -> Decision:
        """Takes `cost` from a bucket of `burst` that fills at `rate` a second; a refusal takes nothing."""
        now = self._now()
        bucket = (name, key)
        full_at = max(self._full_at.get(bucket, 0.0), now) + cost / rate
        wait = full_at - burst / rate - now
        if wait > 1e-9:
            _refused.labels(name).inc()
            if bucket in self._full_at:
                self._full_at.move_to_end(bucket)
            return Decision(False, timedelta(seconds=wait))
        self._full_at[bucket] = full_at
        self._full_at.move_to_end(bucket)
        # One that is full again says no more than none.
        while self._full_at and (len(self._full_at) > self._size or next(iter(self._full_at.values())) <= now):
            self._full_at.popitem(last=False)
        return ALLOWED

    def give_back(self, name: str, key: Hashable, *, rate: float, cost: float = 1) -> None:
        """Puts `cost` back into a bucket; a full one takes nothing."""
        bucket = (name, key)
        full_at = self._full_at.get(bucket, 0.0) - cost / rate
        if full_at > self._now():
            self._full_at[bucket] = full_at
        else:
            self._full_at.pop(bucket, None)

    def forget(self, name: str, key: Hashable) -> None:
        """Drops a bucket whose owner has gone."""
        self._full_at.pop((name, key), None)


class SharedLimits:
    """Buckets in Redis, which all replicas share."""

    def __init__(self, redis: Redis, secret_key: str, *, clock: Clock | None = None) -> None:
        """Takes a client and the deployment's secret; a clock, where one is given, replaces that of Redis."""
        self._redis = redis
        self._script = Script(redis, _SCRIPT)
        self._clock = clock
        self._hashes = DailyHashes(secret_key, "limits", clock or SystemClock())
        self._local = LocalLimits()

    async def hit(
        self, name: str, key: str, *, rate: float, burst: float, cost: float = 1, when_down: WhenDown
    ) -> Decision:
        """Takes `cost` from a bucket of `burst` that fills at `rate` a second; a refusal takes nothing."""
        now = 0 if self._clock is None else int(self._clock.now().timestamp() * 1_000_000)
        arguments: list[Any] = [repr(1_000_000 / rate), repr(burst), repr(cost), now]
        try:
            wait = await self._script([self._name(name, key)], arguments)
        except (RedisError, OSError) as error:
            # Every call fails while it is away; one line now and then says so.
            if self._local.hit("log", name, rate=0.1, burst=1).allowed:
                _log.warning("limits work without redis", kind=name, state=when_down.value, exc_info=error)
            if when_down is WhenDown.LOCAL:
                return self._local.hit(name, self._name(name, key), rate=rate, burst=burst, cost=cost)
            return ALLOWED if when_down is WhenDown.ALLOW else Decision(False, timedelta(seconds=1))
        if wait:
            _refused.labels(name).inc()
            return Decision(False, timedelta(microseconds=math.ceil(wait)))
        return ALLOWED

    async def give_back(self, name: str, key: str, *, rate: float, cost: float = 1) -> None:
        """Puts `cost` back into a bucket; a full one takes nothing. While Redis is away, this process's own."""
        now = 0 if self._clock is None else int(self._clock.now().timestamp() * 1_000_000)
        self._local.give_back(name, self._name(name, key), rate=rate, cost=cost)
        try:
            # A bucket that gets fuller refuses nobody, whatever its size.
            await self._script([self._name(name, key)], [repr(1_000_000 / rate), "1e9", repr(-cost), now])
        except (RedisError, OSError):
            return

    async def forget(self, name: str, key: str) -> None:
        """Fills a bucket."""
        self._local.forget(name, self._name(name, key))
        try:
            await self._redis.delete(self._name(name, key))
        except (RedisError, OSError):
            return

    def _name(self, name: str, key: str) -> str:
        """Returns the key under which Redis keeps the bucket, in which nobody can read or guess whose it is."""
        return f"limit:{name}:{self._hashes.of(key)}"


class DailyHashes:
    """Writes what must not be kept as a keyed hash, under a salt of the day: tomorrow nobody finds it by it."""

    def __init__(self, secret_key: str, purpose: str, clock: Clock) -> None:
        """Takes the deployment's secret, what the hashes are for, and what tells the day."""
        self._key = derive_key(secret_key, purpose)
        self._clock = clock
        self._salt: tuple[str, bytes] = ("", b"")

    def of(self, text: str) -> str:
        """Returns today's hash of a text, in 32 hexadecimal digits."""
        day = self._clock.now().date().isoformat()
        if self._salt[0] != day:
            self._salt = (day, hmac.new(self._key, day.encode(), sha256).digest())
        return hmac.new(self._salt[1], text.encode(), sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How many tries somebody has at something in a while; tries come back one by one as the while goes by."""

    name: str
    most: int
    window: timedelta

    @property
    def rate(self) -> float:
        """How many tries come back in a second."""
        return self.most / self.window.total_seconds()


class Guesses:
    """Bounds guessing. A try counts before it is made: a thousand at once are no more than one after another."""

    def __init__(self, limits: SharedLimits) -> None:
        """Takes the limits that all replicas share; while Redis is away, each replica counts alone."""
        self._limits = limits

    async def attempt(self, *tries: tuple[Tries, str], reason: str, detail: str) -> None:
        """Counts a try under each key; raises ResourceExhausted, saying when to come back, where one has none left."""
        taken: list[tuple[Tries, str]] = []
        for each, key in tries:
            decision = await self._limits.hit(each.name, key, rate=each.rate, burst=each.most, when_down=WhenDown.LOCAL)
            if not decision.allowed:
                # What was refused was not tried, so that it counts nowhere.
                for other, other_key in taken:
                    await self._limits.give_back(other.name, other_key, rate=other.rate)
                raise ResourceExhausted(reason, detail, retry_after=decision.retry_after)
            taken.append((each, key))

    async def right(self, *tries: tuple[Tries, str], forget: tuple[Tries, str] | None = None) -> None:
        """Gives a try that was right back under each key, and forgets all those of one."""
        for each, key in tries:
            await self._limits.give_back(each.name, key, rate=each.rate)
        if forget is not None:
            await self._limits.forget(forget[0].name, forget[1])
