"""Keys, visitors' credentials, public keys of sites: what they open, how they are kept, and what reads as none."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import api_key_pb2, site_pb2, tenant_pb2, token_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, ParleyError, PermissionDenied, Unauthenticated
from kernel.identity import Actor, verify
from kernel.identity.scopes import SCOPES
from kernel.storage.paging import Pages
from services.identity.domain import make_credential, read_credential, read_site_key, site_key
from tests.identity.test_sign_in import keys_of, next_revocation, refused_soon, the_database
from tests.platform import OPERATOR, Platform, Tenant


async def exchange(platform: Platform, **credential: Any) -> token_pb2.ExchangeCredentialResponse:
    """Exchanges a credential."""
    answer: token_pb2.ExchangeCredentialResponse = await platform.call(
        platform.tokens.ExchangeCredential,
        token_pb2.ExchangeCredentialRequest(**credential),
    )
    return answer


def actor_of(platform: Platform, token: str) -> Actor:
    """Reads a token with the platform's own keys."""
    return verify(token, keys_of(platform))


def seconds(moment: Timestamp) -> float:
    """Returns a moment in seconds."""
    return moment.seconds + moment.nanos / 1e9


async def test_a_key_opens_what_its_scopes_name_and_nothing_else(platform: Platform, shop: Tenant) -> None:
    for scopes, reads_sites, reads_chats in (
        (["identity.read"], True, False),
        (["chat.read"], False, True),
        (["chat.read", "identity.read"], True, True),
    ):
        _, secret = await shop.api_key(*scopes)
        issued = await exchange(platform, api_key=secret)
        assert list(issued.callers) == [access_pb2.CALLER_SERVICE_ACCOUNT]
        for method, request, allowed in (
            (platform.sites.ListSites, site_pb2.ListSitesRequest(), reads_sites),
            (platform.chat.ListConversations, conversation_pb2.ListConversationsRequest(), reads_chats),
        ):
            if allowed:
                await platform.call(method, request, token=issued.access_token)
            else:
                with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
                    await platform.call(method, request, token=issued.access_token)


async def test_a_key_is_shown_once_and_kept_as_a_hash(platform: Platform, shop: Tenant) -> None:
    key_id, secret = await shop.api_key("chat.read")
    listed = await platform.call(
        platform.api_keys.ListApiKeys, api_key_pb2.ListApiKeysRequest(), token=shop.admin.token
    )
    assert key_id in {each.id for each in listed.api_keys}
    assert secret.split("_", 2)[2].encode() not in listed.SerializeToString()
    async with the_database(platform) as owner:
        rows = await owner.fetch("SELECT k::text AS row, secret_hash FROM identity.api_keys k")
    assert not any(secret.split("_", 2)[2] in row["row"] for row in rows)
    assert all(len(row["secret_hash"]) == 32 for row in rows)


async def test_a_retry_makes_no_second_key_and_shows_no_secret_again(platform: Platform, shop: Tenant) -> None:
    request = api_key_pb2.CreateApiKeyRequest(display_name="robot", scopes=["chat.read"], request_id="once")
    made = await platform.call(platform.api_keys.CreateApiKey, request, token=shop.admin.token)
    with pytest.raises(ParleyError, match="SECRET_SHOWN_ONCE"):
        await platform.call(platform.api_keys.CreateApiKey, request, token=shop.admin.token)
    listed = await platform.call(
        platform.api_keys.ListApiKeys, api_key_pb2.ListApiKeysRequest(), token=shop.admin.token
    )
    assert [each.id for each in listed.api_keys if each.display_name == "robot"] == [made.api_key.id]


