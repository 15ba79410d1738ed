"""Canned replies are one list for chats and tickets: whoever works on tickets reads the team's, and keeps their own."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from parley.chat.v1 import canned_reply_pb2, canned_reply_pb2_grpc

from kernel.errors import PermissionDenied
from tests.platform import Member, Platform
from tests.support.desk import AGENT, a_desk


async def test_an_agent_reads_the_teams_replies_and_keeps_their_own(platform: Platform) -> None:
    desk = await a_desk(platform)
    stub = canned_reply_pb2_grpc.CannedReplyServiceStub(platform.channels.of("chat"))
    other = await desk.tenant.member(AGENT, name="Olu")

    async def make(shortcut: str, who: Member, *, personal: bool) -> canned_reply_pb2.CannedReply:
        request = canned_reply_pb2.CreateCannedReplyRequest(
            shortcut=shortcut, template="Hello {visitor_name|there}.", personal=personal
        )
        return (await desk.call(stub.CreateCannedReply, request, who)).canned_reply  # type: ignore[no-any-return]

    async def listed(who: Member) -> list[str]:
        found: Any = await desk.call(stub.ListCannedReplies, canned_reply_pb2.ListCannedRepliesRequest(), who)
        return sorted(each.shortcut for each in found.canned_replies)

    of_all = await make("hello", desk.lead, personal=False)
    own = await make("mine", desk.agent, personal=True)
    assert await listed(desk.agent) == ["hello", "mine"]
    assert await listed(other) == ["hello"]
    with pytest.raises(PermissionDenied):
        await make("ours", desk.agent, personal=False)
    # What is not theirs to delete is there as before.
    for reply, who in ((own, other), (of_all, desk.agent)):
        request = canned_reply_pb2.DeleteCannedReplyRequest(canned_reply_id=reply.id)
        with contextlib.suppress(PermissionDenied):
            await desk.call(stub.DeleteCannedReply, request, who)
    assert await listed(desk.agent) == ["hello", "mine"]
    await desk.call(stub.DeleteCannedReply, canned_reply_pb2.DeleteCannedReplyRequest(canned_reply_id=own.id))
    assert await listed(desk.agent) == ["hello"]
