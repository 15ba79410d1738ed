"""What the actions on people's rights work with, besides the wiring of the service: peers, keys, jobs and events."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.events import Outbox
from kernel.identity.tokens import derive_key
from kernel.jobs import Jobs
from services.privacy.actions.people import People
from services.privacy.domain import codes
from services.privacy.domain.ledger import Head


class Keys:
    """The keys that the deployment's secret gives for requests and for the ledger; nobody else can make them."""

    def __init__(self, secret_key: str) -> None:
        """Takes the deployment's secret."""
        self._codes = derive_key(secret_key, "tracking codes")
        self._people = derive_key(secret_key, "forgotten people")
        self._signing = Ed25519PrivateKey.from_private_bytes(derive_key(secret_key, "ledger heads"))
        self.public: Ed25519PublicKey = self._signing.public_key()

    def code(self, id_: str) -> str:
        """Returns the tracking code of a request; the same again for a retry."""
        return codes.code_for(self._codes, id_)

    def code_hash(self, code: str) -> bytes:
        """Returns what is stored of a tracking code."""
        return codes.hashed(self._codes, code)

    def person_mac(self, tenant_id: UUID, subject_id: UUID) -> bytes:
        """Returns by what it is known that somebody was forgotten, without knowing who it was."""
        return hmac.new(self._people, tenant_id.bytes + subject_id.bytes, sha256).digest()

    def sign(self, head: Head) -> bytes:
        """Signs the end of a chain."""
        return self._signing.sign(head.signed_bytes())

    def is_signed(self, head: Head) -> bool:
        """Says whether the end of a chain was signed by this deployment."""
        try:
            self.public.verify(head.signature, head.signed_bytes())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The parts."""

    people: People
    keys: Keys
    jobs: Jobs
    outbox: Outbox
