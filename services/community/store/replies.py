"""Reads what decides whether somebody may reply, and writes a reply: one statement each, on the driver's connection.

What each part means stands with the stores of its noun (standing, past, drafts, marks, subscriptions, jobs), which do
the same for what is written seldom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kernel import ids
from kernel.jobs import READY
from kernel.storage.lanes import Lane
from services.community.domain.brakes import COMPARED, Past
from services.community.domain.moderation import PURGE, REMOVE
from services.community.domain.notices import FOLLOWING
from services.community.domain.posts import SHOWN, Author, Post
from services.community.domain.relations import BLOCKED
from services.community.domain.spaces import Space
from services.community.domain.terms import ACCEPTED, WARNING_ACKNOWLEDGED, Standing
from services.community.store.pages import MEMBERSHIP, SPACE, space_of

_SAID = f"a.tenant_id = $1 AND a.member_id = $2 AND a.answer <> {WARNING_ACKNOWLEDGED} ORDER BY a.id DESC LIMIT 1"
_FACTS = f"""
SELECT
  m.suspended_until_time, f.id, f.warning_hash,
  COALESCE((SELECT a.answer = {ACCEPTED} FROM community.terms_answers a WHERE {_SAID}), false)
    AND COALESCE((SELECT a.number FROM community.terms_answers a WHERE {_SAID}), 0) >= COALESCE(
      (SELECT max(n.number) FROM community.terms n
       WHERE n.tenant_id = $1 AND n.effective_time <= $5 AND n.is_material), 1),
  EXISTS (SELECT FROM community.terms_answers a WHERE a.tenant_id = $1 AND a.member_id = $2
    AND a.answer = {WARNING_ACKNOWLEDGED} AND a.warning_hash = f.warning_hash),
  m.create_time, m.post_count,
  (SELECT count(*) FROM community.decisions d WHERE d.tenant_id = $1 AND d.member_id = $2
    AND d.action IN ({REMOVE}, {PURGE}) AND d.create_time > $6),
  m.handle, m.display_name, m.follows_own,
  t.space_id, t.last_number, t.slow_seconds,
  CASE WHEN t.slow_seconds > 0 THEN (SELECT max(p.create_time) FROM community.posts p
    WHERE p.tenant_id = $1 AND p.topic_id = $4 AND p.author_id = $2) END,
  ARRAY(SELECT l.body FROM (SELECT p.body, p.create_time FROM community.posts p
    WHERE p.tenant_id = $1 AND p.author_id = $2 ORDER BY p.id DESC LIMIT {COMPARED}) l WHERE l.create_time > $7),
  $8 > 0 AND EXISTS (SELECT FROM community.posts p JOIN community.relations r ON r.tenant_id = p.tenant_id
    AND r.kind = {BLOCKED} AND ((r.member_id = $2 AND r.other_id = p.author_id)
      OR (r.member_id = p.author_id AND r.other_id = $2))
    WHERE p.tenant_id = $1 AND p.topic_id = $4 AND p.number = $8 AND p.author_id <> $2),
  EXISTS (SELECT FROM community.subscriptions u WHERE u.tenant_id = $1 AND u.place_id = $4
    AND u.level = {FOLLOWING} AND u.member_id <> $2),
  (SELECT i.resource_id FROM community.idempotency i
    WHERE i.tenant_id = $1 AND i.method = $9 AND i.request_id = $10 AND $10 <> ''),
  (SELECT i.request_mac FROM community.idempotency i
    WHERE i.tenant_id = $1 AND i.method = $9 AND i.request_id = $10 AND $10 <> ''),
  {SPACE}, {MEMBERSHIP}
FROM community.members m
JOIN community.sessions e ON e.tenant_id = m.tenant_id AND e.member_id = m.id AND e.id = $3 AND e.expire_time > $5
LEFT JOIN LATERAL (SELECT n.id, n.warning_hash FROM community.terms n
  WHERE n.tenant_id = $1 AND n.effective_time <= $5 ORDER BY n.number DESC LIMIT 1) f ON true
