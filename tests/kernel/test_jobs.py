"""Jobs run once they are due, again until they work, and never get lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel import ids, jobs
from kernel.clock import ManualClock
from kernel.hints import Hints
from kernel.jobs import PLATFORM, Every, Job, JobRefused, Jobs, Runner
from tests.kernel.conftest import Room


class Bench:
    """A runner, its queue, and what its handlers saw."""

    def __init__(self, chat: Room, clock: ManualClock, *, hints: Hints | None = None, concurrency: int = 4) -> None:
        self.chat = chat
        self.clock = clock
        self.hints = hints or Hints()
        self.queue = Jobs(chat.metadata, self.hints)
        self.runner = Runner(chat.database, chat.metadata, hints=self.hints, clock=clock, concurrency=concurrency)
        self.seen: list[Job] = []
        self.act: Callable[[Job], Awaitable[None]] | None = None
        self.runner.on("mail.send", self.handle, attempts=3)

    async def handle(self, job: Job) -> None:
        self.seen.append(job)
        if self.act is not None:
            await self.act(job)

    async def enqueue(
        self, tenant: str, kind: str = "mail.send", *, key: str | None = None, **arguments: str | int
    ) -> bool:
        async with self.chat.database.transaction(tenant) as connection:
            return await self.queue.enqueue(
                connection, kind, tenant_id=tenant, now=self.clock.now(), arguments=arguments, key=key
            )

    async def waiting(self, tenant: str) -> list[tuple[str, int, datetime, str]]:
        """Returns the kind, the attempts, the due time and the last error of a tenant's jobs."""
        table = jobs.table(self.chat.metadata)
        async with self.chat.database.transaction(tenant) as connection:
            rows = await connection.execute(
                select(table.c.kind, table.c.attempts, table.c.due_time, table.c.error).order_by(table.c.id)
            )
            return [tuple(row) for row in rows]


@pytest.fixture
def bench(chat: Room, clock: ManualClock) -> Bench:
    """A bench whose runner is asked, not running."""
    return Bench(chat, clock)


async def test_a_job_runs_when_it_is_due_with_its_tenant_and_arguments(bench: Bench, tenant: str) -> None:
    async with bench.chat.database.transaction(tenant) as connection:
        due = bench.clock.now() + timedelta(minutes=5)
        await bench.queue.enqueue(
            connection, "mail.send", tenant_id=tenant, now=bench.clock.now(), arguments={"to": tenant, "n": 2}, due=due
        )
    assert await bench.runner.run_due() == 0
    bench.clock.advance(timedelta(minutes=5))
    assert await bench.runner.run_due() == 1
    (job,) = bench.seen
    assert (job.tenant_id, job.kind, job.arguments, job.attempt) == (tenant, "mail.send", {"to": tenant, "n": 2}, 1)
    assert await bench.waiting(tenant) == []


async def test_an_undone_transaction_leaves_no_job(bench: Bench, tenant: str) -> None:
    with contextlib.suppress(RuntimeError):
        async with bench.chat.database.transaction(tenant) as connection:
            await bench.queue.enqueue(connection, "mail.send", tenant_id=tenant, now=bench.clock.now())
            raise RuntimeError
    async with bench.chat.database.transaction(tenant) as connection:
        with pytest.raises(DBAPIError, match="row-level security"):
            await bench.queue.enqueue(connection, "mail.send", tenant_id=ids.new_id("ten"), now=bench.clock.now())
        await connection.rollback()
    assert await bench.runner.run_due() == 0


async def test_the_queue_refuses_words(bench: Bench, tenant: str) -> None:
    with pytest.raises(JobRefused, match="name") as raised:
        await bench.enqueue(tenant, name="canary Lovelace")
    assert "canary" not in str(raised.value)


async def test_of_jobs_with_one_key_only_one_waits(bench: Bench, tenant: str) -> None:
    assert await bench.enqueue(tenant, key="a")
    assert not await bench.enqueue(tenant, key="a")
    assert await bench.enqueue(tenant, key="b")
    assert await bench.enqueue(ids.new_id("ten"), key="a")
    async with bench.chat.database.transaction(tenant) as connection:
        assert await bench.queue.cancel(connection, "mail.send", "b")
        assert not await bench.queue.cancel(connection, "mail.send", "b")
    assert await bench.runner.run_due() == 2
    assert await bench.enqueue(tenant, key="a")


