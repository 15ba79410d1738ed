"""The tenant's policy: versions that never change, templates that are true of the software, and who may receive."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from parley.identity.v1 import tenant_pb2
from parley.privacy.v1 import (
    notice_pb2,
    policy_pb2,
    recipient_pb2,
    recipient_pb2_grpc,
    template_pb2,
    template_pb2_grpc,
)

from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from kernel.identity import Regime
from kernel.privacy.recipients import AUTHORITY, MAIL_RELAY, SUBJECT, TENANT, RecipientDenied, permit
from protos.rules import CLAUSES
from services.privacy.domain.templates import Gap, Paragraph, Sentence, Template, fill
from services.privacy.store.templates import templates
from tests.platform import OFFICER, Platform, Tenant


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant that publishes its policy."""
    return await platform.tenant()


async def publish(platform: Platform, tenant: Tenant, text: str, **values: Any) -> policy_pb2.Policy:
    """Publishes a version."""
    request = policy_pb2.PublishPolicyRequest(**({"language": "en", "text": text} | values))
    answer = await platform.call(platform.policies.PublishPolicy, request, token=tenant.admin.token)
    published: policy_pb2.Policy = answer.policy
    return published


async def current(platform: Platform, tenant: Tenant, language: str = "") -> policy_pb2.Policy:
    """Returns the version in force, as anybody on the site sees it."""
    answer = await platform.call(
        platform.policies.GetCurrentPolicy,
        policy_pb2.GetCurrentPolicyRequest(language=language),
        token=await tenant.anonymous(),
    )
    found: policy_pb2.Policy = answer.policy
    return found


async def test_versions_stay_and_the_newest_is_in_force_in_its_language(platform: Platform) -> None:
    tenant = await platform.tenant()
    with pytest.raises(NotFound, match="POLICY_NOT_FOUND"):
        await current(platform, tenant)
    first = await publish(platform, tenant, "We keep little.", material=True)
    second = await publish(platform, tenant, "We keep less.", material=True, change_summary="Less.")
    german = await publish(platform, tenant, "Wir behalten wenig.", language="de")
    assert [(each.version, each.material) for each in (first, second, german)] == [(1, False), (2, True), (1, False)]
    assert await current(platform, tenant) == second
    assert await current(platform, tenant, "de-AT") == german
    assert await current(platform, tenant, "ja") == second
    stays = await platform.call(
        platform.policies.GetPolicy, policy_pb2.GetPolicyRequest(policy_id=first.id), token=await tenant.anonymous()
    )
    assert stays.policy == first
    request = policy_pb2.ListPoliciesRequest(page_size=2)
    page = await platform.call(platform.policies.ListPolicies, request, token=await tenant.anonymous())
    request.page_token = page.next_page_token
    rest = await platform.call(platform.policies.ListPolicies, request, token=await tenant.anonymous())
    listed = [*page.policies, *rest.policies]
    assert [each.id for each in listed] == [german.id, second.id, first.id]
    assert not any(each.text for each in listed)


async def test_a_retry_publishes_once_and_others_do_not_publish(platform: Platform, shop: Tenant) -> None:
    first = await publish(platform, shop, "Once.", language="fr", request_id="one-policy")
    assert await publish(platform, shop, "Once.", language="fr", request_id="one-policy") == first
    with pytest.raises(PermissionDenied):
        await platform.call(
            platform.policies.PublishPolicy,
            policy_pb2.PublishPolicyRequest(language="en", text="Mine."),
            token=(await shop.member()).token,
        )


async def test_two_versions_are_compared_and_so_is_a_draft(platform: Platform, shop: Tenant) -> None:
    earlier = await publish(platform, shop, "# Who\n\nWe keep 180 days.", language="it")
    later = await publish(platform, shop, "# Who\n\nWe keep 90 days.", language="it")
    request = policy_pb2.DiffPoliciesRequest(from_policy_id=earlier.id, to_policy_id=later.id)
    answer = await platform.call(platform.policies.DiffPolicies, request, token=await shop.anonymous())
    removed, added = notice_pb2.TextChange.KIND_REMOVED, notice_pb2.TextChange.KIND_ADDED
    assert [(each.kind, each.text) for each in answer.changes if each.kind in (removed, added)] == [
        (removed, "180"),
        (added, "90"),
    ]
    preview = await platform.call(
        platform.policies.PreviewPolicy,
        policy_pb2.PreviewPolicyRequest(language="it", text="# Who\n\nWe keep 30 days."),
        token=shop.admin.token,
    )
    assert preview.from_policy_id == later.id
    request.to_policy_id = (await publish(platform, shop, "Another.", language="es")).id
    with pytest.raises(InvalidArgument, match="POLICIES_UNRELATED"):
        await platform.call(platform.policies.DiffPolicies, request, token=shop.admin.token)


