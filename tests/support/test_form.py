"""Asking for help: an address, a site and a description are needed, and each is refused by name, on every way."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from parley.support.v1 import queue_pb2, ticket_pb2

from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel.errors import InvalidArgument
from kernel.rpc.channels import Channels
from tests.platform import Platform
from tests.support.desk import Desk, a_desk
from tests.support.filing import PDF, examined

GOOD: dict[str, Any] = {
    "email": "pat@people.example",
    "site_url": "https://shop.example/",
    "description": "It is broken.",
}
#: For each needed field what is missing or malformed in it.
BAD = [
    ("email", ""),
    ("email", "pat"),
    ("email", "pat@"),
    ("email", "pat@people..example"),
    ("site_url", ""),
    ("site_url", "shop.example"),
    ("site_url", "ftp://shop.example"),
    ("site_url", "javascript:alert(1)"),
    ("site_url", "https://pat:secret@shop.example"),
    ("site_url", "https://"),
    ("site_url", "https://" + "a" * 2000),
    ("description", ""),
    ("description", " \n\t "),
    ("description", "\u200b\u2060"),
    ("description", "x" * 20_001),
]


@pytest_asyncio.fixture(scope="module")
async def gateway(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts that refuses cookies."""
    config = replace(platform.config, limit_requests=0, limit_starts=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    server = Server(create_app(config, Upstreams(services=channels, replicas=replicas, store=None)), config)
    await server.start()
    headers = {"host": "widget.localhost", "origin": config.origin("widget"), "accept": "text/html"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=20) as client:
            yield client
    finally:
        await server.stop()
        await channels.close()


@pytest_asyncio.fixture(scope="module")
async def desk(platform: Platform) -> Desk:
    """One company for all of these."""
    return await a_desk(platform)


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_what_is_missing_or_malformed_is_refused_by_name_by_grpc(desk: Desk, name: str, value: str) -> None:
    request = ticket_pb2.SubmitTicketRequest(**(GOOD | {name: value}))
    with pytest.raises(InvalidArgument) as refused:
        await desk.platform.call(desk.tickets.SubmitTicket, request, token=await desk.tenant.anonymous())
    assert {field for field, _ in refused.value.fields} == {name}


@pytest.mark.parametrize(("name", "value"), [("email", "pat"), ("site_url", ""), ("description", " ")])
async def test_what_is_missing_or_malformed_is_refused_by_name_by_rest(
    desk: Desk, gateway: httpx.AsyncClient, name: str, value: str
) -> None:
    _, key = await desk.tenant.api_key("support.write")
    said = {"email": GOOD["email"], "siteUrl": GOOD["site_url"], "description": GOOD["description"]}
    said[{"site_url": "siteUrl"}.get(name, name)] = value
    headers = {"host": "api.localhost", "authorization": f"Bearer {key}", "accept": "application/json"}
    answer = await gateway.post("/v1/support/requests", json=said, headers=headers)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["fields"]] == [name]


@pytest.mark.parametrize(("name", "value"), [("email", "pat"), ("site_url", "nowhere"), ("description", " ")])
async def test_what_is_missing_or_malformed_is_refused_by_name_on_the_page(
    desk: Desk, gateway: httpx.AsyncClient, name: str, value: str
) -> None:
    page = await gateway.post(f"/support/{desk.tenant.site.key}", data=GOOD | {name: value, "subject": "About <it>"})
    assert page.status_code == 400
    assert re.findall(r'<p class="wrong" id="([a-z_]+)-wrong">', page.text) == [name]
    assert "About &lt;it&gt;" in page.text  # What was typed is still there.
    assert not await desk.list(requester_id="")  # Nothing was kept.


async def test_whoever_says_nothing_hears_of_every_field_at_once(desk: Desk, gateway: httpx.AsyncClient) -> None:
    page = await gateway.post(f"/support/{desk.tenant.site.key}", data={"email": "", "description": "  "})
    assert re.findall(r'<p class="wrong" id="([a-z_]+)-wrong">', page.text) == ["email", "site_url", "description"]


async def test_the_page_asks_without_a_script_a_cookie_or_another_host(desk: Desk, gateway: httpx.AsyncClient) -> None:
    page = await gateway.get(
        f"/support/{desk.tenant.site.key}", headers={"referer": "https://shop.example/cart?who=pat"}
    )
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert 'value="https://shop.example/"' in page.text  # The site is known where one came from it, and no more of it.
    assert "pat" not in page.text.split("site_url", 1)[1].split("</form>")[0].replace("pattern", "")
    assert (await gateway.get("/support/nobody")).status_code == 404


