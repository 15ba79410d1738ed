"""What chat does in the background besides talking: conversations and records that have run out go every day."""

from __future__ import annotations

from services.chat.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs chat's jobs until cancelled."""
    await wiring.retention.runner().run()
