"""Shows people what is held about them in every service, and hands it out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from parley.options.v1 import access_pb2, privacy_pb2
from parley.privacy.v1 import ledger_pb2
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.identity import Actor, Subject
from kernel.privacy.retention import (
    BROWSER_LOG_DAYS,
    CHOICE_DAYS,
    FEEDBACK_DAYS,
    LEDGER_DAYS,
    LONGEST,
    RECEIPT_DAYS,
    SURVEY_ANSWER_DAYS,
    SURVEY_CONTACT_DAYS,
    TRANSCRIPT_DAYS,
)
from kernel.privacy.rules import rule_of
from kernel.privacy.subjects.coverage import field_of
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage.paging import page_size
from services.privacy.actions import ledger, requests
from services.privacy.actions.archives import Contents, pieces
from services.privacy.actions.meanings import meaning_of
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.ledger import EXPORT, THEMSELVES, Deed, role_of
from services.privacy.domain.requests import HOLDERS, Request, basis_of, check_copy, own_subject
from services.privacy.store import ledger as ledger_store

FILENAME = "what-is-held-about-you.zip"
_CLOSED = "parley.chat.v1.Conversation.close_time"
_CONVERSATIONS = "chat.conversations"
_SEEN_SHOWN, _REQUESTS_SHOWN, _SEEN_AT_ONCE = 50, 20, 200
#: What a tenant may shorten; every other class has one period for everybody.
_PERIODS = {
    privacy_pb2.RETENTION_TRANSCRIPT: TRANSCRIPT_DAYS,
    privacy_pb2.RETENTION_LEDGER: LEDGER_DAYS,
    privacy_pb2.RETENTION_BROWSER_LOG: BROWSER_LOG_DAYS,
    privacy_pb2.RETENTION_RECEIPT: RECEIPT_DAYS,
    privacy_pb2.RETENTION_CHOICE: CHOICE_DAYS,
    privacy_pb2.RETENTION_FEEDBACK: FEEDBACK_DAYS,
    privacy_pb2.RETENTION_SURVEY_ANSWER: SURVEY_ANSWER_DAYS,
    privacy_pb2.RETENTION_SURVEY_CONTACT: SURVEY_CONTACT_DAYS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKind:
    """One kind of value that is held, and what is true of it."""

    record: str
    field: str
    meaning: str
    rule: privacy_pb2.Rule
    count: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A page of what is held about somebody."""

    records: Sequence[subject_pb2.HeldRecord]
    kinds: Sequence[HeldKind]
    following: str
    seen: Sequence[ledger.Shown] = ()
    requests: Sequence[Request] = ()
    expire_time: datetime | None = None


async def get_held(actor: Actor, wiring: Wiring, size: int, token: str) -> Holding:
    """Returns a page of what is held about the caller in this conversation and beside all conversations.

    The first page also says who saw it and what was asked about it.
    """
    subject = own_subject(actor)
    limit, scope = (
        page_size(size, default=100, maximum=500),
        (actor.tenant_id, "GetHeld", subject.id, actor.conversation_id),
    )
    position = wiring.pages.position(scope, token)
    service, inner = (HOLDERS[0], "") if position is None else (str(position[0]), str(position[1]))
    records: list[subject_pb2.HeldRecord] = []
    following = ""
    for holder in HOLDERS[HOLDERS.index(service) :]:
        while len(records) < limit:
            page = await wiring.rights.people.page(
                holder, subject, size=limit - len(records), token=inner, within=actor.conversation_id
            )
            records.extend(page.records)
            inner = page.next_page_token
            if not inner:
                break
        if inner:
            following = wiring.pages.token(scope, (holder, inner))
            break
        if len(records) >= limit and holder != HOLDERS[-1]:
            following = wiring.pages.token(scope, (HOLDERS[HOLDERS.index(holder) + 1], ""))
            break
    holding = Holding(records=records, kinds=await _kinds(wiring, actor.tenant_id, records), following=following)
    if token:
        return holding
    seen, _ = await ledger.list_my_ledger(actor, wiring, _SEEN_SHOWN, "")
    asked, _ = await requests.list_my_requests(actor, wiring, _REQUESTS_SHOWN, "")
    return Holding(
        records=holding.records,
        kinds=holding.kinds,
        following=following,
        seen=seen,
        requests=asked,
        expire_time=await _expire_time(wiring, actor.tenant_id, records),
    )


