"""What identity does in the background: sessions, credentials and records that have run out go every day."""

from __future__ import annotations

from services.identity.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs identity's jobs until cancelled."""
    await wiring.retention.runner().run()
