"""Adds to the ledger, shows it, and says whether it is still what was written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from parley.events.v1 import events_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor, Subject
from kernel.jobs import PLATFORM, Job
from kernel.journal import JournalDamaged, LedgerHead
from kernel.privacy.access import READER_NAMES
from kernel.privacy.retention import DAILY, LEDGER_DAYS
from kernel.privacy.subjects.purging import Purged
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage.paging import page_size
from kernel.telemetry import logs
from services.privacy.actions.rights import Keys
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.ledger import (
    DELIVERED,
    EMAIL,
    EXPORT,
    GRANT,
    GRANT_END,
    GRANT_USE,
    PROGRAM,
    READ,
    SOMEBODY,
    SUPPORT,
    THEMSELVES,
    TRANSFER,
    UNSIGNED,
    Deed,
    Entry,
    Head,
    Inspection,
    JournalNotReadable,
    Verdict,
)
from services.privacy.domain.ledger import PLATFORM as PLATFORM_ROLE
from services.privacy.store import ledger as store

#: Notes the end of a tenant's chain in the journal, which is kept apart from it.
NOTE_JOB = "ledger_head"
#: Lets entries go that have had their time.
PURGE_JOB = "ledger_purge"
_NOTED_AFTER = timedelta(seconds=30)
_STAFF = subject_pb2.SUBJECT_KIND_STAFF


_log = logs.get("ledger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry, with what a reader may know of who did it."""

    entry: Entry
    staff_id: str = ""
    staff_name: str = ""
    role: str = ""


async def append(connection: AsyncConnection, wiring: Wiring, tenant_id: str, *deeds: Deed) -> None:
    """Adds deeds of a tenant in the running transaction; one that was entered before is not entered again.

    Whoever adds takes turns with everybody else who adds to the tenant's ledger, to the end of the transaction.
    """
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    head = await store.lock_head(connection, tenant, now)
    by_id = {deed.id: deed for deed in deeds}
    entered = await store.entered(connection, tenant, by_id)
    new = [deed for deed in by_id.values() if deed.id not in entered]
    if not new:
        return
    told = [(deed, deed.subject, _staff(tenant_id, deed.staff_id)) for deed in new]
    people = {each for _, *both in told for each in both if each is not None}
    pseudonym_of = await _pseudonyms(connection, wiring, tenant, people, now)
    entries: list[Entry] = []
    for deed, subject, staff in told:
        entry = Entry(
            tenant_id=tenant,
            sequence=head.sequence + 1,
            kind=deed.kind,
            time=deed.time,
            pseudonym=pseudonym_of(subject),
            staff_pseudonym=pseudonym_of(staff),
            record_id=deed.record_id,
            role=deed.role,
            purpose=deed.purpose,
            recipient=deed.recipient,
            basis=deed.basis,
            silent=deed.silent,
            deed_id=deed.id,
            previous_hash=head.entry_hash,
        ).sealed()
        entries.append(entry)
        head = replace(head, sequence=entry.sequence, entry_hash=entry.entry_hash)
    await store.add_entries(connection, entries)
    await _save(connection, wiring, replace(head, sign_time=now))
    await wiring.rights.jobs.enqueue(
        connection, NOTE_JOB, tenant_id=tenant_id, now=now, due=now + _NOTED_AFTER, key=NOTE_JOB
    )
    await wiring.rights.jobs.enqueue(
        connection, PURGE_JOB, tenant_id=tenant_id, now=now, due=DAILY.after(now), key=PURGE_JOB
    )
    await wiring.retention.schedule(connection, tenant_id, now)


def _staff(tenant_id: str, staff_id: str) -> Subject | None:
    return Subject(tenant_id=tenant_id, kind=_STAFF, id=staff_id) if staff_id else None


async def append_transfer(connection: AsyncConnection, keys: Keys, tenant_id: str, now: datetime) -> Head:
    """Enters, in the running transaction, that a tenant's data are handed over, and returns the chain's new end."""
    tenant = ids.to_uuid(tenant_id, "ten")
    head = await store.lock_head(connection, tenant, now)
    entry = Entry(
        tenant_id=tenant,
        sequence=head.sequence + 1,
        kind=TRANSFER,
        time=now,
        pseudonym=None,
        staff_pseudonym=None,
        record_id="",
        role=PLATFORM_ROLE,
        purpose=access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION,
        recipient="",
        silent=False,
        deed_id=f"transfer {ids.new_uuid()}",
        previous_hash=head.entry_hash,
    ).sealed()
    await store.add_entries(connection, [entry])
    head = replace(head, sequence=entry.sequence, entry_hash=entry.entry_hash, sign_time=now)
    head = replace(head, signature=keys.sign(head))
    await store.save_head(connection, head)
    return head


