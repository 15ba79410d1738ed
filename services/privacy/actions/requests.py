"""Takes people's requests about their data, has them carried out, and shows how far they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from parley.privacy.v1 import request_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import AlreadyExists, InvalidArgument, ParleyError
from kernel.events import EventType, an_id
from kernel.identity import Actor, Subject
from kernel.jobs import PLATFORM, Job
from kernel.privacy.subjects.correcting import correctable, opens_account, right_value
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage.paging import page_size
from kernel.telemetry import logs, metrics
from services.privacy.actions import ledger
from services.privacy.actions.telling import webhook_of
from services.privacy.actions.wiring import Wiring
from services.privacy.domain import requests as domain
from services.privacy.domain.ledger import CORRECTION, ERASURE, PROOF, SEAL, THEMSELVES, Deed, role_of
from services.privacy.domain.requests import Line, Request, Step
from services.privacy.domain.texts import check_said
from services.privacy.store import requests as store
from services.privacy.store import webhooks as store_of_webhooks

#: Carries a request through the services, and says when one should have been answered.
CARRY_JOB, DUE_JOB = "privacy_request", "privacy_request_due"
#: Takes away the seals of somebody who was forgotten: they would name the person for ever.
UNSEAL_JOB = "privacy_request_unseal"
#: A service may be away for days; what a person is owed is not given up because of that.
ATTEMPTS = 2000
ERASED = EventType("subject.erased", {"request_id": an_id("req")})

_MOST_DELIVERIES = 100
_log = logs.get("requests")
_overdue = metrics.counter("privacy_requests_overdue", "Requests that fell due unanswered.", ("kind",))


class StepsLeft(Exception):
    """Some services have not done their part; they are asked again."""


async def create_request(actor: Actor, wiring: Wiring, asked: request_pb2.CreateRequestRequest) -> tuple[Request, str]:
    """Takes a request and returns it with its tracking code; a retry returns the first one with the same code."""
    now, tenant = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    domain.check_asked(asked.kind, [each.field for each in asked.corrections], asked.details)
    fixes = tuple(_fix(actor, each) for each in asked.corrections)
    subject, maker = domain.subject_of(actor, asked.subject_kind, asked.subject_id, asked.proof, asked.proof_kind)
    key = ids.to_uuid(subject.id, PREFIXES[subject.kind])
    if maker != domain.BY_SUBJECT and not await wiring.rights.people.holds_anything(subject):
        raise domain.no_such_person()
    request = domain.begun(
        Request(
            tenant_id=tenant,
            id=ids.random_id("req"),
            kind=asked.kind,
            state=domain.RUNNING,
            subject_kind=subject.kind,
            subject_id=key,
            made_by=maker,
            conversation_id=domain.conversation_of(actor) if maker == domain.BY_SUBJECT else None,
            officer_id=actor.subject_id if maker == domain.BY_OFFICER else "",
            details=asked.details,
            proof=asked.proof if maker == domain.BY_OFFICER else "",
            proof_kind=asked.proof_kind if maker == domain.BY_OFFICER else 0,
            create_time=now,
            due_time=now + domain.DUE_AFTER,
            fixes=fixes,
        )
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "CreateRequest", asked.request_id, asked, request.id, now
        )
        if made == request.id:
            await _add(connection, wiring, actor.tenant_id, subject, request)
            if maker == domain.BY_OFFICER:
                await ledger.append(connection, wiring, actor.tenant_id, _proved(request, subject, actor, now))
        else:
            request = await store.get_request(connection, tenant, made)
    return request, wiring.rights.keys.code(request.id)


def _fix(actor: Actor, asked: request_pb2.Correction) -> domain.Fix:
    """Returns what is to be put right; raises where it cannot be, so that whoever asks hears of it at once."""
    field = correctable(asked.field)
    if opens_account(field):
        domain.check_may_rename(actor)
    return domain.Fix(field=asked.field, value=right_value(field, asked.value))


async def _add(connection: AsyncConnection, wiring: Wiring, tenant_id: str, subject: Subject, request: Request) -> None:
    if await ledger.is_forgotten(connection, wiring, subject):
        raise domain.no_such_person()
    domain.check_room(request, await store.count_of(connection, request.tenant_id, request.subject_id))
    code = wiring.rights.keys.code(request.id)
    await store.add_request(connection, request, wiring.rights.keys.code_hash(code))
    now = request.create_time
    if request.steps:
        await wiring.rights.jobs.enqueue(
            connection,
            CARRY_JOB,
            tenant_id=tenant_id,
            now=now,
            # The job knows the person by itself: an erasure takes the id out of the request before it is finished.
            arguments={"request": request.id, "kind": subject.kind, "subject": subject.id},
            key=request.id,
        )
    await wiring.rights.jobs.enqueue(
        connection,
        DUE_JOB,
        tenant_id=tenant_id,
        now=now,
        due=request.due_time,
        arguments={"request": request.id},
        key=request.id,
    )
    await wiring.retention.schedule(connection, tenant_id, now)


async def get_request(actor: Actor, wiring: Wiring, request_id: str) -> Request:
    """Returns a request: a visitor's own, or any of the tenant's for a privacy officer."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_request(connection, ids.to_uuid(actor.tenant_id, "ten"), request_id)
    own = (found.subject_id, found.conversation_id)
    if not actor.is_staff and own != (ids.to_uuid(actor.subject_id, "vis"), domain.conversation_of(actor)):
        raise domain.no_such_request()
    return found


