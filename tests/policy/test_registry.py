"""The registry is whole: every clause has its enforcers and tests, and every sentence of the policy its clause."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policy import off, registry, sentences
from tests.policy.registry import ROOT, Clause

CLAUSES = registry.clauses()
KEPT = [clause for clause in CLAUSES if not clause.awaits]


def by_id(clause: Clause) -> str:
    return clause.id


def test_every_clause_is_in_the_registry_once() -> None:
    assert [clause.id for clause in CLAUSES if re.fullmatch(r"C\d\d", clause.id)] == list(registry.IDS)


@pytest.mark.parametrize("clause", KEPT, ids=by_id)
def test_a_clause_names_what_enforces_it_and_the_names_are_there(clause: Clause) -> None:
    assert clause.enforcers
    for name in clause.enforcers:
        registry.enforcer(name)


@pytest.mark.parametrize("clause", KEPT, ids=by_id)
def test_a_clause_names_the_tests_that_prove_it_and_the_tests_are_there(clause: Clause) -> None:
    assert clause.tests
    for test in {*clause.tests, *clause.red}:
        path, _, name = test.partition("::")
        assert re.search(rf"^ *(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), test


@pytest.mark.parametrize("clause", KEPT, ids=by_id)
def test_the_enforcer_of_a_clause_can_be_switched_off(clause: Clause) -> None:
    assert callable(getattr(off, clause.off))
    assert set(clause.red) <= set(clause.tests)
    assert clause.red


def test_nothing_is_switched_off_for_a_clause_that_is_not_in_the_registry() -> None:
    switches = {
        name
        for name, value in vars(off).items()
        if getattr(value, "__module__", "") == off.__name__ and not name.startswith("_")
    }
    helpers = {"Switched", "returning", "returning_later", "nothing"}
    assert switches - helpers == {clause.off for clause in KEPT}


def test_what_awaits_another_part_says_which_and_claims_nothing() -> None:
    for clause in CLAUSES:
        if clause.awaits:
            assert not clause.tests
            assert not clause.off


def test_every_sentence_of_the_source_has_a_clause_or_a_reason() -> None:
    known = {clause.id for clause in CLAUSES}
    covered = sentences.source()
    assert len(covered) > 60
    for fingerprint, said in covered.items():
        assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)
        assert said.clauses or said.reason
        assert set(said.clauses) <= known
    named = {id_ for said in covered.values() for id_ in said.clauses}
    assert named >= set(registry.IDS)


def test_a_sentence_that_nobody_covered_is_found() -> None:
    assert sentences.uncovered("Nothing of the kind was ever said. And neither was this!") == [
        "Nothing of the kind was ever said.",
        "And neither was this!",
    ]


@pytest.mark.timeout(1100)
def test_enforcers_that_are_switched_off_are_noticed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.policy.prove"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_a_clause_whose_test_did_not_run_or_failed_is_not_kept(tmp_path: Path) -> None:
    clause = Clause("C99", "Something.", ("kernel.ids",), ("tests/x/test_y.py::test_z",))
    assert registry.state_of(clause, {})[0] is False
    assert registry.state_of(clause, {"tests/x/test_y.py::test_z": False})[0] is False
    assert registry.state_of(clause, {"tests/x/test_y.py::test_z": True}) == (True, "kept, 1 test")
