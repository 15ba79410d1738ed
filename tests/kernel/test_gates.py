"""Every call passes every gate, whatever its arity: a service of four, compiled here, stands for all to come."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterable, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from parley.options.v1 import access_pb2

from kernel import errors
from kernel.config import Config
from kernel.errors import ParleyError
from kernel.identity import Actor, KeyRing, Regime, Revocations, sign
from kernel.privacy import reads
from kernel.rpc.gates import current_actor
from kernel.rpc.server import Offer, Server

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-4711"
ARITIES = ("One", "Down", "Up", "Both")

PROTO = """
syntax = "proto3";
package parley.gatetest.v1;
import "buf/validate/validate.proto";
import "google/protobuf/timestamp.proto";
import "parley/options/v1/access.proto";
import "parley/options/v1/privacy.proto";
service GateService {
  rpc One(Say) returns (Hear) { ACCESS }
  rpc Down(Say) returns (stream Hear) { ACCESS }
  rpc Up(stream Say) returns (Hear) { ACCESS }
  rpc Both(stream Say) returns (stream Hear) { ACCESS }
  rpc OneRead(Say) returns (Hear) { RECORDED }
  rpc DownRead(Say) returns (stream Hear) { RECORDED }
  rpc UpRead(stream Say) returns (Hear) { RECORDED }
  rpc BothRead(stream Say) returns (stream Hear) { RECORDED }
}
message Say {
  string word = 1 [(buf.validate.field).string.max_len = 20, (parley.options.v1.data) = DATA_MESSAGE];
  google.protobuf.Timestamp time = 12;
  repeated google.protobuf.Timestamp times = 13;
  map<string, Say> more = 14;
}
message Inner { string email = 1 [(parley.options.v1.data) = DATA_STAFF_EMAIL]; }
message Hear {
  string word = 1 [(parley.options.v1.data) = DATA_MESSAGE];
  string email = 2 [(parley.options.v1.data) = DATA_STAFF_EMAIL];
  repeated Inner list = 3;
  map<string, Inner> map = 4;
  oneof one { Inner inner = 5; }
  string undeclared = 6;
}
"""
for mark, more in (("ACCESS", ""), ("RECORDED", " recorded: true")):
    option = f"{{callers: CALLER_OPERATOR purpose: PURPOSE_ESSENTIAL_SERVICE{more}}}"
    PROTO = PROTO.replace(f"{{ {mark} }}", f"{{ option (parley.options.v1.access) = {option}; }}")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The compiled contract of the test's service."""
    folder = tmp_path_factory.mktemp("contract")
    (folder / "gate.proto").write_text(PROTO)
    known = descriptor_pb2.FileDescriptorSet.FromString((ROOT / "stubs" / "contract.binpb").read_bytes())
    (folder / "known.binpb").write_bytes(known.SerializeToString())
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--descriptor_set_in={folder / 'known.binpb'}",
            f"-I{folder}",
            f"--descriptor_set_out={folder / 'out.binpb'}",
            "gate.proto",
        ],
        check=True,
    )
    made = descriptor_pb2.FileDescriptorSet.FromString((folder / "out.binpb").read_bytes())
    pool = descriptor_pool.Default()
    with contextlib.suppress(TypeError):
        pool.Add(made.file[-1])
    say, hear = (pool.FindMessageTypeByName(f"parley.gatetest.v1.{name}") for name in ("Say", "Hear"))
    return SimpleNamespace(
        service=pool.FindServiceByName("parley.gatetest.v1.GateService"),
        Say=message_factory.GetMessageClass(say),
        Hear=message_factory.GetMessageClass(hear),
    )


