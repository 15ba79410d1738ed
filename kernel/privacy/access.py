"""Records who read what another person said, and why: one interval for each reader, record and purpose, not a row a
read.

An interval is stretched while reads follow one another within a quarter of an hour. The record is written before the
data is handed out, so that nobody reads unseen; a reader who was recorded within the last half minute is not written
again. Here also stands the one door to what is sealed: `record` looks at the seals before all else, and the edge lets
nothing of a recorded call out that did not pass it (`kernel.privacy.reads`). A new interval is told to the disclosure
ledger by an event, in the same transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import Integer, MetaData, Table, Text, event, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events import EventType, Outbox, an_id, one_of
from kernel.identity import Actor, Subject
from kernel.privacy import reads, seals
from kernel.settings import Setting
from kernel.storage.statements import Statement
from kernel.storage.tables import column, tenant_table

STRETCH = timedelta(minutes=15)
FRESH = timedelta(seconds=30)
_REMEMBERED = 50_000
_VISITOR, _STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF
_SUBJECTS: dict[int, str] = {_VISITOR: "vis", subject_pb2.SUBJECT_KIND_REQUESTER: "rqr"}


def _any_id(value: str) -> bool:
    return an_id(value[:3])(value)


#: Staff are people, too: whoever was read about sees a role, and a name only where the tenant says so.
READER_NAMES = Setting(
    name="ledger.reader_names",
    default=False,
    description="Whether people see the names of the staff who read what they said, besides the roles.",
)
#: Somebody on the staff, or a program of the tenant by its API key, began to read what a person said, for a purpose;
#: reading on is the same interval.
RECORDED = EventType(
    "access.recorded",
    {
        "record_id": _any_id,
        "staff_id": an_id("stf", optional=True),
        "api_key_id": an_id("key", optional=True),
        "purpose": one_of(*access_pb2.Purpose.keys()),
        "interval_id": an_id("acc"),
    },
)


# Looks at the seals, then stretches the intervals that are open, begins the others and tells of these, in one statement
# for a whole page of records. One without an id for its interval was noted a moment ago: its seals alone are looked at.
# Of what somebody may not read, nothing is noted.
_RECORD = """
WITH given AS (
  SELECT g.record_id, g.subject_id, g.id
  FROM unnest(CAST(:records AS uuid[]), CAST(:subjects AS uuid[]), CAST(:ids AS uuid[])) AS g(record_id, subject_id, id)
), seen AS (
  SELECT s.record_id, s.subject_id, s.reason FROM {schema}.seals s
  WHERE s.tenant_id = CAST(:tenant AS uuid) AND (
    s.record_id = ANY (CAST(:records AS uuid[]))
    OR (s.record_id IS NULL AND s.subject_id = ANY (CAST(:subjects AS uuid[]))))
), sealed AS (
  SELECT g.record_id FROM given g
  JOIN seen s ON s.record_id = g.record_id OR (s.record_id IS NULL AND s.subject_id = g.subject_id)
  GROUP BY g.record_id HAVING max(s.reason) <> ALL (CAST(:readable AS integer[]))
), noted AS (
  SELECT g.record_id, g.subject_id, g.id FROM given g
  WHERE g.id IS NOT NULL AND NOT EXISTS (SELECT FROM sealed s WHERE s.record_id = g.record_id)
), stretched AS (
  UPDATE {schema}.access a SET last_time = greatest(a.last_time, CAST(:now AS timestamptz))
  WHERE a.tenant_id = CAST(:tenant AS uuid) AND a.record_id = ANY (CAST(:records AS uuid[]))
    AND (a.staff_id = CAST(:staff AS uuid) OR a.key_id = CAST(:key AS uuid))
    AND a.purpose = CAST(:purpose AS integer) AND a.last_time >= CAST(:since AS timestamptz)
    AND EXISTS (SELECT FROM noted n WHERE n.record_id = a.record_id)
  RETURNING a.record_id
), begun AS (
  INSERT INTO {schema}.access (
    tenant_id, id, record_id, subject_id, staff_id, key_id, staff_name, purpose, first_time, last_time)
  SELECT CAST(:tenant AS uuid), n.id, n.record_id, n.subject_id, CAST(:staff AS uuid), CAST(:key AS uuid),
    CAST(:name AS text), CAST(:purpose AS integer), CAST(:now AS timestamptz), CAST(:now AS timestamptz)
  FROM noted n WHERE NOT EXISTS (SELECT FROM stretched s WHERE s.record_id = n.record_id)
  RETURNING record_id
), told AS ({telling})
SELECT s.record_id, true AS is_sealed FROM sealed s UNION ALL SELECT b.record_id, false FROM begun b
"""


def is_recorded(actor: Actor) -> bool:
    """Says whether what an actor reads is put on record: a person's at work, and that of a program by its key."""
    return actor.is_staff or actor.has(access_pb2.CALLER_SERVICE_ACCOUNT)


