"""A site's own word for who is chatting: good once, for minutes, for that site, and shown to whoever reads the chat."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import secrets
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import identity_key_pb2, identity_key_pb2_grpc, site_pb2, visitor_identity_pb2

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from tests.identity.test_credentials import actor_of
from tests.identity.test_receipt_codes import erase
from tests.identity.test_sign_in import the_database
from tests.platform import Member, Platform, Tenant


async def a_secret(platform: Platform, tenant: Tenant) -> str:
    """Makes a secret for a tenant's site."""
    made = await platform.call(
        platform.identities.RotateIdentitySecret,
        visitor_identity_pb2.RotateIdentitySecretRequest(site_id=tenant.site.id),
        token=tenant.admin.token,
    )
    return str(made.secret)


def a_token(secret: str, site_id: str, *, algorithm: str = "HS256", **changes: Any) -> str:
    """Signs a token as a site's back end does."""
    now = int(time.time())
    claims = {
        "aud": site_id,
        "sub": "customer-4711",
        "jti": secrets.token_hex(12),
        "iat": now,
        "exp": now + 300,
        "name": "Ann Verified",
        "email": "ann@customers.example",
    } | changes
    return jwt.encode({key: value for key, value in claims.items() if value is not None}, secret, algorithm=algorithm)


async def verify(platform: Platform, tenant: Tenant, token: str) -> visitor_identity_pb2.VerifyVisitorResponse:
    """Hands a token over, as somebody on the site's page."""
    answer: visitor_identity_pb2.VerifyVisitorResponse = await platform.call(
        platform.identities.VerifyVisitor,
        visitor_identity_pb2.VerifyVisitorRequest(identity_token=token),
        token=await tenant.anonymous(),
    )
    return answer


async def chat(platform: Platform, tenant: Tenant, token: str) -> conversation_pb2.Conversation:
    """Starts a conversation."""
    started = await platform.call(
        platform.chat.StartConversation,
        conversation_pb2.StartConversationRequest(notice_id=tenant.notice.id, language="en"),
        token=token,
    )
    found: conversation_pb2.Conversation = started.conversation
    return found


async def identity_of(platform: Platform, member: Member, conversation_id: str) -> Any:
    """Asks who the visitor of a conversation is."""
    return await platform.call(
        platform.identities.GetVisitorIdentity,
        visitor_identity_pb2.GetVisitorIdentityRequest(conversation_id=conversation_id),
        token=member.token,
    )


async def test_whom_a_site_names_is_the_same_visitor_at_every_chat(platform: Platform) -> None:
    tenant = await platform.tenant()
    secret = await a_secret(platform, tenant)
    first = await verify(platform, tenant, a_token(secret, tenant.site.id))
    again = await verify(platform, tenant, a_token(secret, tenant.site.id, name="Ann Otherwise"))
    other = await verify(platform, tenant, a_token(secret, tenant.site.id, sub="customer-4712"))
    visitors = [actor_of(platform, each.access_token).subject_id for each in (first, again, other)]
    assert visitors[0] == visitors[1]
    # The same address makes nobody the same person.
    assert visitors[0] != visitors[2]
    conversation = await chat(platform, tenant, first.access_token)
    assert conversation.visitor_id == visitors[0]


