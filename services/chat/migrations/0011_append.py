"""Appends what is plain in two statements, and everything else as carefully as before.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_ARGUMENTS = "uuid, timestamptz, uuid[], uuid[], integer[], integer[], text[], uuid[], text[]"

# Nearly every batch holds only new messages of people who may speak. It is tried as if that were so: the heads are
# moved, which locks them, in the order of their key so that two replicas cannot deadlock; what they say of the
# conversations is looked at; the messages are written, and the indexes tell whether one of them is there already.
# Whatever is not plain undoes all of it, and the batch is taken again by the function that looks before it writes. A
# lone message needs no arrays. It runs as the caller, so row security holds inside; for the settings of the planner
# see the function before it: without bitmaps, the only way to the heads is their key.
APPEND = """
CREATE FUNCTION chat.append(
    p_tenant uuid, p_now timestamptz, p_conversations uuid[], p_ids uuid[], p_kinds integer[], p_sides integer[],
    p_clients text[], p_operators uuid[], p_bodies text[]
) RETURNS TABLE (place bigint, outcome text, given bigint, head_now bigint, given_time timestamptz, given_id uuid)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  v_count integer := cardinality(p_conversations);
  v_conversations uuid[] := '{}';
  v_sizes integer[] := '{}';
  v_heads bigint[];
  v_states integer[];
  v_operators uuid[];
  v_at integer := 0;
  v_left integer;
  v_ats integer[] := '{}';
  v_given bigint[] := '{}';
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  outcome := 'fresh';
  given_time := p_now;
  BEGIN
    IF v_count = 1 THEN
      UPDATE chat.conversations c SET head = c.head + 1
        WHERE c.tenant_id = p_tenant AND c.id = p_conversations[1]
          AND (p_kinds[1] <> 1 OR c.state <> 3)
          AND (p_kinds[1] <> 1 OR p_sides[1] <> 2 OR (c.state = 2 AND c.operator_id = p_operators[1]))
        RETURNING c.head INTO STRICT given;
      INSERT INTO chat.messages (
          tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body, create_time)
        VALUES (p_tenant, p_conversations[1], given, p_ids[1], p_kinds[1], p_sides[1], p_clients[1], p_operators[1],
          p_bodies[1], p_now);
      place := 1;
      head_now := given;
      given_id := p_ids[1];
      RETURN NEXT;
      RETURN;
    END IF;
    FOR i IN 1 .. v_count LOOP
      IF i = 1 OR p_conversations[i] <> p_conversations[i - 1] THEN
        IF i > 1 AND p_conversations[i] < p_conversations[i - 1] THEN
          RAISE EXCEPTION 'entries must be sorted by conversation';
        END IF;
        v_at := v_at + 1;
        v_conversations[v_at] := p_conversations[i];
        v_sizes[v_at] := 0;
      END IF;
      v_sizes[v_at] := v_sizes[v_at] + 1;
      v_ats[i] := v_at;
    END LOOP;
    WITH moved AS (
      UPDATE chat.conversations c SET head = c.head + v_sizes[array_position(v_conversations, c.id)]
      WHERE c.tenant_id = p_tenant AND c.id = ANY (v_conversations)
      RETURNING c.id, c.head, c.state, c.operator_id
    )
    SELECT array_agg(m.head ORDER BY m.id), array_agg(m.state ORDER BY m.id), array_agg(m.operator_id ORDER BY m.id)
      INTO v_heads, v_states, v_operators FROM moved m;
    IF cardinality(v_heads) IS DISTINCT FROM v_at THEN
      RAISE no_data_found;
    END IF;
    v_at := 0;
    FOR i IN 1 .. v_count LOOP
      IF v_ats[i] <> v_at THEN
        v_at := v_ats[i];
        v_left := v_sizes[v_at];
      END IF;
      IF p_kinds[i] = 1 AND (v_states[v_at] = 3 OR p_sides[i] = 2
        AND (v_states[v_at] <> 2 OR v_operators[v_at] IS DISTINCT FROM p_operators[i])) THEN
        RAISE no_data_found;
      END IF;
      v_left := v_left - 1;
      v_given[i] := v_heads[v_at] - v_left;
    END LOOP;
    INSERT INTO chat.messages (
        tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body, create_time)
      SELECT p_tenant, f.conversation_id, f.sequence, f.id, f.kind, f.side, f.client, f.operator_id, f.body, p_now
      FROM unnest(p_conversations, v_given, p_ids, p_kinds, p_sides, p_clients, p_operators, p_bodies)
        AS f(conversation_id, sequence, id, kind, side, client, operator_id, body);
    FOR i IN 1 .. v_count LOOP
      place := i;
      given := v_given[i];
      head_now := v_heads[v_ats[i]];
      given_id := p_ids[i];
      RETURN NEXT;
    END LOOP;
    RETURN;
  EXCEPTION WHEN unique_violation OR no_data_found THEN
    NULL;
  END;
  RETURN QUERY SELECT * FROM chat.append_carefully(
    p_tenant, p_now, p_conversations, p_ids, p_kinds, p_sides, p_clients, p_operators, p_bodies);
END $$
"""


def upgrade() -> None:
    """Keeps the function that looks first under another name, and puts the one that tries first in its place."""
    op.execute(f"ALTER FUNCTION chat.append({_ARGUMENTS}) RENAME TO append_carefully")
    op.execute(APPEND)
    op.execute(f"GRANT EXECUTE ON FUNCTION chat.append({_ARGUMENTS}) TO parley_chat")
