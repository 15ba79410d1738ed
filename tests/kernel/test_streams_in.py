"""A stream that meets a service which is just ending is opened again; one that is refused is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest

from kernel.rpc.channels import LET_IN, opened

_PATH = "/parley.Test/Take"


@asynccontextmanager
async def a_service(answers: Sequence[grpc.StatusCode | None]) -> AsyncIterator[tuple[Any, list[bytes]]]:
    """Yields a way to call a service that answers so in turn, and what it was sent; None lets a stream in."""
    left, taken = list(answers), list[bytes]()

    async def take(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        if (code := left.pop(0)) is not None:
            await context.abort(code, "not now")
        await context.send_initial_metadata(((LET_IN, "1"),))
        async for request in requests:
            taken.append(request)
        return b"taken"

    server = grpc.aio.server()
    handler: Any = grpc.stream_unary_rpc_method_handler(take)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("parley.Test", {"Take": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel.stream_unary(_PATH), taken
    finally:
        await server.stop(0)


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_who_meets_an_ending_service_is_let_in_by_the_next(times: int) -> None:
    async with a_service([grpc.StatusCode.UNAVAILABLE] * times + [None]) as (method, taken):
        call, is_in = await opened(method)
        assert is_in
        await call.write(b"one")
        await call.done_writing()
        assert await call == b"taken"
    assert taken == [b"one"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([grpc.StatusCode.PERMISSION_DENIED, None], grpc.StatusCode.PERMISSION_DENIED),
        ([grpc.StatusCode.UNAVAILABLE] * 3 + [None], grpc.StatusCode.UNAVAILABLE),
    ],
)
async def test_a_refusal_is_final_and_so_is_a_service_that_stays_away(
    answers: Sequence[grpc.StatusCode | None], code: grpc.StatusCode
) -> None:
    async with a_service(answers) as (method, taken):
        call, is_in = await opened(method)
        assert not is_in
        assert await call.code() is code
    assert taken == []
