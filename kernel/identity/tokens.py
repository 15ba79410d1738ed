"""Signs and verifies the two kinds of token: an access token for people and machines, an internal one for our
processes.

An access token is a JWT signed with Ed25519 by identity and lives for minutes. An internal token is a JWT under a key
that all processes of a deployment derive from its secret. Neither is ever logged; what is wrong with one is never
said.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from parley.options.v1 import access_pb2

from kernel.errors import Unauthenticated, Unavailable
from kernel.identity.actor import Actor, Regime

AUDIENCE = "parley"
INTERNAL_AUDIENCE = "parley-internal"
INTERNAL_SECONDS = 120
#: How many tokens a process remembers that are good still: each of those who ask at one moment comes with one, and most
#: come with another one soon. Each takes about 1 kB.
REMEMBERED = 4_000


def derive_key(secret_key: str, use: str) -> bytes:
    """Derives a 32-byte key for one use from the deployment's secret."""
    return hmac.new(secret_key.encode(), b"parley/" + use.encode(), hashlib.sha256).digest()


def rejected() -> Unauthenticated:
    """Returns the one answer to every credential that is not good; it does not say why."""
    return Unauthenticated("CREDENTIAL_REJECTED", "The credential is missing, expired or not valid. Sign in again.")


def sign(actor: Actor, key_id: str, key: Ed25519PrivateKey) -> str:
    """Writes an actor as a signed access token that expires when the actor does."""
    if actor.expire_time is None:
        raise ValueError("an access token must expire")
    if actor.is_internal:
        raise ValueError("an access token makes nobody a process of ours")
    claims: dict[str, Any] = {
        "aud": AUDIENCE,
        "exp": int(actor.expire_time.timestamp()),
        # With milliseconds, since a revocation in the same second must tell old tokens from new ones; rounded down,
        # so that no token looks younger than it is.
        "iat": math.floor((actor.issue_time or datetime.now(UTC)).timestamp() * 1000) / 1000,
        "tid": actor.tenant_id,
        "reg": actor.regime.value,
        "cal": sorted(actor.callers),
    }
    for claim, value in (
        ("sub", actor.subject_id),
        ("sid", actor.session_id),
        ("site", actor.site_id),
        ("cid", actor.conversation_id),
        ("name", actor.display_name),
        ("scp", sorted(actor.scopes)),
    ):
        if value:
            claims[claim] = value
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": key_id})


def verify(token: str, keys: Mapping[str, Ed25519PublicKey]) -> Actor:
    """Reads an access token; raises Unauthenticated for anything but a good one."""
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token, key, algorithms=["EdDSA"], audience=AUDIENCE, options={"require": ["exp", "iat", "aud"]}
        )
        callers = _callers(tuple(int(caller) for caller in claims["cal"]))
        if access_pb2.CALLER_INTERNAL in callers:
            # Only the internal key makes a process of ours, whatever identity was made to sign.
            raise rejected()
        return Actor(
            # Thousands of tokens name the same few tenants.
            tenant_id=sys.intern(claims["tid"]),
            regime=Regime(claims["reg"]),
            callers=callers,
            subject_id=claims.get("sub", ""),
            session_id=claims.get("sid", ""),
            site_id=claims.get("site", ""),
            conversation_id=claims.get("cid", ""),
            scopes=frozenset(claims.get("scp", ())),
            display_name=claims.get("name", ""),
            issue_time=datetime.fromtimestamp(claims["iat"], UTC),
            expire_time=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise rejected() from None


@lru_cache(maxsize=256)
def _callers(numbers: tuple[int, ...]) -> frozenset[int]:
    return frozenset(numbers)


class InternalTokens:
    """Makes and reads the tokens by which Parley's own processes know one another."""

    def __init__(self, secret_key: str, service: str) -> None:
        """Takes the deployment's secret and the name of the process."""
        self._key = derive_key(secret_key, "internal")
        self._service = service
        self._made: dict[str, tuple[str, float]] = {}

    def make(self, tenant_id: str = "") -> str:
        """Returns a token for calls in a tenant, or for tenantless calls; it is reused for half its life."""
        token, until = self._made.get(tenant_id, ("", 0.0))
        now = time.time()
        if now < until:
            return token
        claims = {"aud": INTERNAL_AUDIENCE, "iss": self._service, "tid": tenant_id, "exp": int(now) + INTERNAL_SECONDS}
        token = jwt.encode(claims, self._key, algorithm="HS256")
        if len(self._made) > 1000:
            self._made.clear()
        self._made[tenant_id] = (token, now + INTERNAL_SECONDS / 2)
        return token

    def read(self, token: str) -> Actor:
        """Reads an internal token; raises Unauthenticated for anything but a good one."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=INTERNAL_AUDIENCE,
                options={"require": ["exp", "aud", "iss"]},
            )
        except jwt.PyJWTError:
            raise rejected() from None
        return Actor(
            tenant_id=claims.get("tid", ""),
            regime=Regime.HOUSE,
            callers=frozenset({access_pb2.CALLER_INTERNAL}),
            subject_id=claims["iss"],
            expire_time=datetime.fromtimestamp(claims["exp"], UTC),
        )


class TokenVerifier:
    """Turns the token of a call into its actor, and remembers the good ones, since a signature costs more than a
    call. Nothing is remembered of one that has expired, and nothing that somebody could present."""

    def __init__(
        self,
        internal: InternalTokens,
        keys: Mapping[str, Ed25519PublicKey],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Takes both kinds of key; `keys` may change under it when identity rotates them. `now` says until when what is
        remembered is good."""
        self._internal = internal
        self._keys = keys
        self._now = now
        self._known: OrderedDict[bytes, tuple[float, Actor]] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many tokens are remembered."""
        return len(self._known)

    def actor(self, token: str) -> Actor:
        """Returns the actor of a good token; raises Unauthenticated for another, Unavailable before there are keys."""
        key = hashlib.sha256(token.encode()).digest()
        until, known = self._known.get(key, (0.0, None))
        if known is not None and until > self._now():
            return known
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
        except jwt.PyJWTError:
            raise rejected() from None
        if algorithm != "HS256" and not self._keys:
            # A process that has just started knows no keys yet; to reject would be to sign everybody out.
            raise Unavailable("KEYS_UNAVAILABLE", "The service is starting. Please try again in a moment.")
        actor = self._internal.read(token) if algorithm == "HS256" else verify(token, self._keys)
        if actor.expire_time is not None:
            self._remember(key, actor.expire_time.timestamp(), actor)
        return actor

    def _remember(self, key: bytes, until: float, actor: Actor) -> None:
        now = self._now()
        self._known[key] = (until, actor)
        # They come about in the order in which they expire; one behind another that lives longer waits for it.
        while self._known and (len(self._known) > REMEMBERED or next(iter(self._known.values()))[0] <= now):
            self._known.popitem(last=False)