class GateServicer:
    """Answers with everything that must not get out; the word `boom` makes it fail with what was said."""

    def __init__(self, contract: SimpleNamespace) -> None:
        """Takes the contract."""
        self._contract = contract
        self.seen: list[Message] = []
        self.purposes: set[int] = set()

    def _hear(self, request: Any) -> Any:
        self.seen.append(request)
        self.purposes.add(current_actor().purpose)
        if request.word == "boom":
            raise RuntimeError(CANARY)
        if request.word == "recorded":
            reads.met()
        if request.word == "hang":
            return None
        inner = {"email": CANARY}
        return self._contract.Hear(
            word=request.word, email=CANARY, list=[inner], map={"k": inner}, inner=inner, undeclared=CANARY
        )

    async def one(self, request: Any, context: Any) -> Any:
        """Serves the unary arity."""
        if request.word == "hang":
            await asyncio.Event().wait()
        return self._hear(request)

    async def down(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Serves a stream of answers."""
        yield self._hear(request)

    async def up(self, requests: AsyncIterator[Any], context: Any) -> Any:
        """Serves a stream of requests."""
        answer = None
        async for request in requests:
            answer = self._hear(request)
        return answer

    async def both(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        """Serves both streams."""
        async for request in requests:
            yield self._hear(request)


class Door:
    """A running server of the test's service."""

    def __init__(self, contract: SimpleNamespace, servicer: GateServicer, channel: grpc.aio.Channel) -> None:
        """Takes what runs."""
        self.contract = contract
        self.servicer = servicer
        self._channel = channel
        #: Everything that errors said to the caller.
        self.said = ""

    async def ask(self, arity: str, request: Any, *metadata: tuple[str, str], seconds: float = 10) -> Any:
        """Calls one of the arities with one message and returns the one answer; errors are ParleyErrors."""
        codec = {
            "request_serializer": self.contract.Say.SerializeToString,
            "response_deserializer": self.contract.Hear.FromString,
        }
        path = f"/parley.gatetest.v1.GateService/{arity}"
        try:
            arity = arity.removesuffix("Read")
            if arity == "One":
                return await self._channel.unary_unary(path, **codec)(request, metadata=metadata, timeout=seconds)
            if arity == "Down":
                call = self._channel.unary_stream(path, **codec)(request, metadata=metadata, timeout=seconds)
                return (await _all(call))[0]
            if arity == "Up":
                return await self._channel.stream_unary(path, **codec)(
                    iter([request]), metadata=metadata, timeout=seconds
                )
            both = self._channel.stream_stream(path, **codec)(iter([request]), metadata=metadata, timeout=seconds)
            return (await _all(both))[0]
        except grpc.aio.AioRpcError as error:
            self.said += str(error.details()) + str(error.trailing_metadata())
            raise errors.from_rpc_error(error) from None


async def _all(answers: AsyncIterable[Any]) -> list[Any]:
    return [answer async for answer in answers]


KEY = Ed25519PrivateKey.generate()


def token(*callers: int, life: float = 600) -> tuple[str, str]:
    """Returns the metadata of somebody of these kinds."""
    now = datetime.now(UTC)
    actor = Actor(
        tenant_id="ten_1",
        regime=Regime.ASP,
        callers=frozenset(callers),
        subject_id="stf_1",
        session_id="ses_1",
        issue_time=now,
        expire_time=now + timedelta(seconds=life),
    )
    return ("authorization", f"Bearer {sign(actor, 'one', KEY)}")


OPERATOR = token(access_pb2.CALLER_OPERATOR)


@pytest_asyncio.fixture
async def door(contract: SimpleNamespace) -> AsyncIterator[Door]:
    """A running server of the test's service."""
    keys = KeyRing()
    keys.replace({"one": KEY.public_key().public_bytes_raw()})
    servicer = GateServicer(contract)
    codec = {
        "request_deserializer": contract.Say.FromString,
        "response_serializer": contract.Hear.SerializeToString,
    }
    handlers = {
        "One": grpc.unary_unary_rpc_method_handler(servicer.one, **codec),
        "Down": grpc.unary_stream_rpc_method_handler(servicer.down, **codec),
        "Up": grpc.stream_unary_rpc_method_handler(servicer.up, **codec),
        "Both": grpc.stream_stream_rpc_method_handler(servicer.both, **codec),
    }

    handlers |= {f"{name}Read": handler for name, handler in handlers.items()}

    def add(_: object, server: grpc.aio.Server) -> None:
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("parley.gatetest.v1.GateService", handlers),)
        )

    server = Server("gatetest", Config(secret_key="secret", listen="127.0.0.1:0"), keys, Revocations())
    server.offer(Offer(contract.service, servicer, add))
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        opened = Door(contract, servicer, channel)
        yield opened
    assert CANARY not in opened.said
    await server.stop(0)


@pytest.mark.parametrize("arity", ARITIES)
async def test_a_good_call_gets_through_with_the_declared_purpose(door: Door, arity: str) -> None:
    answer = await door.ask(arity, door.contract.Say(word="hello"), OPERATOR)
    assert answer.word == "hello"
    assert door.servicer.purposes == {access_pb2.PURPOSE_ESSENTIAL_SERVICE}


@pytest.mark.parametrize("arity", ARITIES)
async def test_hidden_fields_are_taken_out_wherever_they_stand(door: Door, arity: str) -> None:
    answer = await door.ask(arity, door.contract.Say(word="hello"), OPERATOR)
    assert CANARY not in str(answer)
    assert len(answer.list) == 1
    assert len(answer.map) == 1


