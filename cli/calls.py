"""Runs every service for a command that calls them, and for nobody and nothing else."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from cli.builds import builds
from kernel.config import SERVICES, Config
from kernel.rpc.channels import Channels
from kernel.rpc.process import Process, Running


@asynccontextmanager
async def services_for_calls(config: Config) -> AsyncIterator[tuple[Process, Channels]]:
    """Runs all services on free ports of loopback, without what they do by themselves; yields channels to them."""
    addresses = {name: (f"127.0.0.1:{port}",) for name, port in zip(SERVICES, _free_ports(), strict=True)}
    process = Process(replace(config, listen="", reflection=False).with_addresses(addresses))
    running = Running(process, builds(), background=False)
    await running.start()
    try:
        yield process, process.channels("identity")
    finally:
        await running.stop()


def _free_ports() -> list[int]:
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in SERVICES]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]
