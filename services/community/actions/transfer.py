"""Writes a whole community out, and takes one in.

What is written out is what everybody sees in the spaces whose label says so, under the names that stand there; no
address is. Taken in, a name is a member who signs in nowhere: who they are is not in the file, and nobody becomes
somebody by it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from services.community.actions.wiring import Wiring, tenant_of
from services.community.domain import rendering, terms
from services.community.domain import transfer as domain
from services.community.domain.polls import Poll
from services.community.domain.posts import LIVE
from services.community.domain.terms import Clause
from services.community.store import polls as poll_store
from services.community.store import transfer as store

_PAGE, _BATCH = 500, 500


async def export_community(actor: Actor, wiring: Wiring) -> AsyncIterator[bytes]:
    """Yields a community, a record a line."""
    tenant = tenant_of(actor)
    yield _line("community", {"format": domain.FORMAT, "export_time": wiring.clock.now().isoformat()})
    async with wiring.database.transaction(actor.tenant_id) as connection:
        versions = await store.list_terms(connection, tenant)
        spaces = await store.list_spaces(connection, tenant)
    yield b"".join(_line("terms", _terms(row)) for row in versions)
    yield b"".join(_line("space", _space(row)) for row in spaces)
    keys = [row.id for row in spaces]
    after: UUID | None = None
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            authors = await store.list_authors(connection, tenant, keys, after, _PAGE)
        yield b"".join(
            _line("member", {name: getattr(row, name) for name in ("handle", "display_name", "about")})
            for row in authors
        )
        if len(authors) < _PAGE:
            break
        after = authors[-1].id
    after = None
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            topics = await store.list_topics(connection, tenant, keys, after, _PAGE)
        yield b"".join(_line("topic", _topic(row)) for row in topics)
        async for piece in _posts(actor, wiring, [row.id for row in topics]):
            yield piece
        if len(topics) < _PAGE:
            return
        after = topics[-1].id


async def _posts(actor: Actor, wiring: Wiring, topic_ids: Sequence[UUID]) -> AsyncIterator[bytes]:
    after: tuple[UUID, int] | None = None
    while topic_ids:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            page = await store.list_posts(connection, tenant_of(actor), topic_ids, after, _PAGE)
            asking = [row.id for row in page if row.has_poll]
            polls = await poll_store.of_posts(connection, tenant_of(actor), asking, "") if asking else {}
        yield b"".join(
            _line("post", _post(row)) + (_line("poll", _poll(row, polls[row.id])) if row.id in polls else b"")
            for row in page
        )
        if len(page) < _PAGE:
            return
        after = (page[-1].topic_id, page[-1].number)


def _line(kind: str, values: dict[str, Any]) -> bytes:
    return orjson.dumps({"kind": kind} | values) + b"\n"


def _terms(row: Row[Any]) -> dict[str, Any]:
    plain = ("number", "clauses", "warning", "change_log", "is_material", "effective_time", "publish_time")
    return {"id": ids.from_uuid("trm", row.id)} | {name: getattr(row, name) for name in plain}


def _space(row: Row[Any]) -> dict[str, Any]:
    plain = "slug display_name description category visibility is_indexed has_feed joining position is_archived".split()
    said = {name: getattr(row, name) for name in (*plain, "create_time")}
    return {"id": ids.from_uuid("spc", row.id)} | said


def _topic(row: Row[Any]) -> dict[str, Any]:
    plain = ("title", "is_locked", "is_pinned", "accepted_number", "create_time")
    return {
        "id": ids.from_uuid("top", row.id),
        "space_id": ids.from_uuid("spc", row.space_id),
        "author": row.handle or "",
        "kind_of": row.kind,
        "tags": row.tags or [],
    } | {name: getattr(row, name) for name in plain}


def _post(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": ids.from_uuid("pst", row.id),
        "topic_id": ids.from_uuid("top", row.topic_id),
        "number": row.number,
        "author": row.handle or "",
        "body": row.body,
        "reply_to": row.reply_to,
        "terms_id": ids.from_uuid("trm", row.terms_id),
        "create_time": row.create_time,
    }


def _poll(row: Row[Any], poll: Poll) -> dict[str, Any]:
    """Says how many chose what, whenever that is told elsewhere, and nobody's name."""
    return {
        "post_id": ids.from_uuid("pst", row.id),
        "question": poll.question,
        "options": [{"text": each.text, "votes": each.votes} for each in poll.options],
        "allows_several": poll.allows_several,
        "results": poll.results,
        "close_time": poll.close_time,
        "voter_count": poll.voter_count,
    }


