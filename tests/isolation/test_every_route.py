"""The same through the gateway's REST: whatever is another tenant's answers as what does not exist, to the byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from google.protobuf import json_format
from google.protobuf.message import Message
from parley.options.v1 import access_pb2

from gateway import contract as routes
from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.contract import Binding
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel import ids
from kernel.identity.scopes import SCOPES
from kernel.rpc.channels import Channels
from tests.isolation.contract import dotted, kind_of, name_of
from tests.isolation.test_every_call import Report
from tests.isolation.test_every_id import CHANGING, VISITOR, Case, cases, put, request_of
from tests.isolation.world import World, at_rest, fingerprint

INTERNAL = access_pb2.CALLER_INTERNAL
#: Headers that differ from one answer to the next by themselves.
OF_THE_MOMENT = frozenset({"date", "traceparent", "x-request-id"})
#: What a copy says that is made anew with each request, or that goes on by itself.
OF_A_COPY = ("id", "createTime", "expireTime", "state", "done", "total", "cut")
#: What services say of a code or a name that nothing has.
LOOKED_FOR = (
    b"FEEDBACK_NOT_FOUND",
    # A report is shown to whoever made it, and the walk asks as somebody without an account.
    b"FLAG_NOT_FOUND",
    b"INVITATION_NOT_FOUND",
    b"MEMBER_NOT_FOUND",
    b"REQUEST_NOT_FOUND",
    b"TEMPLATE_NOT_FOUND",
)
#: The same of the community: a file that waits for a post is its member's alone, a link stands in a mail only, and a
#: review is gone when it was decided.
LOOKED_FOR_IN_COMMUNITIES = (b"ATTACHMENT_NOT_FOUND", b"LINK_NOT_FOUND", b"REVIEW_NOT_FOUND")


@asynccontextmanager
async def a_gateway(world: World) -> AsyncIterator[Server]:
    """Runs a gateway in front of the platform, without limits."""
    config = replace(world.platform.config, limit_requests=0, limit_starts=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    server = Server(create_app(config, Upstreams(services=channels, replicas=replicas, store=None)), config)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        await channels.close()


@pytest_asyncio.fixture(scope="module")
async def gateway(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway for the tests of this file."""
    async with (
        a_gateway(world) as server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", headers={"host": "api.localhost"}, timeout=10
        ) as client,
    ):
        yield client


def bindings() -> dict[str, list[Binding]]:
    """Returns the ways in which each call is reached by HTTP."""
    found: dict[str, list[Binding]] = {}
    for rpc, binding in routes.load().routed():
        found.setdefault(rpc.descriptor.full_name, []).append(binding)
    return found


def request_to(binding: Binding, message: Message) -> dict[str, Any]:
    """Writes a request as HTTP, by its route: what is not in the path goes into the body, or into the query."""
    document: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    path, in_path = binding.template, []
    for variable in [part.partition("}")[0] for part in binding.template.split("{")[1:]]:
        value: Any = document
        for step in variable.split("."):
            value = value[step]
        path = path.replace(f"{{{variable}}}", str(value))
        in_path.append(variable)
    written: dict[str, Any] = {"method": binding.verb, "url": path}
    if binding.body == "*":
        written["json"] = document
    elif binding.body:
        written["json"] = document.pop(binding.body)
        written["params"] = _in_query(document, in_path)
    else:
        written["params"] = _in_query(document, in_path)
    return written


