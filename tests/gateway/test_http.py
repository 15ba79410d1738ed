"""The door itself: hosts apart, headers on every answer, heads and bodies within bounds, TLS, drain."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import socket
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.responses import PlainTextResponse

from gateway import requests, wire_http
from gateway.requests import Proxies
from gateway.server import bind
from kernel.config import Config, WrongSetting
from tests.gateway.backend import Backend, conversation_id
from tests.gateway.conftest import Door, a_door

CONVERSATION = f"/v1/conversations/{conversation_id(1)}"
HOSTS = ("api", "console", "widget", "content", "elsewhere")


async def raw(door: Door, data: bytes, *, more: bytes = b"") -> bytes:
    """Sends bytes and returns whatever comes back until the gateway closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(data)
    if more:
        await writer.drain()
        writer.write(more)
    answer = await asyncio.wait_for(reader.read(), 15)
    writer.close()
    return answer


async def test_every_answer_has_the_security_headers(door: Door) -> None:
    for host in HOSTS:
        async with door.client(host) as client:
            for path in ("/healthz", "/nothing", "/v1/nothing", "/assets/nothing.js", "/"):
                has_the_security_headers(await client.get(path))


def has_the_security_headers(response: httpx.Response) -> None:
    """Checks the headers of one answer."""
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert "cross-origin-opener-policy" in response.headers
    assert "cross-origin-resource-policy" in response.headers
    assert "server" not in response.headers
    assert "strict-transport-security" not in response.headers


async def test_user_content_is_a_host_without_calls_or_scripts(door: Door, backend: Backend) -> None:
    async with door.client("content", authorization=f"Bearer {backend.token()}") as client:
        response = await client.get(CONVERSATION)
    assert response.status_code == 404
    assert response.headers["content-security-policy"].endswith("sandbox")
    assert not backend.requests


async def test_the_api_has_no_console_and_no_widget(door: Door) -> None:
    async with door.client("api") as client:
        for path in ("/session", "/widget/session", "/panel", "/launcher.js", "/inbox"):
            assert (await client.get(path)).status_code == 404


async def test_a_browser_gets_a_page_where_nothing_is(door: Door) -> None:
    async with door.client("api", accept="text/html,*/*;q=0.8") as client:
        response = await client.get("/nothing%20%3Cscript%3E")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "Nothing here" in response.text
    assert "script" not in response.text
    assert "style=" not in response.text


async def test_hosts_that_are_composed_in_answer_for_themselves(config: Config) -> None:
    shop = PlainTextResponse("shop")
    async with a_door(config, extra_hosts={"fern.localhost:8400": shop}) as door:
        for host, text in (("fern", "shop"), ("FERN", "shop")):
            async with door.client(host) as client:
                assert (await client.get("/")).text == text
        async with door.client("console") as client:
            assert "console" in (await client.get("/")).text


