"""Files over HTTP: parts of them by range, and senders who are slow, stop, or leave, in front of the real services."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest
import pytest_asyncio

from gateway.files import uploads
from tests.gateway.conftest import Door, a_door
from tests.platform import Platform, Tenant, Visitor


@dataclass(frozen=True, slots=True)
class Chat:
    """A visitor's chat, in front of a gateway."""

    door: Door
    visitor: Visitor

    @property
    def path(self) -> str:
        """Where its files go."""
        return f"/v1/conversations/{self.visitor.conversation.id}/attachments"

    def client(self, host: str = "api") -> httpx.AsyncClient:
        """Returns a client of the visitor's."""
        return self.door.client(host, authorization=f"Bearer {self.visitor.token}")

    async def send(self, body: bytes | AsyncIterator[bytes], key: str = "") -> httpx.Response:
        """Sends a file."""
        headers = {
            "content-type": "text/plain",
            "content-disposition": "attachment; filename*=UTF-8''notes%20%C3%BC.txt",
            "idempotency-key": key or secrets.token_hex(12),
        }
        async with self.client() as client:
            return await client.post(self.path, content=body, headers=headers)

    async def listed(self) -> list[dict[str, object]]:
        """Returns the chat's files."""
        async with self.client() as client:
            answer = await client.get(self.path)
        found: list[dict[str, object]] = answer.json().get("attachments", [])
        return found

    async def open(self, attachment_id: str) -> str:
        """Returns the path of a file on the content host, once it was examined."""
        async with asyncio.timeout(20), self.client() as client:
            while True:
                answer = await client.get(f"{self.path}/{attachment_id}:open")
                if answer.status_code == 200:
                    return "/files/" + str(answer.json()["url"]).partition("/files/")[2]
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant with visitors who send files."""
    return await platform.tenant()


@pytest_asyncio.fixture
async def chat(platform: Platform, tenant: Tenant) -> AsyncIterator[Chat]:
    """A chat behind a gateway in front of the real services."""
    config = replace(platform.config, public_base="http://localhost:8400", port=0, limit_requests=0)
    async with a_door(config) as door:
        yield Chat(door, await tenant.visitor("Zoë"))


def text_of(size: int) -> bytes:
    """Returns a text of a size in which every place can be told from every other."""
    return b"".join(b"%07d\n" % number for number in range(size // 8 + 1))[:size]


async def test_a_part_of_a_file_is_had_by_range_and_no_part_that_there_is_not(chat: Chat) -> None:
    whole = text_of(300_000)
    sent = await chat.send(whole)
    path = await chat.open(sent.json()["attachmentId"])
    async with chat.door.client("content") as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, whole)
        assert answer.headers["accept-ranges"] == "bytes"
        for wanted, part, said in (
            ("bytes=0-9", whole[:10], "bytes 0-9/300000"),
            ("bytes=150000-", whole[150_000:], "bytes 150000-299999/300000"),
            ("bytes=-7", whole[-7:], "bytes 299993-299999/300000"),
            # What lies behind the end is left out; a part longer than the file is the file.
            ("bytes=299990-400000", whole[-10:], "bytes 299990-299999/300000"),
            ("bytes=-900000", whole, "bytes 0-299999/300000"),
        ):
            answer = await client.get(path, headers={"range": wanted})
            assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, part, said), wanted
            assert answer.headers["content-length"] == str(len(part))
        for wanted in ("bytes=300000-", "bytes=400000-500000", "bytes=9-3", "bytes=-0"):
            answer = await client.get(path, headers={"range": wanted})
            assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */300000"), wanted
        # What is no range that is understood is the whole file, as the standard has it.
        for wanted in ("bytes=0-1,5-6", "lines=1-2", "bytes=x-", "bytes=" + "9" * 40 + "-"):
            answer = await client.get(path, headers={"range": wanted})
            assert (answer.status_code, len(answer.content)) == (200, 300_000), wanted
        answer = await client.head(path, headers={"range": "bytes=5-9"})
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (206, b"", "5")


async def test_a_file_that_comes_slowly_in_drops_is_whole_and_a_retry_adds_none(chat: Chat) -> None:
    whole, key = text_of(3_000), secrets.token_hex(12)

    async def drops() -> AsyncIterator[bytes]:
        for at in range(0, len(whole), 500):
            yield whole[at : at + 500]
            await asyncio.sleep(0.02)

    sent = await chat.send(drops(), key)
    assert sent.status_code == 200
    again = await chat.send(whole, key)
    assert again.json()["attachmentId"] == sent.json()["attachmentId"]
    assert [each["filename"] for each in await chat.listed()] == ["notes ü.txt"]
    async with chat.door.client("content") as client:
        assert (await client.get(await chat.open(sent.json()["attachmentId"]))).content == whole


async def test_who_stops_in_the_middle_is_told_so_and_nothing_of_it_is_kept(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "STILL_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.door.port)
    head = (
        f"POST {chat.path} HTTP/1.1\r\nhost: api.localhost:8400\r\nauthorization: Bearer {chat.visitor.token}\r\n"
        "content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    writer.write(head.encode() + b"5\r\nhello\r\n")
    # The end never comes, and the connection stays open.
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in answer
    writer.close()
    assert await chat.listed() == []


async def test_who_leaves_in_the_middle_leaves_nothing(chat: Chat) -> None:
    begun = asyncio.Event()

    async def torn() -> AsyncIterator[bytes]:
        yield b"x" * 200_000
        begun.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(chat.send(torn()))
    await asyncio.wait_for(begun.wait(), 10)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    # Another file goes on as if nothing had been.
    sent = await chat.send(b"whole")
    assert sent.status_code == 200
    assert [each["id"] for each in await chat.listed()] == [sent.json()["attachmentId"]]


async def test_an_address_opens_one_file_and_no_made_up_one_opens_any(chat: Chat) -> None:
    path = await chat.open((await chat.send(b"mine")).json()["attachmentId"])
    async with chat.door.client("content") as client:
        for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), path + "x", "/files/", "/files/..%2f..%2fetc"):
            assert (await client.get(wrong, headers={"range": "bytes=0-1"})).status_code == 404, wrong
        assert (await client.post(path)).status_code == 405
