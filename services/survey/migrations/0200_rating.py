"""Marks the one survey of a company that the platform makes: what chats ask themselves when they end.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0200"
down_revision = "0002"


def upgrade() -> None:
    """Adds the column, whose constant default writes no row, and lets each company have one such survey."""
    op.execute("ALTER TABLE survey.surveys ADD COLUMN is_rating boolean NOT NULL DEFAULT false")
    op.execute("CREATE UNIQUE INDEX surveys_rating ON survey.surveys (tenant_id) WHERE is_rating")
