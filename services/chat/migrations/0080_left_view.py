"""Says in a conversation's own row that it began as a message that was left, so that the desk has a list of those.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0080"
down_revision = "0110"


def upgrade() -> None:
    """Adds the column, whose constant default writes no row, and sets it where a message was left."""
    op.execute("ALTER TABLE chat.conversations ADD COLUMN is_left boolean NOT NULL DEFAULT false")
    op.execute(
        "UPDATE chat.conversations c SET is_left = true FROM chat.left_messages l "
        "WHERE l.tenant_id = c.tenant_id AND l.conversation_id = c.id"
    )
