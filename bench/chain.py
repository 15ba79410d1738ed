"""What the bench needs of a chain: processes, a port, and conversations with both ends' tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Talkers(NamedTuple):
    """One conversation and the tokens of the two people in it."""

    conversation_id: str
    visitor: str
    operator: str


class Chain(Protocol):
    """Ours, or the bare one."""

    name: str
    #: The hosts at which a visitor and an operator open their sockets.
    hosts: tuple[str, str]
    port: int
    #: The roots of its processes, by name.
    processes: dict[str, int]

    async def start(self) -> None:
        """Starts it."""

    async def stop(self) -> None:
        """Stops it."""

    async def talkers(self, count: int) -> Sequence[Talkers]:
        """Returns open conversations, each with fresh tokens."""

    async def resting(self, count: int) -> Sequence[tuple[str, str]]:
        """Returns conversations and fresh tokens of visitors who only wait."""
