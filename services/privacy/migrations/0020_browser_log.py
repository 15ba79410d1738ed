"""Creates the browser log and its counts.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0020"
down_revision = "0012"


def upgrade() -> None:
    """Creates the tables; counts are only ever added to."""
    op.execute(
        """
        CREATE TABLE privacy.browser_log (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            site_id uuid NOT NULL,
            network_address text NOT NULL,
            family integer NOT NULL,
            major_version integer NOT NULL,
            hour_time timestamptz NOT NULL,
            is_shortened boolean NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX browser_log_hour ON privacy.browser_log (tenant_id, site_id, hour_time, id)")
    op.execute(
        """
        CREATE TABLE privacy.browser_counts (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            day date NOT NULL,
            family integer NOT NULL,
            count bigint NOT NULL,
            PRIMARY KEY (tenant_id, site_id, day, family)
        )
        """
    )
    protect(op, "privacy", "browser_log", service="privacy")
    protect(op, "privacy", "browser_counts", service="privacy", grants="SELECT, INSERT, UPDATE")
