"""Keeps who changed what in a tenant's administration, in the transaction of the change, and shows it.

A value that is about a person, or secret, is named and not repeated. What is written here is never changed: the
service's own role has no right to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from parley.identity.v1 import site_pb2, staff_pb2
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions.wiring import Wiring
from services.identity.domain import AuditEntry, Change

#: How the values of a field are called that the contract numbers: a number says nothing to who reads the record.
_NAMES: dict[str, Callable[[Any], Any]] = {
    "roles": access_pb2.Caller.Name,
    "state": staff_pb2.Staff.State.Name,
    "position": site_pb2.Site.Position.Name,
}


def changes_of(before: object, after: object, fields: Iterable[str], *, named: Sequence[str] = ()) -> list[Change]:
    """Returns what differs between two records in some fields; of those that are `named`, only that they differ."""
    found = []
    for field in fields:
        was, is_now = getattr(before, field), getattr(after, field)
        if was == is_now:
            continue
        told = ("", "") if field in named else (_json(field, was), _json(field, is_now))
        found.append(Change(field=field, before_json=told[0], after_json=told[1]))
    return found


def made(record: object, field: str) -> Change:
    """Returns what a new record has in a field."""
    return Change(field=field, after_json=_json(field, getattr(record, field)))


async def note(
    connection: AsyncConnection,
    actor: Actor,
    action: str,
    target_id: str,
    now: datetime,
    changes: Iterable[Change] = (),
) -> None:
    """Adds, in the running transaction, what the actor did in the actor's tenant."""
    entry = AuditEntry(
        id=ids.new_id("aud"),
        staff_id=actor.subject_id if actor.subject_id.startswith("stf_") else "",
        action=action,
        target_id=target_id,
        changes=tuple(changes),
        create_time=now,
    )
    await store.add_audit_entry(connection, ids.to_uuid(actor.tenant_id, "ten"), entry)


async def list_audit_entries(
    actor: Actor, wiring: Wiring, kind: str, size: int, token: str
) -> tuple[list[AuditEntry], str]:
    """Returns a page of the record, the latest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListAuditEntries", kind)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_audit_entries(
            connection, ids.to_uuid(actor.tenant_id, "ten"), kind, wiring.pages.position(scope, token), limit + 1
        )
    return wiring.pages.cut(scope, found, limit, lambda entry: (entry.id,))


def _as_it_is(value: Any) -> Any:
    return value


def _json(field: str, value: Any) -> str:
    """Returns a value as a record shows it; what the contract has a name for is told by that name."""
    name_of = _NAMES.get(field, _as_it_is)
    told = [name_of(each) for each in value] if isinstance(value, tuple | frozenset) else name_of(value)
    return orjson.dumps(told).decode()