@pytest.mark.parametrize("arity", ARITIES)
async def test_unknown_fields_do_not_reach_the_service(door: Door, arity: str) -> None:
    request = door.contract.Say.FromString(door.contract.Hear(word="x", email=CANARY).SerializeToString())
    await door.ask(arity, request, OPERATOR)
    assert all(CANARY.encode() not in seen.SerializeToString() for seen in door.servicer.seen)


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (OPERATOR, OPERATOR),
        (("authorization", OPERATOR[1].removeprefix("Bearer ")),),
        (("authorization", "Bearer x"),),
    ],
    ids=["no token", "two tokens", "no bearer", "garbage"],
)
async def test_without_one_good_token_nobody_is_let_in(
    door: Door, arity: str, metadata: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(errors.Unauthenticated, match="CREDENTIAL_REJECTED"):
        await door.ask(arity, door.contract.Say(word="hello"), *metadata)
    assert not door.servicer.seen


@pytest.mark.parametrize("arity", ARITIES)
async def test_another_kind_of_caller_is_refused(door: Door, arity: str) -> None:
    with pytest.raises(errors.PermissionDenied, match="NOT_ALLOWED"):
        await door.ask(arity, door.contract.Say(word="hello"), token(access_pb2.CALLER_VISITOR))
    assert not door.servicer.seen


@pytest.mark.parametrize("arity", ARITIES)
async def test_who_may_not_call_learns_nothing_about_what_is_valid(door: Door, arity: str) -> None:
    with pytest.raises(errors.PermissionDenied):
        await door.ask(arity, door.contract.Say(word=CANARY * 9), token(access_pb2.CALLER_VISITOR))


@pytest.mark.parametrize("arity", ARITIES)
async def test_a_bad_value_is_named_by_field_and_rule_and_never_repeated(door: Door, arity: str) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await door.ask(arity, door.contract.Say(word=CANARY * 9), OPERATOR)
    assert caught.value.fields == (("word", "string.max_len"),)
    assert not door.servicer.seen


@pytest.mark.parametrize("arity", ARITIES)
async def test_a_moment_that_no_calendar_has_is_named_wherever_it_stands(door: Door, arity: str) -> None:
    last = Timestamp(seconds=int(datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()), nanos=999_999_999)
    request = door.contract.Say(word="hello", time=last, times=[last])
    await door.ask(arity, request, OPERATOR)
    for wrong in (
        Timestamp(seconds=last.seconds + 1),
        Timestamp(seconds=253_402_300_800),
        Timestamp(seconds=-(2**63)),
        Timestamp(seconds=1, nanos=-1),
        Timestamp(seconds=1, nanos=1_000_000_000),
    ):
        request = door.contract.Say(word="hello", time=wrong, times=[last, wrong])
        request.more["a"].more["b"].time.CopyFrom(wrong)
        with pytest.raises(errors.InvalidArgument) as caught:
            await door.ask(arity, request, OPERATOR)
        assert [field for field, _ in caught.value.fields] == ["time", "times", "more.more.time"]
    assert len(door.servicer.seen) == 1


@pytest.mark.parametrize("arity", ARITIES)
async def test_an_unexpected_fault_leaves_as_internal(door: Door, arity: str) -> None:
    with pytest.raises(errors.Internal) as caught:
        await door.ask(arity, door.contract.Say(word="boom"), OPERATOR)
    assert CANARY not in caught.value.detail


@pytest.mark.parametrize("arity", ARITIES)
async def test_a_recorded_call_that_nobody_recorded_answers_nothing(door: Door, arity: str) -> None:
    with pytest.raises(errors.Internal):
        await door.ask(f"{arity}Read", door.contract.Say(word="hi"), OPERATOR)
    assert len(door.servicer.seen) == 1, "the service did answer, and the edge kept it"
    assert (await door.ask(f"{arity}Read", door.contract.Say(word="recorded"), OPERATOR)).word == "recorded"
    with pytest.raises(errors.Internal):
        await door.ask(f"{arity}Read", door.contract.Say(word="hi"), OPERATOR)
    assert (await door.ask(arity, door.contract.Say(word="hi"), OPERATOR)).word == "hi"


async def test_a_call_ends_at_its_deadline(door: Door) -> None:
    with pytest.raises(ParleyError) as caught:
        await door.ask("One", door.contract.Say(word="hang"), OPERATOR, seconds=0.2)
    assert caught.value.reason == "DEADLINE_EXCEEDED"
