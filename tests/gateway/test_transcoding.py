"""REST from the contract: path, query and body in, proto3 JSON out, and nothing that is not known."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway import contract, json_form
from gateway.problems import Problem
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from tests.gateway.backend import Backend, conversation_id
from tests.gateway.conftest import Door

CONVERSATION = conversation_id(1)
SITE_ID = "sit_00000000000000000000000009"


async def call(
    door: Door,
    backend: Backend,
    method: str,
    path: str,
    *,
    json: Any = None,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Makes one call with a good token."""
    async with door.client(authorization=f"Bearer {backend.token()}") as client:
        return await client.request(method, path, json=json, content=content, headers=headers)


def reason(response: httpx.Response) -> tuple[int, str]:
    """Returns the status and the reason of a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    assert document["type"] == f"/problems/{document['reason']}"
    return response.status_code, document["reason"]


async def test_a_path_fills_the_request_and_the_answer_is_proto3_json(door: Door, backend: Backend) -> None:
    response = await call(door, backend, "GET", f"/v1/conversations/{CONVERSATION}")
    assert response.status_code == 200
    conversation = response.json()["conversation"]
    assert conversation["id"] == CONVERSATION
    assert conversation["state"] == "STATE_OPEN"
    assert conversation["headSequence"] == str(2**60)
    assert conversation["createTime"] == "2023-11-14T22:13:20Z"
    assert conversation["displayName"] == ""
    assert "closeTime" not in conversation


async def test_a_body_becomes_the_request(door: Door, backend: Backend) -> None:
    body = {"clientMessageId": "message-1", "body": "Grüße 👋"}
    response = await call(door, backend, "POST", f"/v1/conversations/{CONVERSATION}/messages", json=body)
    assert response.json()["message"]["body"] == "Grüße 👋"
    [request] = backend.requests
    assert (request.conversation_id, request.client_message_id) == (CONVERSATION, "message-1")


async def test_names_of_the_contract_are_read_as_well(door: Door, backend: Backend) -> None:
    body = {"client_message_id": "message-1", "body": "x"}
    await call(door, backend, "POST", f"/v1/conversations/{CONVERSATION}/messages", json=body)
    assert backend.requests[0].client_message_id == "message-1"


async def test_a_body_field_and_a_nested_path_and_a_mask_in_the_query(door: Door, backend: Backend) -> None:
    response = await call(
        door,
        backend,
        "PATCH",
        f"/v1/sites/{SITE_ID}?updateMask=displayName,allowed_origins",
        json={"displayName": "Fern", "allowedOrigins": ["https://a.example"], "etag": "7"},
    )
    assert response.status_code == 200
    [request] = backend.requests
    assert request.site.id == SITE_ID
    assert list(request.site.allowed_origins) == ["https://a.example"]
    assert list(request.update_mask.paths) == ["display_name", "allowed_origins"]


async def test_a_query_fills_numbers_and_enums(door: Door, backend: Backend) -> None:
    await call(door, backend, "GET", "/v1/conversations?view=INBOX_VIEW_MINE&page_size=20&pageToken=a%2Bb")
    await call(door, backend, "GET", "/v1/conversations?view=3")
    first, second = backend.requests
    assert (first.view, first.page_size, first.page_token) == (2, 20, "a+b")
    assert second.view == 3


async def test_repeated_enums_in_a_body(door: Door, backend: Backend) -> None:
    body = {
        "email": "a@b.example",
        "displayName": "A",
        "roles": ["CALLER_OPERATOR", "CALLER_ADMIN"],
        "password": "x" * 12,
    }
    await call(door, backend, "POST", "/v1/staff", json=body)
    assert list(backend.requests[0].roles) == [3, 8]


async def test_only_the_token_and_the_trace_go_along(door: Door, backend: Backend) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await call(
        door,
        backend,
        "GET",
        f"/v1/conversations/{CONVERSATION}",
        headers={"traceparent": trace, "x-tenant-id": "ten_other", "grpc-timeout": "1n", "tracestate": "a=b"},
    )
    metadata = backend.metadata[0]
    assert metadata["traceparent"] == [trace]
    assert len(metadata["authorization"]) == 1
    assert set(metadata) <= {"authorization", "traceparent", "user-agent", "grpc-accept-encoding"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("CONVERSATION_NOT_FOUND", "There is no such conversation."), 404),
        (FailedPrecondition("CONVERSATION_CLOSED", "The conversation is over."), 409),
        (InvalidArgument("ARGUMENT_INVALID", "Some fields…", fields=[("body", "string.max_len")]), 400),
    ],
)
async def test_an_error_of_a_service_is_a_problem(door: Door, backend: Backend, error: Any, status: int) -> None:
    backend.error = error
    response = await call(door, backend, "GET", f"/v1/conversations/{CONVERSATION}")
    assert reason(response) == (status, error.reason)
    assert response.json()["detail"] == error.detail
    assert response.json()["fields"] == [{"field": field, "rule": rule} for field, rule in error.fields]


async def test_a_limit_of_a_service_says_when_to_come_back(door: Door, backend: Backend) -> None:
    backend.error = ResourceExhausted("TOO_FAST", "Slow down.", retry_after=timedelta(milliseconds=1500))
    response = await call(door, backend, "GET", f"/v1/conversations/{CONVERSATION}")
    assert reason(response) == (429, "TOO_FAST")
    assert response.json()["retryAfterMs"] == 1500
    assert response.headers["retry-after"] == "2"


async def test_an_unknown_failure_says_nothing_of_itself(door: Door, backend: Backend) -> None:
    backend.error = RuntimeError("the password is swordfish")
    response = await call(door, backend, "GET", f"/v1/conversations/{CONVERSATION}")
    assert reason(response) == (500, "INTERNAL")
    assert "swordfish" not in response.text


BAD_BODIES = [
    (b'{"body": "x", "surprise": "secret words"}', (400, "ARGUMENT_INVALID")),
    (b'{"body": ["secret words"]}', (400, "ARGUMENT_INVALID")),
    (b'{"body": "x", "body": "secret words"}', (400, "MALFORMED_REQUEST")),
    (b'{"body": "secret words"', (400, "MALFORMED_REQUEST")),
    (b'["secret words"]', (400, "MALFORMED_REQUEST")),
    (b'"secret words"', (400, "MALFORMED_REQUEST")),
    (b"null", (400, "MALFORMED_REQUEST")),
    (b'{"body": "secret words \xff"}', (400, "MALFORMED_REQUEST")),
    (b'{"body": "secret words \\ud800"}', (400, "ARGUMENT_INVALID")),
    (b'{"body": ' + b"[" * 100_000, (400, "MALFORMED_REQUEST")),
]


async def test_a_body_that_does_not_fit_is_refused_and_not_repeated(door: Door, backend: Backend) -> None:
    path, headers = f"/v1/conversations/{CONVERSATION}/messages", {"content-type": "application/json"}
    for content, expected in BAD_BODIES:
        response = await call(door, backend, "POST", path, content=content, headers=headers)
        assert reason(response) == expected, content[:40]
        assert "secret" not in response.text
        assert "surprise" not in response.text
    assert not backend.requests


async def test_a_refusal_names_the_field_at_fault(door: Door, backend: Backend) -> None:
    body = {"displayName": "x", "allowedOrigins": ["a", 7]}
    response = await call(door, backend, "POST", "/v1/sites", json=body)
    assert response.json()["fields"] == [{"field": "allowedOrigins", "rule": "is not of the type that the field has"}]


BAD_QUERIES = [
    f"/v1/conversations/{CONVERSATION}?surprise=secret",
    f"/v1/conversations/{CONVERSATION}?conversationId=secret",
    "/v1/conversations?pageSize=secret",
    "/v1/conversations?pageSize=1&pageSize=2",
    "/v1/conversations?pageSize=99999999999",
    "/v1/conversations?view=SECRET",
    "/v1/conversations?view.x=1",
    "/v1/conversations?pageToken=%FF",
    "/v1/conversations?" + "&".join(["pageSize=1"] * 500),
]


async def test_a_query_that_does_not_fit_is_refused_and_not_repeated(door: Door, backend: Backend) -> None:
    for path in BAD_QUERIES:
        response = await call(door, backend, "GET", path)
        assert response.status_code == 400, path
        assert "secret" not in response.text.lower()
    assert not backend.requests


async def test_a_body_may_repeat_what_the_path_says_and_no_more(door: Door, backend: Backend) -> None:
    path = f"/v1/conversations/{CONVERSATION}/messages"
    same = {"conversationId": CONVERSATION, "clientMessageId": "message-1", "body": "x"}
    assert (await call(door, backend, "POST", path, json=same)).status_code == 200
    other = same | {"conversationId": conversation_id(2)}
    assert reason(await call(door, backend, "POST", path, json=other)) == (400, "ARGUMENT_INVALID")
    assert len(backend.requests) == 1


async def test_a_body_needs_its_type(door: Door, backend: Backend) -> None:
    path = f"/v1/conversations/{CONVERSATION}/messages"
    response = await call(door, backend, "POST", path, content=b"body=x", headers={"content-type": "text/plain"})
    assert reason(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_call_without_a_body_takes_none(door: Door, backend: Backend) -> None:
    response = await call(
        door, backend, "GET", "/v1/conversations", content=b"{}", headers={"content-type": "application/json"}
    )
    assert reason(response) == (400, "MALFORMED_REQUEST")


ODD_PATHS = [
    "/v1/nothing",
    "/v1/conversations/",
    f"/v1/conversations//{CONVERSATION}",
    f"/v1/conversations/{CONVERSATION}/",
    "/v1/conversations/a%2Fmessages",
    "/v1/conversations/%2e%2e",
    "/v1/conversations/a%5Cb",
    "/v1/conversations/a%00b",
    "/v1/conversations/%FF",
    f"/v1/conversations/{CONVERSATION}:unknown",
    f"/v1/conversations/{CONVERSATION}%3Aclaim/x/y",
]


async def test_a_path_that_is_not_plain_finds_nothing(door: Door, backend: Backend) -> None:
    above = ["/v1/../v1/conversations", "/assets/../launcher.js", "/assets/%2e%2e/launcher.js", "/..%2f..%2fetc/passwd"]
    for path in ODD_PATHS + above:
        # The client must not tidy the path up, so it is written by hand.
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(f"GET {path} HTTP/1.1\r\nhost: widget.localhost\r\nconnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 404 "), path
    assert not backend.requests


async def test_another_method_is_told_which_ones_there_are(door: Door, backend: Backend) -> None:
    response = await call(door, backend, "DELETE", "/v1/conversations")
    assert reason(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "value",
    [
        "1e999",
        "-1e999",
        "NaN",
        "1.5",
        "-1",
        "1" + "0" * 300,
        '"x"',
        '"\\ud800"',
        '"9999-99-99T"',
        "[]",
        "[[]]",
        "{}",
        "[1e999]",
    ],
)
def test_no_value_in_json_makes_the_gateway_fail(value: str) -> None:
    tried = 0
    for rpc in contract.load().rpcs:
        for field in rpc.descriptor.input_type.fields:
            tried += 1
            # Either the field takes it, or the refusal names the field and repeats nothing.
            with contextlib.suppress(Problem):
                json_form.load(f'{{"{field.json_name}": {value}}}', rpc.request())
    assert tried > 500


async def test_a_request_of_more_than_a_mebibyte_is_refused(door: Door, backend: Backend) -> None:
    path = f"/v1/conversations/{CONVERSATION}/messages"
    big = b'{"body": "' + b"x" * (1024 * 1024) + b'"}'
    response = await call(door, backend, "POST", path, content=big, headers={"content-type": "application/json"})
    assert reason(response) == (413, "REQUEST_TOO_LARGE")
    assert "larger than 1 MiB" in response.json()["detail"]

    async def chunks() -> Any:
        for _ in range(40):
            yield b"x" * 65536

    async with door.client(authorization=f"Bearer {backend.token()}") as client:
        response = await client.post(path, content=chunks(), headers={"content-type": "application/json"})
    assert reason(response) == (413, "REQUEST_TOO_LARGE")
    assert not backend.requests


async def test_without_a_credential_nothing_is_asked(door: Door, backend: Backend) -> None:
    async with door.client() as client:
        for value in ("", "Bearer", "Basic abc", "Bearer not-a-token", "Bearer pak_ä", "Bearer a.b.c d"):
            headers = {b"authorization": value.encode()} if value else {}
            response = await client.get(f"/v1/conversations/{CONVERSATION}", headers=headers)
            assert reason(response) == (401, "CREDENTIAL_REJECTED")
            assert response.headers["www-authenticate"].startswith("Bearer")
    assert not backend.requests


async def test_two_authorization_headers_are_none(door: Door, backend: Backend) -> None:
    async with door.client() as client:
        token = backend.token()
        headers = [("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")]
        response = await client.get(f"/v1/conversations/{CONVERSATION}", headers=headers)
    assert reason(response) == (401, "CREDENTIAL_REJECTED")


async def test_an_api_key_is_exchanged_once_for_a_moment(door: Door, backend: Backend) -> None:
    backend.grant("pak_good")
    async with door.client(authorization="Bearer pak_good") as client:
        answers = await asyncio.gather(*(client.get(f"/v1/conversations/{CONVERSATION}") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert backend.exchanges == 1
    assert backend.metadata[0]["authorization"] == [f"Bearer {backend.grants['pak_good'].access_token}"]
