"""Serves the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2, ledger_pb2_grpc

from kernel.identity import Subject
from kernel.rpc.gates import current_actor
from services.privacy.actions import ledger
from services.privacy.actions.ledger import Shown
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.ledger import PLATFORM, Deed, Head
from services.privacy.servicer.times import Context, stamp


def entry_messages(shown: Sequence[Shown]) -> list[ledger_pb2.LedgerEntry]:
    """Writes entries."""
    return [
        ledger_pb2.LedgerEntry(
            sequence=each.entry.sequence,
            kind=ledger_pb2.LedgerEntry.Kind.ValueType(each.entry.kind),
            time=stamp(each.entry.time),
            pseudonym=str(each.entry.pseudonym or ""),
            record_id=each.entry.record_id,
            staff_id=each.staff_id,
            staff_name=each.staff_name,
            role=each.role,
            purpose=access_pb2.Purpose.ValueType(each.entry.purpose),
            recipient=each.entry.recipient,
            basis=each.entry.basis,
            previous_hash=each.entry.previous_hash.hex(),
            entry_hash=each.entry.entry_hash.hex(),
        )
        for each in shown
    ]


class LedgerServicer(ledger_pb2_grpc.LedgerServiceServicer):
    """Serves `parley.privacy.v1.LedgerService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListMyLedger(
        self, request: ledger_pb2.ListMyLedgerRequest, context: Context
    ) -> ledger_pb2.ListMyLedgerResponse:
        """Lists the entries about the caller."""
        shown, following = await ledger.list_my_ledger(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return ledger_pb2.ListMyLedgerResponse(entries=entry_messages(shown), next_page_token=following)

    async def ListLedger(
        self, request: ledger_pb2.ListLedgerRequest, context: Context
    ) -> ledger_pb2.ListLedgerResponse:
        """Lists the tenant's entries."""
        shown, following, head = await ledger.list_ledger(
            current_actor(),
            self._wiring,
            kind=request.kind,
            record_id=request.record_id,
            subject_id=request.subject_id,
            size=request.page_size,
            token=request.page_token,
        )
        return ledger_pb2.ListLedgerResponse(
            entries=entry_messages(shown), next_page_token=following, head=self._head(head)
        )

    async def VerifyLedger(
        self, request: ledger_pb2.VerifyLedgerRequest, context: Context
    ) -> ledger_pb2.VerifyLedgerResponse:
        """Says whether the chain is whole."""
        verdict, head = await ledger.verify_ledger(current_actor(), self._wiring, request.sequence, request.entry_hash)
        finding = ledger_pb2.VerifyLedgerResponse.Finding.ValueType(verdict.finding)
        return ledger_pb2.VerifyLedgerResponse(
            whole=finding == ledger_pb2.VerifyLedgerResponse.FINDING_UNSPECIFIED,
            finding=finding,
            sequence=verdict.sequence,
            checked=verdict.checked,
            heads_compared=verdict.heads_compared,
            head=self._head(head),
        )

    async def RecordDisclosure(
        self, request: ledger_pb2.RecordDisclosureRequest, context: Context
    ) -> ledger_pb2.RecordDisclosureResponse:
        """Adds an entry."""
        actor = current_actor()
        deed = Deed(
            id=f"{actor.subject_id}:{request.deed_id}",
            kind=request.kind,
            time=self._wiring.clock.now(),
            subject=Subject(tenant_id=actor.tenant_id, kind=request.subject.kind, id=request.subject.id),
            record_id=request.record_id,
            staff_id=request.staff_id,
            role="" if request.staff_id else PLATFORM,
            purpose=request.purpose,
            recipient=request.recipient,
        )
        await ledger.record(actor, self._wiring, deed)
        return ledger_pb2.RecordDisclosureResponse()

    def _head(self, head: Head | None) -> ledger_pb2.LedgerHead | None:
        if head is None:
            return None
        public = self._wiring.rights.keys.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return ledger_pb2.LedgerHead(
            sequence=head.sequence,
            entry_hash=head.entry_hash.hex(),
            sign_time=stamp(head.sign_time),
            signature=head.signature.hex(),
            public_key=public.hex(),
        )
