"""Says how often what may be asked of the gateway from one address; the counting itself is the kernel's.

An IPv6 address counts as its network, since whoever has one has millions. All gateways share the limits through Redis.
While Redis is away, the general ones let everything pass, and what keeps guessers out is limited by each process alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import redis.asyncio

from kernel.limits import Decision, LocalLimits, SharedLimits, WhenDown, network_of
from kernel.telemetry import metrics

REFUSED = metrics.counter("gateway_limited", "Requests that a rate limit refused.", ("kind",))


class Limit(StrEnum):
    """What is limited."""

    REQUEST = "gateway_request"
    START = "gateway_start"
    SIGN_IN = "gateway_sign_in"
    #: Codes that are asked for, mailed or tried.
    CODE = "gateway_code"
    #: Public keys of sites that this gateway does not know yet.
    SITE_KEY = "gateway_site_key"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many are allowed in a minute, and what happens while Redis is away; 0 is no limit."""

    a_minute: int
    when_down: WhenDown = WhenDown.ALLOW


class Limiter:
    """Takes one from a limit, or refuses."""

    def __init__(
        self, allowances: Mapping[Limit, Allowance], *, secret_key: str, store: redis.asyncio.Redis | None
    ) -> None:
        """Takes the limits, the deployment's secret, and Redis; without it this process counts alone."""
        self._allowances = allowances
        self._shared = SharedLimits(store, secret_key) if store is not None else None
        self._local = LocalLimits()

    async def take(self, limit: Limit, address: str) -> None:
        """Counts one; raises ResourceExhausted, with the time to come back, where that was one too many."""
        allowance = self._allowances[limit]
        if allowance.a_minute <= 0:
            return
        decision = await self._hit(limit, network_of(address), allowance)
        if not decision.allowed:
            REFUSED.labels(limit.value).inc()
        decision.require()

    async def _hit(self, limit: Limit, address: str, allowance: Allowance) -> Decision:
        rate, burst = allowance.a_minute / 60, float(allowance.a_minute)
        if self._shared is None:
            return self._local.hit(limit.value, address, rate=rate, burst=burst)
        return await self._shared.hit(limit.value, address, rate=rate, burst=burst, when_down=allowance.when_down)
