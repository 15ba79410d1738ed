"""What was erased is gone from the disk after the rewrite: from the tables, the log and the planner's statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import insert

from cli.doctor import about_slots
from kernel import ids
from kernel.privacy.subjects.erasing import erase
from kernel.storage import rewrite
from kernel.storage.rewrite import next_time
from kernel.storage.statistics import turn_off, unmeasured
from tests.disk import Disk, a_word
from tests.kernel.dossiers import VISITOR, World, cases, dossiers, keys, metadata, pages


@pytest.fixture
async def disk(owner_url: str) -> object:
    """The disk of the test's database."""
    owner = await asyncpg.connect(owner_url)
    yield Disk(owner)
    await owner.close()


async def erased(world: World) -> None:
    async with world.database.transaction(world.tenant_id) as connection:
        await erase(connection, metadata, VISITOR, world.tenant, world.zoe, datetime.now(UTC))


async def planted(world: World) -> tuple[str, str]:
    """Plants a canary of Zoë's and one of Mia's in the same tables, and returns both."""
    canary, control = a_word("canary"), a_word("control")
    for person, word in ((world.zoe, canary), (world.mia, control)):
        key = await world.add(dossiers, person_id=person, name=word, keeper_id=world.keeper, keeper_name="kai")
        await world.add(pages, dossier_id=key, place=1, words=word)
        await world.add(keys, person_id=person, key=word.encode())
    return canary, control


async def test_a_log_that_is_kept_for_a_replica_that_is_away_is_not_said_to_be_gone(
    world: World, disk: Disk, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrite, "SLOT_SECONDS", 0.2)
    slot = a_word("slot").lower()
    await disk.owner.execute("SELECT pg_create_physical_replication_slot($1, true)", slot)
    try:
        canary, _ = await planted(world)
        await erased(world)
        done = await rewrite.rewrite(owner_url, [metadata])
        assert (done.waiting, done.log_let_go) == ([], False)
        assert await disk.holds(canary) == {"pg_wal"}
        assert [each.about for each in await about_slots(disk.owner)] == ["log"]
    finally:
        await disk.owner.execute("SELECT pg_drop_replication_slot($1)", slot)
    canary, _ = await planted(world)
    await erased(world)
    assert (await rewrite.rewrite(owner_url, [metadata])).log_let_go
    assert await disk.holds(canary) == set()
    assert await about_slots(disk.owner) == []


async def test_what_was_erased_is_gone_from_the_disk_after_the_rewrite(
    world: World, disk: Disk, owner_url: str
) -> None:
    canary, control = await planted(world)
    await erased(world)
    assert await disk.holds(canary) == {"base", "pg_wal"}, "it is invisible, and still there"
    await disk.owner.execute("VACUUM")
    assert await disk.holds(canary), "VACUUM alone does not clear it"
    done = await rewrite.rewrite(owner_url, [metadata])
    assert set(done.cleared) == {"chat.dossiers", "chat.pages", "chat.keys"}
    assert (done.waiting, done.log_let_go) == ([], True)
    assert await disk.holds(canary) == set()
    assert "base" in await disk.holds(control), "what was not erased is where it was"
    assert await disk.owner.fetchval("SELECT count(*) FROM chat.leftovers") == 0
    again = await rewrite.rewrite(owner_url, [metadata])
    assert again.cleared == [], "nothing was erased since, so nothing is written anew"


async def test_what_somebody_can_still_see_waits_for_the_next_time(world: World, disk: Disk, owner_url: str) -> None:
    canary, _ = await planted(world)
    backup = await asyncpg.connect(owner_url)
    try:
        async with backup.transaction(isolation="repeatable_read"):
            await backup.fetch("SELECT 1 FROM chat.idempotency")
            await erased(world)
            done = await rewrite.rewrite(owner_url, [metadata])
            assert "chat.dossiers" in done.waiting
            assert "base" in await disk.holds(canary)
    finally:
        await backup.close()
    done = await rewrite.rewrite(owner_url, [metadata])
    assert "chat.dossiers" in done.cleared
    assert await disk.holds(canary) == set()


async def test_a_table_in_use_is_left_for_the_next_time(
    world: World, disk: Disk, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrite, "LOCK_SECONDS", 0.05)
    await planted(world)
    await erased(world)
    async with disk.owner.transaction():
        await disk.owner.execute("LOCK TABLE chat.pages IN ACCESS SHARE MODE")
        done = await rewrite.rewrite(owner_url, [metadata])
    assert "chat.pages" in done.waiting
    assert "chat.pages" in (await rewrite.rewrite(owner_url, [metadata])).cleared


async def test_only_what_is_overdue_is_written_anew_at_the_start(world: World, owner_url: str) -> None:
    await planted(world)
    await erased(world)
    now = datetime.now(UTC)
    assert (await rewrite.rewrite(owner_url, [metadata], before=now - timedelta(hours=1))).cleared == []
    assert (await rewrite.rewrite(owner_url, [metadata], before=now + timedelta(hours=1))).cleared


def test_the_receipt_names_the_next_rewrite() -> None:
    for hour, minute, day in ((3, 39, 1), (3, 40, 2), (12, 0, 2), (0, 0, 1)):
        gone = next_time(datetime(2026, 5, 1, hour, minute, tzinfo=UTC))
        assert gone == datetime(2026, 5, day, 3, 40, tzinfo=UTC)


async def test_the_planner_keeps_nothing_of_what_an_erasure_takes(world: World, disk: Disk, owner_url: str) -> None:
    canary = a_word("canary")
    async with world.database.transaction(world.tenant_id) as connection:
        rows = [
            {
                "tenant_id": world.tenant,
                "id": ids.new_uuid(),
                "person_id": world.zoe,
                "name": canary,
                "keeper_id": world.keeper,
                "keeper_name": canary,
            }
            for _ in range(50)
        ]
        await connection.execute(insert(dossiers), rows)
    await disk.owner.execute("CREATE INDEX dossiers_words ON chat.dossiers USING gin (to_tsvector('simple', name))")
    await disk.owner.execute("ANALYZE")
    assert await disk.measured(canary), "the database measures everything, unless it is told"
    done = await turn_off(disk.owner, [metadata])
    assert {"chat.dossiers.name", "chat.dossiers.keeper_name", "chat.dossiers_words.to_tsvector"} <= set(done)
    assert not await disk.measured(canary)
    await disk.owner.execute("ANALYZE")
    assert not await disk.measured(canary), "and it stays so"
    assert await turn_off(disk.owner, [metadata]) == []
    rows_ = await disk.owner.fetch("SELECT attname FROM pg_stats WHERE tablename = 'dossiers'")
    measured = {row["attname"] for row in rows_}
    assert {"id", "person_id"} <= measured, "good plans need the ids, which erasure leaves where they are"


def test_what_is_not_measured_follows_from_the_options() -> None:
    assert unmeasured(dossiers) == ["keeper_name", "name", "nickname"]
    assert unmeasured(cases) == ["key", "name", "reason"]
