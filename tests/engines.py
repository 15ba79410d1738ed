"""Gives tests real engines, and a database of their own on them.

`PARLEY_DATABASE_URL` and `PARLEY_REDIS_URL` set: those. `PARLEY_TEST_ENGINES=docker`: containers. Otherwise the
embedded servers, without their safety on disk. The engines are the same ones everywhere; there is no fake.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from kernel.embedded import Engines, EngineUrls

POSTGRES_IMAGE = "postgres:18-alpine"
VALKEY_IMAGE = "valkey/valkey:9-alpine"
# Roles belong to a whole server and their passwords follow from the secret, so that all suites share one.
SECRET = "the secret that every test shares"


@contextmanager
def real_engines() -> Iterator[EngineUrls]:
    """Yields the addresses of a PostgreSQL, as its superuser, and of a Valkey; meant for once a session."""
    database_url, redis_url = os.environ.get("PARLEY_DATABASE_URL"), os.environ.get("PARLEY_REDIS_URL")
    if database_url and redis_url:
        yield EngineUrls(database_url=database_url, redis_url=redis_url)
    elif os.environ.get("PARLEY_TEST_ENGINES") == "docker":
        with _containers() as urls:
            yield urls
    else:
        with (
            tempfile.TemporaryDirectory(prefix="parley-engines-", ignore_cleanup_errors=True) as folder,
            Engines(Path(folder), durable=False) as engines,
        ):
            yield EngineUrls(database_url=engines.database_url, redis_url=engines.redis_url)


@contextmanager
def _containers() -> Iterator[EngineUrls]:
    # Only this way needs Docker's client, and importing it takes longer than the embedded engines take to start.
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    password = secrets.token_urlsafe(24)
    postgres = (
        PostgresContainer(POSTGRES_IMAGE, username="postgres", password=password, dbname="parley", driver=None)
        .with_env(
            "POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
        )
        .with_command("postgres -c max_connections=200 -c fsync=off -c full_page_writes=off -c wal_recycle=off")
    )
    valkey = (
        DockerContainer(VALKEY_IMAGE)
        .with_exposed_ports(6379)
        .with_command(["valkey-server", "--save", "", "--appendonly", "no", "--requirepass", password])
        .waiting_for(LogMessageWaitStrategy("Ready to accept connections"))
    )
    with postgres, valkey:
        host, port = valkey.get_container_host_ip(), valkey.get_exposed_port(6379)
        yield EngineUrls(database_url=postgres.get_connection_url(), redis_url=f"redis://:{password}@{host}:{port}/0")


@asynccontextmanager
async def one_at_a_time(database_url: str) -> AsyncIterator[None]:
    """Keeps other suites off what belongs to a whole server, such as its roles, while a database is migrated."""
    administrator = await asyncpg.connect(database_url)
    try:
        await administrator.execute("SELECT pg_advisory_lock(1)")
        yield
    finally:
        await administrator.close()


@asynccontextmanager
async def fresh_database(database_url: str, *, like: str = "template1") -> AsyncIterator[str]:
    """Yields the superuser's address of a new database, empty or like another one, which is dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    administrator = await asyncpg.connect(database_url)
    try:
        # As files, and not page by page through the log: that takes a tenth of the time.
        await administrator.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
        try:
            yield urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
        finally:
            await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await administrator.close()
