"""Writes a reply, with all that goes with it, in one round trip.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0340"
down_revision = "0332"

_ARGUMENTS = (
    "uuid, uuid, uuid, uuid, uuid, text, text, integer, integer, integer, timestamptz, uuid, text, text, bytea, text, "
    "uuid, uuid, text, text"
)

# It runs as the caller, so row security holds inside, and it binds nobody: whoever calls it has bound the tenant. A
# topic that is locked or not shown takes no reply, and then nothing else is written either. The numbers are states of
# topics (live, restricted), that a member follows a place, and a job that is ready.
ADD_REPLY = """
CREATE FUNCTION community.add_reply(
    p_tenant uuid, p_member uuid, p_post uuid, p_topic uuid, p_space uuid, p_body text, p_html text, p_renderer integer,
    p_state integer, p_reply_to integer, p_now timestamptz, p_terms uuid, p_method text, p_request text, p_mac bytea,
    p_key text, p_subscription uuid, p_job uuid, p_job_kind text, p_job_arguments text
) RETURNS TABLE (given integer, is_late boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
    WITH claimed AS (
      INSERT INTO community.idempotency (tenant_id, method, request_id, request_mac, resource_id, create_time)
      SELECT p_tenant, p_method, p_request, p_mac, p_key, p_now WHERE p_request <> ''
      ON CONFLICT DO NOTHING RETURNING 1
    ), t AS (
      UPDATE community.topics t SET last_number = t.last_number + 1, post_count = t.post_count + 1,
        last_post_id = GREATEST(t.last_post_id, p_post), last_post_time = p_now, version = t.version + 1
      WHERE t.tenant_id = p_tenant AND t.id = p_topic AND NOT t.is_locked AND t.state IN (1, 4)
        AND (p_request = '' OR EXISTS (SELECT FROM claimed))
      RETURNING t.last_number
    ), made AS (
      INSERT INTO community.posts (tenant_id, id, topic_id, space_id, number, author_id, body, html, renderer, state,
        revision, reply_to, votes, terms_id, create_time)
      SELECT p_tenant, p_post, p_topic, p_space, t.last_number, p_member, p_body, p_html, p_renderer, p_state, 1,
        p_reply_to, 0, p_terms, p_now FROM t
    ), cleared AS (
      DELETE FROM community.drafts d USING t
      WHERE d.tenant_id = p_tenant AND d.author_id = p_member AND d.place_id = p_topic
    ), counted AS (
      UPDATE community.members m SET post_count = m.post_count + 1 FROM t
      WHERE m.tenant_id = p_tenant AND m.id = p_member
    ), marked AS (
      INSERT INTO community.read_marks AS r (tenant_id, member_id, topic_id, number)
      SELECT p_tenant, p_member, p_topic, t.last_number FROM t
      ON CONFLICT (tenant_id, member_id, topic_id) DO UPDATE SET number = GREATEST(r.number, excluded.number)
    ), followed AS (
      INSERT INTO community.subscriptions
        (tenant_id, member_id, place_id, id, space_id, topic_id, level, create_time)
      SELECT p_tenant, p_member, p_topic, p_subscription, p_space, p_topic, 2, p_now FROM t
      WHERE p_subscription IS NOT NULL ON CONFLICT DO NOTHING
    ), told AS (
      INSERT INTO community.jobs (tenant_id, id, kind, key, arguments, state, due_time, attempts, error, create_time)
      SELECT p_tenant, p_job, p_job_kind, p_key, p_job_arguments::jsonb, 1, p_now, 0, '', p_now FROM t
      WHERE p_job IS NOT NULL ON CONFLICT DO NOTHING
    )
    SELECT (SELECT t.last_number FROM t), p_request <> '' AND NOT EXISTS (SELECT FROM claimed);
END $$
"""


def upgrade() -> None:
    """Adds the function."""
    op.execute(ADD_REPLY)
    op.execute(f"REVOKE ALL ON FUNCTION community.add_reply({_ARGUMENTS}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION community.add_reply({_ARGUMENTS}) TO parley_community")
