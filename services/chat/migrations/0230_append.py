"""Appends what is plain without undoing anything: whoever calls does so again, with care, where it was not plain.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0230"
down_revision = "0220"

_ARGUMENTS = (
    "uuid, timestamptz, uuid[], integer[], boolean[], uuid[], integer[], integer[], uuid[], integer[], integer[], "
    "text[], uuid[], text[]"
)

# `chat.append` tries what is plain inside a block that can be undone, and says of each message what became of it. This
# one is for a writer that can try again: it takes the conversations apart from the messages (how many each gets,
# whether anybody talks there, and which operator), moves the heads of all of them or raises PS002, and returns the new
# heads alone. A message is told where its conversation stands in that list, and how far before the head its place is.
# For the settings of the planner see `chat.append`.
APPEND = """
CREATE FUNCTION chat.append_plain(
    p_tenant uuid, p_now timestamptz,
    p_conversations uuid[], p_sizes integer[], p_talks boolean[], p_speakers uuid[],
    p_ats integer[], p_backs integer[], p_ids uuid[], p_kinds integer[], p_sides integer[],
    p_clients text[], p_operators uuid[], p_bodies text[]
) RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  v_heads bigint[];
BEGIN
  PERFORM set_config('app.tenant', p_tenant::text, true);
  WITH moved AS (
    UPDATE chat.conversations c SET head = c.head + g.size
    FROM unnest(p_conversations, p_sizes, p_talks, p_speakers) AS g(id, size, talks, speaker)
    WHERE c.tenant_id = p_tenant AND c.id = g.id
      AND (NOT g.talks OR c.state <> 3)
      AND (g.speaker IS NULL OR (c.state = 2 AND c.operator_id = g.speaker))
    RETURNING c.id, c.head
  )
  SELECT array_agg(m.head ORDER BY m.id) INTO v_heads FROM moved m;
  IF cardinality(v_heads) IS DISTINCT FROM cardinality(p_conversations) THEN
    RAISE EXCEPTION 'not every conversation takes what is said' USING ERRCODE = 'PS002';
  END IF;
  INSERT INTO chat.messages (
      tenant_id, conversation_id, sequence, id, kind, side, client_message_id, operator_id, body, create_time)
    SELECT p_tenant, p_conversations[f.at], v_heads[f.at] - f.back, f.id, f.kind, f.side, f.client, f.operator_id,
      f.body, p_now
    FROM unnest(p_ats, p_backs, p_ids, p_kinds, p_sides, p_clients, p_operators, p_bodies)
      AS f(at, back, id, kind, side, client, operator_id, body);
  RETURN v_heads;
END $$
"""


def upgrade() -> None:
    """Creates the function beside the one that undoes."""
    op.execute(APPEND)
    op.execute(f"GRANT EXECUTE ON FUNCTION chat.append_plain({_ARGUMENTS}) TO parley_chat")