async def test_a_revoked_key_and_its_tokens_are_refused_within_seconds(platform: Platform, shop: Tenant) -> None:
    key_id, secret = await shop.api_key("chat.read")
    token = (await exchange(platform, api_key=secret)).access_token
    request = conversation_pb2.ListConversationsRequest()
    await platform.call(platform.chat.ListConversations, request, token=token)
    heard = next_revocation(platform)
    revoke = api_key_pb2.RevokeApiKeyRequest(api_key_id=key_id)
    revoked = await platform.call(platform.api_keys.RevokeApiKey, revoke, token=shop.admin.token)
    await refused_soon(heard, lambda: platform.call(platform.chat.ListConversations, request, token=token))
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchange(platform, api_key=secret)
    # Revoking it again changes nothing.
    again = await platform.call(platform.api_keys.RevokeApiKey, revoke, token=shop.admin.token)
    assert again.api_key.revoke_time == revoked.api_key.revoke_time


async def test_a_visitors_credential_is_bound_to_its_conversation(platform: Platform, shop: Tenant) -> None:
    visitor, other = await shop.visitor("Ann"), await shop.visitor("Bo")
    issued = await exchange(platform, visitor_credential=visitor.credential)
    assert issued.conversation_id == visitor.conversation.id
    assert issued.site_id == shop.site.id
    actor = actor_of(platform, issued.access_token)
    assert actor.callers == {access_pb2.CALLER_VISITOR}
    assert (actor.tenant_id, actor.subject_id) == (shop.id, visitor.conversation.visitor_id)
    for conversation_id in (other.conversation.id, ids.new_id("cnv")):
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await platform.call(
                platform.chat.ListMessages,
                conversation_pb2.ListMessagesRequest(conversation_id=conversation_id),
                token=issued.access_token,
            )


