"""A retry is the first request: once done, however often and however much at once it is asked."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import site_pb2, staff_pb2, tenant_pb2
from parley.options.v1 import access_pb2

from kernel.errors import AlreadyExists, InvalidArgument, ParleyError
from tests.identity.test_sign_in import the_database
from tests.identity.test_staff import a_member
from tests.platform import ADMIN, PASSWORD, Platform, Tenant


async def test_a_retry_returns_the_first_result(platform: Platform, shop: Tenant) -> None:
    request = site_pb2.CreateSiteRequest(display_name="Twice", request_id=secrets.token_hex(8))
    first = await platform.call(platform.sites.CreateSite, request, token=shop.admin.token)
    again = await platform.call(platform.sites.CreateSite, request, token=shop.admin.token)
    assert again == first


async def test_the_same_id_with_other_words_is_refused(platform: Platform, shop: Tenant) -> None:
    request = staff_pb2.CreateTeamRequest(display_name="Days", request_id=secrets.token_hex(8))
    await platform.call(platform.staff.CreateTeam, request, token=shop.admin.token)
    request.display_name = "Nights"
    with pytest.raises(AlreadyExists, match="REQUEST_ID_REUSED"):
        await platform.call(platform.staff.CreateTeam, request, token=shop.admin.token)
    listed = await platform.call(platform.staff.ListTeams, staff_pb2.ListTeamsRequest(), token=shop.admin.token)
    assert [team.display_name for team in listed.teams if team.display_name in ("Days", "Nights")] == ["Days"]


async def test_of_many_at_once_one_is_done(platform: Platform, shop: Tenant) -> None:
    request = site_pb2.CreateSiteRequest(display_name="At once", request_id=secrets.token_hex(8))
    answers = await asyncio.gather(
        *(platform.call(platform.sites.CreateSite, request, token=shop.admin.token) for _ in range(12))
    )
    assert len({answer.site.id for answer in answers}) == 1
    async with the_database(platform) as owner:
        assert await owner.fetchval("SELECT count(*) FROM identity.sites WHERE display_name = 'At once'") == 1


async def test_a_colleagues_request_id_is_another_one(platform: Platform, shop: Tenant) -> None:
    colleague = await shop.member(ADMIN)
    request_id = secrets.token_hex(8)
    made = [
        await platform.call(
            platform.sites.CreateSite,
            site_pb2.CreateSiteRequest(display_name=f"Of {who.email}", request_id=request_id),
            token=who.token,
        )
        for who in (shop.admin, colleague)
    ]
    assert made[0].site.id != made[1].site.id


async def test_a_request_that_failed_may_be_tried_again(platform: Platform, shop: Tenant) -> None:
    """What failed left no record of its id: the next try with it, set right, is carried out."""
    name = f"Team {secrets.token_hex(4)}"
    request = staff_pb2.CreateTeamRequest(display_name=name, request_id=secrets.token_hex(8))
    taken = staff_pb2.CreateTeamRequest(display_name=name)
    await platform.call(platform.staff.CreateTeam, taken, token=shop.admin.token)
    with pytest.raises(AlreadyExists, match="NAME_TAKEN"):
        await platform.call(platform.staff.CreateTeam, request, token=shop.admin.token)
    request.display_name += " again"
    assert (await platform.call(platform.staff.CreateTeam, request, token=shop.admin.token)).team.id


async def test_no_request_is_kept_for_its_retry(platform: Platform, shop: Tenant) -> None:
    request = a_member(email=f"{secrets.token_hex(6)}@kept.example")
    request.request_id, request.password = secrets.token_hex(8), "a very secret password"
    await platform.call(platform.staff.CreateStaff, request, token=shop.admin.token)
    async with the_database(platform) as owner:
        rows = await owner.fetch("SELECT i::text AS row FROM identity.idempotency i")
    assert any(request.request_id in row["row"] for row in rows)
    assert not any("kept.example" in row["row"] or "secret password" in row["row"] for row in rows)


async def test_a_tenant_is_created_once(platform: Platform, house: Tenant) -> None:
    above = await house.member(access_pb2.CALLER_PLATFORM_ADMIN)
    request = tenant_pb2.CreateTenantRequest(
        slug=f"n{secrets.token_hex(5)}",
        display_name="New",
        admin_email="a@new.example",
        admin_display_name="Ada",
        admin_password=PASSWORD,
        request_id=secrets.token_hex(8),
    )
    first = await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    again = await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    assert again.tenant == first.tenant
    request.request_id = ""
    with pytest.raises(AlreadyExists, match="NAME_TAKEN"):
        await platform.call(platform.tenants.CreateTenant, request, token=above.token)


async def test_an_id_that_is_too_long_is_refused(platform: Platform, shop: Tenant) -> None:
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await platform.call(
            platform.sites.CreateSite,
            site_pb2.CreateSiteRequest(display_name="x", request_id="x" * 65),
            token=shop.admin.token,
        )


async def test_an_id_that_no_table_keeps_is_refused_as_the_callers_error(platform: Platform, shop: Tenant) -> None:
    for field in ("request_id", "display_name"):
        request = site_pb2.CreateSiteRequest(display_name="x", request_id="y")
        setattr(request, field, "with\x00in")
        with pytest.raises(ParleyError) as refused:
            await platform.call(platform.sites.CreateSite, request, token=shop.admin.token)
        assert refused.value.code.name == "INVALID_ARGUMENT"


async def test_nobody_comes_into_a_chat_by_guessing_its_request_id(platform: Platform, shop: Tenant) -> None:
    """A retried start opens the same chat again, so its id must be one that nobody guesses."""
    anonymous = await shop.anonymous()
    for guessable in ("1", "r1", "2026-11-24", "x" * 19, "with blanks in between, and long"):
        with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
            await platform.call(
                platform.chat.StartConversation,
                conversation_pb2.StartConversationRequest(notice_id=shop.notice.id, request_id=guessable),
                token=anonymous,
            )
