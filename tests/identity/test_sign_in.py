"""Who signs in with what, what a refusal tells, and how often somebody may try."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from parley.identity.v1 import staff_pb2, token_pb2
from redis.asyncio import Redis

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import ParleyError, ResourceExhausted, Unauthenticated
from kernel.identity import Revocations, passwords, verify
from kernel.limits import Guesses, SharedLimits
from services.identity.actions import guessing
from services.identity.actions.guessing import OF_ACCOUNT, OF_NETWORK
from tests.identity.test_staff import a_member, update
from tests.isolation.calls import Reply, attempt, bearer
from tests.platform import ADMIN, OPERATOR, PASSWORD, Platform, Tenant

SIGN_IN = token_pb2.DESCRIPTOR.services_by_name["TokenService"].methods_by_name["SignIn"]


def a_try(slug: str, email: str, password: str = PASSWORD, *, address: str | None = None) -> token_pb2.SignInRequest:
    """Returns what somebody typed, from an address of their own where none is given."""
    return token_pb2.SignInRequest(
        tenant_slug=slug,
        email=email,
        password=password,
        network_address=secrets.token_hex(8) if address is None else address,
    )


async def answer(platform: Platform, request: token_pb2.SignInRequest) -> Reply:
    """Returns all that somebody hears who tries to sign in."""
    metadata = bearer(platform.channels.tokens.make())
    return await attempt(platform.channels.of("identity"), SIGN_IN, request, metadata)


async def test_the_same_address_in_two_tenants_is_two_accounts(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    email = f"{secrets.token_hex(6)}@people.example"
    for tenant, password in ((shop, "the password of the shop"), (other, "the password elsewhere")):
        request = a_member(email=email)
        request.password = password
        await platform.call(platform.staff.CreateStaff, request, tenant_id=tenant.id)
    own = await answer(platform, a_try(shop.slug, email, "the password of the shop"))
    assert own.code == "OK"
    elsewhere = await answer(platform, a_try(other.slug, email, "the password of the shop"))
    assert (elsewhere.code, elsewhere.reason) == ("UNAUTHENTICATED", "SIGN_IN_REFUSED")


async def test_whatever_is_wrong_the_answer_is_the_same_bytes(platform: Platform, shop: Tenant) -> None:
    suspended = await shop.member()
    await update(platform, shop.admin, suspended.id, state=staff_pb2.Staff.STATE_SUSPENDED)
    replies = {
        await answer(platform, each)
        for each in (
            a_try("there-is-none", shop.admin.email),
            a_try(shop.slug, "nobody@people.example"),
            a_try(shop.slug, shop.admin.email, "wrong"),
            a_try(shop.slug, shop.admin.email, PASSWORD + " "),
            a_try(shop.slug, shop.admin.email, "\x00"),
            a_try(shop.slug, suspended.email),
            a_try(shop.slug, suspended.email, "wrong"),
        )
    }
    assert [(each.code, each.reason) for each in replies] == [("UNAUTHENTICATED", "SIGN_IN_REFUSED")]


async def test_an_address_is_known_in_whatever_case_it_is_typed(platform: Platform, shop: Tenant) -> None:
    reply = await answer(platform, a_try(shop.slug, f" {shop.admin.email.upper()} "))
    assert reply.code == "OK"


async def test_a_hundred_tries_at_once_are_no_more_than_one_after_another(platform: Platform, shop: Tenant) -> None:
    address = secrets.token_hex(8)
    tries = [a_try(shop.slug, "somebody@people.example", f"guess {each}", address=address) for each in range(40)]
    replies = await asyncio.gather(*(answer(platform, each) for each in tries))
    assert [each.reason for each in replies].count("SIGN_IN_REFUSED") == OF_ACCOUNT.most
    assert {each.reason for each in replies} == {"SIGN_IN_REFUSED", "SIGN_IN_LIMITED"}
    with pytest.raises(ResourceExhausted) as limited:
        await platform.call(platform.tokens.SignIn, tries[0])
    assert limited.value.retry_after is not None
    assert timedelta() < limited.value.retry_after <= OF_ACCOUNT.window
    # Nobody elsewhere is locked out by it, not even from the very account.
    assert (await answer(platform, a_try(shop.slug, "somebody@people.example"))).reason == "SIGN_IN_REFUSED"
    assert (await answer(platform, a_try(shop.slug, shop.admin.email, address=address))).code == "OK"


MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    """A morning that goes by as a test says."""
    return ManualClock(MORNING)


@pytest.fixture
def guesses(redis: Redis, clock: ManualClock) -> Guesses:
    """Limits of one test's own: the secret makes other keys of the same addresses."""
    return Guesses(SharedLimits(redis, secrets.token_hex(8), clock=clock))


