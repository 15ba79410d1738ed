"""A process that cannot get the keys by which it verifies tokens says so, and goes on asking."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.identity import KeyRing
from kernel.rpc import server
from kernel.rpc.server import cancel, follow_keys
from kernel.telemetry import logs

RAW = Ed25519PrivateKey.generate().public_key().public_bytes_raw()


@pytest.mark.parametrize(("quiet", "said"), [(0.0, 1), (60.0, 0)], ids=["for long", "at a start"])
async def test_keys_that_do_not_come_are_said_once_and_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], quiet: float, said: int
) -> None:
    logs.configure("test")
    monkeypatch.setattr(server, "KEYS_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(server, "KEYS_QUIET_SECONDS", quiet)
    ring, asked = KeyRing(), 0

    async def fetch() -> Mapping[str, bytes]:
        nonlocal asked
        asked += 1
        if asked < 5:
            raise ConnectionError("canary")
        return {"one": RAW}

    following = asyncio.create_task(follow_keys(ring, fetch))
    async with asyncio.timeout(10):
        await ring.filled.wait()
    await cancel([following])
    log = capfd.readouterr().err
    assert log.count("signing keys do not come") == said
    assert "canary" not in log
