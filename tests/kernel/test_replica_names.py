"""Replicas by several names: each is looked up, all get their share, and they are followed where they go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc_health.v1 import health_pb2, health_pb2_grpc

from kernel.config import Config
from kernel.identity import KeyRing, Revocations
from kernel.rpc.channels import CHANNEL_OPTIONS, open_replicas, opened_channel
from kernel.rpc.names import NamedChannel, target_of
from kernel.rpc.server import Server
from tests.kernel.test_mtls import Authority

PLAIN = Config(secret_key="secret", listen="127.0.0.1:0")
SERVING = health_pb2.HealthCheckResponse.SERVING


@asynccontextmanager
async def replicas(*configs: Config) -> AsyncIterator[list[Server]]:
    """Runs a server for each of the settings."""
    keys = KeyRing()
    keys.replace({"one": Ed25519PrivateKey.generate().public_key().public_bytes_raw()})
    async with AsyncExitStack() as stack:
        servers = [Server("chat", config, keys, Revocations()) for config in configs]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.stop, 0)
        yield servers


async def answered(channel: grpc.aio.Channel) -> int:
    """Asks whoever the channel leads to."""
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=10, wait_for_ready=True)
    return int(answer.status)


async def test_one_of_several_named_replicas_is_enough() -> None:
    async with replicas(PLAIN, PLAIN) as (first, second):
        addresses = (
            f"localhost:{first.port}",
            f"nobody-has-this-name.invalid:{second.port}",
            f"localhost:{second.port}",
        )
        async with open_replicas("chat", PLAIN.with_addresses({"chat": addresses})) as channel:
            assert await answered(channel) == SERVING
            await first.stop(0)
            assert [await answered(channel) for _ in range(5)] == [SERVING] * 5


async def test_names_are_followed_where_they_lead_and_stay_where_they_lead_nowhere() -> None:
    where: list[str] = []

    async def resolver(_: str) -> Sequence[str]:
        if not where:
            raise OSError
        return where

    async with replicas(PLAIN, replace(PLAIN, listen="127.0.0.2:0")) as (first, _):
        opened: list[str] = []

        def opener(target: str) -> grpc.aio.Channel:
            opened.append(target)
            return opened_channel(target, PLAIN, CHANNEL_OPTIONS)

        addresses = (f"localhost:{first.port}", f"127.0.0.1:{first.port}")
        async with NamedChannel(addresses, opener, resolver=resolver) as channel:
            assert await answered(channel) == SERVING
            await channel.look()
            assert len(opened) == 1
            where.append("127.0.0.2")
            await channel.look()
            assert opened[1:] == [f"ipv4:127.0.0.1:{first.port},127.0.0.2:{first.port}"]
            assert await answered(channel) == SERVING


async def test_several_replicas_are_believed_by_the_name_of_their_service(tmp_path: Path) -> None:
    authority = Authority()
    config = authority.settings(tmp_path, "chat", names=("chat",))
    async with replicas(config, config) as (first, second):
        for addresses in (
            (f"localhost:{first.port}", f"localhost:{second.port}"),
            (f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}"),
        ):
            async with open_replicas("chat", config.with_addresses({"chat": addresses})) as channel:
                assert await answered(channel) == SERVING
        # Another service's certificate is none of chat's.
        async with open_replicas("survey", config.with_addresses({"survey": addresses})) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            with pytest.raises(grpc.aio.AioRpcError):
                await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)


def test_a_target_holds_one_kind_of_address_and_each_once() -> None:
    assert target_of(["10.0.0.2:1", "10.0.0.1:1", "10.0.0.2:1"]) == "ipv4:10.0.0.1:1,10.0.0.2:1"
    assert target_of(["[::1]:1", "10.0.0.1:1"]) == "ipv4:10.0.0.1:1"
    assert target_of(["[::2]:1", "[::1]:1"]) == "ipv6:[::1]:1,[::2]:1"
    with pytest.raises(ValueError, match="Unix"):
        target_of(["unix:/a", "unix:/b"])


def test_a_service_listens_on_its_own_port_where_none_is_set() -> None:
    config = Config().with_addresses({"chat": ("chat.example:8413", "other.example:8413")})
    assert config.listens("chat") == "chat.example:8413"
    assert replace(config, listen="0.0.0.0").listens("chat") == "0.0.0.0:8413"
    assert replace(config, listen="[::]").listens("chat") == "[::]:8413"
    assert replace(config, listen="0.0.0.0:9").listens("chat") == "0.0.0.0:9"
    assert replace(config, listen="unix:/run/chat").listens("chat") == "unix:/run/chat"
