"""The contract as it is committed: sound, fresh, reviewed, and covering what the tests imply it covers."""

from __future__ import annotations

from importlib import import_module

import pytest
from google.protobuf import descriptor_pool

from kernel.identity.scopes import SCOPES
from kernel.privacy import rules as kernel_rules
from protos import compile as compiler
from protos import rules


@pytest.fixture(scope="module")
def contract() -> rules.Contract:
    """The contract as its protos say it now."""
    return rules.Contract(compiler.describe(compiler.PROTOS))


def test_the_contract_keeps_its_own_rules(contract: rules.Contract) -> None:
    assert rules.complaints(contract, rules.read_reviewed_names()) == []


def test_the_listings_say_what_the_contract_says(contract: rules.Contract) -> None:
    assert (compiler.LISTINGS / "access.txt").read_text() == rules.access_listing(contract)
    assert (compiler.LISTINGS / "privacy.txt").read_text() == rules.privacy_listing(contract)


def test_the_committed_image_is_the_contract(contract: rules.Contract) -> None:
    committed = rules.Contract((compiler.STUBS / "contract.binpb").read_bytes())
    assert rules.privacy_listing(committed) == rules.privacy_listing(contract)
    assert rules.access_listing(committed) == rules.access_listing(contract)


def test_every_leaf_and_every_call_stands_in_a_listing(contract: rules.Contract) -> None:
    privacy = (compiler.LISTINGS / "privacy.txt").read_text().split("\n\n")[1].splitlines()[1:]
    leaves = [field for message in contract.messages() for field in message.fields if rules.is_leaf(field)]
    assert len(privacy) == len(leaves) > 200
    calls = (compiler.LISTINGS / "access.txt").read_text().splitlines()[1:]
    assert len(calls) == len([*contract.methods(), *contract.frames()]) > 40


def test_a_reviewed_name_that_needs_no_exception_is_refused(contract: rules.Contract) -> None:
    reviewed = {**rules.read_reviewed_names(), "parley.chat.v1.Message.body": "It is personal, so this is not needed."}
    assert [line for line in rules.complaints(contract, reviewed) if "needs no exception" in line]


def test_an_exception_without_a_reason_is_refused(contract: rules.Contract) -> None:
    reviewed = dict.fromkeys(rules.read_reviewed_names(), "fine")
    assert len(rules.complaints(contract, reviewed)) == len(reviewed)


def test_keys_are_made_for_the_scopes_that_calls_have_and_for_no_others(contract: rules.Contract) -> None:
    asked = {contract.option("MethodOptions", each, f"{rules.OPTIONS}.access").scope for each in contract.methods()}
    assert asked - {""} == SCOPES.keys()
    assert all(text.endswith(".") for text in SCOPES.values())


def test_a_visitors_words_are_seen_by_the_visitor_and_the_staff_only(contract: rules.Contract) -> None:
    body = contract.pool.FindFieldByName("parley.chat.v1.Message.body")
    audiences = {contract.enum("Audience").values_by_number[each].name for each in contract.rule_of(body).audiences}
    assert audiences == {"AUDIENCE_SUBJECT", "AUDIENCE_STAFF"}


def test_the_kernel_reads_the_contract_as_the_gates_do(contract: rules.Contract) -> None:
    assert kernel_rules.WELL_KNOWN_LEAVES == rules.VALUES
    for file in contract.files:
        import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    for message in contract.messages():
        for field in message.fields:
            generated = descriptor_pool.Default().FindMessageTypeByName(message.full_name).fields_by_name[field.name]
            assert kernel_rules.is_leaf(generated) == rules.is_leaf(field), field.full_name
            if rules.is_leaf(field):
                assert kernel_rules.is_personal(generated) == rules.is_personal(contract.rule_of(field))