async def _save(connection: AsyncConnection, wiring: Wiring, head: Head) -> None:
    await store.save_head(connection, replace(head, signature=wiring.rights.keys.sign(head)))


async def _pseudonyms(
    connection: AsyncConnection, wiring: Wiring, tenant: UUID, people: Collection[Subject], now: datetime
) -> Callable[[Subject | None], UUID | None]:
    """Returns what names people in new entries; the names of those whom the ledger did not know are kept."""
    keys = {subject: ids.to_uuid(subject.id, PREFIXES[subject.kind]) for subject in people}
    known = await store.note_use(connection, tenant, keys.values(), now)
    macs = {subject: wiring.rights.keys.person_mac(tenant, key) for subject, key in keys.items() if key not in known}
    gone = await store.forgotten_among(connection, tenant, macs.values())
    new = [(subject.kind, keys[subject], ids.random_uuid()) for subject, mac in macs.items() if mac not in gone]
    await store.add_people(connection, tenant, new, now)
    known |= {key: pseudonym for _, key, pseudonym in new}
    # An event that comes after its person was forgotten is entered under a name that never leads anywhere.
    return lambda subject: None if subject is None else known.get(keys[subject]) or ids.random_uuid()


async def forget(connection: AsyncConnection, wiring: Wiring, subject: Subject, now: datetime) -> None:
    """Destroys, in the running transaction, what leads from a person to the entries; the chain itself stays whole."""
    tenant, key = ids.to_uuid(subject.tenant_id, "ten"), ids.to_uuid(subject.id, PREFIXES[subject.kind])
    # Whoever is adding an entry about the person has done so before, or finds that the person was forgotten.
    await store.lock_head(connection, tenant, now)
    await store.add_forgotten(connection, tenant, wiring.rights.keys.person_mac(tenant, key), now)
    if subject.kind != subject_pb2.SUBJECT_KIND_VISITOR:
        # The erasure itself counts and removes a visitor's row; a row is about one kind before all others.
        await store.remove_person(connection, tenant, key)
    await wiring.retention.schedule(connection, subject.tenant_id, now)


async def is_forgotten(connection: AsyncConnection, wiring: Wiring, subject: Subject) -> bool:
    """Says whether somebody was forgotten; whoever asks has done what follows before anybody is forgotten meanwhile.

    A token lives on for seconds after its person was forgotten, and nothing that comes with it may bring them back.
    """
    tenant, key = ids.to_uuid(subject.tenant_id, "ten"), ids.to_uuid(subject.id, PREFIXES[subject.kind])
    await store.lock_head(connection, tenant, wiring.clock.now())
    return bool(await store.forgotten_among(connection, tenant, [wiring.rights.keys.person_mac(tenant, key)]))


async def record(actor: Actor, wiring: Wiring, deed: Deed) -> None:
    """Adds a deed that another service reports."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await append(connection, wiring, actor.tenant_id, deed)


async def hear(wiring: Wiring, connection: AsyncConnection, events: Sequence[events_pb2.Event]) -> None:
    """Adds what other services tell of one tenant: readings, copies, and grants to the platform's staff."""
    deeds = [_DEEDS.get(event.type, _reading)(event) for event in events]
    await append(connection, wiring, events[0].tenant_id, *deeds)


def _reading(event: events_pb2.Event) -> Deed:
    """Somebody on the staff, or a program, reads a record, which the service that keeps it has announced."""
    told = event.attributes
    kind, _, subject_id = event.subjects[0].partition(":")
    return Deed(
        id=f"{event.type}:{event.id}",
        kind=READ,
        time=event.time.ToDatetime(UTC),
        subject=Subject(tenant_id=event.tenant_id, kind=_kind_named(kind), id=subject_id),
        record_id=told["record_id"],
        staff_id=told["staff_id"],
        role="" if told["staff_id"] else PROGRAM,
        purpose=access_pb2.Purpose.Value(told["purpose"]),
    )


#: What chat tells of copies that went to the tenant, or by mail to the visitor.
_COPIES = {"transcript.exported": EXPORT, "transcript.mailed": EMAIL, "reply.mailed": EMAIL}
COPY_EVENTS = tuple(_COPIES)


