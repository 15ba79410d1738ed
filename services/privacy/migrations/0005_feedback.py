"""Creates feedback.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the table."""
    op.execute(
        """
        CREATE TABLE privacy.feedback (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            kind integer NOT NULL,
            text text NOT NULL,
            contact text NOT NULL,
            language text NOT NULL,
            visitor_id uuid,
            site_id uuid,
            code_mac bytea NOT NULL,
            create_time timestamptz NOT NULL,
            due_time timestamptz NOT NULL,
            overdue_time timestamptz,
            answer text NOT NULL,
            answer_time timestamptz,
            mail_time timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, code_mac)
        )
        """
    )
    op.execute("CREATE INDEX feedback_waiting ON privacy.feedback (tenant_id, id) WHERE answer_time IS NULL")
    op.execute("CREATE INDEX feedback_visitor ON privacy.feedback (tenant_id, visitor_id) WHERE visitor_id IS NOT NULL")
    op.execute("CREATE INDEX feedback_time ON privacy.feedback (tenant_id, create_time)")
    protect(op, "privacy", "feedback", service="privacy")
