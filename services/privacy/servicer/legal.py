"""Serves holds and cases."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.privacy.v1 import case_pb2, case_pb2_grpc, hold_pb2, hold_pb2_grpc
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import cases, holds
from services.privacy.actions.archives import CONTENT_TYPE
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.legal import Case, Hold, Item
from services.privacy.servicer.times import Context, stamp


def _item(item: hold_pb2.Item) -> Item:
    return Item(subject_kind=item.subject_kind, subject_id=item.subject_id, record_id=item.record_id)


def _item_message(item: Item) -> hold_pb2.Item:
    return hold_pb2.Item(
        subject_kind=subject_pb2.SubjectKind.ValueType(item.subject_kind),
        subject_id=item.subject_id,
        record_id=item.record_id,
    )


def _hold_message(hold: Hold) -> hold_pb2.Hold:
    return hold_pb2.Hold(
        id=hold.id,
        item=_item_message(hold.item),
        state=hold_pb2.Hold.State.ValueType(hold.state),
        reason=hold.reason,
        proposer_staff_id=hold.proposer_id,
        confirmer_staff_id=hold.confirmer_id,
        release_reason=hold.release_reason,
        release_proposer_staff_id=hold.release_proposer_id,
        release_confirmer_staff_id=hold.release_confirmer_id,
        create_time=stamp(hold.create_time),
        confirm_time=stamp(hold.confirm_time),
        release_time=stamp(hold.release_time),
        confirmable=hold.is_confirmable_by(current_actor().subject_id),
    )


def _case_message(case: Case) -> case_pb2.Case:
    return case_pb2.Case(
        id=case.id,
        state=case_pb2.Case.State.ValueType(case.state),
        basis=case_pb2.LegalBasis.ValueType(case.basis),
        authority=case.authority,
        reference=case.reference,
        items=[_item_message(item) for item in case.items],
        silent=case.silent,
        proposer_staff_id=case.proposer_id,
        confirmer_staff_id=case.confirmer_id,
        closer_staff_id=case.closer_id,
        create_time=stamp(case.create_time),
        confirm_time=stamp(case.confirm_time),
        close_time=stamp(case.close_time),
        disclosure_count=case.disclosures,
        disclose_time=stamp(case.disclose_time),
        confirmable=case.is_confirmable_by(current_actor().subject_id),
    )


class HoldServicer(hold_pb2_grpc.HoldServiceServicer):
    """Serves `parley.privacy.v1.HoldService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateHold(self, request: hold_pb2.CreateHoldRequest, context: Context) -> hold_pb2.CreateHoldResponse:
        """Asks for a hold."""
        hold = await holds.create_hold(
            current_actor(), self._wiring, _item(request.item), request.reason, request.request_id, request
        )
        return hold_pb2.CreateHoldResponse(hold=_hold_message(hold))

    async def ConfirmHold(self, request: hold_pb2.ConfirmHoldRequest, context: Context) -> hold_pb2.ConfirmHoldResponse:
        """Confirms a hold."""
        hold = await holds.confirm_hold(current_actor(), self._wiring, request.hold_id)
        return hold_pb2.ConfirmHoldResponse(hold=_hold_message(hold))

    async def WithdrawHold(
        self, request: hold_pb2.WithdrawHoldRequest, context: Context
    ) -> hold_pb2.WithdrawHoldResponse:
        """Takes back what waits."""
        hold = await holds.withdraw_hold(current_actor(), self._wiring, request.hold_id)
        return hold_pb2.WithdrawHoldResponse(hold=_hold_message(hold))

    async def ReleaseHold(self, request: hold_pb2.ReleaseHoldRequest, context: Context) -> hold_pb2.ReleaseHoldResponse:
        """Asks that a hold ends."""
        hold = await holds.release_hold(current_actor(), self._wiring, request.hold_id, request.reason)
        return hold_pb2.ReleaseHoldResponse(hold=_hold_message(hold))

    async def ConfirmRelease(
        self, request: hold_pb2.ConfirmReleaseRequest, context: Context
    ) -> hold_pb2.ConfirmReleaseResponse:
        """Confirms the end of a hold."""
        hold = await holds.confirm_release(current_actor(), self._wiring, request.hold_id)
        return hold_pb2.ConfirmReleaseResponse(hold=_hold_message(hold))

    async def GetHold(self, request: hold_pb2.GetHoldRequest, context: Context) -> hold_pb2.GetHoldResponse:
        """Returns a hold."""
        hold = await holds.get_hold(current_actor(), self._wiring, request.hold_id)
        return hold_pb2.GetHoldResponse(hold=_hold_message(hold))

    async def ListHolds(self, request: hold_pb2.ListHoldsRequest, context: Context) -> hold_pb2.ListHoldsResponse:
        """Lists holds."""
        found, following = await holds.list_holds(
            current_actor(),
            self._wiring,
            show_ended=request.show_ended,
            size=request.page_size,
            token=request.page_token,
        )
        return hold_pb2.ListHoldsResponse(holds=[_hold_message(each) for each in found], next_page_token=following)


class CaseServicer(case_pb2_grpc.CaseServiceServicer):
    """Serves `parley.privacy.v1.CaseService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateCase(self, request: case_pb2.CreateCaseRequest, context: Context) -> case_pb2.CreateCaseResponse:
        """Opens a case."""
        actor = current_actor()
        case = Case(
            tenant_id=ids.to_uuid(actor.tenant_id, "ten"),
            id=ids.new_id("cas"),
            basis=request.basis,
            authority=request.authority,
            reference=request.reference,
            silent=request.silent,
            proposer_id=actor.subject_id,
            create_time=self._wiring.clock.now(),
            items=tuple(_item(each) for each in request.items),
        )
        opened = await cases.create_case(actor, self._wiring, case, request.request_id, request)
        return case_pb2.CreateCaseResponse(case=_case_message(opened))

    async def ConfirmCase(self, request: case_pb2.ConfirmCaseRequest, context: Context) -> case_pb2.ConfirmCaseResponse:
        """Confirms a case."""
        case = await cases.confirm_case(current_actor(), self._wiring, request.case_id)
        return case_pb2.ConfirmCaseResponse(case=_case_message(case))

    async def CloseCase(self, request: case_pb2.CloseCaseRequest, context: Context) -> case_pb2.CloseCaseResponse:
        """Closes a case."""
        case = await cases.close_case(current_actor(), self._wiring, request.case_id)
        return case_pb2.CloseCaseResponse(case=_case_message(case))

    async def GetCase(self, request: case_pb2.GetCaseRequest, context: Context) -> case_pb2.GetCaseResponse:
        """Returns a case."""
        case = await cases.get_case(current_actor(), self._wiring, request.case_id)
        return case_pb2.GetCaseResponse(case=_case_message(case))

    async def ListCases(self, request: case_pb2.ListCasesRequest, context: Context) -> case_pb2.ListCasesResponse:
        """Lists cases."""
        found, following = await cases.list_cases(current_actor(), self._wiring, request.page_size, request.page_token)
        return case_pb2.ListCasesResponse(cases=[_case_message(each) for each in found], next_page_token=following)

    async def DownloadDisclosure(
        self, request: case_pb2.DownloadDisclosureRequest, context: Context
    ) -> AsyncIterator[case_pb2.DownloadDisclosureResponse]:
        """Hands out what a case names."""
        first = case_pb2.DownloadDisclosureResponse(content_type=CONTENT_TYPE, filename=cases.FILENAME)
        async for piece in cases.download_disclosure(current_actor(), self._wiring, request.case_id):
            first.data = piece
            yield first
            first = case_pb2.DownloadDisclosureResponse()
