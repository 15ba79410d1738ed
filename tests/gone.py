"""Says what of a kind is still in this process, without the collector's help."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collector(*kinds: type) -> Iterator[Remains]:
    """Lets nothing be collected meanwhile; yields what counts the objects of these kinds that came since."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield Remains(kinds)
    finally:
        if was_on:
            gc.enable()


class Remains:
    """What is there of some kinds beyond what was there at the start."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        """Notes what is there now, and holds it, so that nothing new can be taken for it."""
        self._kinds = kinds
        self._old = self._there()
        self._places = {id(each) for each in self._old}

    def _there(self) -> list[object]:
        return [each for each in gc.get_objects() if isinstance(each, self._kinds)]

    @property
    def since(self) -> dict[str, int]:
        """How many of each kind came since and are still there."""
        return dict(Counter(type(each).__name__ for each in self._there() if id(each) not in self._places))

    async def none(self, seconds: float = 10.0) -> None:
        """Waits until nothing is left of what came since; fails with what is."""
        try:
            async with asyncio.timeout(seconds):
                # The last reference goes with a task or a handle of the loop, which tells nobody.
                while self.since:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"left for the collector: {self.since}") from None
