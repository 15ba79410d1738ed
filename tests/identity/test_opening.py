"""When somebody is there, and by which rules a site offers a chat: set by administrators, and by nobody elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from parley.identity.v1 import chat_invitation_pb2, chat_invitation_pb2_grpc, hours_pb2, hours_pb2_grpc, site_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ParleyError, PermissionDenied
from tests.platform import Platform, Tenant

Hours = hours_pb2.Hours


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


def hours_of(platform: Platform) -> hours_pb2_grpc.HoursServiceStub:
    return hours_pb2_grpc.HoursServiceStub(platform.channels.of("identity"))


def invitations_of(platform: Platform) -> chat_invitation_pb2_grpc.ChatInvitationServiceStub:
    return chat_invitation_pb2_grpc.ChatInvitationServiceStub(platform.channels.of("identity"))


def a_day(*intervals: tuple[int, int]) -> hours_pb2.OpenDay:
    return hours_pb2.OpenDay(intervals=[hours_pb2.OpenInterval(start_minute=a, end_minute=b) for a, b in intervals])


async def set_hours(platform: Platform, tenant: Tenant, hours: Hours, token: str = "") -> Hours:
    request = hours_pb2.UpdateHoursRequest(hours=hours)
    answer = await platform.call(hours_of(platform).UpdateHours, request, token=token or tenant.admin.token)
    found: Hours = answer.hours
    return found


async def opening(platform: Platform, token: str) -> hours_pb2.GetOpeningResponse:
    answer: hours_pb2.GetOpeningResponse = await platform.call(
        hours_of(platform).GetOpening, hours_pb2.GetOpeningRequest(), token=token
    )
    return answer


def closed_now() -> Hours:
    """Returns hours that are closed now, and open in two days."""
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    return Hours(
        zone="UTC",
        days=[a_day()] * 7,
        special_days=[hours_pb2.SpecialDay(date=day.isoformat(), intervals=a_day((540, 1020)).intervals)],
    )


async def test_a_site_has_the_hours_of_all_until_it_has_its_own(platform: Platform) -> None:
    tenant = await platform.tenant()
    token = await tenant.anonymous()
    assert (await opening(platform, token)).open
    set_ = await set_hours(platform, tenant, closed_now())
    assert (set_.zone, len(set_.days), set_.etag) == ("UTC", 7, "1")
    now = await opening(platform, token)
    assert not now.open
    assert now.next_open_time.ToDatetime(UTC).hour == 9
    own = Hours(site_id=tenant.site.id, zone="Europe/Berlin", days=[a_day((0, 1440))] * 7)
    await set_hours(platform, tenant, own)
    assert (await opening(platform, token)).open
    await set_hours(platform, tenant, Hours(site_id=tenant.site.id))
    assert not (await opening(platform, token)).open
    request = hours_pb2.GetHoursRequest(site_id=tenant.site.id)
    shown = await platform.call(hours_of(platform).GetHours, request, token=tenant.admin.token)
    assert (shown.own, shown.hours.zone) == (False, "UTC")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Hours(zone="Europe/Nowhere"), "zone"),
        (Hours(zone="UTC", country="XX"), "country"),
        (Hours(zone="UTC", country="DE", part="ZZ"), "country"),
        (Hours(zone="UTC", days=[a_day((540, 600), (590, 700))]), "days[0]"),
        (Hours(zone="UTC", days=[a_day((600, 600))]), "days[0]"),
        (Hours(zone="UTC", special_days=[hours_pb2.SpecialDay(date="2026-02-30")]), "special_days"),
    ],
)
async def test_hours_that_cannot_be_are_refused_by_name(
    platform: Platform, tenant: Tenant, wrong: Hours, field: str
) -> None:
    with pytest.raises(InvalidArgument) as refused:
        await set_hours(platform, tenant, wrong)
    assert field in dict(refused.value.fields)


async def test_two_who_change_hours_at_once_do_not_overwrite_each_other(platform: Platform) -> None:
    tenant = await platform.tenant()
    first = await set_hours(platform, tenant, closed_now())
    await set_hours(platform, tenant, Hours(zone="UTC", days=[a_day((1, 2))], etag=first.etag))
    with pytest.raises(ParleyError) as refused:
        await set_hours(platform, tenant, Hours(zone="UTC", days=[a_day((3, 4))], etag=first.etag))
    assert isinstance(refused.value, FailedPrecondition) or refused.value.reason == "CHANGED_MEANWHILE"


async def test_only_administrators_set_hours_and_rules_of_their_own_sites(platform: Platform, tenant: Tenant) -> None:
    robin, elsewhere = await tenant.member(), await platform.tenant()
    with pytest.raises(PermissionDenied):
        await set_hours(platform, tenant, closed_now(), robin.token)
    for site_id in (elsewhere.site.id, ids.new_id("sit")):
        with pytest.raises(NotFound) as refused:
            await set_hours(platform, tenant, Hours(site_id=site_id, zone="UTC"))
        assert refused.value.reason == "SITE_NOT_FOUND"
        with pytest.raises(NotFound):
            await platform.call(
                invitations_of(platform).UpdateChatInvitations,
                chat_invitation_pb2.UpdateChatInvitationsRequest(site_id=site_id),
                token=tenant.admin.token,
            )


async def test_the_rules_of_a_site_hold_while_it_is_open(platform: Platform) -> None:
    tenant = await platform.tenant()
    rule = chat_invitation_pb2.ChatInvitation(page="/checkout*", seconds=20, text="Can we help?")
    request = chat_invitation_pb2.UpdateChatInvitationsRequest(site_id=tenant.site.id, invitations=[rule])
    set_ = await platform.call(invitations_of(platform).UpdateChatInvitations, request, token=tenant.admin.token)
    assert (list(set_.invitations), set_.etag) == ([rule], "1")

    async def resolved() -> list[chat_invitation_pb2.ChatInvitation]:
        answer = await platform.call(
            platform.sites.ResolveSiteKey, site_pb2.ResolveSiteKeyRequest(site_key=tenant.site.key)
        )
        return list(answer.invitations)

    assert await resolved() == [rule]
    await set_hours(platform, tenant, closed_now())
    assert await resolved() == []
