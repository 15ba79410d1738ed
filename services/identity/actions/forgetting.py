"""Does what else forgetting somebody takes in identity: nobody who was forgotten can come back by an old credential."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Subject
from services.identity import store
from services.identity.actions import revoking
from services.identity.actions.wiring import Wiring


async def forget(wiring: Wiring, connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Ends, in the running transaction, every credential of somebody who is about to be forgotten."""
    tenant_id = ids.to_uuid(subject.tenant_id, "ten")
    if subject.kind == subject_pb2.SUBJECT_KIND_STAFF:
        if await store.suspend_staff(connection, tenant_id, subject.id):
            await revoking.staff_changed(connection, wiring, subject.tenant_id, subject.id, now)
    elif subject.kind == subject_pb2.SUBJECT_KIND_VISITOR:
        # Whatever is being given to the visitor at this moment is there before, or is refused after.
        await store.lock_visitor(connection, tenant_id, subject.id)
        given = await store.list_credentials_of(connection, tenant_id, subject.id)
        for session_id in [*given, *await store.list_receipts_of(connection, tenant_id, subject.id)]:
            await revoking.session_revoked(connection, wiring, subject.tenant_id, session_id, now)
    return _nothing_more


def _nothing_more() -> None:
    """The events do the rest."""
