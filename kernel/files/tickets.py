"""Signs tickets: whoever bears one may read one file for a short while.

A browser can give no credential along with a picture or a plain download, so it asks for a ticket first, which a
service gives to those who may read. A ticket says which service keeps the file, and is good for nothing else. It stands
in an address, so it ends soon, and the host that takes it writes no addresses down.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from kernel import ids
from kernel.identity.tokens import derive_key

LASTS = timedelta(minutes=2)
_MAC_BYTES = 16
_SAID = re.compile(r"([a-z]{1,20}) (ten_[0-9a-v]{26}) (att_[0-9a-v]{26}) ([0-9]{1,12})")
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a ticket opens, and until when."""

    service: str
    tenant_id: str
    file_id: str
    expire_time: datetime


class Tickets:
    """Gives and reads a deployment's tickets."""

    def __init__(self, secret_key: str) -> None:
        """Takes the deployment's secret."""
        self._key = derive_key(secret_key, "file tickets")

    def give(self, service: str, tenant_id: str, file_id: str, now: datetime) -> tuple[str, datetime]:
        """Returns a ticket and when it ends."""
        end = (now + LASTS).replace(microsecond=0)
        ids.to_uuid(tenant_id, "ten")
        said = f"{service} {tenant_id} {file_id} {int(end.timestamp())}".encode()
        return base64.urlsafe_b64encode(self._mac(said) + said).rstrip(b"=").decode(), end

    def read(self, ticket: str, now: datetime) -> Ticket | None:
        """Returns what a ticket opens; None for one that has ended or is not ours."""
        if len(ticket) > _LONGEST:
            return None
        try:
            raw = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        mac, said = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(said)):
            return None
        found = _SAID.fullmatch(said.decode("ascii", errors="replace"))
        if found is None:
            return None
        service, tenant_id, file_id, end = found.groups()
        expire_time = datetime.fromtimestamp(int(end), UTC)
        if expire_time <= now:
            return None
        return Ticket(service=service, tenant_id=tenant_id, file_id=file_id, expire_time=expire_time)

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, sha256)[:_MAC_BYTES]
