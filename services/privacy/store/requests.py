"""Keeps what people asked about their data, how far each service is with it, and what was done where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
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
    Select,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.privacy.domain.requests import (
    ERASE,
    OVERTAKEN,
    RESTRICT,
    UNANSWERED,
    WAITING,
    Fix,
    Line,
    Request,
    Step,
    no_such_request,
)
from services.privacy.store.tables import Moment, Uuid, metadata

_R = "parley.privacy.v1.SubjectRequest."
_F = "parley.privacy.v1.Correction."
_S = "parley.privacy.v1.RequestStep."
_L = "parley.privacy.v1.ReceiptLine."
_VISITOR, _STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF
_PEOPLE = (_VISITOR, _STAFF)
_DAYS = 730

requests = tenant_table(
    "requests",
    metadata,
    column("id", Uuid, _R + "id", prefix="req"),
    column("code_hash", LargeBinary, "- a keyed hash of the tracking code", nullable=True),
    column("kind", Integer, _R + "kind", about=_PEOPLE),
    column("state", Integer, _R + "state", about=_PEOPLE),
    column("subject_kind", Integer, _R + "subject_kind", about=_PEOPLE),
    column("subject_id", Uuid, _R + "subject_id", about=_PEOPLE),
    column("made_by", Integer, _R + "made_by", about=_PEOPLE),
    column("conversation_id", Uuid, "parley.chat.v1.Conversation.id", nullable=True, prefix="cnv", about=_PEOPLE),
    column("officer_id", Text, "- the id of the member of staff who wrote it down, who answers for that"),
    column("details", Text, _R + "details", about=_PEOPLE),
    column("answer", Text, _R + "answer", about=_PEOPLE),
    column("proof", Text, _R + "proof", about=_PEOPLE),
    column("proof_kind", Integer, _R + "proof_kind", about=_PEOPLE),
    column("proof_confirmer_id", Text, "- the id of the member of staff who says that the proof is good"),
    column("proof_confirm_time", Moment, _R + "proof_confirm_time", nullable=True, about=_PEOPLE),
    column("restricted", Boolean, _R + "restricted", about=_PEOPLE),
    column(
        "deliveries",
        JSONB(none_as_null=True),
        "- kinds and times of what was delivered, in the platform's words",
        nullable=True,
    ),
    column("create_time", Moment, _R + "create_time", about=_PEOPLE),
    column("due_time", Moment, _R + "due_time", about=_PEOPLE),
    column("close_time", Moment, _R + "close_time", nullable=True, about=_PEOPLE),
    UniqueConstraint("tenant_id", "code_hash"),
    subject=dict.fromkeys(_PEOPLE, "subject_id"),
    purge=("close_time", _DAYS),
)
_r = requests.c

fixes = tenant_table(
    "request_corrections",
    metadata,
    column("request_id", Uuid, _R + "id", prefix="req"),
    column("field", Text, _F + "field"),
    column("value", Text, _F + "value"),
    belongs_to(("request_id",), "privacy.requests"),
    key=("request_id", "field"),
)

steps = tenant_table(
    "request_steps",
    metadata,
    column("request_id", Uuid, _R + "id", prefix="req"),
    column("service", Text, _S + "service"),
    column("state", Integer, _S + "state"),
    column("attempts", Integer, _S + "attempts"),
    column("done_time", Moment, _S + "done_time", nullable=True),
    belongs_to(("request_id",), "privacy.requests"),
    key=("request_id", "service"),
)

lines = tenant_table(
    "receipt_lines",
    metadata,
    column("request_id", Uuid, _R + "id", prefix="req"),
    column("store", Text, _L + "store"),
    column("service", Text, _L + "service"),
    *(column(name, BigInteger, _L + name) for name in ("found", "corrected", "deleted", "emptied", "sealed", "held")),
    column("bytes_gone_time", Moment, _L + "bytes_gone_time", nullable=True),
    belongs_to(("request_id",), "privacy.requests"),
    key=("request_id", "store"),
)

_PARTS = frozenset({"fixes", "steps", "lines"})


async def add_request(connection: AsyncConnection, request: Request, code_hash: bytes) -> None:
    """Adds a request with its corrections and steps."""
    key = {"tenant_id": request.tenant_id, "request_id": ids.to_uuid(request.id, "req")}
    await connection.execute(insert(requests).values(_row(request) | {"code_hash": code_hash}))
    if request.fixes:
        await connection.execute(insert(fixes).values([key | asdict(fix) for fix in request.fixes]))
    if request.steps:
        await connection.execute(insert(steps).values([key | asdict(step) for step in request.steps]))


async def save_request(connection: AsyncConnection, request: Request) -> None:
    """Writes a locked request's own state back; its steps and lines are written as they come."""
    await connection.execute(
        update(requests)
        .where(_r.tenant_id == request.tenant_id, _r.id == ids.to_uuid(request.id, "req"))
        .values(
            state=request.state,
            answer=request.answer,
            restricted=request.restricted,
            close_time=request.close_time,
            deliveries=request.deliveries,
            proof_confirmer_id=request.proof_confirmer_id,
            proof_confirm_time=request.proof_confirm_time,
        )
    )


