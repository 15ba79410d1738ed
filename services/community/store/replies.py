"""Reads what decides whether somebody may reply, and writes a reply: one statement and one round trip each.

What each part means stands with the stores of its noun (standing, past, drafts, marks, subscriptions, jobs), which do
the same for what is written seldom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kernel import ids
from kernel.storage.database import Alone, Database
from services.community.domain.brakes import COMPARED, Past
from services.community.domain.moderation import PURGE, REMOVE
from services.community.domain.notices import FOLLOWING
from services.community.domain.posts import Author, Post
from services.community.domain.relations import BLOCKED
from services.community.domain.spaces import Space
from services.community.domain.terms import ACCEPTED, WARNING_ACKNOWLEDGED, Standing
from services.community.store.pages import MEMBERSHIP, SPACE, space_of

# Whether one of the two has blocked the other is asked only of whoever answers somebody.
_KEPT_AWAY = f"""EXISTS (SELECT FROM community.posts p JOIN community.relations r ON r.tenant_id = p.tenant_id
    AND r.kind = {BLOCKED} AND ((r.member_id = $2 AND r.other_id = p.author_id)
      OR (r.member_id = p.author_id AND r.other_id = $2))
    WHERE p.tenant_id = $1 AND p.topic_id = $4 AND p.number = $8 AND p.author_id <> $2)"""


def _facts(kept_away: str) -> Alone:
    """Returns the statement: $1 the tenant, $2 the member, $3 the session, $4 the topic, $5 now, $6 and $7 since when
    removals count and posts are compared, $8 the post that is answered, $9 and $10 the request.
    """
    words = f"""
SELECT
  m.suspended_until_time, f.id, f.warning_hash,
  COALESCE(y.answer = {ACCEPTED}, false) AND COALESCE(y.number, 0) >= COALESCE(
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
  {kept_away},
  EXISTS (SELECT FROM community.subscriptions u WHERE u.tenant_id = $1 AND u.place_id = $4
    AND u.level = {FOLLOWING} AND u.member_id <> $2),
  EXISTS (SELECT FROM community.masked k JOIN community.posts p ON p.tenant_id = k.tenant_id AND p.id = k.post_id
    WHERE k.tenant_id = $1 AND p.topic_id = $4),
  i.resource_id, i.request_mac,
  {SPACE}, {MEMBERSHIP}
FROM community.members m
JOIN community.sessions e ON e.tenant_id = m.tenant_id AND e.member_id = m.id AND e.id = $3 AND e.expire_time > $5
LEFT JOIN LATERAL (SELECT n.id, n.warning_hash FROM community.terms n
  WHERE n.tenant_id = $1 AND n.effective_time <= $5 ORDER BY n.number DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT a.answer, a.number FROM community.terms_answers a
  WHERE a.tenant_id = $1 AND a.member_id = $2 AND a.answer <> {WARNING_ACKNOWLEDGED}
  ORDER BY a.id DESC LIMIT 1) y ON true
LEFT JOIN community.idempotency i ON i.tenant_id = $1 AND i.method = $9 AND i.request_id = $10 AND $10 <> ''
LEFT JOIN community.topics t ON t.tenant_id = $1 AND t.id = $4
LEFT JOIN community.spaces s ON s.tenant_id = $1 AND s.id = t.space_id
WHERE m.tenant_id = $1 AND m.id = $2
"""  # noqa: S608 - Numbers of ours.
    return Alone(words, arguments=10)


_FACTS, _FACTS_OF_ANSWER = _facts("$8::integer < 0"), _facts(_KEPT_AWAY)
_WRITE = Alone(
    "SELECT r.given, r.is_late FROM community.add_reply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
    "$15, $16, $17, $18, $19, $20) r",
    arguments=20,
)


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
    #: Whether something in the topic is masked until somebody has decided.
    is_masked: bool
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
    database: Database,
    tenant_id: str,
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
    rows = await database.fetch(
        tenant_id,
        _FACTS_OF_ANSWER if reply_to else _FACTS,
        ids.to_uuid(tenant_id, "ten"),
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
    if not rows:
        return None
    (row,) = rows
    (until, terms_id, _, accepted, acknowledged, create_time, post_count, removals, handle, display_name, follows_own,
     space_id, last_number, slow_seconds, last_here, bodies, is_kept_away, has_followers, is_masked,
     made, mac) = row[:21]  # fmt: skip
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
        space=None if space_id is None else space_of(row, 21, space_id),
        last_number=last_number or 0,
        slow_seconds=slow_seconds or 0,
        last_here=last_here,
        bodies=bodies,
        is_kept_away=is_kept_away,
        has_followers=has_followers,
        is_masked=is_masked,
        made=made or "",
        mac=mac or b"",
    )


async def add_reply(
    database: Database, tenant_id: str, post: Post, claim: Claim, *, follows: bool, notify_kind: str
) -> tuple[int, bool]:
    """Writes a reply with all that goes with it; returns its number, and whether the same request did so meanwhile.

    The number is 0 where nothing was written: the topic was locked or hidden, or somebody was first. The member follows
    the topic from then on where they want that, and a job tells others where `notify_kind` names one.
    """
    (row,) = await database.fetch(
        tenant_id,
        _WRITE,
        ids.to_uuid(tenant_id, "ten"),
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
    return row[0] or 0, row[1]
