"""What chat does in the background besides talking.

Conversations and records that have run out go every day, and files are examined, and removed with their records.
What waits is given out; what somebody answered who went silent, or may not answer any more, goes back to the queue.
Copies are put together and mailed, answers go to visitors who left and come back by mail, and how conversations went
is added up.
"""

from __future__ import annotations

from functools import partial

from kernel.events import Consumer
from kernel.events.inbox import Handle
from kernel.files import EXAMINE_ATTEMPTS
from kernel.identity.revocations import STAFF_CHANGED
from kernel.mail import arrivals
from kernel.rpc.process import Background, Process
from services.chat.actions import (
    attachments,
    exports,
    mail_in,
    mail_out,
    operators,
    ratings,
    routing,
    transcript_mails,
)
from services.chat.actions.announcements import MEASURED
from services.chat.actions.moving import LEASE_JOB, OFFER_JOB, RELEASE_JOB, ROUTE_JOB
from services.chat.actions.reports import hear_measured
from services.chat.actions.wiring import Wiring
from services.chat.store.tables import metadata

#: Nobody is forgotten because a service was away for long.
_NEVER_GIVEN_UP = 1_000_000


async def run(wiring: Wiring) -> None:
    """Runs chat's jobs until cancelled."""
    runner = wiring.retention.runner()
    # One attempt more than the action counts, so that its last word is written.
    runner.on(attachments.EXAMINE, partial(attachments.examine, wiring), attempts=EXAMINE_ATTEMPTS + 1)
    wiring.removals.on(runner)
    runner.on(ROUTE_JOB, partial(routing.route, wiring))
    runner.on(LEASE_JOB, partial(routing.end_lease, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(RELEASE_JOB, partial(routing.release, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(OFFER_JOB, partial(routing.end_offer, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(exports.JOB, partial(exports.collect, wiring))
    runner.on(transcript_mails.JOB, partial(transcript_mails.send, wiring), attempts=transcript_mails.ATTEMPTS)
    runner.on(mail_out.JOB, partial(mail_out.send, wiring), attempts=mail_out.ATTEMPTS + 1)
    runner.on(arrivals.JOB, partial(mail_in.read, wiring), attempts=arrivals.ATTEMPTS)
    runner.on(ratings.JOB, partial(ratings.count_rating, wiring), attempts=_NEVER_GIVEN_UP)
    runner.on(mail_in.LATE_JOB, partial(mail_in.tell_late, wiring), attempts=6)
    await runner.run()


def listeners(process: Process, wiring: Wiring) -> list[Background]:
    """Returns what follows the staff's accounts and chat's own events, and what writes down who is there."""
    heard: list[tuple[str, str, dict[str, Handle]]] = [
        ("staff of identity", "identity", {STAFF_CHANGED: partial(routing.hear_staff, wiring)}),
        ("reports", "chat", {MEASURED.name: hear_measured}),
    ]
    consumers = [
        Consumer(
            name,
            peer,
            handlers,
            database=wiring.database,
            metadata=metadata,
            channels=process.channels("chat"),
            hints=process.hints,
            clock=process.clock,
        )
        for name, peer, handlers in heard
    ]
    return [
        *(each.run for each in consumers),
        lambda: wiring.presence.run(partial(operators.write_presence, wiring)),
    ]
