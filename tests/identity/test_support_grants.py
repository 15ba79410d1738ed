"""Platform staff reach a tenant's data only while the tenant lets them in, and only to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from parley.chat.v1 import conversation_pb2
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.identity.v1 import staff_pb2, support_grant_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import NotFound, ParleyError, PermissionDenied
from tests.identity.test_credentials import actor_of
from tests.identity.test_sign_in import next_revocation, refused_soon, the_database
from tests.platform import PASSWORD, SUPERVISOR, Member, Platform, Tenant


@pytest.fixture(scope="module")
def shared() -> dict[str, Member]:
    """What the tests of this file make once."""
    return {}


async def an_administrator(platform: Platform, house: Tenant, shared: dict[str, Member]) -> Member:
    """Returns an administrator of the platform."""
    if "platform" not in shared:
        email = f"platform@{house.slug}.example"
        made = await platform.call(
            platform.staff.CreateStaff,
            staff_pb2.CreateStaffRequest(
                email=email, display_name="Pat", roles=[access_pb2.CALLER_PLATFORM_ADMIN], password=PASSWORD
            ),
            tenant_id=house.id,
        )
        shared["platform"] = await platform.sign_in(house.slug, email, made.staff.id)
    return shared["platform"]


async def grant(platform: Platform, tenant: Tenant, hours: int = 2) -> support_grant_pb2.SupportGrant:
    """Lets platform staff into a tenant."""
    made = await platform.call(
        platform.support_grants.CreateSupportGrant,
        support_grant_pb2.CreateSupportGrantRequest(reason="The queue does not move.", hours=hours),
        token=tenant.admin.token,
    )
    found: support_grant_pb2.SupportGrant = made.support_grant
    return found


async def come_in(platform: Platform, who: Member, slug: str) -> support_grant_pb2.UseSupportGrantResponse:
    """Comes in by a grant."""
    answer: support_grant_pb2.UseSupportGrantResponse = await platform.call(
        platform.support_grants.UseSupportGrant,
        support_grant_pb2.UseSupportGrantRequest(tenant_slug=slug),
        token=who.token,
    )
    return answer


async def revoke(platform: Platform, tenant: Tenant, grant_id: str) -> support_grant_pb2.SupportGrant:
    """Ends a grant."""
    answer = await platform.call(
        platform.support_grants.RevokeSupportGrant,
        support_grant_pb2.RevokeSupportGrantRequest(support_grant_id=grant_id),
        token=tenant.admin.token,
    )
    found: support_grant_pb2.SupportGrant = answer.support_grant
    return found


async def test_without_a_grant_nobody_of_the_platform_comes_in(
    platform: Platform, house: Tenant, shared: dict[str, Member]
) -> None:
    pat, tenant = await an_administrator(platform, house, shared), await platform.tenant()
    refusals = []
    for slug in (tenant.slug, "there-is-none"):
        with pytest.raises(PermissionDenied, match="SUPPORT_NOT_GRANTED") as refused:
            await come_in(platform, pat, slug)
        refusals.append((refused.value.reason, refused.value.detail))
    assert len(set(refusals)) == 1
    # An administrator's own token reads nothing in the tenant either.
    visitor = await tenant.visitor()
    with pytest.raises(ParleyError):
        await platform.call(
            platform.chat.ListMessages,
            conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
            token=pat.token,
        )
    # An operator of the tenant gives no leave.
    robin = await tenant.member()
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await platform.call(
            platform.support_grants.CreateSupportGrant,
            support_grant_pb2.CreateSupportGrantRequest(reason="Come in.", hours=1),
            token=robin.token,
        )


async def test_by_a_grant_platform_staff_read_and_are_recorded_and_do_nothing_else(
    platform: Platform, house: Tenant, shared: dict[str, Member]
) -> None:
    pat, tenant = await an_administrator(platform, house, shared), await platform.tenant()
    visitor = await tenant.visitor("Ann")
    given = await grant(platform, tenant)
    let_in = await come_in(platform, pat, tenant.slug)
    actor = actor_of(platform, let_in.access_token)
    assert actor.callers == {access_pb2.CALLER_PLATFORM_SUPPORT}
    assert (actor.tenant_id, actor.subject_id, actor.session_id) == (tenant.id, pat.id, given.id)
    conversation = conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id)
    found = await platform.call(platform.chat.GetConversation, conversation, token=let_in.access_token)
    assert found.conversation.display_name == "Ann"
    listed = await platform.call(
        platform.chat.ListConversations, conversation_pb2.ListConversationsRequest(), token=let_in.access_token
    )
    assert [each.id for each in listed.conversations] == [visitor.conversation.id]
    # What still waits is read by nobody from outside without a reason that the visitor sees.
    await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=visitor.conversation.id),
        token=visitor.token,
    )
    await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
        token=let_in.access_token,
    )
    readers = await platform.call(
        platform.chat.ListReaders,
        conversation_pb2.ListReadersRequest(conversation_id=visitor.conversation.id),
        token=(await tenant.member(SUPERVISOR)).token,
    )
    assert [(each.staff_id, each.purpose) for each in readers.readers] == [
        (pat.id, access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT)
    ]
    for method, request in (
        (
            platform.chat.ClaimConversation,
            conversation_pb2.ClaimConversationRequest(conversation_id=visitor.conversation.id),
        ),
        (
            platform.chat.PostMessage,
            conversation_pb2.PostMessageRequest(
                conversation_id=visitor.conversation.id, client_message_id="message-1", body="Hello."
            ),
        ),
        (platform.staff.ListStaff, staff_pb2.ListStaffRequest()),
        (platform.support_grants.ListSupportGrants, support_grant_pb2.ListSupportGrantsRequest()),
    ):
        with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
            await platform.call(method, request, token=let_in.access_token)


async def test_a_grant_is_in_the_tenant_s_list_and_its_events(
    platform: Platform, house: Tenant, shared: dict[str, Member]
) -> None:
    pat, tenant = await an_administrator(platform, house, shared), await platform.tenant()
    given = await grant(platform, tenant)
    await come_in(platform, pat, tenant.slug)
    await revoke(platform, tenant, given.id)
    listed = await platform.call(
        platform.support_grants.ListSupportGrants,
        support_grant_pb2.ListSupportGrantsRequest(),
        token=tenant.admin.token,
    )
    (one,) = listed.support_grants
    assert (one.id, one.granted_by, one.reason) == (given.id, tenant.admin.id, "The queue does not move.")
    assert one.HasField("use_time")
    assert one.HasField("revoke_time")
    stub = events_pb2_grpc.EventServiceStub(platform.channels.of("identity"))
    told: list[tuple[str, str]] = []
    after = 0
    while True:
        page = await platform.call(stub.ListEvents, events_pb2.ListEventsRequest(after=after, page_size=1000))
        told += [
            (each.type, each.attributes["staff_id"])
            for each in page.events
            if each.tenant_id == tenant.id and each.type.startswith("support.")
        ]
        if page.next == after:
            break
        after = page.next
    assert told == [
        ("support.granted", tenant.admin.id),
        ("support.used", pat.id),
        ("support.revoked", tenant.admin.id),
    ]


async def test_who_is_in_is_out_within_seconds_when_the_grant_is_ended(
    platform: Platform, house: Tenant, shared: dict[str, Member]
) -> None:
    pat, tenant = await an_administrator(platform, house, shared), await platform.tenant()
    given = await grant(platform, tenant)
    let_in = await come_in(platform, pat, tenant.slug)
    request = conversation_pb2.ListConversationsRequest()
    await platform.call(platform.chat.ListConversations, request, token=let_in.access_token)
    revoked = next_revocation(platform)
    ended = await revoke(platform, tenant, given.id)
    assert await revoke(platform, tenant, given.id) == ended
    await refused_soon(
        revoked, lambda: platform.call(platform.chat.ListConversations, request, token=let_in.access_token)
    )
    with pytest.raises(PermissionDenied, match="SUPPORT_NOT_GRANTED"):
        await come_in(platform, pat, tenant.slug)


async def test_who_may_no_longer_work_for_the_platform_is_out_of_every_tenant_within_seconds(
    platform: Platform, house: Tenant
) -> None:
    tenant, email = await platform.tenant(), f"leaving@{house.slug}.example"
    made = await platform.call(
        platform.staff.CreateStaff,
        staff_pb2.CreateStaffRequest(
            email=email, display_name="Lou", roles=[access_pb2.CALLER_PLATFORM_ADMIN], password=PASSWORD
        ),
        tenant_id=house.id,
    )
    lou = await platform.sign_in(house.slug, email, made.staff.id)
    await grant(platform, tenant)
    let_in = await come_in(platform, lou, tenant.slug)
    request = conversation_pb2.ListConversationsRequest()
    await platform.call(platform.chat.ListConversations, request, token=let_in.access_token)
    # Until every process has heard of it, the platform's own token still lives; it lets nobody into a tenant any more.
    key, allowed = ids.to_uuid(lou.id, "stf"), "UPDATE identity.staff SET state = $2, roles = $3 WHERE id = $1"
    async with the_database(platform) as owner:
        for state, role in (
            (staff_pb2.Staff.STATE_SUSPENDED, access_pb2.CALLER_PLATFORM_ADMIN),
            (staff_pb2.Staff.STATE_ACTIVE, access_pb2.CALLER_OPERATOR),
        ):
            await owner.execute(allowed, key, state, [role])
            with pytest.raises(PermissionDenied, match="SUPPORT_NOT_GRANTED"):
                await come_in(platform, lou, tenant.slug)
        await owner.execute(allowed, key, staff_pb2.Staff.STATE_ACTIVE, [access_pb2.CALLER_PLATFORM_ADMIN])
    revoked = next_revocation(platform)
    change = staff_pb2.UpdateStaffRequest(
        staff=staff_pb2.Staff(id=lou.id, state=staff_pb2.Staff.STATE_SUSPENDED, etag=made.staff.etag)
    )
    change.update_mask.paths.append("state")
    await platform.call(platform.staff.UpdateStaff, change, tenant_id=house.id)
    await refused_soon(
        revoked, lambda: platform.call(platform.chat.ListConversations, request, token=let_in.access_token)
    )


async def test_a_grant_runs_out_and_no_token_outlives_it(
    platform: Platform, house: Tenant, shared: dict[str, Member]
) -> None:
    pat, tenant = await an_administrator(platform, house, shared), await platform.tenant()
    given = await grant(platform, tenant, hours=72)
    end = datetime.now(UTC) + timedelta(seconds=30)
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.support_grants SET expire_time = $1 WHERE id = $2", end, ids.to_uuid(given.id, "gra")
        )
        let_in = await come_in(platform, pat, tenant.slug)
        assert let_in.expire_time.ToDatetime(UTC) <= end
        await owner.execute(
            "UPDATE identity.support_grants SET expire_time = now() WHERE id = $1", ids.to_uuid(given.id, "gra")
        )
    with pytest.raises(PermissionDenied, match="SUPPORT_NOT_GRANTED"):
        await come_in(platform, pat, tenant.slug)


async def test_the_grant_of_another_tenant_is_as_if_there_were_none(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    given = await grant(platform, other)
    with pytest.raises(NotFound, match="SUPPORT_GRANT_NOT_FOUND"):
        await revoke(platform, shop, given.id)
