"""A tenant that tests of this folder share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from redis.asyncio import Redis

from kernel.embedded import EngineUrls
from tests.platform import Member, Platform, Tenant


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant; a test that changes what others see makes its own."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="session")
async def house(platform: Platform) -> Tenant:
    """The platform's own tenant."""
    return await platform.tenant(house=True)


@pytest_asyncio.fixture(scope="session")
async def robin(shop: Tenant) -> Member:
    """An operator of the shop, whom no test changes."""
    return await shop.member()


@pytest_asyncio.fixture
async def redis(engines: EngineUrls) -> AsyncIterator[Redis]:
    """A client of a Redis that others use as well."""
    client = Redis.from_url(engines.redis_url)
    yield client
    await client.aclose()
