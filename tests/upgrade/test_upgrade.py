"""An upgrade under load: the schema moves beneath the last release, and parts are exchanged one by one, both ways."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from cli import commands
from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.embedded import EngineUrls
from kernel.storage.migrate import migrate
from tests.engines import SECRET, fresh_database, one_at_a_time
from tests.faults.load import Load, a_load
from tests.upgrade.releases import HERE, Column, Schema, a_pair, program, rows_of, schema_of, tenants_of

_MIGRATION = '''"""{says}"""

from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Does it."""
    op.execute("""{statement}""")
'''


def with_more(folder: Path, service: str, *statements: str) -> Mapping[str, Path]:
    """Returns the folders of migrations, where one service has some more: those of a release that is yet to come."""
    target = folder / service
    shutil.copytree(MIGRATIONS[service], target, ignore=shutil.ignore_patterns("__pycache__"))
    before = ScriptDirectory(str(target), version_locations=[str(target)]).get_current_head()
    for number, statement in enumerate(statements, start=9001):
        (target / f"{number}_more.py").write_text(
            _MIGRATION.format(says="Adds.", revision=number, before=before, statement=statement)
        )
        before = str(number)
    return {**MIGRATIONS, service: target}


async def talking(load: Load[Any]) -> None:
    """Waits until everybody was answered some more."""
    await load.until(load.acked + 60, 60)


@pytest.mark.timeout(600)
async def test_a_release_takes_the_place_of_the_last_one_while_everybody_talks(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        url = pair.config.database_url
        await pair.seed(pair.last)
        before, tenants = await schema_of(url), await tenants_of(url)
        rows = await rows_of(url, before, tenants)
        assert [table for table, found in rows.items() if not found] == []
        async with a_load(pair, 12, 0.25) as load:
            await talking(load)
            # The schema moves while only the last release runs; then once more, over tables that everybody writes.
            said = await program(pair.config, HERE, "-m", "cli", "migrate")
            assert "up to date" in said
            await talking(load)
            more = with_more(
                tmp_path / "more", "chat", "ALTER TABLE chat.messages ADD COLUMN more integer NOT NULL DEFAULT 0"
            )
            await migrate(url, SECRET, more)
            await talking(load)
            after = await schema_of(url)
            assert after.lacking(before) == []
            assert await rows_of(url, before, tenants) == rows
            # Of everything there is one of each release now, and every call may reach either.
            await pair.exchange(pair.core[0], HERE)
            await talking(load)
            await pair.exchange(pair.gateways[0], HERE)
            await talking(load)
            await pair.seed(HERE, "fern=meadow")
            await pair.seed(pair.last, "harbor=quay")
            # The rest follows.
            await pair.exchange(pair.core[1], HERE)
            await pair.exchange(pair.gateways[1], HERE)
            await talking(load)
            # And back: the last release starts on the schema of this one, and its `migrate` leaves it as it is.
            await pair.exchange(pair.core[0], pair.last)
            await pair.exchange(pair.gateways[0], pair.last)
            await talking(load)
            said = await program(pair.config, HERE, "-m", "cli", "migrate")
            assert "chat: at 9001, which is of a later release" in said
            assert await load.settle() == []
        assert await rows_of(url, before, tenants) == rows


async def test_a_migration_that_cannot_have_a_lock_gives_up_says_so_and_can_be_run_again(
    engines: EngineUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = with_more(
        tmp_path,
        "chat",
        "ALTER TABLE chat.conversations ADD COLUMN more integer NOT NULL DEFAULT 0",
        "ALTER TABLE chat.messages ADD COLUMN more integer NOT NULL DEFAULT 0",
    )
    async with fresh_database(engines.database_url) as url:
        async with one_at_a_time(engines.database_url):
            await migrate(url, SECRET, MIGRATIONS, declared=METADATA.values())
        monkeypatch.setenv("PARLEY_DATABASE_URL", url)
        monkeypatch.setenv("PARLEY_SECRET_KEY", SECRET)
        owner = await asyncpg.connect(url)
        holder = await asyncpg.connect(url, server_settings={"application_name": "a long report"})
        try:
            head = await owner.fetchval("SELECT version_num FROM chat.migration")
            # As a report does that somebody left open: whoever would change the table waits for it.
            async with holder.transaction():
                await holder.execute("SELECT count(*) FROM chat.messages")
                monkeypatch.setattr(commands, "MIGRATIONS", more)
                async with one_at_a_time(engines.database_url):
                    assert await asyncio.to_thread(commands.migrate, 0.3) == commands.TRY_AGAIN
                said = capsys.readouterr().err
                assert "chat: a table was in use for 0.3 s" in said
                assert "a long report (process" in said
                # Nothing is half done, and nobody waits behind it.
                assert await owner.fetchval("SELECT version_num FROM chat.migration") == head
                assert (await schema_of(url)).columns["chat.conversations"].get("more") is None
                assert await owner.fetchval("SELECT count(*) FROM chat.messages") == 0
            await waited_for_in_turn(owner, holder)
            said = capsys.readouterr().err
            assert "Run the same command again" in said
            assert (await schema_of(url)).columns["chat.conversations"].get("more") is None
            async with one_at_a_time(engines.database_url):
                assert await asyncio.to_thread(commands.migrate, 5.0) == 0
            assert f"chat: from {head} to 9002" in capsys.readouterr().out
            # Whoever went back to the release before starts with its `migrate`, which leaves all as it is.
            monkeypatch.setattr(commands, "MIGRATIONS", MIGRATIONS)
            async with one_at_a_time(engines.database_url):
                assert await asyncio.to_thread(commands.migrate, 5.0) == 0
            assert "chat: at 9002, which is of a later release; left as it is" in capsys.readouterr().out
        finally:
            await holder.close()
            await owner.close()


async def waited_for_in_turn(
    owner: asyncpg.Connection[asyncpg.Record], holder: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Lets a migration wait for somebody who then waits for it: PostgreSQL ends one of the two, here the migration."""
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '3s'")
    async with holder.transaction():
        await holder.execute("SET LOCAL deadlock_timeout = '1h'")
        await holder.execute("SELECT count(*) FROM chat.messages")
        migrating = asyncio.create_task(asyncio.to_thread(commands.migrate, 60.0))
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'chat.messages'::regclass)"
        async with asyncio.timeout(60):
            # Who waits for a lock tells nobody.
            while not await owner.fetchval(waits):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await holder.execute("SELECT count(*) FROM chat.conversations")
        assert await migrating == commands.TRY_AGAIN
    await owner.execute(f"ALTER DATABASE {name} RESET deadlock_timeout")


def a_schema(rules: Mapping[str, frozenset[str]] | None = None, **columns: Column) -> Schema:
    """Returns a schema of one table."""
    return Schema({"chat.messages": columns}, frozenset({"chat.append()"}), {"chat.messages": rules or {}})


def test_what_the_last_release_would_miss_is_found() -> None:
    text, count = Column("text", True, False), Column("integer", False, True)
    before = a_schema(body=text, size=count)
    assert a_schema(body=text, size=count, more=text).lacking(before) == []
    assert a_schema(size=count).lacking(before) == ["chat.messages.body is gone"]
    assert a_schema(body=Column("bytea", True, False), size=count).lacking(before) != []
    assert a_schema(body=Column("text", False, False), size=count).lacking(before) != []
    assert a_schema(body=text, size=Column("integer", False, False)).lacking(before) != []
    assert a_schema(body=text, size=count, more=Column("text", False, False)).lacking(before) != []
    more = Column("text", True, False)
    assert a_schema({"short": frozenset({"body"})}, body=text, size=count).lacking(before) != []
    assert a_schema({"short": frozenset({"more"})}, body=text, size=count, more=more).lacking(before) == []
    assert Schema({}, frozenset()).lacking(before) == [
        "the function chat.append() is gone",
        "the table chat.messages is gone",
    ]
