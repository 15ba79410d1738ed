"""A second factor: by the RFC's own vectors, each code once, required by the tenant, and proved anew for some deeds."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from parley.identity.v1 import second_factor_pb2, tenant_pb2, token_pb2
from redis.asyncio import Redis

from kernel import ids
from kernel.errors import FailedPrecondition, NotFound, PermissionDenied, ResourceExhausted, Unauthenticated
from kernel.limits import Guesses, SharedLimits
from services.identity.actions import guessing
from services.identity.actions.guessing import OF_ACCOUNT_ANYWHERE, OF_DEVICE
from services.identity.domain import second_factors as domain
from services.identity.domain.second_factors import CHALLENGE_TRIES, code_at, matching_step, step_of
from tests.identity.test_sign_in import the_database
from tests.platform import ADMIN, PASSWORD, Member, Platform, Tenant

#: RFC 6238, appendix B, for SHA-1: the seconds and the last six digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    secret, moment = b"12345678901234567890", datetime.fromtimestamp(seconds, UTC)
    assert code_at(secret, step_of(moment)) == code
    assert matching_step(secret, f" {code[:3]} {code[3:]} ", moment, 0) == step_of(moment)
    assert matching_step(secret, code, moment, step_of(moment)) is None
    for late in (timedelta(seconds=90), timedelta(seconds=-90)):
        assert matching_step(secret, code, moment + late, 0) is None


def test_a_known_browser_is_one_of_its_own_account_only_and_for_a_time() -> None:
    now, key = datetime.now(UTC), b"k" * 32
    until = int((now + timedelta(days=1)).timestamp())
    text = domain.make_known_device(key, "fern\x00ann", "nonce", until)
    assert domain.read_known_device(key, "fern\x00ann", text, now) == "nonce"
    for account, given, moment in (
        ("fern\x00bob", text, now),
        ("fern\x00ann", text.replace("nonce", "other"), now),
        ("fern\x00ann", text.replace(str(until), str(until + 9)), now),
        ("fern\x00ann", text, now + timedelta(days=2)),
        ("fern\x00ann", "", now),
        ("fern\x00ann", "a.²²²²²²²²²²²².b", now),
    ):
        assert domain.read_known_device(key, account, given, moment) == ""


async def sign_in(platform: Platform, tenant: Tenant, member: Member, **more: str) -> token_pb2.SignInResponse:
    """Takes the first step of signing in."""
    answer: token_pb2.SignInResponse = await platform.call(
        platform.tokens.SignIn,
        token_pb2.SignInRequest(**{"tenant_slug": tenant.slug, "email": member.email, "password": PASSWORD} | more),
    )
    return answer


async def finish(platform: Platform, challenge: str, code: str) -> second_factor_pb2.FinishSignInResponse:
    """Takes the second step."""
    answer: second_factor_pb2.FinishSignInResponse = await platform.call(
        platform.factors.FinishSignIn, second_factor_pb2.FinishSignInRequest(challenge=challenge, code=code)
    )
    return answer


class App:
    """An authenticator app, whose codes go forward as time does, or faster where a test cannot wait."""

    def __init__(self, secret: str) -> None:
        """Takes the secret as it is typed."""
        self._secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self._step = int(time.time()) // 30 - 1

    def code(self) -> str:
        """Returns the next code that is good now, or will be within the drift, for half a minute at least."""
        self._step += 1
        return code_at(self._secret, self._step)


async def do(platform: Platform, member: Member, name: str, **fields: Any) -> Any:
    """Calls one of the second factor's calls."""
    request = getattr(second_factor_pb2, f"{name}Request")(**fields)
    return await platform.call(getattr(platform.factors, name), request, token=member.token)


async def with_factor(platform: Platform, member: Member) -> tuple[App, list[str]]:
    """Gives somebody a second factor."""
    started = await do(platform, member, "StartSecondFactor")
    app = App(started.second_factor.secret)
    confirmed = await do(platform, member, "ConfirmSecondFactor", code=app.code())
    return app, list(confirmed.recovery_codes)


async def test_with_a_second_factor_the_password_alone_opens_nothing(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    started = await do(platform, member, "StartSecondFactor")
    made = started.second_factor
    assert made.otpauth_uri.startswith("otpauth://totp/")
    assert f"secret={made.secret}" in made.otpauth_uri
    assert made.qr_path.count("M") > made.qr_size
    # Until a first code was given, nothing is asked for.
    assert (await sign_in(platform, shop, member)).session
    with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
        await do(platform, member, "ConfirmSecondFactor", code="000000")
    app = App(made.secret)
    codes = (await do(platform, member, "ConfirmSecondFactor", code=app.code())).recovery_codes
    assert len(set(codes)) == 10
    state = await do(platform, member, "GetSecondFactor")
    assert (state.is_on, state.is_required, state.recovery_code_count) == (True, False, 10)
    opened = await sign_in(platform, shop, member)
    assert (opened.session, opened.known_device) == ("", "")
    done = await finish(platform, opened.challenge, app.code())
    assert (
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=done.session)
        )
    ).subject_id == member.id
    # The challenge and the code are used up.
    for challenge in (opened.challenge, (await sign_in(platform, shop, member)).challenge):
        app._step -= 1
        with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
            await finish(platform, challenge, app.code())


