"""What a service owes a person follows from its tables and the options, for tables that exist in this test only."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from google.protobuf import descriptor_pb2, descriptor_pool
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import BigInteger, LargeBinary, MetaData, Table, Text, UniqueConstraint, func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.schema import CreateTable

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import AlreadyExists, InvalidArgument
from kernel.privacy import seals
from kernel.privacy.subjects import purge_expired, uncovered_columns
from kernel.privacy.subjects.correcting import correct, correctable
from kernel.privacy.subjects.erasing import ERASED, erase
from kernel.privacy.subjects.exporting import SECRET_HELD, export
from kernel.storage import Database, leftovers, runtime_url
from kernel.storage.tables import belongs_to, column, tenant_table
from tests.engines import SECRET

VISITOR, STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF
PACKAGE = "parley.dossier.v1"
FIELDS = {
    "id": privacy_pb2.DATA_ID,
    "person_id": privacy_pb2.DATA_PERSON_ID,
    "name": privacy_pb2.DATA_VISITOR_NAME,
    "nickname": privacy_pb2.DATA_VISITOR_NAME,
    "words": privacy_pb2.DATA_MESSAGE,
    "keeper_id": privacy_pb2.DATA_STAFF_ID,
    "keeper_name": privacy_pb2.DATA_STAFF_NAME,
    "email": privacy_pb2.DATA_STAFF_EMAIL,
    "password": privacy_pb2.DATA_SECRET,
    "key": privacy_pb2.DATA_SECRET,
    "reason": privacy_pb2.DATA_REASON,
    "reading": privacy_pb2.DATA_ACCESS_RECORD,
    "place": privacy_pb2.DATA_COUNT,
    "address": privacy_pb2.DATA_NETWORK_ADDRESS,
}


_STRING, _OPTIONAL = descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL


def add_contract() -> str:
    """Adds a message that no file declares to the contract, and returns its name with a dot."""
    file = descriptor_pb2.FileDescriptorProto(name="parley/dossier/v1/dossier.proto", package=PACKAGE, syntax="proto3")
    file.dependency.append("parley/options/v1/privacy.proto")
    message = file.message_type.add(name="Dossier")
    for number, (name, preset) in enumerate(FIELDS.items(), start=1):
        field = message.field.add(name=name, number=number, type=_STRING, label=_OPTIONAL)
        field.options.Extensions[privacy_pb2.data] = preset
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    return f"{PACKAGE}.Dossier."


D = add_contract()
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_UUID, _TIME = UuidType(as_uuid=True), TIMESTAMP(timezone=True)
metadata = MetaData(schema="chat")
seals.table(metadata)
leftovers.table(metadata)
OF_THE_TEST = ("dossiers", "pages", "footnotes", "keys", "keepers", "readings", "cases")
dossiers = tenant_table(
    "dossiers",
    metadata,
    column("id", _UUID, D + "id", prefix="cnv"),
    column("person_id", _UUID, D + "person_id", prefix="vis"),
    column("name", Text, D + "name"),
    column("nickname", Text, D + "nickname", nullable=True),
    column("keeper_id", _UUID, D + "keeper_id", prefix="stf", about=(STAFF,)),
    column("keeper_name", Text, D + "keeper_name", about=(STAFF,)),
    column("close_time", _TIME, "- when it was closed", nullable=True),
    subject={VISITOR: "person_id", STAFF: "keeper_id"},
    purge=("close_time", "retention.days"),
)
pages = tenant_table(
    "pages",
    metadata,
    column("dossier_id", _UUID, D + "id", prefix="cnv"),
    column("place", BigInteger, D + "place"),
    column("words", Text, D + "words"),
    belongs_to(("dossier_id",), "chat.dossiers"),
    key=("dossier_id", "place"),
)
footnotes = tenant_table(
    "footnotes",
    metadata,
    column("dossier_id", _UUID, D + "id", prefix="cnv"),
    column("place", BigInteger, D + "place"),
    column("mark", Text, "- a mark of the printer's"),
    column("words", Text, D + "words", nullable=True),
    belongs_to(("dossier_id", "place"), "chat.pages", ("dossier_id", "place")),
    key=("dossier_id", "place", "mark"),
)
keys = tenant_table(
    "keys",
    metadata,
    column("id", _UUID, "- the key's own id"),
    column("person_id", _UUID, D + "person_id", prefix="vis"),
    column("key", LargeBinary, D + "key"),
    subject={VISITOR: "person_id"},
)
keepers = tenant_table(
    "keepers",
    metadata,
    column("id", _UUID, D + "keeper_id", prefix="stf"),
    column("email", Text, D + "email"),
    column("name", Text, D + "keeper_name"),
    column("password", Text, D + "password"),
    UniqueConstraint("tenant_id", "email"),
    subject={STAFF: "id"},
)
readings = tenant_table(
    "readings",
    metadata,
    column("id", _UUID, "- the reading's own id"),
    column("person_id", _UUID, D + "person_id", prefix="vis"),
    column("reading", BigInteger, D + "reading"),
    subject={VISITOR: "person_id"},
)
cases = tenant_table(
    "cases",
    metadata,
    column("id", _UUID, "- the case's own id"),
    column("person_id", _UUID, D + "person_id", prefix="vis"),
    column("reason", Text, D + "reason"),
    column("name", Text, D + "name"),
    column("key", LargeBinary, D + "key"),
    subject={VISITOR: "person_id"},
)


@pytest_asyncio.fixture
async def database(owner_url: str) -> AsyncIterator[Database]:
    """A database with the test's own tables in it, under the service's own role."""
    owner = await asyncpg.connect(owner_url)
    for table in (each for each in metadata.sorted_tables if each.name in OF_THE_TEST):
        name = table.fullname
        await owner.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]
        await owner.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        await owner.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT app.require_tenant()))")
        await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO parley_chat")
    await owner.close()
    database = Database(runtime_url(owner_url, SECRET, "chat"))
    yield database
    await database.close()


class World:
    """Some people, and what is held about them in one tenant."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Takes where to plant."""
        self.database, self.tenant_id = database, tenant_id
        self.tenant = ids.to_uuid(tenant_id, "ten")
        self.zoe, self.mia, self.keeper, self.other_keeper = (ids.new_uuid() for _ in range(4))

    async def add(self, table: Table, **values: Any) -> UUID:
        """Adds a row and returns its key."""
        key = ids.new_uuid()
        filled = ({"id": key} if "id" in table.c else {}) | values
        async with self.database.transaction(self.tenant_id) as connection:
            await connection.execute(insert(table).values(tenant_id=self.tenant, **filled))
        return key

    async def plant(self) -> UUID:
        """Plants two people who have the same name, in everything that there is, and returns Zoë's first dossier."""
        for keeper, name in ((self.keeper, "kai"), (self.other_keeper, "kim")):
            await self.add(keepers, id=keeper, email=f"{name}@keeper.example", name=name, password="argon")
        first: UUID | None = None
        for person, mark in ((self.zoe, "zoe"), (self.mia, "mia")):
            for number in range(2):
                dossier = await self.add(
                    dossiers,
                    person_id=person,
                    name="Same Name",
                    nickname=f"{mark}-nick",
                    keeper_id=self.keeper,
                    keeper_name="kai",
                )
                first = first or dossier
                for place in (1, 2, 3):
                    await self.add(pages, dossier_id=dossier, place=place, words=f"{mark}-page-{number}-{place}")
                await self.add(footnotes, dossier_id=dossier, place=2, mark="*", words=f"{mark}-footnote-{number}")
            await self.add(keys, person_id=person, key=f"{mark}-key".encode())
            await self.add(readings, person_id=person, reading=7)
            await self.add(cases, person_id=person, reason=f"{mark}-reason", name="Same Name", key=b"sealed")
        assert first is not None
        return first

    async def exported(self, kind: int, subject: UUID, size: int = 500) -> list[subject_pb2.HeldRecord]:
        """Returns all that is held, page by page."""
        records: list[subject_pb2.HeldRecord] = []
        position = None
        while True:
            async with self.database.transaction(self.tenant_id) as connection:
                page, position = await export(
                    connection, metadata, kind, self.tenant, subject, after=position, size=size
                )
            assert len(page) <= size
            records += page
            if position is None:
                return records

    async def erased(self, kind: int, subject: UUID) -> dict[str, tuple[int, int]]:
        """Forgets somebody and returns what was deleted and emptied where."""
        async with self.database.transaction(self.tenant_id) as connection:
            done = await erase(connection, metadata, kind, self.tenant, subject, NOW)
        return {each.store: (each.deleted, each.emptied) for each in done if each.deleted or each.emptied}

    async def corrected(self, kind: int, subject: UUID, field: str, value: str) -> int:
        """Corrects a value and returns how many records changed."""
        async with self.database.transaction(self.tenant_id) as connection:
            return await correct(connection, metadata, kind, self.tenant, subject, correctable(D + field), value, NOW)

    async def purged(self, clock: ManualClock, days: int, *, dry_run: bool = False) -> dict[str, int]:
        """Purges and returns how much went where."""

        async def days_of(name: str) -> int:
            assert name == "retention.days"
            return days

        done = await purge_expired(self.database, metadata, self.tenant_id, days_of, clock.now(), dry_run=dry_run)
        return {each.store: each.deleted for each in done}

    async def count(self, table: Table) -> int:
        """Counts the tenant's rows."""
        async with self.database.transaction(self.tenant_id) as connection:
            return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.fixture
