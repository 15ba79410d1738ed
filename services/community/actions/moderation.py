"""Carries out what is decided about reports.

A decision, its statement of reasons and its effect are one transaction. Whoever decides locks the post before the case,
as whoever reports does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.storage import leftovers
from kernel.storage.paging import page_size
from services.community.actions import masking, messages, notices, posting
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain import moderation, texts
from services.community.domain.accounts import no_such_member
from services.community.domain.direct import Message
from services.community.domain.masking import Masked
from services.community.domain.moderation import (
    APPEALED,
    CLOSED,
    DECIDED,
    EXPOSED,
    NONE,
    OPEN,
    PURGE,
    Appeal,
    Case,
    Decision,
    Flag,
    Statement,
)
from services.community.domain.posts import HELD, HIDDEN_PENDING, PURGED, SHOWN, Post
from services.community.domain.reviews import APPEAL
from services.community.store import direct as direct_store
from services.community.store import masking as masking_store
from services.community.store import members as member_store
from services.community.store import moderation as store
from services.community.store import posts as post_store
from services.community.store import reviews as review_store
from services.community.store import terms as terms_store
from services.community.store import topics as topic_store
from services.community.store.tables import TEXTS, metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A case with all that belongs to it."""

    case: Case
    flags: Sequence[Flag] = ()
    decisions: Sequence[Decision] = ()
    appeals: Sequence[Appeal] = ()
    masked: Sequence[Masked] = ()


async def list_cases(actor: Actor, wiring: Wiring, state: int, size: int, token: str) -> tuple[list[Whole], str]:
    """Returns a page of cases, those that wait longest first."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListModerationCases", state)
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        states = [state] if state else [OPEN, APPEALED]
        found = await store.list_cases(connection, tenant_of(actor), states, after, limit + 1)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "mcs")),))
    return [Whole(case=each) for each in page], following


async def get_case(actor: Actor, wiring: Wiring, case_id: str) -> Whole:
    """Returns a case with all that belongs to it."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await _whole(connection, actor, wiring, case_id)


async def _whole(connection: AsyncConnection, actor: Actor, wiring: Wiring, case_id: str) -> Whole:
    tenant = tenant_of(actor)
    case = await store.get_case(connection, tenant, case_id)
    await messages.record_reading(connection, actor, wiring, case)
    return Whole(
        case=case,
        flags=await store.list_flags(connection, tenant, case_id),
        decisions=await store.list_decisions(connection, tenant, case_id),
        appeals=await store.list_appeals(connection, tenant, case_id),
        masked=await masking_store.list_of_case(connection, tenant, case_id),
    )


async def decide_case(
    actor: Actor, wiring: Wiring, case_id: str, *, is_upheld: bool, action: int, clause_id: str, facts: str
) -> Whole:
    """Decides a case; the statement of reasons and the effect are in the same transaction."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        case, about = await _locked(connection, tenant, case_id)
        moderation.check_open(case)
        flags = await store.list_flags(connection, tenant, case_id)
        moderation.check_decider(actor.subject_id, flags)
        decision = _decision(actor, case, now, is_upheld=is_upheld, action=action, clause_id=clause_id, facts=facts)
        await _decide(connection, actor, wiring, decision, case, about, flags, now)
        await store.uphold_flags(connection, tenant, case_id, is_upheld=is_upheld)
        await store.save_case_state(connection, tenant, case_id, DECIDED)
        await _settle(connection, actor, case_id)
        return await _whole(connection, actor, wiring, case_id)


async def overrule_case(
    actor: Actor, wiring: Wiring, case_id: str, *, is_upheld: bool, action: int, clause_id: str, facts: str
) -> Whole:
    """Decides a case once more, as a reviewer who has not decided it before; it can be appealed against again."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        case, about = await _locked(connection, tenant, case_id)
        moderation.check_decided(case)
        flags = await store.list_flags(connection, tenant, case_id)
        moderation.check_second_decider(
            actor.subject_id, await store.list_decisions(connection, tenant, case_id), flags
        )
        decision = _decision(actor, case, now, is_upheld=is_upheld, action=action, clause_id=clause_id, facts=facts)
        await _decide(connection, actor, wiring, decision, case, about, flags, now)
        await store.uphold_flags(connection, tenant, case_id, is_upheld=is_upheld)
        await store.save_case_state(connection, tenant, case_id, DECIDED)
        await _settle(connection, actor, case_id)
        return await _whole(connection, actor, wiring, case_id)