async def track_request(actor: Actor, wiring: Wiring, code: str) -> Request:
    """Returns the request with a tracking code, without what anybody wrote in it and without who it is about."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_by_code(
            connection, ids.to_uuid(actor.tenant_id, "ten"), wiring.rights.keys.code_hash(code)
        )
    return replace(found, details="", proof="", fixes=())


async def list_requests(
    actor: Actor, wiring: Wiring, filter_: int, size: int, token: str
) -> tuple[list[Request], str, tuple[int, int, int]]:
    """Returns a page of the tenant's requests, and how many are unanswered, waiting and overdue."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListRequests", filter_)
    position, now = wiring.pages.position(scope, token), wiring.clock.now()
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    by_due = filter_ in (
        request_pb2.REQUEST_FILTER_OPEN,
        request_pb2.REQUEST_FILTER_WAITING,
        request_pb2.REQUEST_FILTER_OVERDUE,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if by_due:
            found = await store.list_due(
                connection,
                tenant,
                waiting=filter_ == request_pb2.REQUEST_FILTER_WAITING,
                until=now if filter_ == request_pb2.REQUEST_FILTER_OVERDUE else None,
                after=None if position is None else (_moment(position[0]), UUID(str(position[1]))),
                limit=limit + 1,
            )
        else:
            found = await store.list_newest(
                connection,
                tenant,
                closed=filter_ == request_pb2.REQUEST_FILTER_CLOSED,
                before=None if position is None else UUID(str(position[1])),
                limit=limit + 1,
            )
        counts = await store.count_unanswered(connection, tenant, now)
    page, following = wiring.pages.cut(
        scope, found, limit, lambda each: (each.due_time.isoformat(), str(ids.to_uuid(each.id, "req")))
    )
    return page, following, counts


async def list_my_requests(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Request], str]:
    """Returns a page of what the caller asked from this conversation, newest first."""
    whose = (actor.subject_id, actor.conversation_id)
    limit, scope = page_size(size, default=20, maximum=100), (actor.tenant_id, "ListMyRequests", *whose)
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_newest(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            closed=False,
            own=(ids.to_uuid(actor.subject_id, "vis"), domain.conversation_of(actor)),
            before=None if position is None else UUID(str(position[0])),
            limit=limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "req")),))


async def answer_request(actor: Actor, wiring: Wiring, request_id: str, *, refused: bool, answer: str) -> Request:
    """Answers a request that waits for a person."""
    check_said(answer=answer)
    now, tenant = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_request(connection, tenant, request_id, lock=True)
        changed = domain.answered(found, refused=refused, answer=answer, now=now)
        await store.save_request(connection, changed)
        await wiring.rights.jobs.cancel(connection, DUE_JOB, request_id)
    return changed


async def confirm_proof(actor: Actor, wiring: Wiring, request_id: str) -> Request:
    """Notes that a second member of staff finds the proof of a request on somebody's behalf good."""
    now, tenant = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_request(connection, tenant, request_id, lock=True)
        changed = domain.proof_confirmed(found, actor.subject_id, now)
        if changed is not found:
            await store.save_request(connection, changed)
            subject = _subject_of(changed, actor.tenant_id)
            await ledger.append(connection, wiring, actor.tenant_id, _proved(changed, subject, actor, now))
    return changed


def _subject_of(request: Request, tenant_id: str) -> Subject:
    subject_id = ids.from_uuid(PREFIXES[request.subject_kind], request.subject_id)
    return Subject(tenant_id=tenant_id, kind=request.subject_kind, id=subject_id)


def _proved(request: Request, subject: Subject, actor: Actor, now: datetime) -> Deed:
    return Deed(
        id=f"proof:{request.id}:{actor.subject_id}",
        kind=PROOF,
        time=now,
        subject=subject,
        record_id=request.id,
        staff_id=actor.subject_id,
        role=role_of(actor.callers, actor.purpose),
        basis=domain.basis_of(request),
    )


