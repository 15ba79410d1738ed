"""Keeps holds and cases. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Row, Select, Text, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.privacy.domain.legal import ENDED, Case, Hold, Item, no_such_case, no_such_hold
from services.privacy.store.tables import Moment, Uuid, metadata

_H = "parley.privacy.v1.Hold."
_C = "parley.privacy.v1.Case."
_I = "parley.privacy.v1.Item."
_WHY = "is kept for a legal matter and outlives the erasure that it holds up; it names a record, and says nothing of it"

holds = tenant_table(
    "holds",
    metadata,
    column("id", Uuid, _H + "id", prefix="hld"),
    column("subject_kind", Integer, _I + "subject_kind"),
    column("subject_id", Uuid, _I + "subject_id"),
    column("record_id", Text, _I + "record_id"),
    column("service", Text, "- the name of the service that keeps the record"),
    column("state", Integer, _H + "state"),
    column("reason", Text, _H + "reason"),
    column("proposer_id", Text, _H + "proposer_staff_id"),
    column("confirmer_id", Text, _H + "confirmer_staff_id"),
    column("release_reason", Text, _H + "release_reason"),
    column("release_proposer_id", Text, _H + "release_proposer_staff_id"),
    column("release_confirmer_id", Text, _H + "release_confirmer_staff_id"),
    column("create_time", Moment, _H + "create_time"),
    column("confirm_time", Moment, _H + "confirm_time", nullable=True),
    column("release_time", Moment, _H + "release_time", nullable=True),
    purge=("release_time", "retention.ledger_days"),
    uncovered=_WHY,
)
_h = holds.c

cases = tenant_table(
    "cases",
    metadata,
    column("id", Uuid, _C + "id", prefix="cas"),
    column("state", Integer, _C + "state"),
    column("basis", Integer, _C + "basis"),
    column("authority", Text, _C + "authority"),
    column("reference", Text, _C + "reference"),
    column("silent", Boolean, _C + "silent"),
    column("proposer_id", Text, _C + "proposer_staff_id"),
    column("confirmer_id", Text, _C + "confirmer_staff_id"),
    column("closer_id", Text, _C + "closer_staff_id"),
    column("create_time", Moment, _C + "create_time"),
    column("confirm_time", Moment, _C + "confirm_time", nullable=True),
    column("close_time", Moment, _C + "close_time", nullable=True),
    column("disclosures", Integer, _C + "disclosure_count"),
    column("disclose_time", Moment, _C + "disclose_time", nullable=True),
    purge=("close_time", "retention.ledger_days"),
    uncovered=_WHY,
)
_c = cases.c

items = tenant_table(
    "case_items",
    metadata,
    column("case_id", Uuid, _C + "id", prefix="cas"),
    column("position", Integer, "- the place in the list"),
    column("subject_kind", Integer, _I + "subject_kind"),
    column("subject_id", Uuid, _I + "subject_id"),
    column("record_id", Text, _I + "record_id"),
    belongs_to(("case_id",), "privacy.cases"),
    key=("case_id", "position"),
    uncovered=_WHY,
)


async def add_hold(connection: AsyncConnection, hold: Hold) -> None:
    """Adds a hold."""
    await connection.execute(insert(holds).values(_hold_row(hold)))


async def save_hold(connection: AsyncConnection, hold: Hold) -> None:
    """Writes a locked hold back."""
    values = _hold_row(hold)
    await connection.execute(
        update(holds).where(_h.tenant_id == hold.tenant_id, _h.id == values.pop("id")).values(values)
    )


async def part_from_person(connection: AsyncConnection, hold: Hold) -> None:
    """Takes the person's id out of a hold that has ended: what stays is that a record was held, when and why."""
    await connection.execute(
        update(holds)
        .where(_h.tenant_id == hold.tenant_id, _h.id == ids.to_uuid(hold.id, "hld"))
        .values(subject_id=ids.random_uuid())
    )


