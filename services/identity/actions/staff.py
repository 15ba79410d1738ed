"""Creates, shows and changes accounts and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions import auditing, revoking
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    ACTIVE,
    SUSPENDED,
    ChangedMeanwhile,
    Staff,
    Team,
    check_complete,
    check_not_self,
    check_roles,
    check_state,
)

CHANGEABLE = frozenset({"display_name", "roles", "team_ids", "state"})


async def create_staff(
    actor: Actor, wiring: Wiring, member: Staff, password: str, request_id: str, request: Message
) -> Staff:
    """Creates an account."""
    check_complete(("display_name",), display_name=member.display_name)
    password_hash = await wiring.passwords.hash(password)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        check_roles(actor, (await store.get_tenant(connection, tenant_id)).regime, member.roles)
        made = await wiring.idempotency.claim(
            connection, actor, "CreateStaff", request_id, request, member.id, member.create_time
        )
        if made != member.id:
            return await store.get_staff(connection, tenant_id, made)
        await store.add_staff(connection, tenant_id, member, password_hash)
        told = [auditing.made(member, field) for field in ("roles", "team_ids")]
        await auditing.note(connection, actor, "staff.created", member.id, member.create_time, told)
    return member


async def get_staff(actor: Actor, wiring: Wiring, staff_id: str) -> Staff:
    """Returns an account of the caller's tenant."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_staff(connection, ids.to_uuid(actor.tenant_id, "ten"), staff_id)


async def list_staff(
    actor: Actor, wiring: Wiring, size: int, token: str, among: Sequence[str] = ()
) -> tuple[list[Staff], str]:
    """Returns a page of the tenant's accounts by name, all or those `among` some ids, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListStaff", *sorted(among))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_staff(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            wiring.pages.position(scope, token),
            limit + 1,
            among=among,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.display_name, str(ids.to_uuid(each.id, "stf"))))


async def update_staff(actor: Actor, wiring: Wiring, member: Staff, fields: Sequence[str], etag: str) -> Staff:
    """Changes the named fields of an account. What it may no longer do ends within seconds."""
    if not fields or not CHANGEABLE.issuperset(fields):
        raise InvalidArgument(
            "UPDATE_MASK_INVALID",
            "The update names a field that cannot be changed. Nothing was changed.",
            fields=[("update_mask", "must name changeable fields")],
        )
    check_complete(fields, display_name=member.display_name, roles=member.roles, state=member.state)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        current = await store.get_staff(connection, tenant_id, member.id, lock=True)
        # Whoever exchanges a session holds the account, too: what is signed before this moment knew the old roles only.
        now = wiring.clock.now()
        if etag and etag != str(current.revision):
            raise ChangedMeanwhile
        changed = replace(current, **{name: getattr(member, name) for name in fields}, revision=current.revision + 1)
        if (changed.roles, changed.state) != (current.roles, current.state):
            # Who may not give a role may not take it away either.
            regime = (await store.get_tenant(connection, tenant_id)).regime
            check_roles(actor, regime, {*current.roles, *changed.roles})
        if changed.state != ACTIVE or access_pb2.CALLER_ADMIN not in changed.roles:
            check_not_self(actor, member.id)
        check_state(current.state, changed.state)
        await store.save_staff(connection, tenant_id, changed)
        told = auditing.changes_of(current, changed, sorted(set(fields)), named=("display_name",))
        if told:
            await auditing.note(connection, actor, "staff.updated", member.id, now, told)
        if changed.state != ACTIVE:
            await store.revoke_sessions_of(connection, tenant_id, member.id, now)
        if (changed.roles, changed.state) != (current.roles, current.state):
            await revoking.staff_changed(connection, wiring, actor.tenant_id, member.id, now, account=changed)
        if changed.state == SUSPENDED != current.state:
            # Whoever gave work to this person hears of it by this event, and gives it to somebody else.
            await revoking.staff_suspended(connection, wiring, actor.tenant_id, member.id, now)
    return changed


async def create_team(actor: Actor, wiring: Wiring, team: Team, request_id: str, request: Message) -> Team:
    """Creates a team."""
    check_complete(("display_name",), display_name=team.display_name)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        made = await wiring.idempotency.claim(
            connection, actor, "CreateTeam", request_id, request, team.id, team.create_time
        )
        if made != team.id:
            return await store.get_team(connection, tenant_id, made)
        await store.add_team(connection, tenant_id, team)
        told = [auditing.made(team, "display_name")]
        await auditing.note(connection, actor, "team.created", team.id, team.create_time, told)
    return team


async def list_teams(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Team], str]:
    """Returns a page of the tenant's teams by name, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListTeams")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_teams(
            connection, ids.to_uuid(actor.tenant_id, "ten"), wiring.pages.position(scope, token), limit + 1
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.display_name, str(ids.to_uuid(each.id, "tea"))))
