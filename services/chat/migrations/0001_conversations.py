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
    # Ids are unique beyond tenants. An index that began with the tenant, as the key does, would look as good as the key
    # to a planner that knows nothing of the table yet, and be read for all of the tenant's conversations each time.
    "CREATE INDEX conversations_operator ON chat.conversations (operator_id, tenant_id, state, id)",
    "CREATE INDEX conversations_visitor ON chat.conversations (visitor_id, tenant_id)",
    "CREATE INDEX conversations_closed ON chat.conversations (tenant_id, close_time) WHERE state = 3",
    # A retry is found, and two at once are told apart, by the id that the client made.
    "CREATE UNIQUE INDEX messages_client ON chat.messages (tenant_id, conversation_id, client_message_id) "
    "WHERE client_message_id IS NOT NULL",
)

# One round trip appends a whole batch, sorted by conversation: it binds the tenant, locks the heads in one order (so
# that two replicas cannot deadlock), finds retries, refuses what may not be said, and writes messages and heads. It
# runs as the caller, so row security holds inside. The lock is a statement of its own: the next one then sees what the
# holder of the lock committed before. What becomes of each entry is worked out in arrays, which costs a fraction of
# joining it. The planner is told to look things up by their keys: a table that was not analyzed yet, or was small when
# the plan was made, would otherwise be read from end to end for every batch.
APPEND = """
CREATE FUNCTION chat.append(
    p_tenant uuid, p_now timestamptz, p_conversations uuid[], p_ids uuid[], p_kinds integer[], p_sides integer[],
    p_clients text[], p_operators uuid[], p_bodies text[]
) RETURNS TABLE (place bigint, outcome text, given bigint, head_now bigint, given_time timestamptz, given_id uuid)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  v_conversations uuid[];
  v_heads bigint[];
  v_tops bigint[];
  v_states integer[];
  v_operators uuid[];
  v_at integer := 1;
  v_ats integer[] := '{}';
  v_outcomes text[] := array_fill(NULL::text, ARRAY[cardinality(p_conversations)]);
  v_fresh bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_conversations)]);
  v_given bigint[] := v_fresh;
  v_times timestamptz[] := '{}';
  v_ids uuid[] := '{}';
  v_twin record;
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  SELECT array_agg(l.id), array_agg(l.head), array_agg(l.state), array_agg(l.operator_id)
    INTO v_conversations, v_heads, v_states, v_operators
    FROM (
      SELECT c.id, c.head, c.state, c.operator_id FROM chat.conversations c
      WHERE c.tenant_id = p_tenant AND c.id = ANY (p_conversations) ORDER BY c.id FOR UPDATE
    ) l;
  FOR v_twin IN
    SELECT i.place, t.sequence, t.create_time, t.id
    FROM unnest(p_conversations, p_clients) WITH ORDINALITY AS i(conversation_id, client, place)
    -- The first one from there on, in the order of the index on it: with the key, all of a conversation would be read.
    CROSS JOIN LATERAL (
      SELECT m.client_message_id, m.sequence, m.create_time, m.id FROM chat.messages m
      WHERE m.tenant_id = p_tenant AND m.conversation_id = i.conversation_id AND m.client_message_id >= i.client
      ORDER BY m.tenant_id, m.conversation_id, m.client_message_id LIMIT 1
    ) t
    WHERE t.client_message_id = i.client
  LOOP
    v_outcomes[v_twin.place] := 'duplicate';
    v_given[v_twin.place] := v_twin.sequence;
    v_times[v_twin.place] := v_twin.create_time;
    v_ids[v_twin.place] := v_twin.id;
  END LOOP;
  v_tops := v_heads;
  FOR i IN 1 .. cardinality(p_conversations) LOOP
    IF i > 1 AND p_conversations[i] < p_conversations[i - 1] THEN
      RAISE EXCEPTION 'entries must be sorted by conversation';
    END IF;
    WHILE v_conversations[v_at] < p_conversations[i] LOOP
      v_at := v_at + 1;
    END LOOP;
    v_ats[i] := v_at;
    IF v_conversations[v_at] IS DISTINCT FROM p_conversations[i] THEN
      v_outcomes[i] := 'missing';
      v_ats[i] := NULL;
    ELSIF v_outcomes[i] = 'duplicate' THEN
      NULL;
    ELSIF p_kinds[i] = 1 AND v_states[v_at] = 3 THEN
      v_outcomes[i] := 'closed';
    ELSIF p_kinds[i] = 1 AND p_sides[i] = 2
      AND (v_states[v_at] <> 2 OR v_operators[v_at] IS DISTINCT FROM p_operators[i]) THEN
      v_outcomes[i] := 'not_operator';
    ELSE
      v_outcomes[i] := 'fresh';
      v_tops[v_at] := v_tops[v_at] + 1;
      v_fresh[i] := v_tops[v_at];
      v_given[i] := v_tops[v_at];
    END IF;
  END LOOP;
  INSERT INTO chat.messages (
      tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body, create_time)
    SELECT p_tenant, f.conversation_id, f.sequence, f.id, f.kind, f.side, f.client, f.operator_id, f.body, p_now
    FROM unnest(p_conversations, v_fresh, p_ids, p_kinds, p_sides, p_clients, p_operators, p_bodies)
      AS f(conversation_id, sequence, id, kind, side, client, operator_id, body)
    WHERE f.sequence IS NOT NULL;
  UPDATE chat.conversations c SET head = t.top
    FROM unnest(v_conversations, v_heads, v_tops) AS t(id, head, top)
    WHERE t.top > t.head AND c.tenant_id = p_tenant AND c.id = t.id;
  RETURN QUERY
    SELECT o.place, o.outcome, o.given, v_tops[o.at], coalesce(o.moment, p_now), coalesce(o.earlier_id, o.id)
    FROM unnest(v_outcomes, v_given, v_ats, v_times, v_ids, p_ids)
      WITH ORDINALITY AS o(outcome, given, at, moment, earlier_id, id, place);
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
