"""Keeps a service's events in the transaction of the deed, and serves them to its peers by a cursor that skips nothing.

The cursor is given when an event is first listed (see `kernel.storage.schema`), so that a transaction that commits late
gets a later one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import grpc.aio
import orjson
from google.protobuf.timestamp_pb2 import Timestamp
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.options.v1 import privacy_pb2
from sqlalchemy import BigInteger, Integer, MetaData, Table, Text, delete, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events.types import EventRefused, EventType, an_id, topic_of
from kernel.hints import Hints
from kernel.identity import Subject
from kernel.storage.database import Database
from kernel.storage.tables import column, tenant_table

# One statement for all, in their order, however many: a file of a hundred thousand rows tells as many readings.
_INSERT = """
INSERT INTO {schema}.outbox (tenant_id, id, domain, type, schema_version, time, subjects, attributes)
SELECT CAST(:tenant AS uuid), r.id, CAST(:domain AS integer), CAST(:type AS text), CAST(:version AS integer),
  CAST(:time AS timestamptz), r.subjects, r.attributes
FROM ROWS FROM (json_to_recordset(CAST(:rows AS json)) AS (id uuid, subjects text[], attributes jsonb, deed uuid))
  WITH ORDINALITY AS r(id, subjects, attributes, deed, place)
{where}
ORDER BY r.place
"""
DEFAULT_PAGE = 200
LARGEST_PAGE = 1000


def outbox_table(metadata: MetaData) -> Table:
    """Returns the outbox in a service's schema."""
    name = f"{metadata.schema}.outbox"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "outbox",
        metadata,
        column("id", UuidType(as_uuid=True), "parley.events.v1.Event.id"),
        column("inserted", BigInteger, "- the order of insertion", server_default=text("0")),
        column("position", BigInteger, "parley.events.v1.Event.cursor", nullable=True),
        column("domain", Integer, "parley.events.v1.Event.domain"),
        column("type", Text, "parley.events.v1.Event.type"),
        column("schema_version", Integer, "parley.events.v1.Event.schema_version"),
        column("time", TIMESTAMP(timezone=True), "parley.events.v1.Event.time"),
        column("subjects", ARRAY(Text), "parley.events.v1.Event.subjects"),
        column("attributes", JSONB, "parley.events.v1.Event.attributes"),
        uncovered="events name people by ids alone, so that other services hear of a deed; they go after a month",
    )


