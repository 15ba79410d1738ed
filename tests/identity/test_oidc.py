"""Signing in at a tenant's own OpenID provider: a real one answers, through TLS, and tells the truth or does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from parley.identity.v1 import oidc_pb2, token_pb2

from kernel import ids
from kernel.egress import Guard
from kernel.errors import InvalidArgument, PermissionDenied, Unavailable
from kernel.privacy.recipients import OIDC_PROVIDER
from tests.identity.provider import CLIENT_ID, CLIENT_SECRET, OpenId, answering
from tests.identity.test_sign_in import the_database
from tests.platform import ISSUER, Member, Platform, Tenant


@pytest_asyncio.fixture
async def provider(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenId]:
    """A provider that tells the truth until a test has it lie."""
    async with answering(platform.config.oidc_issuers[1], tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.certificate))
        yield found


async def set_provider(platform: Platform, tenant: Tenant, issuer: str) -> oidc_pb2.OidcProvider:
    """Sets a tenant's provider."""
    made = await platform.call(
        platform.oidc.SetOidcProvider,
        oidc_pb2.SetOidcProviderRequest(issuer=issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
        token=tenant.admin.token,
    )
    found: oidc_pb2.OidcProvider = made.provider
    return found


async def start(platform: Platform, tenant: Tenant) -> oidc_pb2.StartOidcResponse:
    """Begins a sign-in."""
    begun: oidc_pb2.StartOidcResponse = await platform.call(
        platform.oidc.StartOidc, oidc_pb2.StartOidcRequest(tenant_slug=tenant.slug)
    )
    return begun


async def finish(platform: Platform, flow: str, brought: dict[str, str]) -> Member:
    """Goes on with a sign-in that comes back, and returns who is in."""
    done = await platform.call(platform.oidc.FinishOidc, oidc_pb2.FinishOidcRequest(flow=flow, **brought))
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=done.session)
    )
    return Member(issued.subject_id, "", done.session, issued.access_token)


async def through(platform: Platform, tenant: Tenant, provider: OpenId) -> Member:
    """Signs in, from one end to the other."""
    begun = await start(platform, tenant)
    return await finish(platform, begun.flow, provider.agree(begun.authorization_url))


def says(provider: OpenId, member: Member, **more: Any) -> None:
    """Has the provider say who signs in."""
    provider.claims = {"email": member.email, "email_verified": True} | more


async def test_who_has_an_account_signs_in_and_is_known_by_the_provider_s_name_from_then_on(
    platform: Platform, provider: OpenId
) -> None:
    tenant = await platform.tenant()
    member, other = await tenant.member(), await tenant.member()
    made = await set_provider(platform, tenant, provider.issuer)
    assert made.redirect_uri.endswith("/oidc/callback")
    says(provider, member)
    begun = await start(platform, tenant)
    query = parse_qs(urlsplit(begun.authorization_url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert CLIENT_SECRET not in begun.authorization_url
    assert (await finish(platform, begun.flow, provider.agree(begun.authorization_url))).id == member.id
    assert provider.asked[-1]["client_secret"] == CLIENT_SECRET
    # The provider says another address of the same person, and the address of another colleague: it is the same person.
    says(provider, other)
    assert (await through(platform, tenant, provider)).id == member.id
    async with the_database(platform) as owner:
        kept = await owner.fetchval(
            "SELECT sealed_secret FROM identity.oidc_providers WHERE tenant_id = $1", ids.to_uuid(tenant.id, "ten")
        )
    assert CLIENT_SECRET.encode() not in bytes(kept)


async def test_nobody_comes_in_by_a_token_that_is_not_good(platform: Platform, provider: OpenId) -> None:
    tenant = await platform.tenant()
    member = await tenant.member()
    await set_provider(platform, tenant, provider.issuer)
    now = int(time.time())
    lies: list[dict[str, Any]] = [
        {"iss": "https://another.example"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"]},
        {"nonce": "another nonce"},
        {"exp": now - 120, "iat": now - 600},
        {"iat": now + 600, "exp": now + 900},
        {"sub": ""},
        {"sub": 7},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "nobody@people.example"},
    ]
    for lie in lies:
        says(provider, member, **lie)
        with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
            await through(platform, tenant, provider)
    says(provider, member)
    provider.other_key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
        await through(platform, tenant, provider)
    provider.other_key = None
    for description in ({"issuer": "https://another.example"}, {"token_endpoint": "http://localhost/token"}):
        provider.lies = description
        with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
            await start(platform, tenant)
    provider.lies = {}
    assert (await through(platform, tenant, provider)).id == member.id


async def test_a_sign_in_comes_back_once_and_in_its_own_browser(platform: Platform, provider: OpenId) -> None:
    tenant, other = await platform.tenant(), await platform.tenant()
    member = await tenant.member()
    for each in (tenant, other):
        await set_provider(platform, each, provider.issuer)
    says(provider, member)
    begun, elsewhere = await start(platform, tenant), await start(platform, tenant)
    brought = provider.agree(begun.authorization_url)
    foreign = begun.flow.replace(tenant.id.removeprefix("ten_"), other.id.removeprefix("ten_"))
    for flow, what in (
        (elsewhere.flow, brought),
        (foreign, brought),
        ("", brought),
        ("pof_x_y", brought),
    ):
        with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
            await finish(platform, flow, what)
    both = await asyncio.gather(*(finish(platform, begun.flow, brought) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["Member", "PermissionDenied"]


async def test_a_suspended_account_stays_outside(platform: Platform, provider: OpenId) -> None:
    tenant = await platform.tenant()
    member = await tenant.member()
    await set_provider(platform, tenant, provider.issuer)
    says(provider, member)
    await through(platform, tenant, provider)
    async with the_database(platform) as owner:
        await owner.execute("UPDATE identity.staff SET state = 2 WHERE id = $1", ids.to_uuid(member.id, "stf"))
    with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
        await through(platform, tenant, provider)


async def test_only_an_issuer_that_the_deployment_names_is_ever_asked(platform: Platform, provider: OpenId) -> None:
    tenant = await platform.tenant()
    with pytest.raises(InvalidArgument, match="ISSUER_NOT_ALLOWED"):
        await set_provider(platform, tenant, "https://169.254.169.254")
    with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
        await start(platform, tenant)
    guard = Guard(platform.config)
    port = urlsplit(provider.issuer).port
    assert port is not None
    guard.check("localhost", port, OIDC_PROVIDER)
    assert guard.whose("another.example", 443) is None
    # One that is allowed and answers nothing is said to be away.
    await set_provider(platform, tenant, ISSUER)
    with pytest.raises(Unavailable, match="OIDC_UNAVAILABLE"):
        await start(platform, tenant)


async def test_what_is_taken_away_lets_nobody_in(platform: Platform, provider: OpenId) -> None:
    tenant = await platform.tenant()
    member = await tenant.member()
    await set_provider(platform, tenant, provider.issuer)
    says(provider, member)
    begun = await start(platform, tenant)
    await platform.call(
        platform.oidc.RemoveOidcProvider, oidc_pb2.RemoveOidcProviderRequest(), token=tenant.admin.token
    )
    with pytest.raises(PermissionDenied, match="OIDC_REJECTED"):
        await finish(platform, begun.flow, provider.agree(begun.authorization_url))
