"""The widget's host: framed by the site's own pages only, and nothing kept before a chat was started."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
from parley.identity.v1 import site_pb2
from parley.options.v1 import access_pb2

from kernel.config import Config
from kernel.errors import Unavailable
from tests.gateway.backend import SHOP, SITE, SITE_KEY, TENANT, Backend, conversation_id
from tests.gateway.conftest import Door, a_door

WIDGET = "http://widget.localhost:8400"
COOKIE = "__Host-parley_visitor"


def widget(door: Door, **headers: str) -> httpx.AsyncClient:
    """Returns a client of the widget's host."""
    return door.client("widget", **{"origin": WIDGET} | headers)


def ancestors(response: httpx.Response) -> str:
    """Returns who may frame a page."""
    policy = response.headers["content-security-policy"]
    return next(part for part in policy.split("; ") if part.startswith("frame-ancestors ")).removeprefix(
        "frame-ancestors "
    )


async def test_the_panel_is_framed_by_its_site_only(door: Door) -> None:
    async with widget(door) as client:
        response = await client.get(f"/panel?site={SITE_KEY}")
    assert "<title>panel</title>" in response.text
    assert ancestors(response) == f"{WIDGET} {SHOP}"
    assert "x-frame-options" not in response.headers
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "query", ["", "?site=", "?site=pk_unknown", "?site=pk_fern&site=pk_fern", "?site=%3Cscript%3E", "?x"]
)
async def test_an_unknown_site_has_a_page_that_says_so(door: Door, query: str) -> None:
    async with widget(door) as client:
        response = await client.get(f"/panel{query}")
    assert response.status_code == 404
    assert "not registered" in response.text
    assert "script" not in response.text


async def test_an_origin_that_is_none_never_reaches_the_header(door: Door, backend: Backend) -> None:
    backend.sites["pk_odd"] = site_pb2.ResolveSiteKeyResponse(
        site_id=SITE, allowed_origins=["https://a.example; script-src *", "https://b.example", "*"]
    )
    async with widget(door) as client:
        response = await client.get("/panel?site=pk_odd")
    assert ancestors(response) == f"{WIDGET} https://b.example"


async def test_while_identity_is_away_the_panel_says_back_in_a_moment(door: Door, backend: Backend) -> None:
    backend.error = Unavailable("UNAVAILABLE", "Not now.")
    async with widget(door) as client:
        response = await client.get("/panel?site=pk_other")
    assert response.status_code == 503
    assert "Back in a moment" in response.text


async def test_the_launcher_loads_anywhere_and_marks_the_site_seen_once(door: Door, backend: Backend) -> None:
    async with door.client("widget", referer=f"{SHOP}/a/page?with=query") as client:
        answers = [await client.get(f"/launcher.js?site={SITE_KEY}") for _ in range(3)]
    response = answers[-1]
    assert response.text == "launch()"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["content-type"].startswith("text/javascript")
    assert "set-cookie" not in response.headers
    seen = await asyncio.wait_for(backend.seen.get(), 10)
    assert (seen.site_key, seen.origin) == (SITE_KEY, SHOP)
    assert backend.seen.empty()


async def test_a_page_that_is_not_the_site_s_is_not_marked(door: Door, backend: Backend) -> None:
    for referer in ("http://evil.example/", "", "javascript:alert(1)", "http://fern.localhost:8400.evil.example/"):
        async with door.client("widget", referer=referer) as client:
            await client.get(f"/launcher.js?site={SITE_KEY}")
    async with door.client("widget", referer=f"{SHOP}/") as client:
        await client.get(f"/launcher.js?site={SITE_KEY}")
    assert (await asyncio.wait_for(backend.seen.get(), 10)).origin == SHOP
    assert backend.seen.empty()


async def test_only_the_site_s_own_pages_may_fetch_the_launcher(door: Door) -> None:
    path = f"/launcher.js?site={SITE_KEY}"
    async with door.client("widget") as client:
        own = await client.get(path, headers={"origin": SHOP})
        other = await client.get(path, headers={"origin": "http://evil.example"})
        preflight = await client.options(path, headers={"origin": SHOP, "access-control-request-method": "GET"})
        refused = await client.options(path, headers={"origin": "http://evil.example"})
    assert own.headers["access-control-allow-origin"] == SHOP
    assert own.headers["vary"] == preflight.headers["vary"] == "Origin"
    assert preflight.headers["access-control-allow-origin"] == SHOP
    for response in (own, other, preflight, refused):
        assert "access-control-allow-credentials" not in response.headers
    for response in (other, refused):
        assert "access-control-allow-origin" not in response.headers


async def test_no_other_address_answers_other_origins(door: Door, backend: Backend) -> None:
    async with door.client("widget", origin=SHOP, authorization=f"Bearer {backend.token()}") as client:
        for path in (f"/v1/conversations/{conversation_id(1)}", "/panel?site=pk_fern", "/widget/session"):
            response = await client.get(path)
            assert "access-control-allow-origin" not in response.headers
            response = await client.options(path, headers={"access-control-request-method": "POST"})
            assert "access-control-allow-origin" not in response.headers


