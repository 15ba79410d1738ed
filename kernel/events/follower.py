"""Shows one process every new event of a peer, from a moment ago on, without keeping anything.

It is for what every process must know, such as what was revoked; what a service must do once is a Consumer's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from parley.events.v1 import events_pb2, events_pb2_grpc

from kernel.clock import Clock
from kernel.errors import ParleyError
from kernel.events.inbox import PAGE, POLL_SECONDS
from kernel.events.types import topic_of
from kernel.hints import Hints, wait
from kernel.rpc.channels import Channels
from kernel.telemetry import logs

_log = logs.get("events")
_FURTHEST = 1 << 62


class Follower:
    """Follows one peer's events in this process."""

    def __init__(
        self,
        peer: str,
        show: Callable[[events_pb2.Event], None],
        *,
        kinds: Collection[str],
        back: timedelta,
        channels: Channels,
        hints: Hints,
        clock: Clock,
    ) -> None:
        """Takes the peer's name, what to call with each event, and how far back from now to begin.

        An event of one of the `kinds` is shown at once; of others within seconds.
        """
        self._peer = peer
        self._show = show
        self._back = back
        self._stub = events_pb2_grpc.EventServiceStub(channels.of(peer))
        self._channels = channels
        self._clock = clock
        self._hinted = hints.listen(*(topic_of(peer, kind) for kind in kinds))
        self._cursor: int | None = None
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Shows events as they come, until cancelled; `caught_up` is set once it has seen all there were."""
        while True:
            self._hinted.clear()
            try:
                more = await self.catch_up()
            except ParleyError:
                more = False  # The peer is away or not ready; it is asked again.
            except Exception as error:  # noqa: BLE001 - It must go on when whatever was wrong is over.
                _log.error("follower failed", peer=self._peer, exc_info=error)
                more = False
            if not more:
                await wait(self._hinted, POLL_SECONDS)

    async def catch_up(self) -> bool:
        """Shows one page of what is new; says whether there may be more."""
        if self._cursor is None:
            self._cursor = await self._begin(self._clock.now() - self._back)
        page = await self._list(self._cursor, PAGE)
        for event in page.events:
            self._show(event)
        self._cursor = page.next
        more = len(page.events) >= PAGE
        if not more:
            self.caught_up.set()
        return more

    async def _begin(self, moment: datetime) -> int:
        """Finds, by halving, a cursor after which lies everything that happened since a moment."""
        if not await self._is_before(0, moment):
            return 0
        low, step = 0, 1
        while low + step < _FURTHEST and await self._is_before(low + step, moment):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if await self._is_before(middle, moment):
                low = middle
            else:
                high = middle
        return high

    async def _is_before(self, cursor: int, moment: datetime) -> bool:
        """Says whether the event after a cursor happened before a moment; at the end there is none that did."""
        page = await self._list(cursor, 1)
        return bool(page.events) and page.events[0].time.ToDatetime(UTC) < moment

    async def _list(self, after: int, size: int) -> events_pb2.ListEventsResponse:
        request = events_pb2.ListEventsRequest(after=after, page_size=size)
        page: events_pb2.ListEventsResponse = await self._channels.call(self._stub.ListEvents, request)
        return page
