"""Creates what members have for themselves: files, drafts, what they follow and are told, whom they write to.

It only adds, with a default for each new column, so that the previous release goes on beside it.
"""

from alembic import op

from kernel.files.removals import follow_records
from kernel.storage.schema import protect

revision = "0200"
down_revision = "0002"

_TABLES = (
    """
    CREATE TABLE community.attachments (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        author_id uuid,
        post_id uuid,
        filename text NOT NULL,
        media_type text NOT NULL,
        size bigint NOT NULL,
        state integer NOT NULL,
        reason text NOT NULL,
        width integer NOT NULL,
        height integer NOT NULL,
        file_key text NOT NULL,
        create_time timestamptz NOT NULL,
        wait_time timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.drafts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        author_id uuid NOT NULL,
        place_id uuid NOT NULL,
        space_id uuid,
        topic_id uuid,
        kind integer NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        tags text NOT NULL,
        reply_to integer NOT NULL,
        revision bigint NOT NULL,
        update_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, space_id) REFERENCES community.spaces (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE,
        UNIQUE (tenant_id, author_id, place_id)
    )
    """,
    """
    CREATE TABLE community.exposure_choices (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        member_id uuid NOT NULL,
        kind integer NOT NULL,
        choice integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE community.subscriptions (
        tenant_id uuid NOT NULL,
        member_id uuid NOT NULL,
        place_id uuid NOT NULL,
        id uuid NOT NULL,
        space_id uuid NOT NULL,
        topic_id uuid,
        level integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, member_id, place_id),
        FOREIGN KEY (tenant_id, space_id) REFERENCES community.spaces (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.threads (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        pair bytea NOT NULL,
        state integer NOT NULL,
        last_number integer NOT NULL,
        last_message_time timestamptz NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, pair)
    )
    """,
    """
    CREATE TABLE community.thread_sides (
        tenant_id uuid NOT NULL,
        thread_id uuid NOT NULL,
        member_id uuid NOT NULL,
        is_asker boolean NOT NULL,
        read_number integer NOT NULL,
        latest_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, thread_id, member_id),
        FOREIGN KEY (tenant_id, thread_id) REFERENCES community.threads (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.direct_messages (
        tenant_id uuid NOT NULL,
        thread_id uuid NOT NULL,
        number integer NOT NULL,
        author_id uuid NOT NULL,
        body text NOT NULL,
        html text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, thread_id, number),
        FOREIGN KEY (tenant_id, thread_id) REFERENCES community.threads (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.notifications (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        member_id uuid NOT NULL,
        kind integer NOT NULL,
        topic_id uuid,
        post_id uuid,
        thread_id uuid,
        is_read boolean NOT NULL,
        is_mailed boolean NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, thread_id) REFERENCES community.threads (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.relations (
        tenant_id uuid NOT NULL,
        member_id uuid NOT NULL,
        other_id uuid NOT NULL,
        id uuid NOT NULL,
        kind integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, member_id, other_id)
    )
    """,
    """
    CREATE TABLE community.moved_posts (
        tenant_id uuid NOT NULL,
        topic_id uuid NOT NULL,
        number integer NOT NULL,
        post_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, topic_id, number),
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
)

_COLUMNS = (
    "ALTER TABLE community.members ADD COLUMN mail_mode integer NOT NULL DEFAULT 3",
    "ALTER TABLE community.members ADD COLUMN follows_own boolean NOT NULL DEFAULT true",
    "ALTER TABLE community.masked ADD COLUMN title text NOT NULL DEFAULT ''",
    "ALTER TABLE community.topics ADD COLUMN slow_seconds integer NOT NULL DEFAULT 0",
)

_INDEXES = (
    "CREATE INDEX attachments_author ON community.attachments (author_id, tenant_id)",
    "CREATE INDEX attachments_post ON community.attachments (tenant_id, post_id, id)",
    "CREATE INDEX attachments_size ON community.attachments (tenant_id) INCLUDE (size)",
    "CREATE INDEX attachments_wait ON community.attachments (tenant_id, wait_time)",
    "CREATE INDEX exposure_choices_member ON community.exposure_choices (tenant_id, member_id)",
    "CREATE INDEX subscriptions_own ON community.subscriptions (tenant_id, member_id, id)",
    "CREATE INDEX subscriptions_place ON community.subscriptions (tenant_id, place_id, member_id)",
    "CREATE INDEX thread_sides_own ON community.thread_sides (tenant_id, member_id, latest_id)",
    "CREATE INDEX direct_messages_author ON community.direct_messages (author_id, tenant_id)",
    "CREATE INDEX notifications_own ON community.notifications (tenant_id, member_id, id)",
    "CREATE UNIQUE INDEX notifications_post ON community.notifications (tenant_id, post_id, member_id) "
    "WHERE post_id IS NOT NULL",
    "CREATE INDEX notifications_unmailed ON community.notifications (tenant_id, id) WHERE is_mailed IS FALSE",
    "CREATE INDEX notifications_topic ON community.notifications (tenant_id, topic_id)",
    "CREATE INDEX notifications_thread ON community.notifications (tenant_id, thread_id)",
    "CREATE INDEX notifications_end ON community.notifications (tenant_id, create_time)",
    "CREATE INDEX relations_own ON community.relations (tenant_id, member_id, id)",
    "CREATE INDEX relations_other ON community.relations (tenant_id, other_id)",
    "CREATE INDEX moved_posts_post ON community.moved_posts (tenant_id, post_id)",
    "CREATE INDEX posts_latest ON community.posts (tenant_id, author_id, id) WHERE author_id IS NOT NULL",
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_COLUMNS, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        name = statement.split("community.", 1)[1].split(" ", 1)[0]
        protect(op, "community", name, service="community")
    follow_records(op, "community", "attachments")
