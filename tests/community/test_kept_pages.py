"""Pages that are kept for everybody are never older than what was hidden, whoever changed it and whatever died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
import pytest
import pytest_asyncio
import redis.asyncio
from parley.community.v1 import moderation_pb2, post_pb2, space_pb2
from starlette.responses import Response

from gateway.__main__ import live_channel
from gateway.app import Gateway, Upstreams, create_app
from gateway.community.cache import PageCache, key_of
from gateway.live.replicas import Replicas
from gateway.requests import Proxies
from gateway.secure_sessions import note_arrival
from gateway.server import Server
from kernel.community import WHOLE, of_topic
from kernel.config import Config
from kernel.rpc.channels import Channels
from kernel.stamps import Stamps
from services.community.actions import stamping
from services.community.actions.stamping import PageStamps
from tests.community.forum import ANYWAY, Forum, Poster, forum
from tests.platform import Platform


@dataclass
class Door:
    """A gateway, and what it keeps."""

    app: Gateway
    server: Server
    cache: PageCache

    async def get(self, path: str, *, host: str = "community.localhost", **headers: str) -> httpx.Response:
        """Reads a page as anybody does."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.server.port}", timeout=20) as client:
            return await client.get(path, headers={"host": host, "accept": "text/html", **headers})


@asynccontextmanager
async def a_door(platform: Platform, redis_url: str) -> AsyncIterator[Door]:
    """Runs a gateway."""
    config = replace(platform.config, limit_requests=0, limit_sign_ins=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    store = redis.asyncio.Redis.from_url(redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
    app = create_app(config, Upstreams(services=channels, replicas=replicas, store=store))
    server = Server(app, config)
    await server.start()
    try:
        yield Door(app, server, app.communities.cache)
    finally:
        await server.stop()
        await channels.close()
        await store.aclose()


@pytest_asyncio.fixture(scope="module")
async def doors(platform: Platform) -> AsyncIterator[tuple[Door, Door]]:
    """Two gateways in front of the platform."""
    async with a_door(platform, platform.config.redis_url) as one, a_door(platform, platform.config.redis_url) as two:
        yield one, two


@pytest_asyncio.fixture
async def stamps(platform: Platform) -> AsyncIterator[Stamps]:
    """The stamps, as another process has them."""
    store = redis.asyncio.Redis.from_url(platform.config.redis_url)
    yield Stamps(store)
    await store.aclose()


@dataclass
class Talk:
    """A topic that everybody reads, and a reply in it."""

    shop: Forum
    space: space_pb2.Space
    author: Poster
    topic_id: str
    reply: post_pb2.Post

    @property
    def path(self) -> str:
        """Where it is read."""
        return f"/c/{self.shop.tenant.slug}/t/{self.topic_id}"


async def a_talk(platform: Platform, said: str = "Something that is said.") -> Talk:
    """Begins a topic and replies in it."""
    shop = await forum(platform)
    space, author = await shop.space(), await shop.poster()
    await shop.age(author, days=60, posts=60)
    topic = await shop.topic(author, space.id, "Roots", "What do you think?")
    request = post_pb2.CreatePostRequest(topic_id=topic.id, body=said, exposure_choice=ANYWAY)
    made = await shop.call(shop.posts.CreatePost, request, author.token)
    return Talk(shop, space, author, topic.id, made.post)


async def read(talk: Talk, *doors: Door) -> list[str]:
    """Reads the topic at some gateways, until each of them has it from what it keeps."""
    found = []
    for door in doors:
        await door.get(talk.path)
        assert any(talk.path.encode() in key for key in door.cache.keys)
        found.append((await door.get(talk.path)).text)
    return found


async def once(talk: Talk, *doors: Door) -> list[str]:
    """Reads the topic once at each of some gateways."""
    return [(await door.get(talk.path)).text for door in doors]


async def test_what_is_hidden_is_gone_from_the_next_read_at_every_gateway(
    platform: Platform, doors: tuple[Door, Door]
) -> None:
    talk = await a_talk(platform)
    assert all("Something that is said." in page for page in await read(talk, *doors))
    await talk.shop.flag(talk.shop.anonymous, talk.reply.id, moderation_pb2.FLAG_KIND_EXPOSED)
    assert not any("Something that is said." in page for page in await once(talk, *doors))


async def test_what_its_author_takes_away_or_changes_is_gone_from_the_next_read(
    platform: Platform, doors: tuple[Door, Door]
) -> None:
    talk = await a_talk(platform)
    posts = talk.shop.posts
    await read(talk, *doors)
    change = post_pb2.UpdatePostRequest(post_id=talk.reply.id, body="Another thing.")
    await talk.shop.call(posts.UpdatePost, change, talk.author.token)
    changed = await read(talk, *doors)
    assert all("Another thing." in page and "Something that is said." not in page for page in changed)
    await talk.shop.call(posts.DeletePost, post_pb2.DeletePostRequest(post_id=talk.reply.id), talk.author.token)
    assert not any("Another thing." in page for page in await once(talk, *doors))


async def test_a_space_that_is_closed_to_everybody_is_closed_with_the_next_read(
    platform: Platform, doors: tuple[Door, Door]
) -> None:
    talk = await a_talk(platform)
    await read(talk, *doors)
    closed = space_pb2.Exposure(visibility=space_pb2.VISIBILITY_MEMBERS)
    await talk.shop.call(
        talk.shop.spaces.UpdateSpace,
        space_pb2.UpdateSpaceRequest(
            space_id=talk.space.id, display_name="Closed", exposure=closed, joining=space_pb2.JOINING_REQUEST
        ),
        talk.shop.admin,
    )
    assert [(await door.get(talk.path)).status_code for door in doors] == [404, 404]


async def test_a_purge_that_no_action_knows_of_changes_the_stamp(platform: Platform, stamps: Stamps) -> None:
    talk = await a_talk(platform)
    owner, scopes = talk.shop.tenant.id, (WHOLE, of_topic(talk.topic_id))
    before = await stamps.read(owner, scopes)
    assert before == await stamps.read(owner, scopes)
    async with talk.shop.inside() as wiring, wiring.database.transaction(owner) as connection:
        await connection.exec_driver_sql("DELETE FROM community.posts WHERE number = 2")
    assert await stamps.read(owner, scopes) not in (None, before)


async def test_a_reply_changes_its_own_topic_alone(platform: Platform, stamps: Stamps) -> None:
    talk = await a_talk(platform)
    other = await talk.shop.topic(talk.author, talk.space.id, "Another one", "And this?")
    owner = talk.shop.tenant.id
    mine, others = (WHOLE, of_topic(talk.topic_id)), (WHOLE, of_topic(other.id))
    before = await stamps.read(owner, mine), await stamps.read(owner, others)
    await talk.shop.reply(talk.author, talk.topic_id, "And one more thing about those roots.")
    after = await stamps.read(owner, mine), await stamps.read(owner, others)
    assert after[0] != before[0]
    assert after[1] == before[1]


async def test_whoever_dies_between_commit_and_stamp_leaves_no_page_that_is_older(
    platform: Platform, doors: tuple[Door, Door], stamps: Stamps
) -> None:
    talk = await a_talk(platform)
    await read(talk, *doors)
    # The plug is pulled: the mark is set and the post hidden, and nobody ever settles it.
    change = await stamps.mark(talk.shop.tenant.id, [WHOLE])
    await talk.shop.rows("UPDATE community.posts SET state = 5 WHERE number = 2 RETURNING 1")
    assert not any("Something that is said." in page for page in await once(talk, *doors))
    # Somebody else's change meanwhile does not make an end of it: the dead one's commit may still be on its way.
    await talk.shop.space()
    assert await stamps.read(talk.shop.tenant.id, (WHOLE,)) is None
    size = doors[0].cache.size
    await doors[0].get(talk.path)
    assert doors[0].cache.size == size, "nothing is kept while it is not known how things stand"
    await stamps.settle(talk.shop.tenant.id, [WHOLE], change)
    assert await stamps.read(talk.shop.tenant.id, (WHOLE,)) is not None


async def test_without_redis_a_change_is_answered_when_no_page_from_before_can_be_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "PAGE_SECONDS", 0.4)
    talk = await a_talk(platform)
    async with talk.shop.inside() as wiring:
        away = redis.asyncio.Redis.from_url("redis://127.0.0.1:1")
        PageStamps(wiring.database, Stamps(away))
        began = time.monotonic()
        async with wiring.database.transaction(talk.shop.tenant.id) as connection:
            await connection.exec_driver_sql("UPDATE community.posts SET state = 5 WHERE number = 2")
        assert time.monotonic() - began >= 0.4
        monkeypatch.setattr(stamping, "PAGE_SECONDS", 60)
        began = time.monotonic()
        async with wiring.database.transaction(talk.shop.tenant.id) as connection:
            await connection.exec_driver_sql("SELECT 1 FROM community.posts")
        assert time.monotonic() - began < 30, "whoever changes nothing waits for nothing"
        await away.aclose()


async def test_a_page_that_was_begun_before_a_change_is_given_to_nobody_after_it(
    platform: Platform, stamps: Stamps
) -> None:
    talk = await a_talk(platform)
    owner, cache = talk.shop.tenant.id, PageCache(stamps)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> Response:
        begun.set()
        await go_on.wait()
        return Response("old")

    async def quick() -> Response:
        return Response("new")

    first = asyncio.create_task(cache.render(b"key", owner, (WHOLE,), slow))
    await begun.wait()
    await talk.shop.space()
    second = await cache.render(b"key", owner, (WHOLE,), quick)
    go_on.set()
    assert bytes((await first).body) == b"old", "who asked before it is answered from before it"
    assert bytes(second.body) == b"new"
    kept = await cache.find(b"key")
    assert kept is None or kept.body == b"new"


async def test_while_redis_is_away_every_page_is_made_anew(platform: Platform) -> None:
    talk = await a_talk(platform)
    async with a_door(platform, "redis://127.0.0.1:1") as door:
        page = await door.get(talk.path)
        assert "Something that is said." in page.text
        assert door.cache.size == 0
        unchanged = await door.get(talk.path, **{"if-none-match": page.headers["etag"]})
        assert unchanged.status_code == 304
        await talk.shop.call(
            talk.shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=talk.reply.id), talk.author.token
        )
        again = await door.get(talk.path, **{"if-none-match": page.headers["etag"]})
        assert again.status_code == 200
        assert "Something that is said." not in again.text


