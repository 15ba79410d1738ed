"""What stands behind the privacy centre in the gateway's tests: services that know one person, and note what is asked.

They answer as the contract says and decide nothing; the real services behind the same pages are the browser's tests'.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from parley.identity.v1 import email_proof_pb2, recognition_pb2, tenant_pb2
from parley.options.v1 import access_pb2, privacy_pb2
from parley.privacy.v1 import (
    choice_pb2,
    feedback_pb2,
    held_pb2,
    ledger_pb2,
    notice_pb2,
    policy_pb2,
    recipient_pb2,
    request_pb2,
)
from parley.subject.v1 import subject_pb2

from kernel.errors import STATUS_TRAILER, NotFound, ParleyError, PermissionDenied, to_status
from kernel.identity import InternalTokens

SECRET = "the secret of the tests"
SLUG, NAME = "fern", "Fern & Pot"
CODE, TRACKING = "K7QM2XPD9RTV", "T3ST-C0DE-AAAA"
MAILED, PROOF = "K7QM-2XPD", "prf_00000000000000000000000001"
NAME_FIELD = "parley.chat.v1.Conversation.display_name"
BODY_FIELD = "parley.chat.v1.Message.body"
SAID = {
    "parley.chat.v1.Message.side": "SIDE_VISITOR",
    "parley.chat.v1.Message.create_time": "2026-05-23T16:03:00+02:00",
    "parley.chat.v1.Message.sequence": "4711",
}
BORN = datetime(2026, 5, 23, 14, 3, tzinfo=UTC)
_ID = "00000000000000000000000000"


def at(days: int = 0) -> Timestamp:
    """Returns a moment some days after the beginning."""
    moment = Timestamp()
    moment.FromDatetime(BORN + timedelta(days=days))
    return moment


def numbered(prefix: str, number: int) -> str:
    """Returns an id."""
    return f"{prefix}_{number * 4:026d}"


class Noting(Protocol):
    """The backend, as far as it is needed here."""

    rights: Known

    async def note(self, request: Any, context: Any) -> None:
        """Remembers a call."""


def _kind(record: str, name: str, **changes: Any) -> held_pb2.HeldKind:
    values: dict[str, Any] = {
        "record": record,
        "field": name,
        "meaning": "What the contract says.",
        "category": "user.content.private",
        "purposes": [access_pb2.PURPOSE_ESSENTIAL_SERVICE],
        "retention": privacy_pb2.RETENTION_TRANSCRIPT,
        "erasure": privacy_pb2.ERASURE_NULLIFY,
        "days": 180,
    }
    return held_pb2.HeldKind(**values | changes)


def _record(record: str, number: int, **values: str) -> subject_pb2.HeldRecord:
    return subject_pb2.HeldRecord(
        record=record,
        record_id=numbered("cnv", number),
        values=[subject_pb2.HeldValue(field=name, value=value) for name, value in values.items()],
    )


def _held() -> held_pb2.GetHeldResponse:
    return held_pb2.GetHeldResponse(
        records=[
            _record("chat.conversations", 1, **{NAME_FIELD: "Ada <b>Byron</b>"}),
            _record("chat.messages", 1, **{BODY_FIELD: "Is the blue pot\n18 cm wide?", **SAID}),
            _record("chat.messages", 2, **{BODY_FIELD: "Outside, yes."}),
        ],
        kinds=[
            _kind("chat.conversations", NAME_FIELD, correctable=True),
            _kind("chat.messages", BODY_FIELD),
            _kind("chat.messages", "parley.chat.v1.Message.sequence", category="system", purposes=[]),
            _kind("identity.visitor_credentials", "parley.identity.v1.Secret", hidden=True, days=0),
        ],
        seen=[
            ledger_pb2.LedgerEntry(
                sequence=4,
                kind=ledger_pb2.LedgerEntry.KIND_READ,
                time=at(1),
                role="operator",
                staff_name="Maria",
                purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
            ),
            ledger_pb2.LedgerEntry(sequence=3, kind=ledger_pb2.LedgerEntry.KIND_EXPORT, time=at(), role="you"),
        ],
        requests=[_request(request_pb2.SubjectRequest.KIND_ACCESS, request_pb2.SubjectRequest.STATE_DONE)],
        expire_time=at(180),
    )


def _request(kind: Any, state: Any, **changes: Any) -> request_pb2.SubjectRequest:
    return request_pb2.SubjectRequest(
        id=numbered("req", 1), kind=kind, state=state, create_time=at(), due_time=at(30), **changes
    )


def erasure(*done: str) -> request_pb2.SubjectRequest:
    """Returns an erasure that some services have done; it is done when all have."""
    services = ("chat", "identity", "privacy")
    whole = len(done) == len(services)
    request = _request(
        request_pb2.SubjectRequest.KIND_ERASE,
        request_pb2.SubjectRequest.STATE_DONE if whole else request_pb2.SubjectRequest.STATE_RUNNING,
        steps=[
            request_pb2.RequestStep(
                service=service,
                state=request_pb2.RequestStep.STATE_DONE if service in done else request_pb2.RequestStep.STATE_PENDING,
            )
            for service in services
        ],
    )
    if whole:
        request.receipt.lines.add(service="chat", store="chat.messages", emptied=2)
        request.receipt.bytes_gone_time.CopyFrom(at(1))
        request.receipt.backups_gone_time.CopyFrom(at(36))
    return request


@dataclass
class Known:
    """What the services know."""

    held: held_pb2.GetHeldResponse = field(default_factory=_held)
    #: What following an erasure says, one answer after another; the last one stays.
    progress: list[request_pb2.SubjectRequest] = field(
        default_factory=lambda: [erasure("chat"), erasure("chat", "identity", "privacy")]
    )
    choices: dict[int, bool] = field(
        default_factory=lambda: {
            kind: kind != choice_pb2.CHOICE_KIND_RECOGNITION
            for kind in choice_pb2.ChoiceKind.values()
            if kind not in (0, choice_pb2.CHOICE_KIND_MONITORING_NOTICE)
        }
    )
    notices: list[notice_pb2.Notice] = field(default_factory=list)
    policies: list[policy_pb2.Policy] = field(default_factory=list)
    #: What the mailed code opens: conversations with a credential each.
    proved: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: bool = False
    remembered: bool = False
    slugs: dict[str, str] = field(default_factory=dict)
    #: With what requests are refused, if at all.
    refusal: ParleyError | None = None


async def _refuse(context: Any, error: ParleyError) -> None:
    await context.abort(
        error.code, error.detail, trailing_metadata=((STATUS_TRAILER, to_status(error).SerializeToString()),)
    )


class Rights:
    """All of privacy's services that the pages ask, and two of identity's."""

    def __init__(self, backend: Noting) -> None:
        self.backend = backend

    @property
    def known(self) -> Known:
        """What the services know."""
        return self.backend.rights

    async def GetTenant(self, request: Any, context: Any) -> Any:
        (bearer,) = [value for key, value in context.invocation_metadata() if key == "authorization"]
        tenant_id = InternalTokens(SECRET, "identity").read(bearer.removeprefix("Bearer ")).tenant_id
        slug = self.known.slugs.get(tenant_id, SLUG)
        return tenant_pb2.GetTenantResponse(tenant=tenant_pb2.Tenant(slug=slug, display_name=NAME))

    async def GetRecognition(self, request: Any, context: Any) -> Any:
        return recognition_pb2.GetRecognitionResponse(is_remembered=self.known.remembered)

    async def ForgetVisitor(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        self.known.remembered = False
        return recognition_pb2.ForgetVisitorResponse()

    async def StartEmailProof(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return email_proof_pb2.StartEmailProofResponse(proof_id=PROOF, expire_time=at())

    async def FinishEmailProof(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if (request.proof_id, request.code) != (PROOF, MAILED):
            await _refuse(context, PermissionDenied("CODE_REJECTED", "The code is not good."))
        return email_proof_pb2.FinishEmailProofResponse(
            email_proof="pep.secret",
            conversations=[
                email_proof_pb2.ProvedConversation(conversation_id=conversation_id, visitor_credential=credential)
                for conversation_id, credential in self.known.proved
            ],
        )

    async def GetHeld(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return self.known.held

    async def DownloadCopy(self, request: Any, context: Any) -> AsyncIterator[held_pb2.DownloadCopyResponse]:
        await self.backend.note(request, context)
        yield held_pb2.DownloadCopyResponse(content_type="application/zip", filename="copy.zip", data=b"PK\x03")
        yield held_pb2.DownloadCopyResponse(data=b"\x04 and more")

    async def CreateRequest(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if self.known.refusal is not None:
            await _refuse(context, self.known.refusal)
        made = _request(request.kind, request_pb2.SubjectRequest.STATE_RUNNING)
        return request_pb2.CreateRequestResponse(request=made, tracking_code=TRACKING)

    async def GetRequest(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if request.privacy_request_id != numbered("req", 1):
            await _refuse(context, NotFound("REQUEST_NOT_FOUND", "There is no such request."))
        return request_pb2.GetRequestResponse(request=self.known.held.requests[0])

    async def TrackRequest(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if request.tracking_code.replace("-", "") != TRACKING.replace("-", ""):
            await _refuse(context, NotFound("REQUEST_NOT_FOUND", "There is no such request."))
        progress = self.known.progress
        return request_pb2.TrackRequestResponse(request=progress.pop(0) if len(progress) > 1 else progress[0])

    async def GetChoices(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        refused = {choice_pb2.CHOICE_KIND_STATISTICS, choice_pb2.CHOICE_KIND_INVITATIONS}
        return choice_pb2.GetChoicesResponse(
            choices=[
                choice_pb2.EffectiveChoice(
                    kind=kind,  # type: ignore[arg-type]  # The dictionary holds the enum's values.
                    allowed=allowed and not (request.global_privacy_control and kind in refused),
                    source=choice_pb2.CHOICE_SOURCE_SIGNAL
                    if request.global_privacy_control and kind in refused
                    else choice_pb2.CHOICE_SOURCE_UNSPECIFIED,
                )
                for kind, allowed in self.known.choices.items()
            ]
        )

    async def RecordChoice(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        self.known.choices[request.kind] = request.decision == choice_pb2.CHOICE_DECISION_GIVEN
        return choice_pb2.RecordChoiceResponse()

    async def SubmitFeedback(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        return feedback_pb2.SubmitFeedbackResponse(code="F33D-BACK-C0DE", due_time=at(14))

    async def TrackFeedback(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        if self.known.withdrawn or request.code != "F33DBACKC0DE":
            await _refuse(context, NotFound("FEEDBACK_NOT_FOUND", "There is no such feedback."))
        return feedback_pb2.TrackFeedbackResponse(
            feedback=feedback_pb2.Feedback(
                kind=feedback_pb2.FEEDBACK_KIND_COMPLAINT,
                state=feedback_pb2.Feedback.STATE_ANSWERED,
                create_time=at(),
                due_time=at(14),
                answer_time=at(2),
                text="Too slow.",
                answer="We are sorry.",
            )
        )

    async def WithdrawFeedback(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        self.known.withdrawn = True
        return feedback_pb2.WithdrawFeedbackResponse()

    async def GetCurrentNotice(self, request: Any, context: Any) -> Any:
        return notice_pb2.GetCurrentNoticeResponse(notice=self.known.notices[0])

    async def ListNotices(self, request: Any, context: Any) -> Any:
        await self.backend.note(request, context)
        found = [each for each in self.known.notices if each.site_id == request.site_id]
        return notice_pb2.ListNoticesResponse(notices=found)

    async def GetNotice(self, request: Any, context: Any) -> Any:
        found = [each for each in self.known.notices if each.id == request.notice_id]
        if not found:
            await _refuse(context, NotFound("NOTICE_NOT_FOUND", "There is no such notice."))
        return notice_pb2.GetNoticeResponse(notice=found[0])

    async def DiffNotices(self, request: Any, context: Any) -> Any:
        return notice_pb2.DiffNoticesResponse(changes=_changes())

    async def GetCurrentPolicy(self, request: Any, context: Any) -> Any:
        if not self.known.policies:
            await _refuse(context, NotFound("POLICY_NOT_FOUND", "There is no policy."))
        return policy_pb2.GetCurrentPolicyResponse(policy=self.known.policies[0])

    async def GetPolicy(self, request: Any, context: Any) -> Any:
        found = [each for each in self.known.policies if each.id == request.policy_id]
        if not found:
            await _refuse(context, NotFound("POLICY_NOT_FOUND", "There is no policy."))
        return policy_pb2.GetPolicyResponse(policy=found[0])

    async def ListPolicies(self, request: Any, context: Any) -> Any:
        return policy_pb2.ListPoliciesResponse(policies=self.known.policies)

    async def DiffPolicies(self, request: Any, context: Any) -> Any:
        return policy_pb2.DiffPoliciesResponse(changes=_changes())

    async def ListRecipients(self, request: Any, context: Any) -> Any:
        recipient = recipient_pb2.Recipient(
            recipient="mail.relay",
            kind=recipient_pb2.RECIPIENT_KIND_PROCESSOR,
            title="The mail relay",
            receives="Mail that you asked for, and your address.",
            purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS,
            in_use=True,
        )
        return recipient_pb2.ListRecipientsResponse(recipients=[recipient])


def _changes() -> list[notice_pb2.TextChange]:
    kinds = notice_pb2.TextChange.Kind
    return [
        notice_pb2.TextChange(kind=kinds.KIND_SAME, text="We keep what you say for "),
        notice_pb2.TextChange(kind=kinds.KIND_REMOVED, text="a year"),
        notice_pb2.TextChange(kind=kinds.KIND_ADDED, text="180 days"),
        notice_pb2.TextChange(kind=kinds.KIND_SAME, text="."),
    ]


def services(backend: Noting) -> Iterator[tuple[ServiceDescriptor, Rights]]:
    """Returns the services with what serves them."""
    rights = Rights(backend)
    for module in (
        choice_pb2,
        email_proof_pb2,
        feedback_pb2,
        held_pb2,
        notice_pb2,
        policy_pb2,
        recipient_pb2,
        recognition_pb2,
        request_pb2,
        tenant_pb2,
    ):
        for service in module.DESCRIPTOR.services_by_name.values():
            yield service, rights
