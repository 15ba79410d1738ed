"""Token buckets: alike in memory and in Redis, bounded, and silent about whose they are."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from kernel.clock import ManualClock
from kernel.errors import ResourceExhausted
from kernel.limits import Decision, Guesses, LocalLimits, SharedLimits, Tries, WhenDown, network_of

SECRET = "a secret of this test"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def name() -> str:
    """A limit of one test's own."""
    return f"test-{secrets.token_hex(6)}"


def test_a_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    now = [1000.0]
    limits = LocalLimits(now=lambda: now[0])
    decisions = [limits.hit("typing", 7, rate=2, burst=3) for _ in range(4)]
    assert [decision.allowed for decision in decisions] == [True, True, True, False]
    assert decisions[3].retry_after == timedelta(seconds=0.5)
    now[0] += 0.5
    assert limits.hit("typing", 7, rate=2, burst=3).allowed
    assert not limits.hit("typing", 7, rate=2, burst=3).allowed
    assert limits.hit("typing", 8, rate=2, burst=3).allowed


def test_memory_is_bounded_and_the_busiest_stay() -> None:
    limits = LocalLimits(size=10, now=lambda: 0.0)
    for number in range(100):
        limits.hit("frame", "busy", rate=1, burst=200)
        limits.hit("frame", number, rate=1, burst=1)
    assert len(limits) == 10
    assert limits.hit("frame", "busy", rate=1, burst=101).allowed
    assert not limits.hit("frame", "busy", rate=1, burst=101).allowed
    limits.forget("frame", "busy")
    assert len(limits) == 9


def test_a_bucket_that_is_full_again_takes_no_memory() -> None:
    now = [0.0]
    limits = LocalLimits(now=lambda: now[0])
    for number in range(100):
        limits.hit("frame", number, rate=1, burst=1)
        now[0] += 0.5
    assert len(limits) == 2
    assert limits.hit("frame", "nothing", rate=1, burst=1, cost=0).allowed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    # Redis forgets a full bucket by its own time, which goes on meanwhile: slowly enough that nothing is full of it.
    rate=st.sampled_from([0.0005, 0.001, 0.004, 0.01]),
    burst=st.integers(1, 6),
    steps=st.lists(st.sampled_from([0, 50, 100, 250, 1000]), max_size=25),
)
async def test_redis_decides_as_memory_does(redis: Redis, rate: float, burst: int, steps: list[int]) -> None:
    key = secrets.token_hex(8)
    clock = ManualClock(START)
    local = LocalLimits(now=lambda: clock.now().timestamp())
    shared = SharedLimits(redis, SECRET, clock=clock)
    for seconds in steps:
        clock.advance(timedelta(seconds=seconds))
        expected = local.hit("post", key, rate=rate, burst=burst)
        found = await shared.hit("post", key, rate=rate, burst=burst, when_down=WhenDown.REFUSE)
        assert found.allowed == expected.allowed
        assert abs(found.retry_after - expected.retry_after) < timedelta(milliseconds=1)


async def test_replicas_share_a_bucket_and_none_gets_more(redis: Redis, name: str) -> None:
    replicas = [SharedLimits(redis, SECRET) for _ in range(4)]
    decisions = await asyncio.gather(
        *(replica.hit(name, "k", rate=0.001, burst=5, when_down=WhenDown.REFUSE) for replica in replicas * 5)
    )
    assert sum(decision.allowed for decision in decisions) == 5


async def test_a_redis_that_forgot_what_it_was_told_is_told_again(redis: Redis, name: str) -> None:
    shared = SharedLimits(redis, SECRET)
    assert (await shared.hit(name, "a", rate=0.001, burst=2, when_down=WhenDown.REFUSE)).allowed
    await redis.script_flush()
    assert (await shared.hit(name, "a", rate=0.001, burst=2, when_down=WhenDown.REFUSE)).allowed
    assert not (await shared.hit(name, "a", rate=0.001, burst=2, when_down=WhenDown.ALLOW)).allowed


async def test_redis_never_sees_whose_bucket_it_is_and_forgets_it(redis: Redis, name: str) -> None:
    clock = ManualClock(START)
    limits = SharedLimits(redis, SECRET, clock=clock)
    await limits.hit(name, "203.0.113.9", rate=0.01, burst=2, when_down=WhenDown.REFUSE)
    (today,) = await redis.keys(f"limit:{name}:*")
    assert b"203" not in today
    assert 0 < await redis.pttl(today) <= 100_001
    clock.advance(timedelta(days=1))
    await limits.hit(name, "203.0.113.9", rate=1, burst=2, when_down=WhenDown.REFUSE)
    assert len(set(await redis.keys(f"limit:{name}:*")) | {today}) == 2, "another day, another name"


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [(WhenDown.ALLOW, [True] * 3), (WhenDown.REFUSE, [False] * 3), (WhenDown.LOCAL, [True, True, False])],
)
async def test_the_caller_chooses_what_happens_without_redis(choice: WhenDown, allowed: list[bool]) -> None:
    client = Redis.from_url("unix:///nowhere/at/all.sock")
    limits = SharedLimits(client, SECRET)
    found = [(await limits.hit("post", "k", rate=0.001, burst=2, when_down=choice)).allowed for _ in range(3)]
    assert found == allowed
    await client.aclose()


def test_a_refusal_says_when_to_come_back() -> None:
    Decision(True).require()
    with pytest.raises(ResourceExhausted) as raised:
        Decision(False, timedelta(seconds=2)).require()
    assert raised.value.reason == "TOO_MANY_REQUESTS"
    assert raised.value.retry_after == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "not an address"),
        ("", ""),
    ],
)
def test_an_address_counts_as_the_network_that_one_customer_has(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_what_is_given_back_can_be_taken_again_and_no_more(redis: Redis, name: str) -> None:
    clock = ManualClock(START)
    shared = SharedLimits(redis, SECRET, clock=clock)
    local = LocalLimits(now=lambda: 1000.0)

    async def take() -> list[bool]:
        return [
            local.hit(name, "k", rate=1, burst=3).allowed,
            (await shared.hit(name, "k", rate=1, burst=3, when_down=WhenDown.REFUSE)).allowed,
        ]

    async def give_back() -> None:
        local.give_back(name, "k", rate=1)
        await shared.give_back(name, "k", rate=1)

    assert [await take() for _ in range(4)] == [[True, True]] * 3 + [[False, False]]
    await give_back()
    assert [await take() for _ in range(2)] == [[True, True], [False, False]]
    for _ in range(10):
        await give_back()
    assert [await take() for _ in range(4)] == [[True, True]] * 3 + [[False, False]]
    await shared.forget(name, "k")
    local.forget(name, "k")
    assert await take() == [True, True]


async def test_while_redis_is_away_guesses_are_counted_by_each_process(name: str) -> None:
    away = Redis.from_url("redis://127.0.0.1:1")
    guesses = Guesses(SharedLimits(away, SECRET))
    tries = Tries(name=name, most=3, window=timedelta(minutes=15))
    for _ in range(5):
        await guesses.attempt((tries, "k"), reason="LIMITED", detail="Wait.")
        await guesses.right((tries, "k"))
    for _ in range(3):
        await guesses.attempt((tries, "k"), reason="LIMITED", detail="Wait.")
    with pytest.raises(ResourceExhausted, match="LIMITED"):
        await guesses.attempt((tries, "k"), reason="LIMITED", detail="Wait.")
    await away.aclose()
