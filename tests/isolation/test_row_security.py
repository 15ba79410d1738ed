"""Row security holds on every table, for every role, whatever the code above it does.

The tests connect as the runtime roles do and speak SQL, on tables in which both tenants have rows: a policy raises only
when a row is tested. Each check reports what it found wrong, so that the tests of the mutations can run it on a
weakened database.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from kernel import ids
from kernel.config import SERVICES
from kernel.storage import Database, runtime_role, runtime_url
from kernel.storage.database import RoleTooStrong, driver_url, runtime_password
from kernel.storage.schema import BACKUP, OWNER, SEARCH, WORKER
from tests.isolation.filling import tenant_tables
from tests.isolation.test_every_call import Report
from tests.isolation.world import TENANTLESS, World

#: The first of them waits for the world to be made.
pytestmark = pytest.mark.timeout(400)
ROOT = Path(__file__).resolve().parents[2]
POLICY = "(tenant_id = ( SELECT app.require_tenant() AS require_tenant))"
SEARCH_PATH = ["search_path=pg_catalog, pg_temp"]
#: Every function that runs with more rights than its caller, by whom it may be called, and why it cannot tell a tenant
#: anything of another one.
REVIEWED: Mapping[str, tuple[str, str]] = {
    **{
        f"{service}.list_events(bigint,integer)": (
            service,
            "the service's own events, of all tenants, for its peers: ids and closed values, over an internal RPC only",
        )
        for service in SERVICES
    },
    **{
        f"{service}.claim_jobs(timestamp with time zone,timestamp with time zone,text[],integer)": (
            service,
            "the service's own jobs, of all tenants, for its runner, which works on each in its tenant",
        )
        for service in SERVICES
    },
    "chat.search_messages(text,uuid,integer,uuid,timestamp with time zone,uuid,uuid,uuid)": (
        "chat",
        "binds the caller's own tenant by itself, takes none, and gives keys back that are read under row security",
    ),
    **dict.fromkeys(
        ("community.search_titles(text,uuid,integer,uuid[])", "community.similar_titles(text,integer,uuid[])"),
        ("community", "finds the bound tenant's own topics by the words of their titles, and gives keys only"),
    ),
    "community.search_posts(text,uuid,integer,uuid)": (
        "community",
        "finds the bound tenant's own posts by their words, and gives keys and places only",
    ),
    "identity.find_tenant(text)": (
        "identity",
        "gives the id of the tenant whose short name somebody typed, nothing else",
    ),
    **dict.fromkeys(
        ("support.search_entries(text,uuid,integer,uuid[])", "support.search_tickets(text,uuid,integer,uuid[])"),
        (
            "support",
            "finds the bound tenant's own tickets by their words, in the queues asked for, and gives keys only",
        ),
    ),
    "survey.search_texts(text,uuid,integer,uuid)": ("survey", "finds the bound tenant's own texts and gives keys only"),
}
#: Functions that bind a tenant, besides `kernel.storage.bind_tenant`, and run with their caller's rights.
BOUND = "SELECT current_setting('app.tenant', true)"
BINDING = {
    "chat.append": "binds the tenant of each batch in the one round trip that the live path has for it",
    **dict.fromkeys(("chat.append_carefully", "chat.append_plain"), "does so for batches of one kind"),
}


@asynccontextmanager
async def connected(world: World, role: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Connects as a service's role, as the backup, or as the administrator."""
    config = world.platform.config
    if role == "administrator":
        connection = await asyncpg.connect(config.database_url)
    elif role == "backup":
        url = driver_url(config.database_url).set(
            drivername="postgresql", username=BACKUP, password=runtime_password(config.secret_key, "backup")
        )
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    else:
        url = runtime_url(config.database_url, config.secret_key, role).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


async def bind(connection: asyncpg.Connection[asyncpg.Record], tenant_id: str) -> UUID:
    """Binds a tenant to the running transaction, as `bind_tenant` does."""
    key = ids.to_uuid(tenant_id, "ten")
    await connection.execute("SELECT set_config('app.tenant', $1, true)", str(key))
    return key


