"""Limits by address, on a real Redis, and what happens without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from redis.asyncio import Redis

from kernel.config import Config
from kernel.embedded import EngineUrls
from tests.gateway.backend import Backend, conversation_id
from tests.gateway.conftest import a_door

CONVERSATION = f"/v1/conversations/{conversation_id(1)}"
FORM = {"tenant": "fern", "email": "ada@fern.example", "password": "hunter2"}


@pytest_asyncio.fixture
async def store(engines: EngineUrls) -> AsyncIterator[Redis]:
    """An empty Redis."""
    client = Redis.from_url(engines.redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


async def test_one_address_is_limited_and_another_is_not(config: Config, backend: Backend, store: Redis) -> None:
    limited = replace(config, limit_requests=3, trusted_proxies=("127.0.0.0/8",))
    async with a_door(limited, store=store) as door:
        async with door.client(authorization=f"Bearer {backend.token()}", **{"x-forwarded-for": "192.0.2.1"}) as client:
            answers = [await client.get(CONVERSATION) for _ in range(4)]
        async with door.client(authorization=f"Bearer {backend.token()}", **{"x-forwarded-for": "192.0.2.2"}) as client:
            assert (await client.get(CONVERSATION)).status_code == 200
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["reason"] == "TOO_MANY_REQUESTS"
    assert 0 < answers[3].json()["retryAfterMs"] <= 20_000
    assert int(answers[3].headers["retry-after"]) >= 1
    assert not [key for key in await store.keys() if b"192.0.2" in key]


async def test_starting_conversations_has_a_limit_of_its_own(config: Config, backend: Backend, store: Redis) -> None:
    limited = replace(config, limit_starts=1)
    async with a_door(limited, store=store) as door:
        async with door.client(authorization=f"Bearer {backend.token()}") as client:
            body = {"noticeId": "ntc_" + "0" * 26}
            assert (await client.post("/v1/conversations", json=body)).status_code == 200
            assert (await client.post("/v1/conversations", json=body)).status_code == 429
            assert (await client.get(CONVERSATION)).status_code == 200


async def test_guessing_is_limited_with_redis_and_without(config: Config, store: Redis) -> None:
    limited = replace(config, limit_sign_ins=2, limit_requests=1)
    away = Redis.from_url("redis://127.0.0.1:1")
    for each in (store, away, None):
        async with a_door(limited, store=each) as door, door.client("console") as client:
            answers = [(await client.post("/session", json=FORM)).status_code for _ in range(3)]
        assert answers == [401, 401, 429]
    await away.aclose()


async def test_without_redis_the_general_limits_let_everything_pass(config: Config, backend: Backend) -> None:
    away = Redis.from_url("redis://127.0.0.1:1")
    async with a_door(replace(config, limit_requests=1), store=away) as door:
        async with door.client(authorization=f"Bearer {backend.token()}") as client:
            assert [(await client.get(CONVERSATION)).status_code for _ in range(3)] == [200] * 3
    await away.aclose()


async def test_a_limit_of_nothing_is_no_limit(config: Config, backend: Backend) -> None:
    async with a_door(replace(config, limit_requests=0)) as door:
        async with door.client(authorization=f"Bearer {backend.token()}") as client:
            assert [(await client.get(CONVERSATION)).status_code for _ in range(20)] == [200] * 20


async def test_a_network_of_ipv6_counts_as_one_address(config: Config, backend: Backend, store: Redis) -> None:
    limited = replace(config, limit_requests=3, trusted_proxies=("127.0.0.0/8",))
    async with a_door(limited, store=store) as door:

        async def from_address(address: str) -> int:
            headers = {"authorization": f"Bearer {backend.token()}", "x-forwarded-for": address}
            async with door.client(**headers) as client:
                return (await client.get(CONVERSATION)).status_code

        assert [await from_address(f"2001:db8:0:1::{each}") for each in range(1, 5)] == [200, 200, 200, 429]
        assert await from_address("2001:db8:0:2::1") == 200


async def test_asking_for_codes_has_a_limit_of_its_own_with_redis_and_without(config: Config, backend: Backend) -> None:
    away = Redis.from_url("redis://127.0.0.1:1")
    for each in (away, None):
        async with a_door(replace(config, limit_codes=2), store=each) as door:
            async with door.client(authorization=f"Bearer {backend.token()}") as client:
                answers = [(await client.post("/v1/receipt-codes", json={})).status_code for _ in range(3)]
                assert (await client.get(CONVERSATION)).status_code == 200
        assert answers[2] == 429
        assert 429 not in answers[:2]
    await away.aclose()
