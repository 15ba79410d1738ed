"""Signing keys rotate unnoticed: the next one is known before it signs, the last one until nothing needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidTag
from parley.options.v1 import access_pb2

from kernel.clock import ManualClock
from kernel.embedded import EngineUrls
from kernel.errors import Unavailable
from kernel.identity import Actor, KeyRing, Regime, sign
from kernel.storage import Database, runtime_url
from services.identity.actions.signing import Signer
from services.identity.domain import ACCESS_TOKEN_LIFE, KEY_LEAD, KEY_OVERLAP, KEY_ROTATION
from tests.engines import SECRET
from tests.platform import migrated_database

START = datetime(2026, 1, 1, tzinfo=UTC)
LOOK = timedelta(seconds=30)
SOMEBODY = Actor(tenant_id="ten_x", regime=Regime.ASP, callers=frozenset({access_pb2.CALLER_OPERATOR}))


@asynccontextmanager
async def a_database(url: str) -> AsyncIterator[Database]:
    """Opens identity's way to a database."""
    database = Database(runtime_url(url, SECRET, "identity"), pool_size=2)
    try:
        yield database
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="module")
async def keys_database(engines: EngineUrls) -> AsyncIterator[str]:
    """A database whose keys are these tests' own."""
    async with migrated_database(engines) as url:
        yield url


@pytest_asyncio.fixture
async def database(keys_database: str) -> AsyncIterator[Database]:
    """Identity's way to a database without keys."""
    async with a_database(keys_database) as opened:
        async with opened.without_tenant() as connection:
            await connection.exec_driver_sql("DELETE FROM identity.signing_keys")
        yield opened


def kid(signer: Signer) -> str:
    """Returns the key with which a token is signed now."""
    return str(jwt.get_unverified_header(signer.issue(SOMEBODY)[0])["kid"])


def published(signer: Signer) -> set[str]:
    """Returns the keys that are published."""
    return {key.id for key in signer.keys}


async def test_a_new_key_is_published_before_it_signs(database: Database) -> None:
    clock = ManualClock(START)
    signer = Signer(database, clock, SECRET)
    await signer.refresh()
    first = kid(signer)
    clock.advance(KEY_ROTATION - LOOK)
    await signer.refresh()
    assert published(signer) == {first}
    clock.advance(2 * LOOK)
    await signer.refresh()
    (second,) = published(signer) - {first}
    assert kid(signer) == first
    clock.advance(KEY_LEAD - LOOK)
    assert kid(signer) == first
    clock.advance(2 * LOOK)
    assert kid(signer) == second


async def test_an_old_token_verifies_until_it_expires(database: Database) -> None:
    clock = ManualClock(START)
    signer = Signer(database, clock, SECRET)
    await signer.refresh()
    first = kid(signer)
    clock.advance(KEY_ROTATION)
    await signer.refresh()
    clock.advance(KEY_LEAD - timedelta(seconds=1))
    # The last moment at which the first key signs, and then the last at which what it signed is good.
    assert kid(signer) == first
    clock.advance(ACCESS_TOKEN_LIFE)
    await signer.refresh()
    assert first in published(signer)
    clock.advance(KEY_OVERLAP)
    await signer.refresh()
    assert first not in published(signer)
    assert kid(signer) in published(signer)


async def test_a_deployment_that_slept_for_months_still_signs(database: Database) -> None:
    clock = ManualClock(START)
    signer = Signer(database, clock, SECRET)
    await signer.refresh()
    first = kid(signer)
    clock.advance(10 * KEY_ROTATION)
    awake = Signer(database, clock, SECRET)
    await awake.refresh()
    # Nobody has had time to fetch the new key, so the old one goes on until they have.
    assert kid(awake) == first
    clock.advance(KEY_LEAD)
    await awake.refresh()
    assert kid(awake) != first


async def test_replicas_that_look_at_once_make_one_key(database: Database) -> None:
    clock = ManualClock(START)
    signers = [Signer(database, clock, SECRET) for _ in range(6)]
    await asyncio.gather(*(signer.refresh() for signer in signers))
    assert len({kid(signer) for signer in signers}) == 1
    clock.advance(KEY_ROTATION)
    await asyncio.gather(*(signer.refresh() for signer in signers))
    assert [len(published(signer)) for signer in signers] == [2] * 6
    clock.advance(KEY_LEAD)
    assert len({kid(signer) for signer in signers}) == 1


async def test_without_a_key_nobody_is_signed_in(database: Database) -> None:
    with pytest.raises(Unavailable, match="KEYS_UNAVAILABLE"):
        Signer(database, ManualClock(START), SECRET).issue(SOMEBODY)


async def test_a_copy_of_the_database_signs_nothing(database: Database) -> None:
    clock = ManualClock(START)
    signer = Signer(database, clock, SECRET)
    await signer.refresh()
    async with database.without_tenant() as connection:
        row = (
            await connection.exec_driver_sql("SELECT public_key, sealed_private_key FROM identity.signing_keys")
        ).one()
    private = signer._opened[kid(signer)].private_bytes_raw()
    assert private not in row.sealed_private_key
    thief = Signer(database, clock, "another secret")
    await thief.refresh()
    with pytest.raises(InvalidTag):
        thief.issue(SOMEBODY)


def test_an_access_token_makes_nobody_a_process_of_ours() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    internal = Actor(
        tenant_id="ten_x",
        regime=Regime.HOUSE,
        callers=frozenset({access_pb2.CALLER_INTERNAL}),
        expire_time=START,
    )
    with pytest.raises(ValueError, match="process of ours"):
        sign(internal, "key", Ed25519PrivateKey.generate())


def test_an_empty_ring_verifies_nothing() -> None:
    assert len(KeyRing()) == 0
