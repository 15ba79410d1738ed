"""`parley maintain` clears the bytes of what was erased, and says so when something has to wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from cli import supervisor
from cli.main import parser
from kernel.config import Config
from kernel.embedded import EngineUrls
from kernel.storage import rewrite
from tests.engines import SECRET
from tests.platform import migrated_database


async def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Carries the command out as it is typed; returns its exit code and what it said."""
    parsed = parser().parse_args(["maintain", *arguments])
    code = await asyncio.to_thread(parsed.run, parsed)
    said = capsys.readouterr()
    return code, said.out, said.err


async def test_it_clears_what_is_marked_and_says_what_waits(
    engines: EngineUrls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rewrite, "LOCK_SECONDS", 0.05)
    async with migrated_database(engines) as url:
        monkeypatch.setenv("PARLEY_DATABASE_URL", url)
        monkeypatch.setenv("PARLEY_SECRET_KEY", SECRET)
        owner = await asyncpg.connect(url)
        try:
            assert await run(capsys) == (0, "· Tables cleared of what was erased: none needed it\n", "")
            mark = "INSERT INTO chat.leftovers (table_name, time) VALUES ('messages', $1)"
            await owner.execute(mark, datetime.now(UTC))
            assert (await run(capsys, "--overdue"))[1].endswith("none needed it\n"), "it is the coming night's"
            async with owner.transaction():
                await owner.execute("LOCK TABLE chat.messages IN ACCESS SHARE MODE")
                code, _, said = await run(capsys)
            assert (code, said) == (1, "parley: still to be cleared, because they were in use: chat.messages\n")
            long_ago = rewrite.next_time(datetime.now(UTC)) - timedelta(days=3)
            await owner.execute("UPDATE chat.leftovers SET time = $1", long_ago)
            assert await run(capsys, "--overdue") == (0, "· Tables cleared of what was erased: chat.messages\n", "")
            assert await owner.fetchval("SELECT count(*) FROM chat.leftovers") == 0
        finally:
            await owner.close()


async def test_without_a_database_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", "")
    code, _, said = await run(capsys)
    assert code == 2
    assert "PARLEY_DATABASE_URL" in said


def test_a_running_platform_does_it_at_its_start_and_every_night(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []

    class Child:
        """A run that is over at once."""

        def poll(self) -> int:
            return 0

    def start(_: object, *arguments: str) -> Child:
        started.append(arguments)
        return Child()

    monkeypatch.setattr(supervisor._Nightly, "_start", start)
    nightly = supervisor._Nightly(Config())
    assert started == [("--overdue",)]
    night = rewrite.next_time(datetime.now(UTC))
    for moment in (night - timedelta(minutes=1), night, night + timedelta(minutes=1), night + timedelta(hours=23)):
        nightly.look(moment)
    assert started == [("--overdue",), ()]
    nightly.look(night + timedelta(days=1))
    assert started == [("--overdue",), (), ()]
