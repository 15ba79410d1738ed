"""One populated world for all walks: building it takes longer than walking it."""

from __future__ import annotations

import pytest_asyncio

from tests.isolation.world import World, build
from tests.platform import Platform


@pytest_asyncio.fixture(scope="session")
async def world(platform: Platform) -> World:
    """The platform with two tenants that have something of everything."""
    return await build(platform)