@asynccontextmanager
async def undone(connection: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[None]:
    """Runs a transaction that leaves nothing behind."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def refusal(connection: asyncpg.Connection[asyncpg.Record], statement: str, *arguments: Any) -> str:
    """Returns the SQLSTATE with which a statement fails, or how many rows it touched."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        outcome = await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate or "?"
    finally:
        await savepoint.rollback()
    return f"{outcome.rpartition(' ')[2]} rows"


async def grants(administrator: asyncpg.Connection[asyncpg.Record], role: str, table: str) -> set[str]:
    """Returns what a role may do with a table."""
    return {
        each
        for each in ("SELECT", "INSERT", "UPDATE", "DELETE")
        if await administrator.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, each)
    }


NO_RIGHT, RAISED = "42501", "42501"


async def check_unbound(world: World, report: Report, only: str = "") -> None:
    """Without a tenant every statement on a tenant's table raises."""
    async with connected(world, "administrator") as administrator:
        for service in SERVICES:
            async with connected(world, service) as connection:
                for table in await tenant_tables(administrator, (service,)):
                    if only and table != only:
                        continue
                    may = await grants(administrator, runtime_role(service), table)
                    for statement in _touching(table, may):
                        found = await refusal(connection, statement)
                        report.judge(f"{statement} without a tenant", found == RAISED, found)
                        async with undone(connection):
                            await connection.execute("SELECT set_config('app.tenant', '', true)")
                            found = await refusal(connection, statement)
                        report.judge(f"{statement} with an empty tenant", found == RAISED, found)


def _touching(table: str, may: set[str]) -> list[str]:
    statements = [f"SELECT * FROM {table}", f"SELECT count(*) FROM {table}"]
    if "UPDATE" in may:
        statements.append(f"UPDATE {table} SET tenant_id = tenant_id")
    if "DELETE" in may:
        statements.append(f"DELETE FROM {table}")
    return statements


async def check_bound(world: World, report: Report, only: str = "") -> None:
    """With one tenant bound no row of another is seen, written, moved or removed."""
    foreign = ids.to_uuid(world.b.id, "ten")
    async with connected(world, "administrator") as administrator:
        for service in SERVICES:
            async with connected(world, service) as connection:
                for table in await tenant_tables(administrator, (service,)):
                    if only and table != only:
                        continue
                    await _check_table(world, administrator, connection, service, table, foreign, report)


