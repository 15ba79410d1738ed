"""Creates choices.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0003"
down_revision = "0021"


def upgrade() -> None:
    """Creates the table; its rows are added and never changed, which the role's grants say too."""
    op.execute(
        """
        CREATE TABLE privacy.choices (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            visitor_id uuid NOT NULL,
            kind integer NOT NULL,
            decision integer NOT NULL,
            source integer NOT NULL,
            notice_id uuid NOT NULL,
            notice_hash text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, notice_id) REFERENCES privacy.notices (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX choices_visitor ON privacy.choices (tenant_id, visitor_id, id)")
    op.execute("CREATE INDEX choices_time ON privacy.choices (tenant_id, create_time)")
    # A purge locks the rows that it takes, and for that PostgreSQL wants the right to change one column; it is the key.
    protect(op, "privacy", "choices", service="privacy", grants="SELECT, INSERT, UPDATE (id), DELETE")
