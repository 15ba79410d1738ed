"""What surveys do in the background: count batches, move contact details, refuse again, purge."""

from __future__ import annotations

from functools import partial

from services.survey.actions import answering, batches, contacts
from services.survey.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs the service's jobs until cancelled."""
    runner = wiring.retention.runner()
    runner.on(batches.JOB, partial(batches.seal_hourly, wiring), every=batches.HOURLY)
    runner.on(contacts.JOB, partial(contacts.move_waiting, wiring), every=contacts.EVERY)
    # It is never given up: what a minor submitted goes, however long a service is away.
    runner.on(answering.REFUSE_JOB, partial(answering.refuse_again, wiring), attempts=1_000_000)
    await runner.run()
