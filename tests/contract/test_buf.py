"""What `make check` asks of buf: no client of a release breaks, and every declaration is named and explained well."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from protos import compile as compiler

ROOT = compiler.PROTOS.parent


def buf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs buf as the check does."""
    command = [ROOT / ".venv" / "bin" / "buf", *arguments, "--config", ROOT / "buf.yaml"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def image(folder: Path, name: str, before: str = "", after: str = "") -> Path:
    """Compiles the whole contract, with a text in chat's conversation.proto replaced."""
    protos = folder / name
    shutil.copytree(compiler.PROTOS / "parley", protos / "parley")
    file = protos / "parley" / "chat" / "v1" / "conversation.proto"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    target = folder / f"{name}.binpb"
    target.write_bytes(compiler.describe(protos))
    return target


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("string body = 8 [", "string body = 88 ["),
        ("int64 sequence = 3 [", "int32 sequence = 3 ["),
        ("KIND_JOINED = 3;", "KIND_ENTERED = 3;"),
    ],
)
def test_what_breaks_a_client_is_refused(tmp_path: Path, before: str, after: str) -> None:
    changed = image(tmp_path, "changed", before, after)
    done = buf("breaking", changed, "--against", ROOT / "stubs" / "contract.binpb")
    assert done.returncode != 0
    assert "conversation.proto" in done.stdout


def test_what_only_adds_is_let_through(tmp_path: Path) -> None:
    field = "bool edited = 99 [(parley.options.v1.data) = DATA_STATE];"
    changed = image(tmp_path, "changed", "string body = 8 [", f"{field}\n  string body = 8 [")
    assert buf("breaking", changed, "--against", ROOT / "stubs" / "contract.binpb").returncode == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  // What was said, as plain text.\n", ""),
        ("string body = 8 [", "string messageBody = 8 ["),
    ],
)
def test_what_is_named_or_explained_badly_is_refused(tmp_path: Path, before: str, after: str) -> None:
    changed = image(tmp_path, "changed", before, after)
    assert buf("lint", changed, "--path", "parley/chat").returncode != 0