def _copy(event: events_pb2.Event) -> Deed:
    """A copy of what a person said was made for the tenant, or mailed to the person who asked for it."""
    told, is_mail = event.attributes, _COPIES[event.type] == EMAIL
    kind, _, subject_id = event.subjects[0].partition(":")
    purpose = "PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS" if is_mail else told["purpose"]
    return Deed(
        id=f"{event.type}:{event.id}",
        kind=_COPIES[event.type],
        time=event.time.ToDatetime(UTC),
        subject=Subject(tenant_id=event.tenant_id, kind=_kind_named(kind), id=subject_id),
        record_id=told["record_id"],
        staff_id="" if is_mail else told["staff_id"],
        role=THEMSELVES if is_mail else "",
        purpose=access_pb2.Purpose.Value(purpose),
        recipient="subject" if is_mail else "tenant",
    )


#: What identity tells of the tenant's grants to the platform's staff, and in which role it was done.
_SUPPORT = {
    "support.granted": (GRANT, "admin"),
    "support.used": (GRANT_USE, SUPPORT),
    "support.revoked": (GRANT_END, "admin"),
}
SUPPORT_EVENTS = tuple(_SUPPORT)


def _support(event: events_pb2.Event) -> Deed:
    """A tenant lets the platform's staff in, they come in, or they may no longer."""
    kind, role = _SUPPORT[event.type]
    return Deed(
        id=f"{event.type}:{event.id}",
        kind=kind,
        time=event.time.ToDatetime(UTC),
        record_id=event.attributes["support_grant_id"],
        staff_id=event.attributes["staff_id"],
        role=role,
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT,
        recipient=PLATFORM_ROLE,
    )


_DEEDS: Mapping[str, Callable[[events_pb2.Event], Deed]] = dict.fromkeys(COPY_EVENTS, _copy) | dict.fromkeys(
    SUPPORT_EVENTS, _support
)


def _kind_named(name: str) -> int:
    return int(subject_pb2.SubjectKind.Value(f"SUBJECT_KIND_{name.upper()}"))


async def list_my_ledger(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Shown], str]:
    """Returns a page of the entries about the caller, newest first, with the roles of who did it.

    A visitor sees what became of the conversation that the token opens, and of none besides it.
    """
    limit = page_size(size, default=50, maximum=200)
    scope = (actor.tenant_id, "ListMyLedger", actor.subject_id, actor.conversation_id)
    position = wiring.pages.position(scope, token)
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        own = await store.find_pseudonym(connection, tenant, ids.to_uuid(actor.subject_id, actor.subject_id[:3]))
        found: list[Entry] = []
        if own is not None:
            found = await store.list_entries(
                connection,
                tenant,
                before=None if position is None else int(position[0]),
                limit=limit + 1,
                pseudonym=own,
                within=actor.conversation_id,
                is_told=True,
            )
        page, following = wiring.pages.cut(scope, found, limit, lambda each: (each.sequence,))
        shown = await show(connection, wiring, actor.tenant_id, page, own=own)
    return shown, following


async def list_ledger(
    actor: Actor, wiring: Wiring, *, kind: int, record_id: str, subject_id: str, size: int, token: str
) -> tuple[list[Shown], str, Head | None]:
    """Returns a page of the tenant's entries, newest first, and the end of its chain."""
    limit = page_size(size, default=50, maximum=200)
    scope = (actor.tenant_id, "ListLedger", kind, record_id, subject_id)
    position = wiring.pages.position(scope, token)
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        pseudonym = None
        if subject_id:
            pseudonym = await store.find_pseudonym(connection, tenant, ids.to_uuid(subject_id, subject_id[:3]))
        found: list[Entry] = []
        if pseudonym is not None or not subject_id:
            found = await store.list_entries(
                connection,
                tenant,
                before=None if position is None else int(position[0]),
                limit=limit + 1,
                kinds=(kind,) if kind else (),
                record_id=record_id,
                pseudonym=pseudonym,
            )
        page, following = wiring.pages.cut(scope, found, limit, lambda each: (each.sequence,))
        shown = await show(connection, wiring, actor.tenant_id, page)
        head = await store.find_head(connection, tenant)
    return shown, following, head


async def list_deliveries(connection: AsyncConnection, tenant: UUID, subject_id: UUID, limit: int) -> list[Entry]:
    """Returns what left the platform about somebody, newest first, as far as the person may be told."""
    pseudonym = await store.find_pseudonym(connection, tenant, subject_id)
    if pseudonym is None:
        return []
    return await store.list_entries(
        connection, tenant, before=None, limit=limit, kinds=DELIVERED, pseudonym=pseudonym, is_told=True
    )


