"""Takes reports, and masks at once what exposes somebody.

Whoever reports locks the post before the case, as whoever decides does.
"""

from __future__ import annotations

from dataclasses import replace

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.events import EventType, an_id
from kernel.identity import Actor
from services.community.actions import masking, proofs
from services.community.actions.wiring import Wiring, access_post, member_of, standing_of, tenant_of
from services.community.domain import moderation, rendering, texts
from services.community.domain.moderation import (
    ESCALATED,
    EXPOSED,
    OPEN,
    Case,
    Decision,
    Flag,
)
from services.community.domain.posts import HIDDEN_PENDING, no_such_post
from services.community.domain.reviews import reason_of
from services.community.store import masking as masking_store
from services.community.store import moderation as store
from services.community.store import polls as poll_store
from services.community.store import reviews as review_store

#: A case was opened that the platform's reviewers look at as well; of a message, only the case is named.
ESCALATION = EventType("community.escalated", {"case_id": an_id("mcs"), "post_id": an_id("pst", optional=True)})


async def flag_post(
    actor: Actor,
    wiring: Wiring,
    post_id: str,
    kind: int,
    text: str,
    selection: str,
    *,
    proof: str = "",
    origin: str = "",
) -> tuple[str, int]:
    """Takes a report of a post as it is now; returns its id, and in how many posts something was masked at once.

    `origin` is a hash of where a caller without an account is, and `proof` what they calculated.
    """
    tenant, now = tenant_of(actor), wiring.clock.now()
    texts.check_kept(text=text, selection=selection)
    has_account = bool(member_of(actor)) or actor.is_staff
    moderation.check_reporter(kind, has_account=has_account)
    if not has_account:
        await proofs.require(actor, wiring, proofs.REPORT, proof, origin)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if member_of(actor):
            await standing_of(connection, actor, wiring)
        if kind == EXPOSED:
            await masking_store.hold(connection, tenant)
        post, _ = await access_post(connection, actor, post_id, lock=True)
        # What is not shown any more was decided about, and whoever reads cannot say what is wrong with it.
        if not post.is_shown and post.state != HIDDEN_PENDING:
            raise no_such_post()
        if post.author_id and post.author_id == member_of(actor):
            raise FailedPrecondition("OWN_POST", "This is your own post. Change it, or take it away.")
        case = Case(
            id=ids.new_id("mcs"),
            post_id=post.id,
            author_id=post.author_id,
            state=OPEN,
            is_escalated=kind in ESCALATED,
            flag_count=1,
            create_time=now,
        )
        case_id, is_new = await store.open_case(connection, tenant, case)
        asked = await poll_store.of_posts(connection, tenant, [ids.to_uuid(post.id, "pst")], "")
        flag = Flag(
            # Its id opens its outcome, so that it must not be guessed.
            id=ids.random_id("flg"),
            case_id=case_id,
            reporter_id=member_of(actor),
            staff_id=actor.subject_id if actor.is_staff else "",
            kind=kind,
            text=text,
            snapshot=post.html + rendering.render_poll(asked.get(ids.to_uuid(post.id, "pst"))),
            revision=post.revision,
            is_upheld=False,
            create_time=now,
        )
        await store.add(connection, tenant, flag)
        masked = 0
        if kind == EXPOSED and post.is_shown:
            masked = await masking.hide(connection, actor, wiring, case_id, post, selection.strip())
        if reason := reason_of(kind):
            await review_store.add_review(connection, tenant, case_id, reason, now)
        if is_new and kind in ESCALATED:
            await wiring.outbox.append(
                connection,
                ESCALATION,
                tenant_id=actor.tenant_id,
                now=now,
                attributes={"case_id": case_id, "post_id": post.id},
            )
    return flag.id, masked


async def get_flag(actor: Actor, wiring: Wiring, flag_id: str) -> tuple[Flag, Decision | None]:
    """Returns a report to whoever has its id, and the last decision; a member's own is shown to that member only."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        flag = await store.get_flag(connection, tenant_of(actor), flag_id)
        if flag.reporter_id and flag.reporter_id != member_of(actor) and not actor.is_staff:
            raise moderation.no_such_flag()
        decided = await store.list_decisions(connection, tenant_of(actor), flag.case_id)
        case = await store.get_case(connection, tenant_of(actor), flag.case_id)
    # The post as it was is for those who decide; whoever exposed somebody is not helped to read it again. A message is
    # read in its case, where that is recorded.
    is_shown = actor.is_staff and not case.is_message
    return replace(flag, snapshot=flag.snapshot if is_shown else ""), decided[-1] if decided else None
