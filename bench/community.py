"""`python -m bench.community`: pages of a large community, and what is posted in it, against the bare SQL and render.

Ours is what the community does for a page, with the tenant bound, under forced row security, with the reader's marks
and reactions; the bare reads the same rows as a superuser whom no policy holds, in one query, and puts the same words
together. Neither gateway nor gRPC is between them. What the whole chain answers in a second, over HTTP, is measured
beside it by `bench.forum_chain`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from parley.community.v1 import post_pb2, topic_pb2
from parley.options.v1 import access_pb2

from bench import forum_sql as sql
from bench.forum_chain import ForumChain, Through
from bench.readers import Asked
from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel import ids
from kernel.config import Config
from kernel.embedded import Engines
from kernel.identity import Actor, Regime
from kernel.rpc.process import Process
from kernel.storage.migrate import migrate
from services.community.__main__ import wire
from services.community.actions import posting, topics
from services.community.actions.wiring import Wiring
from services.community.domain import rendering, terms
from services.community.domain.terms import Clause
from services.community.servicer.posts import post_message, topic_page_message
from services.community.servicer.topics import topic_message

SECRET = "a key for the bench that keeps nothing of anybody's"
#: A page takes at most so many times what the bare SQL and render take.
MOST = 3.0
REPLIES, PAGES, CLIENTS = 375, 500, 16
_WARM = 6
#: So many that nobody reaches the limit of what one member posts in an hour: some reply alone, some in one process, and
#: some through the chain. All topics are of the first of them.
_ALONE, _INSIDE, _THROUGH = range(1, 50), range(50, 150), range(150, 350)
#: In how many topics members reply: in so many one after another, and in so few that they crowd there.
_SPREAD, _CROWDED = 997, 16
_BENCH = Path(__file__).resolve().parent
RESULTS = _BENCH / "results" / "community.json"
DOCUMENT = _BENCH.parent / "docs" / "bench.md"
BEGIN, END = "<!-- community: begin -->", "<!-- community: end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured: how much there is, milliseconds (bare, ours) for each page, and replies a second."""

    topics: int
    posts: int
    pages: dict[str, tuple[float, float]]
    replies: float
    through: Through


class _Settings:
    """The settings of a tenant that changed none."""

    async def get(self, tenant_id: str, setting: Any) -> Any:
        return setting.default


@dataclass(frozen=True, slots=True)
class _Place:
    tenant: UUID
    space: UUID
    terms: UUID
    members: list[UUID]
    session: UUID

    def member(self, at: int) -> Actor:
        """Returns a member who acts."""
        return Actor(
            tenant_id=ids.from_uuid("ten", self.tenant),
            regime=Regime.ASP,
            callers=frozenset({access_pb2.CALLER_MEMBER}),
            subject_id=ids.from_uuid("mem", self.members[at]),
            session_id=ids.from_uuid("mss", UUID(int=self.session.int + at)),
            purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
        )


