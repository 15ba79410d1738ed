"""Knows who is there: by the live connections of this replica, whose signs of life it writes down every few seconds.

What every replica wrote together says who is there, so that routing needs no replica to know of another one, and no
Redis. Somebody who works without a live connection gives signs of life by what they do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from kernel.clock import Clock
from kernel.errors import ParleyError
from kernel.identity import Actor
from kernel.telemetry import logs

#: How often signs of life are written; a lease is several times as long.
BEAT_SECONDS = 10.0
#: How often it is asked anew to which teams those belong who are there.
ASK_SECONDS = 60.0
RETRY_SECONDS = 1.0

_log = logs.get("chat")

#: Writes down, for one tenant, who was heard of when: by id, with the name of whoever has just come.
Write = Callable[[str, Mapping[str, datetime], Mapping[str, str]], Awaitable[None]]


class Presence:
    """Who of the staff is connected to this replica, and when each was last heard of."""

    def __init__(self, clock: Clock) -> None:
        """Takes what tells the time."""
        self._clock = clock
        self._lines: dict[tuple[str, str], dict[object, Callable[[], float]]] = {}
        #: Who did something without a connection, and when.
        self._deeds: dict[tuple[str, str], float] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._come: set[tuple[str, str]] = set()
        self._asked = 0.0
        self._wake = asyncio.Event()

    def open(self, actor: Actor, heard: Callable[[], float]) -> Callable[[], None]:
        """Counts a connection, whose last sign of life `heard` tells on the monotonic clock; returns how to end it."""
        key, line = (actor.tenant_id, actor.subject_id), object()
        self._lines.setdefault(key, {})[line] = heard
        self._names[key] = actor.display_name
        self._come.add(key)
        self._wake.set()

        def close() -> None:
            lines = self._lines.get(key)
            if lines is not None and line in lines:
                # What was heard last still counts, and is written with the next beat.
                self._deeds[key] = max(heard(), self._deeds.get(key, 0.0))
                del lines[line]
                if not lines:
                    del self._lines[key]
                    self._names.pop(key, None)
                    self._come.discard(key)

        return close

    def note(self, actor: Actor) -> None:
        """Notes that somebody of the staff did something, with a connection or without."""
        if actor.is_staff:
            self._deeds[actor.tenant_id, actor.subject_id] = time.monotonic()

    async def run(self, write: Write) -> None:
        """Writes down who is there until cancelled."""
        while True:
            delay = BEAT_SECONDS
            try:
                await self.beat(write)
            except ParleyError:
                delay = RETRY_SECONDS
            except Exception as error:  # noqa: BLE001  # Whoever is there must not look absent for what went wrong once.
                _log.error("signs of life could not be written", exc_info=error)
                delay = RETRY_SECONDS
            try:
                async with asyncio.timeout(delay):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def beat(self, write: Write) -> None:
        """Writes down once who is there."""
        heard, self._deeds = self._deeds, {}
        come, self._come = self._come, set()
        for key, lines in self._lines.items():
            heard[key] = max(heard.get(key, 0.0), *(last() for last in lines.values()))
        now, at = self._clock.now(), time.monotonic()
        if at - self._asked > ASK_SECONDS:
            self._asked, come = at, set(self._names)
        by_tenant: dict[str, dict[str, datetime]] = {}
        for (tenant_id, staff_id), moment in heard.items():
            by_tenant.setdefault(tenant_id, {})[staff_id] = now - timedelta(seconds=max(0.0, at - moment))
        try:
            for tenant_id, seen in by_tenant.items():
                names = {key[1]: self._names[key] for key in come if key[0] == tenant_id and key in self._names}
                await write(tenant_id, seen, names)
        except BaseException:
            # Nothing of it is lost: it is written with the next beat.
            self._deeds = heard | self._deeds
            self._come |= come
            raise
