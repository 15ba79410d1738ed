"""Conditions mean the same in the service, in the browser and in an oracle that shares nothing with either."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.survey.domain.expression import check, holds, read
from services.survey.domain.expression.checking import CHOICE, FORM, KIND, LATER, Asked
from tests.survey import oracle
from tools.web import WEB, node_and_npm

CASES = 10_000
SEED = int(os.environ.get("PARLEY_TEST_SEED", secrets.randbelow(1 << 32)))
RUN = """
import { readFileSync } from "node:fs";
import { holds } from "./expression.mjs";
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
process.stdout.write(JSON.stringify(cases.map(([condition, given]) => holds(condition, given))));
"""


def node(folder: Path, *command: str) -> str:
    """Runs a program by the Node that the web part is built with."""
    _, environment = node_and_npm()
    ran = subprocess.run(
        ["node", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def in_the_browser(folder: Path, cases: list[tuple[str, dict[str, Any]]]) -> list[bool]:
    """Returns what the browser's evaluator says of each case."""
    source = WEB / "shared" / "survey" / "expression.ts"
    bundler = WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    node(folder, str(bundler), str(source), "--format", "esm", "--file", str(folder / "expression.mjs"))
    (folder / "run.mjs").write_text(RUN)
    (folder / "cases.json").write_text(json.dumps(cases))
    found: list[bool] = json.loads(node(folder, "run.mjs", "cases.json"))
    return found


def test_both_evaluators_and_the_oracle_agree_on_every_generated_condition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write(f" {CASES} conditions from PARLEY_TEST_SEED={SEED}\n")
    generated = oracle.Cases(SEED)
    cases = [generated.case() for _ in range(CASES)]
    written = [(json.dumps(condition), given) for condition, given in cases]
    # Numbers with a fraction of nought are whole in JSON; the oracle is told so.
    expected = [oracle.holds(_whole(json.loads(text)), given) for text, given in written]
    by_service = [holds(read(text), given) for text, given in written]
    browser = in_the_browser(tmp_path, written)
    assert 0.1 < sum(expected) / CASES < 0.9
    for case, *said in zip(written, expected, by_service, browser, strict=True):
        assert len(set(said)) == 1, (SEED, case, said)


def _whole(node: Any) -> Any:
    if isinstance(node, list):
        return [_whole(each) for each in node]
    return int(node) if isinstance(node, float) and node.is_integer() else node


def test_what_is_no_condition_never_holds_and_breaks_nothing(tmp_path: Path) -> None:
    texts = ["nothing", "[", "NaN", "Infinity", "1e400", "[" * 100_000, '["all",' * 5_000]
    assert [served(text) for text in texts] == [False] * len(texts)
    assert in_the_browser(tmp_path, [(text, {}) for text in texts]) == [False] * len(texts)


def served(text: str) -> bool:
    """Returns what the service says of a text that may be no JSON."""
    try:
        return holds(read(text), {})
    except ValueError:
        return False


def test_a_condition_is_small() -> None:
    deep: Any = True
    for _ in range(9):
        deep = ["not", deep]
    assert not holds(deep, {})
    assert holds(["not", deep[1]], {}) == (not holds(deep[1], {}))
    assert not holds(["not", ["not", deep]], {})
    wide = ["all", *[["all", *[True] * 19]] * 5]
    assert not holds(wide, {})
    assert holds(["all", *[["all", *[True] * 19]] * 4], {})


def test_a_condition_speaks_of_what_stands_before_and_of_what_is_there() -> None:
    before = {
        "q_0000000n": Asked(has_number=True, choices=None),
        "q_0000000c": Asked(has_number=False, choices=frozenset({"c_0000000a"})),
        "q_0000000t": Asked(has_number=False, choices=None),
    }
    good = [
        '["answered", "q_0000000t"]',
        '["is", "q_0000000c", "c_0000000a"]',
        '["<", ["value", "q_0000000n"], ["count", "q_0000000c"]]',
    ]
    assert [check(text, before) for text in good] == [None, None, None]
    wrong = {
        "nothing": FORM,
        "3": FORM,
        '["answered", "q_later000"]': LATER,
        '["is", "q_0000000n", "c_0000000a"]': KIND,
        '["=", ["value", "q_0000000c"], 1]': KIND,
        '["not", ["is", "q_0000000c", "c_0000000b"]]': CHOICE,
    }
    assert {text: check(text, before) for text in wrong} == wrong
