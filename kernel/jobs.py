"""Does later, and again until it works, what a service must do: jobs in its own database, taken with SKIP LOCKED.

A job is enqueued in the transaction of the deed that needs it, belongs to a tenant, and holds ids and plain values,
never a person's words. A runner leases it; a runner that dies lets the lease run out, so that a job may run twice and a
handler must stand that. No replica leads: schedules are jobs that fall due again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, MetaData, Row, Table, Text, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import Clock
from kernel.hints import Hints, wait
from kernel.storage.database import Database
from kernel.storage.tables import column, tenant_table
from kernel.telemetry import logs, metrics, traces

# The tenant to which the platform's own jobs belong. It has no rows of anybody's.
PLATFORM = ids.from_uuid("ten", UUID(int=0))
LEASE = timedelta(seconds=60)
POLL_SECONDS = 1.0
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(hours=1)
READY, DEAD = 1, 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Argument = str | int | bool
_WORD = re.compile(r"[\w.:/-]{0,200}", re.ASCII)

_log = logs.get("jobs")
_run = metrics.counter("jobs_run", "Jobs that ended, by how they ended.", ("job", "outcome"))
_seconds = metrics.seconds("job_seconds", "How long jobs ran.", ("job",))


def table(metadata: MetaData) -> Table:
    """Returns the jobs in a service's schema."""
    name = f"{metadata.schema}.jobs"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "jobs",
        metadata,
        column("id", UuidType(as_uuid=True), "- the job's own id"),
        column("kind", Text, "- a name in the code"),
        column("key", Text, "- a name in the code, or an id", nullable=True),
        column("arguments", JSONB, "- ids and plain values; the queue refuses anything else"),
        column("state", Integer, "- whether the job waits or was given up"),
        column("due_time", TIMESTAMP(timezone=True), "- when the job is to run, or its lease ends"),
        column("attempts", Integer, "- how often the job was tried"),
        column("error", Text, "- the type of the last error"),
        column("create_time", TIMESTAMP(timezone=True), "- when the job was made"),
    )


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule: each multiple of a period since 1970 in UTC, plus an offset. A day plus 3:10 is daily at 3:10."""

    period: timedelta
    offset: timedelta = timedelta()

    def after(self, moment: datetime) -> datetime:
        """Returns the first moment of the schedule that is later than the given one."""
        passed = (moment - _EPOCH - self.offset) // self.period
        return _EPOCH + self.offset + (passed + 1) * self.period


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job, as its handler sees it."""

    id: UUID
    tenant_id: str
    kind: str
    key: str | None
    arguments: Mapping[str, Argument]
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadJob:
    """A job that was given up."""

    id: UUID
    kind: str
    arguments: Mapping[str, Argument]
    attempts: int
    error: str
    create_time: datetime


class JobRefused(ValueError):
    """A job whose arguments are no ids or plain values; a fault of ours. It names arguments, never values."""


def topic_of(service: str) -> str:
    """Returns the topic under which a service hints at new jobs."""
    return f"jobs:{service}"


class Jobs:
    """One service's queue."""

    def __init__(self, metadata: MetaData, hints: Hints) -> None:
        """Takes the service's tables, whose schema bears the service's name."""
        self._table = table(metadata)
        self._hints = hints
        self._topic = topic_of(str(metadata.schema))

    async def enqueue(
        self,
        connection: AsyncConnection,
        kind: str,
        *,
        tenant_id: str,
        now: datetime,
        arguments: Mapping[str, Argument] | None = None,
        due: datetime | None = None,
        key: str | None = None,
    ) -> bool:
        """Writes a job in the running transaction, of the same tenant; it runs from `due` on.

        Of jobs with the same kind and key only one waits at a time: False says that there is one already.
        """
        given = dict(arguments or {})
        texts = {name: value for name, value in given.items() if isinstance(value, str)}
        wrong = sorted(name for name, value in texts.items() if not _WORD.fullmatch(value))
        if wrong:
            raise JobRefused(f"{kind}: arguments that are no ids or plain values: {wrong}")
        made = await connection.execute(
            insert(self._table)
            .values(
                tenant_id=ids.to_uuid(tenant_id, "ten"),
                id=ids.new_uuid(),
                kind=kind,
                key=key,
                arguments=given,
                state=READY,
                due_time=due or now,
                attempts=0,
                error="",
                create_time=now,
            )
            .on_conflict_do_nothing()
        )
        if made.rowcount == 1:
            self._hints.send_after(connection, self._topic)
        return made.rowcount == 1

    def hint(self) -> None:
        """Says that there is a job, which was written and committed without `enqueue`."""
        self._hints.send(self._topic)

    async def cancel(self, connection: AsyncConnection, kind: str, key: str) -> bool:
        """Removes the bound tenant's job with a key; False where there is none. One that runs is not stopped."""
        jobs = self._table
        return (await connection.execute(delete(jobs).where(jobs.c.kind == kind, jobs.c.key == key))).rowcount == 1

    async def finish(self, connection: AsyncConnection, job: Job) -> bool:
        """Removes a job in the transaction of what it did; False where its lease ran out and another runner has it."""
        jobs = self._table
        gone = await connection.execute(delete(jobs).where(jobs.c.id == job.id, jobs.c.attempts == job.attempt))
        return gone.rowcount == 1

    async def list_dead(self, connection: AsyncConnection, *, limit: int = 100) -> list[DeadJob]:
        """Returns the bound tenant's jobs that were given up, the latest first."""
        jobs = self._table
        rows = await connection.execute(
            select(jobs).where(jobs.c.state == DEAD).order_by(jobs.c.id.desc()).limit(limit)
        )
        return [
            DeadJob(
                id=row.id,
                kind=row.kind,
                arguments=row.arguments,
                attempts=row.attempts,
                error=row.error,
                create_time=row.create_time,
            )
            for row in rows
        ]

    async def revive(self, connection: AsyncConnection, id_: UUID, now: datetime) -> bool:
        """Lets the bound tenant's dead job run again from the start; False where there is none."""
        jobs = self._table
        revived = await connection.execute(
            update(jobs)
            .where(jobs.c.id == id_, jobs.c.state == DEAD)
            .values(state=READY, attempts=0, error="", due_time=now)
        )
        self._hints.send_after(connection, self._topic)
        return revived.rowcount == 1


