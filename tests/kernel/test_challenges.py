"""A challenge is solved by calculating, is good once, for one form of one tenant, and says nothing about anybody."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from kernel.challenges import COST, LIFE, LONGEST_PROOF, Challenge, Challenges
from kernel.errors import FailedPrecondition

SECRET = "a secret of this test"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TENANT, OTHER, FORM = "ten_1", "ten_2", "joining"
#: Quick to solve; what it costs is not what these tests are about.
MOST = 50


def solved(challenge: Challenge) -> str:
    """Calculates as anybody would who reads what the contract says."""
    for number in range(challenge.most + 1):
        if hashlib.sha256(f"{challenge.salt}.{number}".encode()).hexdigest() == challenge.target:
            return f"{challenge.text}.{number}"
    raise AssertionError("no number solves it")


def refused(challenges: Challenges, proof: str, *, tenant: str = TENANT, form: str = FORM, now: datetime = NOW) -> str:
    """Returns why a proof is refused."""
    with pytest.raises(FailedPrecondition) as caught:
        challenges.read(proof, tenant, form, now)
    assert not proof or proof not in caught.value.detail
    return caught.value.reason


async def test_what_was_calculated_is_taken_once_by_whichever_replica_comes_first(redis: Redis) -> None:
    first, second = Challenges(SECRET, redis), Challenges(SECRET, redis)
    proof = solved(first.give(TENANT, FORM, NOW, most=MOST))
    later = NOW + timedelta(minutes=5)
    read = second.read(proof, TENANT, FORM, later)
    assert (read.is_solved, read.age) == (True, timedelta(minutes=5))
    await second.take(read, later)
    for replica in (first, second):
        with pytest.raises(FailedPrecondition, match="PROOF_USED"):
            await replica.take(replica.read(proof, TENANT, FORM, later), later)


async def test_the_challenge_alone_is_the_same_challenge(redis: Redis) -> None:
    challenges = Challenges(SECRET, redis)
    given = challenges.give(TENANT, FORM, NOW, most=MOST)
    bare = challenges.read(given.text, TENANT, FORM, NOW)
    assert not bare.is_solved
    await challenges.take(bare, NOW)
    with pytest.raises(FailedPrecondition, match="PROOF_USED"):
        await challenges.take(challenges.read(solved(given), TENANT, FORM, NOW), NOW)


def test_it_is_good_for_one_form_of_one_tenant_of_one_deployment_and_for_an_hour() -> None:
    challenges = Challenges(SECRET, None)
    proof = solved(challenges.give(TENANT, FORM, NOW, most=MOST))
    assert refused(challenges, proof, tenant=OTHER) == "PROOF_WRONG"
    assert refused(challenges, proof, form="reporting") == "PROOF_WRONG"
    assert refused(Challenges("another secret", None), proof) == "PROOF_WRONG"
    assert challenges.read(proof, TENANT, FORM, NOW + LIFE - timedelta(seconds=1)).is_solved
    assert refused(challenges, proof, now=NOW + LIFE) == "PROOF_EXPIRED"
    # Of two replicas, one may be a little ahead.
    assert challenges.read(proof, TENANT, FORM, NOW - timedelta(seconds=2)).age == timedelta()


def test_what_was_not_calculated_or_is_forged_is_refused() -> None:
    challenges = Challenges(SECRET, None)
    given = challenges.give(TENANT, FORM, NOW, most=MOST)
    proof = solved(given)
    number = proof.rpartition(".")[2]
    salt, mac = given.salt, given.text.rpartition(".")[2]
    nonce, since, until = salt.split(".")
    longer = f"{nonce}.{since}.{int(until) + 3600}"
    easy = hashlib.sha256(f"{salt}.1".encode()).hexdigest()
    assert refused(challenges, "") == "PROOF_MISSING"
    for forged in (
        f"{given.text}.{int(number) + 1}",
        # One number is written in one way.
        f"{given.text}.0{number}",
        f"{given.text}.+{number}",
        f"{given.text}.-1",
        f"{given.text}.{number}\n",
        f"{given.text}.{2**64}",
        f"{given.text}.{'9' * 5000}",
        f"{given.text}.٣",
        f"{given.text}.",
        # Of one's own making: longer, easier, or older than it is.
        f"{longer}.{given.target}.{mac}.{number}",
        f"{salt}.{easy}.{mac}.1",
        f"{nonce}.{int(since) - 60}.{until}.{given.target}.{mac}",
        # Digits that go over from one part to the next.
        f"{nonce}.{since}.{until}{number}.{given.target}.{mac}",
        "x" * 300,
        "....",
    ):
        assert refused(challenges, forged) == "PROOF_WRONG", forged


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 400), text=st.text(max_size=4))
def test_whatever_is_changed_in_it_nothing_but_a_refusal_comes_of_it(at: int, text: str) -> None:
    challenges = Challenges(SECRET, None)
    proof = solved(challenges.give(TENANT, FORM, NOW, most=1))
    changed = proof[:at] + text + proof[at + len(text) :]
    if changed == proof:
        assert challenges.read(changed, TENANT, FORM, NOW).is_solved
    elif changed.rpartition(".")[0] == proof.rpartition(".")[0]:
        assert refused(challenges, changed) == "PROOF_WRONG"
    elif changed:
        assert refused(challenges, changed) in ("PROOF_WRONG", "PROOF_EXPIRED")


def test_every_challenge_has_a_number_and_is_no_longer_than_what_carries_it() -> None:
    challenges = Challenges(SECRET, None)
    made = [challenges.give(TENANT, FORM, NOW, most=most) for most in (0, 1, 7, COST)]
    assert len({each.salt for each in made}) == len(made)
    for each in made:
        proof = solved(each)
        assert challenges.read(proof, TENANT, FORM, NOW).is_solved
        assert len(proof) <= LONGEST_PROOF
        assert each.expire_time == NOW + LIFE


async def test_redis_learns_that_a_random_text_was_used_and_forgets_it(redis: Redis) -> None:
    challenges = Challenges(SECRET, redis)
    before = set(await redis.keys("parley:challenge:*"))
    given = challenges.give(TENANT, FORM, NOW, most=MOST)
    assert set(await redis.keys("parley:challenge:*")) == before, "nothing is kept of one that was given"
    await challenges.take(challenges.read(solved(given), TENANT, FORM, NOW), NOW)
    (name,) = set(await redis.keys("parley:challenge:*")) - before
    assert name == f"parley:challenge:{given.salt.split('.')[0]}".encode()
    assert await redis.get(name) == b"1"
    assert 0 < await redis.ttl(name) <= (LIFE + timedelta(minutes=1)).total_seconds()


async def test_while_redis_is_away_each_process_takes_a_challenge_once() -> None:
    away = Redis.from_url("redis://127.0.0.1:1")
    first, second = Challenges(SECRET, away), Challenges(SECRET, away)
    read = first.read(solved(first.give(TENANT, FORM, NOW, most=MOST)), TENANT, FORM, NOW)
    await first.take(read, NOW)
    with pytest.raises(FailedPrecondition, match="PROOF_USED"):
        await first.take(read, NOW)
    await second.take(read, NOW)
    await away.aclose()


async def test_what_was_taken_before_redis_was_wiped_is_not_taken_again_by_the_same_process(redis: Redis) -> None:
    challenges = Challenges(SECRET, redis)
    read = challenges.read(solved(challenges.give(TENANT, FORM, NOW, most=MOST)), TENANT, FORM, NOW)
    await challenges.take(read, NOW)
    await redis.delete(f"parley:challenge:{read.nonce}")
    with pytest.raises(FailedPrecondition, match="PROOF_USED"):
        await challenges.take(read, NOW)


async def test_a_process_remembers_so_many_and_no_longer_than_they_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.challenges._REMEMBERED", 3)
    challenges = Challenges(SECRET, None)
    reads = [challenges.read(challenges.give(TENANT, FORM, NOW, most=MOST).text, TENANT, FORM, NOW) for _ in range(5)]
    for read in reads:
        await challenges.take(read, NOW)
    # The oldest were forgotten, each of which somebody had paid for.
    await challenges.take(reads[0], NOW)
    with pytest.raises(FailedPrecondition, match="PROOF_USED"):
        await challenges.take(reads[4], NOW)
    late = NOW + LIFE + timedelta(hours=1)
    newer = challenges.give(TENANT, FORM, late, most=MOST)
    await challenges.take(challenges.read(newer.text, TENANT, FORM, late), late)
    with pytest.raises(FailedPrecondition, match="PROOF_USED"):
        await challenges.take(challenges.read(newer.text, TENANT, FORM, late), late)
