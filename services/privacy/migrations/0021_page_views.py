"""Creates the tallies of page views.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Creates the table; no column of it can hold a person."""
    op.execute(
        """
        CREATE TABLE privacy.page_views (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            path text NOT NULL,
            day date NOT NULL,
            count bigint NOT NULL,
            PRIMARY KEY (tenant_id, site_id, day, path)
        )
        """
    )
    protect(op, "privacy", "page_views", service="privacy", grants="SELECT, INSERT, UPDATE")
