"""Slows down whoever would flood a community: by trust, by the clock, and by what was posted before.

Numbers are counted in Redis, so that all replicas count together; while it is away, each counts alone.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.limits import Tries
from kernel.privacy.communities import (
    FIRST_DAY_LINKS,
    FIRST_DAY_POSTS,
    HELD_FIRST_POSTS,
    LEAST_TYPING_SECONDS,
)
from services.community.actions.wiring import Wiring, tenant_of
from services.community.domain import brakes, rendering
from services.community.domain.brakes import NEW, Past
from services.community.domain.moderation import (
    FIRST_POSTS,
    NOT_HELD,
    OPEN,
    OTHER,
    TOO_FAST,
    Case,
    Flag,
)
from services.community.domain.posts import HELD, LIVE, Post, Topic
from services.community.store import brakes as store
from services.community.store import moderation as moderation_store

_DETAIL = "That was often in a short time. Nothing was posted; wait a while, then try again."


async def past_of(connection: AsyncConnection, actor: Actor, wiring: Wiring) -> Past:
    """Returns what is known of a member who acts."""
    since = wiring.clock.now() - brakes.REMOVALS_COUNT
    return await store.get_past(connection, tenant_of(actor), actor.subject_id, since)


async def standing_before_staff(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, member_id: str
) -> tuple[int, int, int]:
    """Returns for whoever moderates how far a member is trusted, what was removed lately, and what came too fast."""
    now = wiring.clock.now()
    past = await store.get_past(connection, tenant_of(actor), member_id, now - brakes.REMOVALS_COUNT)
    fast = await store.count_signals(connection, tenant_of(actor), member_id)
    return brakes.level_of(past, now), past.removals, fast


async def trust_of(connection: AsyncConnection, actor: Actor, wiring: Wiring) -> int:
    """Returns how far a member is trusted."""
    return brakes.level_of(await past_of(connection, actor, wiring), wiring.clock.now())


async def take(wiring: Wiring, actor: Actor, tries: Tries, detail: str = _DETAIL) -> None:
    """Counts what a member does; raises ResourceExhausted where it was too often."""
    await wiring.guesses.attempt((tries, f"{actor.tenant_id}\x00{actor.subject_id}"), reason="TOO_OFTEN", detail=detail)


async def check_post(
    connection: AsyncConnection,
    actor: Actor,
    wiring: Wiring,
    body: str,
    topic: Topic | None = None,
    *,
    form_token: str = "",
) -> tuple[int, int]:
    """Raises what stands in the way of a new post; returns the state in which it begins, and why it is held."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    past = await past_of(connection, actor, wiring)
    level = brakes.level_of(past, now)
    brakes.check_links(body, level, await wiring.settings.get(actor.tenant_id, FIRST_DAY_LINKS))
    if topic is not None and topic.slow_seconds:
        last = await store.last_in_topic(connection, tenant, topic.id, actor.subject_id)
        brakes.check_pace(last, topic.slow_seconds, now)
    before = await store.last_bodies(connection, tenant, actor.subject_id, now - brakes.COMPARED_FOR, brakes.COMPARED)
    brakes.check_new(body, before)
    first_day = await wiring.settings.get(actor.tenant_id, FIRST_DAY_POSTS)
    await take(wiring, actor, brakes.posts_of(level, first_day))
    held = await wiring.settings.get(actor.tenant_id, HELD_FIRST_POSTS)
    if level != NEW:
        return LIVE, NOT_HELD
    if form_token and await was_too_fast(actor, wiring, form_token):
        await store.add_signal(connection, tenant, actor.subject_id, now)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        return HELD, TOO_FAST
    return (HELD, FIRST_POSTS) if past.post_count < held else (LIVE, NOT_HELD)


async def check_change(connection: AsyncConnection, actor: Actor, wiring: Wiring, before: str, body: str) -> None:
    """Raises InvalidArgument where a change brings more links into a post than a new one may have."""
    if brakes.count_links(body) > brakes.count_links(before):
        level = await trust_of(connection, actor, wiring)
        brakes.check_links(body, level, await wiring.settings.get(actor.tenant_id, FIRST_DAY_LINKS))


async def was_too_fast(actor: Actor, wiring: Wiring, form_token: str) -> bool:
    """Says whether a form came back faster than people type, or does not say since when it was open."""
    least = await wiring.settings.get(actor.tenant_id, LEAST_TYPING_SECONDS)
    if not least:
        return False
    took = wiring.forms.seconds(form_token, actor.tenant_id, actor.subject_id, wiring.clock.now())
    return took is None or took < least


async def hold(connection: AsyncConnection, wiring: Wiring, tenant_id: str, post: Post, reason: int) -> None:
    """Opens a case about a post that is held, so that somebody decides whether it is shown."""
    if post.state != HELD:
        return
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    case = Case(
        id=ids.new_id("mcs"),
        post_id=post.id,
        author_id=post.author_id,
        state=OPEN,
        is_escalated=False,
        flag_count=1,
        hold_reason=reason,
        create_time=now,
    )
    case_id, _ = await moderation_store.open_case(connection, tenant, case)
    await moderation_store.add(
        connection,
        tenant,
        Flag(
            id=ids.random_id("flg"),
            case_id=case_id,
            reporter_id="",
            staff_id="",
            kind=OTHER,
            text="",
            snapshot=post.html + rendering.render_poll(post.poll),
            revision=post.revision,
            is_upheld=False,
            create_time=now,
        ),
    )
