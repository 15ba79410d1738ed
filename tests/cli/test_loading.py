"""A command loads what it needs: whoever starts one part does not wait for the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.command import ROOT

#: What takes long to load, of others and of us.
HEAVY = ("alembic", "asyncpg", "gateway", "grpc", "redis", "services", "sqlalchemy", "starlette", "uvicorn")


def loaded(statements: str) -> set[str]:
    """Returns which modules a process of its own has loaded after some statements."""
    program = f"import sys\n{statements}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_to_read_the_command_line_takes_nothing_that_is_heavy() -> None:
    modules = loaded("from cli.main import parser; parser()")
    # Where the migrations lie is asked of the services' packages, which are empty.
    assert sorted(modules & set(HEAVY)) == ["services"]
    assert [name for name in modules if name.startswith("services.") and name.count(".") > 1] == []


@pytest.mark.parametrize(
    ("part", "wanted"),
    [("gateway", ["gateway"]), ("mail", ["gateway"]), ("chat", ["services.chat"]), ("survey", ["services.survey"])],
)
def test_a_replica_loads_its_own_part_alone(part: str, wanted: list[str]) -> None:
    modules = loaded(f"from cli import commands; commands.replica({part!r})")
    parts = {
        "gateway" if name.startswith("gateway.") else ".".join(name.split(".")[:2])
        for name in modules
        if name.startswith("gateway.") or (name.startswith("services.") and name.count(".") > 1)
    }
    assert sorted(parts) == wanted


@pytest.mark.parametrize(
    "module", ["cli.doctor", "cli.sealed.drill", "kernel.storage.migrate", "kernel.storage.rewrite"]
)
def test_what_a_verb_loads_first_can_be_loaded_first(module: str) -> None:
    # Where modules import one another, it depends on which comes first whether any of them can be loaded.
    assert module in loaded(f"import {module}")