async def test_a_failure_is_tried_again_later_and_later_and_then_given_up(bench: Bench, tenant: str) -> None:
    async def fail(job: Job) -> None:
        raise RuntimeError("canary")

    bench.act = fail
    await bench.enqueue(tenant)
    delays = []
    for attempt in (1, 2):
        assert await bench.runner.run_due() == 1
        ((_, attempts, due, error),) = await bench.waiting(tenant)
        assert (attempts, error) == (attempt, "RuntimeError")
        delays.append(due - bench.clock.now())
        assert await bench.runner.run_due() == 0
        bench.clock.advance(delays[-1])
    assert timedelta(seconds=2) <= delays[0] <= timedelta(seconds=2.5)
    assert timedelta(seconds=4) <= delays[1] <= timedelta(seconds=5)
    assert await bench.runner.run_due() == 1
    bench.clock.advance(timedelta(days=30))
    assert await bench.runner.run_due() == 0

    async with bench.chat.database.transaction(tenant) as connection:
        (dead,) = await bench.queue.list_dead(connection)
        assert (dead.kind, dead.attempts, dead.error) == ("mail.send", 3, "RuntimeError")
        assert await bench.queue.revive(connection, dead.id, bench.clock.now())
        assert not await bench.queue.revive(connection, dead.id, bench.clock.now())
    bench.act = None
    assert await bench.runner.run_due() == 1
    assert await bench.waiting(tenant) == []


async def test_what_a_job_did_and_its_end_are_one_transaction(bench: Bench, tenant: str) -> None:
    async def write(job: Job) -> None:
        async with bench.chat.database.transaction(job.tenant_id) as connection:
            await connection.execute(
                text("INSERT INTO chat.notes VALUES (:tenant, :id, 1, '', '')"),
                {"tenant": ids.to_uuid(job.tenant_id, "ten"), "id": job.id},
            )
            assert await bench.queue.finish(connection, job)
            if job.attempt == 1:
                raise RuntimeError("after all of it")

    bench.act = write
    await bench.enqueue(tenant)
    await bench.runner.run_due()
    bench.clock.advance(timedelta(seconds=3))
    await bench.runner.run_due()
    async with bench.chat.database.transaction(tenant) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM chat.notes"))).scalar() == 1
    assert await bench.waiting(tenant) == []


async def test_replicas_share_the_work_and_no_job_runs_twice(chat: Room, clock: ManualClock, tenant: str) -> None:
    replicas = [Bench(chat, clock, concurrency=3) for _ in range(3)]
    for _ in range(40):
        await replicas[0].enqueue(tenant)
    await asyncio.gather(*(replica.runner.run_due() for replica in replicas))
    counted = Counter(job.id for replica in replicas for job in replica.seen)
    assert len(counted) == 40
    assert set(counted.values()) == {1}


async def test_a_runner_that_dies_lets_its_job_run_elsewhere(chat: Room, clock: ManualClock, tenant: str) -> None:
    other = Bench(chat, clock)
    await other.enqueue(tenant)
    async with chat.database.without_tenant() as dying:
        claim = text("SELECT kind FROM chat.claim_jobs(:now, :until, '{mail.send}', 1)")
        claimed = await dying.execute(claim, {"now": clock.now(), "until": clock.now() + jobs.LEASE})
        assert claimed.scalar() == "mail.send"
    assert await other.runner.run_due() == 0, "it is leased"
    clock.advance(jobs.LEASE)
    assert await other.runner.run_due() == 1
    assert other.seen[0].attempt == 2
    assert await other.waiting(tenant) == []


async def test_a_runner_that_is_told_to_end_leaves_its_job_to_others_at_once(
    chat: Room, clock: ManualClock, tenant: str
) -> None:
    ending, other = Bench(chat, clock), Bench(chat, clock)
    entered, never = asyncio.Event(), asyncio.Event()

    async def hang(job: Job) -> None:
        entered.set()
        await never.wait()

    ending.act = hang
    await ending.enqueue(tenant)
    running = asyncio.create_task(ending.runner.run())
    async with asyncio.timeout(10):
        await entered.wait()
    assert await other.runner.run_due() == 0, "it is leased"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await other.runner.run_due() == 1
    assert other.seen[0].attempt == 2
    assert await other.waiting(tenant) == []


async def test_who_lost_the_lease_cannot_end_the_job(chat: Room, clock: ManualClock, tenant: str) -> None:
    slow, other = Bench(chat, clock), Bench(chat, clock)

    async def overtaken(job: Job) -> None:
        clock.advance(jobs.LEASE)

        async def fail(job: Job) -> None:
            raise RuntimeError

        other.act = fail
        await other.runner.run_due()

    slow.act = overtaken
    await slow.enqueue(tenant)
    assert await slow.runner.run_due() == 1
    ((_, attempts, _, error),) = await slow.waiting(tenant)
    assert (attempts, error) == (2, "RuntimeError"), "the second attempt's failure stands"


async def test_a_long_job_keeps_its_lease(
    chat: Room, clock: ManualClock, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.03))
    bench = Bench(chat, clock)
    entered, end = asyncio.Event(), asyncio.Event()

    async def hang(job: Job) -> None:
        clock.advance(timedelta(minutes=1))
        entered.set()
        await end.wait()

    bench.act = hang
    await bench.enqueue(tenant)
    running = asyncio.create_task(bench.runner.run())
    async with asyncio.timeout(10):
        await entered.wait()
        while (await bench.waiting(tenant))[0][2] < clock.now():
            continue
        end.set()
        while await bench.waiting(tenant):
            continue
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(bench.seen) == 1


