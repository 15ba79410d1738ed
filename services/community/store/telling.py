"""Reads who is to be told of posts, and writes what they are told, for many posts in a statement each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.jobs import READY
from kernel.storage.statements import Statement
from services.community.domain.notices import FOLLOWING, MUTED, OFF
from services.community.domain.posts import SHOWN
from services.community.domain.spaces import GROUP, JOINED

# What another runner has claimed already it keeps; what nobody has is taken by whoever deletes it.
_TAKE = Statement(
    f"""
    WITH waiting AS (
      SELECT j.id FROM community.jobs j
      WHERE j.tenant_id = :tenant AND j.kind = :kind AND j.state = {READY} AND j.attempts = 0 AND j.due_time <= :now
      ORDER BY j.id LIMIT :most FOR UPDATE SKIP LOCKED
    ), taken AS (
      DELETE FROM community.jobs j USING waiting w WHERE j.tenant_id = :tenant AND j.id = w.id RETURNING j.arguments
    )
    SELECT t.arguments ->> 'post_id' AS post_id FROM taken t
    """  # noqa: S608 - A number of ours.
)
_POSTS = Statement(
    f"""
    SELECT p.id, p.topic_id, t.space_id, p.number, p.author_id,
      CASE WHEN p.body LIKE '%@%' THEN p.body ELSE '' END AS body
    FROM community.posts p JOIN community.topics t ON t.tenant_id = p.tenant_id AND t.id = p.topic_id
    WHERE p.tenant_id = :tenant AND p.id = ANY (CAST(:posts AS uuid[])) AND p.author_id IS NOT NULL
      AND p.state IN ({", ".join(map(str, sorted(SHOWN)))})
    ORDER BY p.id
    """  # noqa: S608 - Numbers of ours.
)
_FOLLOWED = f"u.tenant_id = :tenant AND u.level = {FOLLOWING}"
_HEARING = f"""
SELECT w.*, m.mail_mode, (s.visibility <> {GROUP} OR EXISTS (
    SELECT FROM community.memberships b WHERE b.tenant_id = :tenant AND b.space_id = s.id AND b.member_id = m.id
      AND b.state = {JOINED}
  )) AND NOT EXISTS (
    SELECT FROM community.subscriptions d WHERE d.tenant_id = :tenant AND d.member_id = m.id
      AND d.place_id IN (p.topic_id, p.space_id) AND d.level = {MUTED}
  ) AND NOT EXISTS (
    SELECT FROM community.relations r WHERE r.tenant_id = :tenant AND r.member_id = m.id AND r.other_id = p.author_id
  ) AS hears
FROM w JOIN p ON p.id = w.post_id
JOIN community.members m ON m.tenant_id = :tenant AND m.id = w.member_id
JOIN community.spaces s ON s.tenant_id = :tenant AND s.id = p.space_id
ORDER BY w.post_id, w.member_id
"""  # noqa: S608 - Numbers of ours.
_GIVEN = """
SELECT * FROM unnest(CAST(:posts AS uuid[]), CAST(:topics AS uuid[]), CAST(:spaces AS uuid[]),
  CAST(:numbers AS integer[]), CAST(:authors AS uuid[])) AS g(id, topic_id, space_id, number, author_id)
