"""Serves notices."""

from __future__ import annotations

from parley.privacy.v1 import notice_pb2, notice_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import notices
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.notices import Notice, content_hash
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
        notice = Notice(
            id=ids.new_id("ntc"),
            site_id=request.site_id,
            version=0,
            language=request.language,
            text=request.text,
            content_hash=content_hash(request.text, request.policy_url),
            policy_url=request.policy_url,
            effective_time=self._wiring.clock.now(),
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
        found = await notices.get_current_notice(current_actor(), self._wiring, request.site_id)
        return notice_pb2.GetCurrentNoticeResponse(notice=notice_message(found))

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
