"""Reads and writes the polls that posts carry, and what members chose in them.

How many chose something is counted from their votes, and from a number that is kept of those who left and let theirs
stay. Whether a poll is closed is told by the database's clock, so that all replicas agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.polls import Option, Poll
from services.community.domain.posts import SHOWN
from services.community.store.tables import poll_options, poll_votes, polls, posts

_l, _o, _v, _p = polls.c, poll_options.c, poll_votes.c, posts.c

#: A poll as a statement reads it whole, of a row `l` of the polls.
POLL = """
jsonb_build_object(
  'question', l.question, 'allows_several', l.allows_several, 'results', l.results, 'close_time', l.close_time,
  'is_closed', COALESCE(l.close_time <= now(), false),
  'voters', l.kept_voters + (SELECT count(DISTINCT v.member_id) FROM community.poll_votes v
    WHERE v.tenant_id = l.tenant_id AND v.post_id = l.post_id),
  'options', (SELECT jsonb_agg(jsonb_build_array(o.number, o.text, o.kept_votes + COALESCE(c.votes, 0))
      ORDER BY o.number)
    FROM community.poll_options o LEFT JOIN (
      SELECT v.choice, count(*) AS votes FROM community.poll_votes v
      WHERE v.tenant_id = l.tenant_id AND v.post_id = l.post_id GROUP BY v.choice) c ON c.choice = o.number
    WHERE o.tenant_id = l.tenant_id AND o.post_id = l.post_id))
"""
_OF_POSTS = text(
    f"""
    SELECT l.post_id, {POLL} AS poll, ARRAY(SELECT v.choice FROM community.poll_votes v
      WHERE v.tenant_id = l.tenant_id AND v.post_id = l.post_id AND v.member_id = :member ORDER BY v.choice) AS own
    FROM community.polls l WHERE l.tenant_id = :tenant AND l.post_id = ANY(:posts)
    """  # noqa: S608 - Statements of ours.
)


def poll_of(read: Mapping[str, Any], own: Sequence[int] | None) -> Poll:
    """Returns a poll that was read whole, with what its reader chose."""
    closes = read["close_time"]
    return Poll(
        question=read["question"],
        options=[Option(number=number, text=said, votes=votes) for number, said, votes in read["options"] or ()],
        allows_several=read["allows_several"],
        results=read["results"],
        close_time=None if closes is None else datetime.fromisoformat(closes),
        is_closed=read["is_closed"],
        voter_count=read["voters"],
        own_choices=tuple(own or ()),
    )


async def of_posts(
    connection: AsyncConnection, tenant_id: UUID, keys: Sequence[UUID], member_id: str
) -> dict[UUID, Poll]:
    """Returns the polls that some posts carry, with what a member chose in them."""
    given = {"tenant": tenant_id, "posts": list(keys), "member": ids.to_uuid(member_id, "mem") if member_id else None}
    return {row.post_id: poll_of(row.poll, row.own) for row in await connection.execute(_OF_POSTS, given)}


async def lock_poll(connection: AsyncConnection, tenant_id: UUID, post_id: str, member_id: str) -> Poll | None:
    """Returns a post's poll and holds it until the transaction ends; None where it carries none."""
    key = ids.to_uuid(post_id, "pst")
    at = select(_l.post_id).where(_l.tenant_id == tenant_id, _l.post_id == key).with_for_update()
    if (await connection.execute(at)).first() is None:
        return None
    return (await of_posts(connection, tenant_id, [key], member_id))[key]


async def put_poll(connection: AsyncConnection, tenant_id: UUID, post_id: str, author_id: str, poll: Poll) -> None:
    """Puts a poll on a post, instead of one that is there."""
    await delete_of_post(connection, tenant_id, post_id)
    key = ids.to_uuid(post_id, "pst")
    await connection.execute(
        insert(polls).values(
            tenant_id=tenant_id,
            post_id=key,
            author_id=ids.to_uuid(author_id, "mem"),
            question=poll.question,
            allows_several=poll.allows_several,
            results=poll.results,
            close_time=poll.close_time,
            kept_voters=0,
        )
    )
    rows = [
        {"tenant_id": tenant_id, "post_id": key, "number": each.number, "text": each.text, "kept_votes": 0}
        for each in poll.options
    ]
    await connection.execute(insert(poll_options), rows)