async def spent(guesses: Guesses, address: str, account: str) -> int:
    """Tries until it is refused, and returns how often that was."""
    for count in range(1000):
        try:
            await guessing.try_sign_in(guesses, account, address)
        except ResourceExhausted:
            return count
    raise AssertionError("there is no limit")


async def test_the_limits_end_with_their_window_and_say_when(guesses: Guesses, clock: ManualClock) -> None:
    assert await spent(guesses, "192.0.2.1", "a") == OF_ACCOUNT.most
    with pytest.raises(ResourceExhausted) as refused:
        await guessing.try_sign_in(guesses, "a", "192.0.2.1")
    assert refused.value.retry_after == OF_ACCOUNT.window / OF_ACCOUNT.most
    clock.advance(OF_ACCOUNT.window)
    assert await spent(guesses, "192.0.2.1", "a") == OF_ACCOUNT.most


async def test_one_address_that_tries_many_accounts_is_limited(guesses: Guesses) -> None:
    for each in range(OF_NETWORK.most):
        await guessing.try_sign_in(guesses, f"account {each}", "192.0.2.1")
    with pytest.raises(ResourceExhausted):
        await guessing.try_sign_in(guesses, "another", "192.0.2.1")
    await guessing.try_sign_in(guesses, "another", "192.0.2.2")


async def test_whoever_has_a_network_of_ipv6_has_one_address(guesses: Guesses) -> None:
    for each in range(OF_ACCOUNT.most):
        await guessing.try_sign_in(guesses, "a", f"2001:db8:0:1::{each:x}")
    with pytest.raises(ResourceExhausted):
        await guessing.try_sign_in(guesses, "a", "2001:db8:0:1:ffff::1")
    await guessing.try_sign_in(guesses, "a", "2001:db8:0:2::1")


async def test_a_person_who_knows_the_password_is_never_limited(guesses: Guesses, clock: ManualClock) -> None:
    for _ in range(2 * OF_NETWORK.most):
        clock.advance(timedelta(seconds=1))
        await guessing.try_sign_in(guesses, "a", "192.0.2.1")
        await guessing.signed_in(guesses, "a", "192.0.2.1")
    assert await spent(guesses, "192.0.2.1", "a") == OF_ACCOUNT.most


async def test_the_limits_remember_neither_addresses_nor_accounts(guesses: Guesses, redis: Redis) -> None:
    await guessing.try_sign_in(guesses, "somebody@people.example", "192.0.2.1")
    keys = str(await redis.keys("limit:sign_in_*"))
    assert "sign_in_account" in keys
    assert "192.0.2.1" not in keys
    assert "somebody" not in keys


async def test_passwords_are_kept_by_argon2id_and_nothing_else(
    platform: Platform, shop: Tenant, usual_hasher: PasswordHasher
) -> None:
    async with the_database(platform) as owner:
        kept = await owner.fetchval(
            "SELECT password_hash FROM identity.staff WHERE id = $1", ids.to_uuid(shop.admin.id, "stf")
        )
    # The service hashes as it is told in one place, where tests make it cheap.
    assert extract_parameters(kept).memory_cost == passwords.HASHER.memory_cost < usual_hasher.memory_cost
    parameters = extract_parameters(usual_hasher.hash("a password"))
    assert (parameters.type, parameters.version) == (Type.ID, 19)
    # The second of the two profiles that RFC 9106 recommends, or more.
    assert parameters.memory_cost >= 64 * 1024
    assert parameters.time_cost >= 3
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


