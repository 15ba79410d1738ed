"""What the privacy service does in the background: records that have run out go every day."""

from __future__ import annotations

from services.privacy.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs the privacy service's jobs until cancelled."""
    await wiring.retention.runner().run()
