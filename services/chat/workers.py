"""What chat does in the background besides talking.

Conversations and records that have run out go every day, and files are examined, and removed with their records.
What waits is given out; what somebody answered who went silent, or may not answer any more, goes back to the queue.
"""

from __future__ import annotations

from functools import partial

from kernel.events import Consumer
from kernel.identity.revocations import STAFF_CHANGED
from kernel.rpc.process import Background, Process
from services.chat.actions import attachments, operators, routing
from services.chat.actions.moving import LEASE_JOB, OFFER_JOB, RELEASE_JOB, ROUTE_JOB
from services.chat.actions.wiring import Wiring
from services.chat.store.tables import metadata

#: Nobody is forgotten because a service was away for long.
_NEVER_GIVEN_UP = 1_000_000


async def run(wiring: Wiring) -> None:
    """Runs chat's jobs until cancelled."""
    runner = wiring.retention.runner()
    # One attempt more than the action counts, so that its last word is written.
    runner.on(attachments.EXAMINE, partial(attachments.examine, wiring), attempts=attachments.ATTEMPTS + 1)
    wiring.removals.on(runner)
    runner.on(ROUTE_JOB, partial(routing.route, wiring))
    runner.on(LEASE_JOB, partial(routing.end_lease, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(RELEASE_JOB, partial(routing.release, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(OFFER_JOB, partial(routing.end_offer, wiring), attempts=_NEVER_GIVEN_UP)
    await runner.run()


def listeners(process: Process, wiring: Wiring) -> list[Background]:
    """Returns what follows the staff's accounts, and what writes down who is there."""
    consumer = Consumer(
        "staff of identity",
        "identity",
        {STAFF_CHANGED: partial(routing.hear_staff, wiring)},
        database=wiring.database,
        metadata=metadata,
        channels=process.channels("chat"),
        hints=process.hints,
        clock=process.clock,
    )
    return [consumer.run, lambda: wiring.presence.run(partial(operators.write_presence, wiring))]
