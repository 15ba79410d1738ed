"""The gateway in front of the real services: from the widget's first request to the operator's answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest_asyncio
from parley.chat.v1 import conversation_pb2, frame_pb2
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection

from tests.gateway.clients import a_socket, a_welcomed_socket, closed, heard
from tests.gateway.conftest import Door, a_door
from tests.platform import PASSWORD, Member, Platform, Tenant

CONSOLE, WIDGET = "http://console.localhost:8400", "http://widget.localhost:8400"


@pytest_asyncio.fixture
async def open_platform(platform: Platform) -> AsyncIterator[Door]:
    """A gateway in front of the real platform."""
    store = Redis.from_url(platform.config.redis_url)
    config = replace(platform.config, public_base="http://localhost:8400", port=0, limit_sign_ins=0, limit_starts=0)
    async with a_door(config, store=store) as door:
        await door.streams_ready()
        yield door
    await store.aclose()


@asynccontextmanager
async def signed_in(door: Door, tenant: Tenant, member: Member) -> AsyncIterator[httpx.AsyncClient]:
    """Signs a member of staff in by the console's door."""
    async with door.client("console", origin=CONSOLE) as client:
        form = {"tenant": tenant.slug, "email": member.email, "password": PASSWORD}
        response = await client.post("/session", json=form)
        assert response.status_code == 200, response.text
        # The cookie is for TLS or localhost, and the client knows this host by its address only.
        client.headers["cookie"] = response.headers["set-cookie"].partition(";")[0]
        yield client


async def next_frame(socket: ClientConnection, member: str) -> frame_pb2.ServerFrame:
    """Returns the next server frame of a kind."""
    while True:
        frame = await heard(socket)
        assert not frame.HasField("refused"), frame.refused.reason
        if frame.WhichOneof("frame") == member:
            return frame


def says(conversation_id: str, text: str, client_id: str) -> bytes:
    """Returns a frame that says something."""
    request = conversation_pb2.PostMessageRequest(
        conversation_id=conversation_id, client_message_id=client_id, body=text
    )
    return frame_pb2.ClientFrame(frame_id=client_id, post=request).SerializeToString()


def follows(conversation_id: str) -> bytes:
    """Returns a frame that follows a conversation from its beginning."""
    return frame_pb2.ClientFrame(
        frame_id="s", subscribe=frame_pb2.Subscribe(conversation_id=conversation_id)
    ).SerializeToString()


async def test_from_the_first_request_of_the_widget_to_the_operators_answer(
    open_platform: Door, platform: Platform
) -> None:
    door, tenant = open_platform, await platform.tenant()
    maria = await tenant.member(name="Maria")
    async with door.client("widget", origin=WIDGET) as widget:
        anonymous = (await widget.post("/widget/session", json={"siteKey": tenant.site.key})).json()
        assert anonymous["kind"] == "anonymous"
        bearer = {"authorization": f"Bearer {anonymous['accessToken']}"}
        site = (await widget.get("/v1/widget/site", headers=bearer)).json()
        notice = (await widget.get(f"/v1/sites/{site['siteId']}/notice", headers=bearer)).json()["notice"]
        body = {
            "displayName": "Zoë",
            "noticeId": notice["id"],
            "language": "en",
            "pagePath": "/shop",
            "requestId": "0f9d1c7a5b3e4f6088a2",
        }
        started = await widget.post("/v1/conversations", json=body, headers=bearer)
        assert started.status_code == 200, started.text
        conversation_id = started.json()["conversation"]["id"]
        form = {"siteKey": tenant.site.key, "visitorCredential": started.json()["visitorCredential"]}
        kept = await widget.put("/widget/session", json=form)
        assert kept.status_code == 204, kept.text
        cookie = kept.headers["set-cookie"].partition(";")[0]
        again = await widget.post("/widget/session", json={"siteKey": tenant.site.key}, headers={"cookie": cookie})
        assert again.json()["conversationId"] == conversation_id
    async with signed_in(door, tenant, maria) as console:
        session = (await console.get("/session")).json()
        assert session["callers"] == ["CALLER_OPERATOR"]
        claimed = await console.post(f"/v1/conversations/{conversation_id}:claim", json={})
        assert claimed.json()["conversation"]["operatorName"] == "Maria"
    async with (
        a_welcomed_socket(door, again.json()["accessToken"]) as visitor,
        a_welcomed_socket(door, session["accessToken"], origin=CONSOLE) as operator,
    ):
        for socket in (visitor, operator):
            await socket.send(follows(conversation_id))
            assert (await next_frame(socket, "subscribed")).subscribed.conversation.id == conversation_id
        await visitor.send(says(conversation_id, "Do you deliver on Saturdays? 🌿", "message-1"))
        ack = (await next_frame(visitor, "ack")).ack
        while (message := (await next_frame(operator, "message")).message).client_message_id != "message-1":
            pass
        assert (message.body, message.sequence) == ("Do you deliver on Saturdays? 🌿", ack.sequence)
        await operator.send(says(conversation_id, "We do.", "message-2"))
        while (message := (await next_frame(visitor, "message")).message).client_message_id != "message-2":
            pass
        assert message.body == "We do."


