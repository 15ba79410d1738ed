"""What was built for the last release works on: its clients' calls, and its processes beside those of this one.

`buf breaking` compares shapes. What it does not know is compared here: routes, who is let in, what is valid, and
whether the bytes and the JSON of either release are read by the other.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from protos import compile as compiler
from protos import released, rules
from tests.contract.test_buf import buf

#: What only lets more in than before: a field that need not be given any more, a longer text, a longer list.
LOOSER = frozenset({"max_len", "max_bytes", "max_items", "max_pairs", "lte", "lt"})
#: What only lets more in when it is smaller, or gone.
SMALLER = frozenset({"min_len", "min_bytes", "min_items", "min_pairs", "gte", "gt"})


@pytest.fixture(scope="module")
def before() -> rules.Contract:
    """The contract of the last release."""
    return rules.Contract(released.IMAGE.read_bytes())


@pytest.fixture(scope="module")
def now() -> rules.Contract:
    """The contract as it is."""
    return rules.Contract((compiler.STUBS / "contract.binpb").read_bytes())


def test_what_is_compared_with_is_what_was_released() -> None:
    # Where history was written anew, the commit itself is gone, and its contract is all that is left of it.
    if released.base() == released.commit():
        assert released.contract_of(released.commit()) == released.IMAGE.read_bytes()
    assert list(rules.Contract(released.IMAGE.read_bytes()).methods())


def another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Names a commit that was never made."""
    record = tmp_path / "released.toml"
    record.write_text(f'commit = "{"0" * 40}"\n')
    monkeypatch.setattr(released, "RECORD", record)


def test_where_history_was_written_anew_the_commit_of_the_record_stands_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    another(monkeypatch, tmp_path)
    stands_in = released.base()
    assert "protos/released.toml" in released.git("show", "--name-only", "--format=", stands_in).decode().split()
    released.unpack(tmp_path / "release")
    assert (tmp_path / "release" / "protos" / "released.toml").exists()


def test_without_the_history_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    another(monkeypatch, tmp_path)
    shallow = tmp_path / "shallow"
    command = ["git", "clone", "-q", "--depth", "1", "--no-checkout", f"file://{released.ROOT}", str(shallow)]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setattr(released, "ROOT", shallow)
    with pytest.raises(released.NoHistory, match="git fetch --unshallow"):
        released.unpack(tmp_path / "release")


def test_no_shape_broke() -> None:
    done = buf("breaking", compiler.STUBS / "contract.binpb", "--against", released.IMAGE)
    assert done.returncode == 0, done.stdout


def calls(contract: rules.Contract) -> dict[str, Any]:
    """Returns every call by its name."""
    return {each.full_name: each for each in contract.methods()}


def access(contract: rules.Contract, method: Any) -> Any:
    """Returns who may call."""
    return contract.option("MethodOptions", method, f"{rules.OPTIONS}.access")


def test_every_call_is_where_it_was_and_lets_in_whom_it_let_in(before: rules.Contract, now: rules.Contract) -> None:
    ours = calls(now)
    wrong = []
    for name, method in calls(before).items():
        if name not in ours:
            wrong.append(f"{name} is gone")
            continue
        if missing := set(rules.routes_of(before, method)) - set(rules.routes_of(now, ours[name])):
            wrong.append(f"{name} is not at {missing} any more")
        theirs, mine = access(before, method), access(now, ours[name])
        if locked_out := set(theirs.callers) - set(mine.callers):
            wrong.append(f"{name} lets callers {sorted(locked_out)} in no more")
        if theirs.scope and theirs.scope != mine.scope:
            wrong.append(f"{name} wants the scope {mine.scope!r} instead of {theirs.scope!r}")
        if (theirs.download, theirs.upload) != (mine.download, mine.upload):
            wrong.append(f"{name} moves its file in another way")
    assert wrong == []


def test_every_frame_lets_in_whom_it_let_in(before: rules.Contract, now: rules.Contract) -> None:
    def callers(contract: rules.Contract) -> dict[str, set[int]]:
        option = f"{rules.OPTIONS}.frame_access"
        return {
            each.full_name: set(contract.option("FieldOptions", each, option).callers) for each in contract.frames()
        }

    ours = callers(now)
    assert {name: lost for name, theirs in callers(before).items() if (lost := theirs - ours.get(name, set()))} == {}


def asked_for(contract: rules.Contract) -> Iterator[Descriptor]:
    """Yields every message that a client sends, with what is in it."""
    seen: dict[str, Descriptor] = {}

    def walk(message: Descriptor | None) -> None:
        if message is None or not rules.is_ours(message) or message.GetOptions().map_entry:
            return
        if message.full_name not in seen:
            seen[message.full_name] = message
            for field in message.fields:
                walk(field.message_type)

    for method in contract.methods():
        walk(method.input_type)
    for frame in contract.frames():
        walk(frame.containing_type)
    yield from seen.values()


