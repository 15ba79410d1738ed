"""Runs a service: its servicers behind the gates, health, reflection, and a drain that loses nothing.

Health says NOT_SERVING before the drain starts, so that callers go elsewhere while running calls finish.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from kernel.config import Config
from kernel.identity import InternalTokens, KeyRing, Revocations, TokenVerifier
from kernel.rpc.certificates import server_credentials
from kernel.rpc.channels import MAX_MESSAGE_BYTES
from kernel.rpc.gates import Gates
from kernel.telemetry import logs

_log = logs.get("server")

DRAIN_SECONDS = 10.0
KEYS_REFRESH_SECONDS = 60.0
KEYS_RETRY_SECONDS = 0.2
#: How long keys may fail to come before the log says so: at a start identity needs a moment itself.
KEYS_QUIET_SECONDS = 30.0

SERVER_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_permit_without_calls", 1),
    # Half of what clients keep to, so that none is taken for a nuisance whose machine was busy for a moment.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.so_reuseport", 0),
    # A caller comes back after a while and looks the name up anew, so that a new replica gets its share. Streams that
    # run stay where they are.
    ("grpc.max_connection_age_ms", 300_000),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One gRPC service that a process offers: its descriptor, its servicer, and the generated function that adds it."""

    descriptor: ServiceDescriptor
    servicer: object
    add: Callable[[Any, grpc.aio.Server], None]

    @classmethod
    def of(cls, messages: ModuleType, services: ModuleType, servicer: object) -> Offer:
        """Returns the offer of a servicer, whose class is named after the service that it serves.

        The two modules are those that were generated from the service's file.
        """
        name = type(servicer).__name__.removesuffix("r")
        add = getattr(services, f"add_{name}Servicer_to_server")
        return cls(messages.DESCRIPTOR.services_by_name[name], servicer, add)


class Server:
    """The gRPC server of one process; it may offer several services' servicers, as the small machine does."""

    def __init__(self, name: str, config: Config, keys: KeyRing, revocations: Revocations) -> None:
        """Takes the process's name, its settings, the keys that verify tokens and what was revoked."""
        self.name = name
        self._config = config
        self.verifier = TokenVerifier(InternalTokens(config.secret_key, name), keys)
        self._revocations = revocations
        self._offers: list[Offer] = []
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._keys = keys
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    def offer(self, *offers: Offer) -> None:
        """Adds services before the start."""
        self._offers.extend(offers)

    async def start(self) -> None:
        """Starts to listen where the settings say; port 0 takes a free one, and `port` tells which."""
        methods: dict[str, MethodDescriptor] = {
            f"/{offer.descriptor.full_name}/{method.name}": method
            for offer in self._offers
            for method in offer.descriptor.methods
        }
        gates = Gates(self.name, methods, self.verifier, self._revocations)
        server = grpc.aio.server(interceptors=[gates], options=SERVER_OPTIONS)
        for offer in self._offers:
            offer.add(offer.servicer, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [offer.descriptor.full_name for offer in self._offers]
        if self._config.reflection:
            reflection.enable_server_reflection(
                [*names, health.SERVICE_NAME, reflection.SERVICE_NAME],
                server,
            )
        if self._config.mtls_ca:
            self.port = server.add_secure_port(self._config.listen, server_credentials(self._config))
        else:
            self.port = server.add_insecure_port(self._config.listen)
        self._server = server
        await server.start()
        self._serving = asyncio.create_task(self._serve_with_keys(["", *names]))
        if self._keys.filled.is_set():
            await self._serving

    async def _serve_with_keys(self, names: Sequence[str]) -> None:
        # A service that knows no key yet refuses everybody, so whoever chooses among replicas should choose another.
        for name in names:
            await self._health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._keys.filled.wait()
        for name in names:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace: float = DRAIN_SECONDS) -> None:
        """Says NOT_SERVING, lets running calls finish for `grace` seconds, and stops."""
        if self._server is None:
            return
        if self._serving is not None:
            await cancel([self._serving])
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace)


async def follow_keys(ring: KeyRing, fetch: Callable[[], Awaitable[Mapping[str, bytes]]]) -> None:
    """Keeps a key ring equal to what identity publishes, until cancelled; it never empties a ring that was filled."""
    loop = asyncio.get_running_loop()
    failing_since, is_said = math.inf, False
    while True:
        try:
            ring.replace(await fetch())
        except Exception as error:  # noqa: BLE001  # Asked again below, whatever it was.
            # Identity may start after this process, or be away for a while; the keys at hand stay good meanwhile.
            failing_since = min(failing_since, loop.time())
            if not is_said and loop.time() - failing_since >= KEYS_QUIET_SECONDS:
                _log.error("signing keys do not come", exc_info=error)
                is_said = True
            await asyncio.sleep(KEYS_REFRESH_SECONDS if len(ring) else KEYS_RETRY_SECONDS)
            continue
        failing_since, is_said = math.inf, False
        await asyncio.sleep(KEYS_REFRESH_SECONDS)


async def cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancels background tasks and waits until they are gone."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        # A library may lose a cancellation, as asyncio.wait_for did, so that it is said again until it is heard.
        _, running = await asyncio.wait(running, timeout=1.0)
    await asyncio.gather(*tasks, return_exceptions=True)
