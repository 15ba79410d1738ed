"""The roles belong to the whole server, and several of its databases may be migrated at the same time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from kernel.config import SERVICES
from kernel.embedded import EngineUrls
from kernel.storage.database import Database, runtime_url
from kernel.storage.migrate import WrongKey, make_roles, migrate
from tests.engines import SECRET, fresh_database


async def test_the_roles_are_made_for_several_databases_at_once(engines: EngineUrls) -> None:
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(fresh_database(engines.database_url)) for _ in range(3)]
        await asyncio.gather(*(make_roles(url, SECRET, SERVICES) for url in urls))


async def test_a_migration_with_another_key_is_refused_and_takes_nothing_from_the_services(
    owner_url: str, tmp_path: Path
) -> None:
    # What stands in the folder is not reached.
    with pytest.raises(WrongKey, match="give the key that the services have"):
        await migrate(owner_url, "another key", {"chat": tmp_path})
    database = Database(runtime_url(owner_url, SECRET, "chat"))
    await database.check_role()
    await database.close()
