"""Turns proto3 JSON into messages and back, and refuses what it does not know.

What is refused is named by the field and the rule that it broke. The value itself, and the name of a field that does
not exist, came from outside and are never repeated.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway import problems
from gateway.problems import Problem
from kernel.privacy.rules import is_map

_FAILED_FIELD = re.compile(r"Failed to parse (\w+) field: ")
_DEEPEST = 32
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOST_PARAMETERS = 200
_URL_SAFE = str.maketrans("-_", "+/")

_INTEGERS = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
    }
)
#: What the parser raises for a value that a field cannot hold: an endless number for an enum, half a character.
_UNREADABLE = (json_format.ParseError, ValueError, TypeError, AttributeError, OverflowError, SystemError)
_FLOATS = frozenset({FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE})
#: Messages that are written as one string in JSON, and so in a query too.
TEXT_MESSAGES = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"})


def dump(message: Message) -> bytes:
    """Writes a message as proto3 JSON, empty fields included, so that a client need not know which were left out."""
    return orjson.dumps(json_format.MessageToDict(message, always_print_fields_with_no_presence=True))


def load(text: bytes | str, into: Message) -> None:
    """Reads proto3 JSON into a message; raises a Problem that names the field and the rule, never the value."""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        document = json.loads(text, object_pairs_hook=_once)
        if not isinstance(document, dict):
            raise problems.malformed("The request is not a JSON object.")
        json_format.ParseDict(document, into, ignore_unknown_fields=False, max_recursion_depth=_DEEPEST)
    except json.JSONDecodeError:
        raise problems.malformed("The request is not valid JSON.") from None
    except UnicodeDecodeError:
        raise problems.malformed("The request is not valid UTF-8.") from None
    except RecursionError:
        raise problems.malformed("The JSON is nested too deeply.") from None
    except _UNREADABLE as error:
        raise _explain(str(error), cast(Descriptor, into.DESCRIPTOR)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Builds an object in which every name stands once; two readers could disagree about which of two counts."""
    built = dict(pairs)
    if len(built) != len(pairs):
        raise problems.malformed("The JSON has a name twice in one object.")
    return built


def _explain(complaint: str, descriptor: Descriptor) -> Problem:
    """Names the field that a complaint of the JSON parser is about, as far as the contract knows it."""
    path: list[str] = []
    position: Descriptor | None = descriptor
    offset = 0
    while position is not None and (found := _FAILED_FIELD.match(complaint, offset)) is not None:
        field = find_field(position, found[1])
        if field is None:
            break
        path.append(field.json_name)
        position, offset = field.message_type, found.end()
    if "has no field named" in complaint or "does not have extensions" in complaint:
        return problems.invalid((".".join(path), "has a field that this call does not know"))
    if path:
        return problems.invalid((".".join(path), "is not of the type that the field has"))
    return problems.malformed("The request is not a JSON object of this call.")


def find_field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """Finds a field by its JSON name or by its name in the contract."""
    by_name = descriptor.fields_by_name.get(name)
    if by_name is not None:
        return by_name
    return next((field for field in descriptor.fields if field.json_name == name), None)


def load_query(query: bytes, into: Message, *, bound: Iterable[str]) -> None:
    """Reads query parameters into a message; `bound` are the field paths that the path or the body fill already."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            max_num_fields=_MOST_PARAMETERS,
            errors="strict",
        )
    except ValueError:
        raise problems.malformed("The query cannot be read.") from None
    taken = set(bound)
    values: dict[str, tuple[tuple[FieldDescriptor, ...], list[str]]] = {}
    for name, value in pairs:
        fields = _field_path(cast(Descriptor, into.DESCRIPTOR), name)
        path = ".".join(field.name for field in fields)
        if any(path == each or path.startswith(each + ".") or each.startswith(path + ".") for each in taken):
            raise problems.invalid((path, "is given by the path or the body already"))
        values.setdefault(path, (fields, []))[1].append(value)
    for path, (fields, texts) in values.items():
        leaf = fields[-1]
        if len(texts) > 1 and not leaf.is_repeated:
            raise problems.invalid((path, "is given more than once"))
        parent = into
        for field in fields[:-1]:
            parent = getattr(parent, field.name)
            parent.SetInParent()
        for text in texts:
            set_text(parent, leaf, text, path=path)


def _field_path(descriptor: Descriptor, name: str) -> tuple[FieldDescriptor, ...]:
    """Follows a dotted parameter to the leaf field that it names."""
    fields: list[FieldDescriptor] = []
    position: Descriptor | None = descriptor
    for part in name.split("."):
        field = find_field(position, part) if position is not None else None
        if field is None or (fields and fields[-1].is_repeated):
            raise problems.invalid(("", "the query has a parameter that this call does not know"))
        fields.append(field)
        position = field.message_type
    leaf = fields[-1]
    if is_map(leaf) or (leaf.message_type is not None and leaf.message_type.full_name not in TEXT_MESSAGES):
        raise problems.invalid((".".join(field.name for field in fields), "cannot be given in the query"))
    return tuple(fields)


def differs(message: Message, path: str, text: str) -> bool:
    """Says whether a field is set already, and to something else than a path template captured."""
    *parents, leaf = path.split(".")
    for parent in parents:
        message = getattr(message, parent)
    value = getattr(message, leaf)
    return bool(value) and str(value) != text


def set_path(message: Message, path: str, text: str) -> None:
    """Sets the field that a path template captured."""
    *parents, leaf = path.split(".")
    for parent in parents:
        message = getattr(message, parent)
        message.SetInParent()
    set_text(message, cast(FieldDescriptor, message.DESCRIPTOR.fields_by_name[leaf]), text, path=path)


def set_text(message: Message, field: FieldDescriptor, text: str, *, path: str) -> None:
    """Sets or extends a field from a text; raises a Problem that names the field where it is of another type."""
    try:
        if field.message_type is not None:
            value: Any = message_factory.GetMessageClass(field.message_type)()
            value.FromJsonString(_camel_mask(text) if field.message_type.name == "FieldMask" else text)
            target: Any = getattr(message, field.name)
            (target.add() if field.is_repeated else target).CopyFrom(value)
        elif field.is_repeated:
            getattr(message, field.name).append(_scalar(field, text))
        else:
            setattr(message, field.name, _scalar(field, text))
    except (ValueError, TypeError, OverflowError):
        raise problems.invalid((path, "is not of the type that the field has")) from None


def _scalar(field: FieldDescriptor, text: str) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return base64.b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return text
    if kind == FieldDescriptor.CPPTYPE_BOOL and text in ("true", "false"):
        return text == "true"
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return _enum_number(field, text)
    if kind in _INTEGERS and _INTEGER.fullmatch(text):
        return int(text)
    if kind in _FLOATS and _FLOAT.fullmatch(text):
        return float(text)
    raise ValueError


def _enum_number(field: FieldDescriptor, text: str) -> int:
    known = field.enum_type.values_by_name.get(text) if field.enum_type is not None else None
    if known is not None:
        return int(known.number)
    if _INTEGER.fullmatch(text):
        return int(text)
    raise ValueError


def _camel_mask(text: str) -> str:
    """Writes a field mask as JSON does, whichever of the two namings it was given in."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), text)