def world(database: Database, tenant: str) -> World:
    """A tenant with nobody in it yet."""
    return World(database, tenant)


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


async def test_two_of_the_staff_can_be_forgotten_though_addresses_are_unique(world: World) -> None:
    await world.plant()
    assert await world.erased(STAFF, world.keeper) == {"chat.keepers": (0, 1), "chat.dossiers": (0, 4)}
    assert await world.erased(STAFF, world.other_keeper) == {"chat.keepers": (0, 1)}
    assert await world.erased(STAFF, world.keeper) == {}
    async with world.database.transaction(world.tenant_id) as connection:
        rows = (await connection.execute(select(keepers))).all()
    assert [(row.name, row.password, row.email.startswith(ERASED)) for row in rows] == [("", "", True)] * 2
    assert len({row.email for row in rows}) == 2


async def test_another_tenants_person_with_the_same_id_is_left_alone(database: Database, tenant: str) -> None:
    here, there = World(database, tenant), World(database, ids.new_id("ten"))
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
    tenant_table("empty", loose, column("id", _UUID, "- its own id"), column("note", Text, "-"))
    tenant_table("typed", loose, column("id", _UUID, "- its own id"), column("note", Text, D + "missing"))
    tenant_table("about_nobody", loose, column("id", _UUID, "- its own id"), column("note", Text, D + "name"))
    tenant_table(
        "explained",
        loose,
        column("id", _UUID, "- its own id"),
        column("note", Text, D + "name"),
        uncovered="for a test",
    )
    assert sorted(found.split(":")[0] for found in uncovered_columns(loose)) == [
        "loose.about_nobody.note",
        "loose.empty.note",
        "loose.typed.note",
    ]
