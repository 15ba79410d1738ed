"""Some HTTP clients that ask for pages over connections that stay open, in a process of their own.

`python -m bench.readers` reads a plan from standard input and prints what came back. A client is as little as one can
be: it finds the end of an answer by its length, and looks at its status.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from kernel import egress

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How often was asked, how long it took, how large what came back was, and with which statuses it came."""

    requests: int
    seconds: float
    bytes: int
    statuses: dict[str, int]
    median_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """How many were answered in a second."""
        return self.requests / self.seconds


class _Client(asyncio.Protocol):
    """One connection, which asks again as soon as it has its answer."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done
        self._transport: Any = None
        self._head, self._missing, self._size = b"", -1, 0
        self._began = 0.0
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the gateway has closed a connection"))

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._head += data
            head, end, rest = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            found = _LENGTH.search(head)
            self._missing = int(found[1]) if found else 0
            self.statuses[head[9:12].decode("ascii")] += 1
            self.bytes += self._missing
            self._head, data = b"", rest
        self._missing -= len(data)
        if self._missing <= 0:
            self._missing = -1
            self.times.append(time.perf_counter() - self._began)
            self._ask()


async def ask(port: int, requests: Iterator[bytes], clients: int) -> Asked:
    """Sends requests, one after another on each of so many connections, until there are no more."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = []
    for _ in range(clients):
        done: asyncio.Future[None] = loop.create_future()
        _, client = await loop.create_connection(lambda done=done: _Client(requests, done), "127.0.0.1", port)  # type: ignore[misc]  # It is called at once.
        made.append((client, done))
    await asyncio.gather(*(done for _, done in made))
    seconds = time.perf_counter() - began
    times = sorted(each for client, _ in made for each in client.times)
    return Asked(
        requests=len(times),
        seconds=seconds,
        bytes=sum(client.bytes for client, _ in made),
        statuses=dict(sum((client.statuses for client, _ in made), Counter())),
        median_ms=statistics.median(times) * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
    )


def gets(host: str, paths: list[str], seconds: float) -> Iterator[bytes]:
    """Asks for some pages in turn for so many seconds."""
    requests = [f"GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\n\r\n".encode() for path in paths]
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        yield requests[number % len(requests)]
        number += 1


def replies(host: str, origin: str, plan: list[tuple[str, str, str]]) -> Iterator[bytes]:
    """Sends replies: to which path, with which cookie, and what is said."""
    for path, cookie, body in plan:
        yield (
            f"POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\ncookie: {cookie}\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode("ascii")


def main() -> None:
    """Reads a plan, carries it out, and prints what was found."""
    plan = json.load(sys.stdin)
    if "paths" in plan:
        requests = gets(plan["host"], plan["paths"], plan["seconds"])
    else:
        requests = replies(plan["host"], plan["origin"], plan["replies"])
    with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(ask(plan["port"], requests, plan["clients"])))))


if __name__ == "__main__":
    main()
