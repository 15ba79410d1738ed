"""The desk for a company's own programs: tickets are asked, filtered, read and answered for over plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platform import Platform
from tests.support.desk import a_desk
from tests.support.filing import PDF, examined
from tests.support.test_form import gateway as gateway  # noqa: PLC0414  # A fixture.


async def test_a_program_filters_tickets_by_the_query(platform: Platform, gateway: httpx.AsyncClient) -> None:
    desk = await a_desk(platform)
    urgent, plain = await desk.submit("It burns."), await desk.submit("It smells.")
    tag = await desk.tag("fire")
    await desk.change(urgent, ("ACCEPT",), ("SET_PRIORITY", "URGENT"), ("ADD_TAG", tag))
    _, key = await desk.tenant.api_key("support.read")
    headers = {"host": "api.localhost", "authorization": f"Bearer {key}", "accept": "application/json"}

    async def found(**query: Any) -> list[str]:
        answer = await gateway.get("/v1/tickets", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json().get("tickets", [])]

    assert await found(order="ORDER_OLDEST") == [urgent, plain]
    assert await found(**{"filter.states": ["STATE_OPEN", "STATE_CLOSED"]}) == [urgent]
    assert await found(**{"filter.priorities": "PRIORITY_URGENT", "filter.tagId": tag}) == [urgent]
    assert await found(**{"filter.states": "STATE_TRIAGE", "filter.assignee": "ASSIGNEE_NOBODY"}) == [plain]
    elsewhere = await a_desk(platform)
    assert await found(**{"filter.tagId": await elsewhere.tag("fire")}) == []
    # In two pages, of which the second is asked with the same filter.
    first = (await gateway.get("/v1/tickets", params={"pageSize": 1}, headers=headers)).json()
    assert await found(pageSize=1, pageToken=first["nextPageToken"]) != [first["tickets"][0]["id"]]
    for wrong in ({"filter": "open"}, {"filter.state": "STATE_OPEN"}, {"filter.states": "OPEN"}):
        answer = await gateway.get("/v1/tickets", params=wrong, headers=headers)
        assert answer.status_code == 400
        assert "OPEN" not in answer.text


async def test_a_program_sends_a_file_and_then_the_request(platform: Platform, gateway: httpx.AsyncClient) -> None:
    desk = await a_desk(platform)
    _, key = await desk.tenant.api_key("support.write", "support.read")
    headers = {"host": "api.localhost", "authorization": f"Bearer {key}", "accept": "application/json"}
    named = {"content-disposition": "attachment; filename*=UTF-8''b%C3%A4d.pdf", "idempotency-key": "once-and-again"}
    kind = {"content-type": "application/pdf"}
    sent = [await gateway.post("/v1/support/files", content=PDF, headers=headers | named | kind) for _ in range(2)]
    assert [each.status_code for each in sent] == [200, 200]
    file_id = sent[0].json()["fileId"]
    assert sent[1].json()["fileId"] == file_id
    said = {
        "email": "pat@people.example",
        "siteUrl": "https://shop.example/",
        "description": "See.",
        "fileIds": [file_id],
    }
    assert (await gateway.post("/v1/support/requests", json=said, headers=headers)).status_code == 200
    (ticket,) = await desk.list()
    (file,) = await examined(desk, ticket.id)
    listed = await gateway.get(f"/v1/tickets/{ticket.id}/files", headers=headers)
    assert [each["filename"] for each in listed.json()["files"]] == ["bäd.pdf"]
    way = await gateway.get(f"/v1/tickets/{ticket.id}/files/{file.id}:open", headers=headers)
    content = platform.config.origin("content")
    assert way.json()["url"].startswith(f"{content}/files/")
    read = await gateway.get(way.json()["url"].removeprefix(content), headers={"host": "content.localhost"})
    assert (read.status_code, read.content, read.headers["content-type"]) == (200, PDF, "application/pdf")
    assert "sandbox" in read.headers["content-security-policy"]
