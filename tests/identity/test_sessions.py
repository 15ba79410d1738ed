"""Where somebody is signed in: shown without an address, ended one by one or all but this one."""

from __future__ import annotations

from functools import partial

import pytest
from parley.identity.v1 import session_pb2, staff_pb2, token_pb2

from kernel.errors import NotFound
from tests.identity.test_sign_in import next_revocation, refused_soon
from tests.platform import PASSWORD, Member, Platform, Tenant

SESSIONS = session_pb2.ListSessionsRequest


async def on(platform: Platform, tenant: Tenant, member: Member, device: str) -> Member:
    """Signs somebody in on a device."""
    opened = await platform.call(
        platform.tokens.SignIn,
        token_pb2.SignInRequest(tenant_slug=tenant.slug, email=member.email, password=PASSWORD, device=device),
    )
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=opened.session)
    )
    return Member(member.id, member.email, opened.session, issued.access_token)


async def listed(platform: Platform, member: Member) -> list[session_pb2.Session]:
    """Returns somebody's sessions."""
    answer = await platform.call(platform.sessions.ListSessions, SESSIONS(), token=member.token)
    return list(answer.sessions)


async def test_sessions_are_listed_with_their_device_and_the_one_that_asks(platform: Platform, shop: Tenant) -> None:
    first = await shop.member()
    second = await on(platform, shop, first, "Firefox on Linux")
    found = await listed(platform, second)
    assert [(each.device, each.is_current) for each in found] == [("Firefox on Linux", True), ("", False)]
    assert all(each.HasField("use_time") for each in found)
    everything = repr([each.SerializeToString() for each in found])
    assert "127.0.0.1" not in everything


async def test_one_session_is_ended_and_nobody_elses(platform: Platform, shop: Tenant, robin: Member) -> None:
    first = await shop.member()
    second = await on(platform, shop, first, "Safari on iOS")
    old = next(each for each in await listed(platform, second) if not each.is_current)
    request = session_pb2.RevokeSessionRequest(session_id=old.id)
    with pytest.raises(NotFound, match="SESSION_NOT_FOUND"):
        await platform.call(platform.sessions.RevokeSession, request, token=robin.token)
    revoked = next_revocation(platform)
    await platform.call(platform.sessions.RevokeSession, request, token=second.token)
    asked = partial(platform.call, platform.staff.GetMe, staff_pb2.GetMeRequest(), token=first.token)
    await refused_soon(revoked, asked)
    assert [each.device for each in await listed(platform, second)] == ["Safari on iOS"]
    # Once more does no harm.
    await platform.call(platform.sessions.RevokeSession, request, token=second.token)


async def test_all_others_are_ended_at_once(platform: Platform, shop: Tenant) -> None:
    first = await shop.member()
    for device in ("Chrome on Windows", "Edge on Windows"):
        await on(platform, shop, first, device)
    request = session_pb2.RevokeOtherSessionsRequest()
    assert len(await listed(platform, first)) == 3
    await platform.call(platform.sessions.RevokeOtherSessions, request, token=first.token)
    assert [each.is_current for each in await listed(platform, first)] == [True]
