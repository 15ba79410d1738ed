"""Looks once for all messages of a statement at seals, and at replies by mail, where each row was looked at alone.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0220"
down_revision = "0210"


def upgrade() -> None:
    """Puts one trigger for a statement in the place of two for each row; what they see to is the same.

    The functions of the two stay, for a release that would set them again.
    """
    # It runs as whoever writes, so row security holds inside, and the heads are locked by then: a seal that is there
    # holds, and one that comes waits. The writer knows the state by its number. A job for a mail that is there is
    # locked until the message is committed: whoever ends that job waits for it, and then sees the message.
    op.execute(
        """
        CREATE FUNCTION chat.after_spoken() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          v_tenants uuid[];
          v_spoken uuid[];
        BEGIN
          SELECT array_agg(f.tenant_id), array_agg(f.conversation_id) INTO v_tenants, v_spoken
            FROM fresh f WHERE f.kind = 1 AND f.side = 2;
          IF v_spoken IS NULL THEN
            RETURN NULL;
          END IF;
          -- Nearly always there is none at all.
          IF EXISTS (SELECT 1 FROM chat.seals s WHERE s.tenant_id = ANY (v_tenants)) AND (
            EXISTS (SELECT 1 FROM chat.seals s WHERE s.record_id = ANY (v_spoken))
            OR EXISTS (
              SELECT 1 FROM chat.conversations c JOIN chat.seals s ON s.subject_id = c.visitor_id
              WHERE c.tenant_id = ANY (v_tenants) AND c.id = ANY (v_spoken) AND s.record_id IS NULL
            )
          ) THEN
            RAISE EXCEPTION 'the conversation is sealed' USING ERRCODE = 'PS001';
          END IF;
          IF EXISTS (
            SELECT 1 FROM chat.left_messages l
            WHERE l.tenant_id = ANY (v_tenants) AND l.conversation_id = ANY (v_spoken) AND l.reply_email <> ''
          ) THEN
            INSERT INTO chat.jobs (
                tenant_id, id, kind, key, arguments, state, due_time, attempts, error, create_time)
              SELECT l.tenant_id, gen_random_uuid(), 'reply.mail', l.conversation_id::text,
                  jsonb_build_object('conversation', l.conversation_id::text), 1, max(f.create_time), 0, '',
                  max(f.create_time)
                FROM chat.left_messages l
                JOIN fresh f ON f.tenant_id = l.tenant_id AND f.conversation_id = l.conversation_id
                WHERE f.kind = 1 AND f.side = 2 AND l.reply_email <> ''
                GROUP BY l.tenant_id, l.conversation_id ORDER BY l.conversation_id
              ON CONFLICT (tenant_id, kind, key) WHERE key IS NOT NULL DO UPDATE SET key = excluded.key;
          END IF;
          RETURN NULL;
        END $$
        """
    )
    op.execute("DROP TRIGGER refuse_sealed ON chat.messages")
    op.execute("DROP TRIGGER mail_reply ON chat.messages")
    op.execute(
        """
        CREATE TRIGGER after_spoken AFTER INSERT ON chat.messages REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION chat.after_spoken()
        """
    )
