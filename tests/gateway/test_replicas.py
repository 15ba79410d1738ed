"""Chat replicas that are found by a name: those that come get a stream, those that go are forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel.config import Config
from kernel.rpc.channels import Channels
from kernel.rpc.names import resolve, split
from tests.gateway import backend as backends
from tests.gateway.backend import Backend
from tests.gateway.clients import a_welcomed_socket, choose_address, closed
from tests.gateway.conftest import Door


class Names:
    """A resolver whose answers a test decides, and which says that it was asked."""

    def __init__(self, *hosts: str) -> None:
        self.hosts: list[str] | None = list(hosts)
        self.asked = asyncio.Condition()

    async def __call__(self, name: str) -> list[str]:
        assert name == "chat.localhost"
        async with self.asked:
            self.asked.notify_all()
        if self.hosts is None:
            raise OSError
        return self.hosts

    async def until_asked(self, times: int = 1) -> None:
        """Waits until it was asked so often again."""
        async with self.asked:
            for _ in range(times):
                await self.asked.wait()


@asynccontextmanager
async def a_door_to(config: Config, backend: Backend, names: Names) -> AsyncIterator[Door]:
    """Runs a gateway that knows its replicas by a name."""
    replicas = Replicas(
        (f"chat.localhost:{backend.port}",),
        lambda replica: live_channel(replica, config),
        resolver=names,
        every=0.02,
    )
    channels = Channels(config, "gateway")
    app = create_app(config, Upstreams(services=channels, replicas=replicas, store=None))
    server = Server(app, config)
    await server.start()
    try:
        yield Door(app, server, config)
    finally:
        await server.stop()
        await channels.close()


async def until(names: Names, condition: Callable[[], bool]) -> None:
    """Waits, from one look-up to the next, until something holds."""
    async with asyncio.timeout(10):
        while not condition():
            await names.until_asked()


async def test_a_replica_that_comes_gets_a_stream_and_one_that_goes_is_forgotten(
    config: Config, backend: Backend
) -> None:
    second = Backend(signing_key=backend.signing_key)
    names = Names("127.0.0.1")
    async with a_door_to(config, backend, names) as door:
        links = door.app.live.links
        await until(names, lambda: len(links) == 1 and links[0].ready)
        server = await backends.serve(second, backend.port, host="127.0.0.2")
        names.hosts = ["127.0.0.1", "127.0.0.2"]
        await until(names, lambda: len(links) == 2 and all(link.ready for link in links))
        addresses = [f"127.0.0.1:{backend.port}", f"127.0.0.2:{backend.port}"]
        assert [link.address for link in links] == addresses
        there = next(n for n in range(1, 200) if choose_address(n, addresses) == addresses[1])
        async with a_welcomed_socket(door, backend.token(there)) as socket:
            # It is no longer found, and still serves whom it has; only when it ends is it forgotten.
            names.hosts = ["127.0.0.1"]
            await names.until_asked(3)
            assert len(links) == 2
            await server.stop(None)
            assert await closed(socket) == (1012, "STREAM_LOST")
        await until(names, lambda: [link.address for link in links] == addresses[:1])


async def test_a_resolver_that_fails_changes_nothing(config: Config, backend: Backend) -> None:
    names = Names("127.0.0.1")
    async with a_door_to(config, backend, names) as door:
        links = door.app.live.links
        await until(names, lambda: len(links) == 1 and links[0].ready)
        names.hosts = None
        await names.until_asked(3)
        async with a_welcomed_socket(door, backend.token(1)):
            assert len(links) == 1


def test_only_names_are_looked_up() -> None:
    assert split("chat:8413") == ("chat", 8413)
    assert split("dns:///chat.internal:8413") == ("chat.internal", 8413)
    for address in ("127.0.0.1:8413", "[::1]:8413", "unix:/run/chat", "chat", "chat:"):
        assert split(address) is None


async def test_a_name_of_this_machine_leads_to_it() -> None:
    assert set(await resolve("localhost")) & {"127.0.0.1", "::1"}
