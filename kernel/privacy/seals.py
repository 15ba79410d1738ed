"""Keeps what is sealed in a service: records that are not read, or not even erased, until the seal is taken away.

    restricted  the person asked for it; staff and machines do not read it, erasure and purge go on
    held        a legal case needs it; nobody but the case reads it, and nothing changes, erases or purges it

A seal is on one record with all that belongs to it, or on all that is held about a person, now and later. Whoever
reads what a person said passes `check`, from `kernel.privacy.access`; correction, erasure, purge and export leave out
what `held` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import AlreadyExists, PermissionDenied
from kernel.identity import Actor
from kernel.storage.statements import Statement
from kernel.storage.tables import column, tenant_table

RESTRICTED, HELD = subject_pb2.SEAL_REASON_RESTRICTED, subject_pb2.SEAL_REASON_HELD
_SEAL = "parley.subject.v1.SealSubjectRequest."


class RecordSealed(PermissionDenied):
    """The record is sealed, and the caller is not who may read it all the same."""

    def __init__(self) -> None:
        """Says so, and nothing of why."""
        super().__init__("RECORD_SEALED", "This record is sealed. It is not shown until the seal is taken away.")


def table(metadata: MetaData) -> Table:
    """Returns the table in a service's schema."""
    name = f"{metadata.schema}.seals"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "seals",
        metadata,
        column("seal_id", Text, _SEAL + "seal_id"),
        column("kind", Integer, "parley.subject.v1.Subject.kind"),
        column("subject_id", UuidType(as_uuid=True), "parley.subject.v1.Subject.id"),
        column("record_id", UuidType(as_uuid=True), _SEAL + "record_id", nullable=True),
        column("reason", Integer, _SEAL + "reason"),
        column("create_time", TIMESTAMP(timezone=True), "- when it was sealed"),
        column("erase_time", TIMESTAMP(timezone=True), "- when an erasure was held up by it", nullable=True),
        column("erase_whole", Boolean, "- whether that erasure leaves no skeleton either"),
        key=("seal_id",),
        uncovered="a seal outlives the erasure that it holds up, and goes with the hold or the request that made it",
    )


@dataclass(frozen=True, slots=True)
class Lifted:
    """Whose seal was taken away, whether an erasure waits for that, and whether one that leaves no skeleton."""

    kind: int
    subject_id: UUID
    is_awaited: bool
    is_whole: bool


# Every reading looks at the seals, so that both are made once for each schema and the same for every page.
_STRONGEST = """
SELECT max(s.reason) FROM {schema}.seals s WHERE s.tenant_id = CAST(:tenant AS uuid)
  AND (s.record_id = CAST(:record AS uuid) OR (s.record_id IS NULL AND s.subject_id = CAST(:subject AS uuid)))
"""
_AMONG = """
SELECT s.record_id, s.subject_id, s.reason FROM {schema}.seals s WHERE s.tenant_id = CAST(:tenant AS uuid) AND (
  s.record_id = ANY (CAST(:records AS uuid[]))
  OR (s.record_id IS NULL AND s.subject_id = ANY (CAST(:subjects AS uuid[]))))
"""


@cache
def _statement(words: str, schema: str) -> Statement:
    return Statement(words.format(schema=schema))


async def check(
    connection: AsyncConnection,
    metadata: MetaData,
    actor: Actor,
    *,
    tenant: UUID,
    record_id: UUID,
    subject_id: UUID,
    case_id: str = "",
) -> None:
    """Raises RecordSealed where a record about a person may not be read by this actor now."""
    given = {"tenant": tenant, "record": record_id, "subject": subject_id}
    (row,) = await _statement(_STRONGEST, str(metadata.schema)).rows(connection, given)
    reason = row[0]
    if reason is None or may_read(actor, reason, case_id):
        return
    raise RecordSealed


async def reasons_among(
    connection: AsyncConnection, metadata: MetaData, *, tenant: UUID, records: Mapping[UUID, UUID]
) -> dict[UUID, int]:
    """Returns those records that are sealed, with the strongest reason; `records` gives the person of each.

    It is for lists, which show that a record is there and hide what it holds.
    """
    if not records:
        return {}
    given = {"tenant": tenant, "records": list(records), "subjects": list(set(records.values()))}
    found: dict[UUID, int] = {}
    for row in await _statement(_AMONG, str(metadata.schema)).rows(connection, given):
        for record, subject in records.items():
            if record == row.record_id or (row.record_id is None and subject == row.subject_id):
                found[record] = max(found.get(record, 0), row.reason)
    return found


