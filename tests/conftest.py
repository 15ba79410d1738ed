"""What every suite may use: real engines, once for a session of tests."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from kernel import collector, egress
from kernel.embedded import EngineUrls
from kernel.identity import passwords
from tests.engines import fresh_database, real_engines
from tests.platform import Platform, a_config, migrated_database, running_platform


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Runs the tests, and the services that run in their process, on the loop on which services run."""
    return {"guarded": egress.new_event_loop}


def pytest_configure() -> None:
    """Notes to whom the tests themselves connect, where the run compares that with the registry of recipients."""
    egress.watch(os.environ.get("PARLEY_CONNECTIONS_DIR", ""))
    # What is collected from now on stays until the end.
    gc.disable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how long this process and those that it has started have computed."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    terminalreporter.write_line(f"CPU: {sum(each.ru_utime + each.ru_stime for each in used):.0f} s")


def pytest_collection_finish() -> None:
    """Collects garbage as a service does: platforms run in this process, beside everything that was loaded for them."""
    gc.enable()
    collector.settle()


@pytest.fixture(scope="session", autouse=True)
def usual_hasher() -> Iterator[PasswordHasher]:
    """Makes passwords cheap, of which tests set hundreds, and yields what hashes them in whole processes."""
    usual, passwords.HASHER = passwords.HASHER, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield usual
    passwords.HASHER = usual


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


@pytest_asyncio.fixture(scope="session")
async def platform(engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """The whole platform without a gateway, once for a session; every test makes its own tenants in it."""
    async with migrated_database(engines) as url:
        config = a_config(url, engines.redis_url, tmp_path_factory.mktemp("data"))
        async with running_platform(config) as running:
            yield running
