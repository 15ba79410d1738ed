"""A contract and tables that exist in tests only, and people who are planted in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
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
from kernel.privacy import seals
from kernel.privacy.subjects import purge_expired
from kernel.privacy.subjects.correcting import correct, correctable
from kernel.privacy.subjects.erasing import erase
from kernel.privacy.subjects.exporting import export
from kernel.storage import Database, leftovers
from kernel.storage.tables import belongs_to, column, tenant_table

VISITOR, STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF
WRITER = subject_pb2.SUBJECT_KIND_REQUESTER
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
    "writer_name": privacy_pb2.DATA_REQUESTER_NAME,
    "letter": privacy_pb2.DATA_TICKET_TEXT,
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
UUID_KEY, _TIME = UuidType(as_uuid=True), TIMESTAMP(timezone=True)
metadata = MetaData(schema="chat")
seals.table(metadata)
leftovers.table(metadata)
dossiers = tenant_table(
    "dossiers",
    metadata,
    column("id", UUID_KEY, D + "id", prefix="cnv"),
    column("person_id", UUID_KEY, D + "person_id", prefix="vis"),
    column("name", Text, D + "name"),
    column("nickname", Text, D + "nickname", nullable=True),
    column("keeper_id", UUID_KEY, D + "keeper_id", prefix="stf", about=(STAFF,)),
    column("keeper_name", Text, D + "keeper_name", about=(STAFF,)),
    column("close_time", _TIME, "- when it was closed", nullable=True),
    subject={VISITOR: "person_id", STAFF: "keeper_id"},
    purge=("close_time", "retention.days"),
)
pages = tenant_table(
    "pages",
    metadata,
    column("dossier_id", UUID_KEY, D + "id", prefix="cnv"),
    column("place", BigInteger, D + "place"),
    column("words", Text, D + "words"),
    belongs_to(("dossier_id",), "chat.dossiers"),
    key=("dossier_id", "place"),
)
footnotes = tenant_table(
    "footnotes",
    metadata,
    column("dossier_id", UUID_KEY, D + "id", prefix="cnv"),
    column("place", BigInteger, D + "place"),
    column("mark", Text, "- a mark of the printer's"),
    column("words", Text, D + "words", nullable=True),
    belongs_to(("dossier_id", "place"), "chat.pages", ("dossier_id", "place")),
    key=("dossier_id", "place", "mark"),
)
keys = tenant_table(
    "keys",
    metadata,
    column("id", UUID_KEY, "- the key's own id"),
    column("person_id", UUID_KEY, D + "person_id", prefix="vis"),
    column("key", LargeBinary, D + "key"),
    subject={VISITOR: "person_id"},
)
keepers = tenant_table(
    "keepers",
    metadata,
    column("id", UUID_KEY, D + "keeper_id", prefix="stf"),
    column("email", Text, D + "email"),
    column("name", Text, D + "keeper_name"),
    column("password", Text, D + "password"),
    UniqueConstraint("tenant_id", "email"),
    subject={STAFF: "id"},
)
readings = tenant_table(
    "readings",
    metadata,
    column("id", UUID_KEY, "- the reading's own id"),
    column("person_id", UUID_KEY, D + "person_id", prefix="vis"),
    column("reading", BigInteger, D + "reading"),
    subject={VISITOR: "person_id"},
)
remarks = tenant_table(
    "remarks",
    metadata,
    column("reading_id", UUID_KEY, "- the reading's own id"),
    column("words", Text, D + "words"),
    belongs_to(("reading_id",), "chat.readings"),
    key=("reading_id",),
)
stubs = tenant_table(
    "stubs",
    metadata,
    column("reading_id", UUID_KEY, "- the reading's own id"),
    column("key", LargeBinary, D + "key"),
    belongs_to(("reading_id",), "chat.readings"),
    key=("reading_id",),
)
cases = tenant_table(
    "cases",
    metadata,
    column("id", UUID_KEY, "- the case's own id"),
    column("person_id", UUID_KEY, D + "person_id", prefix="vis"),
    column("reason", Text, D + "reason"),
    column("name", Text, D + "name"),
    column("key", LargeBinary, D + "key"),
    subject={VISITOR: "person_id"},
)
writers = tenant_table(
    "writers",
    metadata,
    column("id", UUID_KEY, D + "person_id", prefix="rqr"),
    column("name", Text, D + "writer_name"),
    subject={WRITER: "id"},
    goes_with_last=True,
)
letters = tenant_table(
    "letters",
    metadata,
    column("id", UUID_KEY, D + "id", prefix="cnv"),
    column("writer_id", UUID_KEY, D + "person_id", prefix="rqr", about=(WRITER,)),
    column("person_id", UUID_KEY, D + "person_id", prefix="vis", about=(VISITOR,), nullable=True),
    column("words", Text, D + "letter"),
    belongs_to(("writer_id",), "chat.writers"),
    subject={WRITER: "writer_id", VISITOR: "person_id"},
    also=(VISITOR,),
)
postscripts = tenant_table(
    "postscripts",
    metadata,
    column("id", UUID_KEY, D + "id", prefix="cnv"),
    column("letter_id", UUID_KEY, D + "id", prefix="cnv"),
    column("words", Text, D + "letter"),
    belongs_to(("letter_id",), "chat.letters"),
    shown={VISITOR: lambda table: table.c.words.not_like("secret%")},
)
readers = tenant_table(
    "readers",
    metadata,
    column("letter_id", UUID_KEY, D + "id", prefix="cnv"),
    column("writer_id", UUID_KEY, D + "person_id", prefix="rqr"),
    belongs_to(("letter_id",), "chat.letters"),
    belongs_to(("writer_id",), "chat.writers"),
    key=("letter_id", "writer_id"),
    subject={WRITER: "writer_id"},
)
TABLES = (
    dossiers, pages, footnotes, keys, keepers, readings, remarks, stubs, cases, writers, letters, postscripts, readers
)  # fmt: skip


async def create(owner_url: str, tables: Iterable[Table]) -> None:
    """Creates tables of a test in the database, as a migration would, and lets the service in."""
    owner = await asyncpg.connect(owner_url)
    for table in tables:
        name = table.fullname
        await owner.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]
        await owner.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        await owner.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT app.require_tenant()))")
        await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO parley_chat")
    await owner.close()


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
