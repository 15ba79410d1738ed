"""Creates what is counted of each day."""

from alembic import op

from kernel.storage.schema import protect

revision = "0004"
down_revision = "0003"

_TABLES = (
    """
    CREATE TABLE support.tallies (
        tenant_id uuid NOT NULL,
        day timestamptz NOT NULL,
        queue_id uuid NOT NULL,
        kind text NOT NULL,
        staff_id uuid NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, day, queue_id, kind, staff_id)
    )
    """,
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in _TABLES:
        op.execute(statement)
    for statement in _TABLES:
        protect(op, "support", statement.split("support.", 1)[1].split(" ", 1)[0], service="support")
