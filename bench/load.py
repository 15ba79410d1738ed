"""The load generator: a process of its own, so that what it costs is known and is not the servers'.

It takes one order a line as JSON on its standard input, and answers each with one line, when it is done. The messages
are bytes made beforehand; a message is written, found again by its id on the other side, and timed.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import uvloop

from bench import frames
from bench.client import Client

CONNECT_AT_ONCE = 64
_DRAIN_SECONDS = 5.0
_TFD_NONBLOCK, _TFD_TIMER_ABSTIME, _CLOCK_MONOTONIC = 0o4000, 1, 1


class Talk:
    """One conversation: a visitor and an operator who answer each other."""

    __slots__ = ("closed_loop", "ends", "halves", "load", "said")

    def __init__(self, load: Load, number: int, conversation_id: str) -> None:
        """Takes a number that no other one had before it: an id that was used once would be taken for a retry."""
        self.load = load
        self.halves = frames.post(conversation_id)
        self.said = number << 32
        self.ends: tuple[Client, Client]
        self.closed_loop = False

    def say(self, side: int, since: float) -> None:
        """Lets one side say something and the other one wait for it."""
        self.said += 1
        name = b"%016x" % self.said
        self.ends[1 - side].waits.append((name, since))
        self.ends[side].transport.write(self.halves[0] + name + self.halves[1])
        self.load.sent += 1

    def heard(self, client: Client, since: float) -> None:
        """Notes that a message has arrived, and answers it where the loop is closed."""
        now = time.perf_counter()
        self.load.took.append(now - since)
        if self.closed_loop:
            self.say(0 if client is self.ends[0] else 1, now)


class Timer:
    """Calls back at exact moments: a loop's own timers are as coarse as a millisecond."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Opens a timer of the kernel."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.handle: int = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK)
        if self.handle < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._setting = (ctypes.c_int64 * 4)()
        self._loop = loop

    def set(self, moment: float) -> None:
        """Wakes at a moment of `time.perf_counter`, which on Linux is the monotonic clock."""
        self._setting[2] = int(moment)
        self._setting[3] = max(1, int((moment - int(moment)) * 1e9))
        self._libc.timerfd_settime(self.handle, _TFD_TIMER_ABSTIME, self._setting, None)

    def close(self) -> None:
        """Closes it."""
        self._loop.remove_reader(self.handle)
        os.close(self.handle)


