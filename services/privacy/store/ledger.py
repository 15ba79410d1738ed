"""Keeps the ledger: entries that are only ever added, the signed end of each chain, and who is behind a pseudonym."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    LargeBinary,
    Row,
    Text,
    UniqueConstraint,
    delete,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage import column, tenant_table
from services.privacy.domain.ledger import Entry, Head
from services.privacy.store.tables import Moment, Uuid, metadata

_E = "parley.privacy.v1.LedgerEntry."
_H = "parley.privacy.v1.LedgerHead."
_PEOPLE = (subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF)
_AT_ONCE = 1000
#: For how long a late event about somebody who was forgotten is recognised: longer than events are kept.
FORGOTTEN_DAYS = 40

ledger = tenant_table(
    "ledger",
    metadata,
    column("sequence", BigInteger, _E + "sequence"),
    column("kind", Integer, _E + "kind"),
    column("time", Moment, _E + "time"),
    column("pseudonym", Uuid, _E + "pseudonym", nullable=True),
    column("staff_pseudonym", Uuid, _E + "staff_id", nullable=True),
    column("record_id", Text, _E + "record_id"),
    column("role", Text, _E + "role"),
    column("purpose", Integer, _E + "purpose"),
    column("recipient", Text, _E + "recipient"),
    column("basis", Text, _E + "basis"),
    column("silent", Boolean, "- whether the law forbids to tell the person"),
    column("deed_id", Text, "- made by the platform from ids, so that nothing is entered twice"),
    column("previous_hash", LargeBinary, _E + "previous_hash"),
    column("entry_hash", LargeBinary, _E + "entry_hash"),
    UniqueConstraint("tenant_id", "deed_id"),
    key=("sequence",),
    uncovered="names people by pseudonyms alone; what leads to them stands in ledger_people and goes with an erasure; "
    "a copy of one's data holds one's entries all the same",
)
_l = ledger.c

heads = tenant_table(
    "ledger_heads",
    metadata,
    column("sequence", BigInteger, _H + "sequence"),
    column("entry_hash", LargeBinary, _H + "entry_hash"),
    column("floor_sequence", BigInteger, "- the last entry that has had its time"),
    column("floor_hash", LargeBinary, "- the hash of that entry"),
    column("sign_time", Moment, _H + "sign_time"),
    column("signature", LargeBinary, _H + "signature"),
    key=(),
)

people = tenant_table(
    "ledger_people",
    metadata,
    column("subject_id", Uuid, "parley.subject.v1.Subject.id", about=_PEOPLE),
    column("kind", Integer, "parley.subject.v1.Subject.kind", about=_PEOPLE),
    column("pseudonym", Uuid, _E + "pseudonym", about=_PEOPLE),
    column("use_time", Moment, "- when an entry last named the person"),
    UniqueConstraint("tenant_id", "pseudonym"),
    key=("subject_id",),
    subject=dict.fromkeys(_PEOPLE, "subject_id"),
    purge=("use_time", "retention.ledger_days"),
)
_p = people.c

forgotten = tenant_table(
    "forgotten",
    metadata,
    column("person_mac", LargeBinary, "- a keyed hash, by which a late event about somebody is told from a new one"),
    column("time", Moment, "- when the person was forgotten"),
    key=("person_mac",),
    purge=("time", FORGOTTEN_DAYS),
)


async def lock_head(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> Head:
    """Returns the end of a tenant's chain and holds it to the end of the transaction, so that entries take turns."""
    await connection.execute(
        insert(heads).values(asdict(Head(tenant_id=tenant_id, sign_time=now))).on_conflict_do_nothing()
    )
    query = select(heads).where(heads.c.tenant_id == tenant_id).with_for_update()
    return Head(**(await connection.execute(query)).one()._mapping)


async def find_head(connection: AsyncConnection, tenant_id: UUID) -> Head | None:
    """Returns the end of a tenant's chain, or None where it has no entry."""
    row = (await connection.execute(select(heads).where(heads.c.tenant_id == tenant_id))).one_or_none()
    return None if row is None else Head(**row._mapping)


async def save_head(connection: AsyncConnection, head: Head) -> None:
    """Writes the locked end of a chain back."""
    values = asdict(head)
    await connection.execute(
        insert(heads).values(values).on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )


async def entered(connection: AsyncConnection, tenant_id: UUID, deed_ids: Iterable[str]) -> set[str]:
    """Returns which deeds were entered before."""
    query = select(_l.deed_id).where(_l.tenant_id == tenant_id, _l.deed_id.in_(list(deed_ids)))
    return set((await connection.execute(query)).scalars())


