"""A field and a column that exist in these tests only are redacted, copied, corrected, mapped, forgotten and purged.

No file of the product names them: what is done with them follows from their options and the declared tables alone.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from parley.options.v1 import access_pb2, privacy_pb2
from sqlalchemy import MetaData, Text, insert, select, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import create_async_engine

from kernel import ids
from kernel.clock import ManualClock
from kernel.identity import Actor, Regime
from kernel.privacy import seals
from kernel.privacy.datamap import as_fideslang, as_json, as_page, read_map
from kernel.privacy.redaction import redact
from kernel.privacy.subjects import purge_expired
from kernel.privacy.subjects.correcting import correct, correctable
from kernel.privacy.subjects.erasing import erase
from kernel.privacy.subjects.exporting import export
from kernel.storage import Database, column, leftovers, runtime_url, tenant_table
from kernel.storage.coverage import live_columns, undeclared
from kernel.storage.database import driver_url
from tests.engines import SECRET
from tests.kernel.dossiers import NOW, VISITOR, create

PACKAGE = "parley.aquarium.v1"
FIELDS = {
    "id": privacy_pb2.DATA_ID,
    "keeper_id": privacy_pb2.DATA_PERSON_ID,
    "fish_name": privacy_pb2.DATA_VISITOR_NAME,
    "diary": privacy_pb2.DATA_MESSAGE,
    "lock_code": privacy_pb2.DATA_SECRET,
}


def add_contract() -> type[Message]:
    """Adds a file to the contract, as a service of next year would bring it along."""
    file = descriptor_pb2.FileDescriptorProto(name="parley/aquarium/v1/tank.proto", package=PACKAGE, syntax="proto3")
    file.dependency.append("parley/options/v1/privacy.proto")
    message = file.message_type.add(name="Tank")
    for number, (name, preset) in enumerate(FIELDS.items(), start=1):
        field = message.field.add(name=name, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL")
        field.options.Extensions[privacy_pb2.data] = preset
    # A rule of its own: a text for the privacy officer's eyes, which erasure takes with all of its row.
    own = message.field.add(name="feeding_habit", number=9, type="TYPE_STRING", label="LABEL_OPTIONAL")
    own.options.Extensions[privacy_pb2.privacy].CopyFrom(
        privacy_pb2.Rule(
            category="user.behavior",
            purposes=[access_pb2.PURPOSE_ESSENTIAL_SERVICE],
            retention=privacy_pb2.RETENTION_TRANSCRIPT,
            audiences=[privacy_pb2.AUDIENCE_PRIVACY_OFFICER, privacy_pb2.AUDIENCE_SUBJECT],
            erasure=privacy_pb2.ERASURE_NULLIFY,
            clauses=["C05"],
        )
    )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Tank"))


Tank: Any = add_contract()
T = f"{PACKAGE}.Tank."
metadata = MetaData(schema="chat")
seals.table(metadata)
leftovers.table(metadata)
_UUID = UuidType(as_uuid=True)
tanks = tenant_table(
    "tanks",
    metadata,
    column("id", _UUID, T + "id", prefix="cnv"),
    column("keeper_id", _UUID, T + "keeper_id", prefix="vis"),
    column("fish_name", Text, T + "fish_name"),
    column("diary", Text, T + "diary"),
    column("lock_code", Text, T + "lock_code"),
    column("feeding_habit", Text, T + "feeding_habit"),
    column("emptied_time", TIMESTAMP(timezone=True), "- when the tank was emptied"),
    subject={VISITOR: "keeper_id"},
    purge=("emptied_time", 10),
)
VALUES = {
    "fish_name": "canary-name",
    "diary": "canary-diary",
    "lock_code": "canary-code",
    "feeding_habit": "canary-habit",
}


class Keeper:
    """Somebody with a tank, and the database in which it stands."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Takes where the tank stands."""
        self.database, self.tenant_id = database, tenant_id
        self.tenant, self.id = ids.to_uuid(tenant_id, "ten"), ids.new_uuid()

    async def plant(self) -> None:
        """Adds a tank."""
        async with self.database.transaction(self.tenant_id) as connection:
            row = {"id": ids.new_uuid(), "keeper_id": self.id, "emptied_time": NOW, "tenant_id": self.tenant}
            await connection.execute(insert(tanks).values(**row, **VALUES))

    async def kept(self) -> list[dict[str, Any]]:
        """Returns what stands in the table."""
        async with self.database.transaction(self.tenant_id) as connection:
            rows = await connection.execute(select(*(tanks.c[name] for name in VALUES)))
            return [dict(row) for row in rows.mappings()]


