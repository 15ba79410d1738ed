"""No message of the contract gets into a log or a trace, whoever tries and however."""

from __future__ import annotations

import ast
import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parley
import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from kernel.privacy.datamap import read_map
from kernel.privacy.datamap.entries import contract_messages
from kernel.privacy.rules import is_leaf, is_map
from kernel.telemetry import logs, traces
from kernel.telemetry.allowed import LOG_KEYS, spans_only

ROOT = Path(__file__).resolve().parents[2]
#: One plain word, which is harder to keep out than a sentence.
CANARY = "canary4711"


def filled(message: Any, above: frozenset[str] = frozenset()) -> Message:
    """Puts a canary into every field of a message that can hold one, down to every leaf."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None and is_map(field):
            continue
        if field.message_type is not None:
            if is_leaf(field) or field.message_type.full_name in above:
                continue
            inner = getattr(message, field.name)
            filled(inner.add() if field.is_repeated else inner, above | {message.DESCRIPTOR.full_name})
            if not field.is_repeated:
                inner.SetInParent()
        elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            value: Any = CANARY.encode() if field.type == FieldDescriptor.TYPE_BYTES else CANARY
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
    return message  # type: ignore[no-any-return]  # It is whatever the contract's class is.


def messages() -> Iterator[Message]:
    """Yields one of every message of the contract, with a canary in everything."""
    for descriptor in contract_messages(parley):
        yield filled(message_factory.GetMessageClass(descriptor)())


def spellings(message: Message) -> list[Any]:
    """Returns a message in the forms in which somebody might hand it to a log."""
    return [
        message,
        str(message),
        repr(message),
        json_format.MessageToJson(message),
        json_format.MessageToDict(message),
        message.SerializeToString(),
        [str(message)],
        tuple(value for _, value in message.ListFields()),
    ]


def test_no_message_can_be_logged(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_level", logging.DEBUG)
    log, lines = logs.get("scrubbing"), 0
    for message in messages():
        if CANARY not in str(message):
            continue
        values: dict[str, Any] = dict.fromkeys(LOG_KEYS - {"level", "logger", "event"}, message)
        log.error("a thing happened", **values)
        for spelling in spellings(message):
            log.error("a thing happened", reason=spelling, kind=spelling, body=spelling)
            said = f"they said {spelling}"
            log.error(said)
        try:
            try:
                raise ValueError(message)
            except ValueError as error:
                raise RuntimeError(str(message), message) from error
        except RuntimeError as error:
            log.error("it failed", exc_info=error)
        lines += 2 + 2 * len(spellings(message))
    written = capfd.readouterr().err
    assert written.count("\n") >= lines > 1000, "the log was written"
    assert CANARY not in written
    assert base64.b64encode(CANARY.encode()).decode()[:8] not in written
    log.error("a control", reason=CANARY)
    assert CANARY in capfd.readouterr().err, "a word of the platform's own would be seen"


def test_no_message_can_be_traced() -> None:
    for message in messages():
        if CANARY in str(message):
            for spelling in spellings(message):
                assert CANARY not in str(spans_only({"parley.job": spelling, "body": CANARY, "rpc.method": spelling}))
    message = next(each for each in messages() if CANARY in str(each))
    with traces.recorded() as spans:
        with pytest.raises(ValueError, match=CANARY), traces.server_span("parley.chat.v1.X/Y", ()):
            raise ValueError(message)
        with traces.span("work", job=str(message), tenant="ten_1"):
            pass
        told = [span.to_json() for span in spans.get_finished_spans()]
    assert len(told) == 2
    assert CANARY not in "".join(told)


#: Words that are a person's field in one message, and the platform's own everywhere in what it logs.
OUR_OWN = frozenset({"kind", "reason", "value"})
#: The same for single files.
KNOWN = {
    "kernel/files/scanning.py": {"answer": "the length of what a scanner answers"},
    "kernel/mail/mailers.py": {"code": "the number with which a mail server answers"},
    "kernel/telemetry/metrics.py": {"code": "the name of gRPC's code"},
}
TELLS = frozenset({"debug", "info", "warning", "error", "labels", "set_attribute", "set_attributes", "add_event"})


def personal_names() -> set[str]:
    """Returns the names of the fields that hold something a person said or is; an id may stand in a log."""
    said = (entry for entry in read_map([]).entries if entry.is_personal)
    names = {entry.field.rpartition(".")[2] for entry in said if not entry.category.startswith("user.unique_id")}
    return names - OUR_OWN


def told_by(source: str) -> Iterator[tuple[int, str]]:
    """Yields the names in what is handed to a log, a metric's labels or a span, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TELLS:
            for value in (*node.args, *(each.value for each in node.keywords)):
                for inner in ast.walk(value):
                    if isinstance(inner, ast.Attribute) and not _is_of_an_error(inner):
                        yield node.lineno, inner.attr
                    elif isinstance(inner, ast.Name):
                        yield node.lineno, inner.id


def _is_of_an_error(told: ast.Attribute) -> bool:
    # An error's code and reason are from closed lists, and its words never leave: test_telemetry shows it.
    return isinstance(told.value, ast.Name) and told.value.id == "error"


def found_in(source: str, names: set[str], path: str = "") -> list[str]:
    """Returns where a source tells a log what is named as a person's field is."""
    known = KNOWN.get(path, {})
    return [f"{path}:{line}: {name}" for line, name in told_by(source) if name in names and name not in known]


def test_nothing_that_is_named_as_a_persons_field_is_handed_to_a_log() -> None:
    names, found = personal_names(), []
    assert {"body", "email", "display_name", "page_path", "network_address"} <= names
    for room in ("kernel", "services", "gateway", "cli"):
        for path in sorted((ROOT / room).rglob("*.py")):
            found += found_in(path.read_text(), names, str(path.relative_to(ROOT)))
    assert found == []
    assert found_in("_log.info('said', reason=message.body)", names) == [":1: body"]
    assert found_in("METRIC.labels(email).inc()", names) == [":1: email"]
    for file, known in KNOWN.items():
        told = {name for _, name in told_by((ROOT / file).read_text())}
        assert known.keys() <= told, f"{file} needs no exception"
