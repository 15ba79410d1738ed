"""What communities do in the background: mail codes, end what was begun, purge."""

from __future__ import annotations

from functools import partial

from services.community.actions import accounts
from services.community.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs the service's jobs until cancelled."""
    runner = wiring.retention.runner()
    runner.on(accounts.MAIL_JOB, partial(accounts.mail_code, wiring))
    runner.on(accounts.END_JOB, partial(accounts.end_pending, wiring))
    await runner.run()
