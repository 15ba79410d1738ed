"""Seals what has to be read again, such as the secret of an authenticator app, under the deployment's secret.

A copy of the database alone opens nothing, and what was sealed for one place cannot be put into another.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.identity import derive_key

_NONCE_BYTES = 12


class Seal:
    """Seals and opens with AES-GCM; `where` is what the value belongs to, such as a tenant and an account."""

    def __init__(self, secret_key: str) -> None:
        """Derives the key from the deployment's secret."""
        self._cipher = AESGCM(derive_key(secret_key, "sealed secrets"))

    def close(self, value: bytes, *where: str) -> bytes:
        """Returns a value sealed for one place."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, "\x00".join(where).encode())

    def open(self, sealed: bytes, *where: str) -> bytes:
        """Returns what was sealed for a place; raises ValueError where it was sealed for another one, or changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], "\x00".join(where).encode())
        except InvalidTag:
            raise ValueError("a sealed value does not belong here") from None
