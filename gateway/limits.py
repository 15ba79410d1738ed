"""Counts requests in Redis, so that all gateways of a deployment share one limit.

A limit is a sliding window made of two counters: what is left of the last window counts by the share of it that still
overlaps. An address is known only by an HMAC under a salt that changes with the day. Without Redis the general limits
let everything pass and say so in a metric; signing in is then limited by this process alone, and more strictly.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from gateway import problems
from kernel.identity import derive_key
from kernel.telemetry import metrics

REFUSED = metrics.counter("gateway_limited", "Requests that a rate limit refused.", ("kind",))
UNLIMITED = metrics.counter("gateway_unlimited", "Requests that passed uncounted because Redis was away.", ("kind",))

_LOCAL_KEYS = 10_000
#: Without Redis a process alone allows this share of a limit that fails closed.
_LOCAL_SHARE = 0.5


class Limit(StrEnum):
    """What is limited."""

    REQUEST = "request"
    START = "start"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Window:
    """How many are allowed in how many seconds, and what happens without Redis."""

    count: int
    seconds: int
    fails_closed: bool = False


class Limiter:
    """Takes one from a limit, or refuses."""

    def __init__(
        self,
        windows: Mapping[Limit, Window],
        *,
        secret_key: str,
        store: redis.asyncio.Redis | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Takes the limits, the deployment's secret for the salt, and Redis; None limits in this process alone."""
        self._windows = windows
        self._key = derive_key(secret_key, "limits")
        self._store = store
        self._now = now
        self._local: OrderedDict[str, int] = OrderedDict()

    async def take(self, limit: Limit, who: str) -> None:
        """Counts one; raises a Problem that says when to come back where that was one too many."""
        window = self._windows.get(limit)
        if window is None or window.count <= 0:
            return
        now = self._now()
        number, elapsed = divmod(now, window.seconds)
        name = f"gateway:limit:{limit.value}:{self._pseudonym(who, now)}"
        current, previous = f"{name}:{int(number)}", f"{name}:{int(number) - 1}"
        allowed: float = window.count
        if self._store is not None:
            try:
                pipeline: Any
                async with self._store.pipeline(transaction=False) as pipeline:
                    pipeline.incr(current)
                    pipeline.expire(current, 2 * window.seconds)
                    pipeline.get(previous)
                    counted, _, before = await pipeline.execute()
            except (RedisError, OSError, TimeoutError):
                if not window.fails_closed:
                    UNLIMITED.labels(limit.value).inc()
                    return
                counted, before = self._take_locally(current, previous)
                allowed = max(1, window.count * _LOCAL_SHARE)
        else:
            counted, before = self._take_locally(current, previous)
        weighed = int(counted) + int(before or 0) * (1 - elapsed / window.seconds)
        if weighed > allowed:
            REFUSED.labels(limit.value).inc()
            raise problems.Problem(
                status=429,
                reason="RATE_LIMITED",
                detail="Too many requests in a short time. Nothing of this one was kept; please wait.",
                retry_after=timedelta(seconds=max(1.0, window.seconds - elapsed)),
            )

    def _pseudonym(self, who: str, now: float) -> str:
        day = int(now // 86_400)
        return hmac.new(self._key, f"{day}:{who}".encode(), hashlib.sha256).hexdigest()[:32]

    def _take_locally(self, current: str, previous: str) -> tuple[int, int]:
        counted = self._local.pop(current, 0) + 1
        self._local[current] = counted
        while len(self._local) > _LOCAL_KEYS:
            self._local.popitem(last=False)
        return counted, self._local.get(previous, 0)
