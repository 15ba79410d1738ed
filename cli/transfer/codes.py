"""Lets the codes that people wrote down stay good on another deployment.

Of a code nothing is kept but a hash under the deployment's key, and only that key leads from a record to its code. So
the code itself goes into the archive, and the other deployment keeps its hash under a key of its own. A code that this
deployment took in from a third one is known to nobody but the person, and cannot go further.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kernel import ids
from services.identity.actions.wiring import CodeKeys
from services.identity.domain import hash_receipt_code, make_receipt_code
from services.privacy.actions.rights import Keys

COLUMN = "code_hash"
#: Under this name a code stands in the archive, beside the columns of its row.
CARRIED = "carried code"


def has_codes(table: Table) -> bool:
    """Says whether a table's records are found by codes."""
    return COLUMN in table.c


class Codes:
    """The codes of one tenant, as one deployment's key knows them."""

    def __init__(self, secret_key: str, tenant_id: str) -> None:
        """Takes the deployment's secret and the tenant."""
        self._receipts = CodeKeys.of(secret_key).receipts
        self._tracking = Keys(secret_key)
        self._tenant_id = tenant_id

    def carry(self, table: Table, row: dict[str, Any]) -> None:
        """Puts the code of a record beside it, where this deployment made it."""
        id_ = ids.from_uuid(table.c["id"].info["prefix"], UUID(row["id"]))
        code = (
            make_receipt_code(self._receipts, self._tenant_id, id_)
            if table.schema == "identity"
            else self._tracking.code(id_)
        )
        if row[COLUMN] is not None and self._hash(table, code) == row[COLUMN]:
            row[CARRIED] = code

    def keep(self, table: Table, row: dict[str, Any]) -> None:
        """Takes the code that came beside a record, and leaves its hash under this deployment's key."""
        code = row.pop(CARRIED, None)
        if code is not None:
            row[COLUMN] = self._hash(table, code)

    def _hash(self, table: Table, code: str) -> str:
        kept = (
            hash_receipt_code(self._receipts, self._tenant_id, code)
            if table.schema == "identity"
            else self._tracking.code_hash(code)
        )
        # As the database writes bytes in JSON.
        return "\\x" + kept.hex()
