"""A gateway goes last in an upgrade: services of the next release say values to it that it does not know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from parley.options.v1 import access_pb2, privacy_pb2
from parley.privacy.v1 import ledger_pb2, request_pb2

from gateway.privacy.held import keeping, seen_words, why
from gateway.privacy.requests import progress
from gateway.privacy.words import LANGUAGES, Words
from kernel.rpc.values import named

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"
LATER: Any = 99


def test_a_value_of_a_later_release_is_its_number() -> None:
    assert named(access_pb2.Caller, access_pb2.CALLER_ADMIN) == "CALLER_ADMIN"
    assert named(access_pb2.Caller, LATER) == "99"
    assert named(request_pb2.RequestStep.State, LATER) == "99"


def test_pages_of_the_privacy_centre_say_the_rest_where_they_do_not_know_one_value() -> None:
    request = request_pb2.SubjectRequest(
        kind=LATER, state=LATER, steps=[request_pb2.RequestStep(service="chat", state=LATER)]
    )
    for language in LANGUAGES.values():
        words = Words(language, "The shop")
        shown = progress(request, words)
        assert (shown.kind, shown.state) == (words("kind.other"), words("state.other"))
        assert [said for _, said, _ in shown.steps] == [words("step.STATE_PENDING")]
        assert why(words, [LATER]) == words("purpose.other")
        assert keeping(words, LATER, 3) == words("keeping.days", count=3)
        assert seen_words(words, ledger_pb2.LedgerEntry(kind=LATER, role="ADMIN"))
        assert keeping(words, privacy_pb2.RETENTION_UNSPECIFIED, 3)


def test_nothing_in_the_gateway_asks_an_enum_for_the_name_of_what_a_service_said() -> None:
    asked = {
        f"{path.relative_to(GATEWAY)}:{number}"
        for path in GATEWAY.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.Name\(", line)
        # The contract of this release is described there, and nothing that was said.
        and path.name != "openapi.py"
    }
    assert asked == set()
