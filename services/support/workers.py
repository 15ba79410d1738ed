"""What the support desk does in the background: it mails, closes what was resolved, and purges."""

from __future__ import annotations

from functools import partial

from kernel.files import EXAMINE_ATTEMPTS
from kernel.mail import arrivals
from services.support.actions import changing, crossings, files, levels, mail_in, mails, opening
from services.support.actions.wiring import Wiring


async def run(wiring: Wiring) -> None:
    """Runs the service's jobs until cancelled."""
    runner = wiring.retention.runner()
    wiring.removals.on(runner)
    runner.on(opening.CONFIRM_JOB, partial(mails.confirm, wiring), attempts=mails.ATTEMPTS)
    # One attempt more than the action counts, so that its last word is written.
    runner.on(changing.MAIL_JOB, partial(mails.send_answer, wiring), attempts=mails.ATTEMPTS + 1)
    runner.on(mails.COPY_JOB, partial(mails.send_copy, wiring), attempts=mails.ATTEMPTS)
    runner.on(changing.SURVEY_JOB, partial(mails.ask_how_it_went, wiring), attempts=mails.ATTEMPTS)
    runner.on(crossings.JOB, partial(crossings.tell, wiring), attempts=crossings.ATTEMPTS)
    runner.on(files.EXAMINE, partial(files.examine, wiring), attempts=EXAMINE_ATTEMPTS + 1)
    runner.on(changing.CLOSE_JOB, partial(mails.close_resolved, wiring))
    runner.on(levels.JOB, partial(levels.look, wiring), every=levels.EVERY)
    runner.on(arrivals.JOB, partial(mail_in.read, wiring), attempts=arrivals.ATTEMPTS)
    await runner.run()
