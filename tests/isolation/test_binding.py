"""The tenant is bound in one place of the code, which everything else goes through."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.isolation.test_row_security import BINDING

ROOT = Path(__file__).resolve().parents[2]


def test_the_tenant_is_bound_in_one_place() -> None:
    """Only `kernel.storage.database` and the reviewed functions set what row security reads."""
    found = []
    for folder in ("kernel", "services", "gateway", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and "app.tenant" in text and ("set_config" in text or "SET " in text):
                    found.append((path.relative_to(ROOT).as_posix(), text))
    by_file = {name for name, _ in found}
    names = ("0001_conversations", "0011_append", "0230_append")
    appending = {f"services/chat/migrations/{name}.py" for name in names}
    assert by_file == {"kernel/storage/database.py", *appending}
    for name, text in found:
        if name in appending:
            assert [each for each in BINDING if f"CREATE FUNCTION {each}(" in text], text
        assert "'app.tenant', " in text
        assert text.rstrip(" ;)").endswith("true") or "::text, true)" in text
