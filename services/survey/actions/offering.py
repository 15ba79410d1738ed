"""Offers surveys and opens them. Whoever ignores an offer leaves a bare count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from parley.options.v1 import access_pb2
from parley.survey.v1 import answering_pb2
from parley.survey.v1.answering_pb2 import Answer
from parley.survey.v1.definition_pb2 import Definition
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Actor
from kernel.privacy.retention import SURVEY_ANSWER_DAYS, SURVEY_CONTACT_DAYS
from services.survey.actions.sealing import fresh_nonce
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain.answers import shown_to
from services.survey.domain.definitions import asks_age, in_language
from services.survey.domain.invitations import GOOD, Invitation, SurveyClosed, SurveyRefused
from services.survey.domain.questions import questions_of
from services.survey.domain.surveys import CLOSED, PUBLISHED, Occasion, Survey, is_meant, no_such_survey
from services.survey.store import responses as response_store
from services.survey.store import surveys as store

_OFFERED_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An invitation and what it is to."""

    invitation: str = ""
    title: str = ""
    question_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an invitation asks."""

    definition: Definition
    version_id: str
    needs_age: bool
    is_answered: bool
    replace_until_time: datetime | None
    kept_days: int
    texts_kept_days: int
    is_of_visitor: bool


def occasion_of(actor: Actor, language: str) -> Occasion:
    """Returns what is known of where somebody is, by the token alone."""
    if actor.has(access_pb2.CALLER_VISITOR):
        return Occasion(
            site_id=actor.site_id,
            language=language,
            visitor_id=actor.subject_id,
            conversation_id=actor.conversation_id,
        )
    return Occasion(site_id=actor.site_id, language=language)


def channel_of(actor: Actor) -> int:
    """Returns the way by which somebody comes by themselves."""
    is_visitor = actor.has(access_pb2.CALLER_VISITOR)
    return answering_pb2.CHANNEL_WIDGET if is_visitor else answering_pb2.CHANNEL_PAGE


async def offer_survey(
    actor: Actor,
    wiring: Wiring,
    survey_id: str,
    channel: int,
    occasion: Occasion,
    *,
    offered_before: datetime | None = None,
) -> Offer:
    """Returns an invitation to the survey that is asked for, or to the one that is meant; nothing where none is.

    One that was offered before keeps its end and is counted no more, and is nothing once its answers are final.
    """
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    expire_time = (offered_before or now) + GOOD
    if expire_time <= now:
        return Offer()
    key = occasion.conversation_id or occasion.invitation_key
    drawn = key or fresh_nonce()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        survey = None
        if survey_id:
            survey = await store.get_survey(connection, tenant_id, survey_id)
            # A draft is nobody's but its authors', and what a chat asks itself is asked in chats only.
            if survey.state != PUBLISHED or survey.is_rating:
                raise no_such_survey()
            survey = replace(survey, draft=None)
        else:
            offered = await store.list_offered(connection, tenant_id, _OFFERED_AT_MOST)
            survey = next((each for each in offered if _fits(wiring, actor, each, occasion, drawn)), None)
        if survey is None:
            return Offer()
        if occasion.visitor_id:
            # Whoever was refused for the age is asked nothing more.
            name = wiring.sealing.mac_of_person(actor.tenant_id, occasion.visitor_id)
            if await response_store.find_spent(connection, tenant_id, [name]):
                return Offer()
        version = await store.get_version(connection, tenant_id, survey.version_id)
        nonce = wiring.sealing.nonce_of(actor.tenant_id, key, survey.id) if key else fresh_nonce()
        if offered_before is None:
            await response_store.count(connection, tenant_id, survey.id, response_store.OFFERED)
        elif await _is_over(connection, wiring, actor, nonce, now):
            return Offer()
    assert version.definition is not None
    invitation = Invitation(
        tenant_id=actor.tenant_id,
        survey_id=survey.id,
        version_id=version.id,
        nonce=nonce,
        channel=channel,
        language=occasion.language,
        expire_time=expire_time,
        site_id=occasion.site_id,
        team_id=occasion.team_id,
        tags=tuple(sorted(set(occasion.tags))),
        visitor_id=occasion.visitor_id,
    )
    return Offer(
        invitation=wiring.sealing.seal(invitation),
        title=in_language(version.definition, occasion.language).title,
        question_count=sum(1 for _ in questions_of(version.definition)),
    )


async def _is_over(connection: AsyncConnection, wiring: Wiring, actor: Actor, nonce: str, now: datetime) -> bool:
    """Says whether an invitation is good for nothing any more: it was refused, taken back, or answered for good."""
    mac = wiring.sealing.mac_of_nonce(actor.tenant_id, nonce)
    if await response_store.find_spent(connection, tenant_of(actor), [mac]):
        return True
    given = await response_store.find_by_invitation(connection, tenant_of(actor), mac)
    return given is not None and (given.replace_until_time is None or given.replace_until_time <= now)


def _fits(wiring: Wiring, actor: Actor, survey: Survey, occasion: Occasion, drawn: str) -> bool:
    return is_meant(survey.targeting, occasion, wiring.sealing.draw(actor.tenant_id, drawn, survey.id))


async def open_survey(actor: Actor, wiring: Wiring, text: str, language: str, *, is_again: bool = False) -> Opened:
    """Returns what an invitation asks, in the reader's language; once more on the same way, it is counted no more."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    invitation = wiring.sealing.open(actor.tenant_id, text, now)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        survey = await store.get_survey(connection, tenant_id, invitation.survey_id)
        if survey.state == CLOSED:
            raise SurveyClosed
        if await response_store.find_spent(connection, tenant_id, names_of(wiring, actor, invitation)) == 1:
            raise SurveyRefused
        version = await store.get_version(connection, tenant_id, invitation.version_id)
        given = await response_store.find_by_invitation(connection, tenant_id, wiring.sealing.mac_of(invitation))
        if not is_again:
            await response_store.count(connection, tenant_id, invitation.survey_id, response_store.OPENED)
    assert version.definition is not None
    return Opened(
        definition=in_language(version.definition, language or invitation.language),
        version_id=version.id,
        needs_age=asks_age(version.definition),
        is_answered=given is not None,
        replace_until_time=given.replace_until_time if given is not None else None,
        kept_days=await wiring.settings.get(actor.tenant_id, SURVEY_ANSWER_DAYS),
        texts_kept_days=await wiring.settings.get(actor.tenant_id, SURVEY_CONTACT_DAYS),
        is_of_visitor=bool(visitor_of(actor, invitation)),
    )


async def list_shown(actor: Actor, wiring: Wiring, text: str, answers: Iterable[Answer]) -> list[str]:
    """Returns the questions that are shown to whoever answered so."""
    invitation = wiring.sealing.open(actor.tenant_id, text, wiring.clock.now())
    async with wiring.database.transaction(actor.tenant_id) as connection:
        version = await store.get_version(connection, tenant_of(actor), invitation.version_id)
    assert version.definition is not None
    return shown_to(version.definition, answers)


def visitor_of(actor: Actor, invitation: Invitation) -> str:
    """Returns the visitor to whom a response belongs; nothing for somebody whom nobody knows."""
    if invitation.visitor_id:
        return invitation.visitor_id
    return actor.subject_id if actor.has(access_pb2.CALLER_VISITOR) else ""


def names_of(wiring: Wiring, actor: Actor, invitation: Invitation) -> list[bytes]:
    """Returns the names under which an invitation, and the session that comes with it, may have been refused."""
    names = [wiring.sealing.mac_of(invitation)]
    visitors = {invitation.visitor_id, actor.subject_id if actor.subject_id.startswith("vis_") else ""} - {""}
    return names + [wiring.sealing.mac_of_person(actor.tenant_id, each) for each in sorted(visitors)]
