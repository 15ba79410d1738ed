"""`parley found`: a deployment where nobody can sign in gets its first person, once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from parley.options.v1 import access_pb2

from kernel.embedded import EngineUrls
from tests.engines import SECRET
from tests.platform import migrated_database

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "long enough for a founder"


async def found(url: str, redis_url: str, folder: Path, password: str, email: str = "ada@people.example") -> str:
    """Types the command, with the password in a pipe; returns what it said after its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "found", email, "Ada"),
        cwd=ROOT,
        env={
            **os.environ,
            "PARLEY_DATABASE_URL": url,
            "PARLEY_REDIS_URL": redis_url,
            "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_DATA": str(folder),
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(f"{password}\n".encode())
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