async def test_a_running_runner_is_woken_takes_many_and_stops_in_good_order(
    chat: Room, clock: ManualClock, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 600)
    bench = Bench(chat, clock, concurrency=2)
    started, finish = asyncio.Event(), asyncio.Event()
    done = 0

    async def work(job: Job) -> None:
        nonlocal done
        started.set()
        await finish.wait()
        done += 1

    bench.act = work
    running = asyncio.create_task(bench.runner.run())
    for _ in range(5):
        await bench.enqueue(tenant)
    async with asyncio.timeout(10):
        await started.wait()
        stopping = asyncio.create_task(bench.runner.stop(running))
        await asyncio.sleep(0)
        finish.set()
        await stopping
    assert running.done()
    assert done == len(bench.seen) <= 2, "what ran has finished, and nothing new was taken"
    assert len(await bench.waiting(tenant)) == 5 - done
    assert await Bench(chat, clock).runner.run_due() == 5 - done


async def test_a_kind_that_this_release_does_not_know_is_left_to_those_that_do(bench: Bench, tenant: str) -> None:
    await bench.enqueue(tenant, "of.the.future")
    assert await bench.runner.run_due() == 0
    assert await bench.waiting(tenant) == [("of.the.future", 0, bench.clock.now(), "")]


async def test_a_schedule_falls_due_again_and_again_on_one_replica_only(chat: Room, clock: ManualClock) -> None:
    replicas = [Bench(chat, clock) for _ in range(2)]
    for replica in replicas:
        replica.runner.on("purge", replica.handle, every=Every(timedelta(days=1), timedelta(hours=3)))
    assert [await replica.runner.run_due() for replica in replicas] == [0, 0]
    for _ in range(3):
        clock.advance(timedelta(days=1))
        assert sum(await asyncio.gather(*(replica.runner.run_due() for replica in replicas))) == 1
        assert sum(await asyncio.gather(*(replica.runner.run_due() for replica in replicas))) == 0
    seen = replicas[0].seen + replicas[1].seen
    assert [job.tenant_id for job in seen] == [PLATFORM] * 3
    ((_, _, due, _),) = await replicas[0].waiting(PLATFORM)
    assert due == datetime(2026, 5, 5, 3, tzinfo=UTC)


async def test_a_schedule_is_never_given_up_and_may_be_drawn_closer(chat: Room, clock: ManualClock) -> None:
    bench = Bench(chat, clock)

    async def fail(job: Job) -> None:
        raise RuntimeError

    bench.act = fail
    bench.runner.on("purge", bench.handle, attempts=2, every=Every(timedelta(days=1)))
    await bench.runner.run_due()
    clock.advance(timedelta(days=1))
    assert await bench.runner.run_due() == 1
    clock.advance(timedelta(seconds=3))
    assert await bench.runner.run_due() == 1
    assert await bench.waiting(PLATFORM) == [("purge", 0, datetime(2026, 5, 3, tzinfo=UTC), "RuntimeError")]
    # A later release wants it every hour.
    later = Bench(chat, clock)
    later.runner.on("purge", later.handle, every=Every(timedelta(hours=1)))
    await later.runner.run_due()
    assert (await later.waiting(PLATFORM))[0][2] == datetime(2026, 5, 2, 13, tzinfo=UTC)


async def test_a_tenant_may_have_a_schedule_of_its_own(bench: Bench, tenant: str) -> None:
    bench.runner.on("report", bench.handle, every=Every(timedelta(hours=1)))
    await bench.enqueue(tenant, "report", key="report")
    await bench.enqueue(tenant, "report")
    assert await bench.runner.run_due() == 2
    assert [row[0] for row in await bench.waiting(tenant)] == ["report"]
    bench.clock.advance(timedelta(hours=1))
    assert await bench.runner.run_due() == 2, "the tenant's and the platform's"


@given(
    moment=st.floats(-1e9, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    minutes=st.integers(1, 10_000),
    offset=st.integers(0, 5_000),
)
def test_the_next_moment_is_the_first_one_of_the_schedule_that_is_later(
    moment: datetime, minutes: int, offset: int
) -> None:
    every = Every(timedelta(minutes=minutes), timedelta(minutes=offset))
    following = every.after(moment)
    assert moment < following <= moment + every.period
    assert every.after(following) == following + every.period


async def test_only_the_service_itself_can_claim(chat: Room, owner_url: str) -> None:
    other = await asyncpg.connect(owner_url)
    await other.execute("SET ROLE parley_privacy")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await other.fetch("SELECT * FROM chat.claim_jobs(now(), now(), '{}', 1)")
    await other.close()
