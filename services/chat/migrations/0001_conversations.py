"""Creates conversations, messages, and the one function that gives messages their places.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_kernel_tables, protect

revision = "0001"
down_revision = None

CONVERSATIONS = """
CREATE TABLE chat.conversations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    site_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    display_name text NOT NULL,
    language text NOT NULL,
    page_path text NOT NULL,
    notice_id uuid NOT NULL,
    state integer NOT NULL,
    operator_id uuid,
    operator_name text NOT NULL,
    head bigint NOT NULL,
    visitor_read bigint NOT NULL,
    operator_read bigint NOT NULL,
    closed_by integer NOT NULL,
    create_time timestamptz NOT NULL,
    claim_time timestamptz,
    close_time timestamptz,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80)
"""
MESSAGES = """
CREATE TABLE chat.messages (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    kind integer NOT NULL,
    side integer NOT NULL,
    client_message_id text,
    operator_id uuid,
    body text NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, sequence),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
)
"""
INDEXES = (
    "CREATE INDEX conversations_queue ON chat.conversations (tenant_id, id) WHERE state = 1",
    "CREATE INDEX conversations_operator ON chat.conversations (tenant_id, operator_id, state, id)",
    "CREATE INDEX conversations_visitor ON chat.conversations (tenant_id, visitor_id)",
    "CREATE INDEX conversations_closed ON chat.conversations (tenant_id, close_time) WHERE state = 3",
    # A retry is found, and two at once are told apart, by the id that the client made.
    "CREATE UNIQUE INDEX messages_client ON chat.messages (tenant_id, conversation_id, client_message_id) "
    "WHERE client_message_id IS NOT NULL",
)

# One round trip appends a whole batch: it binds the tenant, locks the heads in one order (so that two replicas cannot
# deadlock), refuses what may not be said, finds retries, and writes messages and heads. It runs as the caller, so row
# security holds inside. The lock is a statement of its own: the next one then sees what the holder of the lock
# committed before.
APPEND = """
CREATE FUNCTION chat.append(
    p_tenant uuid, p_now timestamptz, p_conversations uuid[], p_ids uuid[], p_kinds integer[], p_sides integer[],
    p_clients text[], p_operators uuid[], p_bodies text[]
) RETURNS TABLE (place bigint, outcome text, given bigint, head_now bigint, given_time timestamptz, given_id uuid)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  PERFORM 1 FROM chat.conversations c
    WHERE c.tenant_id = p_tenant AND c.id = ANY (p_conversations) ORDER BY c.id FOR UPDATE;
  RETURN QUERY
  WITH input AS (
    SELECT * FROM unnest(p_conversations, p_ids, p_kinds, p_sides, p_clients, p_operators, p_bodies)
      WITH ORDINALITY AS i(conversation_id, id, kind, side, client, operator_id, body, place)
  ), judged AS MATERIALIZED (
    SELECT i.*, c.head, m.sequence AS earlier, m.create_time AS earlier_time, m.id AS earlier_id,
      CASE
        WHEN c.id IS NULL THEN 'missing'
        WHEN m.sequence IS NOT NULL THEN 'duplicate'
        WHEN i.kind <> 1 THEN 'fresh'
        WHEN c.state = 3 THEN 'closed'
        WHEN i.side = 2 AND (c.state <> 2 OR c.operator_id IS DISTINCT FROM i.operator_id) THEN 'not_operator'
        ELSE 'fresh'
      END AS outcome
    FROM input i
    LEFT JOIN chat.conversations c ON c.tenant_id = p_tenant AND c.id = i.conversation_id
    LEFT JOIN chat.messages m
      ON m.tenant_id = p_tenant AND m.conversation_id = i.conversation_id AND m.client_message_id = i.client
  ), fresh AS (
    SELECT j.*, j.head + row_number() OVER (PARTITION BY j.conversation_id ORDER BY j.place) AS sequence
    FROM judged j WHERE j.outcome = 'fresh'
  ), written AS (
    INSERT INTO chat.messages (
      tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body, create_time)
    SELECT p_tenant, f.conversation_id, f.sequence, f.id, f.kind, f.side, f.client, f.operator_id, f.body, p_now
    FROM fresh f
  ), tops AS (
    SELECT f.conversation_id, max(f.sequence) AS top FROM fresh f GROUP BY f.conversation_id
  ), moved AS (
    UPDATE chat.conversations c SET head = t.top FROM tops t WHERE c.tenant_id = p_tenant AND c.id = t.conversation_id
  )
  SELECT j.place, j.outcome, coalesce(f.sequence, j.earlier), coalesce(t.top, j.head),
    coalesce(j.earlier_time, p_now), coalesce(j.earlier_id, j.id)
  FROM judged j LEFT JOIN fresh f ON f.place = j.place LEFT JOIN tops t ON t.conversation_id = j.conversation_id
  ORDER BY j.place;
END $$
"""


def upgrade() -> None:
    """Creates the tables with forced row security, their indexes, and the function."""
    op.execute(CONVERSATIONS)
    op.execute(MESSAGES)
    for index in INDEXES:
        op.execute(index)
    protect(op, "chat", "conversations", service="chat")
    protect(op, "chat", "messages", service="chat")
    op.execute(APPEND)
    op.execute(
        "GRANT EXECUTE ON FUNCTION chat.append("
        "uuid, timestamptz, uuid[], uuid[], integer[], integer[], text[], uuid[], text[]) TO parley_chat"
    )
    create_kernel_tables(op, "chat", "chat")