@asynccontextmanager
async def the_database(platform: Platform) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Opens the database as its administrator."""
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        yield owner
    finally:
        await owner.close()


async def exchanged(platform: Platform, session: str) -> token_pb2.ExchangeCredentialResponse:
    """Exchanges a session."""
    answered: token_pb2.ExchangeCredentialResponse = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=session)
    )
    return answered


async def test_a_session_is_kept_as_a_hash_and_ends_when_it_is_signed_out(platform: Platform, shop: Tenant) -> None:
    member = await platform.sign_in(shop.slug, shop.admin.email)
    async with the_database(platform) as owner:
        held = await owner.fetch("SELECT s::text AS row FROM identity.sessions s")
    assert held
    assert not any(member.session.split("_", 2)[2] in row["row"] for row in held)
    await platform.call(platform.tokens.SignOut, token_pb2.SignOutRequest(session=member.session))
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchanged(platform, member.session)
    # Another session of the same person goes on.
    assert (await exchanged(platform, shop.admin.session)).access_token


async def test_signing_out_tells_nobody_what_a_session_was(platform: Platform, shop: Tenant) -> None:
    signed_out = await platform.sign_in(shop.slug, shop.admin.email)
    for session in (signed_out.session, signed_out.session, signed_out.session + "x", "garbage", f"pss_{'0' * 26}_x"):
        await platform.call(platform.tokens.SignOut, token_pb2.SignOutRequest(session=session))


async def test_a_token_of_a_session_that_ended_is_refused_within_seconds(platform: Platform, shop: Tenant) -> None:
    member = await platform.sign_in(shop.slug, shop.admin.email)
    await platform.call(platform.staff.GetMe, staff_pb2.GetMeRequest(), token=member.token)
    revoked = next_revocation(platform)
    await platform.call(platform.tokens.SignOut, token_pb2.SignOutRequest(session=member.session))
    asked = partial(platform.call, platform.staff.GetMe, staff_pb2.GetMeRequest(), token=member.token)
    await refused_soon(revoked, asked)


async def refused_soon(revoked: asyncio.Event, ask: Callable[[], Awaitable[object]]) -> None:
    """Waits until a call is refused; of what others had revoked may be heard before."""
    async with asyncio.timeout(5):
        while True:
            await revoked.wait()
            revoked.clear()
            try:
                await ask()
            except Unauthenticated as refused:
                if "CREDENTIAL_REJECTED" in str(refused):
                    return
                raise


def next_revocation(platform: Platform) -> asyncio.Event:
    """Returns an event that is set when the process hears of a revocation."""
    heard = asyncio.Event()
    revocations_of(platform).on_change(heard.set)
    return heard


def revocations_of(platform: Platform) -> Revocations:
    """Returns what the running process knows to be revoked."""
    assert platform.running is not None
    return platform.running._process.revocations


async def test_no_token_with_the_old_roles_looks_younger_than_the_change(platform: Platform, shop: Tenant) -> None:
    """Exchanges a session while its account's roles are being changed, which the exchange waits for."""
    member = await shop.member(OPERATOR, ADMIN)
    async with the_database(platform) as owner, the_database(platform) as watching:
        changing = owner.transaction()
        await changing.start()
        staff_id = ids.to_uuid(member.id, "stf")
        await owner.execute("SELECT FROM identity.staff WHERE id = $1 FOR UPDATE", staff_id)
        exchanging = asyncio.create_task(exchanged(platform, member.session))
        async with asyncio.timeout(10):
            while not await watching.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'parley_identity'"
            ):
                assert not exchanging.done(), "the exchange did not wait for the change"
        await owner.execute("UPDATE identity.staff SET roles = $1 WHERE id = $2", [int(OPERATOR)], staff_id)
        changed_at = datetime.now(UTC)
        await changing.commit()
        issued = await exchanging
    assert list(issued.callers) == [OPERATOR]
    actor = verify(issued.access_token, keys_of(platform))
    assert actor.issue_time is not None
    assert actor.issue_time >= changed_at - timedelta(milliseconds=1)


def keys_of(platform: Platform) -> dict[str, Ed25519PublicKey]:
    """Returns the keys that the running process verifies with."""
    assert platform.running is not None
    return dict(platform.running._process.keys)


@given(st.text(max_size=60))
def test_no_text_but_a_credential_reads_as_one(text: str) -> None:
    from services.identity.domain import read_credential

    with pytest.raises(ParleyError, match="CREDENTIAL_REJECTED"):
        read_credential("pss", text)
