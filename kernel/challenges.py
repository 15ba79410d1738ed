"""Has whoever sends a form without an account pay for it by a small calculation, which programs in numbers find dear.

A challenge is a text that is kept nowhere: a salt, which says since when and until when it is good, the hash of that
salt with a number behind it, and a signature over both that holds for one tenant and one form only. Whoever tries
numbers from 0 upwards finds it, and hands in the challenge with the number behind it. A challenge is taken once: its
random part is noted in Redis until it is over anyway. While Redis is away each process remembers what it took itself,
so that a challenge may then be taken once by each replica.

Nothing about a person is in a challenge or noted of one. Who needs one, and what becomes of whoever did not calculate,
is the caller's to say.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.errors import FailedPrecondition
from kernel.identity.tokens import derive_key
from kernel.telemetry import logs

#: For how long a challenge is good: as long as somebody may take to fill in a form.
LIFE = timedelta(hours=1)
#: The largest number that a challenge hides; half of them are tried on average. A telephone does it in a second or two.
COST = 50_000
#: How long a proof is at most, for whoever bounds it on its way here.
LONGEST_PROOF = 256

_PROOF = re.compile(
    r"((?P<salt>(?P<nonce>[A-Za-z0-9_-]{22})\.(?P<given>[0-9]{10})\.(?P<until>[0-9]{10}))"
    r"\.(?P<target>[0-9a-f]{64})\.(?P<mac>[A-Za-z0-9_-]{43}))(?:\.(?P<number>[0-9]{1,9}))?"
)
# Clocks of replicas differ by a little, and what is noted must not be forgotten before it is over for all of them.
_LONGER = timedelta(minutes=1)
_REMEMBERED = 50_000
_log = logs.get("challenges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What somebody calculates: the number, from 0 to `most`, that has `target` as SHA-256 of `salt`, a dot and it."""

    #: What is handed in again, with a dot and the number behind it.
    text: str
    salt: str
    #: In hexadecimal digits.
    target: str
    most: int
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A challenge of ours that came back in time; whether it was calculated, and for how long it was out."""

    nonce: str
    is_solved: bool
    age: timedelta
    expire_time: datetime


class Challenges:
    """Gives challenges, reads what comes back, and takes each once."""

    def __init__(self, secret_key: str, redis: Redis | None) -> None:
        """Takes the deployment's secret and Redis; without it, this process remembers alone."""
        self._key = derive_key(secret_key, "challenges")
        self._redis = redis
        self._taken: OrderedDict[str, datetime] = OrderedDict()

    def give(self, tenant_id: str, form: str, now: datetime, *, most: int = COST) -> Challenge:
        """Returns a new challenge for one form of one tenant; nothing is kept of it."""
        given = int(now.timestamp())
        nonce = _text(secrets.token_bytes(16))
        salt = f"{nonce}.{given:010d}.{given + int(LIFE.total_seconds()):010d}"
        target = _hash(salt, str(secrets.randbelow(most + 1)))
        mac = self._mac(tenant_id, form, salt, target)
        until = datetime.fromtimestamp(given, UTC) + LIFE
        return Challenge(text=f"{salt}.{target}.{mac}", salt=salt, target=target, most=most, expire_time=until)

    def read(self, proof: str, tenant_id: str, form: str, now: datetime) -> Proof:
        """Returns what was handed in for a form; raises FailedPrecondition for what is missing, wrong or over."""
        if not proof:
            raise _refused("PROOF_MISSING", "The calculation that this form asks for is missing")
        found = _PROOF.fullmatch(proof) if len(proof) <= LONGEST_PROOF else None
        if found is None or not hmac.compare_digest(
            found["mac"], self._mac(tenant_id, form, found["salt"], found["target"])
        ):
            raise _refused(
                "PROOF_WRONG", "The calculation that came with this form is not right, or is of another form"
            )
        # What is signed is ours, so that the moments in it are moments.
        given, until = (datetime.fromtimestamp(int(found[each]), UTC) for each in ("given", "until"))
        if now >= until:
            raise _refused("PROOF_EXPIRED", "This form was open for too long")
        # The number counts as it is written, so that there is one way to write each.
        if found["number"] is not None and _hash(found["salt"], found["number"]) != found["target"]:
            raise _refused(
                "PROOF_WRONG", "The calculation that came with this form is not right, or is of another form"
            )
        return Proof(
            nonce=found["nonce"],
            is_solved=found["number"] is not None,
            age=max(timedelta(), now - given),
            expire_time=until,
        )

    async def take(self, proof: Proof, now: datetime) -> None:
        """Notes that a challenge is used; raises FailedPrecondition for one that was before."""
        is_new = self._remember(proof, now)
        if is_new and self._redis is not None:
            left = proof.expire_time - now + _LONGER
            try:
                name = f"parley:challenge:{proof.nonce}"
                is_new = bool(await self._redis.set(name, b"1", nx=True, ex=max(1, int(left.total_seconds()))))
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("challenges are remembered without redis", exc_info=error)
        if not is_new:
            raise _refused("PROOF_USED", "This form was sent before")

    def _remember(self, proof: Proof, now: datetime) -> bool:
        """Notes a challenge in this process; returns whether it was new here."""
        while self._taken:
            oldest, until = next(iter(self._taken.items()))
            if until > now and len(self._taken) < _REMEMBERED:
                break
            del self._taken[oldest]
        if proof.nonce in self._taken:
            return False
        self._taken[proof.nonce] = proof.expire_time + _LONGER
        return True

    def _mac(self, tenant_id: str, form: str, salt: str, target: str) -> str:
        said = "\x00".join((tenant_id, form, salt, target)).encode()
        return _text(hmac.digest(self._key, said, "sha256"))


def _hash(salt: str, number: str) -> str:
    return sha256(f"{salt}.{number}".encode()).hexdigest()


def _text(made: bytes) -> str:
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _refused(reason: str, what: str) -> FailedPrecondition:
    return FailedPrecondition(reason, f"{what}. Nothing was kept; open the form again and send it.")
