"""Creates policies.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table; its rows are added and never changed, which the role's grants say too."""
    op.execute(
        """
        CREATE TABLE privacy.policies (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            language text NOT NULL,
            version integer NOT NULL,
            text text NOT NULL,
            content_hash text NOT NULL,
            material boolean NOT NULL,
            change_summary text NOT NULL,
            effective_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, language, version)
        )
        """
    )
    protect(op, "privacy", "policies", service="privacy", grants="SELECT, INSERT")
