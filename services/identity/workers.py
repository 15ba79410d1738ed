"""What identity does in the background: what has run out goes, codes are mailed, proofs end, choices are heard."""

from __future__ import annotations

from functools import partial

from kernel.events import Consumer
from kernel.rpc.process import Background, Process
from services.identity.actions import closing, email_proofs, entry_links, recognition
from services.identity.actions.wiring import Wiring
from services.identity.store import metadata


async def run(wiring: Wiring) -> None:
    """Runs identity's jobs until cancelled."""
    runner = wiring.retention.runner()
    # A code that could not be mailed while it was good is not mailed later.
    runner.on(email_proofs.MAIL_JOB, partial(email_proofs.mail_code, wiring), attempts=6)
    runner.on(email_proofs.END_JOB, partial(email_proofs.end_proof, wiring), attempts=100)
    runner.on(entry_links.MAIL_JOB, partial(entry_links.mail_link, wiring), attempts=20)
    runner.on(closing.CLOSE_JOB, partial(closing.close_tenant, wiring), attempts=100)
    await runner.run()


def listeners(process: Process, wiring: Wiring) -> list[Background]:
    """Returns what follows the privacy service for whoever no longer wants to be remembered."""
    consumer = Consumer(
        "recognition",
        "privacy",
        {recognition.CHOICE_CHANGED: recognition.hear_choice},
        database=wiring.database,
        metadata=metadata,
        channels=process.channels("identity"),
        hints=process.hints,
        clock=process.clock,
    )
    return [consumer.run]
