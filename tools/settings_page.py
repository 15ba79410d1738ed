"""Writes `docs/settings.md` from `kernel.config`, so that no setting is described twice, or not at all."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from kernel.config import Config

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Every process reads these from its environment, once, when it starts. A secret may stand in a file instead: put its path
into the variable with `_FILE` behind its name, such as `PARLEY_SECRET_KEY_FILE`. What a tenant sets for itself is
something else and stands in the console. A secret never appears in a log. This page is written by `make docs` from
`kernel/config.py`.

| variable | what it does | default |
|---|---|---|
"""


def shown(value: object) -> str:
    """Writes a default as people would type it."""
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT) if value.is_absolute() else value}`"
    if isinstance(value, tuple):
        value = ",".join(str(part) for part in value)
    if isinstance(value, bool):
        value = int(value)
    return f"`{value}`" if value != "" else ""


def page() -> str:
    """Returns the whole page."""
    rows = []
    for field in fields(Config):
        about = field.metadata["doc"] + (" **A secret.**" if field.metadata["secret"] else "")
        rows.append(f"| `{field.metadata['variable']}` | {about} | {shown(field.default)} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Writes the page, or with `--check` only says whether it is fresh."""
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit("docs/settings.md is stale; run `make docs`.")


if __name__ == "__main__":
    main()
