"""Keeps tenants, sites, staff and credentials. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy import (
    ARRAY,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Regime
from kernel.storage import column, tenant_table
from kernel.tables import kernel_tables
from services.identity.domain import ApiKey, NameTaken, SigningKey, Site, Staff, Team, Tenant, missing

metadata = MetaData(schema="identity")
kernel_tables(metadata)

_P = "parley.identity.v1."
_UUID = UuidType(as_uuid=True)
_TIME = TIMESTAMP(timezone=True)

tenants = tenant_table(
    "tenants",
    metadata,
    column("slug", Text, _P + "Tenant.slug", unique=True),
    column("display_name", Text, _P + "Tenant.display_name"),
    column("regime", Text, _P + "Tenant.regime"),
    column("create_time", _TIME, _P + "Tenant.create_time"),
    key=(),
)
sites = tenant_table(
    "sites",
    metadata,
    column("id", _UUID, _P + "Site.id"),
    column("display_name", Text, _P + "Site.display_name"),
    column("allowed_origins", ARRAY(Text), _P + "Site.allowed_origins"),
    column("language", Text, _P + "Site.language"),
    column("greeting", Text, _P + "Site.greeting"),
    column("colour", Text, _P + "Site.colour"),
    column("seen_time", _TIME, _P + "Site.seen_time", nullable=True),
    column("seen_origin", Text, _P + "Site.seen_origin"),
    column("revision", Integer, _P + "Site.etag"),
    column("create_time", _TIME, _P + "Site.create_time"),
)
teams = tenant_table(
    "teams",
    metadata,
    column("id", _UUID, _P + "Team.id"),
    column("display_name", Text, _P + "Team.display_name"),
    column("create_time", _TIME, _P + "Team.create_time"),
    UniqueConstraint("tenant_id", "display_name"),
)
staff = tenant_table(
    "staff",
    metadata,
    column("id", _UUID, _P + "Staff.id"),
    column("email", Text, _P + "Staff.email"),
    column("display_name", Text, _P + "Staff.display_name"),
    column("roles", ARRAY(Integer), _P + "Staff.roles"),
    column("state", Integer, _P + "Staff.state"),
    column("password_hash", Text, _P + "SignInRequest.password"),
    column("revision", Integer, _P + "Staff.etag"),
    column("create_time", _TIME, _P + "Staff.create_time"),
    UniqueConstraint("tenant_id", "email"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "id"},
)
staff_teams = tenant_table(
    "staff_teams",
    metadata,
    column("staff_id", _UUID, _P + "Staff.id"),
    column("team_id", _UUID, _P + "Team.id"),
    key=("staff_id", "team_id"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
sessions = tenant_table(
    "sessions",
    metadata,
    column("id", _UUID, "- the id of a session"),
    column("staff_id", _UUID, _P + "Staff.id"),
    column("secret_hash", LargeBinary, _P + "SignInResponse.session"),
    column("create_time", _TIME, "- when the session was opened"),
    column("expire_time", _TIME, _P + "SignInResponse.expire_time"),
    column("revoke_time", _TIME, "- when the session was ended", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_STAFF: "staff_id"},
)
api_keys = tenant_table(
    "api_keys",
    metadata,
    column("id", _UUID, _P + "ApiKey.id"),
    column("display_name", Text, _P + "ApiKey.display_name"),
    column("secret_hash", LargeBinary, _P + "CreateApiKeyResponse.secret"),
    column("scopes", ARRAY(Text), _P + "ApiKey.scopes"),
    column("create_time", _TIME, _P + "ApiKey.create_time"),
    column("revoke_time", _TIME, _P + "ApiKey.revoke_time", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
)
visitor_credentials = tenant_table(
    "visitor_credentials",
    metadata,
    column("id", _UUID, "- the id of a credential"),
    column("visitor_id", _UUID, _P + "IssueVisitorCredentialRequest.visitor_id"),
    column("conversation_id", _UUID, _P + "IssueVisitorCredentialRequest.conversation_id"),
    column("site_id", _UUID, _P + "IssueVisitorCredentialRequest.site_id"),
    column("secret_hash", LargeBinary, _P + "IssueVisitorCredentialResponse.visitor_credential"),
    column("create_time", _TIME, "- when the credential was issued"),
    column("expire_time", _TIME, "- when the credential ends"),
    column("revoke_time", _TIME, "- when the credential was taken back", nullable=True),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
)
#: Signing keys belong to the deployment, not to a tenant.
signing_keys = Table(
    "signing_keys",
    metadata,
    column("id", _UUID, _P + "SigningKey.id", primary_key=True),
    column("public_key", LargeBinary, _P + "SigningKey.public_key"),
    column("sealed_private_key", LargeBinary, "- a key of the platform's own, sealed under the deployment's secret"),
    column("create_time", _TIME, _P + "SigningKey.create_time"),
    info={"tenantless": "signs for every tenant"},
)


async def find_tenant_id(connection: AsyncConnection, slug: str) -> str | None:
    """Returns the id of the tenant with a short name, before any tenant is bound."""
    found = (await connection.execute(select(func.identity.find_tenant(slug)))).scalar()
    return None if found is None else ids.from_uuid("ten", found)


async def get_tenant(connection: AsyncConnection, tenant_id: UUID) -> Tenant:
    """Returns the bound tenant."""
    row = (await connection.execute(select(tenants).where(tenants.c.tenant_id == tenant_id))).one_or_none()
    if row is None:
        raise missing("tenant")
    return Tenant(
        id=ids.from_uuid("ten", row.tenant_id),
        slug=row.slug,
        display_name=row.display_name,
        regime=Regime(row.regime),
        create_time=row.create_time,
    )


async def add_tenant(connection: AsyncConnection, tenant: Tenant) -> None:
    """Adds a tenant; raises NameTaken where another one has its short name."""
    values = asdict(tenant) | {"tenant_id": ids.to_uuid(tenant.id, "ten"), "regime": tenant.regime.value}
    values.pop("id")
    await _insert(connection, tenants, values, unique="slug")


async def add_site(connection: AsyncConnection, tenant_id: UUID, site: Site) -> None:
    """Adds a site."""
    values = asdict(site) | {"tenant_id": tenant_id, "id": ids.to_uuid(site.id, "sit")}
    await _insert(connection, sites, values | {"allowed_origins": list(site.allowed_origins)})


async def get_site(connection: AsyncConnection, tenant_id: UUID, site_id: str, *, lock: bool = False) -> Site:
    """Returns a site of the bound tenant; `lock` holds it until the transaction ends."""
    query = select(sites).where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site_id, "sit"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise missing("site")
    return _site(row)


async def list_sites(
    connection: AsyncConnection, tenant_id: UUID, after: Sequence[Any] | None, limit: int
) -> list[Site]:
    """Returns a page of sites by name, after a (name, id)."""
    rows = await connection.execute(_by_name(sites, tenant_id, after, limit))
    return [_site(row) for row in rows]


async def save_site(connection: AsyncConnection, tenant_id: UUID, site: Site) -> None:
    """Writes a locked site back."""
    values = asdict(site) | {"allowed_origins": list(site.allowed_origins)}
    for key in ("id", "tenant_id", "create_time"):
        values.pop(key)
    await connection.execute(
        update(sites).where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site.id, "sit")).values(values)
    )


async def mark_site_seen(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, origin: str, now: datetime
) -> None:
    """Notes when and on which origin the widget was loaded."""
    await connection.execute(
        update(sites)
        .where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site_id, "sit"))
        .values(seen_time=now, seen_origin=origin)
    )


async def add_staff(connection: AsyncConnection, tenant_id: UUID, member: Staff, password_hash: str) -> None:
    """Adds an account; raises NameTaken where another one of the tenant has its address."""
    values = asdict(member) | {"tenant_id": tenant_id, "id": ids.to_uuid(member.id, "stf"), "roles": list(member.roles)}
    values.pop("team_ids")
    await _insert(connection, staff, values | {"password_hash": password_hash}, unique="email")
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
    query = _staff_with_teams().where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise missing("staff member")
    return _staff(row)


async def find_staff_by_email(connection: AsyncConnection, tenant_id: UUID, email: str) -> tuple[Staff, str] | None:
    """Returns the account with an address, and its password's hash."""
    query = _staff_with_teams(staff.c.password_hash).where(staff.c.tenant_id == tenant_id, staff.c.email == email)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (_staff(row), row.password_hash)


