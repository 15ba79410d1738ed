"""Asks the privacy service which notice a visitor saw."""

from __future__ import annotations

from parley.privacy.v1 import notice_pb2, notice_pb2_grpc

from kernel.rpc.channels import Channels


class Peers:
    """The other services, as identity needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._notices = notice_pb2_grpc.NoticeServiceStub(channels.of("privacy"))

    async def check_notice(self, tenant_id: str, notice_id: str) -> None:
        """Raises NotFound where a notice is not the tenant's."""
        await self._channels.call(
            self._notices.GetNotice, notice_pb2.GetNoticeRequest(notice_id=notice_id), tenant_id=tenant_id
        )
