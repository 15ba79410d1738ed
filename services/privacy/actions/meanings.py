"""Says what a field is in the words of the contract: the comment that stands above it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import parley
from google.protobuf import descriptor_pb2

# The numbers of the fields of descriptor.proto along which comments are addressed.
_MESSAGES, _FIELDS, _NESTED = 4, 2, 3


def meaning_of(field: str) -> str:
    """Returns what the contract says of a field, without its full stop; its own name where it says nothing."""
    said = _comments().get(field, "")
    return said.removesuffix(".") or field.rsplit(".", 1)[-1].replace("_", " ").capitalize()


@cache
def _comments() -> Mapping[str, str]:
    image = Path(next(iter(parley.__path__))).parent / "contract.binpb"
    found: dict[str, str] = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file:
        if not file.name.startswith("parley/"):
            continue
        names = {
            path: name
            for index, message in enumerate(file.message_type)
            for path, name in _fields(message, (_MESSAGES, index), f"{file.package}.{message.name}")
        }
        for location in file.source_code_info.location:
            if (name := names.get(tuple(location.path))) is not None:
                found[name] = " ".join(location.leading_comments.split())
    return found


def _fields(
    message: descriptor_pb2.DescriptorProto, path: tuple[int, ...], name: str
) -> Iterator[tuple[tuple[int, ...], str]]:
    for index, field in enumerate(message.field):
        yield (*path, _FIELDS, index), f"{name}.{field.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _fields(nested, (*path, _NESTED, index), f"{name}.{nested.name}")