async def test_of_two_who_send_one_code_at_once_one_is_in(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    app, _ = await with_factor(platform, member)
    challenges = [(await sign_in(platform, shop, member)).challenge for _ in range(2)]
    code = app.code()
    both = await asyncio.gather(*(finish(platform, each, code) for each in challenges), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["FinishSignInResponse", "PermissionDenied"]


async def test_a_recovery_code_is_good_once_in_whatever_spelling(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    _, codes = await with_factor(platform, member)
    spelled = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert (await finish(platform, (await sign_in(platform, shop, member)).challenge, spelled)).session
    with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
        await finish(platform, (await sign_in(platform, shop, member)).challenge, codes[0])
    assert (await do(platform, member, "GetSecondFactor")).recovery_code_count == 9
    async with the_database(platform) as owner:
        kept = await owner.fetch(
            "SELECT code_hash, sealed_secret FROM identity.recovery_codes JOIN identity.second_factors"
            " USING (tenant_id, staff_id) WHERE staff_id = $1",
            ids.to_uuid(member.id, "stf"),
        )
    assert not any(codes[1].encode() in bytes(each["code_hash"]) for each in kept)


async def test_a_challenge_bears_few_tries(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    app, _ = await with_factor(platform, member)
    challenge = (await sign_in(platform, shop, member)).challenge
    for _ in range(CHALLENGE_TRIES):
        with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
            await finish(platform, challenge, "000000")
    with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
        await finish(platform, challenge, app.code())
    # The owner begins again and is in; the code was never taken.
    app._step -= 1
    assert (await finish(platform, (await sign_in(platform, shop, member)).challenge, app.code())).session


async def test_where_the_tenant_asks_for_it_a_sign_in_sets_it_up(platform: Platform) -> None:
    tenant = await platform.tenant()
    member = await tenant.member()
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="staff.second_factor_required", value_json="true"),
        token=tenant.admin.token,
    )
    opened = await sign_in(platform, tenant, member)
    assert opened.session == ""
    app = App(opened.second_factor.secret)
    done = await finish(platform, opened.challenge, app.code())
    assert len(done.recovery_codes) == 10
    again = await sign_in(platform, tenant, member)
    assert not again.HasField("second_factor")
    session = (await finish(platform, again.challenge, app.code())).session
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=session)
    )
    with pytest.raises(FailedPrecondition, match="SECOND_FACTOR_REQUIRED"):
        await do(platform, Member(member.id, "", "", issued.access_token), "RemoveSecondFactor")


async def test_what_changes_the_way_in_wants_a_fresh_proof(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.sessions SET auth_time = now() - interval '1 hour' WHERE staff_id = $1",
            ids.to_uuid(member.id, "stf"),
        )
    for name in ("StartSecondFactor", "RenewRecoveryCodes", "RemoveSecondFactor"):
        with pytest.raises(PermissionDenied, match="PROOF_NEEDED"):
            await do(platform, member, name)
    with pytest.raises(PermissionDenied, match="PASSWORD_WRONG"):
        await do(platform, member, "ProveMe", password="another password")
    await do(platform, member, "ProveMe", password=PASSWORD)
    app, _ = await with_factor(platform, member)
    with pytest.raises(PermissionDenied, match="SECOND_FACTOR_WRONG"):
        await do(platform, member, "ProveMe", password=PASSWORD)
    await do(platform, member, "ProveMe", password=PASSWORD, code=app.code())
    await do(platform, member, "RemoveSecondFactor")
    assert (await sign_in(platform, shop, member)).session


async def test_an_administrator_helps_who_lost_everything(platform: Platform, shop: Tenant) -> None:
    admin, member = await shop.member(ADMIN), await shop.member()
    await with_factor(platform, member)
    other = await platform.tenant()
    with pytest.raises(NotFound, match="STAFF_MEMBER_NOT_FOUND"):
        await do(platform, other.admin, "ResetSecondFactor", staff_id=member.id)
    await do(platform, admin, "ResetSecondFactor", staff_id=member.id)
    with pytest.raises(Unauthenticated):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=member.session)
        )
    assert (await sign_in(platform, shop, member)).session


async def test_nobody_locks_the_owner_of_an_account_out(platform: Platform, shop: Tenant, redis: Redis) -> None:
    """Many networks try one account; a browser that was signed in before still comes in, a new one has to wait."""
    member, second = await shop.member(), await shop.member()
    known = (await sign_in(platform, shop, member, network_address="192.0.2.1")).known_device
    guesses = Guesses(SharedLimits(redis, platform.config.secret_key))
    for each in (member, second):
        with contextlib.suppress(ResourceExhausted):
            for number in range(OF_ACCOUNT_ANYWHERE.most):
                await guessing.try_sign_in(guesses, f"{shop.slug}\x00{each.email}", f"network {number}")
    with pytest.raises(ResourceExhausted, match="SIGN_IN_LIMITED"):
        await sign_in(platform, shop, member, network_address="192.0.2.1")
    assert (await sign_in(platform, shop, member, network_address="192.0.2.1", known_device=known)).session
    # What makes one account's browser known does nothing for another account.
    with pytest.raises(ResourceExhausted, match="SIGN_IN_LIMITED"):
        await sign_in(platform, shop, second, network_address="192.0.2.1", known_device=known)


async def test_a_known_browser_tries_no_more_often_than_another(redis: Redis) -> None:
    guesses = Guesses(SharedLimits(redis, secrets.token_hex(16)))
    for number in range(OF_DEVICE.most):
        await guessing.try_sign_in(guesses, "an account", f"network {number}", "a browser")
    with pytest.raises(ResourceExhausted, match="SIGN_IN_LIMITED"):
        await guessing.try_sign_in(guesses, "an account", "another network", "a browser")
