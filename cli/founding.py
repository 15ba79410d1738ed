"""`parley found`: makes the platform's own company and its first person, once, where nobody can sign in yet."""

from __future__ import annotations

import asyncio
import getpass
import sys

from parley.identity.v1 import (
    staff_pb2,
    staff_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from parley.options.v1 import access_pb2

from cli.calls import services_for_calls
from cli.deployment import on_this_machine
from kernel.config import Config, WrongSetting
from kernel.errors import AlreadyExists, InvalidArgument, ParleyError, Unauthenticated
from kernel.rpc.channels import Channels

#: What the founder may do: run the platform, take companies in, and administer the house itself.
ROLES = (access_pb2.CALLER_ADMIN, access_pb2.CALLER_PLATFORM_ADMIN)
SLUG = "house"


class NotFounded(Exception):
    """Nothing was made; its text says why, and what to do."""


def found(config: Config, *, email: str, name: str, company: str) -> None:
    """Makes the house with its first administrator; raises NotFounded where it is there, or something is not right."""
    config = on_this_machine(config)
    if not config.database_url or not config.secret_key:
        raise WrongSetting(
            "nothing runs in this data folder: start `parley up` there, or set PARLEY_DATABASE_URL and "
            "PARLEY_SECRET_KEY, as the services have them"
        )
    asyncio.run(_found(config, email=email, name=name, company=company, password=_password()))


async def _found(config: Config, *, email: str, name: str, company: str, password: str) -> None:
    async with services_for_calls(config) as (_, channels):
        try:
            tenant_id, admin_id = await _house(channels, email=email, name=name, company=company, password=password)
            request = staff_pb2.UpdateStaffRequest(staff=staff_pb2.Staff(id=admin_id, roles=ROLES))
            request.update_mask.paths.append("roles")
            staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
            await channels.call(staff.UpdateStaff, request, tenant_id=tenant_id)
        except ParleyError as error:
            broken = "; ".join(f"{field} {rule}" for field, rule in error.fields)
            raise NotFounded(f"{error.detail}{f' ({broken})' if broken else ''}") from None


async def _house(channels: Channels, *, email: str, name: str, company: str, password: str) -> tuple[str, str]:
    """Returns the ids of the house and of its first administrator, whom an interrupted run may have made before."""
    tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
    asked = tenant_pb2.CreateTenantRequest(
        slug=SLUG,
        display_name=company,
        regime=tenant_pb2.REGIME_HOUSE,
        admin_email=email,
        admin_display_name=name,
        admin_password=password,
    )
    try:
        made: tenant_pb2.CreateTenantResponse = await channels.call(tenants.CreateTenant, asked)
    except AlreadyExists:
        return await _unfinished(channels, email, password)
    return made.tenant.id, made.admin_id


async def _unfinished(channels: Channels, email: str, password: str) -> tuple[str, str]:
    """Returns the ids of a house whose first administrator has no more than a company's, and whose password is this."""
    tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
    staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
    there = NotFounded("the platform's own company is there already; nothing was changed")
    try:
        login = token_pb2.SignInRequest(tenant_slug=SLUG, email=email, password=password)
        session = (await channels.call(tokens.SignIn, login)).session
        issued = await channels.call(tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=session))
        me: staff_pb2.Staff = (
            await channels.call(staff.GetMe, staff_pb2.GetMeRequest(), token=issued.access_token)
        ).staff
    except (InvalidArgument, Unauthenticated):
        raise there from None
    if access_pb2.CALLER_PLATFORM_ADMIN in me.roles:
        raise there
    return issued.tenant_id, me.id


def _password() -> str:
    """Asks for the password, twice where somebody types it; it is on no command line and in no history."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("A password for you, twelve characters or more: ")
    if getpass.getpass("Once more: ") != typed:
        raise NotFounded("the two passwords differ; nothing was made")
    return typed
