"""Posts a reply that carries words alone: the same checks as every post, in two statements.

What carries files, leads to a person or has to be held goes the longer way of `posting`, which this hands it back to.
"""

from __future__ import annotations

from dataclasses import replace

from google.protobuf.message import Message

from kernel import ids
from kernel.identity import Actor
from kernel.privacy.communities import FIRST_DAY_LINKS, FIRST_DAY_POSTS, HELD_FIRST_POSTS
from services.community.actions import brakes, notices
from services.community.actions.wiring import Wiring, reads
from services.community.domain import brakes as rules
from services.community.domain import rendering
from services.community.domain.accounts import session_ended
from services.community.domain.brakes import NEW
from services.community.domain.posts import LIVE, Post, no_such_post, no_such_topic, topic_locked
from services.community.domain.relations import kept_away
from services.community.store import replies as store
from services.community.store.replies import Claim


async def reply(
    actor: Actor,
    wiring: Wiring,
    topic_id: str,
    body: str,
    reply_to: int,
    request_id: str,
    request: Message,
    form_token: str,
) -> Post | str | None:
    """Posts a reply and returns it, or the id of what the same request posted before; None where more is looked at."""
    now, post_id = wiring.clock.now(), ids.new_id("pst")
    claim = Claim(
        method=wiring.idempotency.scope(actor, "CreatePost"),
        request_id=request_id,
        mac=wiring.idempotency.mac(request) if request_id else b"",
    )
    links = await wiring.settings.get(actor.tenant_id, FIRST_DAY_LINKS)
    first_day = await wiring.settings.get(actor.tenant_id, FIRST_DAY_POSTS)
    held = await wiring.settings.get(actor.tenant_id, HELD_FIRST_POSTS)
    facts = await store.find_facts(
        wiring.database,
        actor.tenant_id,
        actor.subject_id,
        actor.session_id,
        topic_id,
        reply_to,
        claim,
        now=now,
        removals_since=now - rules.REMOVALS_COUNT,
        bodies_since=now - rules.COMPARED_FOR,
    )
    if facts is None:
        raise session_ended()
    facts.standing.require()
    if facts.space is None or not reads(actor, facts.space):
        raise no_such_topic()
    if facts.made:
        wiring.idempotency.require_same(facts.mac, claim.mac)
        return facts.made
    facts.space.check_writable()
    if reply_to > facts.last_number:
        raise no_such_post()
    if facts.is_kept_away:
        raise kept_away()
    if facts.is_masked:
        # What is masked there must not be said again.
        return None
    level = rules.level_of(facts.past, now)
    rules.check_links(body, level, links)
    rules.check_pace(facts.last_here, facts.slow_seconds, now)
    rules.check_new(body, facts.bodies)
    if level == NEW and facts.past.post_count < held:
        return None
    if level == NEW and form_token and await brakes.was_too_fast(actor, wiring, form_token):
        return None
    await brakes.take(wiring, actor, rules.posts_of(level, first_day))
    post = Post(
        id=post_id,
        topic_id=topic_id,
        space_id=facts.space.id,
        number=0,
        author_id=actor.subject_id,
        body=body,
        html=rendering.render(body),
        renderer=rendering.VERSION,
        state=LIVE,
        revision=1,
        reply_to=reply_to,
        votes=0,
        terms_id=facts.standing.terms_id,
        create_time=now,
        author=facts.author,
    )
    # Whoever is answered or named may be somebody who follows nothing.
    is_told = facts.has_followers or reply_to > 0 or "@" in body
    number, is_late = await store.add_reply(
        wiring.database,
        actor.tenant_id,
        post,
        claim,
        follows=facts.follows_own,
        notify_kind=notices.NOTIFY_JOB if is_told else "",
    )
    if is_late:
        raise Overtaken
    if not number:
        raise topic_locked()
    if is_told:
        wiring.turns.hint(actor.tenant_id)
    await wiring.stamps.added(actor.tenant_id, [topic_id])
    return replace(post, number=number)


class Overtaken(Exception):
    """The same request has posted the same while this one was on its way; nobody outside hears of it."""