async def _settle(connection: AsyncConnection, actor: Actor, case_id: str) -> None:
    """Takes a decided case off the reviewers' desk: of the community's own decisions, only those on appeals do."""
    by_reviewer = actor.has(access_pb2.CALLER_PLATFORM_REVIEWER)
    await review_store.settle(connection, tenant_of(actor), case_id, by_reviewer=by_reviewer)


def _decision(
    actor: Actor,
    case: Case,
    now: datetime,
    *,
    is_upheld: bool,
    action: int,
    clause_id: str,
    facts: str,
    appeal_id: str = "",
) -> Decision:
    return Decision(
        id=ids.new_id("dcn"),
        case_id=case.id,
        action=action,
        is_upheld=is_upheld,
        clause_id=clause_id if action != NONE else "",
        terms_id=case.terms_id,
        facts=facts,
        appeal_id=appeal_id,
        staff_id=actor.subject_id,
        member_id=case.author_id,
        create_time=now,
    )


async def decide_appeal(
    actor: Actor, wiring: Wiring, appeal_id: str, *, action: int, clause_id: str, facts: str
) -> Whole:
    """Decides an appeal; whoever decided before, or reported it, may not."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        appeal = await store.get_appeal(connection, tenant, appeal_id)
        before = await store.get_decision(connection, tenant, appeal.decision_id)
        if appeal.is_decided or not before.case_id:
            raise FailedPrecondition("APPEAL_DECIDED", "This appeal was decided already. Nothing was changed.")
        case, about = await _locked(connection, tenant, before.case_id)
        flags = await store.list_flags(connection, tenant, before.case_id)
        moderation.check_second_decider(
            actor.subject_id, await store.list_decisions(connection, tenant, before.case_id), flags
        )
        decision = _decision(
            actor,
            case,
            now,
            is_upheld=action != NONE,
            action=action,
            clause_id=clause_id,
            facts=facts,
            appeal_id=appeal.id,
        )
        await _decide(connection, actor, wiring, decision, case, about, flags, now)
        await store.uphold_flags(connection, tenant, before.case_id, is_upheld=action != NONE)
        await store.close_appeal(connection, tenant, appeal_id)
        left = await store.list_appeals(connection, tenant, before.case_id)
        waits = any(not each.is_decided for each in left)
        await store.save_case_state(connection, tenant, before.case_id, APPEALED if waits else CLOSED)
        if not waits:
            await _settle(connection, actor, before.case_id)
        return await _whole(connection, actor, wiring, before.case_id)


async def _locked(connection: AsyncConnection, tenant: UUID, case_id: str) -> tuple[Case, Post | Message | None]:
    """Returns a case and what it is about, both held; None for a suspension, and for a message that is gone."""
    await masking_store.hold(connection, tenant)
    seen = await store.get_case(connection, tenant, case_id)
    if seen.is_message:
        message = await direct_store.lock_message(connection, tenant, seen.thread_id, seen.message_number)
        return await store.get_case(connection, tenant, case_id, lock=True), message
    if seen.is_suspension:
        return await store.get_case(connection, tenant, case_id, lock=True), None
    post = await post_store.get_post(connection, tenant, seen.post_id, lock=True)
    case = await store.get_case(connection, tenant, case_id, lock=True)
    # Whoever has left is told nothing any more.
    return replace(case, author_id=post.author_id), post


async def _decide(
    connection: AsyncConnection,
    actor: Actor,
    wiring: Wiring,
    decision: Decision,
    case: Case,
    about: Post | Message | None,
    flags: Sequence[Flag],
    now: datetime,
) -> None:
    """Writes a decision, its effect, and to everybody whom it restricts the statement of reasons."""
    tenant, action = tenant_of(actor), decision.action
    texts.check_kept(facts=decision.facts)
    moderation.check_effect(case, action)
    moderation.check_refusal(case, action, decision.facts)
    terms = await terms_store.get_terms(connection, tenant, case.terms_id)
    moderation.check_restriction(
        action,
        is_upheld=decision.is_upheld,
        clause_id=decision.clause_id,
        facts=decision.facts,
        clauses=[each.id for each in terms.clauses],
    )
    if case.is_suspension:
        # No post is removed by it, and none is counted as removed.
        decision = replace(decision, action=NONE)
    await store.add(connection, tenant, decision)
    if case.is_suspension:
        await _carry_out_suspension(connection, tenant, decision, case, now)
    elif isinstance(about, Post):
        await _carry_out(connection, actor, wiring, decision, about, flags, now)
    elif about is not None:
        await messages.carry_out(connection, actor, decision, about, flags, now)


async def _carry_out(
    connection: AsyncConnection,
    actor: Actor,
    wiring: Wiring,
    decision: Decision,
    post: Post,
    flags: Sequence[Flag],
    now: datetime,
) -> None:
    tenant, action = tenant_of(actor), decision.action
    kinds = [each.kind for each in flags]
    told = {post.author_id: post}
    touched, is_part = await masking.settle(connection, actor, wiring, decision.case_id, action, post)
    now_is = await post_store.get_post(connection, tenant, post.id)
    # What other cases say of it stands: no answer in one case brings back what another took away.
    stands = await store.strictest_of_others(connection, tenant, post.id, decision.case_id)
    is_masked_only = action == PURGE and is_part
    if not is_masked_only:
        after = moderation.state_after(max(action, stands), now_is.state)
        if after in SHOWN and await masking_store.is_hidden(connection, tenant, post.id):
            after = HIDDEN_PENDING
        if after == PURGED and EXPOSED in kinds:
            touched += await masking.forget_quotations(connection, actor, wiring, now_is)
        if after == PURGED != now_is.state:
            await posting.take_away(connection, actor, wiring, now_is, PURGED)
        elif after != now_is.state:
            await post_store.save_post(connection, tenant, post.id, state=after)
            if now_is.state == HELD:
                await _let_go(connection, actor, wiring, now_is, after, now)
    if action == PURGE:
        # What the reports kept of it goes as well.
        await masking_store.drop_snapshots(connection, tenant, [post.id, *(each.id for each in touched)])
        await leftovers.mark(connection, metadata, TEXTS, now)
    for each in touched:
        told.setdefault(each.author_id, each)
    await topic_store.change_topic(connection, tenant, post.topic_id)
    wiring.changed(connection, actor.tenant_id)
    if action == NONE:
        return
    words: dict[str, Any] = moderation.words_of(action, kinds, by_notice=any(not each.staff_id for each in flags))
    for author_id, each in told.items():
        if not author_id:
            continue
        await store.add(
            connection,
            tenant,
            Statement(
                id=ids.new_id("stm"),
                decision_id=decision.id,
                member_id=author_id,
                topic_id=each.topic_id,
                number=each.number,
                decision_account="",
                clause_id=decision.clause_id,
                facts=decision.facts,
                # Its author keeps a copy, except of what exposes somebody.
                content="" if action == PURGE else each.body,
                create_time=now,
                **words,
            ),
        )


async def _carry_out_suspension(
    connection: AsyncConnection, tenant: UUID, decision: Decision, case: Case, now: datetime
) -> None:
    """Ends the suspension that was appealed against, or says once more why it stands."""
    if await member_store.find_member(connection, tenant, case.author_id) is None:
        # Whoever has left is told nothing any more.
        return
    if decision.restricts:
        await _state_suspension(connection, tenant, decision, case.author_id, now)
    elif await store.last_suspension(connection, tenant, case.author_id) == case.id:
        # A later one has reasons of its own, and stands.
        await store.suspend(connection, tenant, case.author_id, None)


async def _state_suspension(
    connection: AsyncConnection, tenant: UUID, decision: Decision, member_id: str, now: datetime
) -> None:
    words: dict[str, Any] = moderation.words_of(moderation.REMOVE, [moderation.OTHER], by_notice=False)
    await store.add(
        connection,
        tenant,
        Statement(
            id=ids.new_id("stm"),
            decision_id=decision.id,
            member_id=member_id,
            topic_id="",
            number=0,
            decision_account="DECISION_ACCOUNT_SUSPENDED",
            clause_id=decision.clause_id,
            facts=decision.facts,
            content="",
            create_time=now,
            **(words | {"decision_visibility": ""}),
        ),
    )


async def _let_go(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, post: Post, state: int, now: datetime
) -> None:
    """Lets a topic that was held with its first post go the way of the post, and tells of what is shown now."""
    if post.number == 1:
        await topic_store.change_topic(connection, tenant_of(actor), post.topic_id, state=state)
    if state in SHOWN:
        await notices.tell_later(connection, wiring, actor.tenant_id, post.id, now)


async def list_statements(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Statement], str]:
    """Returns a page of the statements to the caller, newest first."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListStatements", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_statements(connection, tenant_of(actor), actor.subject_id, before, limit + 1)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "stm")),))
    open_until = now - moderation.APPEAL_TIME
    return [replace(each, may_appeal=each.may_appeal and each.create_time > open_until) for each in page], following


