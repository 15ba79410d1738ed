"""Makes room in the record of readings for programs, which read by an API key.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import add_program_readers

revision = "0060"
down_revision = "0011"


def upgrade() -> None:
    """Adds the column; all readings that there are were people's."""
    add_program_readers(op, "chat")
