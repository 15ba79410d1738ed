"""Lets no operator speak in a sealed conversation, and notes on a seal that its erasure leaves no skeleton.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import let_seals_hold_up_all

revision = "0070"
down_revision = "0040"


def upgrade() -> None:
    """Adds the column, and a look at the seals before an operator's words are kept."""
    let_seals_hold_up_all(op, "chat")
    # It runs as whoever writes, so row security holds inside. The writer knows the state by its number.
    op.execute(
        """
        CREATE FUNCTION chat.refuse_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM chat.seals s WHERE s.record_id = NEW.conversation_id)
            OR EXISTS (
              SELECT 1 FROM chat.seals s JOIN chat.conversations c ON c.visitor_id = s.subject_id
              WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.conversation_id AND s.record_id IS NULL
            )
          THEN
            RAISE EXCEPTION 'the conversation is sealed' USING ERRCODE = 'PS001';
          END IF;
          RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER refuse_sealed BEFORE INSERT ON chat.messages
        FOR EACH ROW WHEN (NEW.kind = 1 AND NEW.side = 2) EXECUTE FUNCTION chat.refuse_sealed()
        """
    )
