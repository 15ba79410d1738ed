"""Makes and reads the unguessable part of the address under which somebody reads their own ticket.

It carries the tenant and the ticket, sealed under the deployment's key: nobody can make one up, and one that leads to
a ticket that is gone leads nowhere. It opens reading only.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from kernel import ids
from kernel.errors import NotFound
from kernel.identity.tokens import derive_key

_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Linked:
    """Where a link leads."""

    tenant_id: str
    ticket_id: UUID


def no_such_link() -> NotFound:
    """Returns the one answer to a link that leads nowhere."""
    return NotFound("LINK_NOT_FOUND", "This address leads nowhere, or what it led to has deleted itself.")


class Links:
    """A deployment's links."""

    def __init__(self, secret_key: str, origin: str) -> None:
        """Takes the deployment's secret, and the origin on which the page stands."""
        self._key = derive_key(secret_key, "support links")
        self._origin = origin

    def make(self, tenant_id: str, ticket_id: UUID) -> str:
        """Returns the unguessable part for a ticket."""
        body = ids.to_uuid(tenant_id, "ten").bytes + ticket_id.bytes
        return ids.encode(body + self._mac(body))

    def address(self, tenant_id: str, ticket_id: UUID) -> str:
        """Returns the whole address."""
        return f"{self._origin}/support/t/{self.make(tenant_id, ticket_id)}"

    def invitation_key(self, tenant_id: str, ticket_id: UUID) -> str:
        """Returns what tells a ticket's invitation to a survey apart from others, and says nothing of the ticket."""
        body = b"survey" + ids.to_uuid(tenant_id, "ten").bytes + ticket_id.bytes
        return hmac.new(self._key, body, sha256).hexdigest()

    def survey(self, site_key: str, invitation: str) -> str:
        """Returns where an invitation to a survey is answered."""
        return f"{self._origin}/survey/{site_key}/from/{invitation}"

    def read(self, link: str) -> Linked:
        """Returns where a link leads; raises NotFound for one that nobody made."""
        try:
            raw = ids.decode(link)
        except ValueError:
            raise no_such_link() from None
        body, mac = raw[:32], raw[32:]
        if len(raw) != 32 + _MAC_BYTES or not hmac.compare_digest(mac, self._mac(body)):
            raise no_such_link()
        return Linked(ids.from_uuid("ten", UUID(bytes=body[:16])), UUID(bytes=body[16:]))

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, sha256).digest()[:_MAC_BYTES]
