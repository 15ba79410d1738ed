"""Checks ages, takes answers, and takes them back. Nothing is kept before the age check passed where one applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from parley.subject.v1 import subject_pb2
from parley.survey.v1.answering_pb2 import Answer
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import ParleyError
from kernel.events import EventType, an_id
from kernel.identity import Actor, Subject
from kernel.jobs import Job
from kernel.privacy.age import is_minor, refuse_minor
from kernel.privacy.surveys import REPLACE_MINUTES
from kernel.telemetry import logs
from services.survey.actions import batches, contacts
from services.survey.actions.offering import names_of, visitor_of
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain import ages
from services.survey.domain.answers import take
from services.survey.domain.definitions import asks_age
from services.survey.domain.invitations import (
    PASS_GOOD,
    AgePass,
    Invitation,
    InvitationUsed,
    PassWrong,
    SurveyClosed,
    SurveyRefused,
)
from services.survey.domain.surveys import CLOSED, day_of
from services.survey.store import contacts as contact_store
from services.survey.store import responses as store
from services.survey.store import surveys as survey_store

#: A response came. Whoever may read it does so through the row surface; the event leads to nobody, and to no response,
#: of which it would tell the moment.
SUBMITTED = EventType("response.submitted", {"survey_id": an_id("srv")})
REFUSE_JOB = "age.refuse"
#: What is refused at once is refused once more after so long, unless that was done.
_AGAIN = timedelta(seconds=30)

_log = logs.get("survey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of somebody's answers."""

    kept: int
    dropped: int
    replace_until_time: datetime
    replaced: bool


async def check_age(actor: Actor, wiring: Wiring, text: str, age: int) -> str:
    """Returns a pass for one response; somebody under the limit is refused, now and later on, and leaves nothing.

    That the invitation and the session are good for nothing any more is kept before anything else is done, so that
    whatever fails after it, no answer comes in.
    """
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    invitation = wiring.sealing.open(actor.tenant_id, text, now)
    names = names_of(wiring, actor, invitation)
    visitor = visitor_of(actor, invitation)
    subject = _subject_of(actor.tenant_id, visitor, wiring.sealing.mac_of(invitation))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.take_turns(connection, names)
        if await store.find_spent(connection, tenant_id, names) == store.REFUSED:
            raise SurveyRefused
        if not is_minor(age):
            await _open_to_answers(connection, tenant_id, invitation)
            await store.count(connection, tenant_id, invitation.survey_id, store.AGE_PASSED)
            return wiring.sealing.seal_pass(
                actor.tenant_id,
                AgePass(nonce=invitation.nonce, band=ages.band_of(age), expire_time=now + PASS_GOOD),
            )
        await store.add_spent(connection, tenant_id, names, store.REFUSED, day_of(now))
        await store.delete_response(connection, tenant_id, names[0], now)
        macs = [_contact(wiring, invitation, each, names[0]) for each in {visitor, ""}]
        await contact_store.delete_by_macs(connection, tenant_id, macs, now)
        await wiring.jobs.enqueue(
            connection,
            REFUSE_JOB,
            tenant_id=actor.tenant_id,
            now=now,
            due=now + _AGAIN,
            key=subject.id,
            arguments={"kind": subject.kind, "subject_id": subject.id, "site_id": invitation.site_id},
        )
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    await _refuse(wiring, subject, invitation.site_id)
    raise SurveyRefused


