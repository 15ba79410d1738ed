"""The load generator as the bench speaks to it: orders out, answers back, one at a time."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

from bench import processes


class Generator:
    """The process of the load."""

    def __init__(self, folder: Path) -> None:
        """Starts it."""
        self._process = processes.start("bench.load", environ={}, log=folder / "load.log", talks=True)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, order: str, **details: Any) -> dict[str, Any]:
        """Gives an order and returns what came of it; raises where it failed."""
        answer: dict[str, Any] = await asyncio.to_thread(self._ask, {"do": order, **details})
        if "error" in answer:
            raise RuntimeError(f"the load generator could not {order}: {answer['error']}")
        return answer

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator has ended; see its log")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """Ends it."""
        try:
            processes.stop(self._process)
        except subprocess.TimeoutExpired:
            self._process.kill()