async def get_request(connection: AsyncConnection, tenant_id: UUID, request_id: str, *, lock: bool = False) -> Request:
    """Returns a request with all that belongs to it; `lock` holds it to the end of the transaction."""
    query = _of(tenant_id).where(_r.id == ids.to_uuid(request_id, "req"))
    return await _whole(connection, query.with_for_update() if lock else query)


async def get_by_code(connection: AsyncConnection, tenant_id: UUID, code_hash: bytes) -> Request:
    """Returns the request with a tracking code."""
    return await _whole(connection, _of(tenant_id).where(_r.code_hash == code_hash))


async def list_due(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    waiting: bool,
    until: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Request]:
    """Returns a page of unanswered requests in the order in which they fall due, each with its steps."""
    query = _of(tenant_id).where(_r.state == WAITING if waiting else _r.state.in_(UNANSWERED))
    if until is not None:
        query = query.where(_r.due_time <= until)
    if after is not None:
        query = query.where(tuple_(_r.due_time, _r.id) > tuple_(*after))
    return await _list(connection, query.order_by(_r.due_time, _r.id).limit(limit))


async def list_newest(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    closed: bool,
    own: tuple[UUID, UUID | None] | None = None,
    before: UUID | None,
    limit: int,
) -> list[Request]:
    """Returns a page of requests, newest first, each with its steps; `own` names a person and a conversation."""
    query = _of(tenant_id)
    if closed:
        query = query.where(_r.state.not_in(UNANSWERED))
    if own is not None:
        query = query.where(_r.subject_id == own[0], _r.conversation_id == own[1])
    if before is not None:
        query = query.where(_r.id < before)
    return await _list(connection, query.order_by(_r.id.desc()).limit(limit))


