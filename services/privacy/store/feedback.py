"""Keeps feedback: in this one table, and in no other list."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy import Index, Integer, LargeBinary, Row, Text, UniqueConstraint, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.feedback import ANSWERED, OVERDUE, WAITING, Feedback, no_such_feedback
from services.privacy.store.tables import Moment, Uuid, metadata

_F = "parley.privacy.v1.Feedback."

feedback = tenant_table(
    "feedback",
    metadata,
    column("id", Uuid, _F + "id", prefix="fbk"),
    column("kind", Integer, _F + "kind"),
    column("text", Text, _F + "text"),
    column("contact", Text, _F + "contact"),
    column("language", Text, "- the language of the page on which it was written, for the answer's frame"),
    column("visitor_id", Uuid, "parley.chat.v1.Conversation.visitor_id", nullable=True, prefix="vis"),
    column("conversation_id", Uuid, "parley.chat.v1.Conversation.id", nullable=True, prefix="cnv"),
    column("site_id", Uuid, _F + "site_id", nullable=True, prefix="sit"),
    column("code_mac", LargeBinary, "parley.privacy.v1.SubmitFeedbackResponse.code"),
    column("create_time", Moment, _F + "create_time"),
    column("due_time", Moment, _F + "due_time"),
    column("overdue_time", Moment, "- when it was noted that the answer was due", nullable=True),
    column("answer", Text, _F + "answer"),
    column("answer_time", Moment, _F + "answer_time", nullable=True),
    column("mail_time", Moment, "- when the answer was mailed", nullable=True),
    UniqueConstraint("tenant_id", "code_mac"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("create_time", "retention.feedback_days"),
)
_f = feedback.c
Index("feedback_waiting", _f.tenant_id, _f.id, postgresql_where=_f.answer_time.is_(None))
Index("feedback_visitor", _f.tenant_id, _f.visitor_id, postgresql_where=_f.visitor_id.is_not(None))
Index("feedback_time", _f.tenant_id, _f.create_time)


async def add_feedback(connection: AsyncConnection, tenant_id: UUID, given: Feedback) -> None:
    """Adds feedback."""
    values = asdict(given) | {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(given.id, "fbk"),
        "visitor_id": ids.to_uuid(given.visitor_id, "vis") if given.visitor_id else None,
        "conversation_id": ids.to_uuid(given.conversation_id, "cnv") if given.conversation_id else None,
        "site_id": ids.to_uuid(given.site_id, "sit") if given.site_id else None,
    }
    await connection.execute(insert(feedback).values(values))


async def get_feedback(
    connection: AsyncConnection, tenant_id: UUID, feedback_id: str, *, lock: bool = False
) -> Feedback:
    """Returns feedback; `lock` holds it until the transaction ends."""
    query = select(feedback).where(_f.tenant_id == tenant_id, _f.id == ids.to_uuid(feedback_id, "fbk"))
    return _one((await connection.execute(query.with_for_update() if lock else query)).one_or_none())


async def get_by_code(connection: AsyncConnection, tenant_id: UUID, code_mac: bytes) -> Feedback:
    """Returns the feedback that a code belongs to."""
    query = select(feedback).where(_f.tenant_id == tenant_id, _f.code_mac == code_mac)
    return _one((await connection.execute(query)).one_or_none())


async def list_feedback(
    connection: AsyncConnection, tenant_id: UUID, view: int, now: datetime, edge: UUID | None, limit: int
) -> list[Feedback]:
    """Returns a page of one of the lists. What was received first is due first, so that ids give either order."""
    query = select(feedback).where(_f.tenant_id == tenant_id)
    if view == ANSWERED:
        query = query.where(_f.answer_time.is_not(None))
    elif view in (WAITING, OVERDUE):
        query = query.where(_f.answer_time.is_(None))
    if view == OVERDUE:
        query = query.where(_f.due_time <= now)
    is_forward = view in (WAITING, OVERDUE)
    if edge is not None:
        query = query.where(_f.id > edge if is_forward else _f.id < edge)
    ordered = query.order_by(_f.id if is_forward else _f.id.desc()).limit(limit)
    return [_feedback(row) for row in await connection.execute(ordered)]


async def count_overdue(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> int:
    """Returns how many wait although their answer was due."""
    query = (
        select(func.count())
        .select_from(feedback)
        .where(_f.tenant_id == tenant_id, _f.answer_time.is_(None), _f.due_time <= now)
    )
    return int((await connection.execute(query)).scalar_one())


async def save_feedback(connection: AsyncConnection, tenant_id: UUID, changed: Feedback) -> None:
    """Writes back what happened to feedback; what was said in it never changes."""
    await connection.execute(
        update(feedback)
        .where(_f.tenant_id == tenant_id, _f.id == ids.to_uuid(changed.id, "fbk"))
        .values(
            answer=changed.answer,
            answer_time=changed.answer_time,
            overdue_time=changed.overdue_time,
            mail_time=changed.mail_time,
        )
    )


async def delete_by_code(connection: AsyncConnection, tenant_id: UUID, code_mac: bytes) -> UUID:
    """Deletes the feedback that a code belongs to, and returns its key."""
    gone = await connection.execute(
        delete(feedback).where(_f.tenant_id == tenant_id, _f.code_mac == code_mac).returning(_f.id)
    )
    found: UUID | None = gone.scalar_one_or_none()
    if found is None:
        raise no_such_feedback()
    return found


def _one(row: Row[Any] | None) -> Feedback:
    if row is None:
        raise no_such_feedback()
    return _feedback(row)


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        id=ids.from_uuid("fbk", row.id),
        kind=row.kind,
        text=row.text,
        contact=row.contact,
        language=row.language,
        code_mac=row.code_mac,
        create_time=row.create_time,
        due_time=row.due_time,
        visitor_id=ids.from_uuid("vis", row.visitor_id) if row.visitor_id else "",
        conversation_id=ids.from_uuid("cnv", row.conversation_id) if row.conversation_id else "",
        site_id=ids.from_uuid("sit", row.site_id) if row.site_id else "",
        overdue_time=row.overdue_time,
        answer=row.answer,
        answer_time=row.answer_time,
        mail_time=row.mail_time,
    )
