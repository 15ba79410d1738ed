"""What people are told before they are asked for anything: versions that never change, one of them in force."""

from __future__ import annotations

import pytest
from parley.privacy.v1 import notice_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from tests.platform import OFFICER, SUPERVISOR, Platform, Tenant


async def publish(
    platform: Platform, tenant: Tenant, text: str, *, token: str = "", request_id: str = ""
) -> notice_pb2.Notice:
    """Publishes a version for a tenant's site, as its administrator where nobody else is named."""
    answer = await platform.call(
        platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(site_id=tenant.site.id, language="en", text=text, request_id=request_id),
        token=token or tenant.admin.token,
    )
    published: notice_pb2.Notice = answer.notice
    return published


async def test_a_new_version_is_in_force_and_the_old_one_stays_as_it_was(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer = await tenant.member(OFFICER)
    second = await publish(platform, tenant, "We keep less now.", token=officer.token)
    assert (tenant.notice.version, second.version) == (1, 2)
    assert second.content_hash != tenant.notice.content_hash
    anonymous = await tenant.anonymous()
    current = await platform.call(
        platform.notices.GetCurrentNotice,
        notice_pb2.GetCurrentNoticeRequest(site_id=tenant.site.id),
        token=anonymous,
    )
    first = await platform.call(
        platform.notices.GetNotice, notice_pb2.GetNoticeRequest(notice_id=tenant.notice.id), token=anonymous
    )
    assert current.notice == second
    assert first.notice == tenant.notice


async def test_a_chat_starts_behind_the_version_in_force_only(platform: Platform) -> None:
    tenant = await platform.tenant()
    await publish(platform, tenant, "A new text.")
    with pytest.raises(FailedPrecondition):
        await tenant.visitor("Sam")


async def test_versions_are_listed_newest_first_page_by_page(platform: Platform) -> None:
    tenant = await platform.tenant()
    reader = await tenant.member(SUPERVISOR)
    for text in ("Second.", "Third."):
        await publish(platform, tenant, text)
    request = notice_pb2.ListNoticesRequest(site_id=tenant.site.id, page_size=2)
    page = await platform.call(platform.notices.ListNotices, request, token=reader.token)
    request.page_token = page.next_page_token
    rest = await platform.call(platform.notices.ListNotices, request, token=reader.token)
    assert [notice.version for notice in (*page.notices, *rest.notices)] == [3, 2, 1]
    assert rest.next_page_token == ""


async def test_a_retry_publishes_once(platform: Platform) -> None:
    tenant = await platform.tenant()
    first = await publish(platform, tenant, "Once.", request_id="the-same")
    again = await publish(platform, tenant, "Once.", request_id="the-same")
    assert again == first


async def test_who_answers_visitors_publishes_nothing(platform: Platform) -> None:
    tenant = await platform.tenant()
    operator = await tenant.member()
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await publish(platform, tenant, "Mine.", token=operator.token)


async def test_another_tenants_site_gets_no_notice(platform: Platform) -> None:
    tenant, other = await platform.tenant(), await platform.tenant()
    with pytest.raises(NotFound):
        await publish(platform, tenant, "Yours.", token=other.admin.token)
    with pytest.raises(NotFound):
        await platform.call(
            platform.notices.GetNotice,
            notice_pb2.GetNoticeRequest(notice_id=tenant.notice.id),
            token=other.admin.token,
        )


async def test_a_notice_says_something(platform: Platform) -> None:
    tenant = await platform.tenant()
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await publish(platform, tenant, "")
    with pytest.raises(InvalidArgument, match="NOTHING_SAID"):
        await publish(platform, tenant, " \n\u200b ")
    asked = notice_pb2.PublishNoticeRequest(site_id=tenant.site.id, language="en", text="We keep what you say.")
    asked.questions.add(number=1, label=" ", kind=notice_pb2.Question.KIND_LINE)
    with pytest.raises(InvalidArgument, match="NOTHING_SAID"):
        await platform.call(platform.notices.PublishNotice, asked, token=tenant.admin.token)