async def _check_table(
    world: World,
    administrator: asyncpg.Connection[asyncpg.Record],
    connection: asyncpg.Connection[asyncpg.Record],
    service: str,
    table: str,
    foreign: UUID,
    report: Report,
) -> None:
    may = await grants(administrator, runtime_role(service), table)
    row = await administrator.fetchrow(f"SELECT * FROM {table} WHERE tenant_id = $1 LIMIT 1", foreign)
    report.judge(f"{table} has rows of both tenants", row is not None, "no row")
    async with undone(connection):
        own = await bind(connection, world.a.id)
        for name, statement in (
            ("sees", f"SELECT * FROM {table} WHERE tenant_id <> $1"),
            ("locks", f"SELECT * FROM {table} WHERE tenant_id <> $1 FOR UPDATE"),
            ("changes", f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id <> $1"),
            ("removes", f"DELETE FROM {table} WHERE tenant_id <> $1"),
        ):
            found = await refusal(connection, statement, own)
            report.judge(f"{service} {name} another tenant's rows of {table}", found in ("0 rows", NO_RIGHT), found)
        found = await refusal(connection, f"SELECT * FROM {table} WHERE tenant_id = $1", own)
        report.judge(f"{service} sees its own rows of {table}", found.endswith("rows") and found != "0 rows", found)
        if "UPDATE" in may:
            found = await refusal(connection, f"UPDATE {table} SET tenant_id = $2 WHERE tenant_id = $1", own, foreign)
            report.judge(f"{service} moves a row of {table} to another tenant", found == RAISED, found)
        if "INSERT" in may and row is not None:
            names = ", ".join(row.keys())
            places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            found = await refusal(connection, f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
            report.judge(f"{service} adds a row of another tenant to {table}", found == RAISED, found)


async def check_catalogue(world: World, report: Report) -> None:
    """Every table of a service forces row security by exactly the one policy, or is on the list of the tenantless."""
    async with connected(world, "administrator") as administrator:
        rows = await administrator.fetch(
            """
            SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity, c.relforcerowsecurity,
              c.relowner::regrole::text AS owner,
              array(SELECT p.polname || ' ' || p.polcmd::text || ' ' || p.polpermissive || ' ' || p.polroles::text
                || ' ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' '
                || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
                FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1) AS policies,
              EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS of_tenants
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY ($1)
            """,
            list(SERVICES),
        )
        for row in rows:
            forced = row["relrowsecurity"] and row["relforcerowsecurity"]
            if row["of_tenants"]:
                expected = [f"tenant * true {{0}} {POLICY} {POLICY}"]
                report.judge(f"{row['name']} forces row security", forced and row["policies"] == expected, dict(row))
            elif row["name"].endswith(".migration"):
                # A service looks at its start how far its own schema is, and can change nothing about it.
                rights = {each: await grants(administrator, runtime_role(each), row["name"]) for each in SERVICES}
                right = rights.pop(row["name"].partition(".")[0]) == {"SELECT"} and not any(rights.values())
                report.judge(f"{row['name']} is out of reach", row["name"] in TENANTLESS and right, rights)
            else:
                expected = ["no_tenant * true {0} true true"]
                right = row["name"] in TENANTLESS and forced and row["policies"] == expected
                report.judge(f"{row['name']} belongs to no tenant", right, dict(row))


async def check_keys(world: World, report: Report) -> None:
    """A key of a tenant's table begins with the tenant, and a reference cannot leave it."""
    async with connected(world, "administrator") as administrator:
        rows = await administrator.fetch(
            """
            SELECT conrelid::regclass::text AS name, conname, contype, pg_get_constraintdef(oid) AS definition
            FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND connamespace = ANY (
              SELECT oid FROM pg_namespace WHERE nspname = ANY ($1))
            """,
            list(SERVICES),
        )
        for row in rows:
            if row["name"] in TENANTLESS:
                continue
            # A short name is typed before a tenant is known, so it is unique among all.
            right = "(tenant_id" in row["definition"] or row["definition"] == "UNIQUE (slug)"
            if row["contype"] == b"f":
                right = row["definition"].count("tenant_id") == 2 or row["definition"].endswith(
                    "identity.tenants(tenant_id)"
                )
            report.judge(f"{row['name']} {row['conname']}", right, row["definition"])


async def check_references(world: World, report: Report) -> None:
    """A row that would refer to another tenant's row is refused as one that refers to nothing."""
    a, b = world.a, world.b
    foreign = ids.to_uuid(b.open.conversation.id, "cnv")
    async with connected(world, "chat") as connection, undone(connection):
        own = await bind(connection, a.id)
        for conversation in (foreign, ids.new_uuid()):
            found = await refusal(
                connection,
                "INSERT INTO chat.messages (tenant_id, conversation_id, sequence, id, kind, side, body, create_time) "
                "VALUES ($1, $2, 99, gen_random_uuid(), 1, 1, '', now())",
                own,
                conversation,
            )
            report.judge("a message in a conversation of nobody's or of another tenant", found == "23503", found)
    async with connected(world, "identity") as connection, undone(connection):
        own = await bind(connection, a.id)
        for team in (ids.to_uuid(b.team_ids[0], "tea"), ids.new_uuid()):
            found = await refusal(
                connection,
                "INSERT INTO identity.staff_teams VALUES ($1, $2, $3)",
                own,
                ids.to_uuid(a.operator.id, "stf"),
                team,
            )
            report.judge("a member of a team of nobody's or of another tenant", found == "23503", found)


async def check_functions(world: World, report: Report) -> None:
    """Every function that runs with more rights than its caller was reviewed, and none can be bent."""
    async with connected(world, "administrator") as administrator:
        rows = await administrator.fetch(
            """
            SELECT n.nspname || '.' || p.proname || '(' ||
              array_to_string(array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), ',') || ')' AS name,
              p.oid, r.rolname AS owner, r.rolcanlogin, r.rolsuper, p.proconfig
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
            WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        )
        report.judge("the reviewed functions are there", {row["name"] for row in rows} == set(REVIEWED), rows)
        for row in rows:
            service = REVIEWED.get(row["name"], ("", ""))[0]
            right = not row["rolcanlogin"] and not row["rolsuper"] and row["owner"] in (SEARCH, WORKER)
            report.judge(f"{row['name']} is owned by a role that nobody logs in as", right, row["owner"])
            path = [each for each in row["proconfig"] or () if each.startswith("search_path")]
            report.judge(f"{row['name']} has a fixed search_path", path == SEARCH_PATH, path)
            for role in (*SERVICES, "backup", "public"):
                name = role if role == "public" else f"parley_{role}"
                may = await administrator.fetchval(
                    "SELECT has_function_privilege($1, $2::oid, 'EXECUTE')", name, row["oid"]
                )
                report.judge(f"{row['name']} for {role}", may == (role == service), may)


async def check_roles(world: World, report: Report) -> None:
    """No role is stronger than it must be, and none is a way to another one."""
    async with connected(world, "administrator") as administrator:
        rows = await administrator.fetch(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin, "
            "array(SELECT roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid) AS member_of, "
            "EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) AS owns "
            "FROM pg_roles r WHERE rolname LIKE 'parley\\_%'"
        )
        by_name = {row["rolname"]: row for row in rows}
        runtime = {runtime_role(service) for service in SERVICES}
        report.judge("the roles are known", set(by_name) == runtime | {OWNER, SEARCH, WORKER, BACKUP}, set(by_name))
        for name, row in by_name.items():
            strong = [each for each in ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication") if row[each]]
            report.judge(f"{name} is no administrator and no member", not strong and not row["member_of"], dict(row))
            if name in runtime:
                right = not row["rolbypassrls"] and not row["owns"] and row["rolcanlogin"]
                report.judge(f"{name} is held by row security", right, dict(row))
            elif name != BACKUP:
                report.judge(f"{name} cannot log in", not row["rolcanlogin"], dict(row))


async def check_reach(world: World, report: Report) -> None:
    """A role reaches the schema of its own service, and no other; the backup only reads."""
    async with connected(world, "administrator") as administrator:
        for service in SERVICES:
            for other in SERVICES:
                usage = await administrator.fetchval(
                    "SELECT has_schema_privilege($1, $2, 'USAGE')", runtime_role(service), other
                )
                create = await administrator.fetchval(
                    "SELECT has_schema_privilege($1, $2, 'CREATE')", runtime_role(service), other
                )
                report.judge(
                    f"{service} in the schema of {other}", (usage, create) == (service == other, False), (usage, create)
                )
            public = await administrator.fetchval(
                "SELECT has_schema_privilege($1, 'public', 'CREATE')", runtime_role(service)
            )
            report.judge(f"{service} makes nothing in public", not public, public)
            for table in await tenant_tables(administrator, (service,)):
                may = await grants(administrator, BACKUP, table)
                report.judge(f"the backup reads {table}", may == {"SELECT"}, may)
                truncates = await administrator.fetchval(
                    "SELECT has_table_privilege($1, $2, 'TRUNCATE, REFERENCES, TRIGGER')", runtime_role(service), table
                )
                report.judge(f"{service} does not truncate {table}", not truncates, truncates)
    for service in SERVICES:
        other = next(each for each in SERVICES if each != service)
        async with connected(world, service) as connection:
            for statement in (
                f"SELECT * FROM {other}.outbox",
                f"SELECT * FROM {other}.list_events(0, 10)",
                f"SET ROLE {runtime_role(other)}",
                f"SET ROLE {WORKER}",
                f"SET ROLE {SEARCH}",
                f"ALTER TABLE {service}.outbox NO FORCE ROW LEVEL SECURITY",
                f"DROP POLICY tenant ON {service}.outbox",
                "CREATE FUNCTION app.require_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
                "CREATE TABLE app.mine (x int)",
                "SET session_replication_role = replica",
            ):
                found = await refusal(connection, statement)
                report.judge(f"{service}: {statement}", found == NO_RIGHT, found)
            # Row security that is switched off for a session raises where it would have filtered.
            await connection.execute("SET row_security = off")
            found = await refusal(connection, f"SELECT * FROM {service}.outbox")
            report.judge(f"{service} without row security", found == NO_RIGHT, found)


async def test_without_a_tenant_every_table_raises(world: World) -> None:
    report = Report()
    await check_unbound(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 100


async def test_with_a_tenant_bound_no_row_of_another_is_seen_or_written(untouched: World) -> None:
    # Other walks take the last row of some tables from the first tenant.
    report = Report()
    await check_bound(untouched, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 150


@pytest.mark.parametrize(
    "check", [check_catalogue, check_keys, check_references, check_functions, check_roles, check_reach]
)
async def test_the_database_is_as_strict_as_it_was_made(world: World, check: Callable[[World, Report], Any]) -> None:
    report = Report()
    await check(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert report.cases


async def test_a_function_that_sees_all_tenants_tells_one_nothing_of_another(world: World) -> None:
    async with connected(world, "identity") as connection:
        slug = world.b.tenant.slug
        assert await connection.fetchval("SELECT identity.find_tenant($1)", slug) == ids.to_uuid(world.b.id, "ten")
        for almost in (slug.upper(), slug[:-1], f"{slug}%", "%", "", f"{slug}' OR 'a'='a"):
            assert await connection.fetchval("SELECT identity.find_tenant($1)", almost) is None
    async with connected(world, "survey") as connection, undone(connection):
        await bind(connection, world.a.id)
        found = await connection.fetch("SELECT hit FROM survey.search_texts('kind', NULL, 1000)")
        own = await connection.fetch("SELECT id FROM survey.texts WHERE text LIKE '%kind%'")
        assert {row["hit"] for row in found} == {row["id"] for row in own} != set()
    for service in SERVICES:
        async with connected(world, service) as connection:
            rows = await connection.fetch(f"SELECT * FROM {service}.list_events(0, 1000)")
            # Events carry ids and closed values: nothing that anybody wrote.
            for row in rows:
                assert "Is it open?" not in row["attributes"]
                assert all(":" in subject for subject in row["subjects"])


async def test_a_tenant_does_not_outlive_its_transaction(world: World) -> None:
    config = world.platform.config
    database = Database(runtime_url(config.database_url, config.secret_key, "chat"), pool_size=1)
    try:
        async with database.transaction(world.a.id) as connection:
            rows = await connection.exec_driver_sql("SELECT count(*) FROM chat.conversations")
            assert rows.scalar_one() > 0
        # The pool has one connection, so this is the same one.
        for without in (database.without_tenant, database.single):
            async with without() as connection:
                assert (await connection.exec_driver_sql(BOUND)).scalar_one() == ""
                with pytest.raises(Exception, match="no tenant is bound"):
                    await connection.exec_driver_sql("SELECT count(*) FROM chat.conversations")
        with pytest.raises(RuntimeError):
            async with database.transaction(world.a.id):
                raise RuntimeError
        async with database.without_tenant() as connection:
            assert (await connection.exec_driver_sql(BOUND)).scalar_one() == ""
        async with database.transaction(world.b.id) as connection:
            rows = await connection.exec_driver_sql("SELECT DISTINCT tenant_id FROM chat.conversations")
            assert [row.tenant_id for row in rows] == [ids.to_uuid(world.b.id, "ten")]
    finally:
        await database.close()


async def test_a_service_refuses_to_start_as_somebody_whom_row_security_does_not_hold(world: World) -> None:
    config = world.platform.config
    async with connected(world, "administrator") as administrator:
        # Roles belong to the whole server, which other suites may share.
        member, owner = f"weak_member_{secrets.token_hex(4)}", f"weak_owner_{secrets.token_hex(4)}"
        for name, strong_role in ((member, WORKER), (owner, OWNER)):
            await administrator.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' NOSUPERUSER NOBYPASSRLS")
            await administrator.execute(f"GRANT {strong_role} TO {name}")
        base = driver_url(config.database_url)
        strong = (
            base,
            base.set(username=BACKUP, password=runtime_password(config.secret_key, "backup")),
            base.set(username=member, password="x"),
            base.set(username=owner, password="x"),
        )
        try:
            for url in strong:
                database = Database(url, pool_size=1)
                try:
                    with pytest.raises(RoleTooStrong):
                        await database.check_role()
                finally:
                    await database.close()
        finally:
            for name in (member, owner):
                await administrator.execute(f"DROP ROLE {name}")
    for service in SERVICES:
        database = Database(runtime_url(config.database_url, config.secret_key, service), pool_size=1)
        await database.check_role()
        await database.close()
