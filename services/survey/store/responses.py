"""Reads and writes responses, and what tells that an invitation is good for nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import leftovers
from services.survey.domain.answers import Taken
from services.survey.store.tables import answers, counters, metadata, responses, spent, texts, waiting_contacts

REFUSED, WITHDRAWN = 1, 2
OFFERED, OPENED, AGE_PASSED = 1, 2, 3
_r, _a, _t = responses.c, answers.c, texts.c
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('survey ' || :key, 0))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One person's response, without its answers."""

    id: UUID
    survey_id: UUID
    version_id: UUID
    invitation_mac: bytes = field(repr=False)
    visitor_id: UUID | None
    day: datetime
    site_id: UUID | None
    team_id: UUID | None
    tags: Sequence[str]
    language: str
    channel: int
    age_band: int
    wants_follow_up: bool
    replace_until_time: datetime | None
    is_counted: bool = False


async def take_turns(connection: AsyncConnection, macs: Sequence[bytes]) -> None:
    """Lets whoever comes with the same invitation or session wait until the transaction ends."""
    for mac in sorted(macs):
        await connection.execute(_LOCK, {"key": mac.hex()})


async def find_spent(connection: AsyncConnection, tenant_id: UUID, macs: Sequence[bytes]) -> int:
    """Returns why an invitation or a session is good for nothing any more, or 0; being refused comes first."""
    query = select(func.min(spent.c.kind)).where(spent.c.tenant_id == tenant_id, spent.c.mac.in_(macs))
    return int((await connection.execute(query)).scalar() or 0)


async def add_spent(
    connection: AsyncConnection, tenant_id: UUID, macs: Sequence[bytes], kind: int, day: datetime
) -> None:
    """Notes that invitations or sessions are good for nothing any more. What was refused stays refused."""
    row = upsert(spent)
    await connection.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "mac"], set_={"kind": func.least(spent.c.kind, row.excluded.kind)}
        ),
        [{"tenant_id": tenant_id, "mac": mac, "kind": kind, "day": day} for mac in macs],
    )


async def count(connection: AsyncConnection, tenant_id: UUID, survey_id: str, stage: int) -> None:
    """Counts that a survey was offered or opened, or that an age passed; nothing says whose."""
    row = upsert(counters).values(
        tenant_id=tenant_id, survey_id=ids.to_uuid(survey_id, "srv"), stage=stage, count=1, sealed_count=0
    )
    await connection.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "survey_id", "stage"], set_={"count": counters.c["count"] + 1}
        )
    )


async def find_by_invitation(connection: AsyncConnection, tenant_id: UUID, mac: bytes) -> Response | None:
    """Returns the response to an invitation, or None."""
    query = select(responses).where(_r.tenant_id == tenant_id, _r.invitation_mac == mac)
    row = (await connection.execute(query.with_for_update())).one_or_none()
    return None if row is None else response_of(row)


def response_of(row: Row[Any]) -> Response:
    """Reads a row of responses."""
    return Response(
        id=row.id,
        survey_id=row.survey_id,
        version_id=row.version_id,
        invitation_mac=row.invitation_mac,
        visitor_id=row.visitor_id,
        day=row.day,
        site_id=row.site_id,
        team_id=row.team_id,
        tags=row.tags,
        language=row.language,
        channel=row.channel,
        age_band=row.age_band,
        wants_follow_up=row.wants_follow_up,
        replace_until_time=row.replace_until_time,
        is_counted=row.is_counted,
    )


async def add_response(
    connection: AsyncConnection, tenant_id: UUID, response: Response, taken: Taken, contact_due: datetime
) -> None:
    """Adds a response with its answers."""
    values = {name: getattr(response, name) for name in Response.__dataclass_fields__}
    await connection.execute(insert(responses).values(tenant_id=tenant_id, **values))
    await _add_answers(connection, tenant_id, response, taken, contact_due)


async def replace_response(
    connection: AsyncConnection, tenant_id: UUID, response: Response, taken: Taken, contact_due: datetime
) -> None:
    """Puts other answers in the place of those that a response has."""
    for table in (answers, texts, waiting_contacts):
        await connection.execute(
            delete(table).where(table.c.tenant_id == tenant_id, table.c.response_id == response.id)
        )
    await leftovers.mark(connection, metadata, ["answers", "texts", "waiting_contacts"], response.day)
    await connection.execute(
        update(responses)
        .where(_r.tenant_id == tenant_id, _r.id == response.id)
        .values(language=response.language, age_band=response.age_band, wants_follow_up=response.wants_follow_up)
    )
    await _add_answers(connection, tenant_id, response, taken, contact_due)


async def _add_answers(
    connection: AsyncConnection, tenant_id: UUID, response: Response, taken: Taken, contact_due: datetime
) -> None:
    shared: dict[str, Any] = {"tenant_id": tenant_id, "response_id": response.id}
    values = [
        shared | {"question_id": question, "value": value}
        for question, found in taken.values.items()
        for value in found
    ]
    if values:
        await connection.execute(insert(answers), values)
    words = [
        shared
        | {
            "id": ids.random_uuid(),
            "survey_id": response.survey_id,
            "question_id": question,
            "text": said,
            "tags": [],
            "day": response.day,
        }
        for question, said in taken.words.items()
    ]
    if words:
        await connection.execute(insert(texts), words)
    if taken.email:
        await connection.execute(insert(waiting_contacts).values(**shared, email=taken.email, due_time=contact_due))


async def delete_response(connection: AsyncConnection, tenant_id: UUID, mac: bytes, now: datetime) -> bool:
    """Deletes the response to an invitation with all that belongs to it; False where there is none."""
    gone = await connection.execute(delete(responses).where(_r.tenant_id == tenant_id, _r.invitation_mac == mac))
    if gone.rowcount:
        await leftovers.mark(connection, metadata, ["responses", "answers", "texts", "waiting_contacts"], now)
    return gone.rowcount > 0
