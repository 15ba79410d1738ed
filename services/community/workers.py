"""What communities do in the background: mail codes, end what was begun, examine files, tell members, purge."""

from __future__ import annotations

from functools import partial

from kernel.files import EXAMINE_ATTEMPTS
from services.community.actions import accounts, attachments, notices
from services.community.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs the service's jobs until cancelled."""
    runner = wiring.retention.runner()
    runner.on(accounts.MAIL_JOB, partial(accounts.mail_code, wiring))
    runner.on(accounts.END_JOB, partial(accounts.end_pending, wiring))
    runner.on(attachments.EXAMINE, partial(attachments.examine, wiring), attempts=EXAMINE_ATTEMPTS + 1)
    wiring.removals.on(runner)
    runner.on(notices.NOTIFY_JOB, partial(notices.notify, wiring))
    runner.on(notices.MAIL_JOB, partial(notices.mail_each, wiring), attempts=20)
    runner.on(notices.DIGEST_JOB, partial(notices.mail_digests, wiring), attempts=20)
    await runner.run()
