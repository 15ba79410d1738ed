"""`parley up`: two commands are all, side by side, and nothing is left when they end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from tests.command import READY, Command, Demo, complaints, free_port, processes, running, until_no_process
from tests.platform import free_ports


async def ask(run: Command, host: str, method: str, path: str, **request: Any) -> httpx.Response:
    """Asks a host of a running platform; its name leads to loopback in browsers, and here by the header."""
    headers = {"host": f"{host}.localhost:{run.port}", **request.pop("headers", {})}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{run.port}") as client:
        return await client.request(method, path, headers=headers, **request)


async def sign_in(run: Command, demo: Demo, login: str) -> str:
    """Signs somebody in at the console, and returns an access token."""
    account, origin = demo.account("fern", login), demo.origin("console")
    form = {name: account[name] for name in ("tenant", "email", "password")}
    signed_in = await ask(run, "console", "POST", "/session", json=form, headers={"origin": origin})
    assert signed_in.status_code == 200
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    answer = await ask(run, "console", "GET", "/session", headers={"cookie": cookie})
    return str(answer.json()["accessToken"])


async def closed(run: Command, token: str) -> list[tuple[str, str]]:
    """Returns the conversations that somebody has served, by id and name."""
    headers = {"authorization": f"Bearer {token}"}
    answer = await ask(run, "api", "GET", "/v1/conversations?view=INBOX_VIEW_CLOSED", headers=headers)
    return [(each["id"], each.get("displayName", "")) for each in answer.json()["conversations"]]


def console_of(run: Command) -> str:
    """Returns the console's origin where there is no demo to tell it."""
    return f"http://console.localhost:{run.port}"


def mode(path: Path) -> int:
    """Returns who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


async def test_two_run_side_by_side_end_without_a_trace_and_keep_their_data(tmp_path: Path) -> None:
    first, second = tmp_path / "first one", tmp_path / "second one"
    async with running("up", "--demo", data_dir=first) as one, running("up", data_dir=second) as other:
        await asyncio.gather(one.until(READY), other.until(READY))
        assert [mode(folder) for folder in (first, second)] == [0o700, 0o700]
        assert mode(first / "demo.json") == 0o600
        assert not (second / "demo.json").exists()
        demo = Demo.read(first)
        for run in (one, other):
            assert (await ask(run, "api", "GET", "/readyz")).status_code == 200
        before = await closed(one, await sign_in(one, demo, "maria"))
        # One of the demo's visitors gave no name.
        assert {name for _, name in before} == {"", "Lena", "李小龍 (Lee)"}
        # The same person is nobody on the other one.
        form = {"tenant": "fern", "email": "maria@fern.example", "password": demo.account("fern", "maria")["password"]}
        refused = await ask(other, "console", "POST", "/session", json=form, headers={"origin": console_of(other)})
        assert refused.status_code == 401

        # A third one cannot have the port of the first, and says which and what to do.
        async with running("up", "--demo", data_dir=tmp_path / "third", port=one.port) as third:
            assert await third.ended() == 1
            assert third.output.strip().splitlines()[-1] == (
                f"parley: port {one.port} is taken; choose another one, for example PARLEY_PORT=8500 make run"
            )
            assert processes(tmp_path / "third") == {}

        # The terminal's Ctrl-C reaches the whole group; TERM reaches the command alone.
        codes = list(await asyncio.gather(one.stop(signal.SIGINT, group=True), other.stop(signal.SIGTERM)))
        assert codes == [0, 0]
    for folder in (first, second):
        await until_no_process(folder)
        assert complaints(folder) == []

    async with running("up", "--demo", data_dir=first, port=one.port) as again:
        await again.until(READY)
        assert "Seeding" not in again.output
        assert Demo.read(first).document["tenants"] == demo.document["tenants"]
        assert await closed(again, await sign_in(again, demo, "maria")) == before
        # Whatever ends the command, what it started does not outlive it.
        os.kill(again.process.pid, signal.SIGKILL)
        await again.ended()
        await until_no_process(first, seconds=30)


async def test_a_part_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    data_dir = tmp_path / "killed"
    # The services and the gateway take two that follow each other.
    metrics = next(first for first, second in pairwise(free_ports(8)) if second == first + 1)
    async with running("up", data_dir=data_dir, settings={"PARLEY_METRICS_PORT": str(metrics)}) as run:
        await run.until(READY)
        for name, port in (("all", metrics), ("gateway", metrics + 1)):
            (pid,) = (pid for pid, words in processes(data_dir).items() if words.endswith(f"serve {name}"))
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"http://127.0.0.1:{port}/metrics")).status_code == 200
            if name == "gateway" and Path("/proc").is_dir():
                # Who faces strangers holds no key to the database.
                assert b"postgresql://" not in Path(f"/proc/{pid}/environ").read_bytes()
            os.kill(pid, signal.SIGKILL)
            await run.until(f"The {'services' if name == 'all' else name} process ended by itself")
            async with asyncio.timeout(60):
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        if (await ask(run, "api", "GET", "/readyz")).status_code == 200:
                            break
                    await asyncio.sleep(0.1)
        os.kill(int((data_dir / "engines/postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        await run.until("PostgreSQL ended by itself and was started again")
        form, origin = {"tenant": "nobody", "email": "nobody@parley.example", "password": "x"}, console_of(run)
        async with asyncio.timeout(60):
            while True:
                refused = await ask(run, "console", "POST", "/session", json=form, headers={"origin": origin})
                if refused.status_code == 401:
                    break
                await asyncio.sleep(0.5)
        assert await run.stop(signal.SIGTERM) == 0
    await until_no_process(data_dir)


async def test_a_start_that_is_interrupted_leaves_no_process(tmp_path: Path) -> None:
    data_dir = tmp_path / "an interrupted start"
    async with running("up", data_dir=data_dir, port=free_port()) as run:
        await run.until("Starting the services")
        assert await run.stop(signal.SIGINT, group=True) == 0
        await until_no_process(data_dir)
