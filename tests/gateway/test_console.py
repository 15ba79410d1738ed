"""Staff sessions: a cookie that no script reads, that no other origin can use, and that ends at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from parley.options.v1 import access_pb2

from gateway import sessions
from tests.gateway.backend import TENANT, Backend, conversation_id
from tests.gateway.conftest import Door, without_web
from tests.gateway.conftest import a_door as open_door

CONSOLE = "http://console.localhost:8400"
COOKIE = "__Host-parley_session"
FORM = {"tenant": "fern", "email": "ada@fern.example", "password": "correct horse battery"}
CONVERSATION = f"/v1/conversations/{conversation_id(1)}"


def console(door: Door, **headers: str) -> httpx.AsyncClient:
    """Returns a client of the console's host."""
    return door.client("console", **headers)


async def test_signing_in_sets_a_cookie_that_no_script_reads(door: Door, backend: Backend) -> None:
    async with console(door, origin=CONSOLE) as client:
        response = await client.post("/session", json=FORM)
    assert response.status_code == 200
    assert response.json()["expireTime"].endswith("Z")
    assert "ses.new" not in response.text
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=ses.new; ")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()
    [request] = backend.requests
    assert (request.tenant_slug, request.email, request.network_address) == ("fern", "ada@fern.example", "127.0.0.1")


async def test_a_wrong_password_sets_nothing_and_repeats_nothing(door: Door) -> None:
    async with console(door, origin=CONSOLE) as client:
        response = await client.post("/session", json=FORM | {"password": "hunter2"})
    assert response.status_code == 401
    assert response.json()["reason"] == "SIGN_IN_REJECTED"
    assert "set-cookie" not in response.headers
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    "form", [{}, FORM | {"password": ""}, FORM | {"password": 7}, FORM | {"tenantId": "ten_x"}, ["a"], "text"]
)
async def test_a_form_that_does_not_fit_is_refused(door: Door, backend: Backend, form: Any) -> None:
    async with console(door, origin=CONSOLE) as client:
        response = await client.post("/session", json=form)
    assert response.status_code == 400
    assert not backend.requests


async def test_another_origin_signs_nobody_in(door: Door, backend: Backend) -> None:
    for origin in ("http://evil.example", "http://widget.localhost:8400", "null", "http://console.localhost"):
        async with console(door, origin=origin) as client:
            response = await client.post("/session", json=FORM)
        assert (response.status_code, response.json()["reason"]) == (403, "ORIGIN_REJECTED")
    assert not backend.requests


async def test_a_form_as_a_page_could_send_it_is_refused(door: Door, backend: Backend) -> None:
    async with console(door) as client:
        response = await client.post("/session", content=b'{"tenant":"fern"}', headers={"content-type": "text/plain"})
    assert response.status_code == 415
    assert not backend.requests


async def test_the_session_tells_who_it_is(door: Door, backend: Backend) -> None:
    backend.grant("ses.good", callers=[access_pb2.CALLER_OPERATOR, access_pb2.CALLER_ADMIN])
    async with console(door, cookie=f"{COOKIE}=ses.good") as client:
        response = await client.get("/session")
    answer = response.json()
    assert answer["accessToken"] == backend.grants["ses.good"].access_token
    assert answer["callers"] == ["CALLER_OPERATOR", "CALLER_ADMIN"]
    assert answer["tenantId"] == TENANT
    assert response.headers["cache-control"] == "no-store"


async def test_without_a_good_session_there_is_none(door: Door) -> None:
    async with console(door) as client:
        assert (await client.get("/session")).status_code == 401
        bad = await client.get("/session", headers={"cookie": f"{COOKIE}=ses.bad"})
        assert bad.status_code == 401
        assert f'{COOKIE}=""; expires=' in bad.headers["set-cookie"]
        twice = await client.get("/session", headers={"cookie": f"{COOKIE}=a; {COOKIE}=b"})
        assert twice.status_code == 401


async def test_the_cookie_calls_the_api_on_the_console_host_only(door: Door, backend: Backend) -> None:
    backend.grant("ses.good")
    cookie = f"{COOKIE}=ses.good"
    async with console(door, cookie=cookie) as client:
        assert (await client.get(CONVERSATION)).status_code == 200
    for host in ("api", "widget", "elsewhere"):
        async with door.client(host, cookie=cookie) as client:
            assert (await client.get(CONVERSATION)).status_code == 401


