"""What people do beside a chat, in a tenant of the walks: policies, choices, feedback, copies of transcripts."""

from __future__ import annotations

from collections.abc import Mapping

from parley.chat.v1 import (
    export_pb2,
    export_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
    transcript_pb2,
    transcript_pb2_grpc,
)
from parley.options.v1 import access_pb2
from parley.privacy.v1 import choice_pb2, feedback_pb2, policy_pb2
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.identity import Subject
from kernel.privacy.age import refuse_minor
from tests.platform import Member, Platform, Tenant, Visitor


async def say_something(platform: Platform, tenant: Tenant, visitor: Visitor) -> Mapping[str, str]:
    """Publishes policies, and lets a visitor choose and complain; returns one id of a policy and of feedback each."""
    policies = [
        await platform.call(
            platform.policies.PublishPolicy,
            policy_pb2.PublishPolicyRequest(language="en", text=text),
            token=tenant.admin.token,
        )
        for text in ("What we keep.", "What we keep, in other words.")
    ]
    for kind in (choice_pb2.CHOICE_KIND_STATISTICS, choice_pb2.CHOICE_KIND_INVITATIONS):
        await platform.call(
            platform.choices.RecordChoice,
            choice_pb2.RecordChoiceRequest(
                kind=kind, decision=choice_pb2.CHOICE_DECISION_REFUSED, notice_id=tenant.notice.id
            ),
            token=visitor.token,
        )
    given = [
        await platform.call(
            platform.feedback.SubmitFeedback,
            feedback_pb2.SubmitFeedbackRequest(kind=feedback_pb2.FEEDBACK_KIND_COMMENT, text="Why was I asked?"),
            token=visitor.token,
        )
        for _ in range(2)
    ]
    for site_id in (tenant.site.id, ""):
        nobody = Subject(tenant_id=tenant.id, kind=subject_pb2.SUBJECT_KIND_RESPONDENT, id=ids.random_id("rsp"))
        await refuse_minor(platform.channels, nobody, site_id=site_id)
    return {"pol": policies[0].policy.id, "fbk": given[0].feedback_id}


async def make_copies(platform: Platform, over: Visitor, supervisor: Member, tag_id: str) -> Mapping[str, str]:
    """Tags a conversation that is over, so that it is found by its tag, and makes two copies and a mail of it.

    Returns the id of a copy.
    """
    await platform.call(
        tag_pb2_grpc.TagServiceStub(platform.channels.of("chat")).SetConversationTags,
        tag_pb2.SetConversationTagsRequest(conversation_id=over.conversation.id, tag_ids=[tag_id]),
        token=supervisor.token,
    )
    await platform.call(
        transcript_pb2_grpc.TranscriptServiceStub(platform.channels.of("chat")).MailTranscript,
        transcript_pb2.MailTranscriptRequest(
            conversation_id=over.conversation.id, email="visitor@people.example", only_for_this=True
        ),
        token=over.token,
    )
    exports = export_pb2_grpc.ExportServiceStub(platform.channels.of("chat"))
    made = [
        await platform.call(
            exports.CreateExport,
            export_pb2.CreateExportRequest(
                conversation_id=over.conversation.id,
                format=export_pb2.Export.FORMAT_TEXT,
                purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
            ),
            token=supervisor.token,
        )
        for _ in range(2)
    ]
    return {"exp": made[0].export.id}
