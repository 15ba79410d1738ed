"""Serves `parley.subject.v1.SubjectService` over any service's tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids, journal
from kernel.clock import Clock
from kernel.errors import InvalidArgument
from kernel.identity import Subject
from kernel.journal import Journal
from kernel.journal.entries import as_row
from kernel.privacy import seals
from kernel.privacy.subjects.correcting import correct, correctable, right_value
from kernel.privacy.subjects.coverage import stores_of
from kernel.privacy.subjects.erasing import Erased, erase
from kernel.privacy.subjects.exporting import LARGEST_PAGE, count, export
from kernel.privacy.subjects.purging import Purged
from kernel.rpc.gates import current_actor
from kernel.storage import rewrite
from kernel.storage.database import Database
from kernel.storage.paging import Pages, page_size

Context = grpc.aio.ServicerContext[Any, Any]

#: What a service does beside, in the same transaction, and what it does once that is committed.
Effect = Callable[[AsyncConnection, Subject, datetime], Awaitable[Callable[[], None]]]


class Purge(Protocol):
    """Removes a tenant's expired records; `kernel.privacy.retention` has the one that services use."""

    def __call__(
        self, tenant_id: str, *, dry_run: bool = False, tried_days: Mapping[str, int] | None = None
    ) -> Awaitable[list[Purged]]:
        """Says how many records there were in each store; `dry_run` only counts, where asked with other periods."""


#: How the id of a subject of each kind begins.
PREFIXES: dict[int, str] = {
    subject_pb2.SUBJECT_KIND_VISITOR: "vis",
    subject_pb2.SUBJECT_KIND_REQUESTER: "rqr",
    subject_pb2.SUBJECT_KIND_STAFF: "stf",
    subject_pb2.SUBJECT_KIND_MEMBER: "mem",
}


