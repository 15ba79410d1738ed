"""Follows a conversation as it goes on, across broken connections and ended tokens, without missing an entry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import grpc.aio
from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc

from parley_client.connection import Connection, wait_after
from parley_client.errors import DeadlineExceeded, Internal, Unauthenticated, Unavailable, of_rpc

#: A stream is begun anew after so long, so that nobody waits on one that has died unnoticed.
_SECONDS = 300.0
_LASTING = (Unavailable, DeadlineExceeded, Internal)


async def follow(
    connection: Connection, conversation_id: str, *, after: int = 0, most_failures: int = 20
) -> AsyncIterator[conversation_pb2.WatchConversationResponse]:
    """Yields what happens in a conversation after an entry, each entry once, in order, until the caller stops.

    When the connection breaks, it goes on after the last entry that was yielded. It raises a ParleyError where the
    caller may not follow, or where nobody could be reached so many times in a row.
    """
    stub = conversation_pb2_grpc.ConversationServiceStub(connection.channel)
    failures, anew = 0, False
    while True:
        request = conversation_pb2.WatchConversationRequest(conversation_id=conversation_id, after_sequence=after)
        call = stub.WatchConversation(request, timeout=_SECONDS, metadata=await connection.metadata(anew=anew))
        try:
            async for change in call:
                failures, anew = 0, False
                if change.WhichOneof("change") == "message":
                    if change.message.sequence <= after:
                        continue
                    after = change.message.sequence
                elif change.WhichOneof("change") == "gap":
                    # The reader was too slow, and entries were left out: they are read where they are kept.
                    async for message in _since(connection, stub, conversation_id, after):
                        after = message.sequence
                        yield conversation_pb2.WatchConversationResponse(cursor=after, message=message)
                    continue
                yield change
        except grpc.aio.AioRpcError as raised:
            error = of_rpc(raised)
            if isinstance(error, Unauthenticated) and not anew:
                anew = True
                continue
            failures += 1
            if not isinstance(error, _LASTING) or failures > most_failures:
                raise error from None
            await asyncio.sleep(wait_after(failures))
        finally:
            call.cancel()


async def _since(
    connection: Connection, stub: conversation_pb2_grpc.ConversationServiceStub, conversation_id: str, after: int
) -> AsyncIterator[conversation_pb2.Message]:
    while True:
        request = conversation_pb2.ListMessagesRequest(conversation_id=conversation_id, after_sequence=after)
        page: conversation_pb2.ListMessagesResponse = await connection.call(stub.ListMessages, request)
        for message in page.messages:
            after = message.sequence
            yield message
        if not page.messages or after >= page.head_sequence:
            return