def table(metadata: MetaData, *, record: str = "cnv", subject: int = _VISITOR) -> Table:
    """Returns the table in a service's schema; `record` begins the ids of what is read there, `subject` is whose."""
    name = f"{metadata.schema}.access"
    if name in metadata.tables:
        return metadata.tables[name]
    both = (subject, _STAFF)
    return tenant_table(
        "access",
        metadata,
        column("id", UuidType(as_uuid=True), "- the interval's own id"),
        column("record_id", UuidType(as_uuid=True), "parley.chat.v1.Conversation.id", prefix=record),
        column(
            "subject_id", UuidType(as_uuid=True), "parley.chat.v1.Conversation.visitor_id", prefix=_SUBJECTS[subject]
        ),
        column(
            "staff_id",
            UuidType(as_uuid=True),
            "parley.chat.v1.Reader.staff_id",
            prefix="stf",
            about=(_STAFF,),
            nullable=True,
        ),
        column("staff_name", Text, "parley.chat.v1.Reader.display_name", about=(_STAFF,)),
        column("key_id", UuidType(as_uuid=True), "parley.chat.v1.Reader.api_key_id", prefix="key", nullable=True),
        # What a reading was is the reader's own as well as the person's, whose erasure it follows.
        column("purpose", Integer, "parley.chat.v1.Reader.purpose", about=both),
        column("first_time", TIMESTAMP(timezone=True), "parley.chat.v1.Reader.first_time", about=both),
        column("last_time", TIMESTAMP(timezone=True), "parley.chat.v1.Reader.last_time", about=both),
        subject={subject: "subject_id", _STAFF: "staff_id"},
        purge=("last_time", "retention.ledger_days"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reader of a record, for one purpose; without an id where whoever asks may not know who it was."""

    staff_id: UUID | None
    key_id: UUID | None
    staff_name: str
    purpose: int
    first_time: datetime
    last_time: datetime


class AccessRecorder:
    """One service's record of who read what."""

    def __init__(self, metadata: MetaData, outbox: Outbox) -> None:
        """Takes the service's tables and its outbox."""
        self._metadata = metadata
        self._outbox = outbox
        self._table = table(metadata)
        telling = outbox.part("SELECT b.record_id FROM begun b")
        self._record = Statement(_RECORD.format(schema=metadata.schema, telling=telling))
        self._fresh: OrderedDict[tuple[str, UUID, str, int], datetime] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many readings are remembered, so that they are not recorded again at once."""
        return len(self._fresh)

    def is_fresh(self, actor: Actor, record_id: UUID, now: datetime) -> bool:
        """Says whether a read needs no new record: the reader reads their own, or was recorded a moment ago."""
        if not is_recorded(actor):
            return True
        noted = self._fresh.get(self._key(actor, record_id))
        return noted is not None and now - noted < FRESH

    async def record(
        self,
        connection: AsyncConnection,
        actor: Actor,
        record_id: UUID,
        subject_id: UUID,
        now: datetime,
        *,
        case_id: str = "",
    ) -> None:
        """Notes that a member of staff, or a program by its key, reads a record about a person; others read their own.

        Raises RecordSealed where it is sealed; `case_id` names the legal-disclosure case in which it is read all the
        same, which the caller has looked at.
        """
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        if self.is_fresh(actor, record_id, now):
            # A seal holds at once, for readers of a moment ago too.
            await seals.check(
                connection,
                self._metadata,
                actor,
                tenant=tenant_id,
                record_id=record_id,
                subject_id=subject_id,
                case_id=case_id,
            )
        elif await self._write(connection, actor, tenant_id, {record_id: subject_id}, {record_id}, now, case_id):
            raise seals.RecordSealed
        reads.met()

    async def record_all(
        self, connection: AsyncConnection, actor: Actor, records: Mapping[UUID, UUID], now: datetime
    ) -> set[UUID]:
        """Notes that a member of staff or a program reads several records, each about a person, as in a page of a list.

        Returns those that are sealed, of which the caller shows nothing: they are not noted as read.
        """
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        unnoted = {record for record in records if not self.is_fresh(actor, record, now)}
        if unnoted:
            sealed = await self._write(connection, actor, tenant_id, records, unnoted, now)
        else:
            sealed = await self.sealed_among(connection, actor, records)
        reads.met()
        return sealed

    async def sealed_among(self, connection: AsyncConnection, actor: Actor, records: Mapping[UUID, UUID]) -> set[UUID]:
        """Returns which of some records, each about a person, are sealed, for a list that says only that they exist."""
        reasons = await seals.reasons_among(
            connection, self._metadata, tenant=ids.to_uuid(actor.tenant_id, "ten"), records=records
        )
        return {record for record, reason in reasons.items() if not seals.may_read(actor, reason)}

    async def _write(
        self,
        connection: AsyncConnection,
        actor: Actor,
        tenant_id: UUID,
        records: Mapping[UUID, UUID],
        unnoted: Set[UUID],
        now: datetime,
        case_id: str = "",
    ) -> set[UUID]:
        intervals = {record: ids.new_uuid() for record in records if record in unnoted}
        told = self._told(actor, {record: (records[record], interval) for record, interval in intervals.items()})
        rows = await self._record.rows(
            connection,
            {
                **self._outbox.arguments(RECORDED, tenant_id=actor.tenant_id, now=now, told=told),
                "tenant": tenant_id,
                "records": list(records),
                "subjects": list(records.values()),
                "ids": [intervals.get(record) for record in records],
                "readable": seals.readable(actor, case_id),
                "staff": ids.to_uuid(actor.subject_id, "stf") if actor.is_staff else None,
                "key": None if actor.is_staff else ids.to_uuid(actor.subject_id, "key"),
                "name": actor.display_name,
                "purpose": actor.purpose,
                "now": now,
                "since": now - STRETCH,
            },
        )
        sealed = {row.record_id for row in rows if row.is_sealed}
        if len(rows) > len(sealed):
            self._outbox.hint_after(connection, RECORDED)
        if connection.sync_connection is not None:
            # Only what is committed counts: a reading whose record was undone is recorded again.
            def note(_: object) -> None:
                for record in intervals.keys() - sealed:
                    self._note(actor, record, now)

            event.listen(connection.sync_connection, "commit", note, once=True)
        return sealed

    def _told(
        self, actor: Actor, begun: Mapping[UUID, tuple[UUID, UUID]]
    ) -> dict[UUID, tuple[list[Subject], dict[str, str]]]:
        kind = next(iter(self._table.info["subject"]))
        record_prefix, subject_prefix = self._prefix_of("record_id"), self._prefix_of("subject_id")
        alike = {
            "staff_id": actor.subject_id if actor.is_staff else "",
            "api_key_id": "" if actor.is_staff else actor.subject_id,
            "purpose": access_pb2.Purpose.Name(access_pb2.Purpose.ValueType(actor.purpose)),
        }
        told = {}
        for record, (person, interval) in begun.items():
            subject = Subject(tenant_id=actor.tenant_id, kind=kind, id=ids.from_uuid(subject_prefix, person))
            named = {"record_id": ids.from_uuid(record_prefix, record), "interval_id": ids.from_uuid("acc", interval)}
            told[record] = ([subject], alike | named)
        return told

    async def readings(self, connection: AsyncConnection, tenant_id: UUID, record_id: UUID) -> list[Reading]:
        """Returns who read a record, one line for each reader and purpose, the first reader first."""
        access = self._table
        rows = await connection.execute(
            select(
                access.c.staff_id,
                access.c.key_id,
                func.max(access.c.staff_name).label("staff_name"),
                access.c.purpose,
                func.min(access.c.first_time).label("first_time"),
                func.max(access.c.last_time).label("last_time"),
            )
            .where(access.c.tenant_id == tenant_id, access.c.record_id == record_id)
            .group_by(access.c.staff_id, access.c.key_id, access.c.purpose)
            .order_by(func.min(access.c.first_time))
        )
        return [Reading(**row) for row in rows.mappings()]

    def _prefix_of(self, name: str) -> str:
        return str(self._table.c[name].info["prefix"])

    def _note(self, actor: Actor, record_id: UUID, now: datetime) -> None:
        key = self._key(actor, record_id)
        self._fresh[key] = now
        self._fresh.move_to_end(key)
        # What was noted longer ago says nothing any more.
        while len(self._fresh) > _REMEMBERED or now - next(iter(self._fresh.values())) >= FRESH:
            self._fresh.popitem(last=False)

    @staticmethod
    def _key(actor: Actor, record_id: UUID) -> tuple[str, UUID, str, int]:
        return (actor.tenant_id, record_id, actor.subject_id, actor.purpose)
