"""One populated world for all walks: building it takes longer than walking it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.isolation.test_every_call import Report
from tests.isolation.world import World, build, move_in
from tests.platform import Platform

LISTS = Path(__file__).resolve().parents[2] / "build" / "tests" / "isolation"


@pytest_asyncio.fixture(scope="session")
async def world(platform: Platform) -> World:
    """The platform with two tenants that have something of everything."""
    return await build(platform)


@pytest_asyncio.fixture
async def untouched(world: World) -> World:
    """The world with a first tenant of which no other walk took or ended anything; no walk does in the second one."""
    return replace(world, a=await move_in(world.platform))


@pytest.fixture(autouse=True)
def cases_that_ran(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leaves a list of the cases that a walk ran, and of what it found, under the test's name."""
    Report.made.clear()
    yield
    if Report.made:
        LISTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9_]+", "-", request.node.name)[:120]
        lines = [
            line for report in Report.made for line in (*report.cases, *(f"WRONG {each}" for each in report.wrong))
        ]
        (LISTS / f"{name}.txt").write_text("\n".join([f"{len(lines)} cases", *lines]) + "\n")
