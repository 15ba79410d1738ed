"""Serves people's requests about their data."""

from __future__ import annotations

from datetime import datetime

from parley.privacy.v1 import ledger_pb2, request_pb2, request_pb2_grpc
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.rpc.gates import current_actor
from services.privacy.actions import requests
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.requests import Line, Request
from services.privacy.servicer.times import Context, stamp


def request_message(
    request: Request, now: datetime, *, tracked: bool = False, brief: bool = False
) -> request_pb2.SubjectRequest:
    """Writes a request: `tracked` by its code without whom it is about, `brief` in a list without its receipt."""
    kind = subject_pb2.SubjectKind.ValueType(request.subject_kind)
    subject_id = "" if tracked else ids.from_uuid(PREFIXES[kind], request.subject_id)
    return request_pb2.SubjectRequest(
        id=request.id,
        kind=request_pb2.SubjectRequest.Kind.ValueType(request.kind),
        state=request_pb2.SubjectRequest.State.ValueType(request.state),
        subject_kind=kind,
        subject_id=subject_id,
        made_by=request_pb2.SubjectRequest.Maker.ValueType(request.made_by),
        corrections=[request_pb2.Correction(field=fix.field, value=fix.value) for fix in request.fixes],
        details=request.details,
        answer=request.answer,
        proof=request.proof,
        proof_kind=request_pb2.ProofKind.ValueType(request.proof_kind),
        proof_confirm_time=stamp(request.proof_confirm_time) if request.proof_confirm_time else None,
        create_time=stamp(request.create_time),
        due_time=stamp(request.due_time),
        close_time=stamp(request.close_time) if request.close_time else None,
        overdue=request.is_overdue(now),
        steps=[
            request_pb2.RequestStep(
                service=step.service,
                state=request_pb2.RequestStep.State.ValueType(step.state),
                attempts=step.attempts,
                done_time=stamp(step.done_time) if step.done_time else None,
            )
            for step in request.steps
        ],
        receipt=_receipt(request) if not brief and (request.lines or request.deliveries is not None) else None,
        restricted=request.restricted,
    )


def _receipt(request: Request) -> request_pb2.Receipt:
    receipt = request_pb2.Receipt(
        lines=[_line(line) for line in request.lines],
        bytes_gone_time=stamp(request.bytes_gone_time) if request.bytes_gone_time else None,
        backups_gone_time=stamp(request.backups_gone_time) if request.backups_gone_time else None,
    )
    for each in request.deliveries or ():
        kind: str = ledger_pb2.LedgerEntry.Kind.Name(ledger_pb2.LedgerEntry.Kind.ValueType(int(each["kind"])))
        receipt.deliveries.add(
            kind=kind.removeprefix("KIND_").lower(),
            recipient=each["recipient"],
            time=stamp(datetime.fromisoformat(each["time"])),
            system=each.get("system", ""),
            recalled="system" in each,
        )
    return receipt


def _line(line: Line) -> request_pb2.ReceiptLine:
    return request_pb2.ReceiptLine(
        service=line.service,
        store=line.store,
        found=line.found,
        corrected=line.corrected,
        deleted=line.deleted,
        emptied=line.emptied,
        sealed=line.sealed,
        held=line.held,
        bytes_gone_time=stamp(line.bytes_gone_time) if line.bytes_gone_time else None,
    )


class RequestServicer(request_pb2_grpc.RequestServiceServicer):
    """Serves `parley.privacy.v1.RequestService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    def _message(self, request: Request, *, tracked: bool = False, brief: bool = False) -> request_pb2.SubjectRequest:
        return request_message(request, self._wiring.clock.now(), tracked=tracked, brief=brief)

    async def CreateRequest(
        self, request: request_pb2.CreateRequestRequest, context: Context
    ) -> request_pb2.CreateRequestResponse:
        """Takes a request."""
        made, code = await requests.create_request(current_actor(), self._wiring, request)
        return request_pb2.CreateRequestResponse(request=self._message(made), tracking_code=code)

    async def GetRequest(
        self, request: request_pb2.GetRequestRequest, context: Context
    ) -> request_pb2.GetRequestResponse:
        """Returns a request."""
        found = await requests.get_request(current_actor(), self._wiring, request.privacy_request_id)
        return request_pb2.GetRequestResponse(request=self._message(found))

    async def ListRequests(
        self, request: request_pb2.ListRequestsRequest, context: Context
    ) -> request_pb2.ListRequestsResponse:
        """Lists the tenant's requests."""
        found, following, (unanswered, waiting, overdue) = await requests.list_requests(
            current_actor(), self._wiring, request.filter, request.page_size, request.page_token
        )
        return request_pb2.ListRequestsResponse(
            requests=[self._message(each, brief=True) for each in found],
            next_page_token=following,
            open_count=unanswered,
            waiting_count=waiting,
            overdue_count=overdue,
        )

    async def ListMyRequests(
        self, request: request_pb2.ListMyRequestsRequest, context: Context
    ) -> request_pb2.ListMyRequestsResponse:
        """Lists the caller's requests."""
        found, following = await requests.list_my_requests(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return request_pb2.ListMyRequestsResponse(
            requests=[self._message(each, brief=True) for each in found], next_page_token=following
        )

    async def TrackRequest(
        self, request: request_pb2.TrackRequestRequest, context: Context
    ) -> request_pb2.TrackRequestResponse:
        """Shows how far a request is."""
        found = await requests.track_request(current_actor(), self._wiring, request.tracking_code)
        return request_pb2.TrackRequestResponse(request=self._message(found, tracked=True))

    async def AnswerRequest(
        self, request: request_pb2.AnswerRequestRequest, context: Context
    ) -> request_pb2.AnswerRequestResponse:
        """Answers a request."""
        changed = await requests.answer_request(
            current_actor(),
            self._wiring,
            request.privacy_request_id,
            refused=request.refused,
            answer=request.answer,
        )
        return request_pb2.AnswerRequestResponse(request=self._message(changed))

    async def ConfirmProof(
        self, request: request_pb2.ConfirmProofRequest, context: Context
    ) -> request_pb2.ConfirmProofResponse:
        """Confirms how somebody was recognised."""
        changed = await requests.confirm_proof(current_actor(), self._wiring, request.privacy_request_id)
        return request_pb2.ConfirmProofResponse(request=self._message(changed))

    async def LiftRestriction(
        self, request: request_pb2.LiftRestrictionRequest, context: Context
    ) -> request_pb2.LiftRestrictionResponse:
        """Ends a restriction."""
        changed = await requests.lift_restriction(
            current_actor(), self._wiring, request.privacy_request_id, request.answer
        )
        return request_pb2.LiftRestrictionResponse(request=self._message(changed))
