"""Makes sure that what a person said is shown to nobody before the reading was recorded and the seals were looked at.

A call or a frame whose access option says `recorded` runs with an expectation; `kernel.privacy.access` meets it, and
what would leave before that is stopped at the edge. A service that forgets to record cannot answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass


class UnrecordedRead(Exception):
    """An answer of a recorded call that nothing recorded; a fault of ours, and nothing was shown."""


@dataclass(slots=True)
class _Expectation:
    is_met: bool = False


# Work that a call starts inherits the expectation itself, not a copy, so that it can meet it from there.
_expected: ContextVar[_Expectation | None] = ContextVar("expected", default=None)


@contextmanager
def expected(*, recorded: bool) -> Iterator[None]:
    """Runs a call or a frame, whose answers may leave after a record only where it is `recorded`."""
    token = _expected.set(_Expectation() if recorded else None)
    try:
        yield
    finally:
        # A stream that its caller left is closed in another context than the one that it ran in.
        with suppress(ValueError):
            _expected.reset(token)


def met() -> None:
    """Says that the reading was recorded, or that the reader reads their own."""
    expectation = _expected.get()
    if expectation is not None:
        expectation.is_met = True


def check() -> None:
    """Raises UnrecordedRead where something is about to leave that nobody recorded."""
    expectation = _expected.get()
    if expectation is not None and not expectation.is_met:
        raise UnrecordedRead("a recorded call answers without a record")
