"""Lets topics be found by the words of their titles, and those that are like a title that somebody writes.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.search import Searched, create_likeness, create_search

revision = "0500"
down_revision = "0400"

TITLES = Searched(
    table="topics",
    texts=("title",),
    filters={"space_ids": ("uuid[]", "t.space_id = ANY(p_space_ids)")},
    only="t.state = 1",
    reads={"topics": ("space_id", "state")},
)


def upgrade() -> None:
    """Adds the index and its functions."""
    create_search(op, "community", TITLES, service="community")
    create_likeness(op, "community", TITLES, service="community")