def _subject_of(tenant_id: str, visitor_id: str, invitation_mac: bytes) -> Subject:
    if visitor_id:
        return Subject(tenant_id=tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
    # Somebody whom nobody knows is counted once by a name that leads nowhere.
    name = ids.from_uuid("rsp", UUID(bytes=invitation_mac[:16]))
    return Subject(tenant_id=tenant_id, kind=subject_pb2.SUBJECT_KIND_RESPONDENT, id=name)


async def _refuse(wiring: Wiring, subject: Subject, site_id: str) -> None:
    try:
        await refuse_minor(wiring.channels, subject, site_id=site_id)
    except ParleyError as error:
        # The job goes on until it is done.
        _log.error("refusal put off", reason=error.reason)
        return
    async with wiring.database.transaction(subject.tenant_id) as connection:
        await wiring.jobs.cancel(connection, REFUSE_JOB, subject.id)


async def refuse_again(wiring: Wiring, job: Job) -> None:
    """Refuses somebody whose refusal could not be carried out at once."""
    told = job.arguments
    subject = Subject(tenant_id=job.tenant_id, kind=int(told["kind"]), id=str(told["subject_id"]))
    await refuse_minor(wiring.channels, subject, site_id=str(told["site_id"]))


async def _open_to_answers(connection: AsyncConnection, tenant_id: UUID, invitation: Invitation) -> None:
    survey = await survey_store.get_survey(connection, tenant_id, invitation.survey_id)
    if survey.state == CLOSED:
        raise SurveyClosed


def _band(wiring: Wiring, invitation: Invitation, text: str, now: datetime) -> int:
    if not text:
        return ages.NONE
    age_pass = wiring.sealing.open_pass(invitation.tenant_id, text)
    if age_pass is None or age_pass.nonce != invitation.nonce or age_pass.expire_time <= now:
        raise PassWrong
    return age_pass.band


async def submit_response(
    actor: Actor,
    wiring: Wiring,
    text: str,
    age_pass: str,
    answers: Sequence[Answer],
    *,
    wants_follow_up: bool,
    language: str,
) -> Kept:
    """Keeps the answers to an invitation, in the place of those that were sent before; raises and keeps nothing where
    they cannot be taken."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    invitation = wiring.sealing.open(actor.tenant_id, text, now)
    names, visitor = names_of(wiring, actor, invitation), visitor_of(actor, invitation)
    minutes: int = await wiring.settings.get(actor.tenant_id, REPLACE_MINUTES)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.take_turns(connection, names)
        why = await store.find_spent(connection, tenant_id, names)
        if why:
            raise SurveyRefused if why == store.REFUSED else InvitationUsed
        await _open_to_answers(connection, tenant_id, invitation)
        version = await survey_store.get_version(connection, tenant_id, invitation.version_id)
        assert version.definition is not None
        band = _band(wiring, invitation, age_pass, now)
        before = await store.find_by_invitation(connection, tenant_id, names[0])
        if before is not None and (before.replace_until_time is None or before.replace_until_time <= now):
            raise InvitationUsed
        taken = take(version.definition, answers, has_pass=band != ages.NONE or not asks_age(version.definition))
        until = now + timedelta(minutes=minutes) if before is None else before.replace_until_time
        assert until is not None
        if not taken.count:
            # Whoever says nothing leaves nothing, and takes away what was said before.
            await store.delete_response(connection, tenant_id, names[0], now)
            return Kept(kept=0, dropped=taken.dropped, replace_until_time=until, replaced=before is not None)
        response = store.Response(
            id=ids.random_uuid() if before is None else before.id,
            survey_id=ids.to_uuid(invitation.survey_id, "srv"),
            version_id=ids.to_uuid(invitation.version_id, "svv"),
            invitation_mac=names[0],
            visitor_id=ids.to_uuid(visitor, "vis") if visitor else None,
            day=day_of(now),
            site_id=ids.to_uuid(invitation.site_id, "sit") if invitation.site_id else None,
            team_id=ids.to_uuid(invitation.team_id, "tea") if invitation.team_id else None,
            tags=list(invitation.tags),
            language=(language or invitation.language or version.definition.language).lower(),
            channel=invitation.channel,
            age_band=band,
            # Who leaves no address cannot be answered, whatever is ticked.
            wants_follow_up=wants_follow_up and bool(taken.email),
            replace_until_time=until,
        )
        if before is None:
            await store.add_response(connection, tenant_id, response, taken, until)
            await wiring.outbox.append(
                connection,
                SUBMITTED,
                tenant_id=actor.tenant_id,
                now=now,
                attributes={"survey_id": invitation.survey_id},
            )
        else:
            await store.replace_response(connection, tenant_id, response, taken, until)
        await contacts.schedule(connection, wiring, actor.tenant_id, now)
        await batches.schedule(connection, wiring, actor.tenant_id, now)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    return Kept(kept=taken.count, dropped=taken.dropped, replace_until_time=until, replaced=before is not None)


async def withdraw_response(actor: Actor, wiring: Wiring, text: str) -> None:
    """Deletes what was answered to an invitation, which is then used up."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    invitation = wiring.sealing.open(actor.tenant_id, text, now)
    names = names_of(wiring, actor, invitation)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.take_turns(connection, names)
        if await store.delete_response(connection, tenant_id, names[0], now):
            await store.add_spent(connection, tenant_id, names[:1], store.WITHDRAWN, day_of(now))
            mac = _contact(wiring, invitation, visitor_of(actor, invitation), names[0])
            await contact_store.delete_by_macs(connection, tenant_id, [mac], now)


def _contact(wiring: Wiring, invitation: Invitation, visitor_id: str, name: bytes) -> bytes:
    return wiring.sealing.contact_mac(invitation.tenant_id, invitation.survey_id, visitor_id, name)
