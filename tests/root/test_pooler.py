"""A pooler of transactions before PostgreSQL: the PgBouncer that is installed, in each way in which it may be set up.

Since 1.21 it knows statements that were given a name, where it is told to keep some; Debian 12 has an earlier one.
PgBouncer does not run as root, and becomes an account of its own.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cli.folders import MIGRATIONS
from cli.secrets import write_roles
from cli.services import METADATA
from kernel.embedded import Engines, EngineUrls
from kernel.storage.database import Database, runtime_url
from kernel.storage.migrate import migrate
from tests.community.forum import forum
from tests.engines import SECRET, fresh_database
from tests.platform import Platform, a_config, free_ports, running_platform
from tests.root.debian import ACCOUNT
from tests.support.desk import a_desk

#: How many connections to the server the pooler gives to each service.
POOL = 2
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to set both sides up: lines for the pooler, and whether services give no names to their statements."""

    lines: str
    unnamed: bool


@dataclass(frozen=True, slots=True)
class Pooled:
    """A migrated database, as its owner reaches it and as the services do."""

    direct: str
    url: str
    way: Way


def knows_names() -> bool:
    """Says whether the PgBouncer that is installed can keep statements that were given a name."""
    said = subprocess.run(["pgbouncer", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"PgBouncer (\d+)\.(\d+)", said)
    assert found, said
    return (int(found[1]), int(found[2])) >= (1, 21)


#: It is told to keep none, as it did before it could.
NONE_KEPT = "max_prepared_statements = 0\n" if knows_names() else ""
WAYS = {"unnamed": Way(NONE_KEPT, unnamed=True)}
if knows_names():
    WAYS |= {
        "unnamed, and some would be kept": Way("max_prepared_statements = 200\n", unnamed=True),
        "named": Way(
            "max_prepared_statements = 200\nignore_startup_parameters = plan_cache_mode, jit\n", unnamed=False
        ),
    }


@contextmanager
def pgbouncer(server: str, lines: str = NONE_KEPT) -> Iterator[str]:
    """Runs the pooler before a server, set up by further lines, and yields its host and port."""
    place, (port,) = urlsplit(server), free_ports(1)
    with tempfile.TemporaryDirectory(prefix="parley-pgbouncer-") as name:
        folder = Path(name)
        write_roles(folder / "roles", SECRET)
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={place.hostname} port={place.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"pool_mode = transaction\nauth_type = scram-sha-256\nauth_file = {folder}/roles\n"
            f"default_pool_size = {POOL}\nmax_client_conn = 500\n{lines}"
        )
        for path in (folder, *folder.iterdir()):
            subprocess.run(["chown", ACCOUNT, str(path)], check=True)
        log = folder / "log"
        with log.open("wb") as said:
            command = ["runuser", "-u", ACCOUNT, "--", "pgbouncer", str(folder / "pgbouncer.ini")]
            running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            deadline = time.monotonic() + START_SECONDS
            # It tells nobody but its log that it is ready.
            while "process up" not in log.read_text():
                assert running.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            yield f"127.0.0.1:{port}"
        finally:
            # runuser passes it on.
            running.terminate()
            running.wait()


@pytest_asyncio.fixture(scope="module")
async def direct(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database on a server of the platform's own that listens on a port, as its owner reaches it."""
    with Engines(tmp_path_factory.mktemp("postgres"), durable=False, valkey=False, sockets=False) as engines:
        async with fresh_database(engines.database_url) as url:
            # Migrations go to the server itself.
            await migrate(url, SECRET, MIGRATIONS, declared=METADATA.values())
            yield url


@pytest_asyncio.fixture(scope="module", params=WAYS.values(), ids=WAYS)
async def pooled(direct: str, request: pytest.FixtureRequest) -> AsyncIterator[Pooled]:
    """The database behind the pooler."""
    way: Way = request.param
    with pgbouncer(direct, way.lines) as place:
        yield Pooled(direct, urlsplit(direct)._replace(netloc=place).geturl(), way)


@pytest_asyncio.fixture(scope="module")
async def platform(
    pooled: Pooled, engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """The whole platform, behind the pooler."""
    config = a_config(
        pooled.url, engines.redis_url, tmp_path_factory.mktemp("data"), database_pooled=pooled.way.unnamed
    )
    async with running_platform(config) as running:
        yield running


async def connections(url: str) -> dict[str, int]:
    """Returns how many connections to the server each service's role has."""
    owner = await asyncpg.connect(url)
    try:
        rows = await owner.fetch(
            "SELECT usename, count(*) AS count FROM pg_stat_activity WHERE usename LIKE 'parley\\_%' GROUP BY usename"
        )
        return {row["usename"]: row["count"] for row in rows}
    finally:
        await owner.close()


async def test_a_chat_a_ticket_and_a_post_go_through_a_pool_of_transactions(platform: Platform, pooled: Pooled) -> None:
    tenant = await platform.tenant()
    visitors = await asyncio.gather(*(tenant.visitor() for _ in range(8)))

    async def talk(number: int) -> None:
        visitor = visitors[number]
        for message in range(5):
            request = conversation_pb2.PostMessageRequest(
                conversation_id=visitor.conversation.id,
                client_message_id=f"message-{number}-{message}",
                body=f"word {number}",
            )
            await platform.call(platform.chat.PostMessage, request, token=visitor.token)
        listed = await platform.call(
            platform.chat.ListMessages,
            conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
            token=visitor.token,
        )
        assert [each.body for each in listed.messages if each.client_message_id] == [f"word {number}"] * 5

    await asyncio.gather(*(talk(number) for number in range(len(visitors))))

    desk = await a_desk(platform)
    ticket_id = await desk.submit("The shop does not open since Monday.", display_name="Pat")
    await desk.change(ticket_id, ("ACCEPT",), ("ASSIGN", "me"))
    await desk.change(ticket_id, ("ANSWER", "", "Please try again now."))
    assert [each.body for each in (await desk.get(ticket_id)).entries][-1] == "Please try again now."

    shop = await forum(platform)
    space = await shop.space("questions")
    ann, bo = await shop.poster("ann_asks"), await shop.poster("bo-knows")
    topic = await shop.topic(ann, space.id, "Does it float?", "I wonder.")
    await shop.reply(bo, topic.id, "Yes, it does.")
    assert [each.html for each in await shop.read(topic.id)][-1] == "<p>Yes, it does.</p>\n"

    # All of it went through the few connections that the pooler holds, the writer's included.
    held = await connections(pooled.direct)
    assert {"parley_chat", "parley_support", "parley_community"} <= held.keys()
    assert max(held.values()) <= POOL, held


async def test_a_tenants_binding_never_leaks_into_the_next_transaction_of_a_connection(
    platform: Platform, pooled: Pooled
) -> None:
    tenants = [await platform.tenant() for _ in range(3)]
    for tenant in tenants:
        await tenant.visitor()
    # On a busy machine many take long through so few; nobody gives up meanwhile.
    database = Database(
        runtime_url(pooled.url, SECRET, "chat"), pool_size=12, pool_timeout=30.0, pooled=pooled.way.unnamed
    )
    servers: set[int] = set()
    asked = text("SELECT tenant_id, pg_backend_pid() AS server, pg_sleep(0.002) FROM chat.conversations")
    bound = text("SELECT current_setting('app.tenant', true) AS tenant, pg_backend_pid() AS server")

    async def as_tenant(number: int) -> None:
        tenant = tenants[number % len(tenants)]
        async with database.transaction(tenant.id) as connection:
            rows = (await connection.execute(asked)).all()
        assert len(rows) == 1
        servers.update(row.server for row in rows)

    async def as_nobody(_: int) -> None:
        async with database.without_tenant() as connection:
            row = (await connection.execute(bound)).one()
        assert not row.tenant
        servers.add(row.server)

    async def undone(number: int) -> None:
        # What is undone takes its binding along as well.
        with pytest.raises(ZeroDivisionError):
            async with database.transaction(tenants[number % len(tenants)].id):
                raise ZeroDivisionError

    try:
        await asyncio.gather(
            *(each(number) for number in range(60) for each in (as_tenant, as_nobody, undone)),
        )
        # Many transactions of three tenants, and of none, shared a few connections.
        assert 1 <= len(servers) <= POOL
        # A query that binds nobody is refused on a connection that others have just used.
        with pytest.raises(Exception, match="no tenant is bound"):
            async with database.without_tenant() as connection:
                await connection.execute(asked)
    finally:
        await database.close()


async def test_the_control_without_the_setting_a_pooler_that_keeps_no_names_breaks_what_is_said(direct: str) -> None:
    async def ask(connection: AsyncConnection) -> int:
        asked = await connection.execute(text("SELECT pg_backend_pid() + CAST(:more AS integer)"), {"more": 0})
        return int(asked.scalar_one())

    with pgbouncer(direct) as place:
        url = urlsplit(direct)._replace(netloc=place).geturl()
        asking, holding = (Database(runtime_url(url, SECRET, "chat"), pool_size=1) for _ in range(2))
        try:
            async with asking.without_tenant() as connection:
                prepared_on = await ask(connection)
            # Somebody else holds that connection of the pooler's to the server, and the statement is asked on another.
            async with holding.without_tenant() as held:
                assert await ask(held) == prepared_on
                with pytest.raises(Exception, match="prepared statement"):
                    async with asking.without_tenant() as connection:
                        await ask(connection)
        finally:
            await asking.close()
            await holding.close()