class Outbox:
    """One service's outbox."""

    def __init__(self, metadata: MetaData, hints: Hints) -> None:
        """Takes the service's tables, whose schema bears the service's name."""
        self._table = outbox_table(metadata)
        self._hints = hints
        self._service = str(metadata.schema)
        self._insert = text(_INSERT.format(schema=metadata.schema, where=""))

    async def append(
        self,
        connection: AsyncConnection,
        kind: EventType,
        *,
        tenant_id: str,
        now: datetime,
        subjects: Sequence[Subject] = (),
        attributes: Mapping[str, str] | None = None,
        domain: privacy_pb2.Domain.ValueType = privacy_pb2.DOMAIN_MAIN,
    ) -> str:
        """Writes an event in the running transaction, of the same tenant, and returns its id."""
        told = [(subjects, attributes or {})]
        (id_,) = await self.append_all(connection, kind, tenant_id=tenant_id, now=now, told=told, domain=domain)
        return ids.from_uuid("evt", id_)

    async def append_all(
        self,
        connection: AsyncConnection,
        kind: EventType,
        *,
        tenant_id: str,
        now: datetime,
        told: Sequence[tuple[Sequence[Subject], Mapping[str, str]]],
        domain: privacy_pb2.Domain.ValueType = privacy_pb2.DOMAIN_MAIN,
    ) -> list[UUID]:
        """Writes several events of one type at once, each with its subjects and attributes; returns their ids."""
        rows = _rows(kind, tenant_id, told)
        if rows:
            await connection.execute(self._insert, self._arguments(kind, tenant_id, now, rows, domain))
            self.hint_after(connection, kind)
        return [row["id"] for row in rows]

    def part(self, deeds: str) -> str:
        """Returns the writing of events as a part of the statement that does the deeds.

        Only those are written of whose deeds the keys are among what `deeds`, a query, returns. The statement is given
        what `arguments` returns, and whoever runs it calls `hint_after` where anything was written.
        """
        return _INSERT.format(schema=self._table.schema, where=f"WHERE r.deed IN ({deeds})")

    def arguments(
        self,
        kind: EventType,
        *,
        tenant_id: str,
        now: datetime,
        told: Mapping[UUID, tuple[Sequence[Subject], Mapping[str, str]]],
        domain: privacy_pb2.Domain.ValueType = privacy_pb2.DOMAIN_MAIN,
    ) -> dict[str, object]:
        """Returns what such a statement is given: by the key of each deed, what is told of it where it is done."""
        rows = _rows(kind, tenant_id, list(told.values()))
        for row, deed in zip(rows, told, strict=True):
            row["deed"] = deed
        return self._arguments(kind, tenant_id, now, rows, domain)

    def hint_after(self, connection: AsyncConnection, kind: EventType) -> None:
        """Tells peers that there is something new of a type once the transaction is over."""
        self._hints.send_after(connection, topic_of(self._service, kind.name))

    @staticmethod
    def _arguments(
        kind: EventType,
        tenant_id: str,
        now: datetime,
        rows: Sequence[Mapping[str, Any]],
        domain: privacy_pb2.Domain.ValueType,
    ) -> dict[str, object]:
        return {
            "tenant": ids.to_uuid(tenant_id, "ten"),
            "domain": domain,
            "type": kind.name,
            "version": kind.version,
            "time": now,
            "rows": orjson.dumps(rows, default=str).decode(),
        }

    async def purge(self, connection: AsyncConnection, before: datetime) -> int:
        """Forgets the bound tenant's listed events from before a moment and returns how many there were."""
        table = self._table
        gone = await connection.execute(delete(table).where(table.c.time < before, table.c.position.is_not(None)))
        return gone.rowcount


def _rows(
    kind: EventType, tenant_id: str, told: Sequence[tuple[Sequence[Subject], Mapping[str, str]]]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    # Of many events of one type, most values are the same.
    checked: set[tuple[str, str]] = set()
    for subjects, attributes in told:
        if attributes.keys() != kind.attributes.keys():
            wrong = sorted(attributes.keys() ^ kind.attributes.keys())
            raise EventRefused(f"{kind.name}: wrong attributes {wrong}")
        fresh = attributes.items() - checked
        wrong = sorted(name for name, value in fresh if not kind.attributes[name](value))
        if wrong:
            raise EventRefused(f"{kind.name}: attributes hold something else than declared: {wrong}")
        checked |= fresh
        if any(subject.tenant_id != tenant_id or not an_id(subject.id[:3])(subject.id) for subject in subjects):
            raise EventRefused(f"{kind.name}: a subject is of another tenant, or has no id")
        rows.append(
            {"id": ids.new_uuid(), "subjects": [str(subject) for subject in subjects], "attributes": dict(attributes)}
        )
    return rows


class EventServicer(events_pb2_grpc.EventServiceServicer):
    """Serves a service's outbox to its peers."""

    def __init__(self, database: Database, metadata: MetaData) -> None:
        """Takes the service's database and tables."""
        self._database = database
        self._query = text(f"SELECT * FROM {metadata.schema}.list_events(:after, :size)")  # noqa: S608 - A name of ours.

    async def ListEvents(
        self, request: events_pb2.ListEventsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> events_pb2.ListEventsResponse:
        """Lists events after a cursor, of all tenants."""
        size = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
        async with self._database.single() as connection:
            rows = (await connection.execute(self._query, {"after": request.after, "size": size})).all()
        response = events_pb2.ListEventsResponse(next=rows[-1].position if rows else request.after)
        for row in rows:
            time = Timestamp()
            time.FromDatetime(row.time)
            response.events.add(
                cursor=row.position,
                id=ids.from_uuid("evt", row.id),
                tenant_id=ids.from_uuid("ten", row.tenant_id),
                domain=row.domain,
                type=row.type,
                schema_version=row.schema_version,
                time=time,
                subjects=row.subjects,
                attributes=row.attributes,
            )
        return response