@pytest.fixture
async def keeper(owner_url: str, tenant: str) -> Any:
    """A keeper with a tank, after the one statement of a migration that a new table takes."""
    await create(owner_url, [tanks])
    database = Database(runtime_url(owner_url, SECRET, "chat"))
    made = Keeper(database, tenant)
    await made.plant()
    yield made
    await database.close()


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (access_pb2.CALLER_VISITOR, set(VALUES)),
        (access_pb2.CALLER_OPERATOR, {"fish_name", "diary", "lock_code"}),
        (access_pb2.CALLER_PRIVACY_OFFICER, set(VALUES)),
        (access_pb2.CALLER_ANONYMOUS, {"lock_code"}),
    ],
)
def test_redaction_follows_the_options(caller: int, seen: set[str]) -> None:
    tank = Tank(**VALUES)
    redact(tank, Actor(tenant_id="ten_1", regime=Regime.ASP, callers=frozenset({caller})))
    assert {field.name for field, _ in tank.ListFields()} == seen


async def test_a_copy_holds_it(keeper: Keeper) -> None:
    async with keeper.database.transaction(keeper.tenant_id) as connection:
        (record,), _ = await export(connection, metadata, VISITOR, keeper.tenant, keeper.id, after=None, size=10)
    assert record.record == "chat.tanks"
    held = {each.field.removeprefix(T): each.value for each in record.values}
    assert held["fish_name"] == "canary-name"
    assert held["diary"] == "canary-diary"
    assert held["feeding_habit"] == "canary-habit"
    assert "canary-code" not in held.values()


async def test_a_correction_reaches_it(keeper: Keeper) -> None:
    async with keeper.database.transaction(keeper.tenant_id) as connection:
        field = correctable(T + "fish_name")
        assert await correct(connection, metadata, VISITOR, keeper.tenant, keeper.id, field, "Nemo", NOW) == 1
    assert (await keeper.kept())[0]["fish_name"] == "Nemo"


async def test_forgetting_empties_it(keeper: Keeper) -> None:
    async with keeper.database.transaction(keeper.tenant_id) as connection:
        (done,) = await erase(connection, metadata, VISITOR, keeper.tenant, keeper.id, NOW)
    assert (done.store, done.emptied) == ("chat.tanks", 1)
    assert await keeper.kept() == [dict.fromkeys(VALUES, "")]


async def test_its_keeping_ends(keeper: Keeper, clock: ManualClock) -> None:
    async def days_of(_: str) -> int:
        raise AssertionError("the table says its days itself")

    for now, left in ((clock.now() + timedelta(days=9), 1), (clock.now() + timedelta(days=11), 0)):
        await purge_expired(keeper.database, metadata, keeper.tenant_id, days_of, now)
        assert len(await keeper.kept()) == left


async def test_the_data_map_shows_it(keeper: Keeper) -> None:
    data_map = read_map([metadata])
    entry = data_map.entry(T + "feeding_habit")
    assert (entry.service, entry.category, entry.clauses) == ("aquarium", "user.behavior", ("C05",))
    assert [(each.name, each.about) for each in entry.columns] == [("chat.tanks.feeding_habit", ("visitor",))]
    assert entry.period.startswith("A dialogue transcript")
    assert data_map.entry(T + "lock_code").secret
    for written in (as_page(data_map), as_json(data_map), as_fideslang(data_map)):
        assert "feeding_habit" in written
        assert "canary" not in written
    assert T + "diary" in {each["field"] for each in json.loads(as_json(data_map))["entries"]}


async def test_the_comparison_with_the_database_knows_it(keeper: Keeper, owner_url: str) -> None:
    engine = create_async_engine(driver_url(owner_url))
    try:
        async with engine.connect() as connection:
            live = [each for each in await live_columns(connection) if each.table == "tanks"]
            assert undeclared(live, [metadata]) == []
            await connection.execute(text("ALTER TABLE chat.tanks ADD COLUMN snails integer"))
            live = [each for each in await live_columns(connection) if each.table == "tanks"]
            assert undeclared(live, [metadata]) == ["chat.tanks.snails: a column that no service declares"]
    finally:
        await engine.dispose()
