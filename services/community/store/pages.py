"""Reads what stands on a page in one statement and one round trip, on a connection of the driver's own.

The same rows can be read piece by piece with the stores of their nouns. Here they come together, because a page is read
a hundred times for each time that something is written on it. The statements are prepared once for each connection, and
each binds the tenant by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from kernel import ids
from kernel.search import LONGEST_QUERY
from kernel.storage.database import Alone, Database
from kernel.storage.lanes import Lane
from services.community.domain.files import Attachment
from services.community.domain.posts import (
    HELPFUL,
    HIDDEN_PENDING,
    LIVE,
    REMOVED,
    RESTRICTED,
    SHOWN,
    Author,
    Moved,
    Post,
    Topic,
    no_such_topic,
)
from services.community.domain.spaces import EVERYBODY, JOINED, MEMBERS, Space, no_such_space
from services.community.store.polls import POLL, poll_of

_TOPIC = """
t.id, t.space_id, t.author_id, t.kind, t.title, t.state, t.is_locked, t.is_pinned, t.accepted_post_id,
t.accepted_number, t.post_count, t.last_number, t.last_post_id, t.last_post_time, t.version, t.slow_seconds,
t.create_time
"""
_TAGS = """
(SELECT array_agg(g.tag) FROM community.topic_tags g WHERE g.tenant_id = t.tenant_id AND g.topic_id = t.id)
"""
_READ = """
(SELECT r.number FROM community.read_marks r
 WHERE r.tenant_id = t.tenant_id AND r.topic_id = t.id AND r.member_id = $2)
"""
SPACE = """
s.slug, s.display_name, s.description, s.category, s.visibility, s.is_indexed, s.has_feed, s.is_exported, s.joining,
s.position, s.topic_count, s.is_archived, s.revision, s.create_time
"""
MEMBERSHIP = """
(SELECT b.state FROM community.memberships b
 WHERE b.tenant_id = s.tenant_id AND b.space_id = s.id AND b.member_id = $2)
"""
# How many columns these are: of a space with its membership, and of a topic with its author, tags and mark.
_NO_SPACE, _NO_TOPIC = ", ".join(["NULL"] * 15), ", ".join(["NULL"] * 21)
_REACTIONS = """
(SELECT jsonb_object_agg(c.reaction, c.count) FROM (
   SELECT r.reaction, count(*) AS count FROM community.reactions r
   WHERE r.tenant_id = p.tenant_id AND r.post_id = p.id GROUP BY r.reaction) c)
"""
_FILES = """
(SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id) FROM community.attachments a
 WHERE a.tenant_id = p.tenant_id AND a.post_id = p.id)
"""
_OWN = f"""
CASE WHEN p.author_id = $2 THEN p.body ELSE '' END,
EXISTS (SELECT FROM community.reactions r
  WHERE r.tenant_id = p.tenant_id AND r.post_id = p.id AND r.member_id = $2 AND r.reaction = {HELPFUL}),
EXISTS (SELECT FROM community.relations d
  WHERE d.tenant_id = p.tenant_id AND d.member_id = $2 AND d.other_id = p.author_id)
"""  # noqa: S608 - A number of ours.
_NOBODYS = "'', false, false"
_POST = f"""
p.id, p.number, p.author_id, p.html, p.renderer, p.state, p.revision, p.reply_to, p.votes, p.terms_id,
p.create_time, p.edit_time, w.handle, w.display_name, {_REACTIONS}, {_FILES}, p.has_poll
"""
_MOVED = """
(SELECT jsonb_agg(v ORDER BY v.number) FROM (
   SELECT v.number, v.post_id, q.topic_id, q.number AS to_number FROM community.moved_posts v
   JOIN community.posts q ON q.tenant_id = v.tenant_id AND q.id = v.post_id
   WHERE v.tenant_id = t.tenant_id AND v.topic_id = t.id AND v.number > $4 ORDER BY v.number LIMIT 200) v)
