"""Seeds what a privacy officer finds in the demo: requests in several states, a hold and a case that wait for a second
person, feedback, choices, and support access that has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from parley.identity.v1 import support_grant_pb2, support_grant_pb2_grpc, tenant_pb2, tenant_pb2_grpc
from parley.privacy.v1 import (
    case_pb2,
    case_pb2_grpc,
    choice_pb2,
    choice_pb2_grpc,
    feedback_pb2,
    feedback_pb2_grpc,
    hold_pb2,
    hold_pb2_grpc,
    request_pb2,
    request_pb2_grpc,
)
from parley.subject.v1 import subject_pb2

from cli.demo.people import COMMENT, COMPLAINT, Company
from kernel.rpc.channels import Channels

_Kind = request_pb2.SubjectRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody who has chatted: by which token they speak, and what their records are called."""

    token: str
    visitor_id: str
    conversation_id: str
    notice_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where it happens, and who is there."""

    channels: Channels
    company: Company
    #: The people who chatted, by the order of the talks.
    visitors: tuple[Told, ...]
    #: Returns a token for somebody of the staff, by login.
    staff: Callable[[str], Awaitable[str]]
    #: Returns a token for somebody on the company's page who has said nothing.
    anonymous: Callable[[], Awaitable[str]]
    #: Returns the id under which a step is done once only.
    request_id: Callable[[str], str]


async def seed_rights(scene: Scene) -> None:
    """Lets the first visitors of a company ask for their rights, and its staff begin to answer."""
    lena, islander, lee, noa = scene.visitors[:4]
    await _names(scene)
    await _choices(scene, lena)
    await _ask(scene, lena, "copy", _Kind.KIND_ACCESS)
    await _ask(scene, lee, "name", _Kind.KIND_CORRECT, "You write my name wrong: it is Li Xiaolong.")
    await _ask(scene, islander, "objection", _Kind.KIND_OBJECT, "Please do not use this chat to train your colleagues.")
    await _ask(scene, noa, "erase", _Kind.KIND_ERASE)
    await _feedback(scene)
    await _legal(scene, lena, lee)
    await _support(scene)


async def _names(scene: Scene) -> None:
    # A shop with a handful of people, who answer by name anyway.
    await _as(
        scene,
        "admin",
        tenant_pb2_grpc.TenantServiceStub(scene.channels.of("identity")).UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="ledger.reader_names", value_json="true"),
    )


async def _choices(scene: Scene, visitor: Told) -> None:
    choices = choice_pb2_grpc.ChoiceServiceStub(scene.channels.of("privacy"))
    for kind, decision in (
        (choice_pb2.CHOICE_KIND_RECOGNITION, choice_pb2.CHOICE_DECISION_GIVEN),
        (choice_pb2.CHOICE_KIND_INVITATIONS, choice_pb2.CHOICE_DECISION_REFUSED),
    ):
        await scene.channels.call(
            choices.RecordChoice,
            choice_pb2.RecordChoiceRequest(
                kind=kind,
                decision=decision,
                notice_id=visitor.notice_id,
                request_id=scene.request_id(f"choice-{kind}"),
            ),
            token=visitor.token,
        )


async def _ask(scene: Scene, visitor: Told, name: str, kind: _Kind.Kind.ValueType, details: str = "") -> None:
    requests = request_pb2_grpc.RequestServiceStub(scene.channels.of("privacy"))
    await scene.channels.call(
        requests.CreateRequest,
        request_pb2.CreateRequestRequest(kind=kind, details=details, request_id=scene.request_id(f"ask-{name}")),
        token=visitor.token,
    )


async def _feedback(scene: Scene) -> None:
    feedback = feedback_pb2_grpc.FeedbackServiceStub(scene.channels.of("privacy"))
    token = await scene.anonymous()
    for name, kind, text in (
        ("complaint", feedback_pb2.FEEDBACK_KIND_COMPLAINT, COMPLAINT),
        ("comment", feedback_pb2.FEEDBACK_KIND_COMMENT, COMMENT),
    ):
        request = feedback_pb2.SubmitFeedbackRequest(kind=kind, text=text, request_id=scene.request_id(name))
        await scene.channels.call(feedback.SubmitFeedback, request, token=token)


async def _legal(scene: Scene, held: Told, demanded: Told) -> None:
    privacy = scene.channels.of("privacy")
    await _as(
        scene,
        "olga",
        hold_pb2_grpc.HoldServiceStub(privacy).CreateHold,
        hold_pb2.CreateHoldRequest(
            item=_item(held), reason="Claim about a dead monstera, reference 26-118.", request_id="demo-hold"
        ),
    )
    await _as(
        scene,
        "admin",
        case_pb2_grpc.CaseServiceStub(privacy).CreateCase,
        case_pb2.CreateCaseRequest(
            basis=case_pb2.LEGAL_BASIS_COURT_ORDER,
            authority="District court of Lund",
            reference="T 4711-26",
            items=[_item(demanded)],
            request_id="demo-case",
        ),
    )


def _item(visitor: Told) -> hold_pb2.Item:
    return hold_pb2.Item(
        subject_kind=subject_pb2.SUBJECT_KIND_VISITOR,
        subject_id=visitor.visitor_id,
        record_id=visitor.conversation_id,
    )


async def _support(scene: Scene) -> None:
    grants = support_grant_pb2_grpc.SupportGrantServiceStub(scene.channels.of("identity"))
    given = await _as(
        scene,
        "admin",
        grants.CreateSupportGrant,
        support_grant_pb2.CreateSupportGrantRequest(
            reason="Messages of Monday arrived twice.", hours=4, request_id="demo-support"
        ),
    )
    await _as(
        scene,
        "admin",
        grants.RevokeSupportGrant,
        support_grant_pb2.RevokeSupportGrantRequest(support_grant_id=given.support_grant.id),
    )


async def _as(scene: Scene, login: str, method: Callable[..., Any], request: Any) -> Any:
    return await scene.channels.call(method, request, token=await scene.staff(login))
