"""What a service owes a person follows from its tables and the options, for tables that exist in tests only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import MetaData, Text, select

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import AlreadyExists, InvalidArgument
from kernel.privacy.subjects import uncovered_columns
from kernel.privacy.subjects.correcting import correctable
from kernel.privacy.subjects.erasing import ERASED
from kernel.privacy.subjects.exporting import SECRET_HELD, export
from kernel.storage.tables import column, tenant_table
from tests.kernel.dossiers import (
    STAFF,
    UUID_KEY,
    VISITOR,
    WRITER,
    D,
    World,
    dossiers,
    footnotes,
    keepers,
    letters,
    metadata,
    pages,
    postscripts,
    readers,
    readings,
    remarks,
    stubs,
    writers,
)


def values_of(records: Iterable[subject_pb2.HeldRecord]) -> Counter[tuple[str, str, str]]:
    return Counter(
        (record.record, held.field.removeprefix(D), held.value) for record in records for held in record.values
    )


async def test_an_export_holds_every_value_with_its_rule_and_nobody_elses(world: World) -> None:
    first = await world.plant()
    records = await world.exported(VISITOR, world.zoe)
    values = values_of(records)
    text = " ".join(value for _, _, value in values)
    for number in range(2):
        for place in (1, 2, 3):
            assert values["chat.pages", "words", f"zoe-page-{number}-{place}"] == 1
        assert values["chat.footnotes", "words", f"zoe-footnote-{number}"] == 1
    assert values["chat.dossiers", "name", "Same Name"] == values["chat.dossiers", "nickname", "zoe-nick"] == 2
    assert values["chat.dossiers", "keeper_name", "kai"] == 2, "the person may see who it was"
    assert values["chat.cases", "reason", "zoe-reason"] == values["chat.readings", "reading", "7"] == 1
    assert values["chat.keys", "key", SECRET_HELD] == 1, "a secret is named and not shown"
    assert "mia" not in text
    assert "keeper.example" not in text
    assert {record.record_id for record in records if record.record == "chat.dossiers"} >= {ids.from_uuid("cnv", first)}
    name = next(held for record in records for held in record.values if held.field == D + "name")
    assert (name.category, name.retention) == ("user.name", privacy_pb2.RETENTION_TRANSCRIPT)
    assert list(name.purposes)


async def test_a_keepers_export_leaves_out_those_whom_the_keeper_served(world: World) -> None:
    await world.plant()
    values = values_of(await world.exported(STAFF, world.keeper))
    assert values["chat.keepers", "email", "kai@keeper.example"] == 1
    assert values["chat.keepers", "password", SECRET_HELD] == 1
    assert values["chat.dossiers", "keeper_name", "kai"] == 4
    assert not {
        value for _, _, value in values if "Same" in value or "zoe" in value or "kim" in value or "argon" in value
    }
    assert not {record for record, _, _ in values if record in ("chat.pages", "chat.footnotes")}


@pytest.mark.parametrize("size", [1, 2, 5, 11])
async def test_pages_of_any_size_hold_the_same(world: World, size: int) -> None:
    await world.plant()
    whole = await world.exported(VISITOR, world.zoe)
    assert len(whole) > 11
    assert await world.exported(VISITOR, world.zoe, size) == whole


async def test_a_page_of_long_texts_ends_early(world: World) -> None:
    dossier = await world.add(dossiers, person_id=world.zoe, name="", keeper_id=world.keeper, keeper_name="")
    for place in range(120):
        await world.add(pages, dossier_id=dossier, place=place, words="ю" * 8000)
    async with world.database.transaction(world.tenant_id) as connection:
        page, position = await export(connection, metadata, VISITOR, world.tenant, world.zoe, after=None, size=500)
    assert position is not None
    assert sum(record.ByteSize() for record in page) < 2 << 20
    assert len(await world.exported(VISITOR, world.zoe)) == 121


async def test_a_correction_reaches_every_copy_and_nobody_else(world: World) -> None:
    await world.plant()
    # Both names of the dossiers are a visitor's name, and so is the one in the case.
    assert await world.corrected(VISITOR, world.zoe, "name", "Zoë Ōno") == 3
    assert await world.corrected(VISITOR, world.zoe, "name", "Zoë Ōno") == 0
    values = values_of(await world.exported(VISITOR, world.zoe))
    assert values["chat.dossiers", "name", "Zoë Ōno"] == values["chat.dossiers", "nickname", "Zoë Ōno"] == 2
    assert values["chat.cases", "name", "Zoë Ōno"] == 1
    assert values_of(await world.exported(VISITOR, world.mia))["chat.dossiers", "name", "Same Name"] == 2
    assert await world.corrected(STAFF, world.keeper, "keeper_name", "Kay") == 5
    assert values_of(await world.exported(VISITOR, world.mia))["chat.dossiers", "keeper_name", "Kay"] == 2


async def test_a_row_of_two_owners_goes_with_either_and_whoever_is_left_with_nothing_goes_as_well(world: World) -> None:
    lone, busy, copied, read = [await world.add(writers, name=name) for name in ("lone", "busy", "copied", "read")]
    mine = await world.add(letters, writer_id=lone, person_id=world.zoe, words="zoe-one")
    also_mine = await world.add(letters, writer_id=busy, person_id=world.zoe, words="zoe-two")
    theirs = await world.add(letters, writer_id=busy, person_id=world.mia, words="mia-one")
    nobodys = await world.add(letters, writer_id=read, words="nobody-one")
    for words in ("zoe-postscript", "secret-postscript"):
        await world.add(postscripts, letter_id=mine, words=words)
    await world.add(readers, letter_id=mine, writer_id=copied)
    await world.add(readers, letter_id=also_mine, writer_id=read)
    shown = {value for _, _, value in values_of(await world.exported(VISITOR, world.zoe))}
    assert {"zoe-one", "zoe-two", "zoe-postscript"} <= shown
    assert not {"secret-postscript", "mia-one", "lone", "busy"} & shown
    assert "secret-postscript" in {value for _, _, value in values_of(await world.exported(WRITER, lone))}
    # Whom the letters came from is not the visitor's to put right.
    assert await world.corrected(VISITOR, world.zoe, "writer_name", "Zoë Ōno") == 0
    done = await world.erased(VISITOR, world.zoe)
    assert done == {"chat.letters": (2, 0), "chat.postscripts": (2, 0), "chat.writers": (2, 0)}
    async with world.database.transaction(world.tenant_id) as connection:
        assert set((await connection.execute(select(writers.c.id))).scalars()) == {busy, read}
        assert set((await connection.execute(select(letters.c.id))).scalars()) == {theirs, nobodys}
    assert await world.erased(VISITOR, world.zoe) == {}
    # The first owner goes with everything, whoever else owns it.
    assert await world.erased(WRITER, busy) == {"chat.letters": (1, 0), "chat.writers": (1, 0)}


async def test_what_is_not_correctable_is_refused(world: World) -> None:
    await world.plant()
    for field in ("words", "reason", "password", "nothing"):
        with pytest.raises(InvalidArgument, match="FIELD_NOT_CORRECTABLE"):
            await world.corrected(VISITOR, world.zoe, field, "x")
    for name in ("os.path.join", "parley.nowhere.v1.Thing.name", "", "parley.chat.v1.Nothing.name"):
        with pytest.raises(InvalidArgument, match="FIELD_NOT_CORRECTABLE"):
            correctable(name)
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await world.corrected(VISITOR, world.zoe, "name", "a\x00b")
    assert await world.corrected(VISITOR, world.zoe, "keeper_name", "x") == 0, "it is the keeper's name"
    with pytest.raises(AlreadyExists, match="NAME_TAKEN"):
        await world.corrected(STAFF, world.keeper, "email", "kim@keeper.example")


async def test_erasure_does_to_each_field_what_its_option_says(world: World) -> None:
    await world.plant()
    before = values_of(await world.exported(VISITOR, world.mia))
    assert await world.erased(VISITOR, world.zoe) == {
        "chat.cases": (0, 1),
        "chat.dossiers": (0, 2),
        "chat.footnotes": (0, 2),
        "chat.keys": (1, 0),
        "chat.pages": (0, 6),
        "chat.readings": (0, 1),
    }
    values = values_of(await world.exported(VISITOR, world.zoe))
    assert {value for _, field, value in values if field in ("name", "nickname", "words", "key", "reading")} == set()
    assert values["chat.cases", "reason", "zoe-reason"] == 1, "the law wants it kept"
    assert values["chat.dossiers", "keeper_name", "kai"] == 2, "it is about somebody else"
    assert await world.count(pages) == 12, "the skeleton and its counts stay"
    async with world.database.transaction(world.tenant_id) as connection:
        people = set((await connection.execute(select(readings.c.person_id))).scalars())
    assert world.mia in people
    assert world.zoe not in people
    assert len(people) == 2, "a reading belongs to a pseudonym now"
    assert values_of(await world.exported(VISITOR, world.mia)) == before
    assert await world.erased(VISITOR, world.zoe) == {}


async def test_what_belongs_to_a_record_of_nobody_goes_with_its_person(world: World) -> None:
    reading = await world.add(readings, person_id=world.zoe, reading=7)
    await world.add(remarks, reading_id=reading, words="zoe-remark")
    await world.add(stubs, reading_id=reading, key=b"zoe-stub")
    assert await world.erased(VISITOR, world.zoe) == {
        "chat.readings": (0, 1),
        "chat.remarks": (0, 1),
        "chat.stubs": (1, 0),
    }
    async with world.database.transaction(world.tenant_id) as connection:
        assert (await connection.execute(select(remarks.c.words))).scalars().all() == [""]


async def test_a_correction_that_comes_after_the_erasure_brings_nothing_back(world: World) -> None:
    await world.plant()
    await world.erased(VISITOR, world.zoe)
    assert await world.corrected(VISITOR, world.zoe, "name", "Zoë") == 0
    assert "Zoë" not in {value for _, _, value in values_of(await world.exported(VISITOR, world.zoe))}
    await world.erased(STAFF, world.keeper)
    assert await world.corrected(STAFF, world.keeper, "keeper_name", "Kay") == 0


async def test_two_of_the_staff_can_be_forgotten_though_addresses_are_unique(world: World) -> None:
    await world.plant()
    assert await world.erased(STAFF, world.keeper) == {"chat.keepers": (0, 1), "chat.dossiers": (0, 4)}
    assert await world.erased(STAFF, world.other_keeper) == {"chat.keepers": (0, 1)}
    assert await world.erased(STAFF, world.keeper) == {}
    async with world.database.transaction(world.tenant_id) as connection:
        rows = (await connection.execute(select(keepers))).all()
    assert [(row.name, row.password, row.email.startswith(ERASED)) for row in rows] == [("", "", True)] * 2
    assert len({row.email for row in rows}) == 2


async def test_another_tenants_person_with_the_same_id_is_left_alone(world: World) -> None:
    here, there = world, World(world.database, ids.new_id("ten"))
    there.zoe = here.zoe
    await here.plant()
    await there.plant()
    before = values_of(await there.exported(VISITOR, there.zoe))
    await here.erased(VISITOR, here.zoe)
    await here.corrected(VISITOR, here.zoe, "name", "x")
    assert values_of(await there.exported(VISITOR, there.zoe)) == before


async def test_what_has_outlived_its_period_goes_whole(world: World, clock: ManualClock) -> None:
    for age, count in ((0, 2), (9, 3), (11, 205)):
        for _ in range(count):
            closed = clock.now() - timedelta(days=age)
            dossier = await world.add(
                dossiers, person_id=world.zoe, name="n", keeper_id=world.keeper, keeper_name="k", close_time=closed
            )
            await world.add(pages, dossier_id=dossier, place=1, words="w")
            await world.add(footnotes, dossier_id=dossier, place=1, mark="*")
    await world.add(dossiers, person_id=world.zoe, name="running", keeper_id=world.keeper, keeper_name="k")
    expected = {"chat.dossiers": 205, "chat.pages": 205, "chat.footnotes": 205}
    assert await world.purged(clock, 10, dry_run=True) == expected
    assert await world.count(dossiers) == 211
    assert await world.purged(clock, 10) == expected
    assert (await world.count(dossiers), await world.count(footnotes)) == (6, 5)
    assert set((await world.purged(clock, 10)).values()) == {0}
    # A shortened period holds for what is there already.
    assert (await world.purged(clock, 8))["chat.dossiers"] == 3
    clock.advance(timedelta(days=9))
    assert (await world.purged(clock, 8))["chat.dossiers"] == 2
    assert await world.count(dossiers) == 1, "what never ended is never too old"


def test_a_column_that_nobody_declared_is_found() -> None:
    assert uncovered_columns(metadata) == []
    loose = MetaData(schema="loose")
    tenant_table("empty", loose, column("id", UUID_KEY, "- its own id"), column("note", Text, "-"))
    tenant_table("typed", loose, column("id", UUID_KEY, "- its own id"), column("note", Text, D + "missing"))
    tenant_table("about_nobody", loose, column("id", UUID_KEY, "- its own id"), column("note", Text, D + "name"))
    tenant_table(
        "explained",
        loose,
        column("id", UUID_KEY, "- its own id"),
        column("note", Text, D + "name"),
        uncovered="for a test",
    )
    assert sorted(found.split(":")[0] for found in uncovered_columns(loose)) == [
        "loose.about_nobody.note",
        "loose.empty.note",
        "loose.typed.note",
    ]
