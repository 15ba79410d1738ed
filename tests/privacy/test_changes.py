"""What a new version of a notice changes, how people can read it, and who is told."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.identity.v1 import site_pb2, tenant_pb2
from parley.privacy.v1 import notice_pb2

from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from services.privacy.domain.texts import ADDED, MOST_WORDS, REMOVED, SAME, diff
from tests.platform import OFFICER, Member, Platform, Tenant

LINE, EMAIL = notice_pb2.Question.KIND_LINE, notice_pb2.Question.KIND_EMAIL


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant whose notice changes."""
    return await platform.tenant()


async def publish(platform: Platform, tenant: Tenant, text: str, **values: Any) -> notice_pb2.Notice:
    """Publishes a version."""
    request = notice_pb2.PublishNoticeRequest(**({"site_id": tenant.site.id, "language": "en", "text": text} | values))
    answer = await platform.call(platform.notices.PublishNotice, request, token=tenant.admin.token)
    published: notice_pb2.Notice = answer.notice
    return published


async def current(platform: Platform, tenant: Tenant, known: str) -> notice_pb2.GetCurrentNoticeResponse:
    """Returns what a visitor is shown who knows a version."""
    request = notice_pb2.GetCurrentNoticeRequest(site_id=tenant.site.id, known_notice_id=known)
    answer: notice_pb2.GetCurrentNoticeResponse = await platform.call(
        platform.notices.GetCurrentNotice, request, token=await tenant.anonymous()
    )
    return answer


WORDS = st.lists(st.sampled_from(["we", "keep", "this", "180", "days.", "\n", " ", "\n\n", "  "]), max_size=40)


@given(WORDS, WORDS)
@settings(deadline=timedelta(seconds=2), max_examples=200)
def test_a_difference_put_together_is_each_of_both_texts(old: list[str], new: list[str]) -> None:
    earlier, later = "".join(old), "".join(new)
    changes = diff(earlier, later)
    assert "".join(change.text for change in changes if change.kind != ADDED) == earlier
    assert "".join(change.text for change in changes if change.kind != REMOVED) == later
    assert all(change.text for change in changes)
    assert all(one.kind != other.kind for one, other in itertools.pairwise(changes))


def test_a_changed_phrase_stays_together() -> None:
    changes = diff("We keep it for 180 days.\nYou may ask.", "We keep it for at most ninety days.\nYou may ask.")
    assert [(change.kind, change.text) for change in changes] == [
        (SAME, "We keep it for "),
        (REMOVED, "180"),
        (ADDED, "at most ninety"),
        (SAME, " days.\nYou may ask."),
    ]


def test_two_texts_with_nothing_in_common_are_shown_whole_and_soon() -> None:
    earlier, later = ("a " * MOST_WORDS).strip(), ("b " * MOST_WORDS).strip()
    assert [(change.kind, change.text) for change in diff(earlier, later)] == [(REMOVED, earlier), (ADDED, later)]


async def test_whoever_knows_an_earlier_version_hears_what_has_changed_since(platform: Platform) -> None:
    tenant = await platform.tenant()
    second = await publish(platform, tenant, "We keep less.", material=True, change_summary="We keep less now.")
    third = await publish(platform, tenant, "We keep less, really.", change_summary="A clearer sentence.")
    answer = await current(platform, tenant, tenant.notice.id)
    assert answer.notice == third
    assert answer.change.from_notice_id == tenant.notice.id
    assert answer.change.material
    assert list(answer.change.summaries) == ["We keep less now.", "A clearer sentence."]
    assert not (await current(platform, tenant, second.id)).change.material
    assert not (await current(platform, tenant, third.id)).HasField("change")
    assert not (await current(platform, tenant, "")).HasField("change")


async def test_a_running_chat_keeps_its_version_and_the_next_one_gets_the_new(platform: Platform) -> None:
    tenant = await platform.tenant()
    running = await tenant.visitor("Sam")
    published = await publish(platform, tenant, "A new text.", material=True)
    assert running.conversation.notice_id == tenant.notice.id
    old = await platform.call(
        platform.notices.GetNotice,
        notice_pb2.GetNoticeRequest(notice_id=running.conversation.notice_id),
        token=running.token,
    )
    assert old.notice == tenant.notice
    tenant.notice = published
    assert (await tenant.visitor("Kim")).conversation.notice_id == published.id


async def test_the_first_version_changes_nothing_and_other_questions_always_matter(
    platform: Platform, shop: Tenant
) -> None:
    assert not shop.notice.material
    asked = [notice_pb2.Question(label="Order number", kind=LINE)]
    second = await publish(platform, shop, "Asks.", questions=asked)
    assert second.material
    assert [(each.number, each.label) for each in second.questions] == [(1, "Order number")]
    third = await publish(platform, shop, "Asks the same.", questions=asked)
    assert not third.material
    assert second.content_hash != third.content_hash
    same_text = await publish(platform, shop, "Asks the same.")
    assert same_text.material
    assert same_text.content_hash != third.content_hash


