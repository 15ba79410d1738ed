"""Shows members of staff where they are signed in, and ends what they no longer want."""

from __future__ import annotations

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions import revoking
from services.identity.actions.wiring import Wiring
from services.identity.domain import Session, missing


async def list_sessions(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Session], str]:
    """Returns a page of the caller's running sessions, the newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSessions", actor.subject_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_sessions(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            actor.subject_id,
            wiring.clock.now(),
            wiring.pages.position(scope, token),
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda session: (session.id,))


async def revoke_session(actor: Actor, wiring: Wiring, session_id: str) -> None:
    """Ends one of the caller's sessions; one that has ended does no harm, and another's is as if there were none."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        if not await store.owns_session(connection, tenant_id, actor.subject_id, session_id):
            raise missing("session")
        if await store.find_own_session(connection, tenant_id, actor.subject_id, session_id, now) is None:
            return
        await store.revoke_session(connection, tenant_id, session_id, now)
        await revoking.session_revoked(connection, wiring, actor.tenant_id, session_id, now)


async def revoke_other_sessions(actor: Actor, wiring: Wiring) -> None:
    """Ends all of the caller's sessions but the one that asks."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ended = await store.revoke_sessions_but(
            connection, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id, actor.session_id, now
        )
        for session_id in ended:
            await revoking.session_revoked(connection, wiring, actor.tenant_id, session_id, now)
