"""The community's pages as a browser without scripts has them: read, join, agree, ask, answer."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest_asyncio

from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel.rpc.channels import Channels
from tests.community.forum import PASSWORD, Forum, forum
from tests.platform import Platform


@pytest_asyncio.fixture(scope="module")
async def door(platform: Platform) -> AsyncIterator[Server]:
    """A gateway in front of the platform."""
    config = replace(platform.config, limit_requests=0, limit_sign_ins=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    assert platform.running is not None
    upstreams = Upstreams(services=channels, replicas=replicas, store=None, hints=platform.running._process.hints)
    server = Server(create_app(config, upstreams), config)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        await channels.close()


@asynccontextmanager
async def a_browser(door: Server, shop: Forum) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, which keeps its cookies to itself."""
    headers = {"host": "community.localhost", "origin": shop.platform.config.origin("community"), "accept": "text/html"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{door.port}/c/{shop.tenant.slug}", headers=headers, timeout=20
    ) as client:
        yield client


async def signed_in(browser: httpx.AsyncClient, email: str) -> None:
    """Signs a member in, and sends the cookie as a browser on TLS does."""
    answer = await browser.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    browser.headers["cookie"] = answer.headers["set-cookie"].split(";")[0]


def fields(page: str, action: str = "") -> dict[str, str]:
    """Returns what a form carries along."""
    form = page if not action else page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


async def test_somebody_joins_agrees_asks_and_is_read_without_a_script(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space("plants")
    async with a_browser(door, shop) as browser, a_browser(door, shop) as reader:
        home = await browser.get("", follow_redirects=True)
        assert "Plants" in home.text
        assert "set-cookie" not in home.headers
        assert (await browser.get("/new/plants")).headers["location"].endswith("/sign-in")
        minor = {"handle": "kim", "email": "kim@people.example", "password": PASSWORD, "age": "17"}
        refused = await browser.post("/join", data=minor)
        assert "You cannot join" in refused.text
        begun = await browser.post("/join", data=minor | {"age": "44"})
        hidden = fields(begun.text)
        assert "kim@people.example" not in begun.text
        made = await browser.post("/verify", data=hidden | {"code": shop.code(hidden["sign_up_id"])})
        assert made.status_code == 303
        cookie = made.headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=Lax"} <= {each.strip() for each in cookie.split(";")}
        browser.headers["cookie"] = cookie.split(";")[0]
        compose = await browser.get("/new/plants")
        assert "Everybody reads this, signed in or not." in compose.text
        sent = fields(compose.text) | {"title": "Yellow leaves", "body": "Why **so** yellow?", "kind": "question"}
        not_yet = await browser.post("/new/plants", data=sent)
        assert not_yet.status_code == 409
        assert "Why **so** yellow?" in not_yet.text, "what was typed is still there"
        agreed = sent | {"accept": "1", "acknowledge": "1"}
        posted = await browser.post("/new/plants", data=agreed)
        assert posted.status_code == 303, posted.text
        topic = posted.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        again = await browser.post("/new/plants", data=agreed)
        assert again.headers["location"] == posted.headers["location"], "a form that is sent twice posts once"
        page = await reader.get(topic)
        assert "<strong>so</strong>" in page.text
        assert '"@type": "QAPage"' in page.text
        assert f'href="/c/{shop.tenant.slug}/m/kim"' in page.text
        assert "kim@people.example" not in page.text
        assert page.headers["etag"]
        unchanged = await reader.get(topic, headers={"if-none-match": page.headers["etag"]})
        assert unchanged.status_code == 304
        mine = await browser.get(topic)
        assert mine.headers["cache-control"] == "no-store"
        replied = await browser.post(
            topic, data=fields(mine.text, f"/c/{shop.tenant.slug}{topic}") | {"body": "Too wet."}
        )
        assert replied.headers["location"].endswith("#p2")
        assert "Too wet." in (await reader.get(topic)).text, "a kept page is not older than what was posted"
        assert space.slug in page.text


async def test_a_page_of_twenty_posts_is_small_and_has_no_script(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    words = "Some words that people write when they explain a thing to one another, twice over. " * 6
    topic = await shop.topic(ann, space.id, body=words)
    for _ in range(20):
        await shop.reply(ann, topic.id, words)
    async with a_browser(door, shop) as reader:
        page = await reader.get(f"/t/{topic.id}")
        assert len(page.content) < 60_000
        assert page.text.count("<article") == 20
        assert not re.search(r"<script(?! type=\"application/ld\+json\")", page.text)
        deep = await reader.get(f"/t/{topic.id}?after=20")
        assert 'id="p21"' in deep.text
        assert deep.text.count("<article") == 1


async def test_somebody_without_an_account_has_a_post_masked_and_follows_it(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id, body="Jo Miller lives in Elm Street 5.")
    (post,) = await shop.read(topic.id)
    async with a_browser(door, shop) as reader:
        assert "Elm Street 5" in (await reader.get(f"/t/{topic.id}")).text
        asked = await reader.get(f"/f/{post.id}")
        assert "This is advertising" not in asked.text
        done = await reader.post(f"/f/{post.id}", data={"kind": "exposed", "selection": "Elm Street 5"})
        code = re.search(r"<code>(flg_[0-9a-v]{26})</code>", done.text)
        assert code is not None
        assert "Elm Street 5" not in (await reader.get(f"/t/{topic.id}")).text, "no kept page shows it any more"
        found = await reader.post("/search", data={"q": "Elm"})
        assert "Elm" not in found.text.replace('value="Elm"', "")
        followed = await reader.post("/report", data={"code": code[1]})
        assert "Nobody has decided yet." in followed.text
        (case,) = await shop.cases()
        await shop.decide(shop.admin, case.id, 1, is_upheld=False)
        assert "not found to be right" in (await reader.post("/report", data={"code": code[1]})).text
        assert "Elm Street 5" in (await reader.get(f"/t/{topic.id}")).text


async def test_a_feed_and_a_sitemap_say_what_may_be_found(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    shown, quiet = await shop.space("shown"), await shop.space("quiet", is_indexed=False, has_feed=False)
    ann = await shop.poster()
    topic = await shop.topic(ann, shown.id, "Cats & <dogs>")
    other = await shop.topic(ann, quiet.id, "Hush")
    async with a_browser(door, shop) as reader:
        feed = await reader.get("/s/shown/feed")
        assert feed.headers["content-type"].startswith("application/atom+xml")
        assert "Cats &amp; &lt;dogs&gt;" in feed.text
        assert (await reader.get("/s/quiet/feed")).status_code == 404
        sitemap = (await reader.get("/sitemap")).text
        assert topic.id in sitemap
        assert other.id not in sitemap
        assert 'name="robots" content="noindex"' in (await reader.get(f"/t/{other.id}")).text
        assert 'name="robots"' not in (await reader.get(f"/t/{topic.id}")).text


async def test_a_member_leaves_by_the_pages(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id, body="What I said.")
    async with a_browser(door, shop) as browser, a_browser(door, shop) as reader:
        await signed_in(browser, ann.email)
        assert "You wrote 1 posts" in (await browser.get("/leave")).text
        copy = await browser.post("/copy", data={"x": "1"})
        assert "What I said." in copy.text
        wrong = await browser.post("/leave", data={"remains": "erased", "password": "not the password"})
        assert wrong.status_code == 403
        left = await browser.post("/leave", data={"remains": "erased", "password": PASSWORD})
        assert left.headers["location"].endswith("/left")
        assert "Max-Age=0" in left.headers["set-cookie"]
        assert "What I said." not in (await reader.get(f"/t/{topic.id}")).text
