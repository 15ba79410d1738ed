"""`parley found`: a deployment where nobody can sign in gets its first person, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from parley.options.v1 import access_pb2

from cli.folders import MIGRATIONS
from cli.founding import found as make
from cli.services import METADATA
from kernel.config import Config, WrongSetting, deployment_key
from kernel.embedded import Engines, EngineUrls
from kernel.storage.migrate import migrate
from tests.engines import SECRET
from tests.platform import migrated_database
from tests.spawning import spawn

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "long enough for a founder"


async def found(url: str, redis_url: str, folder: Path, password: str, email: str = "ada@people.example") -> str:
    """Types the command, with the password in a pipe; returns what it said after its exit code."""
    settings = {
        "PARLEY_DATABASE_URL": url,
        "PARLEY_REDIS_URL": redis_url,
        "PARLEY_SECRET_KEY": SECRET,
        "PARLEY_DATA": str(folder),
    }
    return await typed(settings, "found", email, "Ada", told=password)


async def typed(settings: dict[str, str], *words: str, told: str = "") -> str:
    """Types a command and tells it something; returns what it said after its exit code."""
    process = await spawn(
        *(sys.executable, "-m", "cli", *words),
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = await process.communicate(f"{told}\n".encode())
    lines = [line for line in said.decode().splitlines() if not line.startswith("{")]
    return f"{process.returncode} {' '.join(lines)}"


async def roles(owner: asyncpg.Connection[asyncpg.Record]) -> list[list[int]]:
    """Returns the roles of everybody who has an account."""
    return [sorted(row["roles"]) for row in await owner.fetch("SELECT roles FROM identity.staff")]


@pytest.mark.timeout(90)
async def test_the_first_person_runs_the_platform_and_is_made_once(engines: EngineUrls, tmp_path: Path) -> None:
    both = sorted((access_pb2.CALLER_ADMIN, access_pb2.CALLER_PLATFORM_ADMIN))
    async with migrated_database(engines) as url:
        owner = await asyncpg.connect(url)
        try:
            assert (await found(url, engines.redis_url, tmp_path, "short")).startswith("1 parley: Some fields are")
            assert await roles(owner) == []
            said = await found(url, engines.redis_url, tmp_path, PASSWORD)
            assert said.startswith("0 · Made. Sign in at the console as ada@people.example, company house")
            assert PASSWORD not in said
            assert await roles(owner) == [both]
            again = "1 parley: the platform's own company is there already; nothing was changed"
            for password, email in (
                (PASSWORD, "ada@people.example"),
                ("another password", "eve@people.example"),
            ):
                assert await found(url, engines.redis_url, tmp_path, password, email) == again
            assert await roles(owner) == [both]
            # What was cut off between the two steps is finished by whoever knows the password.
            await owner.execute("UPDATE identity.staff SET roles = $1", [access_pb2.CALLER_ADMIN])
            assert (await found(url, engines.redis_url, tmp_path, PASSWORD)).startswith("0 ")
            assert await roles(owner) == [both]
        finally:
            await owner.close()


async def test_beside_a_running_deployment_nothing_has_to_be_set(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Engines(folder / "engines", durable=False) as engines:
        key = deployment_key(folder)
        await migrate(engines.database_url, key, MIGRATIONS, declared=METADATA.values())
        said = await typed({"PARLEY_DATA": str(folder)}, "found", "ada@people.example", "Ada", told=PASSWORD)
        assert said.startswith("0 · Made. Sign in at the console as ada@people.example, company house")
        examined = await typed({"PARLEY_DATA": str(folder)}, "doctor")
        assert "Not looked at" not in examined


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="nothing runs in this data folder"):
        make(Config(data_dir=tmp_path), email="ada@people.example", name="Ada", company="The house")
