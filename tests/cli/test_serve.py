"""`parley serve`: replicas of everything side by side on the same engines, and a talk that crosses all of them."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from parley.chat.v1 import conversation_pb2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from kernel.config import SERVICES
from kernel.embedded import EngineUrls
from kernel.rpc.process import Process, Running
from tests.command import Command, running
from tests.engines import SECRET
from tests.platform import Platform, a_config, free_ports


class Peer:
    """Somebody who follows a conversation on a gateway's live socket, in the form that people can read."""

    def __init__(self, socket: ClientConnection) -> None:
        """Takes the socket."""
        self._socket = socket
        #: What the other side said, in the order in which it came.
        self.heard: list[str] = []

    async def send(self, **frame: Any) -> None:
        """Sends a frame."""
        await self._socket.send(json.dumps({"frameId": "f", **frame}))

    async def until(self, over: Callable[[dict[str, Any]], bool]) -> None:
        """Takes frames until one of them ends the wait."""
        async with asyncio.timeout(10):
            while True:
                frame: dict[str, Any] = json.loads(await self._socket.recv())
                assert "refused" not in frame, frame
                if frame.get("message", {}).get("body"):
                    self.heard.append(frame["message"]["body"])
                if over(frame):
                    return


@asynccontextmanager
async def a_peer(gateway: Command, token: str, conversation_id: str) -> AsyncIterator[Peer]:
    """Follows a conversation."""
    uri = f"ws://api.localhost:{gateway.port}/live"
    async with connect(uri, host="127.0.0.1", subprotocols=[Subprotocol("parley.v1.json")]) as socket:
        peer = Peer(socket)
        await peer.send(authenticate={"accessToken": token})
        await peer.until(lambda frame: "welcome" in frame)
        await peer.send(subscribe={"conversationId": conversation_id})
        await peer.until(lambda frame: "subscribed" in frame)
        yield peer


async def test_replicas_of_everything_carry_one_conversation(
    engines: EngineUrls, database_url: str, tmp_path: Path
) -> None:
    ports = free_ports(1 + len(SERVICES))
    addresses = dict(zip((*SERVICES, "other chat"), (f"127.0.0.1:{port}" for port in ports), strict=True))
    both = f"{addresses['chat']},{addresses['other chat']}"
    settings = {
        "PARLEY_DATABASE_URL": database_url,
        "PARLEY_REDIS_URL": engines.redis_url,
        "PARLEY_SECRET_KEY": SECRET,
        **{f"PARLEY_{service.upper()}_ADDRESSES": addresses[service] for service in SERVICES},
        "PARLEY_CHAT_ADDRESSES": both,
    }
    async with running("migrate", data_dir=tmp_path, settings=settings) as migrating:
        assert await migrating.ended(seconds=60) == 0, migrating.output
    async with AsyncExitStack() as stack:

        async def serve(service: str, **changes: str) -> Command:
            return await stack.enter_async_context(
                running("serve", service, data_dir=tmp_path, settings=settings | changes)
            )

        services = [
            await serve("identity"),
            await serve("privacy"),
            await serve("chat", PARLEY_LISTEN=addresses["chat"]),
            await serve("chat", PARLEY_LISTEN=addresses["other chat"]),
        ]
        # Each gateway knows one replica of chat only, so that the two sides cannot meet in one process.
        gateways = [
            await serve("gateway", PARLEY_CHAT_ADDRESSES=addresses["chat"]),
            await serve("gateway", PARLEY_CHAT_ADDRESSES=addresses["other chat"]),
        ]
        for each in services:
            await each.until("service_started")
        for each in gateways:
            await each.until("gateway_started")

        config = a_config(database_url, engines.redis_url, tmp_path).with_addresses(
            {service: tuple(settings[f"PARLEY_{service.upper()}_ADDRESSES"].split(",")) for service in SERVICES}
        )
        platform = Platform(config, Running(Process(config), []))
        stack.push_async_callback(platform.channels.close)
        tenant = await platform.tenant()
        maria, visitor = await tenant.member(name="Maria"), await tenant.visitor("Zoë")
        conversation_id = visitor.conversation.id
        await platform.call(
            platform.chat.ClaimConversation,
            conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
            token=maria.token,
        )
        async with (
            a_peer(gateways[0], visitor.token, conversation_id) as here,
            a_peer(gateways[1], maria.token, conversation_id) as there,
        ):
            spoken = []
            for turn in range(6):
                speaker = (here, there)[turn % 2]
                post = {"conversationId": conversation_id, "clientMessageId": f"message-{turn}", "body": f"turn {turn}"}
                await speaker.send(post=post)
                await speaker.until(lambda frame: "ack" in frame)
                spoken.append(f"turn {turn}")
            # Each hears the other once and in order, whichever replica took the words.
            for peer, others in ((here, spoken[1::2]), (there, spoken[0::2])):
                while [body for body in peer.heard if body in others] != others:
                    await peer.until(lambda _: True)
        listed = await platform.call(
            platform.chat.ListMessages,
            conversation_pb2.ListMessagesRequest(conversation_id=conversation_id),
            token=visitor.token,
        )
        assert [each.body for each in listed.messages if each.body] == spoken
        for each in (*gateways, *services):
            each.process.send_signal(signal.SIGTERM)
        assert [await each.ended() for each in (*gateways, *services)] == [0] * 6
        for each in (*gateways, *services):
            assert {json.loads(line)["level"] for line in each.lines if line} == {"info"}, each.output