async def test_signing_out_closes_the_socket_within_seconds(open_platform: Door, platform: Platform) -> None:
    tenant = await platform.tenant()
    async with signed_in(open_platform, tenant, await tenant.member()) as console:
        token = (await console.get("/session")).json()["accessToken"]
        async with a_welcomed_socket(open_platform, token) as socket:
            assert (await console.delete("/session")).status_code == 204
            async with asyncio.timeout(5):
                assert await closed(socket) == (4403, "TOKEN_REVOKED")
        assert (await console.get("/session")).status_code == 401


async def test_where_sockets_are_blocked_events_and_posts_do(open_platform: Door, platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    path = f"/v1/conversations/{visitor.conversation.id}"
    async with open_platform.client("widget", authorization=f"Bearer {visitor.token}") as client:
        async with client.stream("GET", f"{path}:watch", headers={"accept": "text/event-stream"}) as response:
            assert response.status_code == 200
            read = said(response)
            posted = await client.post(f"{path}/messages", json={"clientMessageId": "message-1", "body": "by SSE"})
            sequence = posted.json()["message"]["sequence"]
            cursor = ""
            async with asyncio.timeout(10):
                while True:
                    cursor, change = await anext(read)
                    if change.get("message", {}).get("body") == "by SSE":
                        break
            assert change["message"]["sequence"] == sequence
        headers = {"accept": "text/event-stream", "last-event-id": cursor}
        await client.post(f"{path}/messages", json={"clientMessageId": "message-2", "body": "after it"})
        async with client.stream("GET", f"{path}:watch", headers=headers) as response, asyncio.timeout(10):
            bodies = []
            async for _, change in said(response):
                if "message" in change:
                    bodies.append(change["message"]["body"])
                    break
        assert bodies == ["after it"]


async def said(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Reads the events of a stream: their ids and what they say."""
    cursor = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            cursor = value
        elif name == "data":
            yield cursor, json.loads(value)


async def test_another_tenants_conversation_looks_like_a_missing_one(open_platform: Door, platform: Platform) -> None:
    theirs = await (await platform.tenant()).visitor()
    tenant = await platform.tenant()
    _, key = await tenant.api_key("chat.read")
    missing = "cnv_" + "0" * 26
    async with open_platform.client(authorization=f"Bearer {key}") as client:
        answers = [
            (await client.get(f"/v1/conversations/{each}{path}")).content
            for path in ("", "/messages")
            for each in (theirs.conversation.id, missing)
        ]
        listed = await client.get("/v1/conversations?view=INBOX_VIEW_ALL")
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert b"NOT_FOUND" in answers[0]
    assert listed.json() == {"conversations": [], "nextPageToken": ""}


async def test_a_rule_that_is_broken_is_named_and_the_value_is_not(open_platform: Door, platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    secret = "my secret words " * 300
    async with open_platform.client(authorization=f"Bearer {visitor.token}") as client:
        response = await client.post(
            f"/v1/conversations/{visitor.conversation.id}/messages",
            json={"clientMessageId": "message-1", "body": secret},
        )
    assert response.status_code == 400
    assert response.json()["fields"] == [{"field": "body", "rule": "string.max_len"}]
    assert "secret" not in response.text


async def test_the_real_thing_in_json(open_platform: Door, platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    async with a_socket(open_platform, subprotocol="parley.v1.json") as socket:
        await socket.send(json.dumps({"frameId": "a", "authenticate": {"accessToken": visitor.token}}))
        assert json.loads(await asyncio.wait_for(socket.recv(), 10))["welcome"]["expireTime"]
        await socket.send(json.dumps({"frameId": "b", "subscribe": {"conversationId": visitor.conversation.id}}))
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert frame["subscribed"]["conversation"]["state"] == "STATE_QUEUED"


async def test_a_program_gets_a_token_for_its_key_and_calls_by_grpc(open_platform: Door, platform: Platform) -> None:
    tenant = await platform.tenant()
    await tenant.visitor("Zoë")
    _, key = await tenant.api_key("chat.read")
    async with open_platform.client(authorization=f"Bearer {key}") as client:
        answer = await client.post("/token")
        elsewhere = await client.post("/token", headers={"host": "console.localhost:8400"})
    async with open_platform.client(authorization=f"Bearer {tenant.admin.token}") as client:
        no_key = await client.post("/token")
    assert answer.headers["cache-control"] == "no-store"
    listed = await platform.call(
        platform.chat.ListConversations,
        conversation_pb2.ListConversationsRequest(),
        token=answer.json()["accessToken"],
    )
    assert [each.display_name for each in listed.conversations] == ["Zoë"]
    assert (no_key.status_code, elsewhere.status_code) == (401, 404)
