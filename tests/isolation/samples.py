"""Makes requests from the contract's own rules: valid ones, and for each rule one that breaks it and nothing else."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from buf.validate import validate_pb2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from PIL import Image

from kernel import ids
from protos import rules

#: What the surveys of the walks are asked for.
ASKED: Mapping[str, Mapping[str, str]] = {
    "parley.survey.v1.GetResultsRequest": {"dimension": "", "value": ""},
    "parley.survey.v1.GetTrendRequest": {"question_id": "q_0000csat"},
    "parley.survey.v1.CrossTabulateRequest": {"question_id": "q_0000csat", "by_question_id": ""},
    "parley.survey.v1.SearchTextsRequest": {"words": "kind", "tag": ""},
    "parley.support.v1.SearchTicketsRequest": {"words": "blank"},
    "parley.community.v1.ListTopicsRequest": {"tag": ""},
    "parley.community.v1.ListModerationCasesRequest": {"state": ""},
}
_ID = re.compile(r"\^\(?([a-z]{3})_\[0-9a-v\]\{26\}(\)\?)?\$")
#: What nobody may ever read in an answer. It has capitals, a digit and a quote, so that few patterns take it.
CANARY = "C4narySays'Hush"
NUMBER = -987_654_321
#: A key and a picture that are really ones.
PUBLIC_KEY = (
    Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
_drawn = io.BytesIO()
Image.new("RGB", (4, 4)).save(_drawn, "PNG")
PICTURE = _drawn.getvalue()
#: What matches a pattern. For one that does not stand here, Hypothesis finds a text, which takes longer.
EXAMPLES = {
    r"^[A-Za-z0-9_+/-]{0,64}$": "Europe/Berlin",
    r"^([A-Z]{2})?$": "DE",
    r"^[A-Za-z0-9-]{0,8}$": "BY",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "2026-12-24",
    r"^([a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*)?$": "en",
    r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$": "en",
    r"^(/[^?#]*)?$": "/page",
    r"^[A-Za-z0-9_-]{8,64}$": "message-0",
    r"^[a-z]+\.[a-z]+$": "chat.read",
    r"^https?://[a-z0-9.-]+(:[0-9]+)?$": "https://shop.example",
    r"^(#[0-9a-fA-F]{6})?$": "#00aaff",
    r"^[a-z0-9][a-z0-9-]{0,62}$": "a-tenant",
    r"^[a-z_]+(\.[a-z_]+)+$": "retention.transcript_days",
    r"^([A-Za-z0-9_-]{20,64})?$": "0123456789abcdef0123",
    r"^(https?://[^\s@]+)?$": "https://shop.example/privacy",
    r"^https?://[^\s@]+$": "https://shop.example/in",
    r"^[a-z][a-z_.]{0,62}$": "conversation.started",
    r"^[a-z0-9][a-z0-9.-]{0,62}$": "returns-0",
    r"^[a-z0-9][a-z0-9_-]{2,29}$": "somebody",
    r"^[A-Z]{1,3}[0-9]{1,3}$": "R1",
    r"^[a-z0-9][a-z0-9-]{0,29}$": "water",
    r"^([a-z0-9][a-z0-9-]{0,29})?$": "water",
}


def rules_of(field: FieldDescriptor) -> Any:
    """Returns the rules of a field."""
    return field.GetOptions().Extensions[validate_pb2.field]


def pattern_of(field: FieldDescriptor) -> str:
    """Returns the pattern of a text, or of the items of a list of texts."""
    found = rules_of(field)
    return str(found.repeated.items.string.pattern if field.is_repeated else found.string.pattern)


def id_prefix(field: FieldDescriptor) -> str:
    """Returns the prefix of the ids that a field takes, where its pattern says so."""
    match = _ID.fullmatch(pattern_of(field))
    return match[1] if match else ""


@cache
def matching(pattern: str, at_least: int = 0) -> str:
    """Returns a text that matches a pattern and is not too short."""
    if prefix := _ID.fullmatch(pattern):
        return ids.new_id(prefix[1])
    if len(known := EXAMPLES.get(pattern, "")) >= max(at_least, 1):
        return known
    return find(
        st.from_regex(pattern, fullmatch=True),
        lambda text: len(text) >= at_least,
        settings=settings(database=None, max_examples=10_000, phases=[Phase.generate]),
    )


def a_message(descriptor: Descriptor, known: Mapping[str, str]) -> Message:
    """Returns a valid message in which every field is set; ids are the known ones of their kind, or missing ones."""
    message = message_factory.GetMessageClass(descriptor)()
    taken: set[str] = set()
    for field in descriptor.fields:
        oneof = field.containing_oneof
        if oneof is not None:
            if oneof.full_name in taken:
                continue
            taken.add(oneof.full_name)
        _fill(message, field, known)
    return message


def _fill(message: Message, field: FieldDescriptor, known: Mapping[str, str]) -> None:
    if rules.is_map(field):
        return
    if field.message_type is not None:
        if rules.is_leaf(field):
            return  # Masks and moments are the caller's to say.
        value: Any = a_message(field.message_type, known)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            getattr(message, field.name).CopyFrom(value)
    elif field.is_repeated:
        getattr(message, field.name).append(a_value(field, rules_of(field).repeated.items, known))
    else:
        setattr(message, field.name, a_value(field, rules_of(field), known))


def a_value(field: FieldDescriptor, rule: Any, known: Mapping[str, str]) -> Any:
    """Returns a valid value of a field."""
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return b"x" * max(1, rule.bytes.min_len)
        return _a_text(field, rule.string, known)
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        assert field.enum_type is not None
        listed = allowed(rule)
        return listed[0] if listed else next((v.number for v in field.enum_type.values if v.number), 0)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return True
    numbers = getattr(rule, rule.WhichOneof("type"), None) if rule.WhichOneof("type") else None
    return numbers.gte if numbers is not None and numbers.HasField("gte") else 0


def allowed(rule: Any) -> list[int]:
    """Returns the values that an enum's rule lists; `in` is a word of Python's."""
    return list(getattr(rule.enum, "in"))


def _a_text(field: FieldDescriptor, rule: Any, known: Mapping[str, str]) -> str:
    if prefix := (_ID.fullmatch(rule.pattern) or ("", ""))[1]:
        return known.get(prefix) or ids.new_id(prefix)
    if field.full_name == "parley.chat.v1.TranscriptFilter.query":
        return "is"  # Both sides of the closed conversation say so.
    if rule.email:
        return f"{secrets.token_hex(6)}@people.example"
    if field.name in ("page_token", "request_id", "etag"):
        return ""
    if rule.pattern:
        return matching(rule.pattern, rule.min_len)
    wanted = max(rule.min_len, 8)
    text = f"{field.name} {secrets.token_hex(max(4, wanted))}"
    return text[: rule.max_len] if rule.max_len else text


@dataclass(frozen=True, slots=True)
class Breach:
    """One way to break one rule of a message."""

    field: str
    rule: str
    apply: Callable[[Message], None]


def breaches(descriptor: Descriptor, above: tuple[FieldDescriptor, ...] = ()) -> Iterator[Breach]:
    """Yields a breach of every rule of a message and of what stands in it."""
    for oneof in descriptor.oneofs:
        if oneof.GetOptions().Extensions[validate_pb2.oneof].required:
            yield Breach(
                ".".join([*(step.name for step in above), oneof.name]), "required", _at(above, _clear_oneof(oneof.name))
            )
    for field in descriptor.fields:
        name = ".".join([*(step.name for step in above), field.name])
        for rule, value in _bad_values(field):
            yield Breach(name, rule, _at(above, _set(field, value)))
        if field.message_type is not None and not rules.is_leaf(field) and field not in above:
            yield from breaches(field.message_type, (*above, field))


def _at(above: tuple[FieldDescriptor, ...], change: Callable[[Message], None]) -> Callable[[Message], None]:
    def apply(message: Message) -> None:
        for step in above:
            inner = getattr(message, step.name)
            message = (inner[0] if len(inner) else inner.add()) if step.is_repeated else inner
        change(message)

    return apply


def _clear_oneof(name: str) -> Callable[[Message], None]:
    def change(message: Any) -> None:
        message.ClearField(message.WhichOneof(name))

    return change


def _set(field: FieldDescriptor, value: Any) -> Callable[[Message], None]:
    def change(message: Any) -> None:
        message.ClearField(field.name)
        if value is None:
            return
        if field.is_repeated:
            getattr(message, field.name).extend(value)
        else:
            setattr(message, field.name, value)

    return change


def _bad_values(field: FieldDescriptor) -> Iterator[tuple[str, Any]]:
    rule = rules_of(field)
    if rule.required:
        yield "required", None
    if not field.is_repeated:
        yield from _bad_scalars(field, rule)
        return
    items = rule.repeated.items
    inner = field.message_type
    good = partial(a_value, field, items, {}) if inner is None else partial(a_message, inner, {})
    if rule.repeated.min_items:
        yield "min_items", [good()] * (rule.repeated.min_items - 1)
    if rule.repeated.max_items:
        yield "max_items", [good() for _ in range(rule.repeated.max_items + 1)]
    if rule.repeated.unique:
        yield "unique", [good()] * 2
    for name, value in _bad_scalars(field, items):
        yield f"items.{name}", [value]


def _bad_scalars(field: FieldDescriptor, rule: Any) -> Iterator[tuple[str, Any]]:
    match rule.WhichOneof("type"):
        case "string":
            yield from _bad_texts(rule.string)
        case "bytes":
            if rule.bytes.max_len:
                yield "max_len", CANARY.encode() * (rule.bytes.max_len // len(CANARY) + 1)
        case "enum":
            if rule.enum.defined_only or allowed(rule):
                yield "defined_only", -NUMBER
            for refused in rule.enum.not_in:
                yield "not_in", refused
            listed = set(allowed(rule))
            assert field.enum_type is not None
            if listed:
                for value in field.enum_type.values:
                    if value.number not in listed:
                        yield f"in ({value.name})", value.number
        case "int32" | "int64":
            number = getattr(rule, rule.WhichOneof("type"))
            if number.HasField("gte") or number.HasField("gt"):
                yield "gte", NUMBER
            if number.HasField("lte") or number.HasField("lt"):
                yield "lte", -NUMBER
        case "bool":
            if rule.bool.HasField("const"):
                yield "const", not rule.bool.const
        case None | "repeated" | "map":
            return
        case other:
            raise AssertionError(f"{field.full_name} has rules of the kind {other}: say here how they are broken")


def _bad_texts(rule: Any) -> Iterator[tuple[str, str]]:
    if rule.min_len:
        yield "min_len", CANARY[: rule.min_len - 1]
    if rule.max_len:
        yield "max_len", (CANARY * (rule.max_len // len(CANARY) + 1))[: rule.max_len + 1]
    if rule.email:
        yield "email", CANARY
    if rule.pattern:
        candidates = (CANARY, f"{CANARY}?a#b", f"\x07{CANARY}", "   ")
        yield "pattern", next(text for text in candidates if not re.fullmatch(rule.pattern, text))
        line_more = matching(rule.pattern, rule.min_len) + "\n"
        if not re.fullmatch(rule.pattern, line_more):
            yield "pattern (a line more)", line_more