async def test_a_request_without_exactly_one_host_is_refused(door: Door) -> None:
    none = await raw(door, b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n")
    two = await raw(door, b"GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n")
    for answer in (none, two):
        assert answer.startswith(b"HTTP/1.1 400 ")


async def test_a_length_and_chunks_together_are_refused(door: Door) -> None:
    answer = await raw(
        door,
        b"POST /v1/conversations HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n"
        b"0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_what_is_not_http_is_refused(door: Door) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"\x00" * 100):
        assert (await raw(door, data)).startswith(b"HTTP/1.1 400 "), data


async def test_a_head_that_grows_for_ever_is_cut(door: Door) -> None:
    endless = await raw(door, b"GET / HTTP/1.1\r\nx: " + b"x" * 20_000, more=b"y" * 40_000)
    assert endless.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    many = b"".join(b"x-%d: y\r\n" % number for number in range(200))
    assert (await raw(door, b"GET / HTTP/1.1\r\nhost: a\r\n" + many + b"\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_head_that_comes_too_slowly_is_cut(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_http, "HEAD_SECONDS", 0.2)
    assert (await raw(door, b"GET / HTTP/1.1\r\nhost: a\r\nx: ")).startswith(b"HTTP/1.1 408 ")
    assert await raw(door, b"") == b""


async def test_one_slow_head_holds_up_nobody(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    writers = []
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"GET / HTTP/1.1\r\nx: ")
        writers.append(writer)
    async with door.client() as client:
        assert (await client.get("/healthz")).status_code == 200
    for writer in writers:
        writer.close()


async def test_a_body_that_comes_too_slowly_is_refused(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.2)
    head = f"POST {CONVERSATION}/messages HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {backend.token()}\r\n"
    answer = await raw(door, head.encode() + b"content-type: application/json\r\ncontent-length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in answer
    assert not backend.requests


async def test_a_body_that_goes_on_after_its_answer_is_cut(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_http, "LINGER_SECONDS", 0.3)
    for start in (
        b"POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n",
        b"POST /nothing HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(start)
        assert (await asyncio.wait_for(reader.readline(), 10)).startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 200 "))

        async def trickle(writer: asyncio.StreamWriter = writer) -> None:
            while not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(0.01)

        slowly = asyncio.create_task(trickle())
        try:
            # The end comes as an end or as a reset, whichever was faster.
            with contextlib.suppress(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 10)
        finally:
            slowly.cancel()
            writer.close()


async def test_a_body_that_ends_after_its_answer_keeps_the_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_http, "LINGER_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nx")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.write(b"yz")
    await asyncio.sleep(0.6)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert b"alive" in await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_a_client_that_leaves_its_answers_unread_is_cut(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_http, "STALL_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # A socket's transport can.
    writer.write(b"GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n" * 400)
    async with asyncio.timeout(10):
        while door.server.connections:  # noqa: ASYNC110  # Nobody is told when a connection is gone.
            await asyncio.sleep(0.02)
    writer.transport.abort()
    del reader


async def test_a_header_never_splits_an_answer(door: Door) -> None:
    async with door.client("widget", referer="http://a\tb", origin="http://x") as client:
        response = await client.get("/launcher.js?site=pk_%0d%0aset-cookie:%20x=y")
    assert "set-cookie" not in response.headers


async def test_health_and_readiness(config: Config, door: Door) -> None:
    async with door.client() as client:
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["services"] == {"identity": True, "privacy": True, "chat": True}
    async with a_door(replace(config, privacy_addresses=("127.0.0.1:1",))) as lame, lame.client() as client:
        ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["services"] == {"identity": True, "privacy": False, "chat": True}


async def test_no_part_of_an_answer_waits_until_the_one_before_has_arrived() -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            at_once.set_result(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    listener = bind("127.0.0.1", 0)
    async with await asyncio.get_running_loop().create_server(Accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        async with asyncio.timeout(10):
            assert await at_once
        writer.close()


async def test_the_public_keys_are_published(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    async with door.client() as client, asyncio.timeout(10):
        # The gateway asks identity for them when it starts, and answers before it has heard.
        while not (keys := (await client.get("/.well-known/jwks.json")).json()["keys"]):
            pass
    [key] = keys
    assert (key["kid"], key["crv"]) == ("key-1", "Ed25519")


async def test_a_service_that_is_away_is_a_503_with_a_reason(config: Config, backend: Backend) -> None:
    away = replace(config, chat_addresses=("127.0.0.1:1",))
    async with a_door(away) as door, door.client(authorization=f"Bearer {backend.token()}") as client:
        response = await client.get(CONVERSATION)
    assert (response.status_code, response.json()["reason"]) == (503, "UNAVAILABLE")


async def test_what_is_being_answered_is_finished_before_the_end(config: Config, backend: Backend) -> None:
    async with a_door(config) as door, door.client(authorization=f"Bearer {backend.token()}") as client:
        head = f"POST {CONVERSATION}/messages HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {backend.token()}\r\n"
        body = b'{"clientMessageId": "message-1", "body": "x"}'
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(head.encode() + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n{" % len(body))
        assert (await client.get("/healthz")).status_code == 200
        stopping = asyncio.create_task(door.server.stop())
        await asyncio.wait((stopping,), timeout=0.3)
        assert not stopping.done()
        writer.write(body[1:])
        answer = await asyncio.wait_for(reader.read(), 15)
        assert answer.startswith(b"HTTP/1.1 200 ")
        await stopping
        writer.close()


async def test_tls_of_its_own(config: Config, tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    secure = replace(config, tls_certificate=str(certificate), tls_key=str(key))
    async with a_door(secure) as door, door.client() as client:
        response = await client.get("/healthz")
        assert response.headers["strict-transport-security"] == "max-age=31536000"
    broken = replace(secure, tls_certificate=str(key))
    with pytest.raises(WrongSetting, match="PARLEY_TLS_CERTIFICATE and PARLEY_TLS_KEY: a file holds something else"):
        async with a_door(broken):
            pass


async def test_a_renewed_certificate_is_shown_to_whoever_comes_next_without_a_restart(
    config: Config, tmp_path: Path
) -> None:
    certificate, key = a_certificate(tmp_path)

    async def shown() -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", door.port, ssl=context)
        found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return found

    def written() -> bytes:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(serialization.Encoding.DER)

    async with a_door(replace(config, tls_certificate=str(certificate), tls_key=str(key))) as door:
        shown_one = door.server.certificate
        assert shown_one is not None
        first = await shown()
        assert first == written()
        certificate.write_text("half of a certifi")
        assert not shown_one.look()
        assert await shown() == first
        a_certificate(tmp_path)
        assert shown_one.look()
        assert await shown() == written() != first
        assert not shown_one.look()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Writes a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def a_scope(peer: str, **headers: str) -> dict[str, Any]:
    """Returns the scope of a request from a peer."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": (peer, 1), "headers": pairs, "scheme": "http"}


def test_forwarding_headers_are_believed_from_our_proxies_only() -> None:
    proxies = Proxies(["10.0.0.0/8"])
    forwarded = {"x_forwarded_for": "6.6.6.6, 192.0.2.7, 10.0.0.2", "x_forwarded_proto": "https"}
    assert proxies.address(a_scope("10.0.0.1", **forwarded)) == "192.0.2.7"
    assert proxies.scheme(a_scope("10.0.0.1", **forwarded)) == "https"
    assert proxies.address(a_scope("192.0.2.9", **forwarded)) == "192.0.2.9"
    assert proxies.scheme(a_scope("192.0.2.9", **forwarded)) == "http"
    assert proxies.address(a_scope("10.0.0.1", x_forwarded_for="<script>, 10.0.0.3")) == "10.0.0.3"
    assert Proxies([]).address(a_scope("127.0.0.1", **forwarded)) == "127.0.0.1"


def test_a_header_that_stands_twice_counts_as_absent() -> None:
    scope = {"headers": [(b"authorization", b"a"), (b"authorization", b"b")]}
    assert requests.header(scope, b"authorization") == b""
