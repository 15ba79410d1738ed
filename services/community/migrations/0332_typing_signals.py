"""Keeps that a form came back faster than people type, and why a post is held.

It only adds, with a default for the new column, so that the previous release goes on beside it.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0332"
down_revision = "0331"


def upgrade() -> None:
    """Adds the column and the table."""
    op.execute("ALTER TABLE community.cases ADD COLUMN hold_reason integer NOT NULL DEFAULT 0")
    op.execute(
        """
        CREATE TABLE community.typing_signals (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            member_id uuid NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX typing_signals_member ON community.typing_signals (member_id, tenant_id)")
    op.execute("CREATE INDEX typing_signals_end ON community.typing_signals (tenant_id, create_time)")
    protect(op, "community", "typing_signals", service="community")
