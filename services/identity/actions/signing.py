"""Signs access tokens with the deployment's current key, and rotates the keys.

Private keys are kept sealed with AES-GCM under a key derived from the deployment's secret, so that a copy of the
database alone signs nothing.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel import ids
from kernel.clock import Clock
from kernel.errors import Unavailable
from kernel.identity import Actor, derive_key, sign
from kernel.storage import Database
from services.identity import store
from services.identity.domain import ACCESS_TOKEN_LIFE, SigningKey, is_retired, needs_new_key, signing_key

_NONCE_BYTES = 12


class Signer:
    """Holds the keys of the deployment, as the database has them."""

    def __init__(self, database: Database, clock: Clock, secret_key: str) -> None:
        """Starts without keys; `refresh` brings them."""
        self._database = database
        self._clock = clock
        self._seal = AESGCM(derive_key(secret_key, "signing keys"))
        self._keys: list[SigningKey] = []
        self._opened: dict[str, Ed25519PrivateKey] = {}

    @property
    def keys(self) -> list[SigningKey]:
        """The keys that are published, newest first."""
        return self._keys

    async def refresh(self) -> None:
        """Reads the keys, makes the next one when it is due, and removes what nothing is signed with any more."""
        now = self._clock.now()
        async with self._database.without_tenant() as connection:
            await store.lock_signing_keys(connection)
            keys = await store.list_signing_keys(connection)
            if needs_new_key(keys, now):
                key = self._make(now)
                await store.add_signing_key(connection, key)
                keys.insert(0, key)
            retired = [key for key in keys if is_retired(key, now) and key is not signing_key(keys, now)]
            if retired:
                await store.delete_signing_keys(connection, retired)
        self._keys = [key for key in keys if key not in retired]

    def issue(self, actor: Actor, *, until: datetime | None = None) -> tuple[str, Actor]:
        """Returns a signed access token for an actor, and the actor with the moments at which it starts and ends.

        It ends within minutes, and at `until` at the latest.
        """
        now = self._clock.now()
        key = signing_key(self._keys, now)
        if key is None:
            raise Unavailable("KEYS_UNAVAILABLE", "Nobody can be signed in right now. Please try again.")
        if key.id not in self._opened:
            nonce, sealed = key.sealed_private_key[:_NONCE_BYTES], key.sealed_private_key[_NONCE_BYTES:]
            raw = self._seal.decrypt(nonce, sealed, key.id.encode())
            self._opened[key.id] = Ed25519PrivateKey.from_private_bytes(raw)
        end = now + ACCESS_TOKEN_LIFE
        issued = replace(actor, issue_time=now, expire_time=end if until is None else min(end, until))
        return sign(issued, key.id, self._opened[key.id]), issued

    def _make(self, now: datetime) -> SigningKey:
        key_id = str(ids.random_uuid())
        private = Ed25519PrivateKey.generate()
        nonce = os.urandom(_NONCE_BYTES)
        return SigningKey(
            id=key_id,
            public_key=private.public_key().public_bytes_raw(),
            sealed_private_key=nonce + self._seal.encrypt(nonce, private.private_bytes_raw(), key_id.encode()),
            create_time=now,
        )