async def test_somebody_new_gets_an_anonymous_token_and_no_cookie(door: Door, backend: Backend) -> None:
    backend.grant(SITE_KEY, callers=[access_pb2.CALLER_ANONYMOUS], conversation_id="", subject_id="")
    async with widget(door) as client:
        response = await client.post("/widget/session", json={"siteKey": SITE_KEY})
    answer = response.json()
    assert answer["kind"] == "anonymous"
    assert answer["siteId"] == SITE
    assert "conversationId" not in answer
    assert "set-cookie" not in response.headers


async def test_a_visitor_comes_back_by_credential_or_by_cookie(door: Door, backend: Backend) -> None:
    backend.grant("vis.good")
    async with widget(door) as client:
        kept = await client.put("/widget/session", json={"siteKey": SITE_KEY, "visitorCredential": "vis.good"})
        assert kept.status_code == 204
        parts = kept.headers["set-cookie"].split("; ")
        assert parts[0] == f"{COOKIE}=vis.good"
        assert {"HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"} <= set(parts)
        by_cookie = await client.post(
            "/widget/session", json={"siteKey": SITE_KEY}, headers={"cookie": f"{COOKIE}=vis.good"}
        )
        by_credential = await client.post(
            "/widget/session", json={"siteKey": SITE_KEY, "visitorCredential": "vis.good"}
        )
        for response in (by_cookie, by_credential):
            assert response.json()["kind"] == "visitor"
            assert response.json()["conversationId"] == conversation_id(1)
        gone = await client.delete("/widget/session")
        assert gone.status_code == 204
        assert gone.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")


async def test_the_credential_of_another_site_opens_nothing_here(door: Door, backend: Backend) -> None:
    backend.grant("vis.other", site_id="sit_00000000000000000000000002")
    backend.grant(SITE_KEY, callers=[access_pb2.CALLER_ANONYMOUS], conversation_id="")
    async with widget(door) as client:
        by_cookie = await client.post(
            "/widget/session", json={"siteKey": SITE_KEY}, headers={"cookie": f"{COOKIE}=vis.other"}
        )
        assert by_cookie.json()["kind"] == "anonymous"
        assert by_cookie.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")
        form = {"siteKey": SITE_KEY, "visitorCredential": "vis.other"}
        assert (await client.post("/widget/session", json=form)).status_code == 401
        assert (await client.put("/widget/session", json=form)).status_code == 401


async def test_a_page_of_another_origin_gets_no_token(door: Door, backend: Backend) -> None:
    backend.grant("vis.good")
    for origin in (SHOP, "null", "http://evil.example"):
        async with door.client("widget", origin=origin, cookie=f"{COOKIE}=vis.good") as client:
            for method in ("POST", "PUT", "DELETE"):
                response = await client.request(
                    method, "/widget/session", json={"siteKey": SITE_KEY, "visitorCredential": "vis.good"}
                )
                assert (response.status_code, response.json()["reason"]) == (403, "ORIGIN_REJECTED")


async def test_a_credential_cannot_write_headers(door: Door, backend: Backend) -> None:
    evil = "vis.good; Domain=evil.example\r\nset-cookie: x=y"
    backend.grant(evil)
    async with widget(door) as client:
        response = await client.put("/widget/session", json={"siteKey": SITE_KEY, "visitorCredential": evil})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert backend.exchanges == 0


async def test_an_unknown_site_key_opens_no_session(door: Door) -> None:
    async with widget(door) as client:
        response = await client.post("/widget/session", json={"siteKey": "pk_unknown"})
    assert (response.status_code, response.json()["reason"]) == (404, "SITE_NOT_FOUND")
    assert TENANT not in response.text


async def test_hashed_files_stay_for_ever_and_the_rest_is_not_there(door: Door) -> None:
    async with door.client("widget") as client:
        asset = await client.get("/assets/panel-1234.js")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/assets/other.js")).status_code == 404
        assert (await client.get("/console/index.html")).status_code == 404
        assert (await client.post("/assets/panel-1234.js")).status_code == 405


async def test_looking_up_keys_that_nobody_knows_is_limited_and_the_launcher_loads_all_the_same(
    config: Config, backend: Backend
) -> None:
    async with a_door(replace(config, limit_site_keys=3)) as door:
        async with door.client("widget", referer=f"{SHOP}/", origin=SHOP) as client:
            for number in range(10):
                assert (await client.get(f"/launcher.js?site=pk_none{number}")).text == "launch()"
            assert backend.resolved == 3
            # A key that is known already costs nothing; one that would have to be looked up waits for its turn.
            assert (await client.get("/launcher.js?site=pk_none0")).text == "launch()"
            limited = await client.get(f"/launcher.js?site={SITE_KEY}")
    assert limited.text == "launch()"
    assert "access-control-allow-origin" not in limited.headers
    assert backend.resolved == 3
