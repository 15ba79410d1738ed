"""Creates calendars, by which a promise counts its time, and lets saved views say which columns they show.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0230"
down_revision = "0210"


def upgrade() -> None:
    """Creates the table and adds the columns; a promise without a calendar counts as before."""
    op.execute(
        """
        CREATE TABLE support.calendars (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            label text NOT NULL,
            zone text NOT NULL,
            country text NOT NULL,
            part text NOT NULL,
            days text NOT NULL,
            special_days text NOT NULL,
            revision bigint NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, label)
        )
        """
    )
    protect(op, "support", "calendars", service="support")
    op.execute("ALTER TABLE support.levels ADD COLUMN calendar_id uuid")
    op.execute(
        """
        ALTER TABLE support.saved_views
            ADD COLUMN columns text NOT NULL DEFAULT '',
            ADD COLUMN revision bigint NOT NULL DEFAULT 1
        """
    )
