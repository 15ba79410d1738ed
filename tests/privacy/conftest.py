"""One tenant for all tests of people's rights, with an officer and an operator: making one takes longer than a test."""

from __future__ import annotations

import pytest_asyncio

from tests.platform import OFFICER, Member, Platform, Tenant


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant whose visitors ask."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="session")
async def officer(shop: Tenant) -> Member:
    """Its privacy officer."""
    return await shop.member(OFFICER, name="Ola")


@pytest_asyncio.fixture(scope="session")
async def robin(shop: Tenant) -> Member:
    """Its operator."""
    return await shop.member(name="Robin")


@pytest_asyncio.fixture(autouse=True)
async def fresh_tokens(platform: Platform, shop: Tenant, officer: Member, robin: Member) -> None:
    """Lets nobody's token run out, however long the tests before took."""
    for member in (shop.admin, officer, robin):
        await platform.renew(member)
