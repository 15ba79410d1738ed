"""Replays a journal over a database that came from a backup: nobody who was erased since, and nothing that was refused
since, is there again.

People are erased and values corrected by the services themselves, through the calls by which that happens every day,
so that a restore knows no less than they do. The services answer calls only; whatever they do by themselves, such as
sending mail, waits until they are started for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.message import Message
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from cli.calls import services_for_calls
from cli.services import METADATA
from kernel import ids
from kernel.config import SERVICES, Config
from kernel.errors import AlreadyExists, InvalidArgument, ParleyError
from kernel.events import Outbox
from kernel.identity import Subject, revocations
from kernel.journal import (
    Account,
    Corrected,
    Entry,
    Erased,
    LedgerHead,
    Minor,
    Noted,
    Reading,
    Redacted,
    Restored,
    Revoked,
    Sealed,
    TakenBack,
    Withdrawn,
)
from kernel.rpc.channels import Channels
from kernel.storage import Database
from services.chat.domain.revising import REMOVED
from services.chat.store.revisions import clear
from services.identity.actions.revoking import SESSION_REVOKED, STAFF_CHANGED
from services.identity.domain import ACTIVE

#: How long a deed may take from its entry in the journal to its commit: one from so shortly before a backup may be
#: missing in it.
SLACK = timedelta(minutes=10)
_AT_ONCE = 8


class ReplayFailed(Exception):
    """Something of the journal could not be replayed; the text says what, by its kind and its number."""


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    erased: int = 0
    refused_for_age: int = 0
    revoked: int = 0
    accounts: int = 0
    choices: int = 0
    taken_back: int = 0
    seals: int = 0
    corrected: int = 0
    #: Messages whose text was removed for good since.
    redacted: int = 0
    #: Corrections whose keys are not there: of people who were erased since, or the keys were not given.
    unreadable: int = 0
    #: Corrections that the records do not take any more, such as a name that somebody else has by now.
    refused: int = 0
    #: Ledgers that had gone on after the backup, and whose last entries are lost.
    ledgers: int = 0
    #: Entries about tenants that the backup does not know.
    strangers: int = 0

    def lines(self) -> list[str]:
        """Says it in words, a line for each kind of which there was something."""
        said = (
            ("people erased again", self.erased),
            ("people refused for age, erased again", self.refused_for_age),
            ("sessions, credentials and keys revoked again", self.revoked),
            ("accounts set to what they may do now", self.accounts),
            ("withdrawn choices put back", self.choices),
            ("records removed again that their authors took back", self.taken_back),
            ("seals set or lifted again", self.seals),
            ("corrections made again", self.corrected),
            ("messages removed again", self.redacted),
            ("corrections whose key is not there (it goes with the person's erasure)", self.unreadable),
            ("corrections which the records of that day do not take", self.refused),
            ("ledgers whose entries since the backup are lost", self.ledgers),
            ("entries about companies that are not in the backup", self.strangers),
        )
        return [f"{words}: {count}" for words, count in said if count] or ["nothing had to be done again"]


async def replay(config: Config, reading: Reading, backup_id: str, since: datetime) -> Replayed:
    """Carries out again what a journal holds, over a backup that began at a moment; raises ReplayFailed otherwise."""
    done = Replayed()
    async with services_for_calls(config) as (process, channels):
        calls = _Calls(channels)
        databases = {service: process.database(service) for service in SERVICES}
        identity = databases["identity"]
        known = await _tenants(identity, {_tenant(each.entry) for each in reading.noted} - {""})
        noted = [each for each in reading.noted if _tenant(each.entry) in known]
        done.strangers = sum(1 for each in reading.noted if _tenant(each.entry) not in known | {""})
        late = [each for each in noted if each.time >= since - SLACK]
        gone = _last(each for each in noted if isinstance(each.entry, Erased | Minor))
        # A hold that was set since must be there before anybody is erased; so must a choice that is erased as well.
        for entry in _last(each for each in late if isinstance(each.entry, Sealed | Withdrawn)).values():
            if await _put_back(databases, entry):
                done.seals += isinstance(entry, Sealed)
                done.choices += isinstance(entry, Withdrawn)
        for entry in _last(each for each in late if isinstance(each.entry, TakenBack)).values():
            done.taken_back += await _take_back(databases, entry)
        outbox = Outbox(METADATA["identity"], process.hints)
        for entry in _last(each for each in late if isinstance(each.entry, Account)).values():
            done.accounts += await _set_account(identity, outbox, entry, process.clock.now())
        for entry in _last(each for each in noted if isinstance(each.entry, Revoked)).values():
            done.revoked += await _revoke(identity, outbox, entry, process.clock.now())
        for entry in _last(each for each in late if isinstance(each.entry, Corrected)).values():
            if _subject_key(entry) in gone:
                continue
            if entry.value is None:
                done.unreadable += 1
                continue
            try:
                done.corrected += await calls.correct(entry)
            except (AlreadyExists, InvalidArgument):
                done.refused += 1
        for entry in _last(each for each in late if isinstance(each.entry, Redacted)).values():
            done.redacted += await _redact(databases["chat"], entry, process.clock.now())
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(calls.erase(entry, slots) for entry in gone.values()))
        done.refused_for_age = sum(isinstance(entry, Minor) for entry in gone.values())
        done.erased = len(gone) - done.refused_for_age
        # The ledgers go on from where the backup has them, with the erasures of this replay in them.
        heads = [await _head_of(databases["privacy"], tenant_id) for tenant_id in sorted(reading.heads.keys() & known)]
        done.ledgers = sum(
            head.sequence < reading.heads[head.tenant_id].sequence or head.head != reading.heads[head.tenant_id].head
            for head in heads
        )
        await process.journal.append(Restored(backup_id=backup_id), *heads)
    return done


def _tenant(entry: Entry) -> str:
    subject = getattr(entry, "subject", None)
    return subject.tenant_id if isinstance(subject, Subject) else getattr(entry, "tenant_id", "")


def _subject_key(entry: Any) -> tuple[str, ...]:
    subject: Subject = entry.subject
    return (subject.tenant_id, str(subject.domain), str(subject))


def _last(noted: Iterable[Noted]) -> dict[tuple[str, ...], Any]:
    """Returns the last word on each thing, in the order of the first."""
    found: dict[tuple[str, ...], Any] = {}
    for each in noted:
        match each.entry:
            case Corrected(field=field):
                key = (*_subject_key(each.entry), field)
            case Erased() | Minor():
                key = _subject_key(each.entry)
            case Revoked(tenant_id=tenant, credential_id=id_):
                key = (tenant, id_)
            case Account(tenant_id=tenant, staff_id=id_):
                key = (tenant, id_)
            case Redacted(tenant_id=tenant, message_id=id_):
                key = (tenant, id_)
            case Sealed(tenant_id=tenant, seal_id=id_, store=store):
                key = (store, tenant, id_)
            case TakenBack(tenant_id=tenant, record_id=id_, store=store):
                key = (store, tenant, id_)
            case Withdrawn(subject=subject, choice_id=id_, store=store):
                key = (store, subject.tenant_id, id_)
            case _:
                continue
        # Whoever was refused for age is counted as that, though the refusal erased as well.
        if not (isinstance(each.entry, Erased) and isinstance(found.get(key), Minor)):
            found[key] = each.entry
    return found


async def _head_of(database: Database, tenant_id: str) -> LedgerHead:
    heads = METADATA["privacy"].tables["privacy.ledger_heads"].c
    query = select(heads.sequence, heads.entry_hash, heads.signature)
    async with database.transaction(tenant_id) as connection:
        row = (await connection.execute(query.where(heads.tenant_id == ids.to_uuid(tenant_id, "ten")))).one_or_none()
    if row is None:
        return LedgerHead(tenant_id=tenant_id, sequence=0, head="")
    return LedgerHead(
        tenant_id=tenant_id, sequence=row.sequence, head=row.entry_hash.hex(), signature=row.signature.hex()
    )


async def _tenants(database: Database, wanted: set[str]) -> set[str]:
    tenants = METADATA["identity"].tables["identity.tenants"]
    found = set()
    for tenant_id in wanted:
        async with database.transaction(tenant_id) as connection:
            key = ids.to_uuid(tenant_id, "ten")
            if (await connection.execute(select(tenants.c.slug).where(tenants.c.tenant_id == key))).one_or_none():
                found.add(tenant_id)
    return found


def _table_of(store: str) -> tuple[str, Table]:
    service = store.partition(".")[0]
    table = METADATA[service].tables.get(store) if service in METADATA else None
    if table is None:
        raise ReplayFailed(f"The journal knows a store that this release does not know: {store}")
    return service, table


async def _take_back(databases: Mapping[str, Database], entry: TakenBack) -> bool:
    service, table = _table_of(entry.store)
    key = str(ids.to_uuid(entry.record_id, entry.record_id[:3]))
    async with databases[service].transaction(entry.tenant_id) as connection:
        return await _remove(connection, table, entry.tenant_id, key)


async def _put_back(databases: Mapping[str, Database], entry: Sealed | Withdrawn) -> bool:
    """Writes a row as it was noted, or removes one that was noted as gone; says whether anything changed."""
    tenant_id = _tenant(entry)
    service, table = _table_of(entry.store)
    try:
        async with databases[service].transaction(tenant_id) as connection:
            if not entry.row:
                id_ = entry.seal_id if isinstance(entry, Sealed) else entry.choice_id
                return await _remove(connection, table, tenant_id, id_)
            row = row_of(table, entry.row) | {"tenant_id": ids.to_uuid(tenant_id, "ten")}
            if not await _lead_somewhere(connection, table, row):
                return False
            statement = upsert(table).values(row)
            if isinstance(entry, Sealed):
                rest = {name: value for name, value in row.items() if name not in table.primary_key.columns}
                put = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)
            else:
                put = statement.on_conflict_do_nothing()
            return (await connection.execute(put)).rowcount > 0
    except DBAPIError as error:
        raise ReplayFailed(f"A row of {entry.store} could not be put back ({type(error.orig).__name__})") from None


async def _lead_somewhere(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Lets a row belong to the newest record where the one to which it belonged came after the backup.

    Somebody may have withdrawn a choice under a notice that the backup does not know: that it was withdrawn counts,
    and the hash beside it still says under which words. Says False where there is no such record at all.
    """
    for constraint in table.foreign_key_constraints:
        pairs = [(element.parent, element.column) for element in constraint.elements]
        if any(row.get(own.name) is None for own, _ in pairs):
            continue
        theirs = [their for _, their in pairs]
        same = [their == row[own.name] for own, their in pairs]
        if (await connection.execute(select(*theirs).where(*same))).first() is not None:
            continue
        newest = select(*theirs).where(constraint.referred_table.c.tenant_id == row["tenant_id"])
        found = (await connection.execute(newest.order_by(*(their.desc() for their in theirs)).limit(1))).first()
        if found is None:
            return False
        row.update({own.name: value for (own, _), value in zip(pairs, found, strict=True)})
    return True


