"""Says whether the process lives, and whether it should be sent requests.

`/healthz` asks nobody. `/readyz` asks the health service of every service the gateway needs, and says no as soon as a
drain has begun.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope

from gateway.sessions import ChannelSource

_CALL_SECONDS = 2.0
_KEPT_SECONDS = 1.0


class Health:
    """The two endpoints by which a deployment watches a gateway."""

    def __init__(self, channels: ChannelSource, processes: Sequence[str]) -> None:
        """Takes the services without which the gateway can do nothing."""
        self._checks = {
            name: channels.of(name).unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            for name in processes
        }
        self._kept: tuple[float, dict[str, bool]] = (0.0, {})
        self.draining = False

    async def alive(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /healthz`."""
        return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})

    async def ready(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /readyz`."""
        serving = await self._serving()
        good = not self.draining and all(serving.values())
        document = {"status": "ready" if good else "draining" if self.draining else "waiting", "services": serving}
        return JSONResponse(document, status_code=200 if good else 503, headers={"cache-control": "no-store"})

    async def _serving(self) -> dict[str, bool]:
        # A moment's memory keeps a crowd of probes from becoming a crowd of calls.
        until, kept = self._kept
        if time.monotonic() < until:
            return kept
        answers = await asyncio.gather(*(self._is_serving(check) for check in self._checks.values()))
        serving = dict(zip(self._checks, answers, strict=True))
        self._kept = (time.monotonic() + _KEPT_SECONDS, serving)
        return serving

    async def _is_serving(self, check: Callable[..., Any]) -> bool:
        try:
            answer = await check(health_pb2.HealthCheckRequest(), timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