def rules_of(contract: rules.Contract, field: FieldDescriptor) -> dict[str, Any]:
    """Returns what is valid in a field, each rule by its path, such as `string.max_len`."""
    found = contract.option("FieldOptions", field, "buf.validate.field")
    flat: dict[str, Any] = {}

    def walk(rule: Message, path: str) -> None:
        for part, value in rule.ListFields():
            name = f"{path}{part.name}"
            if part.message_type is not None and not part.is_repeated:
                walk(value, f"{name}.")
            else:
                flat[name] = [str(each) for each in value] if part.is_repeated else value

    if found is not None:
        walk(found, "")
    return flat


def is_stricter(path: str, before: Any, now: Any) -> bool:
    """Says whether something that was valid may not be valid any more."""
    if before == now:
        return False
    name = path.rpartition(".")[2]
    if now is None:
        return False
    if name in LOOSER:
        return before is None or now < before
    if name in SMALLER:
        return before is None or now > before
    if name == "in":
        return before is None or not set(before) <= set(now)
    if name == "not_in":
        return not set(now) <= set(before or ())
    return name != "ignore"


def test_what_was_valid_still_is(before: rules.Contract, now: rules.Contract) -> None:
    ours = {message.full_name: message for message in now.messages()}
    wrong = []
    for message in asked_for(before):
        for field in message.fields:
            mine = ours[message.full_name].fields_by_number[field.number]
            was, has = rules_of(before, field), rules_of(now, mine)
            wrong += [
                f"{field.full_name}: {path} is {has.get(path)!r}, and was {was.get(path)!r}"
                for path in sorted(was.keys() | has.keys())
                if is_stricter(path, was.get(path), has.get(path))
            ]
        # A field that came with this release is not known to the last one, so that it cannot be asked for.
        wrong += [
            f"{field.full_name} came with this release and is required"
            for field in ours[message.full_name].fields
            if field.number not in message.fields_by_number and rules_of(now, field).get("required")
        ]
    assert wrong == []


@pytest.mark.parametrize(
    ("path", "was", "has", "stricter"),
    [
        ("string.max_len", 100, 200, False),
        ("string.max_len", 100, 50, True),
        ("string.max_len", None, 50, True),
        ("string.min_len", 1, None, False),
        ("string.min_len", 1, 2, True),
        ("required", None, True, True),
        ("required", True, None, False),
        ("string.in", ["a"], ["a", "b"], False),
        ("string.in", ["a", "b"], ["a"], True),
        ("string.pattern", "^a$", "^b$", True),
    ],
)
def test_a_stricter_rule_is_told_from_a_looser_one(path: str, was: Any, has: Any, stricter: bool) -> None:
    assert is_stricter(path, was, has) is stricter


def filled(message: Message, chance: random.Random, depth: int = 0) -> Message:
    """Puts something into every field of a message, and into what is in it, three deep."""
    descriptor: Any = message.DESCRIPTOR
    for field in descriptor.fields:
        if field.containing_oneof is not None and message.WhichOneof(field.containing_oneof.name):
            continue
        if rules.is_map(field):
            continue
        value = getattr(message, field.name)
        if field.message_type is not None:
            if depth < 3 and not field.message_type.full_name.startswith("google.protobuf.Any"):
                if field.is_repeated:
                    filled(value.add(), chance, depth + 1)
                else:
                    value.SetInParent()
                    filled(value, chance, depth + 1)
            continue
        some: Any = {
            FieldDescriptor.CPPTYPE_STRING: b"a" if field.type == FieldDescriptor.TYPE_BYTES else "a",
            FieldDescriptor.CPPTYPE_BOOL: True,
            FieldDescriptor.CPPTYPE_FLOAT: 0.5,
            FieldDescriptor.CPPTYPE_DOUBLE: 0.5,
            FieldDescriptor.CPPTYPE_ENUM: field.enum_type and chance.choice([*field.enum_type.values_by_number]),
        }.get(field.cpp_type, chance.randrange(1, 1000))
        if field.is_repeated:
            value.append(some)
        else:
            setattr(message, field.name, some)
    return message


def known(data: bytes, kind: type[Message]) -> Message:
    """Reads bytes as one release does, and lets go of what it does not know."""
    message = kind.FromString(data)
    message.DiscardUnknownFields()
    return message


def test_bytes_and_json_of_either_release_are_read_by_the_other(before: rules.Contract, now: rules.Contract) -> None:
    chance = random.Random(7)
    ours = {message.full_name: message for message in now.messages()}
    compared = 0
    for message in before.messages():
        old_kind = message_factory.GetMessageClass(message)
        new_kind = message_factory.GetMessageClass(ours[message.full_name])
        old = filled(old_kind(), chance)
        # What the last release says comes through this one as it was said, by bytes and by JSON.
        assert known(new_kind.FromString(old.SerializeToString()).SerializeToString(), old_kind) == old, (
            message.full_name
        )
        text = json_format.MessageToJson(old)
        assert json_format.MessageToJson(json_format.Parse(text, new_kind())) == text, message.full_name
        # What this release says is read by the last one, which leaves out what it does not know.
        new = filled(new_kind(), chance)
        read = known(new.SerializeToString(), old_kind)
        there = {field.number for field, _ in new.ListFields()} & set(message.fields_by_number)
        assert {field.number for field, _ in read.ListFields()} == there, message.full_name
        json_format.Parse(json_format.MessageToJson(new), old_kind(), ignore_unknown_fields=True)
        compared += 1
    assert compared > 200
