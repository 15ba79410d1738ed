"""Gives visitors the code on their receipt, and turns a code back into a visitor's token."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.jobs import PLATFORM
from kernel.privacy.retention import RECEIPT_DAYS
from services.identity import store
from services.identity.actions import guessing
from services.identity.actions.credentials import Issued, issue, visitor_of
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    Bound,
    CodeRejected,
    hash_receipt_code,
    make_receipt_code,
    missing,
    read_receipt_code,
    show_receipt_code,
)


def bound_to(actor: Actor) -> Bound:
    """Returns what a visitor's token is bound to; raises FailedPrecondition where it names no site."""
    if not actor.site_id:
        raise FailedPrecondition("SITE_REQUIRED", "This call belongs to a conversation on a site.")
    return Bound(visitor_id=actor.subject_id, conversation_id=actor.conversation_id, site_id=actor.site_id)


async def check_still_known(connection: AsyncConnection, tenant_id: UUID, bound: Bound) -> None:
    """Holds a visitor against being forgotten until the transaction ends; raises NotFound for one who was forgotten.

    A token lives on for seconds after its visitor was forgotten; nothing that it asks for may bring the visitor back.
    """
    await store.lock_visitor(connection, tenant_id, bound.visitor_id)
    if not await store.is_known(connection, tenant_id, bound):
        raise missing("conversation")


async def issue_receipt_code(actor: Actor, wiring: Wiring) -> tuple[str, datetime]:
    """Returns the code of the caller's conversation and its end; while it lasts, it is the same one."""
    now = wiring.clock.now()
    bound = bound_to(actor)
    days: int = await wiring.settings.get(actor.tenant_id, RECEIPT_DAYS)
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_still_known(connection, tenant_id, bound)
        found = await store.find_receipt(connection, tenant_id, bound.conversation_id, now)
        if found is not None:
            receipt_id, end, kept = found
            code = make_receipt_code(wiring.codes.receipts, actor.tenant_id, receipt_id)
            # A code that came from another deployment stays good, and only the person knows it: there is a new one.
            if hmac.compare_digest(hash_receipt_code(wiring.codes.receipts, actor.tenant_id, code), kept):
                return show_receipt_code(code), end
        # A receipt tells neither time nor order.
        receipt_id, end = ids.random_id("ses"), now + timedelta(days=days)
        code = make_receipt_code(wiring.codes.receipts, actor.tenant_id, receipt_id)
        code_hash = hash_receipt_code(wiring.codes.receipts, actor.tenant_id, code)
        await store.add_receipt_code(connection, tenant_id, receipt_id, bound, code_hash, (now, end))
    return show_receipt_code(code), end


async def exchange_receipt_code(wiring: Wiring, slug: str, typed: str, address: str) -> Issued:
    """Returns a visitor's token for the conversation of a code.

    A code that is wrong, has ended or was erased, and one of a tenant that does not exist, is looked for alike and
    refused alike.
    """
    # A try counts before it is made: a thousand at once are no more than one after another.
    await guessing.try_receipt_code(wiring.guesses, slug, address)
    async with wiring.database.single() as connection:
        known = await store.find_tenant_id(connection, slug)
    looked_into = known or PLATFORM
    code_hash = hash_receipt_code(wiring.codes.receipts, looked_into, read_receipt_code(typed))
    tenant_id = ids.to_uuid(looked_into, "ten")
    async with wiring.database.transaction(looked_into) as connection:
        found = await store.find_by_code(connection, tenant_id, code_hash, wiring.clock.now())
        if found is None:
            raise CodeRejected
        tenant = await store.get_tenant(connection, tenant_id)
    await guessing.receipt_code_was_right(wiring.guesses, slug, address)
    receipt_id, bound = found
    return issue(wiring, visitor_of(looked_into, tenant.regime, receipt_id, bound))