async def test_two_versions_are_compared_word_by_word(platform: Platform, shop: Tenant) -> None:
    asked = [notice_pb2.Question(label="Your e-mail", kind=EMAIL, required=True)]
    earlier = await publish(platform, shop, "We keep it for 180 days.")
    later = await publish(
        platform, shop, "We keep it for 90 days.", questions=asked, policy_url="https://shop.example/privacy"
    )
    request = notice_pb2.DiffNoticesRequest(from_notice_id=earlier.id, to_notice_id=later.id)
    answer = await platform.call(platform.notices.DiffNotices, request, token=await shop.anonymous())
    assert [(each.kind, each.text) for each in answer.changes] == [
        (SAME, "We keep it for "),
        (REMOVED, "180"),
        (ADDED, "90"),
        (SAME, " days."),
    ]
    assert [each.label for each in answer.added_questions] == ["Your e-mail"]
    assert not answer.removed_questions
    assert answer.policy_url_changed


async def test_notices_of_two_sites_and_of_two_tenants_are_not_compared(platform: Platform, shop: Tenant) -> None:
    second = await platform.call(
        platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name="Another"), token=shop.admin.token
    )
    elsewhere = await publish(platform, shop, "Elsewhere.", site_id=second.site.id)
    request = notice_pb2.DiffNoticesRequest(from_notice_id=shop.notice.id, to_notice_id=elsewhere.id)
    with pytest.raises(InvalidArgument, match="NOTICES_UNRELATED"):
        await platform.call(platform.notices.DiffNotices, request, token=shop.admin.token)
    with pytest.raises(NotFound, match="NOTICE_NOT_FOUND"):
        await current(platform, shop, elsewhere.id)
    request.to_notice_id = (await platform.tenant()).notice.id
    with pytest.raises(NotFound, match="NOTICE_NOT_FOUND"):
        await platform.call(platform.notices.DiffNotices, request, token=shop.admin.token)


async def test_a_draft_is_compared_before_it_is_published_and_kept_nowhere(platform: Platform) -> None:
    tenant = await platform.tenant()
    request = notice_pb2.PreviewNoticeRequest(
        site_id=tenant.site.id,
        text="What we keep, and why, and how long.",
        questions=[notice_pb2.Question(label="Order number", kind=LINE)],
    )
    answer = await platform.call(platform.notices.PreviewNotice, request, token=tenant.admin.token)
    assert answer.from_notice_id == tenant.notice.id
    assert "".join(each.text for each in answer.changes if each.kind != REMOVED) == request.text
    assert answer.questions_changed
    assert (await current(platform, tenant, "")).notice == tenant.notice
    with pytest.raises(PermissionDenied):
        await platform.call(platform.notices.PreviewNotice, request, token=(await tenant.member(name="Operator")).token)


async def reminders(platform: Platform, who: Member) -> list[tuple[int, str]]:
    """Returns what a tenant still owes."""
    answer = await platform.call(platform.notices.ListReminders, notice_pb2.ListRemindersRequest(), token=who.token)
    return [(each.kind, each.site_id) for each in answer.reminders]


async def test_the_tenant_is_reminded_of_its_policy_until_the_address_is_set(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer = await tenant.member(OFFICER)
    for who in (tenant.admin, officer):
        assert await reminders(platform, who) == [(notice_pb2.Reminder.KIND_POLICY_URL_MISSING, tenant.site.id)]
    await publish(platform, tenant, "With it.", policy_url="https://shop.example/privacy")
    assert await reminders(platform, tenant.admin) == []
    await publish(platform, tenant, "Without it.")
    assert await reminders(platform, tenant.admin) == [(notice_pb2.Reminder.KIND_POLICY_URL_MISSING, tenant.site.id)]


async def test_a_site_without_a_notice_and_a_notice_with_an_old_period_are_reminded_of(platform: Platform) -> None:
    tenant = await platform.tenant()
    text = "We keep what is said for 180 days."
    await publish(platform, tenant, text, policy_url="https://shop.example/privacy")
    second = await platform.call(
        platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name="New"), token=tenant.admin.token
    )
    missing = (notice_pb2.Reminder.KIND_NOTICE_MISSING, second.site.id)
    assert await reminders(platform, tenant.admin) == [missing]
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="retention.transcript_days", value_json="90"),
        token=tenant.admin.token,
    )
    outdated = (notice_pb2.Reminder.KIND_PERIOD_OUTDATED, tenant.site.id)
    assert sorted(await reminders(platform, tenant.admin)) == sorted([missing, outdated])
    await publish(platform, tenant, text.replace("180", "90"), policy_url="https://shop.example/privacy")
    assert await reminders(platform, tenant.admin) == [missing]
