"""What the widget's host keeps of visitors, in front of the real services: a cookie that they chose, and no other."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from parley.privacy.v1 import browser_log_pb2
from redis.asyncio import Redis

from gateway.browser_log import browser_of
from kernel import ids
from tests.gateway.conftest import Door, a_door
from tests.platform import Platform, Tenant

WIDGET = "http://widget.localhost:8400"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


@pytest_asyncio.fixture
async def real_door(platform: Platform) -> AsyncIterator[Door]:
    """A gateway in front of the real platform."""
    store = Redis.from_url(platform.config.redis_url)
    config = replace(
        platform.config,
        public_base="http://localhost:8400",
        port=0,
        limit_starts=0,
        limit_requests=0,
        limit_codes=0,
        trusted_proxies=("127.0.0.0/8",),
    )
    async with a_door(config, store=store) as door:
        yield door
    await store.aclose()


@pytest_asyncio.fixture(scope="module")
async def shop(platform: Platform) -> Tenant:
    """A tenant."""
    return await platform.tenant()


@pytest_asyncio.fixture
async def owner(platform: Platform) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The database, as its administrator sees it."""
    connection = await asyncpg.connect(platform.config.database_url)
    yield connection
    await connection.close()


class Browser:
    """A browser with a panel in it: it keeps the one cookie as the gateway says, and shows it again."""

    def __init__(
        self, door: Door, tenant: Tenant, *, blocks_cookies: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        self._door = door
        self._headers = {"origin": WIDGET, "user-agent": AGENT} | (headers or {})
        self._tenant = tenant
        self._blocks_cookies = blocks_cookies
        self.cookie = ""
        #: Every cookie that was ever given.
        self.given: list[str] = []
        self.lasting: int | None = None
        self.credential = ""
        self.token = ""

    async def ask(self, method: str, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Asks, with the cookie where there is one."""
        if self.cookie:
            headers["cookie"] = self.cookie
        async with self._door.client("widget", **self._headers | headers) as client:
            response = await client.request(method, path, json=body)
        assert response.status_code < 300, response.text
        given = response.headers.get("set-cookie")
        if given:
            self.given.append(given)
        if given and not self._blocks_cookies:
            self.cookie = "" if "Max-Age=0" in given else given.partition(";")[0]
            found = re.search(r"Max-Age=(\d+)", given)
            self.lasting = int(found[1]) if found else None
        return response

    async def open(self, *, fresh: bool = False) -> dict[str, Any]:
        """Opens the panel."""
        form = {"siteKey": self._tenant.site.key} | ({"fresh": "yes"} if fresh else {})
        answer: dict[str, Any] = (await self.ask("POST", "/widget/session", form)).json()
        self.token = answer["accessToken"]
        return answer

    async def start(self) -> dict[str, Any]:
        """Starts a chat."""
        body = {
            "noticeId": self._tenant.notice.id,
            "language": "en",
            "pagePath": "/",
            "requestId": secrets.token_hex(12),
        }
        response = await self.ask("POST", "/v1/conversations", body, authorization=f"Bearer {self.token}")
        answer: dict[str, Any] = response.json()
        self.credential, self.token = answer["visitorCredential"], answer["accessToken"]
        conversation: dict[str, Any] = answer["conversation"]
        return conversation

    async def keep(self, **choice: str) -> None:
        """Has the credential kept, as the visitor chose."""
        form = {"siteKey": self._tenant.site.key, "visitorCredential": self.credential} | choice
        await self.ask("PUT", "/widget/session", form)

    async def remember(self) -> None:
        """Chooses to be remembered."""
        await self.keep(remember="yes", noticeId=self._tenant.notice.id)


async def test_a_chat_leaves_a_cookie_that_ends_with_the_browser(real_door: Door, shop: Tenant) -> None:
    browser = Browser(real_door, shop)
    assert (await browser.open())["kind"] == "anonymous"
    conversation = await browser.start()
    assert browser.given == []
    await browser.keep()
    assert browser.cookie.startswith("__Host-parley_visitor=")
    assert browser.lasting is None
    # Another page of the same visit goes on with the chat.
    again = await browser.open()
    assert (again["kind"], again["conversationId"]) == ("visitor", conversation["id"])
    assert "rememberedUntilTime" not in again
    # A new chat is a new visitor's.
    await browser.open(fresh=True)
    assert (await browser.start())["visitorId"] != conversation["visitorId"]


async def test_who_chose_it_is_the_same_visitor_next_time_for_ninety_days_at_most(
    real_door: Door, shop: Tenant
) -> None:
    browser = Browser(real_door, shop)
    await browser.open()
    first = await browser.start()
    await browser.remember()
    assert browser.lasting is not None
    assert 89 * 86_400 < browser.lasting <= 90 * 86_400
    assert "rememberedUntilTime" in await browser.open()
    fresh = await browser.open(fresh=True)
    assert fresh["kind"] == "anonymous"
    second = await browser.start()
    assert second["visitorId"] == first["visitorId"]
    assert second["id"] != first["id"]
    lasted = browser.lasting
    await browser.keep()
    assert browser.lasting is not None
    assert browser.lasting <= lasted


async def test_who_withdraws_is_forgotten_and_chats_on(real_door: Door, shop: Tenant) -> None:
    browser = Browser(real_door, shop)
    await browser.open()
    first = await browser.start()
    await browser.remember()
    await browser.keep(remember="no")
    assert browser.cookie
    assert browser.lasting is None
    assert (await browser.open())["conversationId"] == first["id"]
    await browser.open(fresh=True)
    assert (await browser.start())["visitorId"] != first["visitorId"]


async def test_the_browser_s_signal_is_a_no_and_takes_back_an_earlier_yes(real_door: Door, shop: Tenant) -> None:
    signalling = Browser(real_door, shop, headers={"sec-gpc": "1"})
    await signalling.open()
    first = await signalling.start()
    await signalling.remember()
    assert signalling.lasting is None
    assert (await signalling.open())["conversationId"] == first["id"]
    await signalling.open(fresh=True)
    assert (await signalling.start())["visitorId"] != first["visitorId"]
    # Somebody who was remembered turns the signal on.
    before = Browser(real_door, shop)
    await before.open()
    remembered = await before.start()
    await before.remember()
    after = Browser(real_door, shop, headers={"sec-gpc": "1"})
    after.cookie = before.cookie
    assert "rememberedUntilTime" not in await after.open()
    assert after.lasting is None
    # It was taken back, not only for this time.
    await before.open(fresh=True)
    assert (await before.start())["visitorId"] != remembered["visitorId"]


async def test_with_cookies_blocked_everything_works_but_being_recognised(real_door: Door, shop: Tenant) -> None:
    browser = Browser(real_door, shop, blocks_cookies=True)
    await browser.open()
    first = await browser.start()
    await browser.remember()
    response = await browser.ask(
        "POST", "/widget/session", {"siteKey": shop.site.key, "visitorCredential": browser.credential}
    )
    assert response.json()["conversationId"] == first["id"]
    assert (await browser.open())["kind"] == "anonymous"
    # A receipt's code needs no cookie.
    code = await browser.ask("POST", "/v1/receipt-codes", {}, authorization=f"Bearer {response.json()['accessToken']}")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", code.json()["receiptCode"])


async def test_starting_a_chat_notes_the_browser_and_opening_one_does_not(
    real_door: Door, platform: Platform, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    tenant = await platform.tenant()
    browser = Browser(real_door, tenant, headers={"x-forwarded-for": "203.0.113.99"})

    async def noted() -> list[tuple[Any, ...]]:
        rows = await owner.fetch(
            "SELECT network_address, family, major_version FROM privacy.browser_log WHERE tenant_id = $1",
            ids.to_uuid(tenant.id, "ten"),
        )
        return [tuple(row) for row in rows]

    async with real_door.client("widget") as client:
        for page in ("launcher.js", "panel"):
            await client.get(f"/{page}?site={tenant.site.key}")
    await browser.open()
    assert not await noted()
    await browser.start()
    async with asyncio.timeout(10):
        while not (found := await noted()):
            pass
    assert found == [("203.0.113.99", browser_log_pb2.BROWSER_FAMILY_CHROME, 141)]
    # Nowhere else: the address is in no other table of any service.
    tables = await owner.fetch(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables "
        "WHERE table_schema IN ('identity', 'privacy', 'chat') AND table_type = 'BASE TABLE'"
    )
    for table in tables:
        count = await owner.fetchval(f"SELECT count(*) FROM {table['name']} t WHERE t::text LIKE '%203.0.113.99%'")
        assert count == (1 if table["name"] == "privacy.browser_log" else 0), table["name"]


@pytest.mark.parametrize(
    ("agent", "family", "major"),
    [
        (AGENT, browser_log_pb2.BROWSER_FAMILY_CHROME, 141),
        (AGENT + " Edg/141.0.0.0", browser_log_pb2.BROWSER_FAMILY_EDGE, 141),
        (AGENT + " OPR/120.0.0.0", browser_log_pb2.BROWSER_FAMILY_OPERA, 120),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:143.0) Gecko/20100101 Firefox/143.0",
            browser_log_pb2.BROWSER_FAMILY_FIREFOX,
            143,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            browser_log_pb2.BROWSER_FAMILY_SAFARI,
            18,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 "
            "Mobile Safari/537.36",
            browser_log_pb2.BROWSER_FAMILY_SAMSUNG,
            27,
        ),
        ("curl/8.5.0", browser_log_pb2.BROWSER_FAMILY_OTHER, 0),
        ("", browser_log_pb2.BROWSER_FAMILY_OTHER, 0),
        ("Chrome/99999999 " * 1000, browser_log_pb2.BROWSER_FAMILY_CHROME, 9999),
    ],
)
def test_of_a_browser_its_family_and_major_version_are_noted(agent: str, family: int, major: int) -> None:
    assert browser_of(agent) == (family, major)
