"""Counts responses into tallies, batch by batch, and reads the tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.survey.domain.disclosure import Tally
from services.survey.store.tables import batches, counters, responses, tallies

_r, _t = responses.c, tallies.c
_ADD = """
INSERT INTO survey.tallies (tenant_id, survey_id, dimension, within, question, value, count)
SELECT CAST(:tenant AS uuid), CAST(:survey AS uuid), n.dimension, n.within, n.question, n.value, n.count
FROM ({found}) n
ORDER BY n.dimension, n.within, n.question, n.value
ON CONFLICT (tenant_id, survey_id, dimension, within, question, value)
DO UPDATE SET count = survey.tallies.count + excluded.count
"""
# Every response of the batch in each value of each dimension that it has, and in the whole.
_PLACED = """
WITH batch AS MATERIALIZED (
  SELECT r.id, r.site_id, r.team_id, r.tags, r.language, r.channel, r.age_band FROM survey.responses r
  WHERE r.tenant_id = CAST(:tenant AS uuid) AND r.id = ANY (CAST(:ids AS uuid[]))
), placed AS MATERIALIZED (
  SELECT b.id, d.dimension, d.within FROM batch b CROSS JOIN LATERAL (
    VALUES ('', ''), ('site', coalesce(b.site_id::text, '')), ('team', coalesce(b.team_id::text, '')),
      ('language', split_part(lower(b.language), '-', 1)), ('channel', b.channel::text),
      ('month', CAST(:month AS text)), ('age', b.age_band::text)
    UNION ALL SELECT 'tag', t.tag FROM unnest(b.tags) AS t(tag)
  ) AS d(dimension, within)
), counted AS MATERIALIZED (
  SELECT a.response_id, coalesce(q.counted_as, a.question_id) AS question, coalesce(v.counted_as, a.value) AS value
  FROM survey.answers a
  LEFT JOIN survey.meanings q ON q.tenant_id = a.tenant_id AND q.survey_id = CAST(:survey AS uuid)
    AND q.id = a.question_id
  LEFT JOIN survey.meanings v ON v.tenant_id = a.tenant_id AND v.survey_id = CAST(:survey AS uuid)
    AND v.id = a.value
  WHERE a.tenant_id = CAST(:tenant AS uuid) AND a.response_id = ANY (CAST(:ids AS uuid[]))
)
"""
_WHOLES = _PLACED + _ADD.format(
    found="""
    SELECT dimension, within, '' AS question, '' AS value, count(*) AS count FROM placed GROUP BY 1, 2
    UNION ALL
    SELECT p.dimension, p.within, c.question, c.value, count(*) FROM placed p JOIN counted c ON c.response_id = p.id
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT p.dimension, p.within, c.question, '', count(DISTINCT c.response_id)
    FROM placed p JOIN counted c ON c.response_id = p.id
    WHERE c.question = ANY (CAST(:several AS text[])) GROUP BY 1, 2, 3
    UNION ALL
    SELECT one.question, one.value, other.question, other.value, count(*)
    FROM counted one JOIN counted other ON other.response_id = one.response_id
      AND array_position(CAST(:crossed AS text[]), one.question)
        < array_position(CAST(:crossed AS text[]), other.question)
    GROUP BY 1, 2, 3, 4
    """
)


async def take_uncounted(
    connection: AsyncConnection, tenant_id: UUID, survey_id: UUID, now: datetime, limit: int
) -> list[UUID]:
    """Returns responses that nobody counted yet and that stay as they are, and holds them."""
    query = (
        select(_r.id)
        .where(
            _r.tenant_id == tenant_id,
            _r.survey_id == survey_id,
            # Said so, and not as IS FALSE, it is what the partial index is of.
            ~_r.is_counted,
            _r.replace_until_time <= now,
        )
        .order_by(_r.id)
        .limit(limit)
        .with_for_update()
    )
    return list((await connection.execute(query)).scalars())


async def count_batch(
    connection: AsyncConnection,
    tenant_id: UUID,
    survey_id: UUID,
    batch: Sequence[UUID],
    *,
    batch_id: UUID,
    crossed: Sequence[str],
    several: Sequence[str],
    now: datetime,
) -> None:
    """Counts a batch, once: `crossed` are the questions that are counted by one another, `several` those with several
    choices, of which it is counted as well how many answered."""
    await connection.execute(
        text(_WHOLES),
        {
            "tenant": tenant_id,
            "survey": survey_id,
            "ids": list(batch),
            "month": f"{now:%Y-%m}",
            "crossed": list(crossed),
            "several": list(several),
        },
    )
    await connection.execute(
        update(responses)
        .where(_r.tenant_id == tenant_id, _r.id.in_(batch))
        .values(is_counted=True, replace_until_time=None)
    )
    await connection.execute(
        insert(batches).values(tenant_id=tenant_id, id=batch_id, survey_id=survey_id, size=len(batch), seal_time=now)
    )
    await connection.execute(
        update(counters)
        .where(counters.c.tenant_id == tenant_id, counters.c.survey_id == survey_id)
        .values(sealed_count=counters.c["count"])
    )


async def list_waiting_surveys(connection: AsyncConnection, tenant_id: UUID) -> list[UUID]:
    """Returns the surveys with responses that nobody counted yet."""
    query = select(_r.survey_id).where(_r.tenant_id == tenant_id, ~_r.is_counted).distinct()
    return list((await connection.execute(query)).scalars())


async def list_tallies(connection: AsyncConnection, tenant_id: UUID, survey_id: UUID) -> list[Tally]:
    """Returns all tallies of a survey."""
    query = select(_t.dimension, _t.within, _t.question, _t.value, _t["count"]).where(
        _t.tenant_id == tenant_id, _t.survey_id == survey_id
    )
    return [
        Tally(dimension=dimension, within=within, question=question, value=value, count=count)
        for dimension, within, question, value, count in await connection.execute(query)
    ]


async def sealed_counters(connection: AsyncConnection, tenant_id: UUID, survey_id: UUID) -> dict[int, int]:
    """Returns the bare counters as they stood when the newest batch was sealed, by stage."""
    query = select(counters.c.stage, counters.c.sealed_count).where(
        counters.c.tenant_id == tenant_id, counters.c.survey_id == survey_id
    )
    return {row.stage: row.sealed_count for row in await connection.execute(query)}


async def last_seal(connection: AsyncConnection, tenant_id: UUID, survey_id: UUID) -> datetime | None:
    """Returns when the newest batch was sealed."""
    query = select(func.max(batches.c.seal_time)).where(
        batches.c.tenant_id == tenant_id, batches.c.survey_id == survey_id
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found
