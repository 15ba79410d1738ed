"""Ends the keeping: the periods, each a tenant's setting that can only be shortened, and every service's daily purge.

The purge is a job of each tenant in each service that has something of that tenant's: it is scheduled in the
transaction that first keeps something, so that nobody has to know all tenants, and no replica leads.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from parley.options.v1 import privacy_pb2
from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.clock import Clock
from kernel.events import EventType, Inbox, Outbox
from kernel.hints import Hints
from kernel.jobs import PLATFORM, Every, Job, Jobs, Runner
from kernel.privacy.seals import parents
from kernel.privacy.subjects.coverage import held_in
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

CHOICE_DAYS = Setting(
    name="retention.choice_days",
    default=365,
    minimum=30,
    maximum=365,
    description="For how many days it is kept what somebody chose, refused or took back.",
)
FEEDBACK_DAYS = Setting(
    name="retention.feedback_days",
    default=365,
    minimum=14,
    maximum=365,
    description="For how many days feedback and complaints are kept.",
)
SURVEY_ANSWER_DAYS = Setting(
    name="retention.survey_answer_days",
    default=365,
    minimum=1,
    maximum=365,
    description="For how many days the chosen answers to a survey are kept.",
)
SURVEY_CONTACT_DAYS = Setting(
    name="retention.survey_contact_days",
    default=90,
    minimum=1,
    maximum=90,
    description="For how many days texts, postal codes and addresses from surveys are kept.",
)
TICKET_DAYS = Setting(
    name="retention.ticket_days",
    default=30,
    minimum=1,
    maximum=30,
    description="For how many days after it was closed a ticket is kept.",
)
PERIODS = (
    TRANSCRIPT_DAYS,
    RECOGNITION_DAYS,
    RECEIPT_DAYS,
    BROWSER_ADDRESS_DAYS,
    BROWSER_LOG_DAYS,
    LEDGER_DAYS,
    CHOICE_DAYS,
    FEEDBACK_DAYS,
    SURVEY_ANSWER_DAYS,
    SURVEY_CONTACT_DAYS,
    TICKET_DAYS,
)

#: The longest that anything of a class is kept, in days from the moment that counts for it. A class that is not here
#: ends with an account, a credential or a deed, and not with time.
LONGEST = {
    privacy_pb2.RETENTION_TRANSCRIPT: TRANSCRIPT_DAYS.maximum,
    privacy_pb2.RETENTION_LEDGER: LEDGER_DAYS.maximum,
    privacy_pb2.RETENTION_BROWSER_LOG: BROWSER_LOG_DAYS.maximum,
    privacy_pb2.RETENTION_TICKET: TICKET_DAYS.maximum,
    privacy_pb2.RETENTION_SURVEY_ANSWER: SURVEY_ANSWER_DAYS.maximum,
    privacy_pb2.RETENTION_SURVEY_CONTACT: SURVEY_CONTACT_DAYS.maximum,
    privacy_pb2.RETENTION_REQUEST: 730,
    privacy_pb2.RETENTION_PROOF: 1,
    privacy_pb2.RETENTION_RECEIPT: RECEIPT_DAYS.maximum,
    privacy_pb2.RETENTION_CHOICE: 365,
    privacy_pb2.RETENTION_FEEDBACK: 365,
}
#: Classes that end by something else than time.
UNTIMED = frozenset(
    {
        privacy_pb2.RETENTION_RECORD,
        privacy_pb2.RETENTION_ACCOUNT,
        privacy_pb2.RETENTION_CREDENTIAL,
        privacy_pb2.RETENTION_COMMUNITY,
        privacy_pb2.RETENTION_TRANSIENT,
    }
)

#: How long events stay listed for services that were away. They hold ids, never a person's words.
EVENTS_KEPT = timedelta(days=30)
JOB = "retention"
DAILY = Every(timedelta(days=1), timedelta(hours=3, minutes=10))

_STORES = re.compile(r"([a-z_]+\.[a-z_]+=[0-9]+/[0-9]+( (?!$)|$))*")
#: A service's daily purge has run: how many records of which stores went, and how many were held, as in
#: `chat.messages=12/0 chat.conversations=3/1`.
PURGED = EventType("retention.purged", {"stores": lambda value: _STORES.fullmatch(value) is not None})

_log = logs.get("retention")


def endless(metadata: MetaData) -> list[str]:
    """Returns the tables in which something about a person is kept longer than its class allows, or for ever.

    A table that says why nobody is asked about it (`uncovered`) has to end by itself, and is not looked at here.
    """
    found: list[str] = []
    for table in metadata.sorted_tables:
        classes = {held.rule.retention for held in held_in(table) if held.is_personal} & LONGEST.keys()
        if not classes or table.info.get("uncovered"):
            continue
        allowed = max(LONGEST[each] or 0 for each in classes)
        days = _longest_in(table)
        if days is None:
            found.append(f"{table.fullname}: holds something about a person, and nothing ends it")
        elif days > allowed:
            found.append(f"{table.fullname}: is kept {days:g} days; its classes allow {allowed:g}")
    return found


def _longest_in(table: Table) -> float | None:
    """Returns how many days a tenant may keep a table's rows at most; None where they have no end."""
    if table.info.get("purge") is not None:
        _, period = table.info["purge"]
        if isinstance(period, int):
            return period
        (setting,) = (each for each in PERIODS if each.name == period)
        return setting.maximum
    ends = [_longest_in(constraint.referred_table) for constraint in parents(table)]
    return min((each for each in ends if each is not None), default=None)


def written(purged: Iterable[Purged]) -> str:
    """Writes what was purged as the event has it."""
    return " ".join(f"{each.store}={each.deleted}/{each.held}" for each in purged)


def read(stores: str) -> list[Purged]:
    """Reads what was purged from the event."""
    found = []
    for each in stores.split():
        store, _, counts = each.partition("=")
        deleted, _, held = counts.partition("/")
        found.append(Purged(store, int(deleted), int(held)))
    return found


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

    async def purge(
        self, tenant_id: str, *, dry_run: bool = False, tried_days: Mapping[str, int] | None = None
    ) -> list[Purged]:
        """Removes a tenant's expired records and says how many there were in each store.

        `dry_run` only counts, with `tried_days` where it names a setting.
        """
        now = self._clock.now()
        tried = tried_days if dry_run and tried_days else {}

        async def days_of(name: str) -> int:
            if name in tried:
                return tried[name]
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

    async def tell(self, tenant_id: str, purged: Iterable[Purged]) -> None:
        """Announces that a tenant's daily purge has run, and what it found, nothing included."""
        found = [each for each in purged if each.deleted or each.held]
        async with self._database.transaction(tenant_id) as connection:
            await self._outbox.append(
                connection,
                PURGED,
                tenant_id=tenant_id,
                now=self._clock.now(),
                attributes={"stores": written(found)},
            )

    def runner(self) -> Runner:
        """Returns what carries out the service's jobs, the daily purge among them."""
        runner = Runner(self._database, self._metadata, hints=self._hints, clock=self._clock)
        runner.on(JOB, self._run, every=DAILY)
        return runner

    async def _run(self, job: Job) -> None:
        if job.tenant_id == PLATFORM:
            return
        purged = await self.purge(job.tenant_id)
        await self.tell(job.tenant_id, purged)
        _log.info("purged", tenant=job.tenant_id, count=sum(each.deleted for each in purged))
