"""Reads the compiled contract: every RPC with its route, its access option and its comments.

Routes, OpenAPI and the docs page are made from what this module returns, so that none of them is written by hand. It
reads `stubs/contract.binpb` and the generated modules, and calls nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import parley
from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from parley.options.v1 import access_pb2

from kernel.privacy.rules import access_of

PREFIX = "parley/"

# The numbers of the fields of descriptor.proto along which comments are addressed.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED, _NESTED_ENUMS, _ONEOFS = 2, 3, 4, 8
_ENUM_VALUES, _METHODS = 2, 2


class UnroutableContract(Exception):
    """The contract asks for a route that the gateway cannot serve; it refuses to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpc:
    """One RPC, and everything that the gateway has to know of it."""

    descriptor: MethodDescriptor
    process: str
    request: type[Message]
    response: type[Message]
    server_streaming: bool
    access: access_pb2.Access
    bindings: tuple[Binding, ...]

    @property
    def path(self) -> str:
        """The path of the RPC in gRPC."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One way in which an RPC is reached by HTTP."""

    verb: str
    template: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """All RPCs of the platform, and the comments of everything by full name."""

    rpcs: tuple[Rpc, ...]
    comments: Mapping[str, str]

    def routed(self) -> Iterator[tuple[Rpc, Binding]]:
        """Walks the RPCs that have a route."""
        for rpc in self.rpcs:
            for binding in rpc.bindings:
                yield rpc, binding

    def comment(self, of: Descriptor | EnumDescriptor | FieldDescriptor | MethodDescriptor | str) -> str:
        """Returns the comment that stands above something in the contract."""
        return self.comments.get(of if isinstance(of, str) else of.full_name, "")


def load() -> Contract:
    """Reads the contract that this checkout or image was built with."""
    file_set = descriptor_pb2.FileDescriptorSet.FromString((stubs_folder() / "contract.binpb").read_bytes())
    rpcs: list[Rpc] = []
    comments: dict[str, str] = {}
    for file in file_set.file:
        if not file.name.startswith(PREFIX):
            continue
        import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
        comments.update(_comments_of(file))
        pooled = descriptor_pool.Default().FindFileByName(file.name)
        for service in pooled.services_by_name.values():
            rpcs.extend(_rpc(method) for method in service.methods)
    return Contract(rpcs=tuple(rpcs), comments=comments)


def stubs_folder() -> Path:
    """Returns the folder in which the generated stubs stand."""
    return Path(next(iter(parley.__path__))).parent


def _rpc(method: MethodDescriptor) -> Rpc:
    package = method.containing_service.file.package.split(".")
    options = method.GetOptions()
    bindings: tuple[Binding, ...] = ()
    if options.HasExtension(annotations_pb2.http):
        rule = options.Extensions[annotations_pb2.http]
        bindings = (_binding(rule), *(_binding(each) for each in rule.additional_bindings))
    if method.client_streaming and bindings and not access_of(method).upload:
        raise UnroutableContract(f"{method.full_name}: a client stream has no form in HTTP")
    return Rpc(
        descriptor=method,
        process=package[1],
        request=message_factory.GetMessageClass(method.input_type),
        response=message_factory.GetMessageClass(method.output_type),
        server_streaming=method.server_streaming,
        access=access_of(method),
        bindings=bindings,
    )


def _binding(rule: http_pb2.HttpRule) -> Binding:
    pattern = rule.WhichOneof("pattern")
    if pattern is None or rule.response_body:
        raise UnroutableContract("a route needs one verb, and returns whole responses")
    if pattern == "custom":
        return Binding(verb=rule.custom.kind.upper(), template=rule.custom.path, body=rule.body)
    return Binding(verb=pattern.upper(), template=getattr(rule, pattern), body=rule.body)


def _comments_of(file: descriptor_pb2.FileDescriptorProto) -> dict[str, str]:
    """Maps full names to the comments above them; nested names are joined by dots as descriptors join them."""
    names = dict(_named_paths(file))
    return {
        names[path]: " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if (path := tuple(location.path)) in names and location.leading_comments.strip()
    }


def _named_paths(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    for index, message in enumerate(file.message_type):
        yield from _message_paths(message, (_MESSAGES, index), f"{file.package}.{message.name}")
    for index, enum in enumerate(file.enum_type):
        yield from _enum_paths(enum, (_ENUMS, index), f"{file.package}.{enum.name}")
    for index, service in enumerate(file.service):
        path, name = (_SERVICES, index), f"{file.package}.{service.name}"
        yield path, name
        for number, method in enumerate(service.method):
            yield (*path, _METHODS, number), f"{name}.{method.name}"


def _message_paths(
    message: descriptor_pb2.DescriptorProto, path: tuple[int, ...], name: str
) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, _FIELDS, index), f"{name}.{field.name}"
    for index, oneof in enumerate(message.oneof_decl):
        yield (*path, _ONEOFS, index), f"{name}.{oneof.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _message_paths(nested, (*path, _NESTED, index), f"{name}.{nested.name}")
    for index, enum in enumerate(message.enum_type):
        yield from _enum_paths(enum, (*path, _NESTED_ENUMS, index), f"{name}.{enum.name}")


def _enum_paths(
    enum: descriptor_pb2.EnumDescriptorProto, path: tuple[int, ...], name: str
) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for index, value in enumerate(enum.value):
        yield (*path, _ENUM_VALUES, index), f"{name}.{value.name}"