async def delete_of_post(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> None:
    """Removes the poll of a post, with all that was chosen in it."""
    at = (_l.tenant_id == tenant_id, _l.post_id == ids.to_uuid(post_id, "pst"))
    await connection.execute(delete(polls).where(*at))


async def close_poll(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> None:
    """Closes a poll now."""
    at = (_l.tenant_id == tenant_id, _l.post_id == ids.to_uuid(post_id, "pst"))
    await connection.execute(update(polls).where(*at).values(close_time=func.now()))


async def put_vote(
    connection: AsyncConnection, tenant_id: UUID, post_id: str, member_id: str, choices: Sequence[int], now: datetime
) -> None:
    """Keeps what a member chose, instead of what they chose before; none takes it back."""
    key, member = ids.to_uuid(post_id, "pst"), ids.to_uuid(member_id, "mem")
    at = (_v.tenant_id == tenant_id, _v.post_id == key, _v.member_id == member)
    await connection.execute(delete(poll_votes).where(*at))
    if choices:
        rows = [
            {"tenant_id": tenant_id, "post_id": key, "member_id": member, "choice": each, "create_time": now}
            for each in choices
        ]
        await connection.execute(insert(poll_votes), rows)


async def keep_votes(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> None:
    """Counts what a member chose as chosen by nobody in particular, and no longer by them."""
    member = ids.to_uuid(member_id, "mem")
    mine = (_v.tenant_id == tenant_id, _v.member_id == member)
    voted = select(_v.post_id).where(*mine)
    # Whoever votes or closes holds the poll, too.
    held = select(_l.post_id).where(_l.tenant_id == tenant_id, _l.post_id.in_(voted))
    await connection.execute(held.order_by(_l.post_id).with_for_update())
    await connection.execute(
        update(polls).where(_l.tenant_id == tenant_id, _l.post_id.in_(voted)).values(kept_voters=_l.kept_voters + 1)
    )
    chosen = select(_v.choice).where(*mine, _v.post_id == _o.post_id, _v.choice == _o.number).exists()
    await connection.execute(
        update(poll_options)
        .where(_o.tenant_id == tenant_id, _o.post_id.in_(voted), chosen)
        .values(kept_votes=_o.kept_votes + 1)
    )
    await connection.execute(delete(poll_votes).where(*mine))


async def list_with_words(
    connection: AsyncConnection, tenant_id: UUID, words: str, topic_id: str, limit: int
) -> set[str]:
    """Returns some posts that are shown and in whose polls words stand, of one topic or of all of them."""
    query = (
        select(_l.post_id)
        .distinct()
        .join(posts, and_(_p.tenant_id == _l.tenant_id, _p.id == _l.post_id))
        .join(poll_options, and_(_o.tenant_id == _l.tenant_id, _o.post_id == _l.post_id))
        .where(_l.tenant_id == tenant_id, _p.state.in_(SHOWN), _said(words))
        .limit(limit)
    )
    if topic_id:
        query = query.where(_p.topic_id == ids.to_uuid(topic_id, "top"))
    return {ids.from_uuid("pst", row.post_id) for row in await connection.execute(query)}


async def say_otherwise(connection: AsyncConnection, tenant_id: UUID, words: str, say: Callable[[str], str]) -> None:
    """Writes the texts of all polls in which words stand in other words."""
    rows = await connection.execute(
        select(_l.post_id, _l.question, _o.number, _o.text)
        .join(poll_options, and_(_o.tenant_id == _l.tenant_id, _o.post_id == _l.post_id))
        .where(_l.tenant_id == tenant_id, _said(words))
        .order_by(_l.post_id, _o.number)
    )
    for row in rows.all():
        of_post = (_l.tenant_id == tenant_id, _l.post_id == row.post_id)
        await connection.execute(update(polls).where(*of_post).values(question=say(row.question)))
        at = (_o.tenant_id == tenant_id, _o.post_id == row.post_id, _o.number == row.number)
        await connection.execute(update(poll_options).where(*at).values(text=say(row.text)))


def _said(words: str) -> Any:
    return or_(*(func.strpos(func.lower(each), words.lower()) > 0 for each in (_l.question, _o.text)))
