"""Keeps accounts and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import SUSPENDED, Staff, Team, missing
from services.identity.store.rows import by_name, insert_row
from services.identity.store.tables import (
    staff,
    staff_teams,
    teams,
)


async def add_staff(connection: AsyncConnection, tenant_id: UUID, member: Staff, password_hash: str) -> None:
    """Adds an account; raises NameTaken where another one of the tenant has its address."""
    values = asdict(member) | {"tenant_id": tenant_id, "id": ids.to_uuid(member.id, "stf"), "roles": list(member.roles)}
    values.pop("team_ids")
    await insert_row(connection, staff, values | {"password_hash": password_hash}, unique="email")
    await save_teams_of(connection, tenant_id, member)


async def save_staff(connection: AsyncConnection, tenant_id: UUID, member: Staff) -> None:
    """Writes a locked account back, with its teams."""
    await connection.execute(
        update(staff)
        .where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(member.id, "stf"))
        .values(
            display_name=member.display_name, roles=list(member.roles), state=member.state, revision=member.revision
        )
    )
    await save_teams_of(connection, tenant_id, member)


async def save_teams_of(connection: AsyncConnection, tenant_id: UUID, member: Staff) -> None:
    """Makes an account's teams exactly the ones that it names; raises NotFound for a team that is not the tenant's."""
    staff_id = ids.to_uuid(member.id, "stf")
    wanted = [ids.to_uuid(team_id, "tea") for team_id in member.team_ids]
    await connection.execute(
        delete(staff_teams).where(
            staff_teams.c.tenant_id == tenant_id,
            staff_teams.c.staff_id == staff_id,
            staff_teams.c.team_id.not_in(wanted),
        )
    )
    if not wanted:
        return
    query = select(func.count()).select_from(teams).where(teams.c.tenant_id == tenant_id, teams.c.id.in_(wanted))
    if (await connection.execute(query)).scalar_one() != len(set(wanted)):
        raise missing("team")
    rows = [{"tenant_id": tenant_id, "staff_id": staff_id, "team_id": team_id} for team_id in set(wanted)]
    await connection.execute(upsert(staff_teams).values(rows).on_conflict_do_nothing())


async def get_staff(connection: AsyncConnection, tenant_id: UUID, staff_id: str, *, lock: bool = False) -> Staff:
    """Returns an account of the bound tenant; `lock` holds it until the transaction ends."""
    if lock:
        await connection.execute(
            select(staff.c.id)
            .where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"))
            .with_for_update()
        )
    query = staff_with_teams().where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise missing("staff member")
    return staff_of(row)


async def find_staff_by_email(connection: AsyncConnection, tenant_id: UUID, email: str) -> tuple[Staff, str] | None:
    """Returns the account with an address, and its password's hash."""
    query = staff_with_teams(staff.c.password_hash).where(staff.c.tenant_id == tenant_id, staff.c.email == email)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (staff_of(row), row.password_hash)


async def list_staff(
    connection: AsyncConnection,
    tenant_id: UUID,
    after: Sequence[Any] | None,
    limit: int,
    *,
    among: Sequence[str] = (),
) -> list[Staff]:
    """Returns a page of accounts by name, after a (name, id): all, or those `among` some ids."""
    query = by_name(staff, tenant_id, after, limit, staff_with_teams())
    if among:
        query = query.where(staff.c.id.in_([ids.to_uuid(each, "stf") for each in among]))
    return [staff_of(row) for row in await connection.execute(query)]


async def suspend_staff(connection: AsyncConnection, tenant_id: UUID, staff_id: str) -> bool:
    """Takes an account's access away; False where there is no such account."""
    suspended = await connection.execute(
        update(staff)
        .where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"))
        .values(state=SUSPENDED, revision=staff.c.revision + 1)
    )
    return suspended.rowcount == 1


async def add_team(connection: AsyncConnection, tenant_id: UUID, team: Team) -> None:
    """Adds a team; raises NameTaken where another one of the tenant has its name."""
    values = asdict(team) | {"tenant_id": tenant_id, "id": ids.to_uuid(team.id, "tea")}
    await insert_row(connection, teams, values, unique="display_name")


async def get_team(connection: AsyncConnection, tenant_id: UUID, team_id: str) -> Team:
    """Returns a team of the bound tenant."""
    query = select(teams).where(teams.c.tenant_id == tenant_id, teams.c.id == ids.to_uuid(team_id, "tea"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise missing("team")
    return _team(row)


async def list_teams(
    connection: AsyncConnection, tenant_id: UUID, after: Sequence[Any] | None, limit: int
) -> list[Team]:
    """Returns a page of teams by name, after a (name, id)."""
    return [_team(row) for row in await connection.execute(by_name(teams, tenant_id, after, limit))]


def staff_with_teams(*more: Any) -> Select[Any]:
    """Returns the query for accounts with their teams, and whatever more is wanted; never the password's hash."""
    member_of = (
        select(func.coalesce(func.array_agg(staff_teams.c.team_id), text("'{}'::uuid[]")))
        .where(staff_teams.c.tenant_id == staff.c.tenant_id, staff_teams.c.staff_id == staff.c.id)
        .scalar_subquery()
        .label("team_ids")
    )
    columns = [each for each in staff.c if each.name != "password_hash"]
    return select(*columns, member_of, *more).select_from(staff)


def staff_of(row: Row[Any]) -> Staff:
    """Returns the account that a row holds."""
    return Staff(
        id=ids.from_uuid("stf", row.id),
        email=row.email,
        display_name=row.display_name,
        roles=tuple(row.roles),
        team_ids=tuple(ids.from_uuid("tea", team_id) for team_id in row.team_ids),
        state=row.state,
        revision=row.revision,
        create_time=row.create_time,
    )


def _team(row: Row[Any]) -> Team:
    return Team(id=ids.from_uuid("tea", row.id), display_name=row.display_name, create_time=row.create_time)
