"""Versions of a notice when several publish at once, what their hash stands for, and who could ever change one."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from parley.identity.v1 import site_pb2
from parley.privacy.v1 import notice_pb2

from kernel import ids
from kernel.errors import AlreadyExists, InvalidArgument, NotFound
from kernel.storage import runtime_url
from tests.platform import Platform, Tenant


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant whose site gets one version after another."""
    return await platform.tenant()


def a_notice(tenant: Tenant, text: str, **changes: Any) -> notice_pb2.PublishNoticeRequest:
    """Returns a notice for a tenant's site."""
    values: dict[str, Any] = {"site_id": tenant.site.id, "language": "en", "text": text} | changes
    return notice_pb2.PublishNoticeRequest(**values)


async def versions(platform: Platform, tenant: Tenant) -> list[int]:
    """Returns the numbers of all versions, newest first."""
    listed = await platform.call(
        platform.notices.ListNotices,
        notice_pb2.ListNoticesRequest(site_id=tenant.site.id, page_size=100),
        token=tenant.admin.token,
    )
    return [notice.version for notice in listed.notices]


async def test_those_who_publish_at_once_take_turns(platform: Platform, shop: Tenant) -> None:
    before = await versions(platform, shop)
    published = await asyncio.gather(
        *(
            platform.call(platform.notices.PublishNotice, a_notice(shop, f"Text {each}."), token=shop.admin.token)
            for each in range(12)
        )
    )
    given = sorted(each.notice.version for each in published)
    assert given == list(range(max(before) + 1, max(before) + 13))
    after = await versions(platform, shop)
    assert after == sorted(after, reverse=True)
    assert after == list(range(max(after), 0, -1))


async def test_a_retry_at_once_is_one_version(platform: Platform, shop: Tenant) -> None:
    request = a_notice(shop, "Once.", request_id="once-and-for-all")
    published = await asyncio.gather(
        *(platform.call(platform.notices.PublishNotice, request, token=shop.admin.token) for _ in range(6))
    )
    assert len({each.notice.id for each in published}) == 1
    with pytest.raises(AlreadyExists, match="REQUEST_ID_REUSED"):
        await platform.call(
            platform.notices.PublishNotice,
            a_notice(shop, "Twice.", request_id="once-and-for-all"),
            token=shop.admin.token,
        )


async def test_the_hash_stands_for_all_that_was_said(platform: Platform, shop: Tenant) -> None:
    said = {}
    for text, policy_url in (
        ("We keep it.", ""),
        ("We keep it. ", ""),
        ("We keep it.", "https://shop.example/privacy"),
        ("We keep it.\n", "https://shop.example/privacy"),
    ):
        request = a_notice(shop, text, policy_url=policy_url)
        answer = await platform.call(platform.notices.PublishNotice, request, token=shop.admin.token)
        notice = answer.notice
        assert (notice.text, notice.policy_url) == (text, policy_url)
        assert notice.content_hash == hashlib.sha256(f"{text}\x00{policy_url}".encode()).hexdigest()
        said[notice.content_hash] = text
    assert len(said) == 4


async def test_what_no_table_keeps_is_refused_as_the_callers_error(platform: Platform, shop: Tenant) -> None:
    before = await versions(platform, shop)
    with pytest.raises(InvalidArgument):
        await platform.call(platform.notices.PublishNotice, a_notice(shop, "a\x00b"), token=shop.admin.token)
    assert await versions(platform, shop) == before


async def test_nobody_changes_a_version_not_even_the_service(platform: Platform, shop: Tenant) -> None:
    config = platform.config
    url = runtime_url(config.database_url, config.secret_key, "privacy").set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        for statement in (
            "UPDATE privacy.notices SET text = 'We keep everything.'",
            "DELETE FROM privacy.notices",
            "TRUNCATE privacy.notices",
        ):
            async with connection.transaction():
                await connection.execute("SELECT set_config('app.tenant', $1, true)", str(ids.to_uuid(shop.id, "ten")))
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_page_token_belongs_to_its_site(platform: Platform, shop: Tenant) -> None:
    second = await platform.call(
        platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name="Another"), token=shop.admin.token
    )
    await platform.call(platform.notices.PublishNotice, a_notice(shop, "One more."), token=shop.admin.token)
    request = notice_pb2.ListNoticesRequest(site_id=shop.site.id, page_size=1)
    page = await platform.call(platform.notices.ListNotices, request, token=shop.admin.token)
    request.site_id, request.page_token = second.site.id, page.next_page_token
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await platform.call(platform.notices.ListNotices, request, token=shop.admin.token)


async def test_a_site_without_a_notice_has_none_and_nobody_elses(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    for site_id in (other.site.id, ids.new_id("sit")):
        with pytest.raises(NotFound, match="NOTICE_NOT_FOUND"):
            await platform.call(
                platform.notices.GetCurrentNotice,
                notice_pb2.GetCurrentNoticeRequest(site_id=site_id),
                token=shop.admin.token,
            )
        with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
            await platform.call(
                platform.notices.PublishNotice, a_notice(shop, "Mine.", site_id=site_id), token=shop.admin.token
            )
    assert await versions(platform, other) == [1]
