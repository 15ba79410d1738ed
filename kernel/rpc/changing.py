"""A channel behind which another one is opened now and then: new calls take the new one, and old ones finish.

It knows how to change over and nothing of when: whoever inherits from it says which channel is the one for now.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import grpc
import grpc.aio

#: For how long a stream may go on that was opened on the channel before.
_LONGEST_CALL_SECONDS = 3600.0


class ChangingChannel(grpc.aio.Channel):
    """What all channels share that are opened anew; generated stubs take it for any other channel."""

    def __init__(self, first: grpc.aio.Channel) -> None:
        """Takes the channel to begin with."""
        self._channel = first
        self._closing: set[asyncio.Task[None]] = set()

    @property
    @abstractmethod
    def now(self) -> grpc.aio.Channel:
        """The channel for the next call."""

    def _change(self, channel: grpc.aio.Channel) -> None:
        """Takes another channel from the next call on; the one before is closed when its last call has ended."""
        task = asyncio.create_task(self._channel.close(_LONGEST_CALL_SECONDS))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._channel = channel

    async def __aenter__(self) -> Self:
        """Begins nothing; a channel opens with its first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes it."""
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Closes it, and those that were left to their last calls."""
        for task in tuple(self._closing):
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Returns the state of the channel for the next call."""
        return self.now.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits for another state of the channel for the next call."""
        await self.now.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until the channel for the next call is ready."""
        await self.now.channel_ready()

    def unary_unary(self, *arguments: Any, **named: Any) -> Any:
        """Returns what makes such a call."""
        return self._each("unary_unary", arguments, named)

    def unary_stream(self, *arguments: Any, **named: Any) -> Any:
        """Returns what makes such a call."""
        return self._each("unary_stream", arguments, named)

    def stream_unary(self, *arguments: Any, **named: Any) -> Any:
        """Returns what makes such a call."""
        return self._each("stream_unary", arguments, named)

    def stream_stream(self, *arguments: Any, **named: Any) -> Any:
        """Returns what makes such a call."""
        return self._each("stream_stream", arguments, named)

    def _each(self, kind: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Callable[..., Any]:
        made: list[tuple[grpc.aio.Channel, Any]] = []

        def call(*given: Any, **options: Any) -> Any:
            channel = self.now
            if not made or made[0][0] is not channel:
                made[:] = [(channel, getattr(channel, kind)(*arguments, **named))]
            return made[0][1](*given, **options)

        return call