def reason_in(schema: str, *, record: str, subject: str) -> str:
    """Returns the strongest reason for which a record is sealed, in SQL, as a part of the statement that lists it.

    `record` and `subject` are columns there, and `:tenant` is given. Where a tenant has no seal, none is looked for.
    """
    return f"""CASE WHEN EXISTS (SELECT FROM {schema}.seals s WHERE s.tenant_id = CAST(:tenant AS uuid)) THEN (
      SELECT max(s.reason) FROM {schema}.seals s WHERE s.tenant_id = CAST(:tenant AS uuid)
        AND (s.record_id = {record} OR (s.record_id IS NULL AND s.subject_id = {subject}))) END"""  # noqa: S608 - Ours.


def may_read(actor: Actor, reason: int, case_id: str = "") -> bool:
    """Says whether somebody may read what is sealed for a reason; `case_id` names the case in which they do."""
    is_legal = actor.purpose == access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION
    if is_legal and case_id and actor.has(access_pb2.CALLER_PRIVACY_OFFICER, access_pb2.CALLER_INTERNAL):
        return True
    # A restriction is the person's own wish, and does not keep the person from reading.
    return reason == RESTRICTED and actor.has(access_pb2.CALLER_VISITOR)


def readable(actor: Actor, case_id: str = "") -> list[int]:
    """Returns the reasons for which something may be sealed and somebody reads it all the same."""
    return [reason for reason in subject_pb2.SealReason.values() if may_read(actor, reason, case_id)]


async def seal(
    connection: AsyncConnection,
    metadata: MetaData,
    *,
    tenant: UUID,
    seal_id: str,
    kind: int,
    subject_id: UUID,
    record_id: UUID | None,
    reason: int,
    now: datetime,
) -> dict[str, Any]:
    """Seals in the running transaction and returns the row; a second time, nothing happens.

    Another seal under the same id raises AlreadyExists.
    """
    seals = table(metadata)
    sealed = {"kind": kind, "subject_id": subject_id, "record_id": record_id, "reason": reason}
    made = await connection.execute(
        insert_new(seals)
        .values(tenant_id=tenant, seal_id=seal_id, create_time=now, **sealed)
        .on_conflict_do_nothing()
        .returning(seals.c.seal_id)
    )
    if made.scalar() is None:
        query = select(*(seals.c[name] for name in sealed)).where(
            seals.c.tenant_id == tenant, seals.c.seal_id == seal_id
        )
        if dict((await connection.execute(query)).mappings().one()) != sealed:
            raise AlreadyExists("SEAL_ID_TAKEN", "Something else is sealed under this id. Nothing was sealed.")
    return {"tenant_id": tenant, "seal_id": seal_id, "create_time": now, "erase_time": None, **sealed}


async def unseal(connection: AsyncConnection, metadata: MetaData, *, tenant: UUID, seal_id: str) -> Lifted | None:
    """Takes a seal away; returns whose it was and what waits for that, or None where there is no such seal."""
    seals = table(metadata)
    gone = await connection.execute(
        delete(seals)
        .where(seals.c.tenant_id == tenant, seals.c.seal_id == seal_id)
        .returning(seals.c.kind, seals.c.subject_id, seals.c.erase_time, seals.c.erase_whole)
    )
    row = gone.one_or_none()
    if row is None:
        return None
    return Lifted(row.kind, row.subject_id, is_awaited=row.erase_time is not None, is_whole=row.erase_whole)


