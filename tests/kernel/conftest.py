"""A database with two services' schemas, with the kernel's tables, and a fresh copy of it for each test."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import structlog
from parley.events.v1 import events_pb2, events_pb2_grpc
from redis.asyncio import Redis
from sqlalchemy import MetaData

from kernel import ids
from kernel.clock import ManualClock
from kernel.config import Config
from kernel.embedded import Engines, EngineUrls
from kernel.events import EventServicer
from kernel.identity import KeyRing, Revocations
from kernel.rpc.channels import Channels
from kernel.rpc.server import Offer, Server
from kernel.storage import Database, runtime_url
from kernel.storage.migrate import migrate
from tests.engines import SECRET, fresh_database, one_at_a_time
from tests.kernel import dossiers

MIGRATION = """
from alembic import op

from kernel.search import Searched, create_likeness, create_search
from kernel.storage.schema import create_erasure_tables, create_kernel_tables, protect

revision, down_revision = "0001", None


def upgrade() -> None:
    create_kernel_tables(op, "{service}", "{service}")
    create_erasure_tables(op, "{service}", "{service}")
    op.execute(
        "CREATE TABLE {service}.notes (tenant_id uuid NOT NULL, id uuid NOT NULL, kind integer NOT NULL, "
        "title text NOT NULL, body text, PRIMARY KEY (tenant_id, id))"
    )
    protect(op, "{service}", "notes", service="{service}")
    searched = Searched(
        table="notes",
        texts=("title", "body"),
        filters={{"kind": ("integer", "t.kind = p_kind")}},
        reads={{"notes": ("kind",)}},
    )
    create_search(op, "{service}", searched, service="{service}")
    create_likeness(op, "{service}", searched, service="{service}")
"""


@pytest.fixture(autouse=True)
def process_state() -> Iterator[None]:
    """Puts back what the log's `configure` sets for a whole process: a test that is run next finds it as at a start."""
    kept = sys.excepthook, threading.excepthook, sys.unraisablehook, logging.getLogger().handlers[:]
    level = logging.getLogger().level
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook, logging.getLogger().handlers[:] = kept
    logging.getLogger().setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@dataclass(frozen=True, slots=True)
class Room:
    """One service's place in the database."""

    service: str
    database: Database
    metadata: MetaData = field(default_factory=MetaData)


@pytest_asyncio.fixture(scope="session")
async def migrated(engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a database that has been migrated, to make copies of."""
    folders: dict[str, Path] = {}
    for service in ("chat", "privacy"):
        folders[service] = tmp_path_factory.mktemp(f"{service}-migrations")
        (folders[service] / "0001_all.py").write_text(MIGRATION.format(service=service))
    async with fresh_database(engines.database_url) as url:
        async with one_at_a_time(engines.database_url):
            await migrate(url, SECRET, folders)
        yield url


@pytest_asyncio.fixture
async def owner_url(engines: EngineUrls, migrated: str) -> AsyncIterator[str]:
    """The superuser's address of a migrated database for one test."""
    async with fresh_database(engines.database_url, like=urlsplit(migrated).path[1:]) as url:
        yield url


@pytest_asyncio.fixture
async def chat(owner_url: str) -> AsyncIterator[Room]:
    """The service `chat`, under its own role."""
    database = Database(runtime_url(owner_url, SECRET, "chat"))
    yield Room("chat", database, MetaData(schema="chat"))
    await database.close()


@pytest_asyncio.fixture
async def privacy(owner_url: str) -> AsyncIterator[Room]:
    """The service `privacy`, under its own role."""
    database = Database(runtime_url(owner_url, SECRET, "privacy"))
    yield Room("privacy", database, MetaData(schema="privacy"))
    await database.close()


@pytest_asyncio.fixture
async def redis(engines: EngineUrls) -> AsyncIterator[Redis]:
    """A client of a Redis that others use as well."""
    client = Redis.from_url(engines.redis_url)
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """A client of a server that nobody else uses, for tests that wipe it."""
    with Engines(tmp_path / "own redis", postgres=False) as engines:
        client = Redis.from_url(engines.redis_url)
        yield client
        await client.aclose()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon."""
    return ManualClock(datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
def tenant() -> str:
    """A tenant's id."""
    return ids.new_id("ten")


@pytest_asyncio.fixture
async def channels(chat: Room) -> AsyncIterator[Channels]:
    """Channels of the service `privacy`, to a running server with chat's outbox."""
    config = Config(secret_key=SECRET, listen="127.0.0.1:0", reflection=False)
    server = Server("chat", config, KeyRing(), Revocations())
    descriptor = events_pb2.DESCRIPTOR.services_by_name["EventService"]
    servicer = EventServicer(chat.database, chat.metadata)
    server.offer(Offer(descriptor, servicer, events_pb2_grpc.add_EventServiceServicer_to_server))
    await server.start()
    opened = Channels(replace(config, chat_addresses=(f"127.0.0.1:{server.port}",)), "privacy")
    yield opened
    await opened.close()
    await server.stop(0)


@pytest_asyncio.fixture
async def world(owner_url: str, tenant: str) -> AsyncIterator[dossiers.World]:
    """A tenant with nobody in it yet, and the tables of the tests beside the kernel's."""
    await dossiers.create(owner_url, dossiers.TABLES)
    database = Database(runtime_url(owner_url, SECRET, "chat"))
    yield dossiers.World(database, tenant)
    await database.close()
