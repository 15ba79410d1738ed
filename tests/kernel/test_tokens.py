"""A token is good, or it is rejected in the same words whatever is wrong with it."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from parley.options.v1 import access_pb2

from kernel.errors import Unauthenticated
from kernel.identity import Actor, InternalTokens, KeyRing, Regime, Revocations, TokenVerifier, derive_key, sign, tokens
from kernel.ids import random_id

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ACTOR = Actor(
    tenant_id="ten_1",
    regime=Regime.ASP,
    callers=frozenset({access_pb2.CALLER_OPERATOR}),
    subject_id="stf_1",
    session_id="ses_1",
    display_name="Maria",
)


def ring(**keys: Ed25519PrivateKey) -> KeyRing:
    """Returns a ring with these keys."""
    made = KeyRing()
    made.replace({name: key.public_key().public_bytes_raw() for name, key in keys.items()})
    return made


def signed(
    key: Ed25519PrivateKey = KEY, *, life: timedelta = timedelta(minutes=5), key_id: str = "one", **changes: str
) -> str:
    """Returns a token for the operator, or for somebody who differs."""
    now = datetime.now(UTC)
    return sign(replace(ACTOR, issue_time=now, expire_time=now + life, **changes), key_id, key)  # type: ignore[arg-type]  # Each changes a text.


def verifier() -> TokenVerifier:
    """Returns a verifier of a deployment whose secret is `secret`."""
    return TokenVerifier(InternalTokens("secret", "chat"), ring(one=KEY))


def test_a_good_token_names_its_actor() -> None:
    actor = verifier().actor(signed())
    assert replace(actor, issue_time=None, expire_time=None) == ACTOR


def unsigned() -> str:
    """Returns a token that claims to need no signature."""
    header, payload, _ = signed().split(".")
    parsed = json.loads(base64.urlsafe_b64decode(header + "=="))
    parsed["alg"] = "none"
    return f"{base64.urlsafe_b64encode(json.dumps(parsed).encode()).decode().rstrip('=')}.{payload}."


def with_the_public_key_as_secret() -> str:
    """Returns a token that is signed with HMAC under the public key."""
    claims = {"aud": "parley-internal", "iss": "x", "tid": "ten_1", "exp": datetime.now(UTC) + timedelta(minutes=1)}
    return jwt.encode(claims, KEY.public_key().public_bytes_raw(), algorithm="HS256", headers={"kid": "one"})


BAD = {
    "empty": "",
    "garbage": "not.a.token",
    "expired": signed(life=timedelta(seconds=-1)),
    "another key": signed(OTHER),
    "an unknown key": signed(key_id="two"),
    "unsigned": unsigned(),
    "an algorithm of its own": with_the_public_key_as_secret(),
    "internal of another deployment": InternalTokens("another secret", "chat").make("ten_1"),
    "access token as internal": jwt.encode(
        {"aud": "parley", "tid": "ten_1", "exp": datetime.now(UTC) + timedelta(minutes=1)},
        derive_key("secret", "internal"),
        algorithm="HS256",
    ),
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_rejected_and_nobody_says_why(token: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        verifier().actor(token)
    assert caught.value.reason == "CREDENTIAL_REJECTED"
    assert caught.value.detail == "The credential is missing, expired or not valid. Sign in again."


def test_a_token_that_was_good_is_not_good_for_ever() -> None:
    clock = [time.time()]
    remembering = TokenVerifier(InternalTokens("secret", "chat"), ring(one=KEY), now=lambda: clock[0])
    token = signed()
    first = remembering.actor(token)
    assert remembering.actor(token) is first
    # When it has expired it is looked at again, and whoever looks at one that has expired rejects it.
    clock[0] += 400
    assert remembering.actor(token) is not first
    with pytest.raises(Unauthenticated):
        remembering.actor(signed(life=timedelta(seconds=-1)))


def test_an_internal_token_opens_one_tenant() -> None:
    actor = verifier().actor(InternalTokens("secret", "gateway").make("ten_9"))
    assert actor.is_internal
    assert (actor.tenant_id, actor.subject_id) == ("ten_9", "gateway")


def test_a_revoked_session_and_an_older_token_are_refused_and_a_newer_one_is_not() -> None:
    revocations = Revocations()
    now = datetime.now(UTC)
    actor = replace(ACTOR, issue_time=now)
    assert not revocations.is_revoked(actor)
    revocations.revoke_before("stf_1", now + timedelta(milliseconds=1))
    assert revocations.is_revoked(actor)
    assert not revocations.is_revoked(replace(actor, issue_time=now + timedelta(milliseconds=2)))
    revocations.revoke_session("ses_1")
    assert revocations.is_revoked(replace(actor, issue_time=now + timedelta(days=1)))
    assert not revocations.is_revoked(replace(actor, session_id="ses_2", issue_time=now + timedelta(days=1)))


def test_of_a_token_that_is_good_no_more_nothing_is_remembered() -> None:
    clock = [time.time()]
    known = TokenVerifier(InternalTokens("secret", "chat"), ring(one=KEY), now=lambda: clock[0])
    for _ in range(3):
        known.actor(signed(life=timedelta(minutes=5), subject_id=random_id("vis")))
    assert known.remembered == 3
    clock[0] += 400
    known.actor(signed(life=timedelta(minutes=10)))
    assert known.remembered == 1
    # One that expires while it is looked at is good for this once.
    clock[0] += 400
    known.actor(signed(life=timedelta(minutes=10), subject_id=random_id("vis")))
    assert known.remembered == 0


def test_no_more_tokens_are_remembered_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    known = verifier()
    for _ in range(5):
        known.actor(signed(subject_id=random_id("vis")))
    assert known.remembered == 2
