"""A frame that shows a person what another person said is answered only after the reading was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from parley.chat.v1 import frame_pb2
from parley.live.v1 import live_pb2
from parley.options.v1 import access_pb2

from kernel.errors import ParleyError
from kernel.identity import Actor, InternalTokens, KeyRing, Regime, Revocations, TokenVerifier
from kernel.privacy import reads
from kernel.privacy.rules import frame_access_of
from kernel.rpc.live import Channel, Frames, LiveServicer, Stream

SECRET = "the secret of this test"


class Teller:
    """Answers every frame with what somebody said, after recording it or not."""

    def __init__(self, channel: Channel) -> None:
        """Takes the channel."""
        self.channel = channel
        self.records = True
        self.refused: list[str] = []
        self.done = asyncio.Event()

    def frame(self, name: str, frame: Any) -> Coroutine[Any, Any, None]:
        """Answers in a task, as a service does that asks its database first."""
        return self._answer()

    async def _answer(self) -> None:
        try:
            if self.records:
                reads.met()
            self.channel.send(b"what somebody said")
        finally:
            self.done.set()

    def refuse(self, frame_id: str, error: ParleyError) -> None:
        """Notes what the client would be told."""
        self.refused.append(error.reason)
        self.channel.send(b"refused")

    def credited(self) -> None:
        """Has nothing to go on with."""

    def renewed(self) -> None:
        """Has nothing to look at again."""

    def closed(self) -> None:
        """Has nothing to stop."""


async def answer(name: str, *, records: bool) -> tuple[list[bytes], list[str]]:
    """Sends one frame and returns what went out, and what was refused."""
    verifier = TokenVerifier(InternalTokens(SECRET, "chat"), KeyRing())
    servicer = LiveServicer("chat", Frames(frame_pb2.ClientFrame), verifier, Revocations(), Teller)
    stream = Stream(servicer)
    token = InternalTokens(SECRET, "gateway").make("ten_1")
    stream._take(live_pb2.UpEnvelope(channel=1, open=live_pb2.Open(access_token=token, credit=1000)))
    channel = stream._channels[1]
    channel.actor = Actor(
        tenant_id="ten_1", regime=Regime.ASP, callers=frozenset({access_pb2.CALLER_VISITOR}), subject_id="vis_1"
    )
    teller = channel.handler
    assert isinstance(teller, Teller)
    teller.records = records
    frame = frame_pb2.ClientFrame(frame_id="one")
    part = getattr(frame, name)
    part.SetInParent()
    if hasattr(part, "conversation_id"):
        part.conversation_id = "cnv_" + "0" * 26
    stream._take(live_pb2.UpEnvelope(channel=1, frame=frame.SerializeToString()))
    async with asyncio.timeout(5):
        await teller.done.wait()
        await asyncio.gather(*channel._tasks)
    return [each.frame for each in stream._tail.envelopes], teller.refused


RECORDED = [
    each.name
    for each in frame_pb2.ClientFrame.DESCRIPTOR.oneofs_by_name["frame"].fields
    if frame_access_of(each).recorded
]


@pytest.mark.parametrize("name", RECORDED)
async def test_a_recorded_frame_that_nobody_recorded_is_answered_with_nothing(name: str) -> None:
    assert await answer(name, records=True) == ([b"what somebody said"], [])
    sent, refused = await answer(name, records=False)
    assert b"what somebody said" not in sent
    assert refused == ["INTERNAL"]


async def test_other_frames_need_no_record() -> None:
    assert "subscribe" in RECORDED
    assert await answer("ping", records=False) == ([b"what somebody said"], [])
