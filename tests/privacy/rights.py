"""What the tests of people's rights do again and again, said once."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import grpc
import orjson
from parley.chat.v1 import conversation_pb2
from parley.privacy.v1 import held_pb2, ledger_pb2, request_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import from_rpc_error
from tests.platform import Platform, Tenant, Visitor

Kind = request_pb2.SubjectRequest
VISITOR, STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF
DONE, WAITING, RUNNING = Kind.STATE_DONE, Kind.STATE_WAITING, Kind.STATE_RUNNING

Answer = TypeVar("Answer")


async def until(ask: Callable[[], Awaitable[Answer]], is_so: Callable[[Answer], bool], seconds: float = 20.0) -> Answer:
    """Asks until the answer is the one that is waited for.

    Between two questions whoever works on it gets a moment, and much more of it than the questions take: nobody tells a
    caller of a service when its workers have come so far.
    """
    async with asyncio.timeout(seconds):
        while not is_so(answer := await ask()):  # noqa: ASYNC110 - It happens in a service, which tells nobody here.
            await asyncio.sleep(0.05)
        return answer


async def ask(
    platform: Platform,
    token: str,
    kind: request_pb2.SubjectRequest.Kind.ValueType,
    **more: Any,
) -> request_pb2.CreateRequestResponse:
    """Makes a request."""
    answer: request_pb2.CreateRequestResponse = await platform.call(
        platform.requests.CreateRequest, request_pb2.CreateRequestRequest(kind=kind, **more), token=token
    )
    return answer


async def track(platform: Platform, tenant: Tenant, code: str) -> request_pb2.SubjectRequest:
    """Looks how far a request is, as somebody who has nothing but its code."""
    answer: request_pb2.TrackRequestResponse = await platform.call(
        platform.requests.TrackRequest,
        request_pb2.TrackRequestRequest(tracking_code=code),
        token=await tenant.anonymous(),
    )
    return answer.request


async def settled(
    platform: Platform,
    tenant: Tenant,
    code: str,
    state: request_pb2.SubjectRequest.State.ValueType = DONE,
) -> request_pb2.SubjectRequest:
    """Waits until a request has come to a state."""
    return await until(lambda: track(platform, tenant, code), lambda request: request.state == state)


async def held(platform: Platform, token: str) -> list[subject_pb2.HeldRecord]:
    """Returns everything that is held about a visitor."""
    records: list[subject_pb2.HeldRecord] = []
    page_token = ""
    while True:
        page = await platform.call(
            platform.held.GetHeld, held_pb2.GetHeldRequest(page_token=page_token, page_size=7), token=token
        )
        records.extend(page.records)
        page_token = page.next_page_token
        if not page_token:
            return records


async def my_ledger(platform: Platform, token: str) -> list[ledger_pb2.LedgerEntry]:
    """Returns the first page of the ledger about a visitor."""
    answer = await platform.call(platform.ledger.ListMyLedger, ledger_pb2.ListMyLedgerRequest(), token=token)
    return list(answer.entries)


async def say(platform: Platform, token: str, visitor: Visitor, body: str) -> None:
    """Says something in a conversation."""
    await platform.call(
        platform.chat.PostMessage,
        conversation_pb2.PostMessageRequest(
            conversation_id=visitor.conversation.id, client_message_id=f"message-{abs(hash(body))}", body=body
        ),
        token=token,
    )


async def read(platform: Platform, token: str, conversation_id: str) -> list[str]:
    """Reads a conversation."""
    answer = await platform.call(
        platform.chat.ListMessages, conversation_pb2.ListMessagesRequest(conversation_id=conversation_id), token=token
    )
    return [each.body for each in answer.messages]


async def claim(platform: Platform, token: str, visitor: Visitor) -> None:
    """Takes a conversation."""
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=visitor.conversation.id),
        token=token,
    )


async def archive(method: Any, request: Any, token: str) -> tuple[dict[str, Any], str]:
    """Downloads an archive and returns what is in it: the data for machines, and the page for people."""
    pieces: list[bytes] = []
    try:
        async for piece in method(request, metadata=(("authorization", f"Bearer {token}"),), timeout=30):
            assert bool(piece.filename) == (not pieces)
            pieces.append(piece.data)
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as opened:
        assert opened.testzip() is None
        assert sorted(opened.namelist()) == ["data.json", "index.html"]
        return orjson.loads(opened.read("data.json")), opened.read("index.html").decode()


@asynccontextmanager
async def owner(platform: Platform) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Connects as the database's administrator."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        yield connection
    finally:
        await connection.close()


def tenant_key(tenant: Tenant) -> UUID:
    """Returns a tenant's key in the database."""
    return ids.to_uuid(tenant.id, "ten")


async def values_of(platform: Platform, tenant: Tenant, visitor: Visitor) -> str:
    """Returns all that the services hold about a visitor, as one text."""
    found: list[str] = []
    for service in ("chat", "identity", "privacy"):
        page = await platform.call(
            subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service)).ExportSubject,
            subject_pb2.ExportSubjectRequest(
                subject=subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id)
            ),
            tenant_id=tenant.id,
        )
        found.extend(value.value for record in page.records for value in record.values)
    return " ".join(found)


async def wake(platform: Platform, tenant: Tenant) -> None:
    """Lets the runner of the jobs look at once: a new job is what it is told of."""
    await ask(platform, (await tenant.visitor()).token, Kind.KIND_ACCESS)