async def test_whoever_is_signed_in_neither_gets_nor_fills_what_is_kept(
    platform: Platform, doors: tuple[Door, Door]
) -> None:
    talk = await a_talk(platform, "Write to ann@people.example or ask here.")
    (kept, _) = await read(talk, *doors)
    assert "ann@people.example" not in kept, "contacts stay masked for whoever is not signed in"
    size = doors[0].cache.size
    cookie = f"__Host-parley_member={talk.shop.tenant.slug}.{talk.author.session}"
    mine = await doors[0].get(talk.path, cookie=cookie)
    assert mine.headers["cache-control"] == "no-store"
    assert "ann@people.example" in mine.text
    assert doors[0].cache.size == size
    assert "ann@people.example" not in (await doors[0].get(talk.path)).text
    ended = await doors[0].get(talk.path, cookie=f"__Host-parley_member={talk.shop.tenant.slug}.{'x' * 43}")
    assert "ann@people.example" not in ended.text


async def test_no_other_host_and_no_other_company_gets_what_is_kept(
    platform: Platform, doors: tuple[Door, Door]
) -> None:
    talk, other = await a_talk(platform), await forum(platform)
    await read(talk, doors[0])
    elsewhere = talk.path.replace(talk.shop.tenant.slug, other.tenant.slug)
    assert (await doors[0].get(elsewhere)).status_code == 404
    for host in ("api.localhost", "console.localhost", "content.localhost", "widget.localhost", "shop.example"):
        answer = await doors[0].get(talk.path, host=host)
        assert "Something that is said." not in answer.text