async def add_entries(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Adds entries."""
    await connection.execute(insert(ledger).values([asdict(entry) for entry in entries]))


async def list_entries(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    before: int | None,
    limit: int,
    kinds: Sequence[int] = (),
    record_id: str = "",
    pseudonym: UUID | None = None,
    within: str = "",
    is_told: bool = False,
) -> list[Entry]:
    """Returns a page of entries, newest first; `is_told` leaves out what the person may not be told, and `within` what
    is about another conversation than that one."""
    query = select(ledger).where(_l.tenant_id == tenant_id)
    if kinds:
        query = query.where(_l.kind.in_(kinds))
    if record_id:
        query = query.where(_l.record_id == record_id)
    if pseudonym is not None:
        query = query.where(_l.pseudonym == pseudonym)
    if within:
        query = query.where(or_(_l.record_id == within, not_(_l.record_id.startswith("cnv_", autoescape=True))))
    if is_told:
        query = query.where(_l.silent.is_(False))
    if before is not None:
        query = query.where(_l.sequence < before)
    rows = await connection.execute(query.order_by(_l.sequence.desc()).limit(limit))
    return [_entry(row) for row in rows]


async def walk_entries(connection: AsyncConnection, tenant_id: UUID) -> AsyncIterator[Entry]:
    """Yields a tenant's entries, oldest first, a bounded number of rows at a time."""
    query = select(ledger).where(_l.tenant_id == tenant_id).order_by(_l.sequence)
    async with connection.stream(query.execution_options(yield_per=_AT_ONCE)) as rows:
        async for row in rows:
            yield _entry(row)


async def let_go(connection: AsyncConnection, tenant_id: UUID, until: datetime) -> Entry | None:
    """Removes the entries that have had their time and returns the last of them, or None where there is none.

    It stops at the first entry that has not, so that what is left is one chain.
    """
    kept = select(func.min(_l.sequence)).where(_l.tenant_id == tenant_id, _l.time >= until).scalar_subquery()
    last = select(func.max(_l.sequence) + 1).where(_l.tenant_id == tenant_id).scalar_subquery()
    old = (_l.tenant_id == tenant_id, _l.sequence < func.coalesce(kept, last))
    row = (await connection.execute(select(ledger).where(*old).order_by(_l.sequence.desc()).limit(1))).one_or_none()
    if row is None:
        return None
    await connection.execute(delete(ledger).where(*old))
    return _entry(row)


async def count_old(connection: AsyncConnection, tenant_id: UUID, until: datetime) -> int:
    """Returns how many entries have had their time."""
    query = select(func.count()).select_from(ledger).where(_l.tenant_id == tenant_id, _l.time < until)
    return int((await connection.execute(query)).scalar_one())


async def find_pseudonym(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID) -> UUID | None:
    """Returns the name under which the ledger knows somebody, or None where it does not."""
    query = select(_p.pseudonym).where(_p.tenant_id == tenant_id, _p.subject_id == subject_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def note_use(
    connection: AsyncConnection, tenant_id: UUID, subject_ids: Iterable[UUID], now: datetime
) -> dict[UUID, UUID]:
    """Returns the names under which the ledger knows those people, of whom new entries tell, as far as it does."""
    used = await connection.execute(
        people.update()
        .where(_p.tenant_id == tenant_id, _p.subject_id.in_(list(subject_ids)))
        .values(use_time=now)
        .returning(_p.subject_id, _p.pseudonym)
    )
    return {row.subject_id: row.pseudonym for row in used}


async def add_people(
    connection: AsyncConnection, tenant_id: UUID, new: Sequence[tuple[int, UUID, UUID]], now: datetime
) -> None:
    """Adds what leads from people to their pseudonyms, each as its kind, its id and the pseudonym."""
    if new:
        rows = [
            {"tenant_id": tenant_id, "kind": kind, "subject_id": key, "pseudonym": pseudonym, "use_time": now}
            for kind, key, pseudonym in new
        ]
        await connection.execute(insert(people).values(rows))


async def remove_person(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID) -> None:
    """Destroys what leads from a person to the pseudonym."""
    await connection.execute(delete(people).where(_p.tenant_id == tenant_id, _p.subject_id == subject_id))


async def find_people(connection: AsyncConnection, tenant_id: UUID, pseudonyms: Iterable[UUID]) -> dict[UUID, str]:
    """Returns the ids of the people behind pseudonyms; those who were forgotten are not among them."""
    wanted = set(pseudonyms)
    if not wanted:
        return {}
    query = select(_p.pseudonym, _p.kind, _p.subject_id).where(_p.tenant_id == tenant_id, _p.pseudonym.in_(wanted))
    return {row.pseudonym: ids.from_uuid(PREFIXES[row.kind], row.subject_id) for row in await connection.execute(query)}


async def add_forgotten(connection: AsyncConnection, tenant_id: UUID, person_mac: bytes, now: datetime) -> None:
    """Notes that somebody was forgotten."""
    await connection.execute(
        insert(forgotten)
        .values(tenant_id=tenant_id, person_mac=person_mac, time=now)
        .on_conflict_do_update(index_elements=["tenant_id", "person_mac"], set_={"time": now})
    )


async def forgotten_among(connection: AsyncConnection, tenant_id: UUID, person_macs: Iterable[bytes]) -> set[bytes]:
    """Returns which of these people were forgotten lately."""
    macs = list(person_macs)
    if not macs:
        return set()
    query = select(forgotten.c.person_mac).where(forgotten.c.tenant_id == tenant_id, forgotten.c.person_mac.in_(macs))
    return set((await connection.execute(query)).scalars())


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)
