"""`python -m bench`: starts engines and both chains, runs the plan, prints and writes what was found."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import redis.asyncio

from bench import machine, processes, report
from bench.bare.chain import BareChain
from bench.full import FullPath
from bench.generator import Generator
from bench.plan import FULL, QUICK, SMOKE, Findings, Plan, Run
from kernel.embedded import Engines, EngineUrls


def main() -> None:
    """Reads the command line, runs, and writes what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the live path.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="about a minute; writes its rows and no page")
    length.add_argument("--smoke", action="store_true", help="only whether the bench itself works; writes nothing")
    parser.add_argument("--name", default="", help="the name of the file of results; the machine's by default")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else SMOKE if arguments.smoke else FULL
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        found, on = asyncio.run(_run(Path(folder), plan, began))
    page = report.page(found, plan, on, time.monotonic() - began)
    print(page)
    if plan is not SMOKE:
        name = arguments.name or on.slug + ("-quick" if plan is QUICK else "")
        report.write(found, on, name, page if plan is FULL else "")


async def _run(folder: Path, plan: Plan, began: float) -> tuple[Findings, machine.Machine]:
    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)

    say("starting PostgreSQL and Valkey, durable, and both chains")
    engines = Engines(folder / "engines")
    async with AsyncExitStack() as running:
        load = Generator(folder)
        running.callback(load.stop)
        running.enter_context(engines)
        urls = EngineUrls(database_url=engines.database_url, redis_url=engines.redis_url)
        full, bare = FullPath(urls, folder), BareChain(urls, folder)
        running.push_async_callback(full.stop)
        running.push_async_callback(bare.stop)
        try:
            await full.start()
            await bare.start()
            run = Run(plan, full, bare, load, engines=_engines(), database_url=urls.database_url, say=say)
            found = await run.everything()
        except BaseException:
            _show_logs(folder, say)
            raise
        return found, await _machine(urls)


def _engines() -> dict[str, int]:
    """Returns the process ids of the two servers, which are children of this process."""
    names = {"postgres": "postgres", "valkey-server": "valkey"}
    own = [each for each in processes.tree(os.getpid()) if each.parent == os.getpid()]
    return {names[each.name]: each.pid for each in own if each.name in names}


async def _machine(urls: EngineUrls) -> machine.Machine:
    connection = await asyncpg.connect(urls.database_url)
    postgresql = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    client = redis.asyncio.Redis.from_url(urls.redis_url)
    info = await client.info("server")
    await client.aclose()
    return machine.describe(postgresql, str(info.get("valkey_version") or info["redis_version"]))


def _show_logs(folder: Path, say: report.Say) -> None:
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text(errors="replace").splitlines()[-5:]:
            say(f"{path.stem}: {line}")


if __name__ == "__main__":
    main()