async def count_unanswered(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> tuple[int, int, int]:
    """Returns how many of a tenant's requests are unanswered, wait for an officer, and are overdue."""
    query = select(
        func.count(),
        func.count().filter(_r.state == WAITING),
        func.count().filter(_r.due_time <= now),
    ).where(_r.tenant_id == tenant_id, _r.state.in_(UNANSWERED))
    found, waiting, overdue = (await connection.execute(query)).one()
    return int(found), int(waiting), int(overdue)


async def count_of(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID) -> int:
    """Returns how many unanswered requests are about somebody."""
    query = select(func.count()).where(_r.tenant_id == tenant_id, _r.subject_id == subject_id, _r.state.in_(UNANSWERED))
    return int((await connection.execute(query)).scalar_one())


async def overtake(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID, now: datetime) -> list[str]:
    """Ends what else somebody asked who is being forgotten: there is nothing left to which it could be done.

    Returns the requests by which seals are, or may be, in force; whoever calls has them taken away.
    """
    # All of them are held first, in one order, since the erasure empties them afterwards.
    mine = select(_r.id).where(_r.tenant_id == tenant_id, _r.subject_id == subject_id).order_by(_r.id)
    await connection.execute(mine.with_for_update())
    sealing = (
        select(_r.id)
        .where(_r.tenant_id == tenant_id, _r.subject_id == subject_id, _r.kind == RESTRICT)
        .where(_r.restricted | _r.state.in_(UNANSWERED))
    )
    found = [ids.from_uuid("req", each) for each in (await connection.execute(sealing)).scalars()]
    await connection.execute(
        update(requests)
        .where(_r.tenant_id == tenant_id, _r.subject_id == subject_id, _r.state.in_(UNANSWERED), _r.kind != ERASE)
        .values(state=OVERTAKEN, close_time=now)
    )
    await connection.execute(
        update(requests)
        .where(_r.tenant_id == tenant_id, _r.subject_id == subject_id, _r.restricted)
        .values(restricted=False)
    )
    return found


async def save_step(
    connection: AsyncConnection, tenant_id: UUID, request_id: str, step: Step, done: Sequence[Line] = ()
) -> None:
    """Writes how far a service is, and what it did where; what it had reported before is not lost in a retry."""
    key = {"tenant_id": tenant_id, "request_id": ids.to_uuid(request_id, "req")}
    await connection.execute(
        update(steps)
        .where(*(steps.c[name] == value for name, value in key.items()), steps.c.service == step.service)
        .values(state=step.state, attempts=step.attempts, done_time=step.done_time)
    )
    if done:
        query = upsert(lines).values([key | asdict(line) for line in done])
        counts = ("found", "corrected", "deleted", "emptied", "sealed", "held")
        await connection.execute(
            query.on_conflict_do_update(
                index_elements=["tenant_id", "request_id", "store"],
                set_={name: func.greatest(lines.c[name], query.excluded[name]) for name in counts}
                | {"bytes_gone_time": func.greatest(lines.c.bytes_gone_time, query.excluded.bytes_gone_time)},
            )
        )


def _of(tenant_id: UUID) -> Select[Any]:
    return select(*(each for each in _r if each.name != "code_hash")).where(_r.tenant_id == tenant_id)


async def _whole(connection: AsyncConnection, query: Select[Any]) -> Request:
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_request()
    (request,) = await _with_steps(connection, [_request(row)])
    key = ids.to_uuid(request.id, "req")
    asked = await connection.execute(
        select(fixes.c.field, fixes.c.value)
        .where(fixes.c.tenant_id == request.tenant_id, fixes.c.request_id == key)
        .order_by(fixes.c.field)
    )
    told = [each for each in lines.c if each.name not in ("tenant_id", "request_id")]
    done = await connection.execute(
        select(*told).where(lines.c.tenant_id == request.tenant_id, lines.c.request_id == key).order_by(lines.c.store)
    )
    return replace(
        request,
        fixes=tuple(Fix(**each._mapping) for each in asked),
        lines=tuple(Line(**each._mapping) for each in done),
    )


async def _list(connection: AsyncConnection, query: Select[Any]) -> list[Request]:
    return await _with_steps(connection, [_request(row) for row in await connection.execute(query)])


async def _with_steps(connection: AsyncConnection, found: list[Request]) -> list[Request]:
    if not found:
        return []
    query = select(steps).where(
        steps.c.tenant_id == found[0].tenant_id,
        steps.c.request_id.in_([ids.to_uuid(each.id, "req") for each in found]),
    )
    of: dict[str, list[Step]] = {}
    for row in await connection.execute(query.order_by(steps.c.service)):
        step = Step(service=row.service, state=row.state, attempts=row.attempts, done_time=row.done_time)
        of.setdefault(ids.from_uuid("req", row.request_id), []).append(step)
    return [replace(each, steps=tuple(of.get(each.id, ()))) for each in found]


def _row(request: Request) -> dict[str, Any]:
    values = {name: value for name, value in asdict(request).items() if name not in _PARTS}
    return values | {"id": ids.to_uuid(request.id, "req")}


def _request(row: Row[Any]) -> Request:
    values = dict(row._mapping)
    return Request(**values | {"id": ids.from_uuid("req", values["id"])})