async def _remove(connection: AsyncConnection, table: Table, tenant_id: str, id_: str) -> bool:
    (key,) = (column for column in table.primary_key if column.name != "tenant_id")
    value = row_of(table, {key.name: id_})[key.name]
    gone = delete(table).where(table.c.tenant_id == ids.to_uuid(tenant_id, "ten"), key == value)
    return (await connection.execute(gone)).rowcount > 0


def row_of(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Reads a row that was written as plain JSON back into what its columns hold."""
    return {name: _value_of(table, name, value) for name, value in row.items()}


def _value_of(table: Table, name: str, value: Any) -> Any:
    if name not in table.c:
        raise ReplayFailed(f"The journal knows a column that this release does not know: {table.fullname}.{name}")
    kind = table.c[name].type.python_type
    if not isinstance(value, str) or kind is str:
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is bytes:
        return bytes.fromhex(value)
    return kind(value)


async def _set_account(database: Database, outbox: Outbox, entry: Account, now: datetime) -> bool:
    metadata = METADATA["identity"]
    staff, sessions = metadata.tables["identity.staff"], metadata.tables["identity.sessions"]
    tenant, key = ids.to_uuid(entry.tenant_id, "ten"), ids.to_uuid(entry.staff_id, "stf")
    async with database.transaction(entry.tenant_id) as connection:
        changed = await connection.execute(
            update(staff)
            .where(
                staff.c.tenant_id == tenant,
                staff.c.id == key,
                or_(staff.c.state != entry.state, staff.c.roles != list(entry.roles)),
            )
            .values(state=entry.state, roles=list(entry.roles), revision=staff.c.revision + 1)
        )
        if not changed.rowcount:
            return False
        if entry.state != ACTIVE:
            await connection.execute(
                update(sessions)
                .where(sessions.c.tenant_id == tenant, sessions.c.staff_id == key, sessions.c.revoke_time.is_(None))
                .values(revoke_time=now)
            )
        attributes = {revocations.STAFF_ID: entry.staff_id}
        await outbox.append(connection, STAFF_CHANGED, tenant_id=entry.tenant_id, now=now, attributes=attributes)
    return True


async def _revoke(database: Database, outbox: Outbox, entry: Revoked, now: datetime) -> bool:
    """Revokes whatever has this id, in every table of identity whose rows can be revoked."""
    tenant, key = ids.to_uuid(entry.tenant_id, "ten"), ids.to_uuid(entry.credential_id, entry.credential_id[:3])
    revocable = [table for table in METADATA["identity"].sorted_tables if {"id", "revoke_time"} <= set(table.c.keys())]
    async with database.transaction(entry.tenant_id) as connection:
        changed = 0
        for table in revocable:
            gone = await connection.execute(
                update(table)
                .where(table.c.tenant_id == tenant, table.c.id == key, table.c.revoke_time.is_(None))
                .values(revoke_time=now)
            )
            changed += gone.rowcount
        if changed:
            attributes = {revocations.SESSION_ID: entry.credential_id}
            await outbox.append(connection, SESSION_REVOKED, tenant_id=entry.tenant_id, now=now, attributes=attributes)
    return changed > 0


async def _redact(database: Database, entry: Redacted, now: datetime) -> bool:
    """Removes a message's text for good, where the backup has that message."""
    async with database.transaction(entry.tenant_id) as connection:
        return await clear(
            connection,
            ids.to_uuid(entry.tenant_id, "ten"),
            ids.to_uuid(entry.conversation_id, "cnv"),
            entry.sequence,
            REMOVED,
            now,
            message_id=ids.to_uuid(entry.message_id, "msg"),
        )


class _Calls:
    """The calls to every service by which people are erased and values corrected."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._stubs = [subject_pb2_grpc.SubjectServiceStub(channels.of(service)) for service in SERVICES]

    async def erase(self, entry: Erased | Minor, slots: asyncio.Semaphore) -> None:
        """Erases somebody everywhere."""
        request = subject_pb2.EraseSubjectRequest(subject=_named(entry.subject), whole=isinstance(entry, Minor))
        async with slots:
            for stub in self._stubs:
                await self._call(stub.EraseSubject, request, entry)

    async def correct(self, entry: Corrected) -> bool:
        """Corrects a value everywhere and says whether anything changed."""
        request = subject_pb2.CorrectSubjectRequest(
            subject=_named(entry.subject), field=entry.field, value=entry.value or ""
        )
        return any([(await self._call(stub.CorrectSubject, request, entry)).records for stub in self._stubs])

    async def _call(self, method: Any, request: Message, entry: Erased | Minor | Corrected) -> Any:
        try:
            return await self._channels.call(method, request, tenant_id=entry.subject.tenant_id)
        except ParleyError as error:
            if isinstance(entry, Corrected) and isinstance(error, AlreadyExists | InvalidArgument):
                raise
            raise ReplayFailed(
                f"Somebody who was {entry.kind} since the backup could not be {entry.kind} again ({error.reason})"
            ) from None


def _named(subject: Subject) -> subject_pb2.Subject:
    return subject_pb2.Subject(kind=subject_pb2.SubjectKind.ValueType(subject.kind), id=subject.id)
