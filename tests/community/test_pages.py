"""The community's pages as a browser without scripts has them: read, join, agree, ask, answer."""

from __future__ import annotations

import html
import io
import re
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest_asyncio
import redis.asyncio
from parley.community.v1 import direct_pb2, moderation_pb2, topic_pb2

from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel.community import FormTimes
from kernel.rpc.channels import Channels
from tests.community.forum import PASSWORD, Forum, forum
from tests.platform import Platform


@pytest_asyncio.fixture(scope="module")
async def door(platform: Platform) -> AsyncIterator[Server]:
    """A gateway in front of the platform."""
    config = replace(platform.config, limit_requests=0, limit_sign_ins=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    store = redis.asyncio.Redis.from_url(config.redis_url)
    upstreams = Upstreams(services=channels, replicas=replicas, store=store)
    server = Server(create_app(config, upstreams), config)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        await channels.close()
        await store.aclose()


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
    # A test types faster than people do.
    await shop.set("community.least_typing_seconds", 0)
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


def some_words() -> str:
    """Returns a text of some five hundred characters that is like no other."""
    return " ".join("".join(secrets.choice("abdegiklmnorstuw") for _ in range(6)) for _ in range(72))


async def test_a_page_of_twenty_posts_is_small_and_has_no_script(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    await shop.age(ann, days=60, posts=20)
    # As long as what people write to explain a thing, and never the same twice.
    topic = await shop.topic(ann, space.id, body=some_words())
    for _ in range(20):
        await shop.reply(ann, topic.id, some_words())
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
        code = re.search(r"<code[^>]*>(flg_[0-9a-v]{26})</code>", done.text)
        assert code is not None
        assert re.search(r"expires by \d+ [A-Z][a-z]+ \d{4}\.", done.text), "a day is named, and not how many days"
        assert f'name="code" value="{code[1]}"' in done.text, "nobody has to copy it to follow the report"
        assert "Elm Street 5" not in (await reader.get(f"/t/{topic.id}")).text, "no kept page shows it any more"
        found = await reader.post("/search", data={"q": "Elm"})
        assert "Elm" not in found.text.replace('value="Elm"', "")
        followed = await reader.post("/report", data={"code": code[1]})
        assert "Nobody has decided yet." in followed.text
        assert "<dt>Decided</dt>" not in followed.text
        (case,) = await shop.cases()
        await shop.decide(shop.admin, case.id, 1, is_upheld=False)
        decided = (await reader.post("/report", data={"code": code[1]})).text
        assert "not found to be right" in decided
        assert '<dt>Decided</dt><dd><time datetime="20' in decided
        assert "Elm Street 5" in (await reader.get(f"/t/{topic.id}")).text


async def test_a_statement_of_reasons_is_in_words_with_the_day_until_which_an_appeal_is_taken(
    platform: Platform, door: Server
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    question = topic_pb2.TOPIC_KIND_QUESTION
    topic = await shop.topic(ann, space.id, "Pots", body="Which pots?", kind=question)
    post = await shop.reply(bo, topic.id, "Only fools use clay.")
    await shop.flag(ann.token, post.id, moderation_pb2.FLAG_KIND_HARASSMENT)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, moderation_pb2.CASE_ACTION_RESTRICT)
    async with a_browser(door, shop) as browser, a_browser(door, shop) as reader:
        await signed_in(browser, bo.email)
        told = (await browser.get("/decisions")).text
        assert "<dd>It is folded where it stands, and search does not find it.</dd>" in told
        assert "<dd>The terms of this community forbid it.</dd>" in told
        assert re.search(r"You can appeal until \d+ [A-Z][a-z]+ \d{4}\.", told)
        assert "<p><code>DECISION_VISIBILITY_CONTENT_DEMOTED</code></p>" in told
        # And so it is.
        page = (await reader.get(f"/t/{topic.id}")).text
        assert page.index("Shown less after a decision") < page.index("Only fools use clay.")
        assert page.count("Only fools use clay.") == 1, "nor is it told to search engines"
        assert "Only fools" not in (await reader.post("/search", data={"q": "fools"})).text
        found = (await reader.post("/search", data={"q": "which"})).text
        assert "<bdi>Pots</bdi>" in found, "what is found stands under its topic"


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
        sitemap = (await reader.get("/sitemap?page=topics")).text
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
        preview = (await browser.get("/leave")).text
        assert "<li>You wrote 1 post.</li><li>You began 1 topic.</li></ul>" in preview, "nobody quotes or names them"
        copy = await browser.post("/copy", data={"x": "1"})
        assert copy.headers["content-disposition"] == 'attachment; filename="community-account.zip"'
        assert "set-cookie" not in copy.headers
        with zipfile.ZipFile(io.BytesIO(copy.content)) as archive:
            assert "What I said." in archive.read("community-account.ndjson").decode()
        wrong = await browser.post("/leave", data={"remains": "erased", "password": "not the password"})
        assert wrong.status_code == 403
        assert (await browser.get("/left")).headers["location"].endswith("/account"), "who has not left"
        left = await browser.post("/leave", data={"remains": "erased", "password": PASSWORD})
        assert left.headers["location"].endswith("/left")
        assert "Max-Age=0" in left.headers["set-cookie"]
        assert "What I said." not in (await reader.get(f"/t/{topic.id}")).text


async def test_the_way_into_a_community_leads_past_its_border_and_back(platform: Platform, door: Server) -> None:
    shop, none = await forum(platform), await platform.tenant()
    desk = {"host": "widget.localhost", "accept": "text/html"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", headers=desk, timeout=20) as reader:
        centre = await reader.get(f"/privacy/{shop.tenant.slug}/policy")
        assert f'href="/community/{shop.tenant.slug}"' in centre.text
        form = await reader.get(f"/support/{shop.tenant.site.key}")
        assert f'href="/community/{shop.tenant.slug}"' in form.text
        led = await reader.get(f"/community/{shop.tenant.slug}")
        assert led.headers["location"] == f"{platform.config.origin('community')}/c/{shop.tenant.slug}/in"
        asked = {"accept": "application/json"}
        assert (await reader.get(f"/community/{shop.tenant.slug}", headers=asked)).json() == {"there": True}
        # Where there is no community, nothing leads there, and it answers as for a company that is none.
        assert "/community/" not in (await reader.get(f"/privacy/{none.slug}/policy")).text
        assert "/community/" not in (await reader.get(f"/support/{none.site.key}")).text
        assert (await reader.get(f"/community/{none.slug}")).status_code == 404
        for slug in (none.slug, "nobody-at-all", "%2e%2e", "A"):
            assert (await reader.get(f"/community/{slug}", headers=asked)).json() == {"there": False}
        assert (await reader.post(f"/community/{shop.tenant.slug}")).status_code == 405
    async with a_browser(door, shop) as browser:
        assert "public by nature" in (await browser.get("/in")).text
        back = await browser.get("/out")
        assert "the privacy policy holds again" in back.text
        assert f"/support/{shop.tenant.site.key}" in back.text


async def test_what_leads_to_a_person_is_marked_and_masked_moved_or_posted(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    # A test types faster than people do.
    await shop.set("community.least_typing_seconds", 0)
    await shop.space("plants")
    ann = await shop.poster()
    sent = {"title": "A swap", "body": "Write to ann.other@people.example <soon>.", "kind": "discussion"}
    async with a_browser(door, shop) as browser:
        await signed_in(browser, ann.email)
        asked = await browser.post("/new/plants", data=sent | {"fresh": "one"})
        assert asked.status_code == 409 or asked.status_code == 400
        assert "<mark>ann.other@people.example</mark> &lt;soon&gt;." in asked.text
        assert "an e-mail address" in asked.text
        moved = await browser.post("/new/plants", data=sent | {"exposure": "ticket"})
        assert "Not posted. Your text is still here" in moved.text
        assert f"/support/{shop.tenant.site.key}" in moved.text
        masked = await browser.post("/new/plants", data=sent | {"exposure": "mask", "fresh": "two"})
        assert masked.status_code == 303, masked.text
        topic = masked.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        page = await browser.get(topic)
        assert "ann.other" not in page.text
        kept = await browser.post(topic, data={"body": "Half a thought", "keep": "1", "reply_to": "0"})
        assert kept.headers["location"].endswith("?kept=1#reply")
        again = await browser.get(topic)
        assert "Half a thought</textarea>" in again.text
        assert "A reply" in (await browser.get("/account")).text
        posted = await browser.post(topic, data={"body": "Call +49 170 1234567.", "exposure": "anyway", "fresh": "3"})
        assert posted.status_code == 303, posted.text
        assert "Half a thought" not in (await browser.get(topic)).text


async def test_two_members_write_once_both_want_it_and_one_is_blocked(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(bo, space.id)
    async with a_browser(door, shop) as of_ann, a_browser(door, shop) as of_bo:
        await signed_in(of_ann, ann.email)
        await signed_in(of_bo, bo.email)
        asked = await of_ann.post(f"/m/{bo.handle}/write", data={"body": "Do you **swap**?"})
        assert asked.status_code == 303, asked.text
        thread = asked.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        assert "You have asked." in (await of_ann.get(thread)).text
        early = await of_ann.post(thread, data={"body": "And one more thing"})
        assert early.status_code >= 400
        assert "wants to write to you" in (await of_bo.get("/messages")).text
        assert "<strong>swap</strong>" in (await of_bo.get(thread)).text
        assert (await of_bo.post(f"{thread}/answer", data={"answer": "accept"})).status_code == 303
        assert (await of_bo.post(thread, data={"body": "I do."})).status_code == 303
        assert "I do." in (await of_ann.get(thread)).text
        assert (await of_ann.post(f"/t/{topic.id}/follow", data={"level": "follow"})).status_code == 303
        await shop.reply(bo, topic.id, "Something new.")
        assert (await of_bo.post(f"/m/{ann.handle}/relate", data={"kind": "block"})).status_code == 303
        assert "Blocked" in (await of_bo.get("/account")).text
        refused = await of_ann.post(thread, data={"body": "Hello?"})
        assert refused.status_code >= 400
        assert "Hello?</textarea>" in refused.text, "what was typed is still there"
        assert "Nothing was sent." in refused.text


async def test_a_file_goes_with_a_topic_and_is_opened_by_who_reads_it(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    # A test types faster than people do.
    await shop.set("community.least_typing_seconds", 0)
    await shop.space("plants")
    ann = await shop.poster()
    pdf = ("plan.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    sent = {"fresh": "a" * 24, "request_id": "a" * 24, "title": "A plan", "body": "Here it is.", "kind": "discussion"}
    async with a_browser(door, shop) as browser, a_browser(door, shop) as reader:
        await signed_in(browser, ann.email)
        # What is not taken costs neither the text nor the file that was.
        both = [("files", pdf), ("files", ("none.pdf", b"", "application/pdf"))]
        refused = await browser.post("/new/plants", data=sent, files=both)
        assert refused.status_code == 400
        assert "Here it is.</textarea>" in refused.text
        came = re.search(r'name="(file:pfl_[0-9a-v]{26})" value="plan.pdf" checked', refused.text)
        assert came is not None
        posted = await browser.post("/new/plants", data=sent | {came[1]: "plan.pdf"})
        assert posted.status_code == 303, posted.text
        topic = posted.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        await shop.settled(topic.removeprefix("/t/"), ann)
        (found,) = re.findall(r'href="/c/[^/]+(/a/pfl_[0-9a-v]{26})"', (await browser.get(topic)).text)
        opened = await reader.get(found)
        assert opened.status_code == 303
        assert opened.headers["location"].startswith(platform.config.origin("content"))
        assert "plan.pdf" not in opened.headers["location"]
        # Another one comes, and the first one goes, where the post is changed.
        edit = re.search(r'href="/c/[^/]+(/p/pst_[0-9a-v]{26})"', (await browser.get(topic)).text)
        assert edit is not None
        page = (await browser.get(edit[1])).text
        carried = re.search(r'name="(drop:pfl_[0-9a-v]{26})"', page)
        assert carried is not None
        changed = fields(page) | {"body": "Here it is, anew.", carried[1]: "1"}
        other = ("other.pdf", pdf[1], pdf[2])
        assert (await browser.post(edit[1], data=changed, files=[("files", other)])).status_code == 303
        after = (await browser.get(topic)).text
        assert "other.pdf" in after
        assert "plan.pdf" not in after
        assert (await reader.get(found)).status_code == 404
        said = (await browser.get(edit[1].replace("/p/", "/h/"))).text
        assert "1 file added then" in said
        assert "1 file taken away then" in said
        assert "plan.pdf" not in said


async def test_a_message_is_reported_from_the_page_and_the_page_says_who_read_it(
    platform: Platform, door: Server
) -> None:
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    asked = await shop.call(
        shop.direct.AskContact, direct_pb2.AskContactRequest(handle=bo.handle, body="Buy my pills!"), ann.token
    )
    async with a_browser(door, shop) as of_ann, a_browser(door, shop) as of_bo:
        await signed_in(of_ann, ann.email)
        await signed_in(of_bo, bo.email)
        thread = f"/messages/{asked.thread.id}"
        assert "/1/report" not in (await of_ann.get(thread)).text, "nobody reports their own"
        assert (await of_ann.get(f"{thread}/1/report")).status_code == 404
        assert f"{thread}/1/report" in (await of_bo.get(thread)).text
        page = await of_bo.get(f"{thread}/1/report")
        assert "Only this message is shown" in page.text
        assert "This belongs elsewhere" not in page.text
        done = await of_bo.post(f"{thread}/1/report", data={"kind": "spam", "text": "Twice a day."})
        code = re.search(r"<code[^>]*>(flg_[0-9a-v]{26})</code>", done.text)
        assert code is not None, done.text
        assert "You reported this" in (await of_bo.get(thread)).text
        (case,) = await shop.cases()
        await shop.decide(shop.admin, case.id, moderation_pb2.CASE_ACTION_REMOVE)
        after = (await of_bo.get(thread)).text
        assert "This message was removed after a decision." in after
        assert "A moderator read this message, and no other" in after
        assert "A message of yours was removed" in (await of_ann.get("/decisions")).text
        assert "was found to be right" in (await of_bo.post("/report", data={"code": code[1]})).text


async def test_a_form_that_comes_back_at_once_is_held_and_one_shown_again_is_not_timed_anew(
    platform: Platform, door: Server
) -> None:
    shop = await forum(platform)
    await shop.space("plants")
    ann = await shop.poster()
    async with a_browser(door, shop) as browser, a_browser(door, shop) as reader:
        await signed_in(browser, ann.email)
        hidden = fields((await browser.get("/new/plants")).text)
        sent = hidden | {"title": "Buy now", "body": "Here, at once.", "kind": "discussion"}
        posted = await browser.post("/new/plants", data=sent)
        assert posted.status_code == 303, posted.text
        topic = posted.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        assert "waits for somebody to look at it" in (await browser.get(topic)).text
        assert "Here, at once." not in (await reader.get(topic)).text
        earlier = FormTimes(platform.config.secret_key).give(
            shop.tenant.id, ann.id, datetime.now(UTC) - timedelta(minutes=1)
        )
        exposing = sent | {
            "title": "A swap",
            "body": "Write to ann.x@people.example.",
            "started": earlier,
            "fresh": "b",
        }
        asked = await browser.post("/new/plants", data=exposing)
        assert f'name="started" value="{earlier}"' in asked.text
        again = fields(asked.text) | {"title": "A swap", "body": "Write to ann.x@people.example.", "exposure": "mask"}
        masked = await browser.post("/new/plants", data=again | {"kind": "discussion"})
        topic = masked.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        assert "Write to" in (await reader.get(topic)).text
        without = {"title": "No form", "body": "Never opened one.", "kind": "discussion", "fresh": "c"}
        posted = await browser.post("/new/plants", data=without)
        topic = posted.headers["location"].removeprefix(f"/c/{shop.tenant.slug}")
        assert "Never opened one." not in (await reader.get(topic)).text, "who sends no time is held, too"


async def test_topics_like_a_title_are_shown_without_a_script_and_to_one(platform: Platform, door: Server) -> None:
    shop = await forum(platform)
    space = await shop.space("plants")
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "Why has my <fern> yellow leaves?", "Why?")
    async with a_browser(door, shop) as browser:
        assert (await browser.post("/similar", data={"title": "fern"})).headers["location"].endswith("/sign-in")
        await signed_in(browser, bo.email)
        form = await browser.get("/new/plants")
        assert "script-src 'self'" in form.headers["content-security-policy"]
        sent = fields(form.text) | {
            "title": "A fern with yellow leaves",
            "body": "It is **so** yellow.",
            "similar": "1",
        }
        looked = await browser.post("/new/plants", data=sent)
        assert "1 topic has a title like yours." in looked.text
        link = f'href="/c/{shop.tenant.slug}/t/{topic.id}" dir="auto">Why has my &lt;fern&gt; yellow leaves?</a>'
        assert link in looked.text
        assert "It is **so** yellow." in looked.text, "nothing was posted, and nothing is lost"
        assert len(await shop.read(topic.id)) == 1
        piece = await browser.post("/similar", data={"title": sent["title"]})
        assert link in piece.text
        assert "<html" not in piece.text
        assert "<li>" not in (await browser.post("/similar", data={"title": "fe"})).text
