"""Closing a tenant: asked for in two steps, taken back for a week, and then nobody comes in any more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from parley.identity.v1 import closure_pb2, site_pb2, token_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied, Unauthenticated
from services.identity.actions.closing import CLOSE_JOB
from services.identity.domain.closing import WAITS
from tests.identity.test_sign_in import the_database
from tests.platform import PASSWORD, Platform, Tenant

EXCHANGE = token_pb2.ExchangeCredentialRequest


async def ask(platform: Platform, tenant: Tenant, slug: str = "") -> closure_pb2.Closure:
    """Asks for a tenant to be closed."""
    made = await platform.call(
        platform.closures.RequestClosure,
        closure_pb2.RequestClosureRequest(tenant_slug=slug or tenant.slug),
        token=tenant.admin.token,
    )
    found: closure_pb2.Closure = made.closure
    return found


async def come_true(platform: Platform, tenant: Tenant) -> None:
    """Lets the week go by for one tenant."""
    bound = ids.to_uuid(tenant.id, "ten")
    async with asyncio.timeout(20), the_database(platform) as owner:
        await owner.execute("UPDATE identity.closures SET due_time = now() WHERE tenant_id = $1", bound)
        await owner.execute(
            "UPDATE identity.jobs SET due_time = now() WHERE tenant_id = $1 AND kind = $2", bound, CLOSE_JOB
        )
        while await owner.fetchval(
            "SELECT count(*) FROM identity.jobs WHERE tenant_id = $1 AND kind = $2", bound, CLOSE_JOB
        ):
            pass


async def refused(platform: Platform, method: Any, request: Any) -> type[Exception]:
    """Returns how something is refused."""
    with pytest.raises(Exception) as error:  # noqa: PT011  # Which one it is, is what the caller looks at.
        await platform.call(method, request)
    return type(error.value)


async def test_after_a_week_nobody_comes_in_and_no_chat_is_shown(platform: Platform) -> None:
    tenant = await platform.tenant()
    _, key = await tenant.api_key("chat.read")
    visitor = await tenant.visitor("Ann")
    closure = await ask(platform, tenant)
    assert closure.due_time.ToDatetime() - closure.create_time.ToDatetime() == WAITS
    assert await ask(platform, tenant) == closure
    # Until then everything goes on.
    assert (await tenant.member()).session
    await come_true(platform, tenant)
    sign_in = token_pb2.SignInRequest(tenant_slug=tenant.slug, email=tenant.admin.email, password=PASSWORD)
    exchange, resolve = platform.tokens.ExchangeCredential, platform.sites.ResolveSiteKey
    assert await refused(platform, platform.tokens.SignIn, sign_in) is Unauthenticated
    assert await refused(platform, exchange, EXCHANGE(session=tenant.admin.session)) is Unauthenticated
    assert await refused(platform, exchange, EXCHANGE(api_key=key)) is Unauthenticated
    assert await refused(platform, exchange, EXCHANGE(site_key=tenant.site.key)) is NotFound
    assert await refused(platform, resolve, site_pb2.ResolveSiteKeyRequest(site_key=tenant.site.key)) is NotFound
    # People still reach what is held about them.
    assert await platform.call(exchange, EXCHANGE(tenant_slug=tenant.slug))
    assert await platform.call(exchange, EXCHANGE(visitor_credential=visitor.credential))


async def test_a_request_is_taken_back_and_nothing_happens(platform: Platform) -> None:
    tenant = await platform.tenant()
    await ask(platform, tenant)
    await platform.call(platform.closures.CancelClosure, closure_pb2.CancelClosureRequest(), token=tenant.admin.token)
    answer = await platform.call(
        platform.closures.GetClosure, closure_pb2.GetClosureRequest(), token=tenant.admin.token
    )
    assert not answer.HasField("closure")
    await come_true(platform, tenant)
    assert (await platform.sign_in(tenant.slug, tenant.admin.email)).session


async def test_nobody_closes_a_tenant_by_a_slip(platform: Platform) -> None:
    tenant, other = await platform.tenant(), await platform.tenant()
    with pytest.raises(InvalidArgument, match="SLUG_WRONG"):
        await ask(platform, tenant, other.slug)
    robin = await tenant.member()
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await platform.call(
            platform.closures.RequestClosure,
            closure_pb2.RequestClosureRequest(tenant_slug=tenant.slug),
            token=robin.token,
        )
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.sessions SET auth_time = now() - interval '1 hour' WHERE tenant_id = $1",
            ids.to_uuid(tenant.id, "ten"),
        )
    with pytest.raises(PermissionDenied, match="PROOF_NEEDED"):
        await ask(platform, tenant)


async def test_what_is_closed_stays_closed(platform: Platform) -> None:
    tenant = await platform.tenant()
    await ask(platform, tenant)
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.tenants SET close_time = now() WHERE tenant_id = $1", ids.to_uuid(tenant.id, "ten")
        )
    with pytest.raises(FailedPrecondition, match="TENANT_CLOSED"):
        await platform.call(
            platform.closures.CancelClosure, closure_pb2.CancelClosureRequest(), token=tenant.admin.token
        )