"""


def _topic_page(read: str, membership: str, own: str, condition: str = "") -> Alone:
    """Returns the statement: $1 the tenant, $2 the member, $3 the topic, $4 the number before it, $5 how many posts."""
    # What is said of the topic is read once, and not for each of its posts.
    words = f"""
    SELECT t.*, p.* FROM (
      SELECT {_TOPIC}, m.handle, m.display_name, {_TAGS}, {read}, {SPACE}, {membership}, {_MOVED}
      FROM community.topics t
      JOIN community.spaces s ON s.tenant_id = t.tenant_id AND s.id = t.space_id
      LEFT JOIN community.members m ON m.tenant_id = t.tenant_id AND m.id = t.author_id
      WHERE t.tenant_id = $1 AND t.id = $3 {condition}
      OFFSET 0
    ) t LEFT JOIN LATERAL (
      SELECT {_POST}, {own} FROM (
        SELECT * FROM community.posts p WHERE p.tenant_id = $1 AND p.topic_id = $3 AND p.number > $4
        ORDER BY p.number LIMIT $5) p
      LEFT JOIN community.members w ON w.tenant_id = p.tenant_id AND w.id = p.author_id
    ) p ON true
    ORDER BY p.number
    """  # noqa: S608 - Statements of ours.
    return Alone(words, arguments=5)


_PAGE_OF_MEMBER = _topic_page(_READ, MEMBERSHIP, _OWN)
# Whoever is no member asks with none, which is named so that both take the same.
_PAGE_OF_ANYBODY = _topic_page("0", "0", _NOBODYS, "AND $2::uuid IS NULL")
_SHOWN = ", ".join(map(str, sorted(SHOWN)))
_MINE = f"t.tenant_id = $1 AND t.space_id = $3 AND t.state IN ({_SHOWN})"
_LATEST = "ORDER BY t.last_post_id DESC LIMIT $4"


def _topic_list(read: str, membership: str, condition: str, *, is_first: bool, is_tagged: bool) -> Alone:
    """Returns the statement: $1 the tenant, $2 the member, $3 the space, $4 how many topics, $5 before, $6 the tag."""
    tagged = """AND t.id IN (
      SELECT g.topic_id FROM community.topic_tags g WHERE g.tenant_id = $1 AND g.space_id = $3 AND g.tag = $6)"""
    # Of a tag, pinned topics stand where they belong; of a space, before the others on the first page alone.
    wanted = f"{_MINE} {tagged if is_tagged else 'AND NOT t.is_pinned AND $6::text IS NULL'}"
    wanted += " AND $5::uuid IS NULL" if is_first else " AND t.last_post_id < $5"
    found = f"(SELECT t.*, false AS is_above FROM community.topics t WHERE {wanted} {_LATEST})"  # noqa: S608
    if is_first and not is_tagged:
        above = f"(SELECT t.*, true FROM community.topics t WHERE {_MINE} AND t.is_pinned {_LATEST})"  # noqa: S608
        found = f"{found} UNION ALL {above}"
    # The space comes first and once, and not again with each of its topics.
    words = f"""
    SELECT {SPACE}, {membership}, {_NO_TOPIC} FROM community.spaces s
    WHERE s.tenant_id = $1 AND s.id = $3 {condition}
    UNION ALL (
      SELECT {_NO_SPACE}, {_TOPIC}, m.handle, m.display_name, {_TAGS}, {read}
      FROM ({found}) t LEFT JOIN community.members m ON m.tenant_id = $1 AND m.id = t.author_id
      ORDER BY t.is_above DESC, t.last_post_id DESC)
    """  # noqa: S608 - Statements of ours.
    return Alone(words, arguments=6)


_LISTS = {
    (of_member, is_first, is_tagged): _topic_list(*asked, is_first=is_first, is_tagged=is_tagged)
    for of_member, asked in ((True, (_READ, MEMBERSHIP, "")), (False, ("0", "0", "AND $2::uuid IS NULL")))
    for is_first in (True, False)
    for is_tagged in (True, False)
}


_LESS = ", ".join(map(str, (HIDDEN_PENDING, RESTRICTED, REMOVED)))


def _search(own: str, readable: str, condition: str = "") -> Alone:
    """Returns the statement: $1 the tenant, $2 the member, $3 the words, $4 the space, $5 and $6 how many."""
    # A topic with the words in its title stands in the list with the first post in it that everybody sees, unless it
    # was decided that the post which begins it is shown less.
    words = f"""
    SELECT {_POST}, {own}, p.topic_id, p.space_id, t.title FROM (
      SELECT p.* FROM (
        SELECT hit FROM community.search_posts($3, NULL::uuid, $5, p_space_id => $4)
        UNION
        SELECT f.id FROM community.search_titles($3, NULL::uuid, $5,
          p_space_ids => ARRAY(SELECT s.id FROM community.spaces s
            WHERE s.tenant_id = $1 AND ($4 IS NULL OR s.id = $4) AND ({readable}))) o
        CROSS JOIN LATERAL (SELECT f.id FROM community.posts f WHERE f.tenant_id = $1 AND f.topic_id = o.hit
          AND f.state = {LIVE} ORDER BY f.number LIMIT 1) f
        WHERE NOT EXISTS (SELECT FROM community.posts b WHERE b.tenant_id = $1 AND b.topic_id = o.hit
          AND b.number = 1 AND b.state IN ({_LESS}))
      ) h
      JOIN community.posts p ON p.tenant_id = $1 AND p.id = h.hit
      JOIN community.spaces s ON s.tenant_id = $1 AND s.id = p.space_id
      WHERE p.state = {LIVE} AND ({readable}) {condition}
      ORDER BY p.id DESC LIMIT $6
    ) p LEFT JOIN community.members w ON w.tenant_id = p.tenant_id AND w.id = p.author_id
    LEFT JOIN community.topics t ON t.tenant_id = p.tenant_id AND t.id = p.topic_id AND t.state IN ({_SHOWN})
    ORDER BY p.id DESC
    """  # noqa: S608 - Statements of ours.
    return Alone(words, arguments=6)


_SEARCH_OF_ANYBODY = _search(_NOBODYS, f"s.visibility = {EVERYBODY}", "AND $2::uuid IS NULL")
_SEARCH_OF_STAFF = _search(_NOBODYS, "true", "AND $2::uuid IS NULL")
_READ_BY_MEMBER = f"s.visibility IN ({EVERYBODY}, {MEMBERS}) OR {MEMBERSHIP} = {JOINED}"
_SEARCH_OF_MEMBER = _search(_OWN, _READ_BY_MEMBER)
# What else is found than what is returned may be begun by somebody whom the member ignores, or be hidden meanwhile.
_SIMILAR = Alone(
    f"""
    SELECT s.slug, {_TOPIC}, m.handle, m.display_name, {_TAGS}, 0
    FROM community.similar_titles($3, CAST($4 AS integer) * 4, p_space_ids => ARRAY(
      SELECT s.id FROM community.spaces s WHERE s.tenant_id = $1 AND ({_READ_BY_MEMBER}))) h
    JOIN community.topics t ON t.tenant_id = $1 AND t.id = h.hit
    JOIN community.spaces s ON s.tenant_id = $1 AND s.id = t.space_id
    LEFT JOIN community.members m ON m.tenant_id = $1 AND m.id = t.author_id
    WHERE t.state IN ({_SHOWN}) AND NOT EXISTS (
      SELECT FROM community.relations d WHERE d.tenant_id = $1 AND d.member_id = $2 AND d.other_id = t.author_id)
    ORDER BY h.likeness DESC, t.id DESC LIMIT $4
    """,  # noqa: S608 - Statements of ours.
    arguments=4,
)
# Most posts carry none, and what a page reads of a post says so.
_POLLS = Alone(
    f"""
    SELECT l.post_id, {POLL}, ARRAY(SELECT v.choice FROM community.poll_votes v
      WHERE v.tenant_id = l.tenant_id AND v.post_id = l.post_id AND v.member_id = $2 ORDER BY v.choice)
    FROM community.polls l WHERE l.tenant_id = $1 AND l.post_id = ANY($3)
    """,  # noqa: S608 - Statements of ours.
    arguments=3,
)
_SPACE_BY_SLUG = Alone(
    f"SELECT s.id, {SPACE}, {MEMBERSHIP} FROM community.spaces s WHERE s.tenant_id = $1 AND s.slug = $3",  # noqa: S608 - Ours.
    arguments=3,
)
_MARK = """
INSERT INTO community.read_marks AS r (tenant_id, member_id, topic_id, number) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, member_id, topic_id) DO UPDATE SET number = excluded.number WHERE r.number < excluded.number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    """A page of a topic: the topic, where it stands, its posts, and where others went from among them."""

    topic: Topic
    space: Space
    posts: list[Post]
    moved: list[Moved]


