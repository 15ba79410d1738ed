"""The client for programs does what its page in the documentation says: the examples there are what runs here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.identity.v1 import site_pb2, site_pb2_grpc, token_pb2

from parley_client import Connection, InvalidArgument, NotFound, PermissionDenied, Unavailable, follow
from tests.chat.people import a_client_id, close
from tests.platform import Platform, Visitor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "client.md"


def documented() -> dict[str, Any]:
    """Runs the examples of the page and returns what they define."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    defined: dict[str, Any] = {}
    exec(compile(code, PAGE.name, "exec"), defined)
    return defined


def target_of(platform: Platform, service: str) -> str:
    """Returns where a service listens."""
    return platform.config.addresses(service)[0]


async def say(platform: Platform, visitor: Visitor, *bodies: str) -> None:
    """Says something as a visitor."""
    for body in bodies:
        request = conversation_pb2.PostMessageRequest(
            conversation_id=visitor.conversation.id, client_message_id=a_client_id(), body=body
        )
        await platform.call(platform.chat.PostMessage, request, token=visitor.token)


class Line:
    """A line between the client and a service, which can be cut."""

    def __init__(self, target: str) -> None:
        """Takes where it leads."""
        self._host, _, self._port = target.rpartition(":")
        self._writers: set[asyncio.StreamWriter] = set()
        self.arrivals: asyncio.Queue[None] = asyncio.Queue()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries one connection both ways."""
        to_reader, to_writer = await asyncio.open_connection(self._host, int(self._port))
        both = {writer, to_writer}
        self._writers |= both
        # Whoever hears of it can cut it.
        self.arrivals.put_nowait(None)
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(_copy(reader, to_writer)),
                    asyncio.ensure_future(_copy(to_reader, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in both:
                each.transport.abort()
            self._writers -= both

    def cut(self) -> None:
        """Breaks every connection."""
        for writer in self._writers:
            writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass


@asynccontextmanager
async def a_line(target: str) -> AsyncIterator[tuple[Line, str]]:
    """Runs a line and yields it with its address."""
    line = Line(target)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    try:
        yield line, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        line.cut()


async def test_the_examples_of_the_page_do_what_it_says(platform: Platform) -> None:
    tenant = await platform.tenant()
    started = [(await tenant.visitor(name)).conversation.id for name in ("Ann", "Bo", "Cy")]
    _, key = await tenant.api_key("chat.read")

    async def token() -> str:
        request = token_pb2.ExchangeCredentialRequest(api_key=key)
        return str((await platform.call(platform.tokens.ExchangeCredential, request)).access_token)

    page = documented()
    assert sorted(await page["list_all"](target_of(platform, "chat"), token, None)) == sorted(started)
    async with Connection(target_of(platform, "chat"), token=token) as connection:
        assert await page["exists"](connection, started[0])
        assert not await page["exists"](connection, "cnv_" + "0" * 26)


async def test_a_conversation_is_followed_across_a_broken_line_and_every_entry_comes_once(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor("Zoë")
    hear: Callable[[Connection, str, int], Awaitable[list[str]]] = documented()["hear_until_closed"]
    async with a_line(target_of(platform, "chat")) as (line, address):
        async with Connection(address, token=visitor.token) as connection:
            hearing = asyncio.ensure_future(hear(connection, visitor.conversation.id, 0))
            for number in range(3):
                await say(platform, visitor, f"words {number}")
                await line.arrivals.get()
                line.cut()
            await close(platform, visitor.token, visitor.conversation.id)
            async with asyncio.timeout(20):
                heard = await hearing
    assert not line.arrivals.empty()
    assert [each for each in heard if each] == ["words 0", "words 1", "words 2"]


async def test_errors_are_exceptions_with_a_stable_reason(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    async with Connection(target_of(platform, "chat"), token=visitor.token) as connection:
        chat = conversation_pb2_grpc.ConversationServiceStub(connection.channel)
        with pytest.raises(InvalidArgument) as wrong:
            await connection.call(chat.GetConversation, conversation_pb2.GetConversationRequest(conversation_id="no"))
        assert (wrong.value.reason, wrong.value.fields) == ("ARGUMENT_INVALID", ("conversation_id",))
        with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
            await connection.call(chat.ListConversations, conversation_pb2.ListConversationsRequest())
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            async for _ in follow(connection, "cnv_" + "0" * 26):
                pass
    async with Connection("127.0.0.1:1", token="x", attempts=2) as nowhere:
        chat = conversation_pb2_grpc.ConversationServiceStub(nowhere.channel)
        with pytest.raises(Unavailable):
            await nowhere.call(chat.GetConversation, conversation_pb2.GetConversationRequest(conversation_id="no"))


async def test_a_token_that_is_refused_is_asked_for_anew_once(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    given: list[str] = []

    async def token() -> str:
        given.append(visitor.token if given else "stale")
        return given[-1]

    async with Connection(target_of(platform, "chat"), token=token) as connection:
        chat = conversation_pb2_grpc.ConversationServiceStub(connection.channel)
        request = conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id)
        answer = await connection.call(chat.GetConversation, request)
        assert answer.conversation.id == visitor.conversation.id
        assert given == ["stale", visitor.token]
        async for change in follow(connection, visitor.conversation.id):
            assert change.cursor >= 0
            break


async def test_a_mutation_is_sent_again_with_one_request_id(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with Connection(target_of(platform, "identity"), token=tenant.admin.token) as connection:
        sites = site_pb2_grpc.SiteServiceStub(connection.channel)
        seen: list[str] = []

        async def lost(request: site_pb2.CreateSiteRequest, **options: Any) -> site_pb2.CreateSiteResponse:
            """Carries it out, and loses the first answer on the way back."""
            seen.append(request.request_id)
            answer: site_pb2.CreateSiteResponse = await sites.CreateSite(request, **options)
            if len(seen) == 1:
                raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata())
            return answer

        asked = site_pb2.CreateSiteRequest(display_name="Second shop")
        made = await connection.call(lost, asked)
        listed = await connection.call(sites.ListSites, site_pb2.ListSitesRequest())
        assert len(seen) == 2
        assert len(set(seen)) == 1
        assert not asked.request_id
        assert [each.id for each in listed.sites if each.display_name == "Second shop"] == [made.site.id]
