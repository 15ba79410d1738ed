"""`python -m bench.capacity`: what each thing that people do costs in CPU, and what follows for so many visitors a day.

CPU is read from /proc for every process of the full path and both engines, over many requests one after another, so
that it hardly depends on what else the machine does. What follows from it is computed in `bench.model`, which also
writes docs/capacity.md, with every figure's source beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from bench import history, processes
from bench.frames import BODY
from bench.full import FullPath
from bench.model import ASSUMED, PARTS, Cost, Measured, page
from bench.report import RESULTS
from cli.demo import seed
from kernel import ids
from kernel.config import SERVICES
from kernel.embedded import Engines, EngineUrls

PAGE = RESULTS.parents[1] / "docs" / "capacity.md"
FIGURES = RESULTS / "capacity.json"
LIVE = RESULTS / "amd-epyc-2.json"
#: With how many conversations at once a message's cost is taken: fewer share less of it.
TALKING = 16
#: How many seconds everything has to come to rest after the start, is watched at rest, and has after each thing.
_SETTLING, _RESTING, _AFTER = 8.0, 10.0, 2.0
#: How many conversations of how many lines are written to see how large a line is on disk.
TALKS, LINES = 500, 40
_SIZE = """
    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND c.relkind = 'r'
"""
_MESSAGES = "SELECT pg_total_relation_size('chat.messages')"


class Measuring:
    """The full path with the demo's people in it, and one client."""

    def __init__(self, full: FullPath, client: httpx.AsyncClient, roots: Mapping[str, int]) -> None:
        """Takes what runs."""
        self._full = full
        self._client = client
        self._roots = dict(roots)
        self._idle: dict[str, float] = {}

    async def cost(self, name: str, said: str, times: int, once: Callable[[], Awaitable[None]]) -> Cost:
        """Does something so often, and returns what each time cost."""
        for _ in range(max(3, times // 10)):
            await once()
        await asyncio.sleep(_AFTER)
        began, before = time.monotonic(), processes.cpu_seconds(self._roots)
        for _ in range(times):
            await once()
        # What it leaves to be done in the background is part of what it costs.
        await asyncio.sleep(_AFTER)
        after, lasted = processes.cpu_seconds(self._roots), time.monotonic() - began
        # What the processes use by themselves meanwhile is nobody's request.
        ms = {
            part: max(0.0, 1000 * (after[part] - before[part] - self._idle[part] * lasted) / times)
            for part in self._roots
        }
        return Cost(name, said, times, ms)

    async def rest(self) -> dict[str, float]:
        """Learns what everything uses while nobody asks for anything, in seconds of CPU a second."""
        await asyncio.sleep(_SETTLING)
        before = processes.cpu_seconds(self._roots)
        await asyncio.sleep(_RESTING)
        after = processes.cpu_seconds(self._roots)
        self._idle = {part: (after[part] - before[part]) / _RESTING for part in self._roots}
        return self._idle

    async def get(self, host: str, path: str, token: str = "", **headers: str) -> httpx.Response:
        """Asks for something."""
        return await self._ask("GET", host, path, token, **headers)

    async def post(self, host: str, path: str, body: object, token: str = "", **headers: str) -> httpx.Response:
        """Sends something."""
        return await self._ask("POST", host, path, token, body=body, **headers)

    async def _ask(
        self, method: str, host: str, path: str, token: str = "", *, body: object = None, **headers: str
    ) -> httpx.Response:
        sent = {"host": f"{host}.localhost:{self._full.port}", **headers}
        if token:
            sent["authorization"] = f"Bearer {token}"
        answer = await self._client.request(
            method, f"http://127.0.0.1:{self._full.port}{path}", headers=sent, json=body
        )
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path.partition('?')[0]} was answered with {answer.status_code}")
        return answer


async def measure(folder: Path, times: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Starts everything and measures: the costs, the MB of each process while nobody is there, and bytes on disk."""
    async with AsyncExitStack() as running:
        engines = running.enter_context(Engines(folder / "engines"))
        full = FullPath(EngineUrls(database_url=engines.database_url, redis_url=engines.redis_url), folder)
        running.push_async_callback(full.stop)
        await full.start()
        shops = await seed.seed(full.config, say)
        shop = next(each for each in shops if each.slug == "fern")
        client = await running.enter_async_context(httpx.AsyncClient(timeout=30))
        own = [each for each in processes.tree(os.getpid()) if each.parent == os.getpid()]
        names = {"postgres": "postgres", "valkey-server": "valkey"}
        roots = {**full.processes, **{names[each.name]: each.pid for each in own if each.name in names}}
        resting = {part: processes.memory([pid]).pss / 1e6 for part, pid in roots.items()}
        at = Measuring(full, client, roots)
        resting_cpu = await at.rest()
        token = await full.anonymous()
        listed = (await at.get("community", f"/c/{shop.slug}/s/questions")).text
        topics = sorted(set(re.findall(rf"/c/{shop.slug}/t/(\w+)", listed)))
        turn = iter(range(10**9))

        async def launcher() -> None:
            await at.get("widget", f"/launcher.js?site={shop.site_key}")

        async def opened() -> None:
            origin = {"origin": f"http://widget.localhost:{full.port}"}
            await at.get("widget", f"/panel?site={shop.site_key}")
            session = await at.post("widget", "/widget/session", {"siteKey": shop.site_key}, **origin)
            fresh = session.json()["accessToken"]
            await at.get("widget", "/v1/widget/site", fresh)
            await at.get("widget", "/v1/widget/opening", fresh)
            await at.get("widget", f"/v1/sites/{shop.site_id}/notice", fresh)

        async def started() -> None:
            body = {"displayName": "", "noticeId": full.notice_id, "language": "en", "pagePath": "/page"}
            await at.post("api", "/v1/conversations", body, token)

        async def asked() -> None:
            body = {
                "email": f"{secrets.token_hex(6)}@people.example",
                "siteUrl": "https://shop.example/",
                "description": f"The shop does not open ({secrets.token_hex(8)}).",
            }
            await at.post("api", "/v1/support/requests", body, token)

        async def same() -> None:
            await at.get("community", f"/c/{shop.slug}/t/{topics[0]}")

        async def other() -> None:
            # A page that everybody sees alike is kept for a second; a query of its own makes it one that nobody has.
            topic = topics[next(turn) % len(topics)]
            await at.get("community", f"/c/{shop.slug}/t/{topic}?after=0&n={next(turn)}")

        wanted = (
            ("launcher", "a page of a site loads the launcher", times * 2, launcher),
            ("opened", "somebody opens the panel: page, session, site, hours, notice", times // 2, opened),
            ("started", "a conversation begins", times // 2, started),
            ("asked", "a request comes by the form and becomes a ticket", times // 2, asked),
            ("same", "a topic of the community that was just read by somebody else", times, same),
            ("other", "a topic of the community that nobody read in the last second", times // 2, other),
        )
        costs = []
        before = await _bytes(engines.database_url)
        for name, said, count, once in wanted:
            costs.append(await at.cost(name, said, count, once))
            say(f"{said}: {costs[-1].all:.2f} ms of CPU")
        grown = await _bytes(engines.database_url) - before
        ways = sum(cost.times * 1.1 for cost in costs if cost.name in ("started", "asked"))
        return {
            "costs": [asdict(cost) for cost in costs],
            "load": os.getloadavg()[1],
            "cores": len(os.sched_getaffinity(0)),
            "resting_mb": resting,
            "resting_cpu": resting_cpu,
            "message_bytes": await _message_bytes(engines.database_url, full.tenant_id),
            "record_bytes": grown / ways,
        }


async def _bytes(database_url: str) -> float:
    """Returns how large the services' tables are, with their indexes."""
    connection = await asyncpg.connect(database_url)
    try:
        return float(await connection.fetchval(_SIZE, list(SERVICES)))
    finally:
        await connection.close()


async def _message_bytes(database_url: str, tenant_id: str) -> float:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS bench; CREATE TABLE IF NOT EXISTS bench.messages ()")
        before = await connection.fetchval(_MESSAGES)
        await connection.execute("SET session_replication_role = replica")
        rows = await connection.fetch(
            history._CONVERSATIONS, ids.to_uuid(tenant_id, "ten"), uuid4(), uuid4(), uuid4(), TALKS, LINES
        )
        keys = [row["id"] for row in rows]
        await connection.execute(history._MESSAGES, ids.to_uuid(tenant_id, "ten"), uuid4(), BODY, keys, LINES)
        return float(await connection.fetchval(_MESSAGES) - before) / (TALKS * LINES)
    finally:
        await connection.close()


def live() -> dict[str, float]:
    """Reads what a message and an idle connection cost from the rows of `make bench`."""
    rows = {each["name"]: each["value"] for each in json.loads(LIVE.read_text())}
    message = {part: rows[f"full/closed/{TALKING}/stored-0/cpu-{part}"] for part in PARTS}
    idle = next(value for name, value in rows.items() if re.fullmatch(r"full/resting/\d+/pss", name))
    return {**message, "idle_kb": idle}


def main() -> None:
    """Measures, or with `--page` only writes the page anew from what was measured before."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity")
    parser.add_argument("--times", type=int, default=400, help="how often each thing is done")
    parser.add_argument("--page", action="store_true", help="write the page from the figures that are there")
    arguments = parser.parse_args()
    if not arguments.page:
        with tempfile.TemporaryDirectory(prefix="parley-capacity-") as folder:
            found = asyncio.run(measure(Path(folder), arguments.times, lambda text: print(text, flush=True)))
        FIGURES.write_text(json.dumps(found, indent=1) + "\n")

    found = json.loads(FIGURES.read_text())
    PAGE.write_text(page(Measured.read(found, live()), ASSUMED))


if __name__ == "__main__":
    main()
