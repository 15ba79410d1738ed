"""Creates operators, routing rules and transfers, and notes on a conversation where and since when it waits.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0020"
down_revision = "0070"

# Somebody's row is written every few seconds while that person is there, and no index holds what changes.
OPERATORS = """
CREATE TABLE chat.operators (
    tenant_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    display_name text NOT NULL,
    chosen integer NOT NULL,
    seen_time timestamptz,
    given_time timestamptz,
    capacity integer NOT NULL,
    languages text[] NOT NULL,
    team_ids uuid[] NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (tenant_id, staff_id)
) WITH (fillfactor = 50)
"""
RULES = """
CREATE TABLE chat.routing_rules (
    tenant_id uuid NOT NULL,
    scope_id uuid NOT NULL,
    is_site boolean NOT NULL,
    mode integer NOT NULL,
    team_id uuid,
    revision integer NOT NULL,
    PRIMARY KEY (tenant_id, scope_id)
)
"""
TRANSFERS = """
CREATE TABLE chat.transfers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    from_staff_id uuid NOT NULL,
    to_staff_id uuid,
    to_team_id uuid,
    note text NOT NULL,
    state integer NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Creates the tables, and adds the columns; what waits or runs is offered to nobody and waits since its start."""
    op.execute(OPERATORS)
    op.execute(RULES)
    op.execute(TRANSFERS)
    op.execute("CREATE INDEX transfers_conversation ON chat.transfers (tenant_id, conversation_id, id)")
    for table in ("operators", "routing_rules", "transfers"):
        protect(op, "chat", table, service="chat")
    op.execute(
        """
        ALTER TABLE chat.conversations
            ADD COLUMN team_id uuid,
            ADD COLUMN queue_time timestamptz,
            ADD COLUMN queue_place integer NOT NULL DEFAULT 1,
            ADD COLUMN left_id uuid,
            ADD COLUMN offered_id uuid,
            ADD COLUMN offer_end_time timestamptz
        """
    )
    # How long others waited lately is read whenever somebody in the queue looks; a partial index keeps it small.
    op.execute(
        "CREATE INDEX conversations_claimed ON chat.conversations (tenant_id, claim_time) WHERE claim_time IS NOT NULL"
    )