async def test_what_is_sent_twice_is_one_ticket_and_is_confirmed_by_mail(platform: Platform) -> None:
    desk = await a_desk(platform)
    own = await desk.call(
        desk.queues.CreateField,
        queue_pb2.CreateFieldRequest(
            label="Order", kind=queue_pb2.FIELD_KIND_NUMBER, is_asked=True, reason="To find it."
        ),
        desk.lead,
    )
    token = await desk.tenant.anonymous()
    request = ticket_pb2.SubmitTicketRequest(**GOOD, request_id="the-form-was-sent-once")
    request.field_values.add(field_id=own.field.id, value="4711")
    first, second = [await platform.call(desk.tickets.SubmitTicket, request, token=token) for _ in range(2)]
    assert first == second
    (ticket,) = await desk.list()
    assert ticket.reference == first.reference
    assert [each.value for each in (await desk.get(ticket.id)).ticket.field_values] == ["4711"]
    request.field_values[0].value, request.request_id = "many", "another"
    with pytest.raises(InvalidArgument, match="FIELD_VALUE_WRONG"):
        await platform.call(desk.tickets.SubmitTicket, request, token=token)


async def test_the_page_takes_in_what_is_asked(platform: Platform, gateway: httpx.AsyncClient) -> None:
    desk = await a_desk(platform)
    page = await gateway.post(f"/support/{desk.tenant.site.key}", data=GOOD | {"description": "Line\r\nby line"})
    assert page.status_code == 200
    (ticket,) = await desk.list("TRIAGE")
    assert ticket.reference in html.unescape(page.text)
    assert ticket.id not in page.text
    assert (await desk.get(ticket.id)).entries[0].body == "Line\nby line"


async def test_files_go_with_the_form_and_are_not_lost_by_a_mistake_in_it(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    desk = await a_desk(platform)
    path = f"/support/{desk.tenant.site.key}"
    page = await gateway.get(path)
    assert 'enctype="multipart/form-data"' in page.text
    assert 'type="file" multiple' in page.text
    # A whole line of the boundary, cut anywhere, is no end of a file.
    tricky = PDF + b"\r\n--" * 50_000
    sent = [("files", ("Bill März.pdf", tricky, "application/pdf")), ("files", ("", b"", "application/octet-stream"))]
    page = await gateway.post(path, data=GOOD | {"email": "pat"}, files=sent)
    assert page.status_code == 400
    assert re.findall(r'<p class="wrong" id="([a-z_]+)-wrong">', page.text) == ["email"]
    kept = dict(re.findall(r'name="(file:att_[0-9a-v]{26})" value="([^"]*)"', page.text))
    assert list(kept.values()) == ["Bill März.pdf"]
    assert not await desk.list()
    more = [("files", ("second.txt", b"It said 404.", "text/plain"))]
    page = await gateway.post(path, data=GOOD | kept, files=more)
    assert page.status_code == 200
    (ticket,) = await desk.list("TRIAGE")
    bill, second = await examined(desk, ticket.id)
    assert (bill.filename, bill.size, second.filename, second.size) == ("Bill März.pdf", len(tricky), "second.txt", 12)
    page = await gateway.post(path, data=GOOD | kept)
    assert page.status_code == 400
    assert "not there any more" in page.text
    empty = await gateway.post(path, data=GOOD, files=[("files", ("empty.txt", b"", "text/plain"))])
    assert empty.status_code == 400
    assert "too large, empty" in empty.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x--",
        b"--x\r\n\r\n",
        b'--x\r\ncontent-disposition: form-data; name="email"\r\n\r\npat',
        b'--x\r\ncontent-disposition: form-data; name="email"\r\n\r\n\xff\r\n--x--',
        b"--x\r\ncontent-disposition: form-data\r\n\r\npat\r\n--x--",
        b"--x\r\n" + b"a" * 9000,
    ],
)
async def test_a_form_that_is_none_keeps_nothing_and_breaks_nothing(
    desk: Desk, gateway: httpx.AsyncClient, body: bytes
) -> None:
    before = len(await desk.list())
    answer = await gateway.post(
        f"/support/{desk.tenant.site.key}",
        content=body,
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 400
    assert len(await desk.list()) == before