async def show(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, page: list[Entry], *, own: UUID | None = None
) -> list[Shown]:
    """Returns entries with who did it: the id for those who answer for it, a role for everybody."""
    behind = await store.find_people(
        connection,
        ids.to_uuid(tenant_id, "ten"),
        (each.staff_pseudonym for each in page if each.staff_pseudonym is not None),
    )
    known = await wiring.rights.people.staff(tenant_id, sorted(set(behind.values())))
    # The person reads who it was where the tenant shows it; those who answer for it always do.
    is_named = own is None or await wiring.settings.get(tenant_id, READER_NAMES)
    shown: list[Shown] = []
    for entry in page:
        staff_id = behind.get(entry.staff_pseudonym, "") if entry.staff_pseudonym else ""
        member = known.get(staff_id)
        role = entry.role or (member.role_for(entry.purpose) if member else "")
        if not role and entry.staff_pseudonym is not None:
            # Accounts of the tenant stay, so that one which is not there is the platform's.
            role = SUPPORT if staff_id and member is None else SOMEBODY
        if own is not None and role == "" and entry.staff_pseudonym is None:
            role = THEMSELVES
        shown.append(
            Shown(
                entry=entry, staff_id=staff_id, staff_name=member.display_name if member and is_named else "", role=role
            )
        )
    return shown


async def verify_ledger(
    actor: Actor, wiring: Wiring, noted_sequence: int, noted_hash: str
) -> tuple[Verdict, Head | None]:
    """Walks the tenant's whole chain and compares it with its signed end and with the heads that were noted apart."""
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    noted: dict[int, bytes] = {}
    try:
        journalled = await wiring.journal.latest_head(actor.tenant_id)
    except JournalDamaged:
        # Where, stands in the log of whoever runs the deployment; the chain is not called whole without its witness.
        _log.error("the journal is damaged, so that no ledger can be verified")
        raise JournalNotReadable from None
    if journalled is not None:
        noted[journalled.sequence] = bytes.fromhex(journalled.head)
    if noted_sequence and noted_hash:
        claimed = bytes.fromhex(noted_hash)
        if noted.get(noted_sequence, claimed) != claimed:
            claimed = b""
        noted[noted_sequence] = claimed
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # The end is read first: what is added meanwhile comes after it and is no part of this inspection.
        head = await store.find_head(connection, tenant)
        inspected = head or Head(tenant_id=tenant, sign_time=wiring.clock.now())
        inspection = Inspection(inspected, noted)
        async for entry in store.walk_entries(connection, tenant):
            if entry.sequence > inspected.sequence and head is not None:
                break
            inspection.look(entry)
    verdict = inspection.verdict()
    if head is not None and not wiring.rights.keys.is_signed(head):
        verdict = replace(verdict, finding=UNSIGNED, sequence=head.sequence)
    return verdict, head


async def note_head(wiring: Wiring, job: Job) -> None:
    """Writes the end of a tenant's chain into the journal."""
    if job.tenant_id == PLATFORM:
        return
    async with wiring.database.transaction(job.tenant_id) as connection:
        head = await store.find_head(connection, ids.to_uuid(job.tenant_id, "ten"))
    if head is not None:
        await wiring.journal.append(noted_head(head))


def noted_head(head: Head) -> LedgerHead:
    """Returns the end of a chain as the journal notes it."""
    return LedgerHead(
        tenant_id=ids.from_uuid("ten", head.tenant_id),
        sequence=head.sequence,
        head=head.entry_hash.hex(),
        signature=head.signature.hex(),
    )


async def purge_daily(wiring: Wiring, job: Job) -> None:
    """Lets a tenant's old entries go, once a day."""
    if job.tenant_id != PLATFORM:
        await wiring.retention.tell(job.tenant_id, [await purge(wiring, job.tenant_id)])


async def purge(wiring: Wiring, tenant_id: str, *, dry_run: bool = False, tried_days: int | None = None) -> Purged:
    """Lets a tenant's entries go that have had their time, and signs anew where the chain begins.

    `dry_run` only counts, with `tried_days` where it is given.
    """
    now = wiring.clock.now()
    days: int = await wiring.settings.get(tenant_id, LEDGER_DAYS)
    if dry_run and tried_days is not None:
        days = tried_days
    until = now - timedelta(days=days)
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        if dry_run:
            return Purged("privacy.ledger", await store.count_old(connection, tenant, until))
        head = await store.lock_head(connection, tenant, now)
        last = await store.let_go(connection, tenant, until)
        if last is None:
            return Purged("privacy.ledger")
        gone = last.sequence - head.floor_sequence
        floor = replace(head, floor_sequence=last.sequence, floor_hash=last.entry_hash, sign_time=now)
        await _save(connection, wiring, floor)
    return Purged("privacy.ledger", gone)
