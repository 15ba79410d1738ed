"""TLS to PostgreSQL: the platform on Debian's server, which has it, as an address with `sslmode` asks for it.

Only root may give the server's files to the server's own account.
"""

from __future__ import annotations

import asyncio
import io
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from parley.chat.v1 import conversation_pb2
from sqlalchemy import text

from cli.archive import ArchiveError, ArchiveFile
from cli.dumps import _run, backup_url, dump, measure, snapshot
from cli.folders import MIGRATIONS
from kernel.embedded import EngineUrls
from kernel.storage.database import Database, driver_url
from kernel.storage.migrate import migrate
from tests.engines import SECRET
from tests.kernel.test_mtls import Authority
from tests.platform import a_config, running_platform
from tests.root.debian import Server, a_server
from tests.wire import Wire

WORDS = "canary-to-the-disk-5c1e"
#: The one database that lets people in without TLS as well.
OPEN = "open"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The server, on a port of its own, in a folder to which its account can come."""
    with tempfile.TemporaryDirectory(prefix="parley-debian-") as folder:
        issued = Authority().settings(Path(folder), "database")
        with a_server(Path(folder), issued, open_to=OPEN) as made:
            asyncio.run(prepare(made))
            yield made


async def prepare(server: Server) -> None:
    """Makes the open database."""
    owner = await asyncpg.connect(server.url("require"))
    await owner.execute(f"CREATE DATABASE {OPEN}")
    await owner.close()


async def in_use(url: str) -> list[tuple[str, bool]]:
    """Returns who is connected, and whether by TLS."""
    owner = await asyncpg.connect(url)
    try:
        rows = await owner.fetch(
            "SELECT a.application_name, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) "
            "WHERE a.backend_type = 'client backend'"
        )
        return [(row["application_name"], row["ssl"]) for row in rows]
    finally:
        await owner.close()


async def test_the_whole_platform_speaks_to_its_database_by_tls_and_the_wire_holds_no_word(
    server: Server, engines: EngineUrls, tmp_path: Path
) -> None:
    async with Wire(server.port) as wire:
        url = server.url("verify-full", port=wire.port)
        # Debian's server is older than ours and cannot forget what it knows of columns, so that no table is named here.
        await migrate(url, SECRET, MIGRATIONS)
        async with running_platform(a_config(url, engines.redis_url, tmp_path)) as platform:
            tenant = await platform.tenant()
            visitor = await tenant.visitor("Somebody")
            await platform.call(
                platform.chat.PostMessage,
                conversation_pb2.PostMessageRequest(
                    conversation_id=visitor.conversation.id, client_message_id="a-message-of-one", body=WORDS
                ),
                token=visitor.token,
            )
            connected = await in_use(url)
        # The programs that dump and load speak no TLS themselves.
        async with snapshot(backup_url(url, SECRET)) as (connection, name):
            contents = await measure(connection, sorted(MIGRATIONS))
            dumped = io.BytesIO()
            await dump(backup_url(url, SECRET), name, contents, sorted(MIGRATIONS), ArchiveFile(dumped))
    assert {f"parley parley_{service}" for service in MIGRATIONS} <= {name for name, _ in connected}
    assert all(by_tls for _, by_tls in connected)
    assert contents.rows > 0
    assert dumped.getvalue().startswith(b"PGDMP")
    assert len(wire.heard) > 100_000
    assert WORDS.encode() not in wire.heard
    assert SECRET.encode() not in wire.heard


async def asked(server: Server, mode: str, database: str = "postgres") -> bytes:
    """Says something to a database; returns what somebody on the way hears."""
    async with Wire(server.port) as wire:
        service = Database(driver_url(server.url(mode, port=wire.port, database=database)))
        async with service.without_tenant() as connection:
            await connection.execute(text("SELECT CAST(:words AS text)"), {"words": WORDS})
        await service.close()
        return bytes(wire.heard)


async def test_the_control_without_tls_the_wire_holds_every_word(server: Server) -> None:
    assert WORDS.encode() in await asked(server, "disable", OPEN)
    assert WORDS.encode() not in await asked(server, "require", OPEN)


async def test_a_server_that_cannot_prove_itself_gets_nothing(server: Server, tmp_path: Path) -> None:
    Authority().settings(tmp_path, "another")
    for url, error in (
        (server.url("verify-full", authority=tmp_path / "another.ca"), ssl.SSLError),
        # The certificate is for 127.0.0.1, and not for this name of the same machine.
        (server.url("verify-full").replace("@127.0.0.1:", "@localhost:"), ssl.SSLError),
        (server.url("disable"), asyncpg.InvalidAuthorizationSpecificationError),
    ):
        database = Database(driver_url(url))
        with pytest.raises(error):
            await database.dedicated()
        await database.close()


async def test_a_dump_from_a_server_that_cannot_prove_itself_gets_nothing(server: Server, tmp_path: Path) -> None:
    Authority().settings(tmp_path, "another")
    async with Wire(server.port) as wire:
        for url in (
            server.url("verify-full", port=wire.port, authority=tmp_path / "another.ca"),
            server.url("verify-full", port=wire.port).replace("@127.0.0.1:", "@localhost:"),
        ):
            with pytest.raises(ArchiveError, match="psql failed"):
                await _run("psql", driver_url(url), ["--command=SELECT 1"])
        assert server.password.encode() not in wire.heard
    # The control: with the right authority the same program is answered.
    await _run("psql", driver_url(server.url("verify-full")), ["--command=SELECT 1"])


async def test_where_tls_is_asked_for_a_server_without_it_is_refused(server: Server) -> None:
    owner = await asyncpg.connect(server.url("disable", database=OPEN))
    try:
        await owner.execute("ALTER SYSTEM SET ssl = off")
        await owner.execute("SELECT pg_reload_conf()")
        while await owner.fetchval("SHOW ssl") == "on":
            await owner.execute("SELECT pg_sleep(0.01)")
        database = Database(driver_url(server.url("require", database=OPEN)))
        with pytest.raises(ConnectionError, match="SSL"):
            await database.dedicated()
        await database.close()
    finally:
        await owner.execute("ALTER SYSTEM RESET ssl")
        await owner.execute("SELECT pg_reload_conf()")
        await owner.close()