async def read_topic_page(
    database: Database, tenant_id: str, topic_id: str, member_id: str, *, after: int, limit: int
) -> TopicPage:
    """Returns a topic with some of its posts, as a member or somebody else has them; whoever may read decides later."""
    member = ids.to_uuid(member_id, "mem") if member_id else None
    query = _PAGE_OF_ANYBODY if member is None else _PAGE_OF_MEMBER
    given = (ids.to_uuid(tenant_id, "ten"), member, ids.to_uuid(topic_id, "top"), after, limit)
    rows = await database.fetch(tenant_id, query, *given)
    if not rows:
        raise no_such_topic()
    first = rows[0]
    space = space_of(first, 21, first[1])
    topic = _topic(first, 0, space.id, space.slug, {})
    names: dict[UUID, str] = {}
    shown = [row for row in rows if row[37] is not None]
    posts = [_post(row, 37, topic.id, topic.space_id, names) for row in shown]
    posts = await _with_polls(database, tenant_id, member, posts, [row[37] for row in shown if row[53]])
    moved = [_moved(each) for each in orjson.loads(first[36])] if first[36] else []
    return TopicPage(topic=topic, space=space, posts=posts, moved=moved)


async def read_topic_list(
    database: Database, tenant_id: str, space_id: str, member_id: str, *, tag: str, before: UUID | None, limit: int
) -> tuple[Space, list[Topic]]:
    """Returns a space with a page of its topics, the latest activity first; on the first page pinned ones stand first.

    Whoever may read decides later.
    """
    member = ids.to_uuid(member_id, "mem") if member_id else None
    query = _LISTS[member is not None, before is None, bool(tag)]
    given = (ids.to_uuid(tenant_id, "ten"), member, ids.to_uuid(space_id, "spc"), limit, before, tag or None)
    rows = await database.fetch(tenant_id, query, *given)
    if not rows:
        raise no_such_space()
    space = space_of(rows[0], 0, ids.to_uuid(space_id, "spc"))
    authors: dict[UUID, Author] = {}
    return space, [_topic(row, 15, space_id, space.slug, authors) for row in rows[1:]]


