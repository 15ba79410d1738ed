"""Takes over how chats were rated in the chats themselves, as answers to the one survey that the platform makes.

The rating stands beside its chat, and there whoever reads the chat sees it. Here it is one of many, and leaves in full
groups only, like every answer.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from parley.survey.v1 import answering_pb2
from parley.survey.v1.answering_pb2 import Answer
from parley.survey.v1.definition_pb2 import Targeting
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.privacy.surveys import REPLACE_MINUTES
from services.survey.actions import batches
from services.survey.actions.answering import SUBMITTED
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain import ages, ratings
from services.survey.domain.answers import take
from services.survey.domain.definitions import content_hash
from services.survey.domain.surveys import PUBLISHED, Occasion, Survey, Version, day_of
from services.survey.store import responses as store
from services.survey.store import surveys as survey_store


async def take_rating(actor: Actor, wiring: Wiring, occasion: Occasion, rating: int) -> None:
    """Keeps a chat's rating in the place of the one before, or takes it back by 0; what was counted stays counted."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    name = wiring.sealing.rating_mac(actor.tenant_id, occasion.conversation_id)
    person = wiring.sealing.mac_of_person(actor.tenant_id, occasion.visitor_id)
    minutes: int = await wiring.settings.get(actor.tenant_id, REPLACE_MINUTES)
    until = now + timedelta(minutes=minutes)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.take_turns(connection, [name, person])
        if await store.find_spent(connection, tenant_id, [person]):
            # Nothing is taken from somebody who was refused for the age, whatever was under way.
            return
        before = await store.find_by_invitation(connection, tenant_id, name)
        if before is not None and before.is_counted:
            return
        if not rating:
            await store.delete_response(connection, tenant_id, name, now)
            return
        survey = await _survey(connection, wiring, tenant_id)
        response = store.Response(
            id=ids.random_uuid() if before is None else before.id,
            survey_id=ids.to_uuid(survey.id, "srv"),
            version_id=ids.to_uuid(survey.version_id, "svv"),
            invitation_mac=name,
            visitor_id=ids.to_uuid(occasion.visitor_id, "vis"),
            day=day_of(now),
            site_id=ids.to_uuid(occasion.site_id, "sit") if occasion.site_id else None,
            team_id=ids.to_uuid(occasion.team_id, "tea") if occasion.team_id else None,
            tags=sorted(set(occasion.tags)),
            language=occasion.language.lower() or ratings.ASKED.language,
            channel=answering_pb2.CHANNEL_WIDGET,
            age_band=ages.NONE,
            wants_follow_up=False,
            replace_until_time=until if before is None else before.replace_until_time,
        )
        taken = take(ratings.ASKED, [Answer(question_id=ratings.QUESTION, number=rating)], has_pass=False)
        if before is None:
            await store.add_response(connection, tenant_id, response, taken, until)
            attributes = {"survey_id": survey.id}
            await wiring.outbox.append(connection, SUBMITTED, tenant_id=actor.tenant_id, now=now, attributes=attributes)
        else:
            await store.replace_response(connection, tenant_id, response, taken, until)
        await batches.schedule(connection, wiring, actor.tenant_id, now)
        await wiring.retention.schedule(connection, actor.tenant_id, now)


async def _survey(connection: AsyncConnection, wiring: Wiring, tenant_id: UUID) -> Survey:
    known = await survey_store.find_rating_survey(connection, tenant_id)
    if known is not None:
        return known
    now, hashed = wiring.clock.now(), content_hash(ratings.ASKED)
    survey_id, version_id = ids.new_id("srv"), ids.new_id("svv")
    survey = Survey(
        id=survey_id,
        state=PUBLISHED,
        title=ratings.ASKED.title,
        draft=ratings.ASKED,
        draft_hash=hashed,
        published_hash=hashed,
        targeting=Targeting(),
        version_id=version_id,
        version_number=1,
        create_time=now,
        update_time=now,
        revision=1,
        is_rating=True,
    )
    version = Version(
        id=version_id,
        survey_id=survey_id,
        number=1,
        definition=ratings.ASKED,
        content_hash=hashed,
        publish_time=now,
    )
    if await survey_store.add_rating_survey(connection, tenant_id, survey, version):
        return survey
    # Another chat was rated at the same moment, and was first.
    made = await survey_store.find_rating_survey(connection, tenant_id)
    assert made is not None
    return made
