"""One tenant for all tests of people's rights, with an officer and an operator: making one takes longer than a test."""

from __future__ import annotations

import pytest_asyncio

from tests.platform import OFFICER, Member, Platform, Tenant


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant whose visitors ask."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="session")
async def first_officer(shop: Tenant) -> Member:
    """Its privacy officer, as signed in at first."""
    return await shop.member(OFFICER, name="Ola")


@pytest_asyncio.fixture(scope="session")
async def first_robin(shop: Tenant) -> Member:
    """Its operator, as signed in at first."""
    return await shop.member(name="Robin")


@pytest_asyncio.fixture
async def officer(platform: Platform, first_officer: Member) -> Member:
    """Its privacy officer, whose token does not run out however long the tests before took."""
    await platform.renew(first_officer)
    return first_officer


@pytest_asyncio.fixture
async def robin(platform: Platform, first_robin: Member) -> Member:
    """Its operator, likewise."""
    await platform.renew(first_robin)
    return first_robin
