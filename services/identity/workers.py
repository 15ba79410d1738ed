"""What identity does in the background: what has run out goes every day, codes are mailed, proofs end."""

from __future__ import annotations

from functools import partial

from services.identity.actions import email_proofs
from services.identity.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs identity's jobs until cancelled."""
    runner = wiring.retention.runner()
    # A code that could not be mailed while it was good is not mailed later.
    runner.on(email_proofs.MAIL_JOB, partial(email_proofs.mail_code, wiring), attempts=6)
    runner.on(email_proofs.END_JOB, partial(email_proofs.end_proof, wiring), attempts=100)
    await runner.run()
