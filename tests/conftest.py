"""What every suite may use: real engines, once for a session of tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from kernel.embedded import EngineUrls
from tests.engines import fresh_database, real_engines


@pytest.fixture(scope="session")
def engines() -> Iterator[EngineUrls]:
    """The addresses of the engines."""
    with real_engines() as urls:
        yield urls


@pytest_asyncio.fixture
async def database_url(engines: EngineUrls) -> AsyncIterator[str]:
    """The superuser's address of an empty database for one test."""
    async with fresh_database(engines.database_url) as url:
        yield url
