"""Keeps mail that came in until its service has read it, and offers that to the door as `parley.mail.v1.MailService`.

A mail is written in one transaction with the job that reads it, and only then acknowledged: whoever sends it keeps it
until then and tries again. The same mail for the same address is kept once.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import grpc.aio
from parley.mail.v1 import mail_pb2, mail_pb2_grpc
from sqlalchemy import LargeBinary, MetaData, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import Clock
from kernel.errors import InvalidArgument, NotFound
from kernel.jobs import Job, Jobs
from kernel.mail.intake import MOST_BYTES
from kernel.rpc.gates import current_actor
from kernel.storage import leftovers
from kernel.storage.database import Database
from kernel.storage.tables import column, tenant_table
from kernel.telemetry import metrics

JOB = "mail.arrived"
#: With growing pauses these take the better part of the day for which a mail is kept.
ATTEMPTS = 24

READ = metrics.counter("mail_read", "Mails that were read, by what became of them.", ("service", "outcome"))

Context = grpc.aio.ServicerContext[Any, Any]
#: Says whether somebody takes mail for what stands before the @, in a tenant.
IsKnown = Callable[[str, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail that came in."""

    id: UUID
    local_part: str
    return_path: str
    data: bytes
    create_time: datetime

    def __repr__(self) -> str:
        """Names the type only."""
        return "Arrival(…)"


def table(metadata: MetaData) -> Table:
    """Returns the table in a service's schema, as `kernel.storage.schema.create_arrivals` makes it."""
    name = f"{metadata.schema}.arrivals"
    if name in metadata.tables:
        return metadata.tables[name]
    field = "parley.mail.v1.Arrival."
    return tenant_table(
        "arrivals",
        metadata,
        column("id", UuidType(as_uuid=True), field + "id", prefix="arr"),
        column("local_part", Text, field + "local_part"),
        column("return_path", Text, field + "return_path"),
        column("data", LargeBinary, field + "data"),
        column("create_time", TIMESTAMP(timezone=True), field + "create_time"),
        purge=("create_time", 1),
        uncovered="mail on its way in, which nobody has read: within moments it is part of what it answers, or gone",
    )


class Arrivals:
    """One service's mail on its way in."""

    def __init__(self, metadata: MetaData, jobs: Jobs) -> None:
        """Takes the service's tables and its queue."""
        self._metadata = metadata
        self._table = table(metadata)
        self._jobs = jobs

    async def keep(
        self, connection: AsyncConnection, tenant_id: str, local_part: str, return_path: str, data: bytes, now: datetime
    ) -> UUID:
        """Writes a mail and the job that reads it; the same mail a second time is the first one."""
        made = UUID(bytes=hashlib.sha256(local_part.lower().encode() + b"\0" + data).digest()[:16], version=4)
        kept = await connection.execute(
            insert(self._table)
            .values(
                tenant_id=ids.to_uuid(tenant_id, "ten"),
                id=made,
                local_part=local_part,
                return_path=return_path.replace("\x00", ""),
                data=data,
                create_time=now,
            )
            .on_conflict_do_nothing()
        )
        if kept.rowcount == 1:
            named = ids.from_uuid("arr", made)
            await self._jobs.enqueue(
                connection, JOB, tenant_id=tenant_id, now=now, arguments={"arrival": named}, key=named
            )
        return made

    async def find(self, connection: AsyncConnection, job: Job) -> Arrival | None:
        """Returns the mail that a job is to read, held until the transaction ends; None where it was read already."""
        columns = self._table.c
        query = select(columns.id, columns.local_part, columns.return_path, columns.data, columns.create_time).where(
            columns.tenant_id == ids.to_uuid(job.tenant_id, "ten"),
            columns.id == ids.to_uuid(str(job.arguments["arrival"]), "arr"),
        )
        row = (await connection.execute(query.with_for_update())).one_or_none()
        return None if row is None else Arrival(**row._mapping)

    async def remove(self, connection: AsyncConnection, tenant_id: str, arrival: Arrival, now: datetime) -> None:
        """Forgets a mail that was read, in the transaction that keeps what it says."""
        columns = self._table.c
        await connection.execute(
            delete(self._table).where(columns.tenant_id == ids.to_uuid(tenant_id, "ten"), columns.id == arrival.id)
        )
        await leftovers.mark(connection, self._metadata, [self._table.name], now)


class MailServicer(mail_pb2_grpc.MailServiceServicer):
    """Takes a service's mail from the door."""

    def __init__(self, database: Database, arrivals: Arrivals, *, clock: Clock, is_known: IsKnown) -> None:
        """Takes where mail is kept, and who says whose addresses there are."""
        self._database = database
        self._arrivals = arrivals
        self._clock = clock
        self._is_known = is_known

    async def FindRecipient(
        self, request: mail_pb2.FindRecipientRequest, context: Context
    ) -> mail_pb2.FindRecipientResponse:
        """Says whether somebody takes mail for an address."""
        await self._check(current_actor().tenant_id, request.local_part)
        return mail_pb2.FindRecipientResponse()

    async def TakeMail(
        self, request_iterator: AsyncIterator[mail_pb2.TakeMailRequest], context: Context
    ) -> mail_pb2.TakeMailResponse:
        """Keeps a mail."""
        tenant_id = current_actor().tenant_id
        first = await anext(request_iterator, None)
        if first is None or not first.local_part:
            raise InvalidArgument(
                "ARGUMENT_INVALID",
                "Some fields are missing or malformed. Nothing was kept.",
                fields=[("local_part", "must name the address in the first piece")],
            )
        await self._check(tenant_id, first.local_part)
        data = bytearray(first.data)
        async for piece in request_iterator:
            data += piece.data
            if len(data) > MOST_BYTES:
                raise InvalidArgument("MAIL_TOO_LARGE", "The mail is too large. Nothing of it was kept.")
        async with self._database.transaction(tenant_id) as connection:
            made = await self._arrivals.keep(
                connection, tenant_id, first.local_part, first.return_path, bytes(data), self._clock.now()
            )
        return mail_pb2.TakeMailResponse(arrival_id=ids.from_uuid("arr", made))

    async def _check(self, tenant_id: str, local_part: str) -> None:
        if not await self._is_known(tenant_id, local_part):
            raise NotFound("RECIPIENT_NOT_FOUND", "Nobody here takes mail for this address.")
