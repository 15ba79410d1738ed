"""Notes in which conversation somebody asked or wrote, so that another conversation's code does not show it.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0070"
down_revision = "0040"


def upgrade() -> None:
    """Adds a column each; what is there already belongs to no conversation and is shown in none."""
    op.execute("ALTER TABLE privacy.requests ADD COLUMN conversation_id uuid")
    op.execute("ALTER TABLE privacy.feedback ADD COLUMN conversation_id uuid")