async def test_the_operator_sees_that_the_site_itself_said_so(platform: Platform) -> None:
    tenant = await platform.tenant()
    operator, colleague = await tenant.member(), await tenant.member()
    secret = await a_secret(platform, tenant)
    verified = await chat(
        platform, tenant, (await verify(platform, tenant, a_token(secret, tenant.site.id))).access_token
    )
    anybody = await tenant.visitor("Ann Verified")
    for conversation in (verified, anybody.conversation):
        await platform.call(
            platform.chat.ClaimConversation,
            conversation_pb2.ClaimConversationRequest(conversation_id=conversation.id),
            token=operator.token,
        )
    found = await identity_of(platform, operator, verified.id)
    assert (found.is_verified, found.external_id, found.display_name, found.email) == (
        True,
        "customer-4711",
        "Ann Verified",
        "ann@customers.example",
    )
    assert not (await identity_of(platform, operator, anybody.conversation.id)).is_verified
    # Whoever may not read the conversation learns nothing of its visitor; another tenant's is as if there were none.
    with pytest.raises((NotFound, PermissionDenied)):
        await identity_of(platform, colleague, verified.id)
    stranger = await (await platform.tenant()).member()
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await identity_of(platform, stranger, verified.id)
    await erase(platform, tenant, verified.visitor_id)
    async with the_database(platform) as owner:
        left = await owner.fetchval(
            "SELECT count(*) FROM identity.verified_visitors WHERE visitor_id = $1",
            ids.to_uuid(verified.visitor_id, "vis"),
        )
    assert left == 0


def forgeries(secret: str, site_id: str, other_site: str) -> dict[str, str]:
    """Returns tokens of which none may be accepted, by what is wrong with each."""
    now = int(time.time())
    return {
        "another secret": a_token("x" * 43, site_id),
        "no signature": a_token("", site_id, algorithm="none"),
        "another algorithm": a_token(secret * 2, site_id, algorithm="HS512"),
        "another site": a_token(secret, other_site),
        "a list of sites": a_token(secret, site_id, aud=[site_id, other_site]),
        "over": a_token(secret, site_id, iat=now - 400, exp=now - 1),
        "too long-lived": a_token(secret, site_id, exp=now + 3600),
        "from the future": a_token(secret, site_id, iat=now + 300, exp=now + 600),
        "no end": a_token(secret, site_id, exp=None),
        "no id of its own": a_token(secret, site_id, jti=None),
        "nobody": a_token(secret, site_id, sub=""),
        "a name that is no text": a_token(secret, site_id, name={"first": "Ann"}),
        "a name without end": a_token(secret, site_id, name="A" * 300),
        "an end that is no number": a_token(secret, site_id, iat=True),
        "no token": "not a token",
    }


async def test_no_token_but_a_good_one_is_accepted(platform: Platform) -> None:
    tenant = await platform.tenant()
    second = await platform.call(
        platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name="Second"), token=tenant.admin.token
    )
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, tenant, a_token("x" * 43, tenant.site.id))
    secret = await a_secret(platform, tenant)
    refused = set()
    for token in forgeries(secret, tenant.site.id, second.site.id).values():
        with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED") as error:
            await verify(platform, tenant, token)
        refused.add((error.value.reason, error.value.detail))
    assert len(refused) == 1
    other = await platform.tenant()
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, other, a_token(secret, other.site.id))


async def test_a_token_is_good_once_also_for_two_at_once(platform: Platform) -> None:
    tenant = await platform.tenant()
    token = a_token(await a_secret(platform, tenant), tenant.site.id)
    both = await asyncio.gather(*(verify(platform, tenant, token) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["PermissionDenied", "VerifyVisitorResponse"]


async def test_a_secret_is_changed_without_a_gap_and_ended_at_once(platform: Platform) -> None:
    tenant = await platform.tenant()
    first, second = await a_secret(platform, tenant), await a_secret(platform, tenant)
    for secret in (first, second):
        await verify(platform, tenant, a_token(secret, tenant.site.id))
    third = await a_secret(platform, tenant)
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, tenant, a_token(first, tenant.site.id))
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.identity_secrets SET previous_expire_time = now() WHERE tenant_id = $1",
            ids.to_uuid(tenant.id, "ten"),
        )
        kept = await owner.fetchval(
            "SELECT sealed_secret FROM identity.identity_secrets WHERE tenant_id = $1", ids.to_uuid(tenant.id, "ten")
        )
    assert third.encode() not in bytes(kept)
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, tenant, a_token(second, tenant.site.id))
    await platform.call(
        platform.identities.EndIdentitySecret,
        visitor_identity_pb2.EndIdentitySecretRequest(site_id=tenant.site.id),
        token=tenant.admin.token,
    )
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, tenant, a_token(third, tenant.site.id))


