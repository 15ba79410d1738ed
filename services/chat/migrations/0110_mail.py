"""Lets conversations go on by mail: what comes in, by which address each is answered, and what waits for a decision.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_arrivals, protect

revision = "0110"
down_revision = "0052"


def upgrade() -> None:
    """Creates the tables, and the trigger by which an answer to somebody who left waits to be mailed."""
    create_arrivals(op, "chat", "chat")
    op.execute(
        """
        CREATE TABLE chat.mail_threads (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            fingerprint bytea NOT NULL,
            mailed_sequence bigint NOT NULL,
            last_message_id text NOT NULL,
            told_late_time timestamptz,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX mail_threads_fingerprint ON chat.mail_threads (tenant_id, fingerprint)")
    protect(op, "chat", "mail_threads", service="chat")
    op.execute(
        """
        CREATE TABLE chat.held_mails (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            sender text NOT NULL,
            text text NOT NULL,
            reason integer NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX held_mails_conversation ON chat.held_mails (conversation_id, tenant_id, id)")
    protect(op, "chat", "held_mails", service="chat")
    # It runs as whoever writes, so row security holds inside. A job that is there is locked until the message is
    # committed: whoever ends that job waits for it, and then sees the message.
    op.execute(
        """
        CREATE FUNCTION chat.mail_reply() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT 1 FROM chat.left_messages l
            WHERE l.tenant_id = NEW.tenant_id AND l.conversation_id = NEW.conversation_id AND l.reply_email <> ''
          ) THEN
            INSERT INTO chat.jobs (
                tenant_id, id, kind, key, arguments, state, due_time, attempts, error, create_time)
              VALUES (NEW.tenant_id, gen_random_uuid(), 'reply.mail', NEW.conversation_id::text,
                jsonb_build_object('conversation', NEW.conversation_id::text), 1, NEW.create_time, 0, '',
                NEW.create_time)
              ON CONFLICT (tenant_id, kind, key) WHERE key IS NOT NULL DO UPDATE SET key = excluded.key;
          END IF;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER mail_reply AFTER INSERT ON chat.messages
        FOR EACH ROW WHEN (NEW.kind = 1 AND NEW.side = 2) EXECUTE FUNCTION chat.mail_reply()
        """
    )
