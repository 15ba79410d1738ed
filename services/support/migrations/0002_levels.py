"""Creates macros, saved views, service levels and their clocks."""

from alembic import op

from kernel.storage.schema import protect

revision = "0002"
down_revision = "0001"

_TABLES = (
    """
    CREATE TABLE support.clocks (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        metric integer NOT NULL,
        due_time timestamptz,
        left_seconds integer,
        is_paused boolean NOT NULL,
        is_breached boolean NOT NULL,
        is_warned boolean NOT NULL,
        stop_time timestamptz,
        PRIMARY KEY (tenant_id, ticket_id, metric),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.macros (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        label text NOT NULL,
        steps text NOT NULL,
        is_fix boolean NOT NULL,
        revision bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, label)
    )
    """,
    """
    CREATE TABLE support.saved_views (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        staff_id uuid NOT NULL,
        label text NOT NULL,
        filter bytea NOT NULL,
        sort integer NOT NULL,
        is_shared boolean NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE support.levels (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        queue_id uuid,
        priority integer NOT NULL,
        triage_minutes integer NOT NULL,
        first_response_minutes integer NOT NULL,
        next_response_minutes integer NOT NULL,
        resolution_minutes integer NOT NULL,
        warn_minutes integer NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
)
_INDEXES = ()


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        protect(op, "support", statement.split("support.", 1)[1].split(" ", 1)[0], service="support")