async def test_a_visitors_credential_is_issued_for_a_site_of_the_tenant_only(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    for site_id in (other.site.id, ids.new_id("sit")):
        with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
            await platform.call(
                platform.tokens.IssueVisitorCredential,
                token_pb2.IssueVisitorCredentialRequest(
                    visitor_id=ids.random_id("vis"), conversation_id=ids.new_id("cnv"), site_id=site_id
                ),
                tenant_id=shop.id,
            )


async def test_an_anonymous_token_says_where_somebody_is_and_nothing_about_who(
    platform: Platform, shop: Tenant
) -> None:
    issued = await exchange(platform, site_key=shop.site.key)
    actor = actor_of(platform, issued.access_token)
    assert actor.callers == {access_pb2.CALLER_ANONYMOUS}
    assert (actor.tenant_id, actor.site_id) == (shop.id, shop.site.id)
    assert (actor.subject_id, actor.session_id, actor.conversation_id, actor.display_name) == ("", "", "", "")
    assert actor.expire_time is not None
    assert actor.issue_time is not None
    assert actor.expire_time - actor.issue_time <= timedelta(minutes=5)
    assert actor.expire_time.timestamp() == pytest.approx(seconds(issued.expire_time), abs=1)


async def test_a_credential_of_one_kind_is_none_of_another(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    _, secret = await shop.api_key("chat.read")
    good = {"session": shop.admin.session, "api_key": secret, "visitor_credential": visitor.credential}
    for kind, own in good.items():
        for credential in good.values():
            renamed = f"{own.partition('_')[0]}_{credential.partition('_')[2]}"
            for text in {credential, renamed} - {own}:
                with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
                    await exchange(platform, **{kind: text})
    for credential in good.values():
        with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
            await exchange(platform, site_key=credential[:128])


async def test_a_credential_names_its_tenant_and_opens_no_other(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    _, secret = await shop.api_key("chat.read")
    prefix, tenant, random = secret.split("_", 2)
    assert tenant == shop.id.removeprefix("ten_")
    moved = f"{prefix}_{other.id.removeprefix('ten_')}_{random}"
    nowhere = f"{prefix}_{ids.new_id('ten').removeprefix('ten_')}_{random}"
    for text in (moved, nowhere, secret + "A", secret[:-1], secret.upper(), f" {secret}"):
        with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
            await exchange(platform, api_key=text)


async def test_the_longest_token_there_can_be_fits_the_way_it_takes(platform: Platform, shop: Tenant) -> None:
    """A live stream carries tokens of at most 4,096 characters; a longer one would end it for everybody."""
    request = api_key_pb2.CreateApiKeyRequest(display_name="x", scopes=sorted(SCOPES))
    made = await platform.call(platform.api_keys.CreateApiKey, request, token=shop.admin.token)
    issued = await exchange(platform, api_key=made.secret)
    assert len(issued.access_token) <= 4096
    member = await shop.member(OPERATOR, name="\U0001f33f" * 200)
    assert len(member.token) <= 4096


async def test_a_setting_of_a_tenant_is_its_own(platform: Platform, shop: Tenant) -> None:
    got = await platform.call(platform.tenants.GetTenant, tenant_pb2.GetTenantRequest(), token=shop.admin.token)
    assert (got.tenant.id, got.tenant.slug) == (shop.id, shop.slug)


# What is no credential is never one: properties of the forms themselves.

TENANTS = st.binary(min_size=16, max_size=16).map(lambda raw: "ten_" + ids.encode(raw))
SITES = st.binary(min_size=16, max_size=16).map(lambda raw: "sit_" + ids.encode(raw))


@given(tenant_id=TENANTS, entropy=st.binary(min_size=32, max_size=32))
def test_a_credential_reads_as_the_tenant_that_it_was_made_for(tenant_id: str, entropy: bytes) -> None:
    text, secret_hash = make_credential("pak", tenant_id, entropy)
    read = read_credential("pak", text)
    assert (read.tenant_id, read.secret_hash) == (tenant_id, secret_hash)
    for other in ("pss", "pvc", "pk"):
        with pytest.raises(Unauthenticated):
            read_credential(other, text)
    # The form survives every way that a credential takes: headers, cookies, JSON.
    assert text.isascii()
    assert not set(text) & set(' ;,"\\\r\n\t=')


@given(tenant_id=TENANTS, site_id=SITES)
def test_a_site_key_reads_as_what_it_was_made_of(tenant_id: str, site_id: str) -> None:
    assert read_site_key(site_key(tenant_id, site_id)) == (tenant_id, site_id)


@given(tenant_id=TENANTS, site_id=SITES, at=st.integers(0, 60), letter=st.characters())
def test_a_site_key_has_one_spelling(tenant_id: str, site_id: str, at: int, letter: str) -> None:
    key = site_key(tenant_id, site_id)
    at %= len(key)
    changed = key[:at] + letter + key[at + 1 :]
    try:
        read = read_site_key(changed)
    except NotFound:
        return
    assert site_key(*read) == changed


@given(st.text(max_size=200))
def test_any_text_is_a_site_key_or_not_found(text: str) -> None:
    for candidate in (text, "pk_" + text):
        try:
            read = read_site_key(candidate)
        except NotFound:
            continue
        assert site_key(*read) == candidate


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_is_an_id_or_malformed(text: str, tail: str) -> None:
    for candidate in (text, f"cnv_{tail}", f"cnv_{tail:0<26}"[:30]):
        try:
            value = ids.to_uuid(candidate, "cnv")
        except InvalidArgument:
            continue
        assert ids.from_uuid("cnv", value) == candidate


PLACES = st.lists(st.one_of(st.text(max_size=20), st.integers()), min_size=1, max_size=4)
POSITIONS = st.lists(st.one_of(st.text(max_size=40), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=3)


@given(scope=PLACES, other=PLACES, position=POSITIONS)
def test_a_page_token_opens_the_list_that_it_was_made_in(
    scope: list[str | int], other: list[str | int], position: list[str | int]
) -> None:
    pages = Pages("secret")
    token = pages.token(scope, position)
    assert pages.position(scope, token) == position
    if list(map(str, scope)) != list(map(str, other)):
        with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
            pages.position(other, token)
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        Pages("another secret").position(scope, token)


@given(scope=PLACES, text=st.text(min_size=1, max_size=200))
def test_any_text_but_a_page_token_is_refused_alike(scope: list[str | int], text: str) -> None:
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        Pages("secret").position(scope, text)


@given(scope=PLACES, position=POSITIONS, bit=st.integers(0, 4000))
def test_a_page_token_with_one_bit_changed_is_refused(
    scope: list[str | int], position: list[str | int], bit: int
) -> None:
    pages = Pages("secret")
    token = pages.token(scope, position)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        pages.position(scope, changed)
