"""Every call is made with a canary in every field that takes one, and no log, trace or metric has ever heard of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from prometheus_client import REGISTRY, generate_latest

from kernel.rpc.gates import is_valid
from kernel.telemetry import logs, traces
from tests.isolation.calls import attempt, bearer
from tests.isolation.samples import a_message
from tests.isolation.test_every_call import Report
from tests.isolation.world import World
from tests.platform import Tenant

#: One plain word, as ids and codes are, so that nothing but the rules keeps it out.
CANARY = "canary4711"
INTERNAL = access_pb2.CALLER_INTERNAL


def planted(message: Any, root: Message, *, valid: bool) -> int:
    """Puts the canary into every text of a message, as far as it stays valid, and returns how many took it."""
    taken = 0
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None and not field.message_type.full_name.startswith("google."):
            if field.message_type.GetOptions().map_entry:
                continue
            parts = value if field.is_repeated else [value] if message.HasField(field.name) else []
            taken += sum(planted(part, root, valid=valid) for part in parts)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING and not field.is_repeated:
            canary: Any = CANARY.encode() if field.type == FieldDescriptor.TYPE_BYTES else CANARY
            for word in (canary, f"{CANARY}@people.example", f"/{CANARY}", f"https://{CANARY}.example"):
                if isinstance(word, bytes) != isinstance(canary, bytes):
                    continue
                setattr(message, field.name, word)
                if not valid or is_valid(root):
                    taken += 1
                    break
            else:
                setattr(message, field.name, value)
    return taken


def token_of(world: World, tenant: Tenant, caller: int) -> str:
    """Returns a token of somebody of a kind in a tenant that no other test looks at."""
    if caller == INTERNAL:
        return world.platform.channels.tokens.make(tenant.id)
    actor = replace(world.actor(caller, world.a), tenant_id=tenant.id, site_id=tenant.site.id)
    return world.signer.issue(actor)[0]


async def test_no_call_leaves_what_was_said_in_a_log_a_trace_or_a_metric(
    world: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_level", logging.DEBUG)
    report, tenant = Report(), await world.platform.tenant()
    taken = 0
    with traces.recorded() as spans:
        for call in world.calls:
            for valid in (True, False):
                request = a_message(call.method.input_type, {"sit": tenant.site.id})
                taken += planted(request, request, valid=valid)
                # Who asks is another walk's question: the first who may will do.
                metadata = bearer(token_of(world, tenant, min(call.access.callers)))
                reply = await attempt(world.channel(call), call.method, request, metadata)
                refused = reply.code != "OK"
                report.judge(f"{call}, {valid=}", not (refused and reply.holds(CANARY)), reply.reason)
        told = [span.to_json() for span in spans.get_finished_spans()]
    assert taken > 100, "the canaries were sent"
    assert len(told) > len(world.calls)
    assert report.wrong == []
    assert CANARY not in "".join(told)
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY.encode() not in generate_latest(REGISTRY)
