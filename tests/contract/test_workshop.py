"""The workshop's own rules: arrows, rooms, words, locks and budgets, each seen to turn red."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import checks, suites

ROOT = checks.ROOT
#: The packages of the stubs that belong to no one service.
SHARED = {"options", "subject", "events", "live", "files", "mail"}


@pytest.fixture(scope="module")
def arrows() -> configparser.ConfigParser:
    """The import contracts."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def lines(parser: configparser.ConfigParser, contract: str, name: str) -> set[str]:
    """Returns a list of the import contracts."""
    return set(parser[f"importlinter:contract:{contract}"][name].split())


def test_the_arrows_inside_a_service_hold_in_every_service(arrows: configparser.ConfigParser) -> None:
    services = {path.name for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()}
    assert lines(arrows, "inside", "containers") == {f"services.{name}" for name in services}


def test_the_kernel_is_kept_from_every_service_s_stubs(arrows: configparser.ConfigParser) -> None:
    packages = {path.name for path in (ROOT / "protos" / "parley").iterdir()}
    assert lines(arrows, "stubs", "forbidden_modules") == {f"parley.{name}" for name in packages - SHARED}


def test_a_file_that_no_other_service_has_is_unexpected(tmp_path: Path) -> None:
    for name in ("__init__.py", "domain.py", "helpers.py", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "utils").mkdir()
    assert checks.unexpected(tmp_path) == ["helpers.py", "notes.txt", "utils"]


@pytest.mark.parametrize(
    "text",
    [
        "https://files.python" + "hosted.org/packages/x.whl",
        "registry.npm" + "js.org",
        "cd /wo" + "rk/main",
        "/ho" + "me/somebody/parley",
        "as ../shared/" + "design says",
    ],
)
def test_a_stranger_in_a_text_is_found(text: str) -> None:
    assert len(list(checks.strangers(f"first\n{text}\nlast"))) == 1


@pytest.mark.parametrize("text", ["build/work/main", "import ../shared/tokens.css", "the root/ of a tree", "at home"])
def test_a_harmless_text_is_let_through(text: str) -> None:
    assert not list(checks.strangers(text))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock"])
def test_a_lock_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"(?m)^[a-z0-9][^\n]*(?:\n    --hash=[^\n]*)*", text)
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


def test_what_runs_in_development_is_what_runs_in_production() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^([a-z0-9][^\s;]*==[^\s;]*)", (ROOT / name).read_text()))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_budgets_add_up_to_what_all_may_take() -> None:
    everywhere = [suite for suite in suites.SUITES if not suite.by_root]
    assert sum(suite.budget for suite in everywhere) / suites.LANES <= suites.WHOLE


def test_make_has_at_most_a_dozen_targets() -> None:
    # `help` lists them, and is none of them.
    targets = set(re.findall(r"(?m)^([a-z]+):.*##", (ROOT / "Makefile").read_text())) - {"help"}
    assert {"run", "test", "check"} <= targets
    assert len(targets) <= 12


def test_every_decision_is_on_the_list_and_has_one_quotable_sentence() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    records = sorted(folder.glob("[0-9]*.md"))
    assert records
    for record in records:
        text = record.read_text()
        assert f"({record.name})" in index, record.name
        assert len(re.findall(r"(?m)^>.*(?:\n>.*)*", text)) == 1, record.name
        assert len(text.splitlines()) < 45, record.name


#: Imports every module of the product with nothing but the runtime lock's packages in sight, the indirect ones too.
IMPORT_ALL = """
import importlib, pathlib, re, sys
from importlib.metadata import packages_distributions
locked = set(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==", pathlib.Path("requirements.lock").read_text()))
known = {top: {name.lower().replace("_", "-") for name in names} for top, names in packages_distributions().items()}
class Blind:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in known and not known[top] & locked:
            raise ModuleNotFoundError(f"{name} comes with the workshop only", name=name)
sys.meta_path.insert(0, Blind())
for folder in ("kernel", "services", "gateway", "cli"):
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        parts = path.with_suffix("").parts
        if "migrations" not in parts and parts[-1] != "__main__" and path.name != "launch.py":
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
"""


def test_the_product_runs_without_the_workshop() -> None:
    command = [sys.executable, "-c", IMPORT_ALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "changes/README.md"])
def test_a_link_in_a_page_leads_somewhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\(([^)#\s]+)", file.read_text())
    missing = [target for target in targets if "://" not in target and not (file.parent / target).exists()]
    assert not missing
