"""Writes docs/reports.md, which defines every figure of the reports, from `services.chat.actions.report_terms`."""

from __future__ import annotations

import sys
from pathlib import Path

from services.chat.actions.report_terms import BASIS, METRICS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reports.md"
HEAD = """# Reports

Each figure has one definition. The console, the files for a spreadsheet and this page, which is written by `make docs`,
take it from the same place in the code.

"""
KEPT = """
## Where the figures come from

At the end of a conversation one event tells how it went: the quarter of an hour in which it began, the site, the
operator and the team, and three durations. It names neither the conversation nor the visitor. Chat keeps it as a row
that leads to no conversation (`chat.report_facts`) and adds it to sums (`chat.report_cells`), from which reports are
read. No report looks at a message. An administrator can have the sums added up again (`POST /v1/reports:rebuild`); they
come out the same.

Days and hours are meant in the tenant's time zone, the setting `reports.time_zone`. A period is at most 366 days.
"""


def page() -> str:
    """Returns the whole page."""
    rows = [f"| {each.title} | `{each.key}` | {each.definition} |" for each in METRICS]
    return HEAD + BASIS + "\n\n| figure | name | definition |\n|---|---|---|\n" + "\n".join(rows) + "\n" + KEPT


def main() -> None:
    """Writes the page, or with `--check` only says whether it is fresh."""
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit("docs/reports.md is stale; run `make docs`.")


if __name__ == "__main__":
    main()
