"""A real gateway on a real port, in front of real gRPC servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from parley.identity.v1 import site_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import notice_pb2
from starlette.types import ASGIApp

from gateway.__main__ import live_channel
from gateway.app import Gateway, Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.page_views import HousePages
from gateway.server import Server
from kernel.config import Config
from kernel.rpc.channels import Channels
from tests.gateway import backend as backends
from tests.gateway.backend import SITE, Backend
from tests.gateway.centre import WIDGET, cookie_of
from tests.gateway.rights import CODE, SLUG, at, numbered


@dataclass
class Door:
    """A running gateway, and a client for each of its hosts."""

    app: Gateway
    server: Server
    config: Config

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self.server.port

    def client(self, host: str = "api", **headers: str) -> httpx.AsyncClient:
        """Returns a client that speaks to one of the hosts."""
        return httpx.AsyncClient(
            base_url=f"{'https' if self.config.tls_certificate else 'http'}://127.0.0.1:{self.port}",
            headers={"host": f"{host}.localhost:8400", **headers},
            timeout=10,
            verify=False,
        )

    async def streams_ready(self) -> None:
        """Waits until every live stream is open."""
        async with asyncio.timeout(10):
            await asyncio.gather(*(link.opened.wait() for link in self.app.live.links))


@asynccontextmanager
async def a_door(
    config: Config, *, store: object = None, extra_hosts: Mapping[str, ASGIApp | HousePages] | None = None
) -> AsyncIterator[Door]:
    """Runs a gateway."""
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    app = create_app(
        config,
        Upstreams(services=channels, replicas=replicas, store=store),  # type: ignore[arg-type]  # A Redis, or None.
        extra_hosts=extra_hosts,
    )
    server = Server(app, config)
    await server.start()
    try:
        yield Door(app, server, config)
    finally:
        await server.stop()
        await channels.close()


@pytest_asyncio.fixture
async def backend() -> AsyncIterator[Backend]:
    """The services behind the gateway."""
    backend = Backend()
    backend.sites[backends.SITE_KEY] = site_pb2.ResolveSiteKeyResponse(
        site_id=backends.SITE, tenant_id=backends.TENANT, allowed_origins=[backends.SHOP]
    )
    server = await backends.serve(backend)
    yield backend
    await server.stop(None)


@pytest.fixture
def config(backend: Backend, tmp_path: Path) -> Config:
    """The settings of a gateway in front of the backend, with a small web part of its own."""
    address = (f"127.0.0.1:{backend.port}",)
    dist = tmp_path / "dist"
    for name, text in {
        "launcher.js": "launch()",
        "panel/index.html": "<!doctype html><title>panel</title>",
        "console/index.html": "<!doctype html><title>console</title>",
        "assets/panel-1234.js": "panel()",
    }.items():
        path = dist / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Config(
        port=0,
        public_base="http://localhost:8400",
        secret_key=backends.SECRET,
        identity_addresses=address,
        privacy_addresses=address,
        chat_addresses=address,
        web_dist=dist,
        data_dir=tmp_path,
    )


@pytest_asyncio.fixture
async def door(config: Config) -> AsyncIterator[Door]:
    """A running gateway."""
    async with a_door(config) as door:
        yield door


def without_web(config: Config) -> Config:
    """Returns the settings of a gateway whose web part was not built."""
    return replace(config, web_dist=config.data_dir / "nothing")


@pytest.fixture
def known(backend: Backend) -> Backend:
    """A tenant with one site and two versions of its notice, and one receipt's code."""
    backend.grant(SLUG, callers=[access_pb2.CALLER_ANONYMOUS], conversation_id="", subject_id="", site_id="")
    backend.grant(f"{SLUG}:{CODE}")
    backend.listed_sites.append(site_pb2.Site(id=SITE, display_name="Fern’s shop"))
    for version in (2, 1):
        backend.rights.notices.append(
            notice_pb2.Notice(
                id=numbered("ntc", version),
                site_id=SITE,
                version=version,
                language="en",
                text="We keep what you say for 180 days.",
                policy_url="https://fern.example/privacy",
                effective_time=at(version),
                material=version == 2,
                change_summary="We keep it for a shorter time." if version == 2 else "",
            )
        )
    return backend


@pytest_asyncio.fixture
async def outside(door: Door, known: Backend) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody in front of the pages, without a code."""
    async with door.client("widget", origin=WIDGET, accept="text/html") as client:
        yield client


@pytest_asyncio.fixture
async def inside(outside: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who came in with a code."""
    outside.headers["cookie"] = await cookie_of(outside)
    return outside
