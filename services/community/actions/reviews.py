"""The desk of the platform's reviewers: the one place where somebody acts in a tenant that is not their own.

Which tenant that is follows from what waits, never from the request; inside it a reviewer decides by the same rules as
its moderators.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from kernel import ids
from kernel.errors import NotFound
from kernel.identity import Actor
from kernel.identity.actor import Regime
from kernel.storage.paging import page_size
from services.community.actions import moderation
from services.community.actions.moderation import Whole
from services.community.actions.wiring import Wiring, tenant_of
from services.community.domain import reviews as domain
from services.community.domain.moderation import APPEALED, OPEN
from services.community.domain.reviews import Review
from services.community.domain.terms import Clause
from services.community.store import moderation as moderation_store
from services.community.store import reviews as store
from services.community.store import terms as terms_store


async def list_reviews(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[tuple[Review, str]], str]:
    """Returns a page of what waits, each with the name of whose community it is."""
    _require_reviewer(actor)
    limit, scope = page_size(size, default=50, maximum=100), (actor.tenant_id, "ListReviews")
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    async with wiring.database.single() as connection:
        found = await store.list_reviews(connection, after, limit + 1)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "rev")),))
    of = sorted({each.tenant_id for each in page})
    names = dict(zip(of, await asyncio.gather(*(_name(wiring, each) for each in of)), strict=True))
    return [(each, names[each.tenant_id]) for each in page], following


async def get_review(actor: Actor, wiring: Wiring, review_id: str) -> tuple[Review, str, Whole, tuple[Clause, ...]]:
    """Returns what waits, with the case and the rules that a decision may name."""
    review, acting = await _enter(actor, wiring, review_id)
    whole = await moderation.get_case(acting, wiring, review.case_id)
    async with wiring.database.transaction(acting.tenant_id) as connection:
        terms = await terms_store.get_terms(connection, tenant_of(acting), whole.case.terms_id)
    return review, await _name(wiring, review.tenant_id), whole, tuple(terms.clauses)


async def decide_review(
    actor: Actor, wiring: Wiring, review_id: str, *, is_upheld: bool, action: int, clause_id: str, facts: str
) -> Whole:
    """Decides the appeal that waits, or the case, or leaves standing what was decided."""
    review, acting = await _enter(actor, wiring, review_id)
    whole = await moderation.get_case(acting, wiring, review.case_id)
    if not action:
        async with wiring.database.transaction(acting.tenant_id) as connection:
            case = await moderation_store.get_case(connection, tenant_of(acting), review.case_id, lock=True)
            domain.check_leaves(case)
            await store.settle(connection, tenant_of(acting), review.case_id, by_reviewer=True)
        return whole
    if whole.case.state == APPEALED:
        (appeal, *_) = [each for each in whole.appeals if not each.is_decided]
        return await moderation.decide_appeal(
            acting, wiring, appeal.id, action=action, clause_id=clause_id, facts=facts
        )
    decide = moderation.decide_case if whole.case.state == OPEN else moderation.overrule_case
    return await decide(
        acting, wiring, review.case_id, is_upheld=is_upheld, action=action, clause_id=clause_id, facts=facts
    )


async def _enter(actor: Actor, wiring: Wiring, review_id: str) -> tuple[Review, Actor]:
    """Returns what waits, and its reader as somebody in the tenant from which it came."""
    _require_reviewer(actor)
    async with wiring.database.single() as connection:
        review = await store.get_review(connection, review_id)
    return review, replace(actor, tenant_id=review.tenant_id)


def _require_reviewer(actor: Actor) -> None:
    if actor.regime is not Regime.HOUSE:
        raise domain.not_above()


async def _name(wiring: Wiring, tenant_id: str) -> str:
    try:
        return (await wiring.peers.tenant(tenant_id)).display_name
    except NotFound:
        # A company that is gone still has what waits, until somebody has looked.
        return ""
