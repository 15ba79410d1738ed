"""Keys of programs end, say on which day they were used, and get another secret without a gap."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import api_key_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, Unauthenticated
from tests.identity.test_credentials import actor_of, exchange
from tests.identity.test_sign_in import the_database
from tests.platform import Platform, Tenant


async def key_of(platform: Platform, tenant: Tenant, key_id: str) -> api_key_pb2.ApiKey:
    """Returns a key as it is listed."""
    answer = await platform.call(
        platform.api_keys.ListApiKeys, api_key_pb2.ListApiKeysRequest(page_size=200), token=tenant.admin.token
    )
    found: api_key_pb2.ApiKey = next(each for each in answer.api_keys if each.id == key_id)
    return found


async def rotate(platform: Platform, tenant: Tenant, key_id: str, hours: int, request_id: str = "") -> str:
    """Gives a key another secret and returns it."""
    request = api_key_pb2.RotateApiKeyRequest(api_key_id=key_id, overlap_hours=hours, request_id=request_id)
    answer = await platform.call(platform.api_keys.RotateApiKey, request, token=tenant.admin.token)
    return str(answer.secret)


async def move(platform: Platform, key_id: str, column: str, moment: datetime) -> None:
    """Lets a moment of a key have come, as its database's administrator."""
    async with the_database(platform) as owner:
        await owner.execute(
            f"UPDATE identity.api_keys SET {column} = $1 WHERE id = $2",
            moment,
            ids.to_uuid(key_id, "key"),
        )


async def test_a_key_is_for_what_calls_ask_for_and_for_nothing_else(platform: Platform, shop: Tenant) -> None:
    listed = await platform.call(
        platform.api_keys.ListApiKeyScopes, api_key_pb2.ListApiKeyScopesRequest(), token=shop.admin.token
    )
    assert "chat.read" in {each.scope for each in listed.scopes}
    for wrong in (["chat.everything"], ["chat.read", "nothing.read"], ["chat.readx"]):
        with pytest.raises(InvalidArgument, match="SCOPE_UNKNOWN"):
            await shop.api_key(*wrong)


async def test_a_key_ends_and_no_token_of_it_lives_longer(platform: Platform, shop: Tenant) -> None:
    key_id, secret = await shop.api_key("chat.read")
    made = await key_of(platform, shop, key_id)
    assert (made.expire_time.ToDatetime() - made.create_time.ToDatetime()).days == 365
    end = datetime.now(UTC) + timedelta(seconds=30)
    await move(platform, key_id, "expire_time", end)
    token = (await exchange(platform, api_key=secret)).access_token
    expires = actor_of(platform, token).expire_time
    assert expires is not None
    assert expires <= end
    await move(platform, key_id, "expire_time", datetime.now(UTC))
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchange(platform, api_key=secret)
    with pytest.raises(FailedPrecondition, match="API_KEY_ENDED"):
        await rotate(platform, shop, key_id, 1)


async def test_a_key_says_on_which_day_it_was_used_and_no_more(platform: Platform, shop: Tenant) -> None:
    key_id, secret = await shop.api_key("chat.read")
    assert not (await key_of(platform, shop, key_id)).HasField("last_use_time")
    await exchange(platform, api_key=secret)
    used = (await key_of(platform, shop, key_id)).last_use_time.ToDatetime(UTC)
    assert datetime.now(UTC) - used < timedelta(days=1, minutes=1)
    assert (used.hour, used.minute, used.second, used.microsecond) == (0, 0, 0, 0)


async def test_two_secrets_work_while_a_key_is_rotated_and_then_one(platform: Platform, shop: Tenant) -> None:
    key_id, first = await shop.api_key("chat.read")
    second = await rotate(platform, shop, key_id, 24)
    ends = (await key_of(platform, shop, key_id)).overlap_end_time.ToDatetime(UTC)
    assert timedelta(hours=23) < ends - datetime.now(UTC) <= timedelta(hours=24)
    for secret in (first, second):
        token = (await exchange(platform, api_key=secret)).access_token
        await platform.call(platform.chat.ListConversations, conversation_pb2.ListConversationsRequest(), token=token)
    await move(platform, key_id, "overlap_end_time", datetime.now(UTC))
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchange(platform, api_key=first)
    third = await rotate(platform, shop, key_id, 0)
    for gone in (first, second):
        with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
            await exchange(platform, api_key=gone)
    await exchange(platform, api_key=third)


async def test_a_retry_or_a_second_at_the_same_moment_rotates_in_order(platform: Platform, shop: Tenant) -> None:
    key_id, _ = await shop.api_key("chat.read")
    secret = await rotate(platform, shop, key_id, 1, request_id="turn")
    with pytest.raises(FailedPrecondition, match="SECRET_SHOWN_ONCE"):
        await rotate(platform, shop, key_id, 1, request_id="turn")
    await exchange(platform, api_key=secret)
    both = await asyncio.gather(*(rotate(platform, shop, key_id, 1) for _ in range(2)))
    # The later one is the key's secret, the earlier one overlaps with it.
    for each in both:
        await exchange(platform, api_key=each)
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchange(platform, api_key=secret)
    other = await platform.tenant()
    with pytest.raises(NotFound, match="API_KEY_NOT_FOUND"):
        await rotate(platform, other, key_id, 1)
