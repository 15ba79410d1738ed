"""Tokens by which a site's own back end says who of its customers is chatting: read and judged."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from kernel.errors import InvalidArgument, PermissionDenied

#: A token lasts so long at most, and clocks may differ by so much.
TOKEN_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
#: How long the secret from before a rotation is good.
OVERLAP = timedelta(days=1)
_LONGEST = {"sub": 200, "jti": 200, "name": 200, "email": 254}


class IdentityRejected(PermissionDenied):
    """The token is forged, too old, too long-lived, used, for another site, or the site has no secret."""

    def __init__(self) -> None:
        """Carries the one answer to all of them."""
        super().__init__("IDENTITY_REJECTED", "The site's word for who you are was not accepted. You can chat without.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says."""

    external_id: str
    display_name: str
    email: str
    token_hash: bytes
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySecret:
    """A site's secrets, sealed."""

    sealed: bytes
    create_time: datetime
    sealed_previous: bytes | None
    previous_expire_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityKey:
    """A site's public keys, as PEM."""

    public: str
    create_time: datetime
    previous: str | None = None
    previous_expire_time: datetime | None = None


def check_public_key(text: str) -> str:
    """Returns an Ed25519 public key written anew; raises InvalidArgument for everything else."""
    if "PRIVATE KEY" in text:
        raise InvalidArgument(
            "KEY_IS_PRIVATE",
            "That is the private key, which is your back end's alone. Make another pair. Nothing was kept.",
            fields=[("public_key", "must be a public key")],
        )
    try:
        key = load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidArgument(
            "KEY_INVALID",
            "That is no public key of Ed25519, written as PEM. Nothing was changed.",
            fields=[("public_key", "must be Ed25519, as PEM")],
        )
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedVisitor:
    """Whom a site named."""

    visitor_id: str
    site_id: str
    external_id: str
    display_name: str
    email: str
    verify_time: datetime


def read_token(text: str, secrets: Sequence[bytes], keys: Sequence[str], site_id: str, now: datetime) -> Claims:
    """Returns what a token says; raises IdentityRejected for every one that is not good now, for this site."""
    # What a public key opens was never signed with it as if it were a secret: each kind is tried as itself alone.
    tries = [("HS256", secret) for secret in secrets] + [("EdDSA", key) for key in keys]
    for algorithm, key in tries:
        try:
            # The times are judged below, by the clock that is given.
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=[algorithm],
                audience=site_id,
                options={
                    "require": ["sub", "jti", "iat", "exp", "aud"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError:
            continue
        return _judged(claims, site_id, now)
    raise IdentityRejected


def hash_external_id(key: bytes, tenant_id: str, site_id: str, external_id: str) -> bytes:
    """Returns the keyed hash under which somebody of a site is found again."""
    return hmac.digest(key, f"{tenant_id}\x00{site_id}\x00{external_id}".encode(), "sha256")


def _judged(claims: dict[str, Any], site_id: str, now: datetime) -> Claims:
    issued, end = claims["iat"], claims["exp"]
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (issued, end))
    if not numbers or claims["aud"] != site_id:
        raise IdentityRejected
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    if not (issued - leeway <= moment < end <= issued + TOKEN_LIFE.total_seconds()):
        raise IdentityRejected
    texts = {name: claims.get(name, "") for name in _LONGEST}
    if not all(isinstance(text, str) and len(text) <= _LONGEST[name] for name, text in texts.items()):
        raise IdentityRejected
    if not texts["sub"] or not texts["jti"]:
        raise IdentityRejected
    return Claims(
        external_id=texts["sub"],
        display_name=texts["name"].strip(),
        email=texts["email"].strip(),
        token_hash=hashlib.sha256(f"{site_id}\x00{texts['jti']}".encode()).digest(),
        expire_time=datetime.fromtimestamp(end, now.tzinfo),
    )