async def get_hold(connection: AsyncConnection, tenant_id: UUID, hold_id: str, *, lock: bool = False) -> Hold:
    """Returns a hold; `lock` holds its row to the end of the transaction."""
    query = select(holds).where(_h.tenant_id == tenant_id, _h.id == ids.to_uuid(hold_id, "hld"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_hold()
    return _hold(row)


async def list_holds(
    connection: AsyncConnection, tenant_id: UUID, *, show_ended: bool, before: UUID | None, limit: int
) -> list[Hold]:
    """Returns a page of holds, newest first."""
    query = select(holds).where(_h.tenant_id == tenant_id)
    if not show_ended:
        query = query.where(_h.state.not_in(ENDED))
    if before is not None:
        query = query.where(_h.id < before)
    return [_hold(row) for row in await connection.execute(query.order_by(_h.id.desc()).limit(limit))]


async def add_case(connection: AsyncConnection, case: Case) -> None:
    """Adds a case with its items."""
    row = _case_row(case)
    await connection.execute(insert(cases).values(row))
    await connection.execute(
        insert(items).values(
            [
                {"tenant_id": case.tenant_id, "case_id": row["id"], "position": position} | _item_row(item)
                for position, item in enumerate(case.items)
            ]
        )
    )


async def save_case(connection: AsyncConnection, case: Case) -> None:
    """Writes a locked case back; its items never change."""
    values = _case_row(case)
    await connection.execute(
        update(cases).where(_c.tenant_id == case.tenant_id, _c.id == values.pop("id")).values(values)
    )


async def get_case(connection: AsyncConnection, tenant_id: UUID, case_id: str, *, lock: bool = False) -> Case:
    """Returns a case with its items; `lock` holds its row to the end of the transaction."""
    query = select(cases).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(case_id, "cas"))
    found = await _cases(connection, query.with_for_update() if lock else query)
    if not found:
        raise no_such_case()
    return found[0]


async def list_cases(connection: AsyncConnection, tenant_id: UUID, *, before: UUID | None, limit: int) -> list[Case]:
    """Returns a page of cases with their items, newest first."""
    query = select(cases).where(_c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(_c.id < before)
    return await _cases(connection, query.order_by(_c.id.desc()).limit(limit))


async def _cases(connection: AsyncConnection, query: Select[Any]) -> list[Case]:
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    if not rows:
        return []
    named = select(items).where(items.c.tenant_id == rows[0].tenant_id, items.c.case_id.in_([row.id for row in rows]))
    of: dict[UUID, list[Item]] = {}
    for item in await connection.execute(named.order_by(items.c.case_id, items.c.position)):
        of.setdefault(item.case_id, []).append(_item(item))
    return [
        replace(Case(**{**row._mapping, "id": ids.from_uuid("cas", row.id)}), items=tuple(of.get(row.id, ())))
        for row in rows
    ]


def _case_row(case: Case) -> dict[str, Any]:
    values = {name: value for name, value in asdict(case).items() if name != "items"}
    return values | {"id": ids.to_uuid(case.id, "cas")}


def _hold_row(hold: Hold) -> dict[str, Any]:
    values = {name: value for name, value in asdict(hold).items() if name != "item"}
    return values | {"id": ids.to_uuid(hold.id, "hld")} | _item_row(hold.item)


def _hold(row: Row[Any]) -> Hold:
    values = dict(row._mapping)
    for name in ("subject_kind", "subject_id", "record_id"):
        values.pop(name)
    return Hold(**values | {"id": ids.from_uuid("hld", row.id), "item": _item(row)})


def _item(row: Row[Any]) -> Item:
    return Item(
        subject_kind=row.subject_kind,
        subject_id=ids.from_uuid(PREFIXES[row.subject_kind], row.subject_id),
        record_id=row.record_id,
    )


def _item_row(item: Item) -> dict[str, Any]:
    return {
        "subject_kind": item.subject_kind,
        "subject_id": ids.to_uuid(item.subject_id, PREFIXES[item.subject_kind]),
        "record_id": item.record_id,
    }