async def lift_restriction(actor: Actor, wiring: Wiring, request_id: str, answer: str) -> Request:
    """Takes a restriction away in every service, and then says so; a retry goes on where the first try stopped."""
    check_said(answer=answer)
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        domain.lifted(await store.get_request(connection, tenant, request_id), answer)
    await _unseal(wiring, actor.tenant_id, request_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_request(connection, tenant, request_id, lock=True)
        changed = domain.lifted(found, answer)
        await store.save_request(connection, changed)
        subject = Subject(
            tenant_id=actor.tenant_id,
            kind=found.subject_kind,
            id=ids.from_uuid(PREFIXES[found.subject_kind], found.subject_id),
        )
        await ledger.append(
            connection,
            wiring,
            actor.tenant_id,
            Deed(
                id=f"lift:{request_id}",
                kind=SEAL,
                time=wiring.clock.now(),
                subject=subject,
                staff_id=actor.subject_id,
                role=role_of(actor.callers, actor.purpose),
            ),
        )
    return changed


async def carry_out(wiring: Wiring, job: Job) -> None:
    """Has every service do its part, each acknowledged in its own row; raises StepsLeft where some have not.

    It runs again after any failure, from where it stopped: every part may be done twice without harm.
    """
    if job.tenant_id == PLATFORM:
        return
    request_id = str(job.arguments["request"])
    subject = Subject(tenant_id=job.tenant_id, kind=int(job.arguments["kind"]), id=str(job.arguments["subject"]))
    tenant = ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        request = await store.get_request(connection, tenant, request_id)
    if request.state != domain.RUNNING:
        await _undo(wiring, request, subject)
        return
    left: list[str] = []
    for service in domain.HOLDERS:
        step = next(each for each in request.steps if each.service == service)
        if step.state in (domain.STEP_DONE, domain.STEP_REFUSED):
            continue
        if left and request.kind == domain.ERASE and service == domain.HOLDERS[-1]:
            # What leads to the person is forgotten last, so that everything else can still be found.
            left.append(service)
            break
        if not await _take_step(wiring, request, subject, step):
            left.append(service)
    if left:
        raise StepsLeft
    await _finish(wiring, request, subject)


async def _take_step(wiring: Wiring, request: Request, subject: Subject, step: Step) -> bool:
    tried = replace(step, attempts=step.attempts + 1)
    try:
        if request.kind == domain.ERASE and step.service == domain.HOLDERS[-1]:
            await _note_deliveries(wiring, request, subject)
        done = await _do(wiring, request, subject, step.service)
    except ParleyError as error:
        _log.warning("a service has not done its part", service=step.service, reason=error.reason, kind=request.kind)
        # What a service refuses for the value's sake, it refuses every time; that is for a person to answer.
        refused = request.kind == domain.CORRECT and isinstance(error, AlreadyExists | InvalidArgument)
        tried, done = replace(tried, state=domain.STEP_REFUSED if refused else domain.STEP_RETRYING), []
    else:
        tried = replace(tried, state=domain.STEP_DONE, done_time=wiring.clock.now())
    async with wiring.database.transaction(subject.tenant_id) as connection:
        await store.save_step(
            connection, request.tenant_id, request.id, tried, [line for line in done if line.is_worth_telling]
        )
    return tried.state != domain.STEP_RETRYING


async def _do(wiring: Wiring, request: Request, subject: Subject, service: str) -> list[Line]:
    people = wiring.rights.people
    if request.kind == domain.ERASE:
        return [
            Line(
                service=service,
                store=each.store,
                deleted=each.deleted,
                emptied=each.emptied,
                held=each.held,
                bytes_gone_time=each.bytes_gone_time.ToDatetime(UTC) if each.HasField("bytes_gone_time") else None,
            )
            for each in await people.erase(service, subject)
        ]
    if request.kind == domain.CORRECT:
        records = 0
        for fix in request.fixes:
            records += await people.correct(service, subject, fix.field, fix.value)
        return [Line(service=service, store=service, corrected=records)]
    if request.kind == domain.RESTRICT:
        reason = subject_pb2.SEAL_REASON_RESTRICTED
        return [Line(service=service, store=service, sealed=await people.seal(service, subject, request.id, reason))]
    found: dict[str, int] = {}
    token, within = "", within_of(request)
    while True:
        page = await people.page(service, subject, token=token, within=within)
        for record in page.records:
            found[record.record] = found.get(record.record, 0) + 1
        token = page.next_page_token
        if not token:
            return [Line(service=service, store=name, found=count) for name, count in found.items()]


def within_of(request: Request) -> str:
    """Returns the conversation to which a copy keeps: a person's own request reaches as far as its token did."""
    return ids.from_uuid("cnv", request.conversation_id) if request.conversation_id else ""


async def _note_deliveries(wiring: Wiring, request: Request, subject: Subject) -> None:
    """Notes in the ledger that somebody is forgotten, and in the receipt what had been delivered, while it is known."""
    async with wiring.database.transaction(subject.tenant_id) as connection:
        current = await store.get_request(connection, request.tenant_id, request.id, lock=True)
        if current.deliveries is not None:
            return
        told = await ledger.list_deliveries(connection, request.tenant_id, request.subject_id, _MOST_DELIVERIES)
        # The endpoints that are there still are told to forget, as the person is being forgotten here.
        systems = await store_of_webhooks.list_told(connection, request.tenant_id, request.subject_id)
        deliveries = []
        for each in told:
            at = webhook_of(each.deed_id)
            line = {"kind": str(each.kind), "recipient": each.recipient, "time": each.time.isoformat()}
            deliveries.append(line | ({"system": systems[at]} if at is not None and at in systems else {}))
        await store.save_request(connection, replace(current, deliveries=deliveries))
        await ledger.append(connection, wiring, subject.tenant_id, _deed(request, subject, ERASURE, wiring.clock.now()))


async def _finish(wiring: Wiring, request: Request, subject: Subject) -> None:
    now = wiring.clock.now()
    async with wiring.database.transaction(subject.tenant_id) as connection:
        current = await store.get_request(connection, request.tenant_id, request.id, lock=True)
        is_overtaken = current.state != domain.RUNNING
        if not is_overtaken:
            await _close(connection, wiring, current, subject, now)
    if is_overtaken:
        await _undo(wiring, current, subject)


async def _undo(wiring: Wiring, request: Request, subject: Subject) -> None:
    """Takes away the seals of a restriction that an erasure has overtaken: nothing may go on naming the person."""
    if request.kind == domain.RESTRICT and request.state == domain.OVERTAKEN:
        await _unseal(wiring, subject.tenant_id, request.id)


async def _unseal(wiring: Wiring, tenant_id: str, request_id: str) -> None:
    for service in domain.HOLDERS:
        await wiring.rights.people.unseal(service, tenant_id, request_id)


async def take_seals_away(wiring: Wiring, job: Job) -> None:
    """Takes away the seals of a restriction whose person was forgotten; it may run twice without harm."""
    if job.tenant_id != PLATFORM:
        await _unseal(wiring, job.tenant_id, str(job.arguments["request"]))


async def _close(
    connection: AsyncConnection, wiring: Wiring, request: Request, subject: Subject, now: datetime
) -> None:
    changed = domain.carried_out(request, now)
    await store.save_request(connection, changed)
    if changed.state == domain.DONE:
        await wiring.rights.jobs.cancel(connection, DUE_JOB, request.id)
    if request.kind == domain.ERASE:
        # Whoever was given a copy hears of it, and forgets it as well.
        await wiring.rights.outbox.append(
            connection,
            ERASED,
            tenant_id=subject.tenant_id,
            now=now,
            subjects=[subject],
            attributes={"request_id": request.id},
        )
    elif request.kind in (domain.CORRECT, domain.RESTRICT):
        kind = CORRECTION if request.kind == domain.CORRECT else SEAL
        await ledger.append(connection, wiring, subject.tenant_id, _deed(request, subject, kind, now))


def _deed(request: Request, subject: Subject, kind: int, now: datetime) -> Deed:
    return Deed(
        id=f"request:{request.id}",
        kind=kind,
        time=now,
        subject=subject,
        record_id=request.id,
        staff_id=request.officer_id,
        role="privacy_officer" if request.officer_id else THEMSELVES,
    )


async def note_overdue(wiring: Wiring, job: Job) -> None:
    """Raises the alarm over a request that should have been answered by now."""
    if job.tenant_id == PLATFORM:
        return
    async with wiring.database.transaction(job.tenant_id) as connection:
        found = await store.get_request(connection, ids.to_uuid(job.tenant_id, "ten"), str(job.arguments["request"]))
    if found.is_overdue(wiring.clock.now() + timedelta(seconds=1)):
        _overdue.labels(
            request_pb2.SubjectRequest.Kind.Name(request_pb2.SubjectRequest.Kind.ValueType(found.kind))
        ).inc()
        _log.error("a request is overdue", tenant=job.tenant_id, kind=found.kind)


async def forget(connection: AsyncConnection, wiring: Wiring, subject: Subject, now: datetime) -> None:
    """Ends, in the running transaction, what else somebody asked who is being forgotten."""
    key = ids.to_uuid(subject.id, PREFIXES[subject.kind])
    for request_id in await store.overtake(connection, ids.to_uuid(subject.tenant_id, "ten"), key, now):
        # In a job of this transaction, so that no restriction is missed that comes into force at this very moment.
        await wiring.rights.jobs.enqueue(
            connection,
            UNSEAL_JOB,
            tenant_id=subject.tenant_id,
            now=now,
            arguments={"request": request_id},
            key=request_id,
        )


def _moment(text: str | int) -> datetime:
    return datetime.fromisoformat(str(text))
