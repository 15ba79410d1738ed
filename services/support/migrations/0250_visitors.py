"""Lets a ticket, and a file that waits for one, say which visitor it came from: what reaches the visitor reaches both.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0250"
down_revision = "0240"


def upgrade() -> None:
    """Adds the columns; of a ticket of before nobody knows it, and it goes with its own period."""
    op.execute("ALTER TABLE support.tickets ADD COLUMN visitor_id uuid")
    op.execute("ALTER TABLE support.waiting_files ADD COLUMN visitor_id uuid")
    op.execute("CREATE INDEX tickets_visitor ON support.tickets (tenant_id, visitor_id) WHERE visitor_id IS NOT NULL")
