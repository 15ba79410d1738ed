"""Keeps the public keys with which access tokens are verified."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class KeyRing(Mapping[str, Ed25519PublicKey]):
    """The public keys that identity signs with now, or signed with before its last rotation."""

    def __init__(self) -> None:
        """Starts empty: nothing verifies until keys were put in."""
        self._keys: dict[str, Ed25519PublicKey] = {}
        #: Set as soon as there is a key: before, nobody can be let in.
        self.filled = asyncio.Event()

    def replace(self, keys: Mapping[str, bytes]) -> None:
        """Puts a whole new set of keys in, each 32 bytes by its id."""
        self._keys = {key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in keys.items()}
        if self._keys:
            self.filled.set()

    def __getitem__(self, key_id: str) -> Ed25519PublicKey:
        """Returns a key by its id."""
        return self._keys[key_id]

    def __iter__(self) -> Iterator[str]:
        """Walks the ids of the keys."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Counts the keys."""
        return len(self._keys)
