"""Fills a tenant with what people ask about their data, and with what is held, demanded and entered in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from parley.options.v1 import access_pb2
from parley.privacy.v1 import case_pb2, hold_pb2, ledger_pb2, request_pb2
from parley.subject.v1 import subject_pb2

from tests.platform import Member, Platform, Tenant, Visitor

_VISITOR = subject_pb2.SUBJECT_KIND_VISITOR
_NAME = "parley.chat.v1.Conversation.display_name"


async def exercise_rights(
    platform: Platform, tenant: Tenant, asking: Visitor, held: Visitor, officer: Member
) -> Mapping[str, str]:
    """Makes two of everything, so that every list has a second page; returns one id of each kind."""
    request_ids = [await _ask(platform, asking, name) for name in ("Beau", "Bob")]
    item = hold_pb2.Item(subject_kind=_VISITOR, subject_id=held.conversation.visitor_id, record_id=held.conversation.id)
    hold_ids: list[str] = []
    case_ids: list[str] = []
    for number in ("first", "second"):
        hold = await platform.call(
            platform.holds.CreateHold, hold_pb2.CreateHoldRequest(item=item, reason=number), token=officer.token
        )
        case = await platform.call(
            platform.cases.CreateCase,
            case_pb2.CreateCaseRequest(
                basis=case_pb2.LEGAL_BASIS_STATUTE, authority="An authority", reference=number, items=[item]
            ),
            token=officer.token,
        )
        await platform.call(
            platform.ledger.RecordDisclosure,
            ledger_pb2.RecordDisclosureRequest(
                kind=ledger_pb2.LedgerEntry.KIND_READ,
                subject=subject_pb2.Subject(kind=_VISITOR, id=asking.conversation.visitor_id),
                record_id=asking.conversation.id,
                staff_id=officer.id,
                purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
                deed_id=number,
            ),
            tenant_id=tenant.id,
        )
        hold_ids.append(hold.hold.id)
        case_ids.append(case.case.id)
    return {"req": request_ids[0], "hld": hold_ids[0], "cas": case_ids[0]}


async def _ask(platform: Platform, visitor: Visitor, name: str) -> str:
    """Asks for a correction, which every service carries out and which then waits for an officer."""
    made = await platform.call(
        platform.requests.CreateRequest,
        request_pb2.CreateRequestRequest(
            kind=request_pb2.SubjectRequest.KIND_CORRECT,
            corrections=[request_pb2.Correction(field=_NAME, value=name)],
            details="And it is wrong in what I wrote, too.",
        ),
        token=visitor.token,
    )
    request = request_pb2.GetRequestRequest(privacy_request_id=made.request.id)
    async with asyncio.timeout(20):
        while True:
            found = await platform.call(platform.requests.GetRequest, request, token=visitor.token)
            if found.request.state == request_pb2.SubjectRequest.STATE_WAITING:
                return str(made.request.id)
