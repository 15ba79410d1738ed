"""Tells every process which tokens are no longer good, and the journal, so that no backup makes them good again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.events import EventType, an_id
from kernel.identity import revocations
from kernel.journal import Account, Revoked
from services.identity.actions.wiring import Wiring
from services.identity.domain import Staff

#: A staff session, a visitor's credential, an API key or a support grant was ended; its tokens are refused from now on.
SESSION_REVOKED = EventType(revocations.SESSION_REVOKED, {revocations.SESSION_ID: an_id("ses", "key", "gra")})
#: What an account may do has changed; its tokens from before are refused.
STAFF_CHANGED = EventType(revocations.STAFF_CHANGED, {revocations.STAFF_ID: an_id("stf")})

#: An account was suspended; whoever gave it work gives that to somebody else.
STAFF_SUSPENDED = EventType("staff.suspended", {revocations.STAFF_ID: an_id("stf")})


async def session_revoked(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, session_id: str, now: datetime
) -> None:
    """Announces, in the running transaction, that a session was ended."""
    await wiring.journal.append(Revoked(tenant_id=tenant_id, credential_id=session_id))
    await wiring.outbox.append(
        connection, SESSION_REVOKED, tenant_id=tenant_id, now=now, attributes={revocations.SESSION_ID: session_id}
    )


async def staff_changed(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    staff_id: str,
    now: datetime,
    *,
    account: Staff | None = None,
) -> None:
    """Announces, in the running transaction, that an account's roles or state changed, to what `account` says."""
    if account is not None:
        await wiring.journal.append(
            Account(tenant_id=tenant_id, staff_id=staff_id, state=account.state, roles=tuple(account.roles))
        )
    await wiring.outbox.append(
        connection, STAFF_CHANGED, tenant_id=tenant_id, now=now, attributes={revocations.STAFF_ID: staff_id}
    )


async def staff_suspended(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, staff_id: str, now: datetime
) -> None:
    """Announces, in the running transaction, that an account was suspended."""
    await wiring.outbox.append(
        connection, STAFF_SUSPENDED, tenant_id=tenant_id, now=now, attributes={revocations.STAFF_ID: staff_id}
    )