def a_pair() -> tuple[str, str]:
    """Returns a private key and its public one, as PEM."""
    private = Ed25519PrivateKey.generate()
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return written, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


async def set_key(platform: Platform, tenant: Tenant, public: str, *, by: Member | None = None) -> Any:
    """Sets the public key of a tenant's site."""
    stub = identity_key_pb2_grpc.IdentityKeyServiceStub(platform.channels.of("identity"))
    request = identity_key_pb2.SetIdentityKeyRequest(site_id=tenant.site.id, public_key=public)
    return await platform.call(stub.SetIdentityKey, request, token=(by or tenant.admin).token)


async def test_a_back_end_signs_with_a_key_of_its_own_and_shares_no_secret(platform: Platform) -> None:
    tenant = await platform.tenant()
    (private, public), (other, changed) = a_pair(), a_pair()
    token = a_token(private, tenant.site.id, algorithm="EdDSA")
    with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
        await verify(platform, tenant, token)
    await set_key(platform, tenant, public)
    assert (await verify(platform, tenant, token)).display_name == "Ann Verified"
    # The same person is the same visitor whichever way the site says so.
    secret = await a_secret(platform, tenant)
    ways = [
        await verify(platform, tenant, a_token(private, tenant.site.id, algorithm="EdDSA")),
        await verify(platform, tenant, a_token(secret, tenant.site.id)),
    ]
    assert len({actor_of(platform, each.access_token).subject_id for each in ways}) == 1
    # The key from before is good for a while, and none is after it was taken away.
    assert (await set_key(platform, tenant, changed)).HasField("previous_expire_time")
    for key in (private, other):
        await verify(platform, tenant, a_token(key, tenant.site.id, algorithm="EdDSA"))
    stub = identity_key_pb2_grpc.IdentityKeyServiceStub(platform.channels.of("identity"))
    remove = identity_key_pb2.RemoveIdentityKeyRequest(site_id=tenant.site.id)
    await platform.call(stub.RemoveIdentityKey, remove, token=tenant.admin.token)
    for key in (private, other):
        with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
            await verify(platform, tenant, a_token(key, tenant.site.id, algorithm="EdDSA"))


async def test_a_public_key_is_no_secret_and_nothing_else_is_a_public_key(platform: Platform) -> None:
    tenant, stranger = await platform.tenant(), await platform.tenant()
    private, public = a_pair()
    await set_key(platform, tenant, public)
    # Whoever knows the public key signs with it as if it were a secret.
    now, head = int(time.time()), _part({"alg": "HS256", "typ": "JWT"})
    claims = {"aud": tenant.site.id, "sub": "x", "jti": secrets.token_hex(12), "iat": now, "exp": now + 300}
    body = f"{head}.{_part(claims)}"
    for forged in (
        f"{body}.{_bytes(hmac.digest(public.encode(), body.encode(), 'sha256'))}",
        f"{_part({'alg': 'none'})}.{_part(claims)}.",
    ):
        with pytest.raises(PermissionDenied, match="IDENTITY_REJECTED"):
            await verify(platform, tenant, forged)
    rsa = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for wrong, reason in ((private, "KEY_IS_PRIVATE"), (rsa, "KEY_INVALID"), ("ssh-ed25519 AAAA", "KEY_INVALID")):
        with pytest.raises(InvalidArgument, match=reason):
            await set_key(platform, tenant, wrong)
    with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
        await set_key(platform, tenant, public, by=stranger.admin)


RSA = generate_private_key(65537, 2048)


def _bytes(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(document: dict[str, Any]) -> str:
    return _bytes(json.dumps(document).encode())