async def appeal_decision(actor: Actor, wiring: Wiring, decision_id: str, text: str) -> Appeal:
    """Appeals against a decision, as the author or as a reporter; this needs no terms, and no good standing."""
    texts.check_said(text=text)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        decision = await store.get_decision(connection, tenant, decision_id)
        if not decision.case_id:
            raise moderation.no_such_decision()
        case, _ = await _locked(connection, tenant, decision.case_id)
        flags = await store.list_flags(connection, tenant, decision.case_id)
        # Whoever quoted what was taken away is restricted as its author is.
        is_author = case.author_id == actor.subject_id or await store.has_statement(
            connection, tenant, decision_id, actor.subject_id
        )
        is_reporter = any(each.reporter_id == actor.subject_id for each in flags)
        made = await store.list_appeals(connection, tenant, decision.case_id)
        moderation.check_appeal(decision, made, is_author=is_author, is_reporter=is_reporter, now=now)
        if await store.has_appeal(connection, tenant, decision_id, by_author=is_author):
            raise moderation.appealed_already()
        appeal = Appeal(
            id=ids.new_id("apl"),
            decision_id=decision_id,
            member_id=actor.subject_id,
            by_author=is_author,
            text=text,
            is_decided=False,
            create_time=now,
        )
        await store.add(connection, tenant, appeal)
        await store.save_case_state(connection, tenant, case.id, APPEALED)
        await review_store.add_review(connection, tenant, case.id, APPEAL, now)
    return appeal


