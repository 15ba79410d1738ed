"""Creates copies of transcripts for the tenant, which name their conversations, and mails of them to visitors.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """Creates the tables."""
    op.execute(
        """
        CREATE TABLE chat.exports (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            staff_id uuid NOT NULL,
            staff_name text NOT NULL,
            format integer NOT NULL,
            purpose integer NOT NULL,
            state integer NOT NULL,
            done bigint NOT NULL,
            total bigint NOT NULL,
            cut boolean NOT NULL,
            query text NOT NULL,
            filters jsonb NOT NULL,
            reached uuid,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX exports_staff ON chat.exports (staff_id, tenant_id, id)")
    protect(op, "chat", "exports", service="chat")
    op.execute(
        """
        CREATE TABLE chat.export_items (
            tenant_id uuid NOT NULL,
            export_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            PRIMARY KEY (tenant_id, export_id, conversation_id),
            FOREIGN KEY (tenant_id, export_id) REFERENCES chat.exports (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX export_items_conversation ON chat.export_items (conversation_id, tenant_id)")
    protect(op, "chat", "export_items", service="chat")
    op.execute(
        """
        CREATE TABLE chat.transcript_mails (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            email text NOT NULL,
            state integer NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX transcript_mails_conversation ON chat.transcript_mails (conversation_id, tenant_id)")
    protect(op, "chat", "transcript_mails", service="chat")