async def list_staff(
    connection: AsyncConnection, tenant_id: UUID, after: Sequence[Any] | None, limit: int
) -> list[Staff]:
    """Returns a page of accounts by name, after a (name, id)."""
    rows = await connection.execute(_by_name(staff, tenant_id, after, limit, _staff_with_teams()))
    return [_staff(row) for row in rows]


async def add_team(connection: AsyncConnection, tenant_id: UUID, team: Team) -> None:
    """Adds a team; raises NameTaken where another one of the tenant has its name."""
    values = asdict(team) | {"tenant_id": tenant_id, "id": ids.to_uuid(team.id, "tea")}
    await _insert(connection, teams, values, unique="display_name")


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
    return [_team(row) for row in await connection.execute(_by_name(teams, tenant_id, after, limit))]


async def add_api_key(connection: AsyncConnection, tenant_id: UUID, key: ApiKey, secret_hash: bytes) -> None:
    """Adds a service account's key."""
    values = asdict(key) | {"tenant_id": tenant_id, "id": ids.to_uuid(key.id, "key"), "scopes": list(key.scopes)}
    await _insert(connection, api_keys, values | {"secret_hash": secret_hash})


async def get_api_key(connection: AsyncConnection, tenant_id: UUID, key_id: str) -> ApiKey:
    """Returns a key of the bound tenant."""
    query = select(api_keys).where(api_keys.c.tenant_id == tenant_id, api_keys.c.id == ids.to_uuid(key_id, "key"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise missing("api key")
    return _api_key(row)


async def find_api_key(connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes) -> ApiKey | None:
    """Returns the key with a secret."""
    query = select(api_keys).where(api_keys.c.tenant_id == tenant_id, api_keys.c.secret_hash == secret_hash)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _api_key(row)


async def list_api_keys(
    connection: AsyncConnection, tenant_id: UUID, before: Sequence[Any] | None, limit: int
) -> list[ApiKey]:
    """Returns a page of keys, newest first, before an id."""
    query = select(api_keys).where(api_keys.c.tenant_id == tenant_id).order_by(api_keys.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(api_keys.c.id < ids.to_uuid(before[0], "key"))
    return [_api_key(row) for row in await connection.execute(query)]


async def revoke_api_key(connection: AsyncConnection, tenant_id: UUID, key_id: str, now: datetime) -> None:
    """Revokes a key; one that is revoked keeps its first moment."""
    await connection.execute(
        update(api_keys)
        .where(api_keys.c.tenant_id == tenant_id, api_keys.c.id == ids.to_uuid(key_id, "key"))
        .values(revoke_time=func.coalesce(api_keys.c.revoke_time, now))
    )


async def add_session(
    connection: AsyncConnection,
    tenant_id: UUID,
    session_id: str,
    staff_id: str,
    secret_hash: bytes,
    times: Sequence[datetime],
) -> None:
    """Adds a staff session that lasts from the first to the second of `times`."""
    await connection.execute(
        insert(sessions).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(session_id, "ses"),
            staff_id=ids.to_uuid(staff_id, "stf"),
            secret_hash=secret_hash,
            create_time=times[0],
            expire_time=times[1],
        )
    )


async def find_session(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> tuple[str, datetime, Staff] | None:
    """Returns a running session's id, its end and its account."""
    query = (
        _staff_with_teams(sessions.c.id.label("session_id"), sessions.c.expire_time)
        .join(sessions, tuple_(sessions.c.tenant_id, sessions.c.staff_id) == tuple_(staff.c.tenant_id, staff.c.id))
        .where(
            sessions.c.tenant_id == tenant_id,
            sessions.c.secret_hash == secret_hash,
            sessions.c.revoke_time.is_(None),
            sessions.c.expire_time > now,
        )
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (ids.from_uuid("ses", row.session_id), row.expire_time, _staff(row))


async def revoke_session(connection: AsyncConnection, tenant_id: UUID, session_id: str, now: datetime) -> None:
    """Ends a session."""
    await connection.execute(
        update(sessions)
        .where(sessions.c.tenant_id == tenant_id, sessions.c.id == ids.to_uuid(session_id, "ses"))
        .values(revoke_time=now)
    )


async def revoke_sessions_of(connection: AsyncConnection, tenant_id: UUID, staff_id: str, now: datetime) -> None:
    """Ends all sessions of an account."""
    await connection.execute(
        update(sessions)
        .where(
            sessions.c.tenant_id == tenant_id,
            sessions.c.staff_id == ids.to_uuid(staff_id, "stf"),
            sessions.c.revoke_time.is_(None),
        )
        .values(revoke_time=now)
    )


async def add_visitor_credential(connection: AsyncConnection, tenant_id: UUID, values: Mapping[str, Any]) -> None:
    """Adds a visitor's credential."""
    await connection.execute(insert(visitor_credentials).values(tenant_id=tenant_id, **values))


async def find_visitor_credential(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> Row[UUID, UUID, UUID, UUID] | None:
    """Returns a running credential's id, and those of its visitor, conversation and site."""
    c = visitor_credentials.c
    query = select(c.id, c.visitor_id, c.conversation_id, c.site_id).where(
        c.tenant_id == tenant_id, c.secret_hash == secret_hash, c.revoke_time.is_(None), c.expire_time > now
    )
    return (await connection.execute(query)).one_or_none()


async def list_signing_keys(connection: AsyncConnection) -> list[SigningKey]:
    """Returns the deployment's keys, newest first."""
    rows = await connection.execute(select(signing_keys).order_by(signing_keys.c.create_time.desc()))
    return [
        SigningKey(
            id=str(row.id),
            public_key=row.public_key,
            sealed_private_key=row.sealed_private_key,
            create_time=row.create_time,
        )
        for row in rows
    ]


async def add_signing_key(connection: AsyncConnection, key: SigningKey) -> None:
    """Adds a key."""
    await connection.execute(insert(signing_keys).values(asdict(key) | {"id": UUID(key.id)}))


async def delete_signing_keys(connection: AsyncConnection, keys: Sequence[SigningKey]) -> None:
    """Removes keys for good."""
    await connection.execute(delete(signing_keys).where(signing_keys.c.id.in_([UUID(key.id) for key in keys])))


async def lock_signing_keys(connection: AsyncConnection) -> None:
    """Makes replicas that look whether a new key is due take turns."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity.signing_keys'))"))


async def _insert(connection: AsyncConnection, table: Table, values: Mapping[str, Any], unique: str = "") -> None:
    try:
        async with connection.begin_nested():
            await connection.execute(insert(table).values(values))
    except IntegrityError as error:
        if unique and getattr(error.orig, "sqlstate", "") == "23505":
            raise NameTaken(unique) from None
        raise


def _by_name(
    table: Table, tenant_id: UUID, after: Sequence[Any] | None, limit: int, query: Select[Any] | None = None
) -> Select[Any]:
    c = table.c
    page = (select(table) if query is None else query).where(c.tenant_id == tenant_id)
    if after is not None:
        page = page.where(tuple_(c.display_name, c.id) > tuple_(after[0], UUID(after[1])))
    return page.order_by(c.display_name, c.id).limit(limit)


def _staff_with_teams(*more: Any) -> Select[Any]:
    member_of = (
        select(func.coalesce(func.array_agg(staff_teams.c.team_id), text("'{}'::uuid[]")))
        .where(staff_teams.c.tenant_id == staff.c.tenant_id, staff_teams.c.staff_id == staff.c.id)
        .scalar_subquery()
        .label("team_ids")
    )
    columns = [each for each in staff.c if each.name != "password_hash"]
    return select(*columns, member_of, *more).select_from(staff)


def _site(row: Row[Any]) -> Site:
    values = dict(row._mapping)
    return Site(
        **values
        | {
            "id": ids.from_uuid("sit", row.id),
            "tenant_id": ids.from_uuid("ten", row.tenant_id),
            "allowed_origins": tuple(row.allowed_origins),
        }
    )


def _staff(row: Row[Any]) -> Staff:
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


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=ids.from_uuid("key", row.id),
        display_name=row.display_name,
        scopes=tuple(row.scopes),
        create_time=row.create_time,
        revoke_time=row.revoke_time,
    )