async def find_space(database: Database, tenant_id: str, slug: str, member_id: str) -> Space | None:
    """Returns the space with a name in addresses; whoever may know of it decides later."""
    given = (ids.to_uuid(tenant_id, "ten"), ids.to_uuid(member_id, "mem") if member_id else None, slug)
    rows = await database.fetch(tenant_id, _SPACE_BY_SLUG, *given)
    return space_of(rows[0], 1, rows[0][0]) if rows else None


async def find_posts(
    database: Database,
    tenant_id: str,
    words: str,
    space_id: str,
    member_id: str,
    *,
    sees_all: bool,
    limit: int,
    looked_at: int,
) -> list[Post]:
    """Returns the newest posts with some words that everybody sees, in spaces that somebody reads.

    What is shown less after a decision is not found.
    """
    member = ids.to_uuid(member_id, "mem") if member_id else None
    if sees_all:
        query = _SEARCH_OF_STAFF
    else:
        query = _SEARCH_OF_ANYBODY if member is None else _SEARCH_OF_MEMBER
    space = ids.to_uuid(space_id, "spc") if space_id else None
    # No text of ours holds a zero byte, and none can be asked for.
    asked = words[:LONGEST_QUERY].replace("\x00", " ")
    names: dict[UUID, str] = {}
    given = (ids.to_uuid(tenant_id, "ten"), None if sees_all else member, asked, space, looked_at, limit)
    rows = await database.fetch_aside(tenant_id, query, *given)
    posts = [
        replace(
            _post(row, 0, ids.from_uuid("top", row[20]), ids.from_uuid("spc", row[21]), names),
            topic_title=row[22] or "",
        )
        for row in rows
    ]
    return await _with_polls(database, tenant_id, member, posts, [row[0] for row in rows if row[16]])


async def _with_polls(
    database: Database, tenant_id: str, member: UUID | None, posts: list[Post], keys: list[UUID]
) -> list[Post]:
    """Returns posts with the polls that those with some keys carry."""
    if not keys:
        return posts
    rows = await database.fetch(tenant_id, _POLLS, ids.to_uuid(tenant_id, "ten"), member, keys)
    polls = {ids.from_uuid("pst", row[0]): poll_of(orjson.loads(row[1]), row[2]) for row in rows}
    return [replace(each, poll=polls[each.id]) if each.id in polls else each for each in posts]


async def find_similar(database: Database, tenant_id: str, title: str, member_id: str, limit: int) -> list[Topic]:
    """Returns the topics most like a title that a member writes, the likest first, in spaces that the member reads."""
    asked = title[:LONGEST_QUERY].replace("\x00", " ")
    given = (ids.to_uuid(tenant_id, "ten"), ids.to_uuid(member_id, "mem"), asked, limit)
    rows = await database.fetch_aside(tenant_id, _SIMILAR, *given)
    authors: dict[UUID, Author] = {}
    return [_topic(row, 1, ids.from_uuid("spc", row[2]), row[0], authors) for row in rows]


async def mark_read(lane: Lane, tenant_id: UUID, member_id: str, topic_id: str, number: int) -> None:
    """Notes how far a member has read; it only ever goes up."""
    await lane.execute(_MARK, tenant_id, ids.to_uuid(member_id, "mem"), ids.to_uuid(topic_id, "top"), number)


