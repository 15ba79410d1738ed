"""Ends the keeping: the periods, each a tenant's setting that can only be shortened, and every service's daily purge.

The purge is a job of each tenant in each service that has something of that tenant's: it is scheduled in the
transaction that first keeps something, so that nobody has to know all tenants, and no replica leads.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.clock import Clock
from kernel.events import Inbox, Outbox
from kernel.hints import Hints
from kernel.jobs import PLATFORM, Every, Job, Jobs, Runner
from kernel.privacy.subjects.purging import Purged, purge_expired
from kernel.settings import Setting
from kernel.storage.database import Database
from kernel.telemetry import logs

TRANSCRIPT_DAYS = Setting(
    name="retention.transcript_days",
    default=180,
    minimum=1,
    maximum=180,
    description="For how many days after its end a conversation is kept.",
)
RECOGNITION_DAYS = Setting(
    name="retention.recognition_days",
    default=90,
    minimum=1,
    maximum=90,
    description="For how many days a visitor who comes back is recognised.",
)
RECEIPT_DAYS = Setting(
    name="retention.receipt_days",
    default=90,
    minimum=1,
    maximum=90,
    description="For how many days the code on a receipt, or an address proved in a chat, opens the conversation.",
)
BROWSER_ADDRESS_DAYS = Setting(
    name="retention.browser_address_days",
    default=7,
    minimum=1,
    maximum=7,
    description="For how many days the browser log keeps a network address in full; a prefix of it stays after that.",
)
BROWSER_LOG_DAYS = Setting(
    name="retention.browser_log_days",
    default=30,
    minimum=1,
    maximum=30,
    description="For how many days the browser log keeps an entry; only counts stay after that.",
)
LEDGER_DAYS = Setting(
    name="retention.ledger_days",
    default=730,
    minimum=30,
    maximum=730,
    description="For how many days it is kept who read what, and why.",
)
PERIODS = (TRANSCRIPT_DAYS, RECOGNITION_DAYS, RECEIPT_DAYS, BROWSER_ADDRESS_DAYS, BROWSER_LOG_DAYS, LEDGER_DAYS)

#: How long events stay listed for services that were away. They hold ids, never a person's words.
EVENTS_KEPT = timedelta(days=30)
JOB = "retention"
DAILY = Every(timedelta(days=1), timedelta(hours=3, minutes=10))

_log = logs.get("retention")


class TenantSettings(Protocol):
    """Whatever knows the tenants' settings: `Settings` in the service that keeps them, `PeerSettings` elsewhere."""

    def get(self, tenant_id: str, setting: Setting[int]) -> Awaitable[int]:
        """Returns a tenant's value."""


class Retention:
    """One service's end of keeping."""

    def __init__(
        self,
        database: Database,
        metadata: MetaData,
        settings: TenantSettings,
        *,
        hints: Hints,
        clock: Clock,
    ) -> None:
        """Takes the service's tables, and who knows the tenants' periods."""
        self._database = database
        self._metadata = metadata
        self._settings = settings
        self._hints = hints
        self._clock = clock
        self._jobs = Jobs(metadata, hints)
        self._outbox = Outbox(metadata, hints)
        self._inbox = Inbox(metadata)

    async def schedule(self, connection: AsyncConnection, tenant_id: str, now: datetime) -> None:
        """Makes sure, in the running transaction, that a tenant's records are purged every day from now on."""
        await self._jobs.enqueue(connection, JOB, tenant_id=tenant_id, now=now, due=DAILY.after(now), key=JOB)

    async def purge(self, tenant_id: str, *, dry_run: bool = False) -> list[Purged]:
        """Removes a tenant's expired records and says how many there were in each store; `dry_run` only counts."""
        now = self._clock.now()

        async def days_of(name: str) -> int:
            (setting,) = (each for each in PERIODS if each.name == name)
            return await self._settings.get(tenant_id, setting)

        purged = await purge_expired(self._database, self._metadata, tenant_id, days_of, now, dry_run=dry_run)
        if not dry_run:
            async with self._database.transaction(tenant_id) as connection:
                events = await self._outbox.purge(connection, now - EVENTS_KEPT)
                heard = await self._inbox.purge(connection, now, kept=EVENTS_KEPT)
            purged += [
                Purged(f"{self._metadata.schema}.outbox", events),
                Purged(f"{self._metadata.schema}.inbox", heard),
            ]
        return purged

    def runner(self) -> Runner:
        """Returns what carries out the service's jobs, the daily purge among them."""
        runner = Runner(self._database, self._metadata, hints=self._hints, clock=self._clock)
        runner.on(JOB, self._run, every=DAILY)
        return runner

    async def _run(self, job: Job) -> None:
        if job.tenant_id == PLATFORM:
            return
        purged = await self.purge(job.tenant_id)
        _log.info("purged", tenant=job.tenant_id, count=sum(each.deleted for each in purged))