async def measure(
    folder: Path, count: int, rounds: int, replies: int, seconds: float, say: Callable[[str], None]
) -> Figures:
    """Fills a database with so many topics of ten posts, and measures."""
    with Engines(folder / "engines") as engines:
        await migrate(engines.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        config = Config(
            data_dir=folder, secret_key=SECRET, database_url=engines.database_url, redis_url=engines.redis_url
        )
        return await measure_at(config, count, rounds, replies, seconds, say)


async def measure_at(
    config: Config, count: int, rounds: int, replies: int, seconds: float, say: Callable[[str], None]
) -> Figures:
    """Measures on engines that run, in a database in which every migration has run."""
    chain = ForumChain(config, config.data_dir)
    chain.start()
    try:
        tenant = await chain.tenant()
    finally:
        chain.stop()

    within = await measure_within(config, tenant, count, rounds, replies, say)
    owner = await asyncpg.connect(config.database_url, timeout=30)
    chain.start()
    try:
        asked = [ids.from_uuid("top", _topic(number)) for number in (1, *range(200, 200 + _CROWDED + _SPREAD))]
        members = within.place.members[_THROUGH.start :]
        through = await chain.measure(owner, tenant, members, asked, _CROWDED, seconds=seconds, replies=replies)
    finally:
        chain.stop()
        await owner.close()
    return Figures(topics=count, posts=within.posts, pages=within.pages, replies=within.replies, through=through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What the service came to by itself, and where."""

    place: _Place
    posts: int
    pages: dict[str, tuple[float, float]]
    replies: float


async def measure_within(
    config: Config, tenant: UUID, count: int, rounds: int, replies: int, say: Callable[[str], None]
) -> Within:
    """Measures what the service does in this process, without the chain that leads to it."""
    process = Process(config)
    wiring = replace(wire(process), settings=_Settings())  # type: ignore[arg-type]  # Their own service is away.
    owner = await asyncpg.connect(config.database_url, timeout=30)
    try:
        place = await _filled(owner, tenant, count, say)
        posts = await owner.fetchval("SELECT count(*) FROM community.posts")
        pages = await _pages(owner, wiring, place, count, rounds)
        say("the pages are measured")
        per_second = await _replies(wiring, place, replies)
        say("replies are measured")
        return Within(place=place, posts=posts, pages=pages, replies=per_second)
    finally:
        await owner.close()
        await process.close()


async def _filled(
    owner: asyncpg.Connection[asyncpg.Record], tenant: UUID, count: int, say: Callable[[str], None]
) -> _Place:
    place = _Place(tenant, uuid4(), uuid4(), [uuid4() for _ in range(_THROUGH.stop)], uuid4())
    now, clause = datetime.now(UTC) - timedelta(days=1), Clause(id="R1", title="Be kind", text="Be kind.")
    warning = "Others read it."
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "INSERT INTO community.terms VALUES ($1, $2, 1, $3::jsonb, $4, '', true, $5, $6, $7, $7)",
        place.tenant,
        place.terms,
        json.dumps([{"id": "R1", "title": "Be kind", "text": "Be kind."}]),
        warning,
        terms.content_hash([clause], warning),
        terms.hash_of(warning),
        now,
    )
    await owner.execute(
        "INSERT INTO community.spaces "
        "VALUES ($1, $2, 'bench', 'Bench', '', '', 1, true, true, true, 0, 0, $3, false, 1, $4)",
        place.tenant,
        place.space,
        count,
        now,
    )
    await owner.execute(sql.MEMBERS, place.tenant, place.members)
    for at, member in enumerate(place.members):
        await owner.execute(
            "INSERT INTO community.sessions VALUES ($1, $2, $3, $4, $5, $6)",
            place.tenant,
            UUID(int=place.session.int + at),
            member,
            uuid4().bytes,
            now,
            now + timedelta(days=30),
        )
        for answer in (1, 4):
            await owner.execute(
                "INSERT INTO community.terms_answers VALUES ($1, $2, $3, $4, 1, $5, $6, $7)",
                place.tenant,
                uuid4(),
                member,
                place.terms,
                terms.hash_of(warning),
                answer,
                now,
            )
    await owner.execute(sql.TOPICS, place.tenant, place.space, place.members, count, timeout=900)
    await owner.execute(sql.TITLES, place.tenant, timeout=900)
    html = rendering.render(sql.BODY)
    step = 10_000
    for first in range(1, count + 1, step):
        last = min(count, first + step - 1)
        await owner.execute(
            sql.POSTS, place.tenant, place.space, place.members, sql.BODY, html, place.terms, first, last, timeout=900
        )
    await owner.execute(
        "UPDATE community.topics SET post_count = 2000, last_number = 2000 WHERE tenant_id = $1 AND id = $2",
        place.tenant,
        _topic(1),
    )
    await owner.execute(sql.MARKS, place.tenant, place.members[0], timeout=300)
    await owner.execute("SET session_replication_role = origin")
    for name in ("members", "topics", "titles", "posts", "read_marks", "terms_answers"):
        await owner.execute(f"VACUUM ANALYZE community.{name}", timeout=900)
    say(f"{count:,} topics are there")
    return place


def _topic(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-8000-{number:012x}")


async def _pages(
    owner: asyncpg.Connection[asyncpg.Record], wiring: Wiring, place: _Place, count: int, rounds: int
) -> dict[str, tuple[float, float]]:
    reader = place.member(0)
    space, first, deep = ids.from_uuid("spc", place.space), ids.from_uuid("top", _topic(1)), UUID(int=2**128 - 1)
    anonymous = replace(reader, callers=frozenset({access_pb2.CALLER_ANONYMOUS}), subject_id="", session_id="")

    async def topic_page(actor: Actor, after: int) -> bytes:
        page = await posting.get_topic_page(actor, wiring, first, after, 20)
        return topic_page_message(page, actor).SerializeToString()

    async def topic_list(actor: Actor, token: str = "") -> bytes:
        page, following = await topics.list_topics(actor, wiring, space, "", 30, token)
        listed = topic_pb2.ListTopicsResponse(topics=map(topic_message, page), next_page_token=following)
        return listed.SerializeToString()

    async def search() -> bytes:
        found = await posting.search_posts(anonymous, wiring, "rootstock", "", 20)
        posts = [post_message(each, anonymous) for each in found]
        return post_pb2.SearchPostsResponse(posts=posts).SerializeToString()

    async def bare_page(after: int) -> str:
        rows = await owner.fetch(sql.BARE_PAGE, place.tenant, _topic(1), after)
        return f"<h1>{escape(rows[0]['title'])}</h1>{_posts(rows)}"

    async def bare_list(query: str, *values: object) -> str:
        return "".join(map(_listed, await owner.fetch(query, *values)))

    async def bare_search() -> str:
        return _posts(await owner.fetch(sql.BARE_SEARCH, place.tenant))

    thousandth = UUID(f"00000000-0000-7000-9000-{max(1, count - 30_000 if count > 30_000 else count // 2):012x}")
    token = wiring.pages.cut((reader.tenant_id, "ListTopics", space, ""), [1, 2], 1, lambda _: (str(thousandth),))[1]
    alone = cycle(_ALONE)
    asked: dict[str, tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]] = {
        "topic page, first": (lambda: bare_page(0), lambda: topic_page(anonymous, 0)),
        "topic page, deep": (lambda: bare_page(1000), lambda: topic_page(anonymous, 1000)),
        "topic page, last": (lambda: bare_page(1980), lambda: topic_page(anonymous, 1980)),
        "topic page of a member": (lambda: bare_page(0), lambda: topic_page(reader, 0)),
        "list, page 1": (
            lambda: bare_list(sql.BARE_LIST, place.tenant, place.space, deep),
            lambda: topic_list(anonymous),
        ),
        "list, page 1,000": (
            lambda: bare_list(sql.BARE_LIST, place.tenant, place.space, thousandth),
            lambda: topic_list(anonymous, token),
        ),
        "unread for a reader of 10,000 topics": (
            lambda: bare_list(sql.BARE_UNREAD, place.tenant, place.space, place.members[0]),
            lambda: topic_list(reader),
        ),
        "search": (bare_search, search),
        "reply": (lambda: _bare_reply(owner, place), lambda: _reply(wiring, place, next(alone), 2)),
    }
    # In turns, so that what the machine does meanwhile falls on both.
    return {what: await _both(bare, ours, rounds) for what, (bare, ours) in asked.items()}


def _posts(rows: Sequence[asyncpg.Record]) -> str:
    return "".join(
        f"<article id=p{row['number']}><b>{escape(row['handle'])}</b> {escape(row['display_name'])} "
        f"<time>{row['create_time'].isoformat()}</time>{row['html']}<i>{row['votes']}</i></article>"
        for row in rows
    )


def _listed(row: asyncpg.Record) -> str:
    return (
        f"<li><a href={row['id']}>{escape(row['title'])}</a> {escape(row['handle'])} {row['post_count']} "
        f"<time>{row['last_post_time'].isoformat()}</time>{' '.join(map(escape, row['tags'] or ()))}</li>"
    )


async def _bare_reply(owner: asyncpg.Connection[asyncpg.Record], place: _Place) -> None:
    await owner.execute(
        sql.BARE_REPLY,
        place.tenant,
        _topic(2),
        ids.new_uuid(),
        place.space,
        place.members[1],
        sql.BODY,
        rendering.render(sql.BODY),
        place.terms,
    )


async def _reply(wiring: Wiring, place: _Place, member: int, topic: int) -> object:
    # No two are alike, as no two of people are.
    said = f"{uuid4()} {uuid4()} is what I found on the roots of mine."
    request = post_pb2.CreatePostRequest(topic_id=ids.from_uuid("top", _topic(topic)), body=said)
    return await posting.create_post(place.member(member), wiring, request.topic_id, said, 0, "", request)


async def _both(
    bare: Callable[[], Awaitable[object]], ours: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_WARM):
        # Statements are prepared and connections opened before anything counts.
        await bare()
        await ours()
    for _ in range(rounds):
        for run, kept in zip((bare, ours), times, strict=True):
            began = time.perf_counter()
            await run()
            kept.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


async def _replies(wiring: Wiring, place: _Place, count: int) -> float:
    """Has sixteen members reply at once in topics of their own, within the limits for everybody."""
    waiting = iter(range(count))

    async def client(at: int) -> None:
        for number in waiting:
            await _reply(wiring, place, _INSIDE[number % len(_INSIDE)], 100 + at)

    began = time.perf_counter()
    await asyncio.gather(*(client(at) for at in range(CLIENTS)))
    return count / (time.perf_counter() - began)


def section(found: Figures) -> str:
    """Writes what was found for people."""
    worst = max(ours / bare for bare, ours in found.pages.values())
    return "\n".join(
        [
            BEGIN,
            "## Communities",
            "",
            f"Written by `python -m bench.community`: {found.topics:,} topics and {found.posts:,} posts, one topic of "
            "them with 2,000. *Ours* binds the tenant, is held by row security, decides who may read, and writes the "
            "answer as a message; *bare* reads what stands on the page in one query as a superuser whom no policy "
            "holds, and puts it together as HTML; its reply writes the post, the counts and the mark, and checks "
            "nothing. Medians in milliseconds.",
            "",
            "| what | bare | ours | ratio |",
            "|---|---|---|---|",
            *(
                f"| {what} | {bare:.2f} | {ours:.2f} | {ours / bare:.1f} |"
                for what, (bare, ours) in found.pages.items()
            ),
            "",
            f"At most {MOST:g} times the bare was to be reached: {'yes' if worst <= MOST else '**no**'}, {worst:.1f} "
            f"at the worst. Replies of {CLIENTS} members at once in one process, without gateway and gRPC: "
            f"{found.replies:,.0f} a second.",
            "",
            f"Through the whole chain, by {CLIENTS} clients that keep their connections, everything on one machine of "
            f"{os.cpu_count()} cores, engines and clients included:",
            "",
            "| what | a second | asked for | median ms | 99th ms | CPU ms |",
            "|---|---|---|---|---|---|",
            _row("anonymous topic page of 20 posts, read before", found.through.kept, found.through.cpu[0], PAGES),
            _row("the same, each read for the first time", found.through.anew, found.through.cpu[1], None),
            _row(f"reply, in {_SPREAD:,} topics in turn", found.through.replies, found.through.cpu[2], REPLIES),
            _row(
                f"reply, in {_CROWDED} topics, each followed by two dozen members",
                found.through.crowded,
                found.through.cpu[3],
                None,
            ),
            "",
            f"The page has {found.through.page_bytes / 1000:.1f} kB of HTML. CPU is what everything took together for "
            "one request, so that a machine that is busy otherwise shows in the rate and not in it.",
            END,
        ]
    )


def _row(what: str, asked: Asked, cpu: float, most: int | None) -> str:
    refused = {status: count for status, count in asked.statuses.items() if status not in ("200", "303")}
    note = f" (refused: {refused})" if refused else ""
    return (
        f"| {what}{note} | {asked.per_second:,.0f} | {'' if most is None else most} | {asked.median_ms:.1f} "
        f"| {asked.p99_ms:.1f} | {cpu * 1000:.2f} |"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs, prints, and after a full run writes the results and the section of the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.community", description="Measures communities at size.")
    parser.add_argument("--quick", action="store_true", help="fewer topics; writes nothing")
    parser.add_argument("--topics", type=int, default=0, help="so many topics, and otherwise as with --quick")
    given = parser.parse_args(arguments)
    quick = given.quick or bool(given.topics)
    count, rounds, replies, seconds = (given.topics or 2_000, 60, 600, 4.0) if quick else (100_000, 200, 3_000, 15.0)
    with tempfile.TemporaryDirectory(prefix="parley-bench-community-") as folder:
        found = asyncio.run(
            measure(Path(folder), count, rounds, replies, seconds, lambda what: print(what, flush=True))
        )
    written = section(found)
    print(written)
    if not quick:
        RESULTS.write_text(json.dumps(asdict(found), indent=1) + "\n")
        page = DOCUMENT.read_text()
        pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        page = pattern.sub(lambda _: written, page) if pattern.search(page) else f"{page.rstrip()}\n\n{written}\n"
        DOCUMENT.write_text(page)


if __name__ == "__main__":
    main()
