"""What comes in the middle of a backup: a migration, a clock that is wrong, a lost database, and whoever says stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import obstore
import pytest

from cli.archive import ArchiveError, open_archive
from cli.backup import FILES, KIND, back_up
from kernel.clock import ManualClock, SystemClock
from kernel.files import open_store
from kernel.storage.schema import BACKUP
from tests.command import running
from tests.restore.conftest import Deployment

_WAITING = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = $1 AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def migrating(deployment: Deployment) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Holds a table as a migration does, until the block ends."""
    owner = await asyncpg.connect(deployment.config.database_url)
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE privacy.notices IN ACCESS EXCLUSIVE MODE")
            yield owner
    finally:
        await owner.close()


async def waiting(deployment: Deployment) -> int:
    """Waits until a backup waits for the table, and returns its process."""
    watcher = await asyncpg.connect(deployment.config.database_url)
    try:
        async with asyncio.timeout(30):
            # That somebody waits for a lock is told to nobody.
            while (pid := await watcher.fetchval(_WAITING, BACKUP)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await watcher.close()
    return int(pid)


async def test_a_table_that_a_migration_writes_anew_meanwhile_is_backed_up_with_all_its_rows(
    deployment: Deployment, tmp_path: Path
) -> None:
    await deployment.platform.tenant()
    async with migrating(deployment) as owner:
        rows = await owner.fetchval("SELECT count(*) FROM privacy.notices")
        assert rows
        taking = asyncio.create_task(asyncio.to_thread(back_up, deployment.config, tmp_path / "one", lambda _: None))
        await waiting(deployment)
        # Whoever began to look before this finds the table empty.
        await owner.execute("ALTER TABLE privacy.notices ALTER COLUMN text TYPE text COLLATE \"C\" USING text || ''")
        await owner.execute(
            "ALTER TABLE privacy.notices ALTER COLUMN text TYPE text COLLATE \"default\" USING text || ''"
        )
    await taking
    assert open_archive(tmp_path / "one", KIND).manifest["tables"]["privacy.notices"]["rows"] == rows


async def test_a_database_that_goes_away_in_the_middle_leaves_a_sentence_and_nothing_else(
    deployment: Deployment, tmp_path: Path
) -> None:
    async with migrating(deployment) as owner:
        taking = asyncio.create_task(asyncio.to_thread(back_up, deployment.config, tmp_path / "one", lambda _: None))
        await owner.execute("SELECT pg_terminate_backend($1)", await waiting(deployment))
        with pytest.raises(ArchiveError, match="The database went away, or was changed, in the middle"):
            await taking
    assert list(tmp_path.iterdir()) == []


async def test_a_backup_that_is_told_to_stop_takes_away_what_it_began(deployment: Deployment, tmp_path: Path) -> None:
    config = deployment.config
    settings = {name: value for name, value in config.as_env().items() if value and name != "PARLEY_DATA"}
    async with (
        migrating(deployment),
        running("backup", str(tmp_path / "one"), data_dir=config.data_dir, settings=settings) as command,
    ):
        await waiting(deployment)
        assert [path.name for path in tmp_path.iterdir()] == ["one.part"]
        assert await command.stop(signal.SIGTERM) == 130
        assert command.lines[-2] == "parley: stopped before the end, as it was told. Run the same command again."
    assert list(tmp_path.iterdir()) == []


async def test_a_clock_that_is_behind_leaves_no_file_out(deployment: Deployment, tmp_path: Path) -> None:
    store = open_store(deployment.config)
    await obstore.put_async(store, "tenant/clean/file", b"of somebody")
    behind = ManualClock(SystemClock().now() - timedelta(hours=1))
    try:
        await asyncio.to_thread(back_up, deployment.config, tmp_path / "one", lambda _: None, clock=behind)
        assert f"{FILES}/tenant/clean/file" in open_archive(tmp_path / "one", KIND).named(FILES)
    finally:
        await obstore.delete_async(store, "tenant/clean/file")
    # The question for the time leaves nothing behind.
    assert not [each async for page in obstore.list(store) for each in page if "clock" in each["path"]]
