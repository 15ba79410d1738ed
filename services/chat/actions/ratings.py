"""Keeps how visitors rate their chats, beside the chats, and has surveys count it among those of others."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from parley.survey.v1 import answering_pb2, rating_pb2

from kernel import ids
from kernel.identity import Actor
from kernel.jobs import Job
from kernel.privacy.surveys import ASK_RATING, REPLACE_MINUTES
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.occasions import invitation_to
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation
from services.chat.domain.rating import NotToBeRated, asks_rating, rate
from services.chat.store import conversations

JOB = "rating.count"


async def may_rate(wiring: Wiring, tenant_id: str, conversation: Conversation, now: datetime) -> bool:
    """Says whether the visitor of a chat is asked to rate it now."""
    if not await wiring.settings.get(tenant_id, ASK_RATING):
        return False
    return asks_rating(conversation, await _changeable(wiring, tenant_id), now)


async def rate_conversation(
    actor: Actor, wiring: Wiring, conversation_id: UUID, rating: int
) -> tuple[Conversation, datetime]:
    """Keeps a rating, or takes it back by 0; returns the chat, and until when the rating may be changed."""
    kept, changeable = await wiring.kept_for(actor.tenant_id), await _changeable(wiring, actor.tenant_id)
    is_asked, now = await wiring.settings.get(actor.tenant_id, ASK_RATING), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True)
        current = domain.check_read(viewer_of(actor), found, now)
        # What was said may be taken back whatever is asked by now.
        if rating and not is_asked:
            raise NotToBeRated
        changed = rate(current, rating, changeable, now)
        if changed != current:
            await conversations.save_conversation(connection, changed)
            # One job for each change: one that runs already may have read what stood there before.
            await wiring.jobs.enqueue(
                connection,
                JOB,
                tenant_id=actor.tenant_id,
                now=now,
                arguments={"conversation_id": ids.from_uuid("cnv", changed.id)},
            )
    if changed != current:
        wiring.hub.state_changed(changed.tenant_id, [changed.id])
    return changed, (changed.rate_time or now) + changeable


async def count_rating(wiring: Wiring, job: Job) -> None:
    """Tells surveys how a chat is rated by now; the chat is held meanwhile, so that what is told last stood last."""
    conversation_id = ids.to_uuid(str(job.arguments["conversation_id"]), "cnv")
    tenant_id, kept = ids.to_uuid(job.tenant_id, "ten"), await wiring.kept_for(job.tenant_id)
    async with wiring.database.transaction(job.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        if found is None or found.erase_time is not None:
            # Surveys forget by themselves whom chat has forgotten.
            return
        told = invitation_to(found, answering_pb2.CHANNEL_WIDGET)
        request = rating_pb2.TakeRatingRequest(occasion=told.occasion, language=told.language, rating=found.rating)
        await wiring.peers.take_rating(job.tenant_id, request)


async def _changeable(wiring: Wiring, tenant_id: str) -> timedelta:
    minutes: int = await wiring.settings.get(tenant_id, REPLACE_MINUTES)
    return timedelta(minutes=minutes)