def test_a_page_is_known_by_everything_that_it_depends_on() -> None:
    scope = {"raw_path": b"/c/a/t/b", "query_string": b"", "headers": [(b"host", b"one.example")]}
    keys = [
        key_of(scope, "en"),
        key_of(scope | {"headers": [(b"host", b"two.example")]}, "en"),
        key_of(scope, "de"),
        key_of(scope | {"raw_path": b"/c/a/t/c"}, "en"),
        key_of(scope | {"query_string": b"after=20"}, "en"),
    ]
    assert len(set(keys)) == len(keys)
    request = {**scope, "type": "http", "method": "GET", "scheme": "https", "client": ("127.0.0.1", 1)}
    note_arrival(request, Proxies(()), Config())
    by_tls = key_of(scope, "en")
    note_arrival(request | {"scheme": "http"}, Proxies(()), Config())
    assert key_of(scope, "en") != by_tls, "a company may want secure sessions, and is not shown by plain HTTP then"
    assert key_of(scope | {"query_string": b"a" * 5000}, "en") == b""


async def test_what_is_kept_has_a_bound_and_the_oldest_goes_first(stamps: Stamps) -> None:
    cache = PageCache(stamps, most_bytes=20_000)

    async def page() -> Response:
        return Response("x" * 5_000)

    for number in range(5):
        await cache.render(b"%d" % number, "ten_of_a_test", (WHOLE,), page)
    assert cache.size <= 20_000
    assert b"0" not in cache
    assert await cache.find(b"4") is not None
