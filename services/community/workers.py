"""What communities do in the background: mail codes, end what was begun, examine files, tell members, purge."""

from __future__ import annotations

import asyncio
from functools import partial

from kernel.files import EXAMINE_ATTEMPTS
from kernel.jobs import Handle, Job
from services.community.actions import accounts, attachments, notices
from services.community.actions.wiring import Wiring

#: How long posts gather behind those of which members are being told, so that they are told of many in one turn. Who
#: posts where nobody else does at that moment is not waited for.
_GATHERING_SECONDS = 0.25


class InTurn:
    """Carries out one job of a kind at a time, and each a moment behind the last one where they come close together."""

    def __init__(self, handle: Handle, seconds: float) -> None:
        """Takes what carries them out, and how long such a moment is."""
        self._handle = handle
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._ended = 0.0

    async def __call__(self, job: Job) -> None:
        """Carries out a job once it is its turn."""
        async with self._turn:
            clock = asyncio.get_running_loop().time
            await asyncio.sleep(max(0.0, self._ended + self._seconds - clock()))
            try:
                await self._handle(job)
            finally:
                self._ended = clock()


async def run(wiring: Wiring) -> None:
    """Runs the service's jobs until cancelled."""
    runner = wiring.retention.runner()
    runner.on(accounts.MAIL_JOB, partial(accounts.mail_code, wiring))
    runner.on(accounts.END_JOB, partial(accounts.end_pending, wiring))
    runner.on(attachments.EXAMINE, partial(attachments.examine, wiring), attempts=EXAMINE_ATTEMPTS + 1)
    wiring.removals.on(runner)
    runner.on(notices.NOTIFY_JOB, InTurn(partial(notices.notify, wiring), _GATHERING_SECONDS))
    runner.on(notices.MAIL_JOB, partial(notices.mail_each, wiring), attempts=20)
    runner.on(notices.DIGEST_JOB, partial(notices.mail_digests, wiring), attempts=20)
    await runner.run()
