"""What chat does in the background besides talking.

Conversations and records that have run out go every day, and files are examined, and removed with their records.
"""

from __future__ import annotations

from functools import partial

from services.chat.actions import attachments
from services.chat.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs chat's jobs until cancelled."""
    runner = wiring.retention.runner()
    # One attempt more than the action counts, so that its last word is written.
    runner.on(attachments.EXAMINE, partial(attachments.examine, wiring), attempts=attachments.ATTEMPTS + 1)
    wiring.removals.on(runner)
    await runner.run()
