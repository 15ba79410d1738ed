"""Keeps Python's collector of cycles from stopping a process for long.

It knows no service. Whatever a process has loaded and wired when it starts to serve stays until the end, so that to
look through it again and again finds nothing and holds up whoever waits for an answer meanwhile.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: How many more objects were made than freed before the young ones are looked through, and how often the older ones
#: are. A batch of the live path makes thousands that are gone a moment later, without any cycle.
THRESHOLDS = (5_000, 10, 5)


@contextmanager
def resting() -> Iterator[None]:
    """Does not look while modules are loaded: all of them stay, and looking takes a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Leaves what is there now out of all further collections, and lets these come less often."""
    gc.collect()
    gc.freeze()
    # Old objects are looked through when a quarter as many have come as the last look left: what is frozen would count
    # for ever, and tens of thousands of dead ones would have to come together first.
    gc.collect()
    gc.set_threshold(*THRESHOLDS)
