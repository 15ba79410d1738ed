"""What the contract promises, read from the committed descriptor set and not from what the running code holds.

The walks expect what stands here. A service that was built with other options, or whose gates lost one, differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from parley.options.v1 import access_pb2

from protos import rules
from protos.compile import STUBS

#: The presets whose fields hold the id of a record or of a person.
ID_PRESETS = frozenset({"DATA_ID", "DATA_PERSON_ID", "DATA_STAFF_ID", "DATA_MEMBER_ID"})
CALLERS: tuple[int, ...] = tuple(value for value in access_pb2.Caller.values() if value)


def name_of(caller: int) -> str:
    """Returns the short name of a kind of caller."""
    return access_pb2.Caller.Name(access_pb2.Caller.ValueType(caller)).removeprefix("CALLER_").lower()


@cache
def committed() -> rules.Contract:
    """Returns the contract as it is committed."""
    contract = rules.Contract((STUBS / "contract.binpb").read_bytes())
    for file in contract.files:
        import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return contract


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do something, as the contract says."""

    callers: frozenset[int]
    scope: str
    tenantless: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One RPC of one process."""

    process: str
    method: MethodDescriptor
    access: Access
    routes: tuple[tuple[str, str], ...] = field(compare=False)

    @property
    def path(self) -> str:
        """The path of the RPC in gRPC."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    def __str__(self) -> str:
        """Names the call as reports do."""
        return f"{self.process}:{self.method.full_name}"


@dataclass(frozen=True, slots=True)
class Frame:
    """One member of a live frame's oneof."""

    name: str
    member: FieldDescriptor
    access: Access

    def __str__(self) -> str:
        """Names the frame as reports do."""
        return self.member.full_name


def _access(option: Any) -> Access:
    return Access(frozenset(option.callers), option.scope, option.tenantless, option.own)


def calls_of(process: str, services: frozenset[str]) -> Iterator[Call]:
    """Yields every RPC of the services that a process offers."""
    contract = committed()
    for method in contract.methods():
        service = method.containing_service.full_name
        if service in services:
            option = contract.option("MethodOptions", method, f"{rules.OPTIONS}.access")
            generated = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method.name]
            yield Call(process, generated, _access(option), tuple(rules.routes_of(contract, method)))


def frames() -> Iterator[Frame]:
    """Yields everything that a client may say on its socket."""
    contract = committed()
    for member in contract.frames():
        option = contract.option("FieldOptions", member, f"{rules.OPTIONS}.frame_access")
        assert member.containing_type is not None
        generated = descriptor_pool.Default().FindMessageTypeByName(member.containing_type.full_name)
        yield Frame(member.name, generated.fields_by_name[member.name], _access(option))


@cache
def preset_of(message: str, name: str) -> str:
    """Returns the preset of a field."""
    contract = committed()
    return contract.preset_of(contract.pool.FindMessageTypeByName(message).fields_by_name[name])


@cache
def audiences_of(message: str, name: str) -> frozenset[int]:
    """Returns who may see a field."""
    contract = committed()
    return frozenset(contract.rule_of(contract.pool.FindMessageTypeByName(message).fields_by_name[name]).audiences)


Path = tuple[FieldDescriptor, ...]


def leaves(message: Descriptor, above: Path = ()) -> Iterator[Path]:
    """Yields the way to every leaf of a message, nested and repeated ones too; a type inside itself is entered once."""
    for each in message.fields:
        inner = each.message_type
        if rules.is_leaf(each):
            yield (*above, each)
        elif inner is not None and all(step.message_type is not inner for step in above):
            yield from leaves(inner, (*above, each))


def id_paths(message: Descriptor) -> Iterator[Path]:
    """Yields the way to every field of a message that holds an id."""
    for path in leaves(message):
        leaf = path[-1]
        assert leaf.containing_type is not None
        if leaf.type == FieldDescriptor.TYPE_STRING and (
            preset_of(leaf.containing_type.full_name, leaf.name) in ID_PRESETS
        ):
            yield path


def dotted(path: Path) -> str:
    """Writes the way to a field."""
    return ".".join(step.name for step in path)


def kind_of(path: Path) -> str:
    """Returns the prefix of the ids that a field takes: from its rule, or from the name of what it stands in."""
    from tests.isolation.samples import id_prefix

    leaf = path[-1]
    if prefix := id_prefix(leaf):
        return prefix
    name = leaf.name if leaf.name != "id" else (leaf.containing_type.name if leaf.containing_type else "")
    for word, prefix in _KINDS:
        if word in name.lower():
            return prefix
    raise AssertionError(f"{leaf.full_name} holds an id, and nothing says of what: give it a pattern")


_KINDS = (
    ("subject", "vis"),
    ("visitor", "vis"),
    ("conversation", "cnv"),
    ("site", "sit"),
    ("staff", "stf"),
    ("operator", "stf"),
    ("team", "tea"),
    ("key", "key"),
    ("notice", "ntc"),
    ("tenant", "ten"),
    ("record", "cnv"),
    ("seal", "hld"),
    ("hold", "hld"),
    ("case", "cas"),
    ("policy", "pol"),
    ("choice", "cho"),
    ("request", "req"),
    ("policy", "pol"),
    ("feedback", "fbk"),
    ("choice", "cho"),
    ("feedback", "fbk"),
    ("grant", "gra"),
    ("browser", "brw"),
    ("deed", "led"),
    ("ledger", "led"),
)
