"""The roles belong to the whole server, and several of its databases may be migrated at the same time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from kernel.config import SERVICES
from kernel.embedded import EngineUrls
from kernel.storage.migrate import make_roles
from tests.engines import SECRET, fresh_database


async def test_the_roles_are_made_for_several_databases_at_once(engines: EngineUrls) -> None:
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(fresh_database(engines.database_url)) for _ in range(3)]
        await asyncio.gather(*(make_roles(url, SECRET, SERVICES) for url in urls))