async def _kinds(wiring: Wiring, tenant_id: str, records: Sequence[subject_pb2.HeldRecord]) -> list[HeldKind]:
    counted: dict[tuple[str, str], int] = {}
    for record in records:
        for held in record.values:
            counted[record.record, held.field] = counted.get((record.record, held.field), 0) + 1
    found: list[HeldKind] = []
    for (record_name, name), count in counted.items():
        field = field_of(name)
        rule = privacy_pb2.Rule() if field is None else rule_of(field)
        period = _PERIODS.get(rule.retention)
        days = int(LONGEST.get(rule.retention) or 0)
        if period is not None:
            days = await wiring.settings.get(tenant_id, period)
        found.append(
            HeldKind(record=record_name, field=name, meaning=meaning_of(name), rule=rule, count=count, days=days)
        )
    return found


async def _expire_time(wiring: Wiring, tenant_id: str, records: Sequence[subject_pb2.HeldRecord]) -> datetime | None:
    """Returns when the last conversation deletes itself; None where one of them still runs."""
    ends: list[datetime] = []
    for record in records:
        if record.record == _CONVERSATIONS:
            closed = [held.value for held in record.values if held.field == _CLOSED]
            if not closed:
                return None
            ends.append(datetime.fromisoformat(closed[0]))
    if not ends:
        return None
    days: int = await wiring.settings.get(tenant_id, TRANSCRIPT_DAYS)
    return max(ends) + timedelta(days=days)


async def download_copy(actor: Actor, wiring: Wiring, request_id: str) -> AsyncIterator[bytes]:
    """Yields the archive with everything about the caller, or about the person whose request an officer answers."""
    if actor.is_staff or request_id:
        request = await requests.get_request(actor, wiring, request_id) if request_id else None
        request = check_copy(request)
        subject = Subject(
            tenant_id=actor.tenant_id,
            kind=request.subject_kind,
            id=ids.from_uuid(PREFIXES[request.subject_kind], request.subject_id),
        )
        within, basis = requests.within_of(request), basis_of(request)
    else:
        subject, within, basis = own_subject(actor), actor.conversation_id, ""
    now = wiring.clock.now()
    deed = Deed(
        id=f"copy:{ids.random_uuid()}",
        kind=EXPORT,
        time=now,
        subject=subject,
        record_id=request_id,
        staff_id=actor.subject_id if actor.is_staff else "",
        role=role_of(actor.callers, actor.purpose) if actor.is_staff else THEMSELVES,
        recipient="subject",
        basis=basis,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await ledger.append(connection, wiring, actor.tenant_id, deed)
    contents = Contents(
        title="What is held about you",
        opening="This is everything that is held about you here: what you wrote and what you were answered, what the "
        "service noted, and who saw it. It was put together when you asked for it, and no copy of it was kept.",
        made=now,
        about={"subject": subject.id},
        pages=lambda: _records(wiring, subject, within),
        seen=lambda: seen_by(wiring, subject, within),
        files=lambda service, file_id: wiring.peers.read_file(actor.tenant_id, service, file_id),
    )
    async for piece in pieces(contents):
        yield piece


async def _records(
    wiring: Wiring, subject: Subject, within: str
) -> AsyncIterator[tuple[str, Sequence[subject_pb2.HeldRecord]]]:
    async for service, page in wiring.rights.people.pages(subject, within=within):
        yield service, page.records


async def seen_by(wiring: Wiring, subject: Subject, within: str = "") -> AsyncIterator[Sequence[Mapping[str, str]]]:
    """Yields what the ledger says about somebody, or about one conversation of theirs, page by page, in words."""
    tenant = ids.to_uuid(subject.tenant_id, "ten")
    before: int | None = None
    while True:
        async with wiring.database.transaction(subject.tenant_id) as connection:
            key = ids.to_uuid(subject.id, PREFIXES[subject.kind])
            own = await ledger_store.find_pseudonym(connection, tenant, key)
            if own is None:
                return
            page = await ledger_store.list_entries(
                connection, tenant, before=before, limit=_SEEN_AT_ONCE, pseudonym=own, within=within, is_told=True
            )
            shown = await ledger.show(connection, wiring, subject.tenant_id, page, own=own)
        yield [_line(each) for each in shown]
        if len(page) < _SEEN_AT_ONCE:
            return
        before = page[-1].sequence


def _line(shown: ledger.Shown) -> dict[str, str]:
    entry = shown.entry
    kind: str = ledger_pb2.LedgerEntry.Kind.Name(ledger_pb2.LedgerEntry.Kind.ValueType(entry.kind))
    purpose: str = access_pb2.Purpose.Name(access_pb2.Purpose.ValueType(entry.purpose))
    return {
        "What": kind.removeprefix("KIND_").lower().replace("_", " "),
        "When": entry.time.astimezone(UTC).isoformat(timespec="seconds"),
        "By": " ".join(filter(None, (shown.role.replace("_", " "), shown.staff_name))),
        "Why": purpose.removeprefix("PURPOSE_").lower().replace("_", " "),
        "Record": entry.record_id,
        "Given to": entry.recipient,
    }
