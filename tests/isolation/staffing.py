"""What a tenant's administration leaves behind: invitations, sessions, second factors, and whom a site named."""

from __future__ import annotations

import secrets
from datetime import timedelta

from parley.identity.v1 import closure_pb2, invitation_pb2, oidc_pb2, session_pb2, visitor_identity_pb2

from kernel import ids
from kernel.clock import SystemClock
from kernel.storage import Database, runtime_url
from services.identity.store import add_oidc_flow, add_oidc_link
from tests.identity.test_second_factors import sign_in, with_factor
from tests.identity.test_visitor_identity import a_secret, a_token
from tests.platform import ISSUER, OPERATOR, Member, Platform, Tenant


async def settle(platform: Platform, tenant: Tenant, administrator: Member, operator: Member) -> str:
    """Does all of it, and returns the id of a second session of the operator's."""
    await platform.call(
        platform.invitations.InviteStaff,
        invitation_pb2.InviteStaffRequest(
            email=f"{secrets.token_hex(4)}@{tenant.slug}.example", display_name="Invited", roles=[OPERATOR]
        ),
        token=administrator.token,
    )
    for member in (administrator, operator):
        await platform.sign_in(tenant.slug, member.email)
    # One has an app, and a sign-in that waits for its code.
    guarded = await tenant.member(name="Guarded")
    await with_factor(platform, guarded)
    await sign_in(platform, tenant, guarded)
    await platform.call(
        platform.closures.RequestClosure,
        closure_pb2.RequestClosureRequest(tenant_slug=tenant.slug),
        token=administrator.token,
    )
    await sign_in_elsewhere(platform, tenant, administrator)
    secret = await a_secret(platform, tenant)
    await platform.call(
        platform.identities.VerifyVisitor,
        visitor_identity_pb2.VerifyVisitorRequest(identity_token=a_token(secret, tenant.site.id)),
        token=await tenant.anonymous(),
    )
    listed = await platform.call(
        platform.sessions.ListSessions, session_pb2.ListSessionsRequest(), token=operator.token
    )
    return str(listed.sessions[0].id)


async def sign_in_elsewhere(platform: Platform, tenant: Tenant, administrator: Member) -> None:
    """Sets a provider, and notes what a sign-in there leaves behind, since nobody answers at this one."""
    await platform.call(
        platform.oidc.SetOidcProvider,
        oidc_pb2.SetOidcProviderRequest(issuer=ISSUER, client_id="parley", client_secret="a client's secret"),
        token=administrator.token,
    )
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "identity"))
    try:
        async with database.transaction(tenant.id) as connection:
            bound, now = ids.to_uuid(tenant.id, "ten"), SystemClock().now()
            times = (now, now + timedelta(minutes=10))
            await add_oidc_flow(connection, bound, secrets.token_bytes(32), b"sealed", ISSUER, times)
            await add_oidc_link(connection, bound, secrets.token_bytes(32), administrator.id, now)
    finally:
        await database.close()