class Load:
    """Everything that the generator holds."""

    def __init__(self) -> None:
        """Holds nothing yet."""
        self.talks: list[Talk] = []
        self.others: list[Client] = []
        self.took: list[float] = []
        self.sent = 0
        self._opened = 0
        self._loop = asyncio.get_running_loop()

    async def _connect(self, port: int, host: str, first: bytes, answers: int, talk: Talk | None = None) -> Client:
        client = Client(talk.heard if talk else _nobody, first, host, answers)
        await self._loop.create_connection(lambda: client, "127.0.0.1", port)
        await asyncio.wait_for(client.ready, 30)
        return client

    # What the bench may ask for.

    async def talk(self, *, port: int, hosts: Sequence[str], pairs: Sequence[Sequence[str]]) -> dict[str, Any]:
        """Opens both ends of conversations: each of them is an id, the visitor's token and the operator's."""
        turns = asyncio.Semaphore(CONNECT_AT_ONCE)

        async def opened(number: int, conversation_id: str, *tokens: str) -> Talk:
            talk = Talk(self, number, conversation_id)
            async with turns:
                visitor, operator = [
                    await self._connect(
                        port, host, frames.authenticate(token) + frames.subscribe(conversation_id), 2, talk
                    )
                    for host, token in zip(hosts, tokens, strict=True)
                ]
            talk.ends = visitor, operator
            return talk

        first, self._opened = self._opened, self._opened + len(pairs)
        self.talks = list(await asyncio.gather(*(opened(first + at, *pair) for at, pair in enumerate(pairs))))
        gc.collect()
        gc.freeze()
        return {"opened": len(self.talks)}

    async def rest(self, *, port: int, host: str, channels: Sequence[Sequence[str]]) -> dict[str, Any]:
        """Opens sockets that then say nothing: each of them is a conversation's id and a token."""
        turns = asyncio.Semaphore(CONNECT_AT_ONCE)

        async def opened(conversation_id: str, token: str) -> Client:
            async with turns:
                return await self._connect(
                    port, host, frames.authenticate(token) + frames.subscribe(conversation_id), 2
                )

        self.others += await asyncio.gather(*(opened(*channel) for channel in channels))
        return {"opened": len(self.others)}

    async def watch(self, *, port: int, host: str, tokens: Sequence[str]) -> dict[str, Any]:
        """Opens sockets that follow the inbox."""
        turns = asyncio.Semaphore(CONNECT_AT_ONCE)

        async def opened(token: str) -> Client:
            async with turns:
                return await self._connect(port, host, frames.authenticate(token) + frames.subscribe_inbox(), 1)

        self.others += await asyncio.gather(*(opened(token) for token in tokens))
        return {"opened": len(self.others)}

    async def closed(self, *, talks: int, warm: float, seconds: float) -> dict[str, Any]:
        """Keeps so many conversations talking, each side answering what it hears, and counts."""
        using = self.talks[:talks]
        self.took, total = [], 0
        for talk in using:
            talk.closed_loop = True
            talk.say(0, time.perf_counter())
        await asyncio.sleep(warm)
        total, self.took = len(self.took), []
        started = time.perf_counter()
        await asyncio.sleep(seconds)
        took, self.took = self.took, []
        lasted = time.perf_counter() - started
        for talk in using:
            talk.closed_loop = False
        await self._drained(using)
        total += len(took) + len(self.took)
        return _figures(took) | {"rate": len(took) / lasted, "total": total} | self._troubles(using)

    async def open(self, *, talks: int, rate: float, warm: float, seconds: float, seed: int) -> dict[str, Any]:
        """Says so many messages a second whatever happens to them, and times each from when it was due."""
        using, chance = self.talks[:talks], random.Random(seed)
        timer, done = Timer(self._loop), self._loop.create_future()
        started = time.perf_counter() + 0.01
        due, end, number, measured = started, started + warm + seconds, 0, 0
        self.took = []

        def tick() -> None:
            nonlocal due, number, measured
            now = time.perf_counter()
            while due <= now:
                if due >= end:
                    if not done.done():
                        done.set_result(None)
                    return
                if not measured and due >= started + warm:
                    # What was still under way from the warm-up is timed like everything else.
                    measured = number
                    self.took.clear()
                using[number % talks].say((number // talks) & 1, due)
                number += 1
                due += chance.expovariate(rate)
            timer.set(due)

        def woken() -> None:
            os.read(timer.handle, 8)
            tick()

        self._loop.add_reader(timer.handle, woken)
        timer.set(started)
        await done
        lasted = time.perf_counter() - started - warm
        timer.close()
        await self._drained(using)
        took, self.took = self.took, []
        return _figures(took) | {"rate": (number - measured) / lasted, "total": number} | self._troubles(using)

    async def starts(
        self, *, port: int, host: str, token: str, notice_id: str, count: int, rate: float
    ) -> dict[str, Any]:
        """Starts conversations by HTTP, so many a second, and times each until it is on every watcher's screen."""
        sent: dict[bytes, float] = {}
        took: list[float] = []
        last: dict[bytes, float] = {}

        def shown(frame: bytes) -> None:
            at = frame.find(b"/bench/")
            name = frame[at + 7 : at + 13] if at >= 0 else b""
            if name in sent:
                elapsed = time.perf_counter() - sent[name]
                took.append(elapsed)
                last[name] = elapsed

        for watcher in self.others:
            watcher.inbox = shown
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(count):
            began = time.perf_counter()
            name = b"%06d" % number
            body = json.dumps(
                {"displayName": "", "noticeId": notice_id, "language": "en", "pagePath": f"/bench/{name.decode()}"}
            ).encode()
            head = (
                f"POST /v1/conversations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            sent[name] = time.perf_counter()
            writer.write(head.encode() + body)
            await _answered(reader)
            await asyncio.sleep(max(0.0, began + 1 / rate - time.perf_counter()))
        await _until(lambda: len(took) >= count * len(self.others))
        writer.close()
        return {
            **_figures(took),
            "last": _figures(list(last.values())),
            "missing": count * len(self.others) - len(took),
        }

    async def lost(self) -> dict[str, Any]:
        """Tells which sockets have ended, when and how: of each talk's two ends."""
        return {
            "lost": [
                [number, side, client.lost_at, client.close_code]
                for number, talk in enumerate(self.talks)
                for side, client in enumerate(talk.ends)
                if client.lost_at
            ]
        }

    async def close(self) -> dict[str, Any]:
        """Closes every socket."""
        for client in [*self.others, *(end for talk in self.talks for end in talk.ends)]:
            client.transport.close()
        self.talks, self.others = [], []
        await asyncio.sleep(0.2)
        return {}

    async def _drained(self, using: Sequence[Talk]) -> None:
        await _until(lambda: not any(end.waits for talk in using for end in talk.ends))

    def _troubles(self, using: Sequence[Talk]) -> dict[str, Any]:
        ends = [end for talk in using for end in talk.ends]
        missing = sum(len(end.waits) for end in ends)
        for end in ends:
            end.waits.clear()
        return {
            "missing": missing,
            "refused": sorted({end.refusal for end in ends if end.refusal}),
            "closed": sum(1 for end in ends if end.lost_at),
        }


def _nobody(client: Client, since: float) -> None:
    """Hears of messages that nobody waits for: there are none."""


async def _until(true: Callable[[], bool]) -> None:
    # An event would have to be set for every message, which would cost the generator more than to look now and then.
    deadline = time.perf_counter() + _DRAIN_SECONDS
    while not true() and time.perf_counter() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _answered(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise ConnectionError(head.partition(b"\r\n")[0].decode())
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0].partition(b":")[2]))


def _figures(took: list[float]) -> dict[str, Any]:
    took.sort()
    if not took:
        return {"count": 0, "p50": float("nan"), "p99": float("nan")}
    return {"count": len(took), "p50": took[len(took) // 2], "p99": took[min(len(took) - 1, len(took) * 99 // 100)]}


async def _serve() -> None:
    load, loop = Load(), asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.buffer.readline)
        if not line:
            return
        order = json.loads(line)
        try:
            answer = await getattr(load, order.pop("do"))(**order)
        except Exception as error:  # noqa: BLE001  # The bench is told, and decides.
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