async def drafted(platform: Platform, tenant: Tenant, template: str, **fillings: str) -> Any:
    """Fills a template in."""
    stub = template_pb2_grpc.TemplateServiceStub(platform.channels.of("privacy"))
    request = template_pb2.FillTemplateRequest(
        template=template,
        fillings=[template_pb2.GapFilling(gap=gap, value=value) for gap, value in fillings.items()],
    )
    return await platform.call(stub.FillTemplate, request, token=tenant.admin.token)


async def test_an_admin_writes_a_first_notice_and_policy_from_templates(platform: Platform) -> None:
    tenant = await platform.tenant()
    stub = template_pb2_grpc.TemplateServiceStub(platform.channels.of("privacy"))
    listed = await platform.call(
        stub.ListTemplates, template_pb2.ListTemplatesRequest(), token=(await tenant.member(OFFICER)).token
    )
    assert {each.kind for each in listed.templates} == {
        template_pb2.Template.KIND_NOTICE,
        template_pb2.Template.KIND_POLICY,
    }
    notice = await drafted(platform, tenant, "notice.short", company="Fern & Pot")
    assert "{" not in notice.text
    assert "180 days" in notice.text
    assert "Fern & Pot" in notice.text
    published = await platform.call(
        platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(site_id=tenant.site.id, language=notice.language, text=notice.text),
        token=tenant.admin.token,
    )
    tenant.notice = published.notice
    await tenant.visitor("Sam")
    policy = await drafted(platform, tenant, "policy.plain", company="Fern & Pot", contact="privacy@fern.example")
    assert (await publish(platform, tenant, policy.text)).text == policy.text
    assert all(sentence.clauses for sentence in policy.sentences)


async def test_a_draft_says_the_periods_that_the_tenant_has_set(platform: Platform) -> None:
    tenant = await platform.tenant()
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="retention.transcript_days", value_json="20"),
        token=tenant.admin.token,
    )
    notice = await drafted(platform, tenant, "notice.short", company="Fern & Pot")
    assert "deletes itself 20 days after" in notice.text


async def test_a_gap_that_is_needed_or_unknown_is_named(platform: Platform, shop: Tenant) -> None:
    with pytest.raises(InvalidArgument, match="TEMPLATE_INCOMPLETE") as refused:
        await drafted(platform, shop, "policy.plain", company="  ", motto="Be kind.")
    assert [name for name, _ in refused.value.fields] == ["fillings.motto", "fillings.company", "fillings.contact"]
    with pytest.raises(NotFound, match="TEMPLATE_NOT_FOUND"):
        await drafted(platform, shop, "policy.loud", company="Fern & Pot")


def test_a_sentence_whose_gap_is_empty_is_left_out_and_so_is_a_heading_alone() -> None:
    template = Template(
        name="a.b",
        kind=1,
        language="en",
        title="A",
        gaps=(Gap(name="address", label="", hint="", required=False),),
        paragraphs=(
            Paragraph(heading="Where", sentences=(Sentence(text="At {address}.", clauses=("C20",)),)),
            Paragraph(heading="", sentences=(Sentence(text="For {days} days.", clauses=("C03",)),)),
        ),
    )
    assert fill(template, {"address": " "}, {"days": "3"}).text == "For 3 days."
    assert fill(template, {"address": "1\n Mill Lane {days}"}, {"days": "3"}).text == (
        "# Where\n\nAt 1 Mill Lane {days}.\n\nFor 3 days."
    )


def test_every_sentence_of_every_template_names_the_clauses_that_make_it_true() -> None:
    sentences = [
        sentence
        for template in templates().values()
        for paragraph in template.paragraphs
        for sentence in paragraph.sentences
    ]
    assert sentences
    assert all(sentence.clauses and set(sentence.clauses) <= CLAUSES for sentence in sentences)


async def recipients(platform: Platform, tenant: Tenant, token: str = "") -> dict[str, bool]:
    """Returns the recipients that a tenant can have, and whether there are such."""
    stub = recipient_pb2_grpc.RecipientServiceStub(platform.channels.of("privacy"))
    answer = await platform.call(
        stub.ListRecipients, recipient_pb2.ListRecipientsRequest(), token=token, tenant_id="" if token else tenant.id
    )
    return {each.recipient: each.in_use for each in answer.recipients}


async def test_the_house_has_no_recipient_but_those_who_work_for_it_and_the_person(
    platform: Platform, shop: Tenant
) -> None:
    house = await platform.tenant(house=True)
    for token in (await house.anonymous(), ""):
        listed = await recipients(platform, house, token)
        assert {TENANT.name, AUTHORITY.name}.isdisjoint(listed)
        assert listed[SUBJECT.name]
    assert {TENANT.name, AUTHORITY.name} <= (await recipients(platform, shop, await shop.anonymous())).keys()
    assert not (await recipients(platform, shop))[MAIL_RELAY.name]
    for recipient in (TENANT, AUTHORITY):
        permit(Regime.ASP, recipient)
        with pytest.raises(RecipientDenied):
            permit(Regime.HOUSE, recipient)
