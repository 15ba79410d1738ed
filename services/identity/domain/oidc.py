"""What a sign-in at an OpenID provider sends, and what it believes of what comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from kernel.errors import InvalidArgument, PermissionDenied

#: How long somebody may take at the provider, and how far clocks may differ.
FLOW_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


class OidcRejected(PermissionDenied):
    """Nothing that came back opens a session; what was wrong is never said."""

    def __init__(self) -> None:
        """Carries the one answer."""
        super().__init__("OIDC_REJECTED", "You were not signed in. Begin again, or ask your administrator.")


class IssuerNotAllowed(InvalidArgument):
    """The deployment does not connect to this issuer."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__(
            "ISSUER_NOT_ALLOWED",
            "The platform does not connect to this provider. Nothing was changed.",
            fields=[("issuer", "must be one that the deployment allows")],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A tenant's OpenID provider; the secret is sealed."""

    issuer: str
    client_id: str
    sealed_secret: bytes
    update_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a provider is, as it says itself."""

    authorization: str
    token: str
    keys: str


def endpoints_of(document: Mapping[str, Any], issuer: str) -> Endpoints:
    """Reads a provider's description; raises OidcRejected where it is another one's, or leads to another host."""
    found = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if document.get("issuer") != issuer or not all(isinstance(each, str) for each in found):
        raise OidcRejected
    if not all(str(each).startswith("https://") for each in found):
        raise OidcRejected
    return Endpoints(authorization=str(found[0]), token=str(found[1]), keys=str(found[2]))


def challenge_of(verifier: str) -> str:
    """Returns the challenge of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(endpoints: Endpoints, client_id: str, redirect_uri: str, sent: Mapping[str, str]) -> str:
    """Writes the address of the provider's page."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email",
        "state": sent["state"],
        "nonce": sent["nonce"],
        "code_challenge": challenge_of(sent["verifier"]),
        "code_challenge_method": "S256",
    }
    separator = "&" if "?" in endpoints.authorization else "?"
    return f"{endpoints.authorization}{separator}{urlencode(query)}"


def is_state(sent: str, came: str) -> bool:
    """Says whether what came back is what was sent, in the same time whatever it is."""
    return hmac.compare_digest(sent.encode(), came.encode())


def read_id_token(
    text: str, keys: Mapping[str, Any], *, provider: Provider, nonce: str, now: datetime
) -> tuple[str, str]:
    """Returns the subject and the proved address of an id token; raises OidcRejected for every one that is not good."""
    try:
        header = jwt.get_unverified_header(text)
        listed = [each for each in keys.get("keys", []) if isinstance(each, dict)]
        key = next(each for each in listed if each.get("kid") == header.get("kid"))
        claims: dict[str, Any] = jwt.decode(
            text,
            jwt.PyJWK(key).key,
            algorithms=[each for each in _ALGORITHMS if each == header.get("alg")],
            audience=provider.client_id,
            issuer=provider.issuer,
            # The times are judged below, by the clock that is given.
            options={"require": ["exp", "iat", "sub", "aud", "iss", "nonce"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, StopIteration, AttributeError, ValueError, TypeError):
        raise OidcRejected from None
    many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if many and claims.get("azp") != provider.client_id:
        raise OidcRejected
    issued, end, moment = claims["iat"], claims["exp"], now.timestamp()
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (issued, end)):
        raise OidcRejected
    slack = LEEWAY.total_seconds()
    if not issued - slack <= moment < end + slack or not is_state(nonce, str(claims["nonce"])):
        raise OidcRejected
    subject, email = claims["sub"], claims.get("email", "")
    if not isinstance(subject, str) or not subject or not isinstance(email, str):
        raise OidcRejected
    # An address that the provider has not proved is anybody's.
    return subject, email.strip().lower() if claims.get("email_verified") is True else ""


def hash_subject(key: bytes, tenant_id: str, issuer: str, subject: str) -> bytes:
    """Returns the keyed hash under which an account is found again."""
    return hmac.digest(key, f"{tenant_id}\x00{issuer}\x00{subject}".encode(), "sha256")
