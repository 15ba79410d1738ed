"""Writes the data map into `docs/`: the page, the same as JSON, and in the language of privacy tools."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.services import METADATA
from kernel.privacy.datamap import as_fideslang, as_json, as_page, read_map

DOCS = Path(__file__).resolve().parent.parent / "docs"


def texts() -> dict[Path, str]:
    """Returns the three files and what stands in them."""
    data_map = read_map(METADATA.values())
    return {
        DOCS / "data-map.md": as_page(data_map),
        DOCS / "data-map.json": as_json(data_map),
        DOCS / "data-map.fideslang.yml": as_fideslang(data_map),
    }


def main() -> None:
    """Writes the files, or with `--check` only says whether they are fresh."""
    stale = [path for path, text in texts().items() if not path.exists() or path.read_text() != text]
    if sys.argv[1:] != ["--check"]:
        for path, text in texts().items():
            path.write_text(text)
    elif stale:
        sys.exit(f"{', '.join(path.name for path in stale)}: stale; run `make docs`.")


if __name__ == "__main__":
    main()
