"""A gateway's stream to chat and the sockets on it, for tests that speak live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2

from tests.chat.people import a_client_id
from tests.platform import Platform

#: As much as a gateway gives a socket, and more than any test here sends.
CREDIT = 1 << 20
PATIENCE = 10.0


class Socket:
    """One socket: what it has heard, and what it says."""

    def __init__(self, line: Line, number: int, credit: int) -> None:
        """Takes the stream that carries it."""
        self.frames: list[frame_pb2.ServerFrame] = []
        self.bytes_heard = 0
        self.closed = ""
        self.is_fed = credit > 0
        self.number = number
        self._line = line
        self._news = asyncio.Event()
        self._asked = 0

    async def say(self, frame_id: str = "", **frame: Any) -> None:
        """Sends one frame."""
        await self.raw(frame_pb2.ClientFrame(frame_id=frame_id, **frame).SerializeToString())

    async def raw(self, *frames: bytes) -> None:
        """Sends frames as they are, in one message."""
        await self._line.send(*(live_pb2.UpEnvelope(channel=self.number, frame=frame) for frame in frames))

    async def feed(self, credit: int) -> None:
        """Says that the socket takes so much more."""
        await self._line.send(live_pb2.UpEnvelope(channel=self.number, credit=credit))

    async def leave(self) -> None:
        """Closes the socket from the client's side."""
        await self._line.send(live_pb2.UpEnvelope(channel=self.number, close=live_pb2.Close()))

    async def ask(self, **frame: Any) -> frame_pb2.ServerFrame:
        """Sends a frame and returns what answers it."""
        self._asked += 1
        frame_id = f"ask-{self._asked}"
        await self.say(frame_id, **frame)
        return await self.until(lambda each: each.frame_id == frame_id)

    async def subscribe(self, conversation_id: str, after: int = 0) -> frame_pb2.ServerFrame:
        """Follows a conversation and returns the answer."""
        return await self.ask(subscribe=frame_pb2.Subscribe(conversation_id=conversation_id, after_sequence=after))

    async def post(self, conversation_id: str, body: str = "hello", client_id: str = "") -> frame_pb2.ServerFrame:
        """Says something in a conversation and returns the answer."""
        return await self.ask(
            post=conversation_pb2.PostMessageRequest(
                conversation_id=conversation_id, client_message_id=client_id or a_client_id(), body=body
            )
        )

    def sequences(self, conversation_id: str = "") -> list[int]:
        """Returns the places of the entries that it has heard, in the order in which they came."""
        return [
            each.message.sequence
            for each in self.frames
            if each.HasField("message") and conversation_id in ("", each.message.conversation_id)
        ]

    async def until(self, wanted: Callable[[frame_pb2.ServerFrame], bool]) -> frame_pb2.ServerFrame:
        """Returns the first frame of a kind, among those that came and those to come; fails if there is none."""
        async with asyncio.timeout(PATIENCE):
            at = 0
            while True:
                self._news.clear()
                for frame in self.frames[at:]:
                    if wanted(frame):
                        return frame
                at = len(self.frames)
                assert not self.closed, f"closed: {self.closed}"
                await self._news.wait()

    async def until_sequence(self, sequence: int, conversation_id: str = "") -> None:
        """Waits for an entry."""
        await self.until(
            lambda each: each.message.sequence == sequence and conversation_id in ("", each.message.conversation_id)
        )

    async def until_closed(self) -> str:
        """Waits until the service closes the socket, and returns why."""
        async with asyncio.timeout(PATIENCE):
            while not self.closed:
                self._news.clear()
                await self._news.wait()
        return self.closed

    def hear(self, envelope: live_pb2.DownEnvelope) -> int:
        """Takes what the service says and returns how much was taken."""
        if envelope.HasField("close"):
            self.closed = envelope.close.reason or "closed"
        else:
            self.frames.append(frame_pb2.ServerFrame.FromString(envelope.frame))
            self.bytes_heard += len(envelope.frame)
        self._news.set()
        return len(envelope.frame)


class Line:
    """A gateway's stream."""

    def __init__(self, call: Any) -> None:
        """Takes the running call."""
        self._call = call
        self._sockets: dict[int, Socket] = {}
        self._out: list[live_pb2.UpEnvelope] = []
        self._wake = asyncio.Event()

    async def open(self, token: str, *, credit: int = CREDIT) -> Socket:
        """Opens a socket with a token; without credit it is a client that does not read."""
        socket = Socket(self, len(self._sockets) + 1, credit)
        self._sockets[socket.number] = socket
        await self.send(
            live_pb2.UpEnvelope(channel=socket.number, open=live_pb2.Open(access_token=token, credit=credit))
        )
        return socket

    async def send(self, *envelopes: live_pb2.UpEnvelope) -> None:
        """Sends envelopes, in one message with whatever else is said at this moment."""
        self._out += envelopes
        self._wake.set()

    async def speak(self) -> None:
        """Writes what there is to say, one message at a time, as a gateway does."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            said, self._out = self._out, []
            await self._call.write(live_pb2.LiveRequest(envelopes=said))

    async def listen(self) -> None:
        """Hands out what comes, and gives back the credit that it used."""
        while True:
            answer = await self._call.read()
            if answer is grpc.aio.EOF:
                return
            back: list[live_pb2.UpEnvelope] = []
            for envelope in answer.envelopes:
                socket = self._sockets[envelope.channel]
                taken = socket.hear(envelope)
                if socket.is_fed and taken:
                    back.append(live_pb2.UpEnvelope(channel=socket.number, credit=taken))
            if back:
                await self.send(*back)


@asynccontextmanager
async def a_line(platform: Platform) -> AsyncIterator[Line]:
    """Opens a stream to chat as a gateway does, and ends it with everything on it."""
    call = platform.live.Live(metadata=(("authorization", f"Bearer {platform.channels.tokens.make()}"),))
    line = Line(call)
    tasks = [asyncio.create_task(line.listen()), asyncio.create_task(line.speak())]
    try:
        yield line
    finally:
        for task in tasks:
            task.cancel()
        call.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
