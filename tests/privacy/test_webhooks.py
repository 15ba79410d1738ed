"""A tenant's own systems are told what happened: signed, again until they take it, and of no word of anybody's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2, webhook_pb2

from kernel import ids
from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from services.privacy.domain import webhooks as domain
from tests.platform import Platform, Tenant, Visitor
from tests.privacy.endpoints import an_endpoint, deliveries, subscribe
from tests.privacy.rights import Kind, ask, my_ledger, owner, settled, until

STARTED, CLOSED = "conversation.started", "conversation.closed"
IMPROVE, LEGAL = access_pb2.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE, access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION
Delivery = webhook_pb2.WebhookDelivery
WEBHOOK = ledger_pb2.LedgerEntry.KIND_WEBHOOK


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds between attempts here."""
    monkeypatch.setattr(domain, "FIRST_WAIT", timedelta(milliseconds=10))


async def close(platform: Platform, visitor: Visitor) -> None:
    """Ends a conversation."""
    request = conversation_pb2.CloseConversationRequest(conversation_id=visitor.conversation.id)
    await platform.call(platform.chat.CloseConversation, request, token=visitor.token)


async def change(
    platform: Platform, tenant: Tenant, webhook: webhook_pb2.Webhook, *fields: str, etag: str = ""
) -> webhook_pb2.Webhook:
    """Changes an endpoint."""
    wanted = webhook_pb2.Webhook()
    wanted.CopyFrom(webhook)
    wanted.etag = etag or webhook.etag
    request = webhook_pb2.UpdateWebhookRequest(webhook=wanted, update_mask=FieldMask(paths=fields))
    answer = await platform.call(platform.webhooks.UpdateWebhook, request, token=tenant.admin.token)
    changed: webhook_pb2.Webhook = answer.webhook
    return changed


async def webhook_now(platform: Platform, tenant: Tenant, webhook: webhook_pb2.Webhook) -> webhook_pb2.Webhook:
    """Returns an endpoint as it is now."""
    request = webhook_pb2.GetWebhookRequest(webhook_id=webhook.id)
    found: webhook_pb2.Webhook = (
        await platform.call(platform.webhooks.GetWebhook, request, token=tenant.admin.token)
    ).webhook
    return found


async def test_an_event_is_signed_told_without_words_and_put_on_record(platform: Platform) -> None:
    # Of the tenant that others share, something may still be told that they did.
    shop = await platform.tenant()
    async with an_endpoint() as endpoint:
        webhook, secret = await subscribe(platform, shop, endpoint.url, STARTED, CLOSED)
        zoe = await shop.visitor("Zoë Quill")
        await close(platform, zoe)
        told = [each for each in await endpoint.wait(2) if zoe.conversation.id.encode() in each.body]
        assert {each.document["type"] for each in told} == {STARTED, CLOSED}
        for each in told:
            assert each.is_signed(secret)
            assert not each.is_signed("whsec_" + "A" * 43 + "=")
            assert "Quill" not in each.body.decode()
            sent = datetime.fromtimestamp(int(each.headers["webhook-timestamp"]), UTC)
            assert abs(datetime.now(UTC) - sent) < timedelta(minutes=1)
            data = each.document["data"]
            assert data["subject"] == f"visitor:{zoe.conversation.visitor_id}"
            assert data["conversation_id"] == zoe.conversation.id
            assert each.headers["webhook-id"] == each.document["id"]
        mine = [each for each in await my_ledger(platform, zoe.token) if each.kind == WEBHOOK]
        assert {(each.recipient, each.role, each.record_id) for each in mine} == {
            ("tenant.webhook", "platform", zoe.conversation.id)
        }
        assert len(mine) == 2
        listed = await until(
            lambda: deliveries(platform, shop, webhook),
            lambda found: [each.state for each in found] == [Delivery.STATE_DELIVERED] * 2,
        )
        assert {each.status for each in listed} == {204}
        assert (await webhook_now(platform, shop, webhook)).HasField("last_success_time")
        await platform.call(
            platform.webhooks.DeleteWebhook,
            webhook_pb2.DeleteWebhookRequest(webhook_id=webhook.id),
            token=shop.admin.token,
        )
        with pytest.raises(NotFound, match="WEBHOOK_NOT_FOUND"):
            await webhook_now(platform, shop, webhook)


