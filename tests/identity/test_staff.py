"""What an administrator may change of an account, and what nobody may make of one."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from parley.identity.v1 import api_key_pb2, site_pb2, staff_pb2, tenant_pb2, token_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import Aborted, InvalidArgument, NotFound, ParleyError, PermissionDenied, Unauthenticated
from tests.platform import ADMIN, OFFICER, OPERATOR, PASSWORD, SUPERVISOR, Member, Platform, Tenant

PLATFORM_ADMIN, REVIEWER = access_pb2.CALLER_PLATFORM_ADMIN, access_pb2.CALLER_PLATFORM_REVIEWER
NO_ROLES = (
    access_pb2.CALLER_INTERNAL,
    access_pb2.CALLER_SERVICE_ACCOUNT,
    access_pb2.CALLER_VISITOR,
    access_pb2.CALLER_ANONYMOUS,
    access_pb2.CALLER_UNSPECIFIED,
)
SUSPENDED = staff_pb2.Staff.STATE_SUSPENDED


async def update(platform: Platform, by: Member, staff_id: str, **changes: object) -> staff_pb2.Staff:
    """Changes an account as somebody; every change is in the mask, except the etag."""
    paths = [name for name in changes if name != "etag"]
    answer = await platform.call(
        platform.staff.UpdateStaff,
        staff_pb2.UpdateStaffRequest(
            staff=staff_pb2.Staff(id=staff_id, **changes),  # type: ignore[arg-type]  # A test names the fields.
            update_mask=FieldMask(paths=paths),
        ),
        token=by.token,
    )
    changed: staff_pb2.Staff = answer.staff
    return changed


@pytest.mark.parametrize("role", NO_ROLES)
async def test_nobody_is_made_something_that_is_no_role_of_staff(
    platform: Platform, shop: Tenant, robin: Member, role: access_pb2.Caller.ValueType
) -> None:
    tenant = shop
    accomplice = robin
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await update(platform, tenant.admin, accomplice.id, roles=[OPERATOR, role])
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await tenant.member(role)
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=accomplice.session)
    )
    assert list(issued.callers) == [OPERATOR]


@pytest.mark.parametrize("role", [PLATFORM_ADMIN, REVIEWER])
async def test_an_administrator_gives_no_role_above_tenants(
    platform: Platform, shop: Tenant, house: Tenant, role: access_pb2.Caller.ValueType
) -> None:
    for tenant in (shop, house):
        member = await tenant.member()
        with pytest.raises(PermissionDenied, match="ROLE_NOT_GRANTABLE"):
            await update(platform, tenant.admin, member.id, roles=[OPERATOR, role])
        with pytest.raises(PermissionDenied, match="ROLE_NOT_GRANTABLE"):
            await platform.call(platform.staff.CreateStaff, a_member(role), token=tenant.admin.token)


async def test_roles_above_tenants_exist_in_the_house_only(platform: Platform, shop: Tenant, house: Tenant) -> None:
    with pytest.raises(PermissionDenied, match="ROLE_NOT_GRANTABLE"):
        await shop.member(PLATFORM_ADMIN)
    made = await house.member(PLATFORM_ADMIN, ADMIN)
    colleague = await house.member()
    assert REVIEWER in (await update(platform, made, colleague.id, roles=[REVIEWER])).roles


async def test_who_may_not_give_a_role_may_not_take_it_or_stop_its_holder(platform: Platform, house: Tenant) -> None:
    above = await house.member(PLATFORM_ADMIN)
    with pytest.raises(PermissionDenied, match="ROLE_NOT_GRANTABLE"):
        await update(platform, house.admin, above.id, roles=[OPERATOR])
    with pytest.raises(PermissionDenied, match="ROLE_NOT_GRANTABLE"):
        await update(platform, house.admin, above.id, state=SUSPENDED)


async def test_only_the_platforms_own_set_up_makes_a_house(platform: Platform, house: Tenant) -> None:
    above = await house.member(PLATFORM_ADMIN)
    request = tenant_pb2.CreateTenantRequest(
        slug=f"x{ids.new_id('ten')[-8:]}",
        display_name="Another house",
        regime=tenant_pb2.REGIME_HOUSE,
        admin_email="a@house.example",
        admin_display_name="Ada",
        admin_password=PASSWORD,
    )
    with pytest.raises(PermissionDenied, match="HOUSE_NOT_CREATABLE"):
        await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    request.regime = tenant_pb2.REGIME_ASP
    made = await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    assert made.tenant.regime == tenant_pb2.REGIME_ASP


async def test_an_administrator_cannot_take_the_own_access_away(platform: Platform) -> None:
    tenant = await platform.tenant()  # The change ends its administrator's tokens.
    for changes in ({"state": SUSPENDED}, {"roles": [OPERATOR]}):
        with pytest.raises(InvalidArgument, match="OWN_ACCOUNT"):
            await update(platform, tenant.admin, tenant.admin.id, **changes)
    changed = await update(platform, tenant.admin, tenant.admin.id, roles=[ADMIN, OPERATOR], display_name="Alexis")
    assert changed.display_name == "Alexis"


async def test_an_update_says_which_fields_it_changes(platform: Platform, shop: Tenant, robin: Member) -> None:
    tenant = shop
    member = robin
    for paths in ([], ["email"], ["id"], ["password_hash"], ["display_name", "email"], ["display_name.x"], ["*"]):
        with pytest.raises(InvalidArgument, match="UPDATE_MASK_INVALID"):
            await platform.call(
                platform.staff.UpdateStaff,
                staff_pb2.UpdateStaffRequest(
                    staff=staff_pb2.Staff(id=member.id, display_name="X"), update_mask=FieldMask(paths=paths)
                ),
                token=tenant.admin.token,
            )


@pytest.mark.parametrize("changes", [{"display_name": ""}, {"roles": []}, {"state": 0}])
async def test_an_update_leaves_no_account_without_what_it_needs(
    platform: Platform, shop: Tenant, robin: Member, changes: dict[str, object]
) -> None:
    tenant = shop
    member = robin
    with pytest.raises(InvalidArgument) as refused:
        await update(platform, tenant.admin, member.id, **changes)
    assert [name for name, _ in refused.value.fields] == list(changes)


async def test_of_two_who_change_the_same_account_the_second_is_told(platform: Platform, shop: Tenant) -> None:
    tenant = shop
    member = await tenant.member()
    read = await platform.call(
        platform.staff.GetStaff, staff_pb2.GetStaffRequest(staff_id=member.id), token=tenant.admin.token
    )
    outcomes = await asyncio.gather(
        *(
            update(platform, tenant.admin, member.id, display_name=name, etag=read.staff.etag)
            for name in ("Robin One", "Robin Two")
        ),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [Aborted]
    assert str(refused[0]) == "CHANGED_MEANWHILE"
    kept = next(each for each in outcomes if isinstance(each, staff_pb2.Staff))
    assert kept.etag != read.staff.etag


async def test_an_account_joins_teams_of_its_own_tenant_only(platform: Platform, shop: Tenant) -> None:
    tenant, other = shop, await platform.tenant()
    own, foreign = [await a_team(platform, each) for each in (tenant, other)]
    member = await tenant.member()
    assert list((await update(platform, tenant.admin, member.id, team_ids=[own, own])).team_ids) == [own]
    with pytest.raises(NotFound, match="TEAM_NOT_FOUND"):
        await update(platform, tenant.admin, member.id, team_ids=[own, foreign])
    kept = await platform.call(
        platform.staff.GetStaff, staff_pb2.GetStaffRequest(staff_id=member.id), token=tenant.admin.token
    )
    assert list(kept.staff.team_ids) == [own]


async def test_whatever_is_named_has_a_name_that_can_be_seen(platform: Platform, shop: Tenant) -> None:
    blank = " \u200b "
    nobody = a_member()
    nobody.display_name = blank
    for method, request in (
        (platform.staff.CreateStaff, nobody),
        (platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name=blank)),
        (platform.api_keys.CreateApiKey, api_key_pb2.CreateApiKeyRequest(display_name=blank, scopes=["chat.read"])),
        (platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name=blank)),
    ):
        with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
            await platform.call(method, request, token=shop.admin.token)


async def test_an_address_belongs_to_one_account_of_a_tenant(platform: Platform, shop: Tenant) -> None:
    tenant = shop
    for email in (tenant.admin.email, tenant.admin.email.upper()):
        with pytest.raises(ParleyError, match="NAME_TAKEN"):
            await platform.call(platform.staff.CreateStaff, a_member(email=email), token=tenant.admin.token)


async def test_colleagues_see_no_address_and_an_administrator_does(platform: Platform, shop: Tenant) -> None:
    tenant = shop
    member = await tenant.member(SUPERVISOR, OFFICER)
    for token, seen in ((member.token, False), (tenant.admin.token, True)):
        listed = await platform.call(platform.staff.ListStaff, staff_pb2.ListStaffRequest(), token=token)
        assert {bool(each.email) for each in listed.staff} == {seen}
    me = await platform.call(platform.staff.GetMe, staff_pb2.GetMeRequest(), token=member.token)
    assert me.staff.email == member.email


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example; script-src *",
        "https://shop.example\r\nset-cookie: a=b",
        "*",
        "'self'",
        "https://*",
        "https://shop.example/path",
        "javascript:alert(1)",
        "https://user@shop.example",
        "https://shop.example\n",
    ],
)
async def test_a_site_is_framed_by_origins_and_by_nothing_that_reads_like_a_policy(
    platform: Platform, shop: Tenant, origin: str
) -> None:
    tenant = shop
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await platform.call(
            platform.sites.UpdateSite,
            site_pb2.UpdateSiteRequest(
                site=site_pb2.Site(id=tenant.site.id, allowed_origins=[origin]),
                update_mask=FieldMask(paths=["allowed_origins"]),
            ),
            token=tenant.admin.token,
        )


async def test_a_suspended_person_is_out_everywhere(platform: Platform, shop: Tenant) -> None:
    tenant = shop
    member = await tenant.member()
    await update(platform, tenant.admin, member.id, state=SUSPENDED)
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=member.session)
        )
    with pytest.raises(Unauthenticated, match="SIGN_IN_REFUSED"):
        await platform.sign_in(tenant.slug, member.email)
    await update(platform, tenant.admin, member.id, state=staff_pb2.Staff.STATE_ACTIVE)
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=member.session)
        )
    assert (await platform.sign_in(tenant.slug, member.email)).token


def a_member(*roles: access_pb2.Caller.ValueType, email: str = "") -> staff_pb2.CreateStaffRequest:
    """Returns the description of a new account."""
    return staff_pb2.CreateStaffRequest(
        email=email or f"{ids.new_id('stf')[-12:]}@people.example",
        display_name="Robin",
        roles=roles or (OPERATOR,),
        password=PASSWORD,
    )


async def a_team(platform: Platform, tenant: Tenant) -> str:
    """Returns the id of a new team."""
    made = await platform.call(
        platform.staff.CreateTeam,
        staff_pb2.CreateTeamRequest(display_name=f"Team {secrets.token_hex(4)}"),
        token=tenant.admin.token,
    )
    return str(made.team.id)