async def test_a_change_by_cookie_needs_the_console_origin(door: Door, backend: Backend) -> None:
    backend.grant("ses.good")
    path, body = f"{CONVERSATION}/messages", {"clientMessageId": "message-1", "body": "x"}
    for origin in (None, "http://evil.example", "null", "http://console.localhost:8400.evil.example"):
        headers = {"cookie": f"{COOKIE}=ses.good"} | ({"origin": origin} if origin else {})
        async with console(door, **headers) as client:
            response = await client.post(path, json=body)
        assert (response.status_code, response.json()["reason"]) == (403, "ORIGIN_REJECTED")
    assert not backend.requests
    async with console(door, cookie=f"{COOKIE}=ses.good", origin=CONSOLE) as client:
        assert (await client.post(path, json=body)).status_code == 200


async def test_signing_out_ends_the_session_at_once(door: Door, backend: Backend) -> None:
    backend.grant("ses.good")
    async with console(door, cookie=f"{COOKIE}=ses.good", origin=CONSOLE) as client:
        assert (await client.get("/session")).status_code == 200
        response = await client.delete("/session")
        assert response.status_code == 204
        assert f'{COOKIE}=""' in response.headers["set-cookie"]
        assert (await client.get("/session")).status_code == 401
        assert (await client.get(CONVERSATION)).status_code == 401


async def test_another_origin_signs_nobody_out(door: Door, backend: Backend) -> None:
    backend.grant("ses.good")
    async with console(door, cookie=f"{COOKIE}=ses.good", origin="http://evil.example") as client:
        assert (await client.delete("/session")).status_code == 403
    assert "ses.good" in backend.grants


async def test_a_session_revoked_elsewhere_stops_within_seconds(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(sessions.KEPT_SECONDS[kind] for kind in (sessions.Kind.SESSION, sessions.Kind.API_KEY)) <= 3
    monkeypatch.setitem(sessions.KEPT_SECONDS, sessions.Kind.SESSION, 0.2)
    backend.grant("ses.good")
    async with console(door, cookie=f"{COOKIE}=ses.good") as client:
        assert (await client.get(CONVERSATION)).status_code == 200
        backend.grants.clear()
        async with asyncio.timeout(3):
            while (await client.get(CONVERSATION)).status_code != 401:
                pass


async def test_the_console_s_page_stands_at_every_address_of_its_own(door: Door) -> None:
    async with console(door) as client:
        for path in ("/", "/inbox", "/inbox/cnv_1"):
            response = await client.get(path)
            assert "<title>console</title>" in response.text
            assert response.headers["cache-control"] == "no-cache"
        missing = await client.get("/favicon.ico")
        assert missing.status_code == 404
        first = await client.get("/")
        unchanged = await client.get("/", headers={"if-none-match": first.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_console_that_is_not_built_says_so(door: Door) -> None:
    async with open_door(without_web(door.config)) as bare, bare.client("console") as client:
        response = await client.get("/")
        assert response.status_code == 503
        assert "not built" in response.text


async def test_a_sign_in_elsewhere_comes_back_to_its_own_browser_only(door: Door, backend: Backend) -> None:
    async with console(door) as client:
        for query in ("code=c&state=s", "error=access_denied&state=s", "", "code=c"):
            response = await client.get(f"/oidc/callback?{query}")
            assert (response.status_code, response.headers["location"]) == (303, "/#/refused")
            assert COOKIE not in response.headers["set-cookie"]
    assert not backend.requests


async def test_another_origin_asks_for_nothing_in_anybodys_name(door: Door, backend: Backend) -> None:
    forms = {
        "/session/code": {"challenge": "c", "code": "1"},
        "/oidc/start": {"tenant": "fern"},
        "/password-reset": {"tenant": "fern", "email": "ada@fern.example"},
        "/entry/check": {"secret": "s"},
        "/entry": {"secret": "s", "password": "a long enough one"},
    }
    async with console(door, origin="http://evil.example") as client:
        for path, form in forms.items():
            response = await client.post(path, json=form)
            assert (response.status_code, response.json()["reason"]) == (403, "ORIGIN_REJECTED")
    assert not backend.requests