async def suspend_member(
    actor: Actor, wiring: Wiring, handle: str, days: int, clause_id: str, facts: str
) -> datetime | None:
    """Lets a member only read for a time, with a statement of reasons; 0 days end it."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    until = now + timedelta(days=days) if days else None
    async with wiring.database.transaction(actor.tenant_id) as connection:
        member = await member_store.find_by_handle(connection, tenant, handle)
        if member is None:
            raise no_such_member()
        terms = await terms_store.find_current(connection, tenant, now)
        moderation.check_restriction(
            moderation.REMOVE if days else NONE,
            is_upheld=True,
            clause_id=clause_id,
            facts=facts,
            clauses=[each.id for each in terms.clauses] if terms is not None else [],
        )
        await store.suspend(connection, tenant, member.id, until)
        case_id = ids.new_id("mcs") if days and terms is not None else ""
        if case_id:
            # It waits for nobody, until the member appeals.
            await store.add_case(
                connection,
                tenant,
                Case(
                    id=case_id,
                    post_id="",
                    author_id=member.id,
                    state=DECIDED,
                    is_escalated=False,
                    flag_count=0,
                    create_time=now,
                    terms_id=terms.id if terms is not None else "",
                ),
            )
        # Who let somebody post again is kept, too.
        decision = Decision(
            id=ids.new_id("dcn"),
            case_id=case_id,
            action=NONE,
            is_upheld=True,
            clause_id=clause_id if days else "",
            terms_id=terms.id if terms is not None else "",
            facts=facts,
            appeal_id="",
            staff_id=actor.subject_id,
            member_id=member.id,
            create_time=now,
        )
        await store.add(connection, tenant, decision)
        if days:
            await _state_suspension(connection, tenant, decision, member.id, now)
    return until


async def get_transparency(actor: Actor, wiring: Wiring) -> tuple[int, int, int, dict[str, tuple[int, int]]]:
    """Counts flags, decisions and appeals, and by clause restrictions and reversals."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.count_all(connection, tenant_of(actor))