class Holds:
    """What is held in the bound tenant, as conditions on tables; without any hold, every condition is simply absent."""

    def __init__(self, metadata: MetaData, tenant: UUID, *, is_any: bool) -> None:
        """Takes whether there is any; use `of`."""
        self._seals = table(metadata)
        self._tenant = tenant
        self.is_any = is_any

    @classmethod
    async def of(cls, connection: AsyncConnection, metadata: MetaData, tenant: UUID) -> Holds:
        """Looks whether anything is held in the bound tenant."""
        seals = table(metadata).c
        found = await connection.execute(select(exists().where(seals.tenant_id == tenant, seals.reason == HELD)))
        return cls(metadata, tenant, is_any=bool(found.scalar()))

    def _held(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        seals = self._seals.c
        return select(literal(1)).where(seals.tenant_id == self._tenant, seals.reason == HELD, *conditions)

    def on_person(self, kind: int, subject_id: UUID) -> ColumnElement[bool]:
        """Returns the condition that all that is held about a person is sealed."""
        seals = self._seals.c
        return self._held(seals.kind == kind, seals.subject_id == subject_id, seals.record_id.is_(None)).exists()

    def on_row(self, of: Table) -> ColumnElement[bool]:
        """Returns the condition that a row is held: itself, what it belongs to, or the person whom it is about."""
        seals = self._seals.c
        ways: list[ColumnElement[bool]] = []
        if _has_id(of):
            ways.append(self._held(seals.record_id == of.c["id"]).exists())
        for kind, link in of.info.get("subject", {}).items():
            if kind not in (next(iter(of.info["subject"])), *of.info["also"]):
                continue
            person = self._held(seals.kind == kind, seals.subject_id == of.c[link], seals.record_id.is_(None))
            ways.append(person.exists())
        for constraint in parents(of):
            own, theirs = sides(constraint)
            ways.append(own.in_(select(*theirs).where(self.on_row(constraint.referred_table))))
        return or_(false(), *ways)

    def within_row(self, of: Table) -> ColumnElement[bool]:
        """Returns the condition that a row is held, or that anything is held that belongs to it."""
        ways = [self.on_row(of)]
        for child in of.metadata.sorted_tables:
            for constraint in parents(child):
                if constraint.referred_table is of:
                    own: list[Any] = [element.parent for element in constraint.elements]
                    theirs: list[Any] = [element.column for element in constraint.elements]
                    ways.append(tuple_(*theirs).in_(select(*own).where(self.within_row(child))))
        return or_(*ways)

    async def among(self, connection: AsyncConnection, of: Table, rows: ColumnElement[bool]) -> set[UUID]:
        """Returns the ids of those among some rows that are held themselves, whatever is held within them."""
        if not self.is_any:
            return set()
        return set((await connection.execute(select(of.c["id"]).where(rows, self.on_row(of)))).scalars())

    async def hold_up(
        self, connection: AsyncConnection, kind: int, subject_id: UUID, now: datetime, *, whole: bool
    ) -> None:
        """Notes on every hold about a person that an erasure waits for it; of two, the one that leaves less."""
        seals = self._seals
        await connection.execute(
            update(seals)
            .where(
                seals.c.tenant_id == self._tenant,
                seals.c.reason == HELD,
                seals.c.kind == kind,
                seals.c.subject_id == subject_id,
            )
            .values(
                erase_time=func.coalesce(seals.c.erase_time, now), erase_whole=or_(seals.c.erase_whole, literal(whole))
            )
        )


def belongs_to_record(of: Table, record_id: UUID) -> ColumnElement[bool]:
    """Returns the condition that a row is a record, or belongs to it."""
    ways: list[ColumnElement[bool]] = []
    if _has_id(of):
        ways.append(of.c["id"] == record_id)
    for constraint in parents(of):
        own, theirs = sides(constraint)
        ways.append(own.in_(select(*theirs).where(belongs_to_record(constraint.referred_table, record_id))))
    return or_(false(), *ways)


def _has_id(of: Table) -> bool:
    return "id" in of.c and isinstance(of.c["id"].type, UuidType)


def parents(of: Table) -> Iterator[ForeignKeyConstraint]:
    """Yields the keys by which rows of a table belong to another table's."""
    for constraint in sorted(of.foreign_key_constraints, key=lambda each: sorted(each.column_keys)):
        if constraint.referred_table is not of:
            yield constraint


def sides(constraint: ForeignKeyConstraint) -> tuple[Any, list[Any]]:
    """Returns both sides of a key: what refers, as one value, and what it refers to."""
    own: list[Any] = [element.parent for element in constraint.elements]
    return tuple_(*own), [element.column for element in constraint.elements]
