"""A tenant asks for secure sessions: nothing is served without TLS, and whoever listens on the wire hears nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from parley.identity.v1 import tenant_pb2
from websockets.asyncio.client import connect

from gateway.secure_sessions import REASON
from kernel.embedded import EngineUrls
from kernel.errors import FailedPrecondition
from tests.gateway.clients import PROTO, a_socket, authenticate, closed, heard
from tests.gateway.conftest import Door, a_door
from tests.gateway.test_http import a_certificate
from tests.gateway.test_platform import next_frame, says
from tests.platform import PASSWORD, Platform, Tenant, a_config, migrated_database, running_platform
from tests.wire import Wire

BASE = "https://localhost:8400"
CONSOLE, WIDGET = "https://console.localhost:8400", "https://widget.localhost:8400"
NAME, WORDS, SOCKET_WORDS = "canary-name-61fe", "canary-words-08ab", "canary-socket-44d0"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reached(engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """A platform that people reach by https."""
    async with migrated_database(engines) as url:
        config = a_config(url, engines.redis_url, tmp_path_factory.mktemp("data"), public_base=BASE)
        async with running_platform(config) as platform:
            yield platform


@asynccontextmanager
async def a_gateway(platform: Platform, folder: Path, *, tls: bool) -> AsyncIterator[Door]:
    """Runs a gateway with a certificate of its own, or without one."""
    config = replace(platform.config, port=0, limit_sign_ins=0, limit_starts=0)
    if tls:
        certificate, key = a_certificate(folder)
        config = replace(config, tls_certificate=str(certificate), tls_key=str(key))
    async with a_door(config) as door:
        await door.streams_ready()
        yield door


async def ask_for_it(tenant: Tenant, value: str = "true") -> None:
    """Sets the option as an administrator does."""
    await tenant.platform.call(
        tenant.platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="sessions.secure_required", value_json=value),
        token=tenant.admin.token,
    )


def refused(response: httpx.Response) -> bool:
    """Says whether an answer is the refusal, and nothing else."""
    return (response.status_code, response.json().get("reason")) == (403, REASON)


async def test_without_tls_a_tenant_that_asks_for_secure_sessions_is_not_served(
    reached: Platform, tmp_path: Path
) -> None:
    strict, easy = await reached.tenant(), await reached.tenant()
    await ask_for_it(strict)
    member = await strict.member()
    visitor, other = await strict.visitor(NAME), await easy.visitor(NAME)
    key = {"siteKey": strict.site.key}
    mine = f"/v1/conversations/{visitor.conversation.id}"
    async with (
        a_gateway(reached, tmp_path, tls=False) as door,
        door.client("widget", origin=WIDGET) as widget,
        door.client("console", origin=CONSOLE) as console,
        door.client() as api,
    ):
        assert refused(await widget.post("/widget/session", json=key))
        assert refused(await widget.put("/widget/session", json=key | {"visitorCredential": visitor.credential}))
        assert refused(await api.get(mine, headers={"authorization": f"Bearer {visitor.token}"}))
        # Anonymous pages and the panel are pages: a browser is sent to where they are safe.
        page = {"accept": "text/html"}
        for path in (f"/panel?site={strict.site.key}", f"/privacy/{strict.slug}"):
            sent = await widget.get(path, headers=page)
            assert (sent.status_code, sent.headers["location"]) == (308, WIDGET + path)
        assert refused(await widget.get(f"/panel?site={strict.site.key}"))
        form = {"tenant": strict.slug, "email": member.email, "password": PASSWORD}
        answer = await console.post("/session", json=form)
        assert refused(answer)
        assert "set-cookie" not in answer.headers
        cookie = {"cookie": f"__Host-parley_session={member.session}"}
        assert refused(await console.get("/v1/me", headers=cookie))
        async with a_socket(door) as socket:
            await socket.send(authenticate(visitor.token))
            assert (await closed(socket))[1] == REASON
        # Nobody else is in the way of it.
        assert (await widget.post("/widget/session", json={"siteKey": easy.site.key})).status_code == 200
        theirs = f"/v1/conversations/{other.conversation.id}"
        assert (await api.get(theirs, headers={"authorization": f"Bearer {other.token}"})).status_code == 200
        async with a_socket(door) as socket:
            await socket.send(authenticate(other.token))
            assert (await heard(socket)).HasField("welcome")


async def test_a_proxy_that_is_not_trusted_cannot_say_that_a_request_came_by_tls(
    reached: Platform, tmp_path: Path
) -> None:
    strict = await reached.tenant()
    await ask_for_it(strict)
    said = {"x-forwarded-proto": "https"}
    async with a_gateway(reached, tmp_path, tls=False) as door, door.client("widget", origin=WIDGET) as widget:
        assert refused(await widget.post("/widget/session", json={"siteKey": strict.site.key}, headers=said))
    trusting = replace(reached.config, port=0, trusted_proxies=("127.0.0.0/8",))
    async with a_door(trusting) as door, door.client("widget", origin=WIDGET) as widget:
        served = await widget.post("/widget/session", json={"siteKey": strict.site.key}, headers=said)
        assert served.status_code == 200
        assert served.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_option_shuts_nobody_out_where_there_is_no_tls(platform: Platform) -> None:
    tenant = await platform.tenant()
    with pytest.raises(FailedPrecondition, match="NOT_REACHED_BY_TLS"):
        await ask_for_it(tenant)
    await ask_for_it(tenant, "false")


async def talk(tenant: Tenant, port: int, *, tls: bool) -> httpx.Response:
    """Starts a chat and says something, by a call and by a socket; returns the answer that sets the cookie."""
    scheme = "https" if tls else "http"
    headers = {"host": "widget.localhost:8400", "origin": WIDGET}
    trusted = ssl.create_default_context()
    trusted.check_hostname, trusted.verify_mode = False, ssl.CERT_NONE
    async with httpx.AsyncClient(
        base_url=f"{scheme}://127.0.0.1:{port}", headers=headers, verify=trusted, timeout=10
    ) as widget:
        key = {"siteKey": tenant.site.key}
        token = (await widget.post("/widget/session", json=key)).json()["accessToken"]
        body = {
            "displayName": NAME,
            "noticeId": tenant.notice.id,
            "language": "en",
            "requestId": "0f9d1c7a5b3e4f6088a2",
        }
        bearer = {"authorization": f"Bearer {token}"}
        started = (await widget.post("/v1/conversations", json=body, headers=bearer)).json()
        kept = await widget.put("/widget/session", json=key | {"visitorCredential": started["visitorCredential"]})
        cookie = {"cookie": kept.headers["set-cookie"].partition(";")[0]}
        token = (await widget.post("/widget/session", json=key, headers=cookie)).json()["accessToken"]
        bearer = {"authorization": f"Bearer {token}"}
        conversation = started["conversation"]["id"]
        said = {"clientMessageId": "message-1", "body": WORDS}
        posted = await widget.post(f"/v1/conversations/{conversation}/messages", json=said, headers=bearer)
        assert posted.status_code == 200, posted.text
    options: dict[str, Any] = {"ssl": trusted} if tls else {}
    address = f"{'wss' if tls else 'ws'}://127.0.0.1:{port}/live"
    async with connect(address, subprotocols=[PROTO], compression=None, **options) as socket:  # type: ignore[list-item]  # The library's name for a text.
        await socket.send(authenticate(token))
        await next_frame(socket, "welcome")
        # A client masks its frames; what the service sends of them back is not masked.
        await socket.send(says(conversation, SOCKET_WORDS, "message-2"))
        await next_frame(socket, "ack")
    return kept


async def test_whoever_listens_on_the_wire_hears_no_word_of_a_secure_session(reached: Platform, tmp_path: Path) -> None:
    strict, easy = await reached.tenant(), await reached.tenant()
    await ask_for_it(strict)
    async with a_gateway(reached, tmp_path, tls=True) as door, Wire(door.port) as wire:
        kept = await talk(strict, wire.port, tls=True)
    assert len(wire.heard) > 5000
    for secret in (NAME, WORDS, SOCKET_WORDS, strict.site.key, kept.headers["set-cookie"].partition(";")[0]):
        assert secret.encode() not in wire.heard
    assert "Secure" in kept.headers["set-cookie"]
    assert kept.headers["strict-transport-security"] == "max-age=31536000"
    # The control: of a tenant that does not ask for it, all of this is heard where there is no TLS.
    async with a_gateway(reached, tmp_path, tls=False) as door, Wire(door.port) as wire:
        kept = await talk(easy, wire.port, tls=False)
    for secret in (NAME, WORDS, easy.site.key, kept.headers["set-cookie"].partition(";")[0]):
        assert secret.encode() in wire.heard
    # Without the option nothing is weaker: the cookie is for TLS all the same.
    assert "Secure" in kept.headers["set-cookie"]


async def test_nothing_older_than_tls_1_2_is_spoken(reached: Platform, tmp_path: Path) -> None:
    async with a_gateway(reached, tmp_path, tls=True) as door:
        old = ssl.create_default_context()
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLS"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", door.port, ssl=old)
