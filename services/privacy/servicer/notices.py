"""Serves notices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from parley.privacy.v1 import notice_pb2, notice_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import notices
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.notices import Notice, Question, content_hash
from services.privacy.domain.texts import TextChange
from services.privacy.servicer.times import Context, stamp


def notice_message(notice: Notice) -> notice_pb2.Notice:
    """Writes a version of a notice."""
    return notice_pb2.Notice(
        id=notice.id,
        site_id=notice.site_id,
        version=notice.version,
        language=notice.language,
        text=notice.text,
        content_hash=notice.content_hash,
        policy_url=notice.policy_url,
        effective_time=stamp(notice.effective_time),
        material=notice.material,
        change_summary=notice.change_summary,
        questions=[question_message(question) for question in notice.questions],
    )


def question_message(question: Question) -> notice_pb2.Question:
    """Writes a question."""
    return notice_pb2.Question(
        number=question.number,
        label=question.label,
        hint=question.hint,
        kind=cast("notice_pb2.Question.Kind.ValueType", question.kind),
        required=question.required,
    )


def change_messages(changes: Iterable[TextChange]) -> list[notice_pb2.TextChange]:
    """Writes the stretches of a difference."""
    return [
        notice_pb2.TextChange(kind=cast("notice_pb2.TextChange.Kind.ValueType", change.kind), text=change.text)
        for change in changes
    ]


def _questions(asked: Iterable[notice_pb2.Question]) -> tuple[Question, ...]:
    return tuple(
        Question(number=number, label=each.label, hint=each.hint, kind=each.kind, required=each.required)
        for number, each in enumerate(asked, start=1)
    )


class NoticeServicer(notice_pb2_grpc.NoticeServiceServicer):
    """Serves `parley.privacy.v1.NoticeService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def PublishNotice(
        self, request: notice_pb2.PublishNoticeRequest, context: Context
    ) -> notice_pb2.PublishNoticeResponse:
        """Publishes a version."""
        questions = _questions(request.questions)
        notice = Notice(
            id=ids.new_id("ntc"),
            site_id=request.site_id,
            version=0,
            language=request.language,
            text=request.text,
            content_hash=content_hash(request.text, request.policy_url, questions),
            policy_url=request.policy_url,
            effective_time=self._wiring.clock.now(),
            material=request.material,
            change_summary=request.change_summary,
            questions=questions,
        )
        published = await notices.publish_notice(current_actor(), self._wiring, notice, request.request_id, request)
        return notice_pb2.PublishNoticeResponse(notice=notice_message(published))

    async def GetNotice(self, request: notice_pb2.GetNoticeRequest, context: Context) -> notice_pb2.GetNoticeResponse:
        """Returns a version."""
        found = await notices.get_notice(current_actor(), self._wiring, request.notice_id)
        return notice_pb2.GetNoticeResponse(notice=notice_message(found))

    async def GetCurrentNotice(
        self, request: notice_pb2.GetCurrentNoticeRequest, context: Context
    ) -> notice_pb2.GetCurrentNoticeResponse:
        """Returns the version in force."""
        found, change = await notices.get_current_notice(
            current_actor(), self._wiring, request.site_id, request.known_notice_id
        )
        response = notice_pb2.GetCurrentNoticeResponse(notice=notice_message(found))
        if change is not None:
            response.change.from_notice_id = change.from_id
            response.change.material = change.material
            response.change.summaries.extend(change.summaries)
        return response

    async def ListNotices(
        self, request: notice_pb2.ListNoticesRequest, context: Context
    ) -> notice_pb2.ListNoticesResponse:
        """Lists versions."""
        found, following = await notices.list_notices(
            current_actor(), self._wiring, request.site_id, request.page_size, request.page_token
        )
        return notice_pb2.ListNoticesResponse(
            notices=[notice_message(notice) for notice in found], next_page_token=following
        )

    async def DiffNotices(
        self, request: notice_pb2.DiffNoticesRequest, context: Context
    ) -> notice_pb2.DiffNoticesResponse:
        """Compares two versions."""
        earlier, later, changes = await notices.diff_notices(
            current_actor(), self._wiring, request.from_notice_id, request.to_notice_id
        )
        return notice_pb2.DiffNoticesResponse(
            changes=change_messages(changes),
            removed_questions=[question_message(each) for each in earlier.questions if each not in later.questions],
            added_questions=[question_message(each) for each in later.questions if each not in earlier.questions],
            policy_url_changed=earlier.policy_url != later.policy_url,
        )

    async def PreviewNotice(
        self, request: notice_pb2.PreviewNoticeRequest, context: Context
    ) -> notice_pb2.PreviewNoticeResponse:
        """Compares a draft with the version in force."""
        current, changes, is_changed = await notices.preview_notice(
            current_actor(), self._wiring, request.site_id, request.text, _questions(request.questions)
        )
        return notice_pb2.PreviewNoticeResponse(
            from_notice_id="" if current is None else current.id,
            changes=change_messages(changes),
            questions_changed=is_changed,
        )

    async def ListReminders(
        self, request: notice_pb2.ListRemindersRequest, context: Context
    ) -> notice_pb2.ListRemindersResponse:
        """Lists what the tenant still owes."""
        return notice_pb2.ListRemindersResponse(
            reminders=[
                notice_pb2.Reminder(
                    kind=cast("notice_pb2.Reminder.Kind.ValueType", each.kind),
                    site_id=each.site_id,
                    notice_id=each.notice_id,
                )
                for each in await notices.list_reminders(current_actor(), self._wiring)
            ]
        )
