"""Publishes the terms, and notes what members answer to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.message import Message

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain import texts
from services.community.domain.terms import (
    Clause,
    Standing,
    Terms,
    check_clauses,
    content_hash,
    hash_of,
    not_in_force,
)
from services.community.store import terms as store


async def publish_terms(
    actor: Actor,
    wiring: Wiring,
    *,
    clauses: Sequence[Clause],
    warning: str,
    change_log: str,
    is_material: bool,
    effective_time: datetime | None,
    request_id: str,
    request: Message,
) -> Terms:
    """Publishes a version; a retry returns the first one."""
    check_clauses(clauses)
    texts.check_said(warning=warning)
    texts.check_kept(change_log=change_log)
    for each in clauses:
        texts.check_said(title=each.title, text=each.text)
    tenant, now, terms_id = tenant_of(actor), wiring.clock.now(), ids.new_id("trm")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(connection, actor, "PublishTerms", request_id, request, terms_id, now)
        if made != terms_id:
            return await store.get_terms(connection, tenant, made)
        number = await store.next_number(connection, tenant)
        version = Terms(
            id=terms_id,
            number=number,
            clauses=clauses,
            warning=warning,
            change_log=change_log,
            # The first version is new to everybody.
            is_material=is_material or number == 1,
            content_hash=content_hash(clauses, warning),
            warning_hash=hash_of(warning),
            effective_time=effective_time or now,
            publish_time=now,
        )
        await store.add_terms(connection, tenant, version)
        wiring.changed(connection, actor.tenant_id)
    return version


async def get_terms(actor: Actor, wiring: Wiring, terms_id: str) -> Terms:
    """Returns a version."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_terms(connection, tenant_of(actor), terms_id)


async def current_terms(actor: Actor, wiring: Wiring) -> Terms | None:
    """Returns the version in force."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.find_current(connection, tenant_of(actor), wiring.clock.now())


async def list_terms(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Terms], str]:
    """Returns a page of versions, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListTerms")
    position = wiring.pages.position(scope, token)
    before = None if position is None else int(position[0])
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_terms(connection, tenant_of(actor), before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.number,))


async def answer_terms(actor: Actor, wiring: Wiring, terms_id: str, answer: int) -> Standing:
    """Notes what a member says to the version in force."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        version = await store.get_terms(connection, tenant, terms_id)
        current = await store.find_current(connection, tenant, now)
        if current is None or current.id != version.id:
            raise not_in_force()
        await store.add_answer(connection, tenant, actor.subject_id, version, answer, now)
        return await standing_of(connection, actor, wiring)


async def get_standing(actor: Actor, wiring: Wiring) -> Standing:
    """Returns where the caller stands."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await standing_of(connection, actor, wiring)