def _author(key: UUID | None, handle: str | None, display_name: str | None) -> Author:
    if key is None or handle is None:
        return Author()
    return Author(member_id=ids.from_uuid("mem", key), handle=handle, display_name=display_name or "")


def _topic(row: Record, at: int, space_id: str, slug: str, authors: dict[UUID, Author]) -> Topic:
    (id_, _, author_id, kind, title, state, is_locked, is_pinned, accepted_post_id, accepted_number, post_count,
     last_number, last_post_id, last_post_time, version, slow_seconds, create_time, handle, display_name, tags,
     read_number) = row[at : at + 21]  # fmt: skip
    # A page has few authors.
    if (author := authors.get(author_id)) is None:
        author = authors[author_id] = _author(author_id, handle, display_name)
    return Topic(
        id=ids.from_uuid("top", id_),
        space_id=space_id,
        space_slug=slug,
        kind=kind,
        title=title,
        state=state,
        author_id=author.member_id,
        is_locked=is_locked,
        is_pinned=is_pinned,
        accepted_post_id="" if accepted_post_id is None else ids.from_uuid("pst", accepted_post_id),
        accepted_number=accepted_number,
        post_count=post_count,
        last_number=last_number,
        last_post_id=ids.from_uuid("pst", last_post_id),
        last_post_time=last_post_time,
        create_time=create_time,
        version=version,
        slow_seconds=slow_seconds,
        tags=tuple(tags) if tags else (),
        author=author,
        read_number=read_number or 0,
    )


def space_of(row: Record, at: int, key: UUID) -> Space:
    """Returns the space in a row that holds SPACE and MEMBERSHIP from a place on."""
    (slug, display_name, description, category, visibility, is_indexed, has_feed, is_exported, joining, position,
     topic_count, is_archived, revision, create_time, membership) = row[at : at + 15]  # fmt: skip
    return Space(
        id=ids.from_uuid("spc", key),
        slug=slug,
        display_name=display_name,
        description=description,
        category=category,
        visibility=visibility,
        is_indexed=is_indexed,
        has_feed=has_feed,
        is_exported=is_exported,
        joining=joining,
        position=position,
        topic_count=topic_count,
        is_archived=is_archived,
        revision=revision,
        create_time=create_time,
        membership=membership or 0,
    )


def _post(row: Record, at: int, topic_id: str, space_id: str, names: dict[UUID, str]) -> Post:
    (id_, number, author_id, html, renderer, state, revision, reply_to, votes, terms_id, create_time, edit_time,
     handle, display_name, reactions, files, _, body, has_voted, is_ignored) = row[at : at + 20]  # fmt: skip
    # A page has few authors, and mostly one version of the terms.
    author, terms = "" if author_id is None else names.get(author_id, ""), names.get(terms_id, "")
    if author_id is not None and not author:
        author = names[author_id] = ids.from_uuid("mem", author_id)
    if not terms:
        terms = names[terms_id] = ids.from_uuid("trm", terms_id)
    return Post(
        id=ids.from_uuid("pst", id_),
        topic_id=topic_id,
        space_id=space_id,
        number=number,
        author_id=author,
        body=body,
        html=html,
        renderer=renderer,
        state=state,
        revision=revision,
        reply_to=reply_to,
        votes=votes,
        terms_id=terms,
        create_time=create_time,
        edit_time=edit_time,
        author=Author() if handle is None else Author(member_id=author, handle=handle, display_name=display_name),
        reactions={int(each): count for each, count in sorted(orjson.loads(reactions).items())} if reactions else {},
        has_voted=has_voted,
        attachments=[_file(each) for each in orjson.loads(files)] if files else (),
        is_ignored=is_ignored,
    )


def _file(row: dict[str, Any]) -> Attachment:
    return Attachment(
        id=ids.from_uuid("pfl", UUID(row["id"])),
        author_id="" if row["author_id"] is None else ids.from_uuid("mem", UUID(row["author_id"])),
        post_id=ids.from_uuid("pst", UUID(row["post_id"])),
        filename=row["filename"],
        media_type=row["media_type"],
        size=row["size"],
        state=row["state"],
        file_key=row["file_key"],
        create_time=datetime.fromisoformat(row["create_time"]),
        reason=row["reason"],
        width=row["width"],
        height=row["height"],
    )


def _moved(row: dict[str, Any]) -> Moved:
    return Moved(
        number=row["number"],
        post_id=ids.from_uuid("pst", UUID(row["post_id"])),
        topic_id=ids.from_uuid("top", UUID(row["topic_id"])),
        to_number=row["to_number"],
    )
