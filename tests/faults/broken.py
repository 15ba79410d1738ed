"""Chat replicas that are broken on purpose, to show that the checker finds them: `python -m tests.faults.broken NAME`.

Each breaks one promise in the place where a careless change would break it, and is otherwise the real thing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from parley.chat.v1 import conversation_pb2

from kernel.rpc.process import run
from services.chat.__main__ import build
from services.chat.actions import following, writer
from services.chat.store import messages
from services.chat.store.messages import Appended


def ack_before_commit() -> None:
    """Acknowledges what has not been written yet, at the place where it would come to stand."""
    heads: dict[Any, int] = {}
    honest = writer.Writer.submit

    def submit(self: writer.Writer, tenant_id: Any, entry: Any, done: writer.Done) -> None:
        key = entry.conversation_id

        def later(result: Any) -> None:
            if isinstance(result, Appended):
                heads[key] = result.head

        if key in heads:
            heads[key] += 1
            done(Appended("fresh", heads[key], heads[key], self._clock.now(), entry.id))
            honest(self, tenant_id, entry, later)
            return

        def first(result: Any) -> None:
            later(result)
            done(result)

        honest(self, tenant_id, entry, first)

    writer.Writer.submit = submit  # type: ignore[method-assign]  # Breaking it is the point.


def order_by_clock() -> None:
    """Reads entries back in the order of their clocks, which differ between replicas."""
    honest = messages.list_messages
    skew = timedelta(milliseconds=700)

    async def list_messages(*arguments: Any) -> list[Any]:
        page = await honest(*arguments)
        return sorted(page, key=lambda entry: entry.create_time + skew * (entry.sequence % 2))

    messages.list_messages = list_messages  # type: ignore[assignment]  # Breaking it is the point.


def dropped_gap() -> None:
    """Passes an entry on although one before it is missing, and forgets what it left out."""

    def told(self: following.Following, head: int, message: conversation_pb2.Message | None) -> None:
        self.head = max(self.head, head)
        if message is not None and message.sequence > self.cursor and self._outlet.has_room():
            self.cursor = message.sequence
            # One entry in twenty gets lost on the way, as on a line without a cursor.
            if message.sequence % 20:
                self._outlet.message(message)

    following.Following.told = told  # type: ignore[method-assign]  # Breaking it is the point.


BUILDS: dict[str, Callable[[], None]] = {
    "ack-before-commit": ack_before_commit,
    "order-by-clock": order_by_clock,
    "dropped-gap": dropped_gap,
}

if __name__ == "__main__":
    BUILDS[sys.argv[1]]()
    run("chat", [build])
