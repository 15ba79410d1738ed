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
