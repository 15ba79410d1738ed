"""Seals the secrets of tenants' endpoints, so that a copy of the database alone signs nothing."""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.identity.tokens import derive_key
from services.privacy.actions.wiring import Wiring

_NONCE_BYTES = 12


def seal(wiring: Wiring, id_: UUID, secret: bytes) -> bytes:
    """Seals the secret of a record, for that record alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(wiring).encrypt(nonce, secret, id_.bytes)


def unseal(wiring: Wiring, id_: UUID, sealed: bytes) -> bytes:
    """Opens a sealed secret."""
    return _cipher(wiring).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], id_.bytes)


def _cipher(wiring: Wiring) -> AESGCM:
    return AESGCM(derive_key(wiring.secret_key, "webhook secrets"))