async def test_a_purpose_that_needs_no_names_is_told_none(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        await subscribe(platform, tenant, endpoint.url, STARTED, purpose=IMPROVE)
        zoe = await tenant.visitor("Zoë")
        (told,) = await endpoint.wait()
        assert zoe.conversation.visitor_id.encode() not in told.body
        assert told.document["data"]["site_id"] == tenant.site.id
        assert not [each for each in await my_ledger(platform, zoe.token) if each.kind == WEBHOOK]
        with pytest.raises(InvalidArgument, match="PURPOSE_TOO_NARROW"):
            await subscribe(platform, tenant, endpoint.url, "access.recorded", purpose=IMPROVE)


async def test_both_secrets_sign_while_they_overlap(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        webhook, first = await subscribe(platform, tenant, endpoint.url)
        request = webhook_pb2.RotateWebhookSecretRequest(webhook_id=webhook.id, overlap_hours=1, request_id="turn")
        second = (await platform.call(platform.webhooks.RotateWebhookSecret, request, token=tenant.admin.token)).secret
        with pytest.raises(FailedPrecondition, match="SECRET_SHOWN_ONCE"):
            await platform.call(platform.webhooks.RotateWebhookSecret, request, token=tenant.admin.token)
        await tenant.visitor()
        (told,) = await endpoint.wait()
        assert told.is_signed(first)
        assert told.is_signed(second)
        request = webhook_pb2.RotateWebhookSecretRequest(webhook_id=webhook.id)
        third = (await platform.call(platform.webhooks.RotateWebhookSecret, request, token=tenant.admin.token)).secret
        test = webhook_pb2.TestWebhookRequest(webhook_id=webhook.id, request_id="once")
        for _ in range(2):
            await platform.call(platform.webhooks.TestWebhook, test, token=tenant.admin.token)
        (tested,) = await endpoint.wait(kind="webhook.test")
        assert [tested.is_signed(each) for each in (first, second, third)] == [False, False, True]
        async with owner(platform) as database:
            kept = await database.fetchval(
                "SELECT w::text FROM privacy.webhooks w WHERE tenant_id = $1", ids.to_uuid(tenant.id, "ten")
            )
        assert third not in kept


async def test_what_is_not_taken_comes_again_with_the_same_id(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        endpoint.answers = [503, 302]
        webhook, _ = await subscribe(platform, tenant, endpoint.url)
        await tenant.visitor()
        told = await endpoint.wait(3)
        assert len({each.headers["webhook-id"] for each in told}) == 1
        (delivery,) = await until(
            lambda: deliveries(platform, tenant, webhook),
            lambda found: [each.state for each in found] == [Delivery.STATE_DELIVERED],
        )
        assert (delivery.attempts, delivery.failure) == (3, "")
        assert (await webhook_now(platform, tenant, webhook)).failure_count == 0


async def mails_to(platform: Platform, address: str) -> list[str]:
    """Returns the subjects of the mails to an address."""
    mails = await asyncio.to_thread(
        lambda: [each.read_bytes() for each in (platform.config.data_dir / "mail").glob("[!.]*.eml")]
    )
    found = [message_from_bytes(each, policy=default) for each in mails]
    return [str(each["Subject"]) for each in found if address in str(each["To"])]


async def test_an_endpoint_that_is_gone_is_left_alone_and_the_administrators_hear_of_it(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        endpoint.answers = [410]
        webhook, _ = await subscribe(platform, tenant, endpoint.url, name="Old till")
        first = await tenant.visitor()
        webhook = await until(
            lambda: webhook_now(platform, tenant, webhook),
            lambda found: found.state == webhook_pb2.Webhook.STATE_DISABLED,
        )
        subjects = await until(lambda: mails_to(platform, tenant.admin.email), bool)
        assert subjects == ["The endpoint “Old till” was taken out of use"]
        second = await tenant.visitor()
        dead = await until(lambda: deliveries(platform, tenant, webhook), lambda found: len(found) == 2)
        assert {(each.state, each.failure) for each in dead} == {
            (Delivery.STATE_DEAD, "endpoint_off"),
            (Delivery.STATE_DEAD, "gone"),
        }
        replay = [webhook_pb2.ReplayWebhookDeliveryRequest(delivery_id=each.id) for each in dead]
        with pytest.raises(FailedPrecondition, match="WEBHOOK_NOT_ACTIVE"):
            await platform.call(platform.webhooks.ReplayWebhookDelivery, replay[0], token=tenant.admin.token)
        webhook.state = webhook_pb2.Webhook.STATE_ACTIVE
        await change(platform, tenant, webhook, "state")
        for each in replay:
            await platform.call(platform.webhooks.ReplayWebhookDelivery, each, token=tenant.admin.token)
        told = (await endpoint.wait(3))[1:]
        assert {each.headers["webhook-id"] for each in told} == {each.event_id for each in dead}
        for visitor in (first, second):
            assert any(visitor.conversation.id.encode() in each.body for each in told)
        listed = await until(
            lambda: deliveries(platform, tenant, webhook),
            lambda found: {each.state for each in found} == {Delivery.STATE_DELIVERED},
        )
        assert len(listed) == 2
        with pytest.raises(FailedPrecondition, match="DELIVERY_NOT_DEAD"):
            await platform.call(platform.webhooks.ReplayWebhookDelivery, replay[0], token=tenant.admin.token)


async def test_whoever_was_told_of_somebody_forgotten_is_told_to_forget(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as told_of, an_endpoint() as nameless, an_endpoint() as of_rights:
        webhook, secret = await subscribe(platform, tenant, told_of.url, name="Customer list")
        await subscribe(platform, tenant, nameless.url, purpose=IMPROVE)
        await subscribe(platform, tenant, of_rights.url, "subject.erased", purpose=LEGAL)
        zoe = await tenant.visitor("Zoë")
        await told_of.wait()
        await nameless.wait()
        made = await ask(platform, zoe.token, Kind.KIND_ERASE)
        receipt = (await settled(platform, tenant, made.tracking_code)).receipt
        assert [(each.kind, each.system, each.recalled) for each in receipt.deliveries] == [
            ("webhook", "Customer list", True)
        ]
        for endpoint in (told_of, of_rights):
            (recall,) = await endpoint.wait(kind="subject.erased")
            assert recall.document["data"] == {"subject": f"visitor:{zoe.conversation.visitor_id}"}
        assert (await told_of.wait(kind="subject.erased"))[0].is_signed(secret)
        listed = await until(
            lambda: deliveries(platform, tenant, webhook),
            lambda found: [each.state for each in found] == [Delivery.STATE_DELIVERED],
        )
        # What had been delivered about the person is gone from the list, and the recall names nobody in it.
        assert [(each.event_type, each.subject_id) for each in listed] == [("subject.erased", "")]
        assert [each.document["type"] for each in nameless.told] == [STARTED]
        async with owner(platform) as database:
            left = await database.fetchval(
                "SELECT count(*) FROM privacy.webhook_tellings WHERE subject_id = $1",
                ids.to_uuid(zoe.conversation.visitor_id, "vis"),
            )
        assert left == 0


async def test_nothing_is_told_of_somebody_who_restricted_it(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        zoe, sam = await tenant.visitor("Zoë"), await tenant.visitor("Sam")
        made = await ask(platform, zoe.token, Kind.KIND_RESTRICT)
        await settled(platform, tenant, made.tracking_code)
        webhook, _ = await subscribe(platform, tenant, endpoint.url, CLOSED)
        await close(platform, zoe)
        await close(platform, sam)
        (told,) = await endpoint.wait()
        assert told.document["data"]["conversation_id"] == sam.conversation.id
        listed = await until(
            lambda: deliveries(platform, tenant, webhook),
            lambda found: len(found) == 2 and all(each.state != Delivery.STATE_WAITING for each in found),
        )
        assert {each.failure for each in listed} == {"", "sealed"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https:///nowhere",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://example.com:0/",
        "https://example.com:99999/",
        "javascript:alert(1)//",
    ],
)
async def test_an_address_that_is_none_is_refused_and_not_repeated(platform: Platform, shop: Tenant, url: str) -> None:
    with pytest.raises(InvalidArgument, match=r"URL_INVALID|ARGUMENT_INVALID") as refused:
        await subscribe(platform, shop, url)
    assert url not in str(refused.value)


async def test_the_house_tells_nobody(platform: Platform) -> None:
    house = await platform.tenant(house=True)
    with pytest.raises(PermissionDenied, match="RECIPIENT_DENIED"):
        await subscribe(platform, house, "https://example.com/hook")


async def test_two_who_change_an_endpoint_do_not_undo_each_other(platform: Platform) -> None:
    tenant = await platform.tenant()
    webhook, _ = await subscribe(platform, tenant, "https://example.com/hook")
    webhook.display_name = "Renamed"
    changed = await change(platform, tenant, webhook, "display_name")
    assert changed.display_name == "Renamed"
    with pytest.raises(Aborted, match="ETAG_MISMATCH"):
        await change(platform, tenant, webhook, "display_name")
    for wrong in (("secret",), (), ("id",)):
        with pytest.raises(InvalidArgument, match="MASK_INVALID"):
            await change(platform, tenant, changed, *wrong)
    changed.url = "http://example.com/"
    with pytest.raises(InvalidArgument, match="URL_INVALID"):
        await change(platform, tenant, changed, "url")
    with pytest.raises(InvalidArgument, match="EVENT_UNKNOWN"):
        await subscribe(platform, tenant, "https://example.com/", "conversation.everything")


async def test_what_happens_while_an_endpoint_is_paused_is_not_kept_for_it(platform: Platform) -> None:
    tenant = await platform.tenant()
    async with an_endpoint() as endpoint:
        webhook, _ = await subscribe(platform, tenant, endpoint.url)
        webhook.state = webhook_pb2.Webhook.STATE_PAUSED
        webhook = await change(platform, tenant, webhook, "state")
        await tenant.visitor("Unheard")
        webhook.state = webhook_pb2.Webhook.STATE_ACTIVE
        # The events of a service are heard in their order, so that the first one was passed by before the second.
        other = await an_observed_start(platform, tenant)
        await change(platform, tenant, webhook, "state")
        heard = await tenant.visitor("Heard")
        (told,) = await endpoint.wait()
        assert told.document["data"]["conversation_id"] == heard.conversation.id
        assert other not in told.body.decode()


async def an_observed_start(platform: Platform, tenant: Tenant) -> str:
    """Starts a conversation and returns its id once another endpoint was told of it."""
    async with an_endpoint() as endpoint:
        webhook, _ = await subscribe(platform, tenant, endpoint.url)
        started = (await tenant.visitor()).conversation.id
        await endpoint.wait()
        request = webhook_pb2.DeleteWebhookRequest(webhook_id=webhook.id)
        await platform.call(platform.webhooks.DeleteWebhook, request, token=tenant.admin.token)
    return started


async def test_a_listed_event_says_what_is_sent_with_it(platform: Platform, shop: Tenant) -> None:
    listed = await platform.call(
        platform.webhooks.ListWebhookEvents, webhook_pb2.ListWebhookEventsRequest(), token=shop.admin.token
    )
    found = {each.event_type: each for each in listed.events}
    assert list(found[STARTED].attributes) == ["conversation_id", "site_id", "operator_id", "closed_by"]
    assert LEGAL not in found[STARTED].purposes
