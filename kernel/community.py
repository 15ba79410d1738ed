"""What the community service and the gateway say to one another besides calls: by which stamps pages are kept, and
since when a form has been in front of somebody.

A page of a topic stands under `WHOLE` and `of_topic`; every other page that is kept stands under `WHOLE` and `GROWN`.
What was only added (a reply, a topic, a reaction) gives its topic and `GROWN` another stamp. Whatever else happens,
and above all what takes something away, gives `WHOLE` another one.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime
from hashlib import sha256

from kernel.identity.tokens import derive_key

WHOLE, GROWN = "community", "grown"
#: No page that is kept is shown longer than this after it was begun, whatever its stamps say.
PAGE_SECONDS = 5.0
#: What stands in for a form that should have said since when it was open, and did not.
UNSIGNED = "-"
_MAC_BYTES = 12
_SAID = re.compile(r"([0-9]{10,14})\.([A-Za-z0-9_-]{16})")


def of_topic(topic_id: str) -> str:
    """Returns the scope of a topic's pages."""
    return topic_id


class FormTimes:
    """Signs since when a form has been in front of a member, so that how long it took needs no script.

    The text is good for one member of one tenant, and says nothing but the moment.
    """

    def __init__(self, secret_key: str) -> None:
        """Takes the deployment's secret."""
        self._key = derive_key(secret_key, "community forms")

    def give(self, tenant_id: str, member_id: str, since: datetime) -> str:
        """Returns what a form carries along."""
        moment = str(int(since.timestamp() * 1000))
        return f"{moment}.{self._mac(tenant_id, member_id, moment)}"

    def seconds(self, token: str, tenant_id: str, member_id: str, now: datetime) -> float | None:
        """Returns for how long a form was open; None for a text that is not ours, or was given to somebody else."""
        found = _SAID.fullmatch(token)
        if found is None or not hmac.compare_digest(found[2], self._mac(tenant_id, member_id, found[1])):
            return None
        return max(0.0, now.timestamp() - int(found[1]) / 1000)

    def _mac(self, tenant_id: str, member_id: str, moment: str) -> str:
        said = f"{tenant_id} {member_id} {moment}".encode()
        made = hmac.new(self._key, said, sha256).digest()[:_MAC_BYTES]
        return base64.urlsafe_b64encode(made).decode()
