"""Seals what a link in a mail says, so that the address of a page tells nothing of whose mail it was."""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel import ids
from kernel.errors import ParleyError

_NONCE = 12


def seal(key: bytes, tenant_id: str, member_id: str, place: str) -> str:
    """Returns a text that ends a member's mails: about a topic, or all where no place is named."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, f"{member_id} {place}".encode(), tenant_id.encode())
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def opened(key: bytes, tenant_id: str, token: str) -> tuple[str, str] | None:
    """Returns the member and the place of a sealed text; None for one that is not ours, or of another tenant."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        said = AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], tenant_id.encode()).decode()
    except (binascii.Error, ValueError, InvalidTag):
        return None
    member_id, _, place = said.partition(" ")
    try:
        ids.to_uuid(member_id, "mem")
    except ParleyError:
        return None
    return member_id, place
