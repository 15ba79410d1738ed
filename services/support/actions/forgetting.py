"""Does what else forgetting a visitor takes at the desk: for those who asked, their own period begins in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Subject
from services.support.store import tickets


async def forget(connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Notes, before a visitor's tickets go, who has no open one besides them.

    Their own period would never begin otherwise: it begins as the last ticket is closed, and these never are.
    """
    if subject.kind == subject_pb2.SUBJECT_KIND_VISITOR:
        tenant = ids.to_uuid(subject.tenant_id, "ten")
        gone, people = await tickets.lock_of_visitor(connection, tenant, ids.to_uuid(subject.id, "vis"))
        if people:
            await tickets.note_idle(connection, tenant, people, now, besides=gone)
    return _nothing_more


def _nothing_more() -> None:
    """Whoever looks at the desk finds it so."""