def _in_query(document: dict[str, Any], in_path: list[str], prefix: str = "") -> dict[str, Any]:
    """Writes what is not in the path as parameters; what stands within a field is named by both, with a dot between."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found |= _in_query(value, in_path, f"{prefix}{name}.")
        elif f"{prefix}{name}" not in in_path:
            found[f"{prefix}{name}"] = value
    return found


Answer = tuple[int, bytes, tuple[tuple[str, str], ...]]


async def ask(client: httpx.AsyncClient, written: dict[str, Any], token: str) -> Answer:
    """Sends a request and returns all that comes back; of a stream, its beginning."""
    async with client.stream(**written, headers={"authorization": f"Bearer {token}"}) as answer:
        headers = tuple(
            sorted((name, value) for name, value in answer.headers.items() if name.lower() not in OF_THE_MOMENT)
        )
        if answer.headers["content-type"].startswith("text/event-stream"):
            return answer.status_code, b"", headers
        return answer.status_code, await answer.aread(), headers


async def check_routes(world: World, client: httpx.AsyncClient, report: Report) -> None:
    """Every id that can be sent by HTTP answers as a missing one."""
    routed = bindings()
    for case in cases(world.calls):
        if case.caller == INTERNAL:
            continue
        for binding in routed.get(case.call.method.full_name, ()):
            foreign = world.b.known[kind_of(case.path)]
            template = request_of(case.call.method.input_type, world.a.known)
            answers = []
            for value in (foreign, ids.new_id(foreign[:3])):
                message = type(template).FromString(template.SerializeToString())
                put(message, case.path, value)
                answers.append(await ask(client, request_to(binding, message), world.token(case.caller, world.a)))
            right = foreign.encode() not in answers[0][1]
            right = right and _settled(case, answers[0]) == _settled(case, answers[1])
            report.judge(f"{binding.verb} {binding.template}: {_named(case)}", right, answers)


def _settled(case: Case, answer: Answer) -> Answer:
    status, body, headers = answer
    if status != 200 or case.call.method.name != "CreateExport":
        return answer
    document = json.loads(body)
    for name in OF_A_COPY:
        document["export"].pop(name, None)
    return status, json.dumps(document).encode(), tuple(each for each in headers if each[0] != "content-length")


def _named(case: Case) -> str:
    return f"{dotted(case.path)} as {name_of(case.caller)}"


async def test_another_tenants_id_answers_as_a_missing_one_by_http(world: World, gateway: httpx.AsyncClient) -> None:
    before = await at_rest(world.owner_url, world.b.id)
    report = Report()
    await check_routes(world, gateway, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert await fingerprint(world.owner_url, world.b.id) == before
    routed = bindings()
    implied = sum(
        len(routed.get(case.call.method.full_name, ())) for case in cases(world.calls) if case.caller != INTERNAL
    )
    assert len(report.cases) == implied > 60


async def test_the_walks_http_requests_reach_the_services(untouched: World, gateway: httpx.AsyncClient) -> None:
    """With the tenant's own ids the same routes answer, so that the walk above does not compare two wrong addresses."""
    report, world = Report(), untouched
    for full_name, found in bindings().items():
        call = next(each for each in world.calls if each.method.full_name == full_name)
        caller = min(call.access.callers)
        for binding in found:
            own, token = dict(world.a.known), world.token(caller, world.a)
            if call.method.name in CHANGING:
                # Something of its own for what ends or takes it.
                own |= await world.something_fresh(call)
                token = world.token(caller, world.a, own) if caller == VISITOR else token
            message = request_of(call.method.input_type, own)
            if "page_token" in call.method.input_type.fields_by_name:
                message.page_size = 1
            answer = await ask(gateway, request_to(binding, message), token)
            is_answered = answer[0] not in (400, 404, 405, 415, 500)
            # What is found by a code or a name that the walk cannot know is at least looked for by the service.
            unknown: tuple[bytes, ...] = LOOKED_FOR
            if binding.template.startswith("/v1/community/"):
                unknown += LOOKED_FOR_IN_COMMUNITIES
            is_looked_for = any(reason in answer[1] for reason in unknown)
            report.judge(f"{binding.verb} {binding.template}", is_answered or is_looked_for, answer)
    assert not report.wrong, "\n".join(report.wrong)


async def test_a_page_token_opens_its_own_list_only_by_http(world: World, gateway: httpx.AsyncClient) -> None:
    report = Report()
    for full_name, found in bindings().items():
        call = next(each for each in world.calls if each.method.full_name == full_name)
        if "page_token" not in call.method.input_type.fields_by_name:
            continue
        caller = min(call.access.callers)
        for binding in found:
            answers: list[Answer] = []
            for of, token in ((world.b, ""), (world.a, "b's"), (world.a, "garbage")):
                message = request_of(call.method.input_type, of.known)
                message.page_size = 1
                message.page_token = token if token != "b's" else json.loads(answers[0][1])["nextPageToken"]
                answers.append(await ask(gateway, request_to(binding, message), world.token(caller, of)))
            right = answers[1] == answers[2] and b"PAGE_TOKEN_INVALID" in answers[1][1]
            report.judge(f"{binding.verb} {binding.template}", right, answers)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) >= 6


async def test_a_key_reaches_by_http_what_its_scopes_name_and_hears_what_it_lacks(
    world: World, gateway: httpx.AsyncClient
) -> None:
    account = world.actor(access_pb2.CALLER_SERVICE_ACCOUNT, world.a)
    report = Report()
    for full_name, found in bindings().items():
        call = next(each for each in world.calls if each.method.full_name == full_name)
        is_for_keys = access_pb2.CALLER_SERVICE_ACCOUNT in call.access.callers
        others = frozenset(SCOPES) - {call.access.scope}
        token = world.signer.issue(replace(account, scopes=others))[0]
        for binding in found:
            message = request_of(call.method.input_type, world.a.known)
            status, body, _ = await ask(gateway, request_to(binding, message), token)
            wanted = b"SCOPE_MISSING" if is_for_keys else b"NOT_ALLOWED"
            report.judge(f"{binding.verb} {binding.template}", status == 403 and wanted in body, (status, body))
            if is_for_keys:
                report.judge(f"{binding.template} names it", call.access.scope.encode() in body, body)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 80


@pytest.mark.parametrize("name", ["X-Tenant-Id", "X-Parley-Tenant", "Grpc-Metadata-Tid", "X-Forwarded-User"])
async def test_no_http_header_says_whose_a_request_is(world: World, gateway: httpx.AsyncClient, name: str) -> None:
    token = world.token(access_pb2.CALLER_ADMIN, world.a)
    for headers in ([(name, world.b.id)], [(name, world.b.id), (name.upper(), world.b.id)]):
        answer = await gateway.get("/v1/tenant", headers=[("authorization", f"Bearer {token}"), *headers])
        assert answer.json()["tenant"]["id"] == world.a.id


async def test_two_credentials_in_one_request_are_none(world: World, gateway: httpx.AsyncClient) -> None:
    tokens = [world.token(access_pb2.CALLER_ADMIN, each) for each in (world.a, world.b)]
    headers = [("authorization", f"Bearer {token}") for token in tokens]
    answer = await gateway.get("/v1/tenant", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) in ((401, "CREDENTIAL_REJECTED"), (400, "REQUEST_MALFORMED"))
