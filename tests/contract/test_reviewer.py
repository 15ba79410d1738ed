"""Who lets a person's data pass for something else is told so, by the contract's check or by the listing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from parley.options.v1 import privacy_pb2

from protos import rules

IMAGE = (Path(__file__).resolve().parents[2] / "stubs" / "contract.binpb").read_bytes()
#: What somebody in a hurry might take: the tenant's own text, which is about nobody.
WRONG = privacy_pb2.DATA_TENANT


@cache
def sound() -> rules.Contract:
    return rules.Contract(IMAGE)


def personal_fields() -> Iterator[tuple[str, str]]:
    """Yields every field about a person, with its category."""
    for message in sound().messages():
        for field in message.fields:
            if rules.is_leaf(field):
                rule = sound().rule_of(field)
                if rules.is_personal(rule):
                    yield field.full_name, rule.category


def marked_wrongly(name: str) -> rules.Contract:
    """Returns the contract in which one field is marked as not about a person."""
    files = descriptor_pb2.FileDescriptorSet.FromString(IMAGE)
    waiting = [(f"{file.package}.", message) for file in files.file for message in file.message_type]
    while waiting:
        above, message = waiting.pop()
        inside = f"{above}{message.name}."
        waiting += [(inside, nested) for nested in message.nested_type]
        for field in message.field:
            if f"{inside}{field.name}" == name:
                field.options.ClearExtension(privacy_pb2.privacy)
                field.options.Extensions[privacy_pb2.data] = WRONG
                return rules.Contract(files.SerializeToString())
    raise AssertionError(f"there is no {name}")


PLAIN = ("user.contact", "user.device.ip_address", "user.name")
CONTACTS = [name for name, category in personal_fields() if category.startswith(PLAIN)]


def test_the_committed_contract_is_sound() -> None:
    assert rules.complaints(sound(), rules.read_reviewed_names()) == []
    assert "parley.identity.v1.Staff.email" in CONTACTS


@pytest.mark.parametrize("name", CONTACTS)
def test_an_address_that_is_marked_as_not_personal_fails_the_check(name: str) -> None:
    (complaint,) = rules.complaints(marked_wrongly(name), rules.read_reviewed_names())
    assert complaint.startswith(f"{name}: ")
    assert "is called as personal data are, and is marked as not personal" in complaint


def test_any_other_field_that_changes_sides_is_a_visible_difference() -> None:
    before = rules.privacy_listing(sound()).splitlines()
    # One of each category is enough: the listing has a line for every field, and the check compares all of it.
    for name in {category: each for each, category in personal_fields()}.values():
        after = rules.privacy_listing(marked_wrongly(name)).splitlines()
        changed = [line for line in after if line not in before]
        assert [line.split(" | ")[:2] for line in changed] == [[name, "tenant"]]
