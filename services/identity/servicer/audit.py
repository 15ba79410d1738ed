"""Serves `parley.identity.v1.AuditService`."""

from __future__ import annotations

from parley.identity.v1 import audit_pb2, audit_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import auditing
from services.identity.actions.wiring import Wiring
from services.identity.domain import AuditEntry
from services.identity.servicer.times import Context, stamp


def audit_message(entry: AuditEntry) -> audit_pb2.AuditEntry:
    """Writes an entry."""
    return audit_pb2.AuditEntry(
        id=entry.id,
        staff_id=entry.staff_id,
        action=entry.action,
        target_id=entry.target_id,
        changes=[
            audit_pb2.AuditChange(field=each.field, before_json=each.before_json, after_json=each.after_json)
            for each in entry.changes
        ],
        create_time=stamp(entry.create_time),
    )


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """Serves `parley.identity.v1.AuditService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListAuditEntries(
        self, request: audit_pb2.ListAuditEntriesRequest, context: Context
    ) -> audit_pb2.ListAuditEntriesResponse:
        """Lists what was changed."""
        found, following = await auditing.list_audit_entries(
            current_actor(), self._wiring, request.kind, request.page_size, request.page_token
        )
        return audit_pb2.ListAuditEntriesResponse(
            entries=[audit_message(each) for each in found], next_page_token=following
        )
