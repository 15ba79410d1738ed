"""What the privacy service does in the background: what people asked is carried out, what others tell is entered."""

from __future__ import annotations

from functools import partial

from kernel.events import Consumer, Together
from kernel.events.inbox import Handle
from kernel.jobs import Runner
from kernel.mail import arrivals
from kernel.privacy.access import RECORDED
from kernel.privacy.retention import DAILY, PURGED
from kernel.rpc.process import Background, Process
from services.privacy.actions import (
    browser_log,
    feedback,
    holds,
    ledger,
    mail_in,
    refusals,
    requests,
    retention,
    telling,
)
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.requests import HOLDERS
from services.privacy.domain.webhooks import CATALOGUE
from services.privacy.store import metadata


async def run(wiring: Wiring) -> None:
    """Runs the privacy service's jobs until cancelled."""
    runner = wiring.retention.runner()
    runner.on(requests.CARRY_JOB, partial(requests.carry_out, wiring), attempts=requests.ATTEMPTS)
    runner.on(requests.UNSEAL_JOB, partial(requests.take_seals_away, wiring), attempts=requests.ATTEMPTS)
    runner.on(requests.DUE_JOB, partial(requests.note_overdue, wiring))
    runner.on(holds.SEAL_JOB, partial(holds.carry_out, wiring), attempts=holds.ATTEMPTS)
    runner.on(ledger.NOTE_JOB, partial(ledger.note_head, wiring))
    runner.on(ledger.PURGE_JOB, partial(ledger.purge_daily, wiring), every=DAILY)
    runner.on(browser_log.SHORTEN_JOB, partial(browser_log.shorten_daily, wiring), every=DAILY)
    runner.on(feedback.DUE_JOB, partial(feedback.note_overdue, wiring))
    runner.on(feedback.MAIL_JOB, partial(feedback.mail_answer, wiring))
    runner.on(arrivals.JOB, partial(mail_in.read, wiring), attempts=arrivals.ATTEMPTS)
    # It is never given up: what a minor submitted goes, however long a service is away.
    runner.on(refusals.JOB, partial(refusals.purge, wiring), attempts=1_000_000)
    await runner.run()


async def deliver(process: Process, wiring: Wiring) -> None:
    """Delivers to tenants' own systems until cancelled; one that does not answer holds up none of the jobs above."""
    runner = Runner(wiring.database, metadata, hints=process.hints, clock=process.clock, concurrency=16)
    runner.on(telling.DELIVER_JOB, partial(telling.deliver, wiring), attempts=telling.ATTEMPTS)
    runner.on(telling.ALARM_JOB, partial(telling.raise_alarm, wiring), attempts=20)
    await runner.run()


def listeners(process: Process, wiring: Wiring) -> list[Background]:
    """Returns what follows the services that tell of readings, grants and purges; each consumer keeps its own name."""
    told = {
        "chat": (RECORDED.name, *ledger.COPY_EVENTS),
        "identity": (RECORDED.name, *ledger.SUPPORT_EVENTS),
        "survey": (RECORDED.name,),
        "support": (RECORDED.name,),
    }
    entered = Together(partial(ledger.hear, wiring))
    heard: list[tuple[str, str, dict[str, Handle | Together]]] = [
        (f"ledger of {peer}", peer, dict.fromkeys(types, entered)) for peer, types in told.items()
    ]
    heard += [
        (f"purges of {peer}", peer, {PURGED.name: partial(retention.hear_purge, wiring, peer)}) for peer in HOLDERS
    ]
    for peer in sorted({each.peer for each in CATALOGUE.values()}):
        events = [name for name, each in CATALOGUE.items() if each.peer == peer]
        heard.append((f"webhooks of {peer}", peer, dict.fromkeys(events, partial(telling.hear, wiring))))
    consumers = [
        Consumer(
            name,
            peer,
            handlers,
            database=wiring.database,
            metadata=metadata,
            channels=process.channels("privacy"),
            hints=process.hints,
            clock=process.clock,
        )
        for name, peer, handlers in heard
    ]
    return [each.run for each in consumers]