LEFT JOIN community.topics t ON t.tenant_id = $1 AND t.id = $4
LEFT JOIN community.spaces s ON s.tenant_id = $1 AND s.id = t.space_id
WHERE m.tenant_id = $1 AND m.id = $2
"""  # noqa: S608 - Numbers of ours.
_WRITE = f"""
WITH claimed AS (
  INSERT INTO community.idempotency (tenant_id, method, request_id, request_mac, resource_id, create_time)
  SELECT $1, $13, $14, $15, $16, $11 WHERE $14 <> '' ON CONFLICT DO NOTHING RETURNING 1
), t AS (
  UPDATE community.topics t SET last_number = t.last_number + 1, post_count = t.post_count + 1,
    last_post_id = GREATEST(t.last_post_id, $3), last_post_time = $11, version = t.version + 1
  WHERE t.tenant_id = $1 AND t.id = $4 AND NOT t.is_locked AND t.state IN ({", ".join(map(str, sorted(SHOWN)))})
    AND ($14 = '' OR EXISTS (SELECT FROM claimed))
  RETURNING t.last_number
), made AS (
  INSERT INTO community.posts (tenant_id, id, topic_id, space_id, number, author_id, body, html, renderer, state,
    revision, reply_to, votes, terms_id, create_time)
  SELECT $1, $3, $4, $5, t.last_number, $2, $6, $7, $8, $9, 1, $10, 0, $12, $11 FROM t
), cleared AS (
  DELETE FROM community.drafts d USING t WHERE d.tenant_id = $1 AND d.author_id = $2 AND d.place_id = $4
), counted AS (
  UPDATE community.members m SET post_count = m.post_count + 1 FROM t WHERE m.tenant_id = $1 AND m.id = $2
), marked AS (
  INSERT INTO community.read_marks AS r (tenant_id, member_id, topic_id, number) SELECT $1, $2, $4, t.last_number FROM t
  ON CONFLICT (tenant_id, member_id, topic_id) DO UPDATE SET number = GREATEST(r.number, excluded.number)
), followed AS (
  INSERT INTO community.subscriptions (tenant_id, member_id, place_id, id, space_id, topic_id, level, create_time)
  SELECT $1, $2, $4, $17, $5, $4, {FOLLOWING}, $11 FROM t WHERE $17::uuid IS NOT NULL ON CONFLICT DO NOTHING
), told AS (
  INSERT INTO community.jobs (tenant_id, id, kind, key, arguments, state, due_time, attempts, error, create_time)
  SELECT $1, $18, $19, $16, $20::jsonb, {READY}, $11, 0, '', $11 FROM t WHERE $18::uuid IS NOT NULL
  ON CONFLICT DO NOTHING
)
SELECT (SELECT t.last_number FROM t), $14 <> '' AND NOT EXISTS (SELECT FROM claimed)
"""  # noqa: S608 - Numbers of ours.


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of somebody who replies, and of where."""

    standing: Standing
    past: Past
    author: Author
    follows_own: bool
    #: None where there is no such topic.
    space: Space | None
    last_number: int
    slow_seconds: int
    last_here: datetime | None
    bodies: Sequence[str]
    is_kept_away: bool
    has_followers: bool
    #: What the same request made before, and the hash of that request.
    made: str
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """By what a retry of the request is known; without an id, no retry is."""

    method: str
    request_id: str
    mac: bytes


async def find_facts(
    lane: Lane,
    tenant_id: UUID,
    member_id: str,
    session_id: str,
    topic_id: str,
    reply_to: int,
    claim: Claim,
    *,
    now: datetime,
    removals_since: datetime,
    bodies_since: datetime,
) -> Facts | None:
    """Returns what is known; None for somebody whose account or session is gone."""
    row = await lane.fetchrow(
        _FACTS,
        tenant_id,
        ids.to_uuid(member_id, "mem"),
        ids.to_uuid(session_id, "mss"),
        ids.to_uuid(topic_id, "top"),
        now,
        removals_since,
        bodies_since,
        reply_to,
        claim.method,
        claim.request_id,
    )
    if row is None:
        return None
    (until, terms_id, _, accepted, acknowledged, create_time, post_count, removals, handle, display_name, follows_own,
     space_id, last_number, slow_seconds, last_here, bodies, is_kept_away, has_followers, made, mac
     ) = row[:20]  # fmt: skip
    return Facts(
        standing=Standing(
            terms_id="" if terms_id is None else ids.from_uuid("trm", terms_id),
            accepted=accepted,
            acknowledged=acknowledged,
            suspended_until=until if until is not None and until > now else None,
        ),
        past=Past(create_time=create_time, post_count=post_count, removals=removals),
        author=Author(member_id=member_id, handle=handle, display_name=display_name),
        follows_own=follows_own,
        space=None if space_id is None else space_of(row, 20, space_id),
        last_number=last_number or 0,
        slow_seconds=slow_seconds or 0,
        last_here=last_here,
        bodies=bodies,
        is_kept_away=is_kept_away,
        has_followers=has_followers,
        made=made or "",
        mac=mac or b"",
    )


async def add_reply(
    lane: Lane, tenant_id: UUID, post: Post, claim: Claim, *, follows: bool, notify_kind: str
) -> tuple[int, bool]:
    """Writes a reply with all that goes with it; returns its number, and whether the same request did so meanwhile.

    The number is 0 where nothing was written: the topic was locked or hidden, or somebody was first. The member follows
    the topic from then on where they want that, and a job tells others where `notify_kind` names one.
    """
    row = await lane.fetchrow(
        _WRITE,
        tenant_id,
        ids.to_uuid(post.author_id, "mem"),
        ids.to_uuid(post.id, "pst"),
        ids.to_uuid(post.topic_id, "top"),
        ids.to_uuid(post.space_id, "spc"),
        post.body,
        post.html,
        post.renderer,
        post.state,
        post.reply_to,
        post.create_time,
        ids.to_uuid(post.terms_id, "trm"),
        claim.method,
        claim.request_id,
        claim.mac,
        post.id,
        ids.new_uuid() if follows else None,
        ids.new_uuid() if notify_kind else None,
        notify_kind,
        orjson.dumps({"post_id": post.id}).decode("ascii"),
    )
    assert row is not None
    return row[0] or 0, row[1]
