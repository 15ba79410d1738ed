"""Lets whoever does a tenant's waiting work go on for what comes meanwhile, so that nobody is woken for each piece.

Where one thing after another is posted, a job for each would cost more than what it does. The jobs are written all the
same, so that whoever dies on the way leaves them to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from kernel.jobs import Jobs

#: For how long more gathers before it is looked for again.
GATHERING_SECONDS = 0.25
#: After how many more looks somebody else goes on.
_MOST = 20


class Turns:
    """Whose work is being done in this process."""

    def __init__(self, jobs: Jobs, seconds: float = GATHERING_SECONDS) -> None:
        """Takes the queue, and for how long work gathers."""
        self._jobs = jobs
        self._seconds = seconds
        #: Whether there is more to do for a tenant for which somebody is at work.
        self._at_work: dict[str, bool] = {}

    def hint(self, tenant_id: str) -> None:
        """Says that there is a job, which is committed: to whoever is at work for the tenant, or else to runners."""
        if tenant_id in self._at_work:
            self._at_work[tenant_id] = True
        else:
            self._jobs.hint()

    async def work(
        self, tenant_id: str, first: Callable[[], Awaitable[None]], more: Callable[[], Awaitable[bool]]
    ) -> None:
        """Does the first piece, and then more for as long as there is some; `more` says whether it could do it all."""
        if tenant_id in self._at_work:
            # What comes meanwhile is done by whoever began.
            await first()
            return
        self._at_work[tenant_id] = False
        try:
            await first()
            for _ in range(_MOST):
                if not self._at_work[tenant_id]:
                    return
                await asyncio.sleep(self._seconds)
                self._at_work[tenant_id] = False
                if not await more():
                    self._at_work[tenant_id] = True
                    return
        finally:
            # What is left is for whoever claims it.
            if self._at_work.pop(tenant_id):
                self._jobs.hint()