Handle = Callable[[Job], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    handle: Handle
    attempts: int
    every: Every | None


class Runner:
    """Runs a service's jobs in this process; other replicas run others at the same time."""

    def __init__(
        self, database: Database, metadata: MetaData, *, hints: Hints, clock: Clock, concurrency: int = 4
    ) -> None:
        """Takes where the jobs are, and how many run here at once."""
        self._database = database
        self._table = table(metadata)
        self._queue = Jobs(metadata, hints)
        self._claim = text(f"SELECT * FROM {metadata.schema}.claim_jobs(:now, :until, :kinds, :size)")  # noqa: S608 - A name of ours.
        self._hinted = hints.listen(topic_of(str(metadata.schema)))
        self._clock = clock
        self._concurrency = concurrency
        self._work: dict[str, _Work] = {}
        self._running: dict[asyncio.Task[None], Job] = {}
        self._claiming = asyncio.Lock()
        self._has_schedules = False

    def on(self, kind: str, handle: Handle, *, attempts: int = 10, every: Every | None = None) -> None:
        """Says what to do for a kind of job, and after how many attempts to give it up.

        With a schedule, a job of that kind falls due again and again, and is never given up: the platform's own, which
        is made here, and any that was enqueued for a tenant with the kind as its key.
        """
        self._has_schedules = False
        self._work[kind] = _Work(handle=handle, attempts=attempts, every=every)

    async def run(self) -> None:
        """Runs jobs as they fall due, until cancelled; it then cancels those that run and leaves them to others."""
        beat = asyncio.create_task(self._keep_leases())
        try:
            while True:
                self._hinted.clear()
                try:
                    await self._ensure_schedules()
                    more = await self._take_due()
                except Exception as error:  # noqa: BLE001 - It must go on when the database is back.
                    _log.error("runner failed", exc_info=error)
                    more = False
                if more:
                    await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await wait(self._hinted, POLL_SECONDS)
        finally:
            beat.cancel()
            for task in self._running:
                task.cancel()
            await asyncio.gather(beat, *self._running, return_exceptions=True)

    async def stop(self, running: asyncio.Task[None], *, grace: float = 10.0) -> None:
        """Takes no more jobs, lets those that run finish for `grace` seconds, and ends the task of `run`."""
        self._concurrency = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                # What is being claimed at this moment begins yet, and is waited for as well.
                async with self._claiming:
                    pass
                while self._running:
                    await asyncio.wait(self._running)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def run_due(self) -> int:
        """Runs everything that is due at this moment of the clock, once, and returns how many jobs there were."""
        await self._ensure_schedules()
        total = 0
        while await self._take_due() or self._running:
            total += len(await self._settle())
        return total

    async def _settle(self) -> set[asyncio.Task[None]]:
        done, _ = await asyncio.wait(self._running)
        return done

    async def _ensure_schedules(self) -> None:
        """Makes the platform's jobs of kinds with a schedule, where they are missing or due too late."""
        now = self._clock.now()
        scheduled = {kind: work.every for kind, work in self._work.items() if work.every is not None}
        if self._has_schedules or not scheduled:
            return
        jobs = self._table
        async with self._database.transaction(PLATFORM) as connection:
            for kind, every in scheduled.items():
                due = every.after(now)
                if not await self._queue.enqueue(connection, kind, tenant_id=PLATFORM, now=now, due=due, key=kind):
                    # One that runs, or waits for its next attempt, stays as it is.
                    await connection.execute(
                        update(jobs)
                        .where(jobs.c.kind == kind, jobs.c.key == kind, jobs.c.attempts == 0, jobs.c.due_time > due)
                        .values(due_time=due)
                    )
        self._has_schedules = True

    async def _take_due(self) -> bool:
        """Claims what is due and starts it; says whether there may be more."""
        async with self._claiming:
            room = self._concurrency - len(self._running)
            if room <= 0 or not self._work:
                return bool(self._running)
            now = self._clock.now()
            async with self._database.single() as connection:
                rows = await connection.execute(
                    self._claim, {"now": now, "until": now + LEASE, "kinds": list(self._work), "size": room}
                )
                claimed = rows.all()
            for row in claimed:
                job = _job(row)
                task = asyncio.create_task(self._carry_out(job), name=f"job {job.kind}")
                self._running[task] = job
                task.add_done_callback(self._ended)
            return len(claimed) == room

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._hinted.set()
        if not task.cancelled() and task.exception() is not None:
            # Only the book-keeping of a job can fail here; the lease runs out, and it is tried again.
            _log.error("job was not noted", exc_info=task.exception())

    async def _carry_out(self, job: Job) -> None:
        work = self._work[job.kind]
        started = asyncio.get_running_loop().time()
        outcome = "done"
        try:
            with traces.span(f"job {job.kind}", job=job.kind, tenant=job.tenant_id):
                await work.handle(job)
        except asyncio.CancelledError:
            # This process is going away; another one may take the job at once, without waiting for the lease to end.
            async with self._database.transaction(job.tenant_id) as connection:
                await self._put_off(connection, job, self._clock.now(), attempts=job.attempt, error="Cancelled")
            raise
        except Exception as error:  # noqa: BLE001 - Whatever a handler fails with, it is tried again.
            outcome = await self._note_failure(job, work, error)
        else:
            await self._note_success(job, work)
        _run.labels(job.kind, outcome).inc()
        _seconds.labels(job.kind).observe(asyncio.get_running_loop().time() - started)

    async def _note_success(self, job: Job, work: _Work) -> None:
        async with self._database.transaction(job.tenant_id) as connection:
            if work.every is None or job.key != job.kind:
                await self._queue.finish(connection, job)
            else:
                await self._put_off(connection, job, work.every.after(self._clock.now()), attempts=0, error="")

    async def _note_failure(self, job: Job, work: _Work, error: Exception) -> str:
        recurring = work.every is not None and job.key == job.kind
        last = job.attempt >= work.attempts
        _log.error("job failed", job=job.kind, tenant=job.tenant_id, attempt=job.attempt, exc_info=error)
        name = type(error).__name__
        now = self._clock.now()
        async with self._database.transaction(job.tenant_id) as connection:
            if last and recurring and work.every is not None:
                await self._put_off(connection, job, work.every.after(now), attempts=0, error=name)
            elif last:
                await self._put_off(connection, job, now, attempts=job.attempt, error=name, state=DEAD)
            else:
                await self._put_off(connection, job, now + retry_delay(job), attempts=job.attempt, error=name)
        return "dead" if last else "failed"

    async def _put_off(
        self, connection: AsyncConnection, job: Job, due: datetime, *, attempts: int, error: str, state: int = READY
    ) -> None:
        jobs = self._table
        await connection.execute(
            update(jobs)
            # The attempt tells this lease from a later one.
            .where(jobs.c.id == job.id, jobs.c.attempts == job.attempt)
            .values(due_time=due, attempts=attempts, error=error, state=state)
        )

    async def _keep_leases(self) -> None:
        """Renews the leases of the jobs that run, long before they end."""
        jobs = self._table
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            for job in tuple(self._running.values()):
                try:
                    async with self._database.transaction(job.tenant_id) as connection:
                        await connection.execute(
                            update(jobs)
                            .where(jobs.c.id == job.id, jobs.c.attempts == job.attempt, jobs.c.state == READY)
                            .values(due_time=self._clock.now() + LEASE)
                        )
                except Exception as error:  # noqa: BLE001 - The next beat comes before the lease ends.
                    _log.warning("lease was not renewed", job=job.kind, exc_info=error)


def retry_delay(job: Job) -> timedelta:
    """Returns how long to wait after a failed attempt: twice as long each time, and by its id up to a quarter more."""
    delay = min(FIRST_RETRY * (1 << min(job.attempt - 1, 20)), LONGEST_RETRY)
    spread = hashlib.sha256(job.id.bytes + bytes([job.attempt % 256])).digest()[0] / 1024
    return delay * (1 + spread)


def _job(row: Row[tuple[object, ...]]) -> Job:
    return Job(
        id=row.id,
        tenant_id=ids.from_uuid("ten", row.tenant_id),
        kind=row.kind,
        key=row.key,
        arguments=row.arguments,
        attempt=row.attempts,
    )
