"""What is sealed is not read, and what is held is neither changed nor erased nor purged, until the seal is lifted."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from parley.options.v1 import access_pb2
from sqlalchemy import select, update

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import AlreadyExists
from kernel.identity import Actor, Regime
from kernel.privacy import seals
from kernel.privacy.seals import HELD, RESTRICTED, Lifted, RecordSealed
from kernel.privacy.subjects.exporting import export
from kernel.storage import leftovers
from tests.kernel.dossiers import NOW, VISITOR, World, dossiers, footnotes, metadata, pages

LEGAL, SERVICE = access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION, access_pb2.PURPOSE_ESSENTIAL_SERVICE
CASE = ids.new_id("cas")


async def seal(world: World, reason: int, record: UUID | None = None, *, seal_id: str = "hld_1") -> None:
    async with world.database.transaction(world.tenant_id) as connection:
        await seals.seal(
            connection,
            metadata,
            tenant=world.tenant,
            seal_id=seal_id,
            kind=VISITOR,
            subject_id=world.zoe,
            record_id=record,
            reason=reason,
            now=NOW,
        )


async def unseal(world: World, seal_id: str = "hld_1") -> Lifted | None:
    async with world.database.transaction(world.tenant_id) as connection:
        return await seals.unseal(connection, metadata, tenant=world.tenant, seal_id=seal_id)


async def words(world: World) -> set[str]:
    async with world.database.transaction(world.tenant_id) as connection:
        found = await connection.execute(select(pages.c.words).union(select(footnotes.c.words)))
        return {word for word in found.scalars() if word}


async def may_read(
    world: World, record: UUID, *callers: int, purpose: int = SERVICE, case_id: str = "", person: UUID | None = None
) -> bool:
    actor = Actor(tenant_id=world.tenant_id, regime=Regime.ASP, callers=frozenset(callers), purpose=purpose)
    async with world.database.transaction(world.tenant_id) as connection:
        try:
            await seals.check(
                connection,
                metadata,
                actor,
                tenant=world.tenant,
                record_id=record,
                subject_id=person or world.zoe,
                case_id=case_id,
            )
        except RecordSealed:
            return False
    return True


async def test_what_is_held_is_read_by_nobody_but_the_case(world: World) -> None:
    first = await world.plant()
    everybody = [value for value in access_pb2.Caller.values() if value]
    assert all([await may_read(world, first, caller) for caller in everybody])
    await seal(world, HELD, first)
    assert not any([await may_read(world, first, caller) for caller in everybody])
    assert not any([await may_read(world, first, caller, purpose=LEGAL) for caller in everybody])
    assert not any([await may_read(world, first, caller, case_id=CASE) for caller in everybody])
    allowed = {caller for caller in everybody if await may_read(world, first, caller, purpose=LEGAL, case_id=CASE)}
    assert allowed == {access_pb2.CALLER_PRIVACY_OFFICER, access_pb2.CALLER_INTERNAL}
    assert await may_read(world, ids.new_uuid(), access_pb2.CALLER_SUPERVISOR), "another record is free"
    await unseal(world)
    assert await may_read(world, first, access_pb2.CALLER_SUPERVISOR)


async def test_a_restriction_keeps_out_the_staff_and_not_the_person(world: World) -> None:
    first = await world.plant()
    await seal(world, RESTRICTED)
    assert not await may_read(world, first, access_pb2.CALLER_SUPERVISOR)
    assert not await may_read(world, first, access_pb2.CALLER_SERVICE_ACCOUNT)
    assert not await may_read(world, ids.new_uuid(), access_pb2.CALLER_OPERATOR), "what comes later is restricted too"
    assert await may_read(world, first, access_pb2.CALLER_VISITOR)
    assert await may_read(world, first, access_pb2.CALLER_OPERATOR, person=world.mia), "of another person"
    await world.erased(VISITOR, world.zoe)
    assert not any(word.startswith("zoe") for word in await words(world)), "a restriction does not hold up erasure"
    await seal(world, HELD, first, seal_id="hld_2")
    assert not await may_read(world, first, access_pb2.CALLER_VISITOR), "of two seals, the stronger one counts"


async def test_erasure_leaves_what_is_held_and_takes_all_else(world: World) -> None:
    first = await world.plant()
    await seal(world, HELD, first)
    done = await world.erased(VISITOR, world.zoe)
    assert done["chat.pages"] == (0, 3)
    left = {word for word in await words(world) if word.startswith("zoe")}
    assert left == {"zoe-page-0-1", "zoe-page-0-2", "zoe-page-0-3", "zoe-footnote-0"}
    async with world.database.transaction(world.tenant_id) as connection:
        names = (await connection.execute(select(dossiers.c.id, dossiers.c.name, dossiers.c.nickname))).all()
    assert {(row.name, row.nickname) for row in names if row.id == first} == {("Same Name", "zoe-nick")}
    assert ("", None) in {(row.name, row.nickname) for row in names}
    assert await world.corrected(VISITOR, world.zoe, "name", "Changed") == 0, "what was emptied stays so"
    assert await unseal(world) == Lifted(VISITOR, world.zoe, is_awaited=True, is_whole=False), "an erasure waits for it"
    await world.erased(VISITOR, world.zoe)
    assert not any(word.startswith("zoe") for word in await words(world))


async def test_what_belongs_to_a_held_record_is_held_with_it(world: World) -> None:
    await world.plant()
    key = await world.add(dossiers, person_id=world.zoe, name="x", keeper_id=world.keeper, keeper_name="kai")
    await world.add(pages, dossier_id=key, place=1, words="zoe-held")
    await seal(world, HELD, key)
    async with world.database.transaction(world.tenant_id) as connection:
        holds = await seals.Holds.of(connection, metadata, world.tenant)
        held = (await connection.execute(select(pages.c.words).where(holds.on_row(pages)))).scalars().all()
        around = (await connection.execute(select(dossiers.c.id).where(holds.within_row(dossiers)))).scalars().all()
    assert held == ["zoe-held"]
    assert around == [key]


async def test_all_of_a_person_is_held_and_nobody_elses(world: World) -> None:
    await world.plant()
    before = await words(world)
    await seal(world, HELD)
    assert await world.erased(VISITOR, world.zoe) == {}
    assert await words(world) == before
    assert await world.corrected(VISITOR, world.zoe, "name", "Changed") == 0
    assert await world.erased(VISITOR, world.mia) != {}
    assert await words(world) == {word for word in before if word.startswith("zoe")}


async def test_the_end_of_keeping_waits_for_a_hold_and_not_for_a_restriction(world: World, clock: ManualClock) -> None:
    first = await world.plant()
    async with world.database.transaction(world.tenant_id) as connection:
        await connection.execute(update(dossiers).values(close_time=clock.now() - timedelta(days=10)))
    await seal(world, RESTRICTED, seal_id="req_1")
    await seal(world, HELD, first)
    assert (await world.purged(clock, 9, dry_run=True))["chat.dossiers"] == 3
    assert (await world.purged(clock, 9))["chat.dossiers"] == 3
    assert {word.rpartition("-")[0] for word in await words(world)} == {"zoe-page-0", "zoe-footnote"}
    await unseal(world)
    assert (await world.purged(clock, 9))["chat.dossiers"] == 1
    assert await words(world) == set()


async def test_a_copy_leaves_out_what_is_held_unless_a_case_asks(world: World) -> None:
    first = await world.plant()
    await seal(world, HELD, first)

    async def copied(case_id: str = "", record: UUID | None = None) -> set[str]:
        async with world.database.transaction(world.tenant_id) as connection:
            records, _ = await export(
                connection,
                metadata,
                VISITOR,
                world.tenant,
                world.zoe,
                after=None,
                size=500,
                record_id=record,
                case_id=case_id,
            )
        return {held.value for each in records for held in each.values}

    assert "zoe-page-0-1" not in await copied()
    assert "zoe-page-1-1" in await copied()
    of_case = await copied(CASE, first)
    assert {"zoe-page-0-1", "zoe-footnote-0", "zoe-nick"} <= of_case
    assert not {"zoe-page-1-1", "zoe-reason"} & of_case, "exactly the record, and what belongs to it"


async def test_sealing_twice_is_sealing_once_and_an_id_is_not_used_again(world: World) -> None:
    first = await world.plant()
    await seal(world, HELD, first)
    await seal(world, HELD, first)
    for reason, record in ((RESTRICTED, first), (HELD, None)):
        with pytest.raises(AlreadyExists, match="SEAL_ID_TAKEN"):
            await seal(world, reason, record)
    assert await unseal(world) == Lifted(VISITOR, world.zoe, is_awaited=False, is_whole=False)
    assert await unseal(world) is None


async def test_an_erasure_marks_the_tables_in_which_it_left_bytes(world: World, owner_url: str) -> None:
    await world.plant()
    owner = await asyncpg.connect(owner_url)
    try:
        assert await owner.fetch("SELECT * FROM chat.leftovers") == []
        await world.erased(VISITOR, world.zoe)
        marked = {row["table_name"] for row in await owner.fetch("SELECT table_name FROM chat.leftovers")}
    finally:
        await owner.close()
    assert marked == {"dossiers", "pages", "footnotes", "keys", "readings", "cases"}
    assert leftovers.table(metadata).info["uncovered"]
