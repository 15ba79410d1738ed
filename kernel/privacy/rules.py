"""Reads the access and privacy options from the descriptors. It decides nothing.

An extension that was never imported is invisible in Python, so this module imports both option files; a field or a
method without its option is treated as forbidden, never as free.
"""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from parley.options.v1 import access_pb2, privacy_pb2

WELL_KNOWN_LEAVES = frozenset(
    {
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "google.protobuf.FieldMask",
        "google.protobuf.Struct",
        "google.protobuf.Value",
        "google.protobuf.ListValue",
        "google.protobuf.Any",
        "google.protobuf.BoolValue",
        "google.protobuf.BytesValue",
        "google.protobuf.DoubleValue",
        "google.protobuf.FloatValue",
        "google.protobuf.Int32Value",
        "google.protobuf.Int64Value",
        "google.protobuf.StringValue",
        "google.protobuf.UInt32Value",
        "google.protobuf.UInt64Value",
    }
)

#: The rule of a field that carries none: personal, and for nobody.
UNDECLARED = privacy_pb2.Rule(category="user", secret=True)


class UndeclaredAccess(Exception):
    """A method without an access option; a service refuses to start with one."""


def is_map(field: FieldDescriptor) -> bool:
    """Says whether a field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_leaf(field: FieldDescriptor) -> bool:
    """Says whether a field holds a value rather than a message with fields of its own."""
    if field.message_type is None or field.message_type.full_name in WELL_KNOWN_LEAVES:
        return True
    return is_map(field) and is_leaf(field.message_type.fields_by_name["value"])


@cache
def rule_of(field: FieldDescriptor) -> privacy_pb2.Rule:
    """Returns what a leaf field holds, why, for how long, who sees it and what erasure does."""
    options = field.GetOptions()
    if options.HasExtension(privacy_pb2.privacy):
        return options.Extensions[privacy_pb2.privacy]
    if options.HasExtension(privacy_pb2.data):
        value = privacy_pb2.Data.DESCRIPTOR.values_by_number[options.Extensions[privacy_pb2.data]]
        return value.GetOptions().Extensions[privacy_pb2.rule]
    return UNDECLARED


@cache
def is_personal(field: FieldDescriptor) -> bool:
    """Says whether a leaf field holds something about a person."""
    rule = rule_of(field)
    return not rule.not_personal


@cache
def access_of(method: MethodDescriptor) -> access_pb2.Access:
    """Returns who may call a method, and why; raises UndeclaredAccess where the contract does not say."""
    options = method.GetOptions()
    if not options.HasExtension(access_pb2.access):
        raise UndeclaredAccess(method.full_name)
    return options.Extensions[access_pb2.access]


@cache
def frame_access_of(field: FieldDescriptor) -> access_pb2.Access:
    """Returns who may send a live frame, and why; raises UndeclaredAccess where the contract does not say."""
    options = field.GetOptions()
    if not options.HasExtension(access_pb2.frame_access):
        raise UndeclaredAccess(field.full_name)
    return options.Extensions[access_pb2.frame_access]
