"""The benches still run: each measures a little of all that it measures, on a small heap, and writes nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from bench import community, search, support, survey
from kernel.config import Config
from kernel.embedded import EngineUrls
from tests.engines import SECRET
from tests.platform import migrated_database

ROOT = Path(__file__).resolve().parents[2]
SAID: list[str] = []


@pytest_asyncio.fixture(scope="module")
async def database(engines: EngineUrls) -> AsyncIterator[str]:
    """One database for all, in which each bench works beside what the others left."""
    async with migrated_database(engines) as url:
        yield url


@pytest.fixture
def config(engines: EngineUrls, database: str, tmp_path: Path) -> Config:
    """Settings for a bench."""
    return Config(data_dir=tmp_path, secret_key=SECRET, database_url=database, redis_url=engines.redis_url)


async def test_the_desks_bench_runs(config: Config) -> None:
    found = await support.measure_at(config, 4_000, 2, SAID.append)
    assert "tickets" in support.section(found)


async def test_the_searchs_bench_runs(config: Config) -> None:
    found = await search.measure_at(config.database_url, SECRET, 1_000, 2, SAID.append)
    assert len(found) == len(search.SEARCHES)


async def test_the_surveys_bench_runs(config: Config) -> None:
    found = await survey.measure_at(config, 2_000, 1_000, 2, SAID.append)
    assert "responses" in survey.section(found)


async def test_the_communitys_bench_runs(config: Config) -> None:
    # The chain of processes to it starts as that of the live path, whose bench runs below.
    found = await community.measure_within(config, uuid4(), 300, 2, 20, SAID.append)
    assert found.replies > 0


@pytest.mark.timeout(300)
def test_the_bench_of_the_live_path_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "conversations copied in" in done.stdout, "people's rights are measured last"