async def import_community(
    actor: Actor, wiring: Wiring, pieces: AsyncIterator[bytes], request_id: str, request: Message
) -> dict[str, int]:
    """Takes a community in, all of it or nothing; returns how many of each kind. A retry takes nothing twice."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant = tenant_of(actor)
        mark = ids.new_id("imp")
        made = await wiring.idempotency.claim(connection, actor, "ImportCommunity", request_id, request, mark, now)
        if made != mark:
            return {}
        if not await store.is_empty(connection, tenant):
            raise domain.not_empty()
        intake = _Intake(connection, tenant, now, await store.taken_handles(connection, tenant))
        number = 0
        async for line in _lines(pieces):
            number += 1
            kind, values = domain.read_line(line, number)
            if (kind == "community") != (number == 1):
                raise domain.malformed(number, "kind")
            if kind != "community":
                await intake.take(kind, values, number)
        if not number:
            raise domain.malformed(1, "kind")
        await intake.flush()
        await store.count_up(connection, tenant, now)
        wiring.changed(connection, actor.tenant_id)
        return intake.counts


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    left, number = b"", 0
    async for piece in pieces:
        *whole, left = (left + piece).split(b"\n")
        for line in whole:
            number += 1
            if line.strip():
                yield line
        if len(left) > domain.LONGEST_LINE:
            raise domain.malformed(number + 1, "too long")
    if left.strip():
        yield left


class _Intake:
    """What of a file was read so far, and waits to be written."""

    def __init__(self, connection: AsyncConnection, tenant: UUID, now: datetime, taken: set[str]) -> None:
        """Takes where it is written, and the names that are somebody's already."""
        self._connection, self._tenant, self._now, self._taken = connection, tenant, now, taken
        self._rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in store.TABLES}
        self._waiting = 0
        self._authors: dict[str, UUID] = {}
        self._known: dict[str, set[str]] = {kind: set() for kind in ("terms", "space", "topic")}
        self._numbers: dict[str, set[int]] = {}
        self._spaces_of: dict[str, UUID] = {}
        # A poll follows the post that carries it.
        self._latest: tuple[str, UUID | None] = ("", None)
        self.counts = dict.fromkeys(("space", "member", "topic", "post"), 0)

    async def take(self, kind: str, values: dict[str, Any], line: int) -> None:
        """Takes one record."""
        if kind in self._known:
            if values["id"] in self._known[kind]:
                raise domain.malformed(line, "id")
            self._known[kind].add(values["id"])
        getattr(self, f"_{kind}")(values, line)
        if kind in self.counts:
            self.counts[kind] += 1
        self._waiting += 1
        if self._waiting >= _BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Writes what waits, what others name first."""
        for kind, rows in self._rows.items():
            await store.add_rows(self._connection, kind, rows)
            rows.clear()
        self._waiting = 0

    def _add(self, into: str, /, **values: Any) -> None:
        self._rows[into].append({"tenant_id": self._tenant} | values)

    def _key(self, values: dict[str, Any], name: str, kind: str, prefix: str, line: int) -> UUID:
        if values[name] not in self._known[kind]:
            raise domain.malformed(line, name)
        return ids.to_uuid(values[name], prefix)

    def _author(self, values: dict[str, Any], line: int) -> UUID | None:
        if not values["author"]:
            return None
        if values["author"] not in self._authors:
            raise domain.malformed(line, "author")
        return self._authors[values["author"]]

    def _terms(self, values: dict[str, Any], line: int) -> None:
        clauses = [Clause(**each) for each in values["clauses"]]
        said = {name: value for name, value in values.items() if name != "id"}
        self._add(
            "terms",
            id=ids.to_uuid(values["id"], "trm"),
            content_hash=terms.content_hash(clauses, values["warning"]),
            warning_hash=terms.hash_of(values["warning"]),
            **said,
        )

    def _space(self, values: dict[str, Any], line: int) -> None:
        said = {name: value for name, value in values.items() if name != "id"}
        self._add("space", id=ids.to_uuid(values["id"], "spc"), is_exported=True, topic_count=0, revision=1, **said)

    def _member(self, values: dict[str, Any], line: int) -> None:
        if values["handle"] in self._authors:
            raise domain.malformed(line, "handle")
        handle, at = values["handle"], 1
        # Whoever has that name here is somebody else.
        while handle in self._taken:
            at += 1
            handle = f"{values['handle'][:26]}-{at}"
        self._taken.add(handle)
        member_id = ids.random_id("mem")
        self._authors[values["handle"]] = key = ids.to_uuid(member_id, "mem")
        self._add(
            "member",
            id=key,
            handle=handle,
            # No mail reaches it, and no password is it.
            email=f"{member_id}@imported.invalid",
            password_hash="!",
            display_name=values["display_name"],
            about=values["about"],
            post_count=0,
            mail_mode=1,
            follows_own=False,
            create_time=self._now,
        )

    def _topic(self, values: dict[str, Any], line: int) -> None:
        key = ids.to_uuid(values["id"], "top")
        space = self._key(values, "space_id", "space", "spc", line)
        self._numbers[values["id"]] = set()
        self._add(
            "topic",
            id=key,
            space_id=space,
            author_id=self._author(values, line),
            kind=values["kind_of"],
            title=values["title"],
            state=LIVE,
            is_locked=values["is_locked"],
            is_pinned=values["is_pinned"],
            accepted_number=values["accepted_number"],
            post_count=0,
            last_number=0,
            last_post_id=key,
            last_post_time=values["create_time"],
            version=1,
            slow_seconds=0,
            create_time=values["create_time"],
        )
        for tag in values["tags"]:
            self._add("tag", topic_id=key, space_id=space, tag=tag)
        self._spaces_of[values["id"]] = space

    def _post(self, values: dict[str, Any], line: int) -> None:
        topic = self._key(values, "topic_id", "topic", "top", line)
        numbers = self._numbers[values["topic_id"]]
        if values["number"] in numbers:
            raise domain.malformed(line, "number")
        numbers.add(values["number"])
        self._add(
            "post",
            id=ids.to_uuid(values["id"], "pst"),
            topic_id=topic,
            space_id=self._spaces_of[values["topic_id"]],
            number=values["number"],
            author_id=self._author(values, line),
            body=values["body"],
            html=rendering.render(values["body"]),
            renderer=rendering.VERSION,
            state=LIVE,
            revision=1,
            reply_to=values["reply_to"],
            votes=0,
            terms_id=self._key(values, "terms_id", "terms", "trm", line),
            create_time=values["create_time"],
            has_poll=False,
        )
        self._latest = (values["id"], self._rows["post"][-1]["author_id"])

    def _poll(self, values: dict[str, Any], line: int) -> None:
        post_id, author = self._latest
        if values["post_id"] != post_id:
            raise domain.malformed(line, "post_id")
        self._latest = ("", None)
        key, plain = ids.to_uuid(post_id, "pst"), ("question", "allows_several", "results", "close_time")
        said = {name: values[name] for name in plain}
        self._add("poll", post_id=key, author_id=author, kept_voters=values["voter_count"], **said)
        for number, (text, votes) in enumerate(values["options"], 1):
            self._add("poll_option", post_id=key, number=number, text=text, kept_votes=votes)
