"""Creates what the desk has beside the talk: tags and the conversations that have them, notes, canned replies.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0031"
down_revision = "0030"

TABLES = {
    "tags": """
        CREATE TABLE chat.tags (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            word text NOT NULL,
            colour text NOT NULL,
            retired boolean NOT NULL,
            revision integer NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
    """,
    "conversation_tags": """
        CREATE TABLE chat.conversation_tags (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            tag_id uuid NOT NULL,
            word text NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id, tag_id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
    """,
    "notes": """
        CREATE TABLE chat.notes (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            id uuid NOT NULL,
            staff_id uuid NOT NULL,
            staff_name text NOT NULL,
            body text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id, id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
    """,
    "canned_replies": """
        CREATE TABLE chat.canned_replies (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            owner_id uuid,
            shortcut text NOT NULL,
            language text NOT NULL,
            template text NOT NULL,
            revision integer NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
    """,
}
INDEXES = (
    # A word stands in the list once, however it is written.
    "CREATE UNIQUE INDEX tags_word ON chat.tags (tenant_id, lower(word))",
    "CREATE INDEX conversation_tags_tag ON chat.conversation_tags (tag_id, tenant_id, conversation_id)",
    "CREATE UNIQUE INDEX canned_replies_shortcut ON chat.canned_replies "
    "(tenant_id, coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid), shortcut, lower(language))",
)


def upgrade() -> None:
    """Creates the tables, and a column with the tags for lists, whose constant default writes no row."""
    for name, statement in TABLES.items():
        op.execute(statement)
        protect(op, "chat", name, service="chat")
    for index in INDEXES:
        op.execute(index)
    op.execute("ALTER TABLE chat.conversations ADD COLUMN tag_ids uuid[] NOT NULL DEFAULT '{}'")
