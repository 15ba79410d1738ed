"""Bounds how often somebody may try to sign in, without letting anybody lock another person out.

Failures are counted for the pair of account and network address, and for the address alone. An attacker elsewhere
therefore never uses up the owner's tries. Addresses are kept as keyed hashes under a salt that changes daily, in this
process only; the gateway's limits in Redis bound all replicas together.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from kernel.errors import ResourceExhausted
from kernel.identity.tokens import derive_key

WINDOW = timedelta(minutes=15)
TRIES_FOR_ACCOUNT = 10
TRIES_FOR_ADDRESS = 100
_REMEMBERED = 50_000


class SignInLimits:
    """The sign-ins of the last quarter of an hour that failed, or are still being tried."""

    def __init__(self, secret_key: str) -> None:
        """Takes the deployment's secret."""
        self._key = derive_key(secret_key, "sign-in limits")
        self._failures: OrderedDict[bytes, list[datetime]] = OrderedDict()

    def attempt(self, account: str, address: str, now: datetime) -> None:
        """Counts a try; raises ResourceExhausted, saying when to come back, where there were too many already."""
        keys = self._keys(account, address, now)
        for key, allowed in keys:
            recent = self._recent(key, now)
            if len(recent) >= allowed:
                raise ResourceExhausted(
                    "SIGN_IN_LIMITED",
                    "Too many tries from here. Wait a few minutes, then try again.",
                    retry_after=recent[-allowed] + WINDOW - now,
                )
        for key, _ in keys:
            self._failures[key] = [*self._recent(key, now), now]
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        """Takes back a try of this moment that was right, and forgets the account's failures from that address."""
        (account_key, _), (address_key, _) = self._keys(account, address, now)
        self._failures.pop(account_key, None)
        if now in self._failures.get(address_key, ()):
            self._failures[address_key].remove(now)

    def _recent(self, key: bytes, now: datetime) -> list[datetime]:
        return [moment for moment in self._failures.get(key, ()) if moment > now - WINDOW]

    def _keys(self, account: str, address: str, now: datetime) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
        salt = now.date().isoformat()
        return (
            (self._mac(f"{salt}\x00{address}\x00{account}"), TRIES_FOR_ACCOUNT),
            (self._mac(f"{salt}\x00{address}"), TRIES_FOR_ADDRESS),
        )

    def _mac(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode(), sha256).digest()
