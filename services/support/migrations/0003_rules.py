"""Creates rules, and the record of what they did."""

from alembic import op

from kernel.storage.schema import protect

revision = "0003"
down_revision = "0002"

_TABLES = (
    """
    CREATE TABLE support.rules (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        label text NOT NULL,
        trigger integer NOT NULL,
        conditions text NOT NULL,
        steps text NOT NULL,
        is_on boolean NOT NULL,
        revision bigint NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, label)
    )
    """,
    """
    CREATE TABLE support.rule_runs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        rule_id uuid NOT NULL,
        refusal text NOT NULL,
        time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
)
_INDEXES = (
    "CREATE INDEX rule_runs_id ON support.rule_runs (tenant_id, id DESC)",
    "CREATE INDEX rule_runs_ticket ON support.rule_runs (tenant_id, ticket_id)",
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        protect(op, "support", statement.split("support.", 1)[1].split(" ", 1)[0], service="support")
