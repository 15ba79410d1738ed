"""Creates what reports are added up from: a row for each conversation that is over, and the sums.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Creates the two tables; conversations that ended before are not in them."""
    op.execute(
        """
        CREATE TABLE chat.report_facts (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            quarter timestamptz NOT NULL,
            site_id uuid NOT NULL,
            operator_id uuid NOT NULL,
            team_id uuid NOT NULL,
            wait_seconds bigint,
            response_seconds bigint,
            handling_seconds bigint,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    protect(op, "chat", "report_facts", service="chat")
    op.execute(
        """
        CREATE TABLE chat.report_cells (
            tenant_id uuid NOT NULL,
            quarter timestamptz NOT NULL,
            site_id uuid NOT NULL,
            operator_id uuid NOT NULL,
            team_id uuid NOT NULL,
            volume bigint NOT NULL,
            taken bigint NOT NULL,
            answered bigint NOT NULL,
            wait_seconds bigint NOT NULL,
            response_seconds bigint NOT NULL,
            handling_seconds bigint NOT NULL,
            PRIMARY KEY (tenant_id, quarter, site_id, operator_id, team_id)
        )
        """
    )
    protect(op, "chat", "report_cells", service="chat")