class SubjectServicer(subject_pb2_grpc.SubjectServiceServicer):
    """What one service owes the people that it knows of."""

    def __init__(
        self,
        database: Database,
        metadata: MetaData,
        *,
        pages: Pages,
        clock: Clock,
        purge: Purge,
        journal: Journal,
        erasing: Effect | None = None,
        correcting: Effect | None = None,
    ) -> None:
        """Takes the tables, and what else happens in the service when somebody is forgotten or corrected.

        `erasing` runs before anything is erased, `correcting` after everything is corrected, sealed or unsealed.
        """
        self._database = database
        self._metadata = metadata
        self._pages = pages
        self._clock = clock
        self._purge = purge
        self._journal = journal
        self._erasing = erasing
        self._correcting = correcting

    async def ExportSubject(
        self, request: subject_pb2.ExportSubjectRequest, context: Context
    ) -> subject_pb2.ExportSubjectResponse:
        """Returns a page of what is held about a person."""
        subject, tenant, key = self._named(request.subject)
        scope = (subject.tenant_id, "ExportSubject", subject.kind, subject.id, *_narrowed(request))
        size = page_size(request.page_size, default=LARGEST_PAGE, maximum=LARGEST_PAGE)
        after = self._pages.position(scope, request.page_token)
        async with self._database.transaction(subject.tenant_id) as connection:
            records, position = await export(
                connection,
                self._metadata,
                subject.kind,
                tenant,
                key,
                after=after,
                size=size,
                record_id=_record(request.record_id),
                within=request.within_record_id,
                case_id=request.case_id,
            )
        return subject_pb2.ExportSubjectResponse(
            records=records, next_page_token="" if position is None else self._pages.token(scope, position)
        )

    async def CorrectSubject(
        self, request: subject_pb2.CorrectSubjectRequest, context: Context
    ) -> subject_pb2.CorrectSubjectResponse:
        """Replaces a value about a person."""
        subject, tenant, key = self._named(request.subject)
        field = correctable(request.field)
        value = right_value(field, request.value)
        now = self._clock.now()
        async with self._database.transaction(subject.tenant_id) as connection:
            changed = await correct(connection, self._metadata, subject.kind, tenant, key, field, value, now)
            if changed:
                # It is on record before it is committed, so that no backup from before brings the wrong value back.
                noted = journal.Corrected(subject=subject, field=field.full_name, value=value)
                await self._journal.append(noted)
            after = await self._correcting(connection, subject, now) if self._correcting else None
        if after is not None:
            after()
        return subject_pb2.CorrectSubjectResponse(records=changed)

    async def EraseSubject(
        self, request: subject_pb2.EraseSubjectRequest, context: Context
    ) -> subject_pb2.EraseSubjectResponse:
        """Forgets a person."""
        subject, tenant, key = self._named(request.subject)
        # It is on record before anything changes, so that a backup from before cannot bring the person back.
        noted = journal.Minor(subject=subject) if request.whole else journal.Erased(subject=subject)
        await self._journal.append(noted)
        now = self._clock.now()
        async with self._database.transaction(subject.tenant_id) as connection:
            after = await self._erasing(connection, subject, now) if self._erasing else None
            done = await erase(connection, self._metadata, subject.kind, tenant, key, now, whole=request.whole)
        if after is not None:
            after()
        return subject_pb2.EraseSubjectResponse(stores=_stores(done, now))

    async def SealSubject(
        self, request: subject_pb2.SealSubjectRequest, context: Context
    ) -> subject_pb2.SealSubjectResponse:
        """Seals what is held about a person, or one record of it."""
        subject, tenant, key = self._named(request.subject)
        now, record = self._clock.now(), _record(request.record_id)
        async with self._database.transaction(subject.tenant_id) as connection:
            row = await seals.seal(
                connection,
                self._metadata,
                tenant=tenant,
                seal_id=request.seal_id,
                kind=subject.kind,
                subject_id=key,
                record_id=record,
                reason=request.reason,
                now=now,
            )
            await self._journal.append(self._sealed(subject.tenant_id, request.seal_id, row))
            records = await count(connection, self._metadata, subject.kind, tenant, key, record)
            # Who reads along at this moment looks again, and finds it sealed.
            after = await self._correcting(connection, subject, now) if self._correcting else None
        if after is not None:
            after()
        return subject_pb2.SealSubjectResponse(records=records)

    async def UnsealSubject(
        self, request: subject_pb2.UnsealSubjectRequest, context: Context
    ) -> subject_pb2.UnsealSubjectResponse:
        """Takes a seal away, and forgets what waited for that."""
        tenant_id, now = current_actor().tenant_id, self._clock.now()
        tenant = ids.to_uuid(tenant_id, "ten")
        done: list[Erased] = []
        after = None
        async with self._database.transaction(tenant_id) as connection:
            lifted = await seals.unseal(connection, self._metadata, tenant=tenant, seal_id=request.seal_id)
            if lifted is not None:
                # A row without columns is one that is gone.
                await self._journal.append(self._sealed(tenant_id, request.seal_id, {}))
                kind, key = lifted.kind, lifted.subject_id
                prefix = PREFIXES.get(kind)
                if prefix is not None:
                    subject = Subject(tenant_id=tenant_id, kind=kind, id=ids.from_uuid(prefix, key))
                    effect = self._erasing if lifted.is_awaited else self._correcting
                    after = await effect(connection, subject, now) if effect else None
                if lifted.is_awaited:
                    done = await erase(connection, self._metadata, kind, tenant, key, now, whole=lifted.is_whole)
        if after is not None:
            after()
        return subject_pb2.UnsealSubjectResponse(stores=_stores(done, now))

    async def PurgeExpired(
        self, request: subject_pb2.PurgeExpiredRequest, context: Context
    ) -> subject_pb2.PurgeExpiredResponse:
        """Removes the tenant's expired records."""
        purged = await self._purge(
            current_actor().tenant_id,
            dry_run=request.dry_run,
            tried_days=dict(request.tried_days) if request.dry_run else None,
        )
        return subject_pb2.PurgeExpiredResponse(
            stores=[subject_pb2.ErasedStore(store=each.store, deleted=each.deleted, held=each.held) for each in purged]
        )

    def _sealed(self, tenant_id: str, seal_id: str, row: Mapping[str, Any]) -> journal.Sealed:
        store = f"{self._metadata.schema}.seals"
        return journal.Sealed(tenant_id=tenant_id, seal_id=seal_id, store=store, row=as_row(row))

    def _named(self, named: subject_pb2.Subject) -> tuple[Subject, UUID, UUID]:
        tenant_id = current_actor().tenant_id
        subject = Subject(tenant_id=tenant_id, kind=named.kind, id=named.id)
        if not stores_of(self._metadata, named.kind):
            # Nothing is held about people of this kind, whatever their ids look like.
            return subject, ids.to_uuid(tenant_id, "ten"), UUID(int=0)
        if named.kind not in PREFIXES:
            raise InvalidArgument("SUBJECT_KIND_UNKNOWN", "There is nobody of this kind here.")
        return subject, ids.to_uuid(tenant_id, "ten"), ids.to_uuid(named.id, PREFIXES[named.kind])


def _narrowed(request: subject_pb2.ExportSubjectRequest) -> tuple[str, str, str]:
    return request.record_id, request.within_record_id, request.case_id


def _record(record_id: str) -> UUID | None:
    return ids.to_uuid(record_id, record_id[:3]) if record_id else None


def _stores(done: Sequence[Erased], now: datetime) -> list[subject_pb2.ErasedStore]:
    gone = Timestamp()
    gone.FromDatetime(rewrite.next_time(now))
    stores = [
        subject_pb2.ErasedStore(store=each.store, deleted=each.deleted, emptied=each.emptied, held=each.held)
        for each in done
    ]
    for each in stores:
        if each.deleted or each.emptied:
            each.bytes_gone_time.CopyFrom(gone)
    return stores
