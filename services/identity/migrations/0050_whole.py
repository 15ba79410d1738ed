"""Notes on a seal that the erasure which waits for it leaves no skeleton.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import let_seals_hold_up_all

revision = "0050"
down_revision = "0040"


def upgrade() -> None:
    """Adds the column."""
    let_seals_hold_up_all(op, "identity")
