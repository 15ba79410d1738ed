"""Writes `docs/policy.md` from the registry of clauses, so that no promise is described twice, or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.policy import registry  # noqa: E402 - The path above finds it.

PAGE = ROOT / "docs" / "policy.md"
HEAD = """# The promises, and what keeps them

Each clause below is a promise to people. It names the code that enforces it and the tests that prove it. `make test`
prints the state of each and fails where a test did not run; `make prove` switches the enforcers off one by one and
shows that a named test notices. This page is written by `make docs` from `tests/policy/clauses.toml`.

"""


def section(clause: registry.Clause) -> str:
    """Returns what the page says of a clause."""
    lines = [f"## {clause.id}", "", clause.says, ""]
    if clause.awaits:
        return "\n".join([*lines, f"Not yet: it awaits {clause.awaits}.", ""])
    lines += [f"- enforced by `{name}`" for name in clause.enforcers]
    lines += [f"- proved by `{test}`" + (", which turns red" if test in clause.red else "") for test in clause.tests]
    return "\n".join([*lines, ""])


def page() -> str:
    """Returns the whole page."""
    return HEAD + "\n".join(section(clause) for clause in registry.clauses())


def main() -> None:
    """Writes the page, or with `--check` only says whether it is fresh."""
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit("docs/policy.md is stale; run `make docs`.")


if __name__ == "__main__":
    main()
