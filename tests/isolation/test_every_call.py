"""Every call and every live frame refuses who may not, and what may not; a new one enrols itself.

What is expected comes from the committed contract, what is asked are the running servers. Each check reports what it
found wrong, so that the tests of the mutations can run it against a platform that was broken on purpose.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import message_factory
from google.protobuf.unknown_fields import UnknownFieldSet
from parley.chat.v1 import frame_pb2
from parley.options.v1 import access_pb2

from kernel.config import SERVICES
from kernel.identity import InternalTokens, sign
from kernel.identity.tokens import AUDIENCE
from tests.isolation.calls import (
    CERTAIN_SECONDS,
    QUIET_SECONDS,
    LiveProbe,
    Metadata,
    Reply,
    attempt,
    bearer,
    live_stream,
)
from tests.isolation.contract import CALLERS, Call, Frame, calls_of, committed, frames, name_of
from tests.isolation.samples import CANARY, NUMBER, a_message, breaches
from tests.isolation.world import World

INTERNAL, SERVICE_ACCOUNT = access_pb2.CALLER_INTERNAL, access_pb2.CALLER_SERVICE_ACCOUNT
REFUSED_AT_THE_DOOR = {"NOT_ALLOWED", "SCOPE_MISSING", "TENANT_REQUIRED", "CREDENTIAL_REJECTED"}
#: Field 18000 of nothing, with the canary in it.
UNKNOWN = b"\x82\xe5\x08" + bytes([len(CANARY)]) + CANARY.encode()


@dataclass(slots=True)
class Report:
    """What a walk ran, and what it found wrong."""

    cases: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    #: The reports of the running test, of which a list is kept where the suites keep their results.
    made: ClassVar[list[Report]] = []

    def __post_init__(self) -> None:
        """Adds the report to those of the running test."""
        Report.made.append(self)

    def judge(self, case: str, is_right: bool, found: object) -> None:
        """Notes a case."""
        self.cases.append(case)
        if not is_right:
            self.wrong.append(f"{case}: {found}")


def bad_credentials(world: World) -> dict[str, Metadata]:
    """Returns everything by which nobody is let in."""
    actor = world.actor(access_pb2.CALLER_OPERATOR, world.a)
    good = world.token(access_pb2.CALLER_OPERATOR, world.a)
    now = datetime.now(UTC)
    stranger, key_id = Ed25519PrivateKey.generate(), jwt.get_unverified_header(good)["kid"]
    lasting = replace(actor, issue_time=now, expire_time=now + timedelta(hours=1))
    claims = jwt.decode(good, options={"verify_signature": False})
    head, payload, signature = good.split(".")
    other_deployment = InternalTokens(secrets.token_urlsafe(), "chat")
    expired = replace(actor, issue_time=now - timedelta(hours=1), expire_time=now - timedelta(seconds=1))
    return {
        "no token": (),
        "an empty token": bearer(""),
        "the header twice": (*bearer(good), *bearer(good)),
        "another scheme": (("authorization", f"Basic {good}"),),
        "no scheme": (("authorization", good),),
        "garbage": bearer(secrets.token_urlsafe(64)),
        "garbage in three parts": bearer(f"{CANARY}.{CANARY}.{CANARY}"),
        "an expired token": bearer(sign(expired, key_id, world.private_key())),
        "another's key": bearer(sign(lasting, key_id, stranger)),
        "an unknown key": bearer(sign(lasting, "00000000-0000-4000-8000-000000000000", stranger)),
        "a changed payload": bearer(f"{head}.{payload[:-2]}AA.{signature}"),
        "no signature": bearer(f"{head}.{payload}."),
        "the internal key of another deployment": bearer(other_deployment.make(world.a.id)),
        "claims of ours under a made-up key": bearer(jwt.encode(claims, "x" * 32, algorithm="HS256")),
        "another audience": bearer(_signed(world, claims | {"aud": "elsewhere"}, key_id)),
        "no audience": bearer(_signed(world, {k: v for k, v in claims.items() if k != "aud"}, key_id)),
        "no end": bearer(_signed(world, {k: v for k, v in claims.items() if k != "exp"}, key_id)),
        "a process of ours by the people's key": bearer(_signed(world, claims | {"cal": [INTERNAL]}, key_id)),
        "an internal audience by the people's key": bearer(
            _signed(world, claims | {"aud": "parley-internal", "iss": "chat"}, key_id)
        ),
        "an API key, which is for the gateway": bearer(world.a.key_secret),
        "a session, which is for the gateway": bearer(world.a.operator.session),
    }


def _signed(world: World, claims: dict[str, object], key_id: str) -> str:
    assert claims.get("aud", AUDIENCE)
    return jwt.encode(claims, world.private_key(), algorithm="EdDSA", headers={"kid": key_id})


async def check_credentials(world: World, calls: list[Call], report: Report) -> None:
    """Every call answers every bad credential in the same bytes."""
    bad = bad_credentials(world)
    seen: set[Reply] = set()
    for call in calls:
        for name, metadata in bad.items():
            reply = await attempt(world.channel(call), call.method, b"", metadata, quiet_seconds=CERTAIN_SECONDS)
            seen.add(reply)
            right = (reply.code, reply.reason) == ("UNAUTHENTICATED", "CREDENTIAL_REJECTED")
            report.judge(f"{call} with {name}", right and not reply.holds(CANARY), reply)
    report.judge("all bad credentials are answered alike", len(seen) == 1, seen)


async def check_callers(world: World, calls: list[Call], report: Report) -> None:
    """Every call lets in the kinds of caller that the contract lists, and nobody else."""
    for call in calls:
        for caller in CALLERS:
            quiet = QUIET_SECONDS if caller in call.access.callers else CERTAIN_SECONDS
            token = bearer(world.token(caller, world.a))
            reply = await attempt(world.channel(call), call.method, b"", token, quiet_seconds=quiet)
            case = f"{call} as {name_of(caller)}"
            if caller in call.access.callers:
                report.judge(case, reply.reason not in REFUSED_AT_THE_DOOR, reply)
            else:
                report.judge(case, (reply.code, reply.reason) == ("PERMISSION_DENIED", "NOT_ALLOWED"), reply)
        await _check_scope(world, call, report)
        await _check_tenant(world, call, report)


async def _check_scope(world: World, call: Call, report: Report) -> None:
    if SERVICE_ACCOUNT not in call.access.callers:
        return
    account = world.actor(SERVICE_ACCOUNT, world.a)
    for scopes in (frozenset[str](), frozenset({"some.thing"}), frozenset({call.access.scope.upper()})):
        token = world.signer.issue(replace(account, scopes=scopes))[0]
        reply = await attempt(world.channel(call), call.method, b"", bearer(token), quiet_seconds=CERTAIN_SECONDS)
        report.judge(f"{call} with the scopes {sorted(scopes)}", reply.reason == "SCOPE_MISSING", reply)


async def _check_tenant(world: World, call: Call, report: Report) -> None:
    if INTERNAL in call.access.callers and not call.access.tenantless:
        token = world.platform.channels.tokens.make()
        reply = await attempt(world.channel(call), call.method, b"", bearer(token), quiet_seconds=CERTAIN_SECONDS)
        report.judge(f"{call} without a tenant", reply.reason == "TENANT_REQUIRED", reply)


async def check_arguments(world: World, calls: list[Call], report: Report) -> None:
    """Every call refuses a breach of every rule of its request, names the field, and repeats nothing of the value."""
    for call in calls:
        metadata = bearer(world.token_for(call.access, world.a))
        for breach in breaches(call.method.input_type):
            request = a_message(call.method.input_type, world.a.known)
            breach.apply(request)
            reply = await attempt(world.channel(call), call.method, request, metadata, quiet_seconds=CERTAIN_SECONDS)
            right = (
                reply.code == "INVALID_ARGUMENT"
                and reply.reason == "ARGUMENT_INVALID"
                and any(_names(each, breach.field) for each in reply.fields)
                and not reply.holds(CANARY)
                and not reply.holds(str(abs(NUMBER)))
            )
            report.judge(f"{call}: {breach.field} against {breach.rule}", right, reply)


def _names(reported: str, broken: str) -> bool:
    return [part.partition("[")[0] for part in reported.split(".")] == broken.split(".")


async def check_malformed(world: World, calls: list[Call], report: Report) -> None:
    """Every call refuses what is no message, knows the caller first, and drops what the contract does not know."""
    for call in calls:
        metadata = bearer(world.token_for(call.access, world.a))
        for name, raw in (("no message", b"\xff\xff\xff"), ("half a message", b"\x0a\x7f" + CANARY.encode())):
            reply = await attempt(world.channel(call), call.method, raw, metadata, quiet_seconds=CERTAIN_SECONDS)
            right = (reply.code, reply.reason) == ("INVALID_ARGUMENT", "REQUEST_MALFORMED")
            report.judge(f"{call} with {name}", right and not reply.holds(CANARY), reply)
            reply = await attempt(world.channel(call), call.method, raw, (), quiet_seconds=CERTAIN_SECONDS)
            report.judge(f"{call} with {name} from nobody", reply.reason == "CREDENTIAL_REJECTED", reply)
        reply = await attempt(world.channel(call), call.method, UNKNOWN, metadata)
        report.judge(f"{call} with an unknown field", not reply.holds(CANARY), reply)


async def test_every_call_answers_every_bad_credential_alike(world: World) -> None:
    report = Report()
    await check_credentials(world, world.calls, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > len(world.calls) * 20


async def test_every_call_lets_in_whom_the_contract_lists(world: World) -> None:
    report = Report()
    await check_callers(world, world.calls, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) >= len(world.calls) * len(CALLERS)


# Every call with every rule of its request broken: of six services that is thousands of calls.
@pytest.mark.timeout(400)
async def test_every_call_refuses_a_breach_of_every_rule(world: World) -> None:
    report = Report()
    await check_arguments(world, world.calls, report)
    assert not report.wrong, "\n".join(report.wrong)
    implied = sum(len(list(breaches(call.method.input_type))) for call in world.calls)
    assert len(report.cases) == implied > 100


async def test_every_call_refuses_what_is_no_message(world: World) -> None:
    report = Report()
    await check_malformed(world, world.calls, report)
    assert not report.wrong, "\n".join(report.wrong)


async def test_the_walk_takes_every_call_that_is_offered(world: World) -> None:
    services = frozenset(service.full_name for file in committed().files for service in file.services_by_name.values())
    walked = {call.method.full_name for call in world.calls}
    everything = {call.method.full_name for call in calls_of("any", services)}
    # Whatever the contract says of people's rights is offered by every service as soon as one offers it.
    assert everything - walked <= {name for name in everything if name.startswith("parley.subject.v1.")}
    assert {call.process for call in world.calls} == set(SERVICES)


# The same for the frames of the live stream.


async def check_live_credentials(world: World, report: Report) -> None:
    """No channel opens with a bad credential."""
    async with live_stream(world.platform) as probe:
        for name, metadata in bad_credentials(world).items():
            if len(metadata) != 1:
                continue
            value = str(metadata[0][1])
            token = value.removeprefix("Bearer ") if value.startswith("Bearer ") else value + "x"
            if not token:
                continue
            heard = await (await probe.open(token)).next()
            report.judge(f"a channel with {name}", heard == "CREDENTIAL_REJECTED", heard)


async def check_frame_callers(world: World, report: Report) -> None:
    """Every frame lets in the kinds of caller that the contract lists, and nobody else."""
    async with live_stream(world.platform) as probe:
        for caller in CALLERS:
            for frame in frames():
                said = await _say(world, probe, frame, caller)
                reasons = {each.refused.reason for each in said if each.HasField("refused")}
                right = ("NOT_ALLOWED" in reasons) == (caller not in frame.access.callers)
                report.judge(f"{frame} as {name_of(caller)}", right, said)


#: Frames that are not answered, unless they are refused.
SILENT = frozenset({"unsubscribe", "subscribe_inbox", "typing", "read"})


async def _say(world: World, probe: LiveProbe, frame: Frame, caller: int) -> list[frame_pb2.ServerFrame]:
    token = world.token(caller, world.a)
    channel = await probe.open(token)
    sent = frame_pb2.ClientFrame(frame_id="asked")
    assert frame.member.message_type is not None
    getattr(sent, frame.name).CopyFrom(a_message(frame.member.message_type, world.a.known))
    if frame.name == "authenticate":
        sent.authenticate.access_token = token
    # Whoever may not send it is told so before the ping behind it is answered; more is not asked here.
    said = await channel.ask(sent, silent=True)
    return [frame_pb2.ServerFrame.FromString(each) for each in said if isinstance(each, bytes)]


async def check_frame_arguments(world: World, report: Report) -> None:
    """Every frame refuses a breach of every rule, and repeats nothing of the value."""
    async with live_stream(world.platform) as probe:
        for frame in frames():
            assert frame.member.message_type is not None
            token = world.token_for(frame.access, world.a)
            for breach in breaches(frame.member.message_type):
                sent = frame_pb2.ClientFrame(frame_id="asked")
                inner = a_message(frame.member.message_type, world.a.known)
                breach.apply(inner)
                getattr(sent, frame.name).CopyFrom(inner)
                said = await (await probe.open(token)).ask(sent)
                right = len(said) == 1 and isinstance(said[0], bytes) and _is_refused(said[0], "ARGUMENT_INVALID")
                report.judge(f"{frame}: {breach.field} against {breach.rule}", right, said)


async def check_frame_forms(world: World, report: Report) -> None:
    """What is no frame, or none that is known, is refused without an echo and leaves the channel as it was."""
    long_id = frame_pb2.ClientFrame(frame_id=CANARY * 10, ping=frame_pb2.Ping()).SerializeToString()
    async with live_stream(world.platform) as probe:
        channel = await probe.open(world.token(access_pb2.CALLER_VISITOR, world.a))
        for name, raw, reason in (
            ("no message", b"\xff\xff\xff", "FRAME_MALFORMED"),
            ("not UTF-8", b"\x0a\x02\xc3\x28", "FRAME_MALFORMED"),
            ("an unknown member", UNKNOWN, "FRAME_UNKNOWN"),
            ("nothing", b"", "FRAME_UNKNOWN"),
            ("an id that is too long", long_id, "ARGUMENT_INVALID"),
        ):
            said = [each async for each in _answers(channel.ask(raw, silent=True))]
            right = len(said) == 1 and _is_refused(said[0], reason)
            report.judge(f"a frame that is {name}", right, said)


async def _answers(asked: object) -> AsyncIterator[bytes]:
    for each in await asked:  # type: ignore[misc]  # It is a coroutine of the channel's.
        assert isinstance(each, bytes)
        yield each


def _is_refused(raw: bytes, reason: str) -> bool:
    frame = frame_pb2.ServerFrame.FromString(raw)
    canary_free = CANARY.encode() not in frame.refused.SerializeToString()
    return frame.HasField("refused") and frame.refused.reason == reason and canary_free


async def test_no_channel_opens_with_a_bad_credential(world: World) -> None:
    report = Report()
    await check_live_credentials(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 15


async def test_every_frame_lets_in_whom_the_contract_lists(world: World) -> None:
    report = Report()
    await check_frame_callers(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) == len(CALLERS) * len(list(frames()))


async def test_every_frame_refuses_a_breach_of_every_rule(world: World) -> None:
    report = Report()
    await check_frame_arguments(world, report)
    await check_frame_forms(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 20


def test_an_unknown_field_is_one() -> None:
    request = message_factory.GetMessageClass(frame_pb2.Ping.DESCRIPTOR).FromString(UNKNOWN)
    unknown = UnknownFieldSet(request)
    assert [unknown[at].field_number for at in range(len(unknown))] == [18000]
