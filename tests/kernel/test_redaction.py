"""What somebody may not see is taken out of a message wherever it stands: nested, repeated, in maps and in oneofs."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2
from google.protobuf.message import Message
from parley.options.v1 import access_pb2, privacy_pb2

from kernel.identity import Actor, Regime
from kernel.privacy.redaction import redact

PACKAGE = "parley.nest.v1"
CANARY = "canary"
_FIELD = descriptor_pb2.FieldDescriptorProto
#: Seen by everybody, by staff and the person, by the person and administrators, by nobody, and said nothing of.
PRESETS = {
    "open": privacy_pb2.DATA_ID,
    "staff": privacy_pb2.DATA_MESSAGE,
    "admin": privacy_pb2.DATA_STAFF_EMAIL,
    "nobody": privacy_pb2.DATA_NETWORK_ADDRESS,
    "undeclared": None,
}


def _add(
    message: descriptor_pb2.DescriptorProto,
    name: str,
    kind: _FIELD.Type.ValueType,
    *,
    preset: privacy_pb2.Data.ValueType | None = None,
    of: str = "",
    repeated: bool = False,
    oneof: bool = False,
) -> None:
    field = message.field.add(name=name, number=len(message.field) + 1, type=kind)
    field.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
    if of:
        field.type_name = of
    if oneof:
        field.oneof_index = 0
    if preset is not None:
        field.options.Extensions[privacy_pb2.data] = preset


def _add_map(message: descriptor_pb2.DescriptorProto, name: str, of: str, preset: Any = None) -> None:
    entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
    entry.options.map_entry = True
    _add(entry, "key", _FIELD.TYPE_STRING)
    _add(entry, "value", _FIELD.TYPE_MESSAGE if of else _FIELD.TYPE_STRING, of=of)
    where = f".{PACKAGE}.{message.name}.{entry.name}"
    _add(message, name, _FIELD.TYPE_MESSAGE, of=where, repeated=True, preset=preset)


def add_contract() -> type[Message]:
    """Adds a type that holds itself in every way that there is."""
    file = descriptor_pb2.FileDescriptorProto(name="parley/nest/v1/nest.proto", package=PACKAGE, syntax="proto3")
    file.dependency.extend(["parley/options/v1/privacy.proto", struct_pb2.DESCRIPTOR.name])
    nest = file.message_type.add(name="Nest")
    nest.oneof_decl.add(name="one")
    itself = f".{PACKAGE}.Nest"
    for name, preset in PRESETS.items():
        _add(nest, name, _FIELD.TYPE_STRING, preset=preset)
        _add(nest, f"{name}_list", _FIELD.TYPE_BYTES, preset=preset, repeated=True)
        _add(nest, f"{name}_form", _FIELD.TYPE_MESSAGE, preset=preset, of=".google.protobuf.Struct")
        _add(nest, f"{name}_one", _FIELD.TYPE_STRING, preset=preset, oneof=True)
        _add_map(nest, f"{name}map", "", preset)
    _add(nest, "nest_one", _FIELD.TYPE_MESSAGE, of=itself, oneof=True)
    _add(nest, "inner", _FIELD.TYPE_MESSAGE, of=itself)
    _add(nest, "inners", _FIELD.TYPE_MESSAGE, of=itself, repeated=True)
    _add_map(nest, "innermap", itself)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Nest"))


Nest: Any = add_contract()
#: Field 18000, which no type has, with a canary in it.
UNKNOWN = b"\x82\xe5\x08\x06canary"


def a_nest(one: str, depth: int) -> Any:
    """Returns a nest in which everything holds the name of who sees it, with nests in it in every way."""
    nest = Nest.FromString(UNKNOWN)
    for name in PRESETS:
        setattr(nest, name, name)
        getattr(nest, f"{name}_list").extend([name.encode()] * 2)
        getattr(nest, f"{name}_form")[name] = name
        getattr(nest, f"{name}map")["key"] = name
    if one != "nest":
        setattr(nest, f"{one}_one", one)
    if depth:
        if one == "nest":
            nest.nest_one.CopyFrom(a_nest(one, depth - 1))
        nest.inner.CopyFrom(a_nest(one, depth - 1))
        nest.inners.extend([a_nest(one, depth - 1)] * 2)
        nest.innermap["key"].CopyFrom(a_nest(one, depth - 1))
    return nest


def nests_in(nest: Any) -> list[Any]:
    """Returns a nest and all nests in it."""
    inside = [*nest.inners, *nest.innermap.values()]
    inside += [nest.inner] if nest.HasField("inner") else []
    inside += [nest.nest_one] if nest.WhichOneof("one") == "nest_one" else []
    return [nest, *(each for one in inside for each in nests_in(one))]


def left_in(nest: Any) -> set[str]:
    """Returns whose values are left in one nest, and fails where a value is left in part."""
    left: set[str] = set()
    for name in PRESETS:
        parts = [
            getattr(nest, name) == name,
            list(getattr(nest, f"{name}_list")) == [name.encode()] * 2,
            nest.HasField(f"{name}_form"),
            dict(getattr(nest, f"{name}map")) == {"key": name},
        ]
        assert all(parts) or not any(parts), f"{name} is there in part"
        if parts[0]:
            left.add(name)
    return left


@pytest.mark.parametrize(
    ("caller", "own", "seen"),
    [
        (access_pb2.CALLER_ANONYMOUS, False, {"open"}),
        (access_pb2.CALLER_VISITOR, False, {"open", "staff", "admin"}),
        (access_pb2.CALLER_OPERATOR, False, {"open", "staff"}),
        (access_pb2.CALLER_OPERATOR, True, {"open", "staff", "admin"}),
        (access_pb2.CALLER_SERVICE_ACCOUNT, False, {"open", "staff"}),
        (access_pb2.CALLER_ADMIN, False, {"open", "staff", "admin"}),
        (access_pb2.CALLER_PLATFORM_REVIEWER, False, {"open", "staff"}),
        (access_pb2.CALLER_MEMBER, False, {"open"}),
        (access_pb2.CALLER_INTERNAL, False, set(PRESETS)),
    ],
)
@pytest.mark.parametrize("one", [*PRESETS, "nest"])
def test_at_every_depth_and_in_every_way_only_what_may_be_seen_is_left(
    caller: int, own: bool, seen: set[str], one: str
) -> None:
    nest = a_nest(one, depth=3)
    redact(nest, Actor(tenant_id="ten_1", regime=Regime.ASP, callers=frozenset({caller})), own=own)
    everything = nests_in(nest)
    assert len(everything) == (156 if one == "nest" else 85), "the nests themselves stay"
    assert all(left_in(each) == seen for each in everything)
    ones = {each.WhichOneof("one") for each in everything}
    if one != "nest":
        assert ones == ({f"{one}_one"} if one in seen else {None})
    assert (CANARY.encode() in nest.SerializeToString()) == (caller == access_pb2.CALLER_INTERNAL), "the unknown field"


def test_nothing_is_done_twice_or_to_another_message() -> None:
    first, second = a_nest("staff", 2), a_nest("staff", 2)
    operator = Actor(tenant_id="ten_1", regime=Regime.ASP, callers=frozenset({access_pb2.CALLER_OPERATOR}))
    redact(first, operator)
    again = Nest()
    again.CopyFrom(first)
    redact(again, operator)
    assert again == first
    assert second == a_nest("staff", 2)
