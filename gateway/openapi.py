"""Writes the contract as an OpenAPI 3.1 document: paths, schemas with the contract's rules, problems and credentials.

Everything in it comes from the descriptors and the comments above them; nothing is described by hand a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from parley.chat.v1 import frame_pb2
from parley.options.v1 import access_pb2, privacy_pb2

from gateway.contract import Binding, Contract, Rpc
from gateway.json_form import TEXT_MESSAGES
from gateway.paths import Capture, parse_template
from gateway.problems import MEDIA_TYPE
from kernel.privacy.rules import is_map

VERSION = "1.0.0"

#: What a WebSocket carries, which OpenAPI itself has no words for.
LIVE_FRAMES: dict[str, Any] = {
    "clientFrame": frame_pb2.ClientFrame.DESCRIPTOR,
    "serverFrame": frame_pb2.ServerFrame.DESCRIPTOR,
}

_NUMBER_RULES = {"gte": "minimum", "gt": "exclusiveMinimum", "lte": "maximum", "lt": "exclusiveMaximum"}
_PLAIN: dict[int, dict[str, Any]] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SINT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "format": "uint32", "minimum": 0},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer", "format": "uint32", "minimum": 0},
    # A 64-bit number is a string in proto3 JSON, since JavaScript would round it; both forms are read.
    FieldDescriptor.TYPE_INT64: {"type": ["string", "integer"], "format": "int64"},
    FieldDescriptor.TYPE_SINT64: {"type": ["string", "integer"], "format": "int64"},
    FieldDescriptor.TYPE_SFIXED64: {"type": ["string", "integer"], "format": "int64"},
    FieldDescriptor.TYPE_UINT64: {"type": ["string", "integer"], "format": "uint64"},
    FieldDescriptor.TYPE_FIXED64: {"type": ["string", "integer"], "format": "uint64"},
}
_TEXTS: dict[str, dict[str, Any]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Names of fields, separated by commas."},
}
assert _TEXTS.keys() == TEXT_MESSAGES


def document(contract: Contract, server: str) -> dict[str, Any]:
    """Returns the OpenAPI document of all routed calls."""
    schemas = _Schemas(contract)
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    for rpc, binding in contract.routed():
        tag = rpc.descriptor.containing_service.name
        tags[tag] = contract.comment(rpc.descriptor.containing_service.full_name)
        path, operation = _operation(contract, schemas, rpc, binding)
        paths.setdefault(path, {})[binding.verb.lower()] = {"tags": [tag], **operation}
    live = {name: schemas.reference(frame) for name, frame in LIVE_FRAMES.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley",
            "version": VERSION,
            "summary": "Live customer service whose privacy promises are enforced by code.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.written.items())) | {"Problem": _PROBLEM},
            "responses": {
                "Problem": {
                    "description": "The call was refused or failed. The reason is stable; no value is repeated.",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token (a JWT), or an API key (`pak_…`) of a service account.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-parley_session",
                    "description": "A staff session, on the console's host only; changes need the console's Origin.",
                },
            },
        },
        "security": [{"bearer": []}, {"session": []}],
        "x-parley-live": {"path": "/live", "subprotocols": ["parley.v1.proto", "parley.v1.json"], **live},
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "fields"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people; it may change."},
        "reason": {"type": "string", "description": "Stable, in UPPER_SNAKE.", "pattern": "^[A-Z][A-Z0-9_]*$"},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule"],
                "properties": {"field": {"type": "string"}, "rule": {"type": "string"}},
            },
        },
        "retryAfterMs": {"type": "integer", "description": "When the same call makes sense again."},
    },
}


_UPLOAD_HEADERS: list[dict[str, Any]] = [
    {
        "name": "Content-Disposition",
        "in": "header",
        "description": "What the file is called, such as `attachment; filename*=UTF-8''a%20picture.png`.",
        "schema": {"type": "string"},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes a retry safe: the same key returns the first result.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    },
]


def json_path(descriptor: Descriptor, path: str) -> tuple[str, FieldDescriptor]:
    """Returns a field path in its JSON names, and the field at its end."""
    names: list[str] = []
    field: FieldDescriptor | None = None
    position: Descriptor | None = descriptor
    for part in path.split("."):
        assert position is not None, path
        field = position.fields_by_name[part]
        names.append(field.json_name)
        position = field.message_type
    assert field is not None
    return ".".join(names), field


def _operation(contract: Contract, schemas: _Schemas, rpc: Rpc, binding: Binding) -> tuple[str, dict[str, Any]]:
    template = parse_template(binding.template)
    request = rpc.descriptor.input_type
    parameters: list[dict[str, Any]] = []
    parts: list[str] = []
    for segment in template.segments:
        if isinstance(segment, Capture):
            name, field = json_path(request, segment.field)
            parts.append("{" + name + "}")
            parameters.append({"name": name, "in": "path", "required": True, **schemas.parameter(field)})
        else:
            parts.append(segment.text)
    path = "/" + "/".join(parts) + (f":{template.verb}" if template.verb else "")
    description = contract.comment(rpc.descriptor)
    # A call that has several routes is an operation for each.
    number = rpc.bindings.index(binding) + 1
    other = f"_{number}" if number > 1 else ""
    # Two packages may have services of one name.
    package = rpc.descriptor.full_name.split(".")[1]
    operation: dict[str, Any] = {
        "operationId": f"{package}_{rpc.descriptor.containing_service.name}_{rpc.descriptor.name}{other}",
        "summary": description.partition(". ")[0].rstrip("."),
        "description": description,
        "x-parley-callers": [access_pb2.Caller.Name(each).removeprefix("CALLER_") for each in rpc.access.callers],
        "x-parley-purpose": access_pb2.Purpose.Name(rpc.access.purpose).removeprefix("PURPOSE_"),
    }
    if rpc.access.scope:
        operation["x-parley-scope"] = rpc.access.scope
    if rpc.access.recorded:
        operation["x-parley-recorded"] = True
    if binding.body != "*":
        taken = {*template.fields, binding.body}
        parameters.extend(_query(schemas, request, taken))
    if binding.body:
        body: Any = request if binding.body == "*" else request.fields_by_name[binding.body].message_type
        without = frozenset(each for each in template.fields if "." not in each) if binding.body == "*" else frozenset()
        content = {"application/json": {"schema": schemas.body(body, without)}}
        if rpc.access.upload:
            content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
            parameters.extend(_UPLOAD_HEADERS)
        operation["requestBody"] = {"required": True, "content": content}
    if parameters:
        operation["parameters"] = parameters
    media_type = "text/event-stream" if rpc.server_streaming else "application/json"
    schema: dict[str, Any] = schemas.reference(rpc.descriptor.output_type)
    if rpc.access.download:
        media_type, schema = "application/octet-stream", {"type": "string", "format": "binary"}
    operation["responses"] = {
        "200": {
            "description": contract.comment(rpc.descriptor.output_type.full_name) or "Done.",
            "content": {media_type: {"schema": schema}},
        },
        "default": {"$ref": "#/components/responses/Problem"},
    }
    if rpc.server_streaming and "after_sequence" in request.fields_by_name:
        parameters.append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last event that the client has; it goes before `afterSequence`.",
                "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
            }
        )
        operation["parameters"] = parameters
    return path, operation


def _query(schemas: _Schemas, descriptor: Descriptor, taken: set[str], prefix: str = "") -> Iterator[dict[str, Any]]:
    for field in descriptor.fields:
        path = f"{prefix}{field.name}"
        if path in taken or is_map(field):
            continue
        if field.message_type is not None and field.message_type.full_name not in TEXT_MESSAGES:
            if not field.is_repeated:
                inner = field.message_type
                yield from _query(schemas, inner, taken, f"{path}.")
            continue
        name = ".".join([*(part for part in prefix.split(".") if part), field.json_name])
        yield {"name": name, "in": "query", **schemas.parameter(field)}


class _Schemas:
    """The schemas of messages and enums, written as they are met."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.written: dict[str, dict[str, Any]] = {}

    def reference(self, descriptor: Descriptor | EnumDescriptor) -> dict[str, Any]:
        """Returns a reference to a message or an enum, writing its schema at the first time."""
        name = descriptor.full_name.removeprefix("parley.")
        if name not in self.written:
            self.written[name] = {}
            self.written[name] = (
                self._enum(descriptor) if isinstance(descriptor, EnumDescriptor) else self._message(descriptor)
            )
        return {"$ref": f"#/components/schemas/{name}"}

    def body(self, descriptor: Descriptor, without: frozenset[str]) -> dict[str, Any]:
        """Returns the schema of a body, whose fields may leave out what the path says."""
        return self._message(descriptor, without) if without else self.reference(descriptor)

    def parameter(self, field: FieldDescriptor) -> dict[str, Any]:
        """Returns the schema and the description of a field that is a parameter."""
        schema = self._field(field)
        description = schema.pop("description", "")
        return {"description": description, "schema": schema}

    def _message(self, descriptor: Descriptor, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        fields = [field for field in descriptor.fields if field.name not in without]
        schema: dict[str, Any] = {
            "type": "object",
            "description": self._contract.comment(descriptor.full_name),
            "additionalProperties": False,
            "properties": {field.json_name: self._field(field) for field in fields},
        }
        required = [field.json_name for field in fields if _rules(field).required]
        if required:
            schema["required"] = required
        return schema

    def _enum(self, descriptor: EnumDescriptor) -> dict[str, Any]:
        lines = [
            f"- `{value.name}`: {self._contract.comment(_enum_value(descriptor, value.name))}"
            for value in descriptor.values
        ]
        return {
            "type": "string",
            "description": "\n".join([self._contract.comment(descriptor.full_name), "", *lines]),
            "enum": [value.name for value in descriptor.values],
        }

    def _field(self, field: FieldDescriptor) -> dict[str, Any]:
        schema: dict[str, Any]
        rules = _rules(field)
        if is_map(field):
            assert field.message_type is not None
            value = field.message_type.fields_by_name["value"]
            schema = {"type": "object", "additionalProperties": self._single(value, _rules(value))}
        elif field.is_repeated:
            schema = {"type": "array", "items": self._single(field, rules.repeated.items)}
            if rules.repeated.HasField("min_items"):
                schema["minItems"] = rules.repeated.min_items
            if rules.repeated.HasField("max_items"):
                schema["maxItems"] = rules.repeated.max_items
            if rules.repeated.unique:
                schema["uniqueItems"] = True
        else:
            schema = self._single(field, rules)
        comment = self._contract.comment(field.full_name)
        if comment:
            schema["description"] = comment
        options = field.GetOptions()
        if options.HasExtension(privacy_pb2.data):
            schema["x-parley-data"] = privacy_pb2.Data.Name(options.Extensions[privacy_pb2.data])
        return schema

    def _single(self, field: FieldDescriptor, rules: validate_pb2.FieldRules) -> dict[str, Any]:
        if field.message_type is not None:
            text = _TEXTS.get(field.message_type.full_name)
            return dict(text) if text is not None else self.reference(field.message_type)
        if field.enum_type is not None:
            return self._enum_field(field.enum_type, rules.enum)
        schema = dict(_PLAIN[field.type])
        kind = rules.WhichOneof("type")
        if kind == "string":
            _string_rules(schema, rules.string)
        elif kind is not None and field.cpp_type not in (FieldDescriptor.CPPTYPE_BOOL, FieldDescriptor.CPPTYPE_STRING):
            of_kind = getattr(rules, kind)
            for rule, keyword in _NUMBER_RULES.items():
                if of_kind.HasField(rule):
                    schema[keyword] = getattr(of_kind, rule)
        return schema

    def _enum_field(self, enum: EnumDescriptor, rules: validate_pb2.EnumRules) -> dict[str, Any]:
        allowed = getattr(rules, "in")
        names = [
            value.name
            for value in enum.values
            if (not allowed or value.number in allowed) and value.number not in rules.not_in
        ]
        schema = self.reference(enum)
        return schema if len(names) == len(enum.values) else {"allOf": [schema], "enum": names}


def _rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    options = field.GetOptions()
    if options.HasExtension(validate_pb2.field):
        return options.Extensions[validate_pb2.field]
    return validate_pb2.FieldRules()


def _string_rules(schema: dict[str, Any], rules: validate_pb2.StringRules) -> None:
    if rules.HasField("min_len"):
        schema["minLength"] = rules.min_len
    if rules.HasField("max_len"):
        schema["maxLength"] = rules.max_len
    if rules.HasField("pattern"):
        schema["pattern"] = rules.pattern
    if rules.email:
        schema["format"] = "email"


def _enum_value(enum: EnumDescriptor, name: str) -> str:
    return f"{enum.full_name}.{name}"