"""
# Whoever follows a topic already has seen how it began.
_FOLLOWERS = Statement(
    f"""
    WITH p AS MATERIALIZED ({_GIVEN}), w AS MATERIALIZED (
      SELECT f.post_id, f.member_id FROM (
        SELECT p.id AS post_id, u.member_id FROM p JOIN community.subscriptions u ON u.place_id = p.topic_id
        WHERE {_FOLLOWED} AND p.number > 1
        UNION ALL
        SELECT p.id, u.member_id FROM p JOIN community.subscriptions u ON u.place_id = p.space_id
        WHERE {_FOLLOWED} AND p.number = 1
      ) f WHERE (f.post_id, f.member_id) > (CAST(:after_post AS uuid), CAST(:after_member AS uuid))
      ORDER BY f.post_id, f.member_id LIMIT :most
    ) {_HEARING}
    """  # noqa: S608 - Statements of ours.
)
_MEANT = Statement(
    f"""
    WITH p AS MATERIALIZED ({_GIVEN}), w AS MATERIALIZED (
      SELECT p.id AS post_id, a.author_id AS member_id, false AS is_named FROM p
      JOIN community.posts o ON o.tenant_id = :tenant AND o.id = p.id
      JOIN community.posts a ON a.tenant_id = :tenant AND a.topic_id = p.topic_id AND a.number = o.reply_to
      WHERE o.reply_to > 0
      UNION ALL
      SELECT n.post_id, m.id, true FROM unnest(CAST(:naming AS uuid[]), CAST(:handles AS text[])) AS n(post_id, handle)
      JOIN community.members m ON m.tenant_id = :tenant AND m.handle = n.handle
    ) {_HEARING}
    """  # noqa: S608 - Statements of ours.
)
_ADD = Statement(
    """
    INSERT INTO community.notifications
      (tenant_id, id, member_id, kind, topic_id, post_id, is_read, is_mailed, create_time)
    SELECT :tenant, n.id, n.member_id, n.kind, n.topic_id, n.post_id, false, n.is_mailed, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:members AS uuid[]), CAST(:kinds AS integer[]), CAST(:topics AS uuid[]),
      CAST(:posts AS uuid[]), CAST(:mailed AS boolean[])) AS n(id, member_id, kind, topic_id, post_id, is_mailed)
    ON CONFLICT DO NOTHING
    """
)
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A post of which somebody may have to be told; its words are there only where they may name somebody."""

    id: UUID
    topic_id: UUID
    space_id: UUID
    number: int
    author_id: UUID
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who may be told of a post: when they are mailed, and whether they hear of it at all."""

    post_id: UUID
    member_id: UUID
    mail_mode: int
    hears: bool
    is_named: bool = False


async def take_waiting(connection: AsyncConnection, tenant_id: UUID, kind: str, now: datetime, most: int) -> list[str]:
    """Takes the jobs of a kind that nobody has begun, in the running transaction, and returns which posts they name."""
    given = {"tenant": tenant_id, "kind": kind, "now": now, "most": most}
    return [row.post_id for row in await _TAKE.rows(connection, given)]


async def list_said(connection: AsyncConnection, tenant_id: UUID, post_ids: Sequence[str]) -> list[Said]:
    """Returns those of some posts that are shown and whose authors are there, in the order in which they were made."""
    keys = [ids.to_uuid(each, "pst") for each in post_ids]
    return [Said(**dict(row)) for row in await _POSTS.rows(connection, {"tenant": tenant_id, "posts": keys})]


def _given(tenant_id: UUID, said: Sequence[Said]) -> dict[str, object]:
    return {
        "tenant": tenant_id,
        "posts": [each.id for each in said],
        "topics": [each.topic_id for each in said],
        "spaces": [each.space_id for each in said],
        "numbers": [each.number for each in said],
        "authors": [each.author_id for each in said],
    }


async def list_followers(
    connection: AsyncConnection, tenant_id: UUID, said: Sequence[Said], after: Listener | None, most: int
) -> list[Listener]:
    """Returns a page of who follows where some posts stand: a reply's topic, and the space of a topic's first post."""
    place = (_FIRST, _FIRST) if after is None else (after.post_id, after.member_id)
    given = {**_given(tenant_id, said), "after_post": place[0], "after_member": place[1], "most": most}
    return [Listener(*row) for row in await _FOLLOWERS.rows(connection, given)]


async def list_meant(
    connection: AsyncConnection, tenant_id: UUID, said: Sequence[Said], named: Sequence[tuple[UUID, str]]
) -> list[Listener]:
    """Returns whom some posts answer, and whom they name, each as the id of the post and a handle."""
    given = {
        **_given(tenant_id, said),
        "naming": [post_id for post_id, _ in named],
        "handles": [handle for _, handle in named],
    }
    return [
        Listener(row.post_id, row.member_id, row.mail_mode, row.hears, row.is_named)
        for row in await _MEANT.rows(connection, given)
    ]


async def add_notifications(
    connection: AsyncConnection,
    tenant_id: UUID,
    told: Sequence[tuple[Said, UUID, int]],
    modes: Mapping[UUID, int],
    now: datetime,
) -> None:
    """Adds of which post which member is told, and why; who was told of it already is not told again."""
    await _ADD.rows(
        connection,
        {
            "tenant": tenant_id,
            "now": now,
            # What is told at the same moment stands in the order in which it was posted.
            "ids": sorted(ids.new_uuid() for _ in told),
            "members": [member for _, member, _ in told],
            "kinds": [kind for _, _, kind in told],
            "topics": [said.topic_id for said, _, _ in told],
            "posts": [said.id for said, _, _ in told],
            # Whoever wants no mails has none to come.
            "mailed": [modes[member] == OFF for _, member, _ in told],
        },
    )
