"""Creates members, terms, spaces, topics and posts.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.search import Searched, create_search
from kernel.storage.schema import add_program_readers, create_erasure_tables, create_kernel_tables, protect

revision = "0001"
down_revision = None

_TABLES = (
    """
    CREATE TABLE community.members (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        handle text NOT NULL,
        email text NOT NULL,
        password_hash text NOT NULL,
        display_name text NOT NULL,
        about text NOT NULL,
        post_count integer NOT NULL,
        suspended_until_time timestamptz,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, handle),
        UNIQUE (tenant_id, email)
    )
    """,
    """
    CREATE TABLE community.pending (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        kind integer NOT NULL,
        handle text NOT NULL,
        email text NOT NULL,
        password_hash text NOT NULL,
        tries integer NOT NULL,
        expire_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE community.sessions (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        member_id uuid NOT NULL,
        secret_hash bytea NOT NULL,
        create_time timestamptz NOT NULL,
        expire_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, member_id) REFERENCES community.members (tenant_id, id) ON DELETE CASCADE,
        UNIQUE (tenant_id, secret_hash)
    )
    """,
    """
    CREATE TABLE community.terms (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        number integer NOT NULL,
        clauses jsonb NOT NULL,
        warning text NOT NULL,
        change_log text NOT NULL,
        is_material boolean NOT NULL,
        content_hash text NOT NULL,
        warning_hash text NOT NULL,
        effective_time timestamptz NOT NULL,
        publish_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, number)
    )
    """,
    """
    CREATE TABLE community.terms_answers (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        member_id uuid NOT NULL,
        terms_id uuid NOT NULL,
        number integer NOT NULL,
        warning_hash text NOT NULL,
        answer integer NOT NULL,
        time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, terms_id) REFERENCES community.terms (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.spaces (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        slug text NOT NULL,
        display_name text NOT NULL,
        description text NOT NULL,
        category text NOT NULL,
        visibility integer NOT NULL,
        is_indexed boolean NOT NULL,
        has_feed boolean NOT NULL,
        is_exported boolean NOT NULL,
        joining integer NOT NULL,
        position integer NOT NULL,
        topic_count integer NOT NULL,
        is_archived boolean NOT NULL,
        revision bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, slug)
    )
    """,
    """
    CREATE TABLE community.memberships (
        tenant_id uuid NOT NULL,
        space_id uuid NOT NULL,
        member_id uuid NOT NULL,
        state integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, space_id, member_id),
        FOREIGN KEY (tenant_id, space_id) REFERENCES community.spaces (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.topics (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        space_id uuid NOT NULL,
        author_id uuid,
        kind integer NOT NULL,
        title text NOT NULL,
        state integer NOT NULL,
        is_locked boolean NOT NULL,
        is_pinned boolean NOT NULL,
        accepted_post_id uuid,
        accepted_number integer NOT NULL,
        post_count integer NOT NULL,
        last_number integer NOT NULL,
        last_post_id uuid NOT NULL,
        last_post_time timestamptz NOT NULL,
        version bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, space_id) REFERENCES community.spaces (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.topic_tags (
        tenant_id uuid NOT NULL,
        topic_id uuid NOT NULL,
        space_id uuid NOT NULL,
        tag text NOT NULL,
        PRIMARY KEY (tenant_id, topic_id, tag),
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.posts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        topic_id uuid NOT NULL,
        space_id uuid NOT NULL,
        number integer NOT NULL,
        author_id uuid,
        body text NOT NULL,
        html text NOT NULL,
        renderer integer NOT NULL,
        state integer NOT NULL,
        revision integer NOT NULL,
        reply_to integer NOT NULL,
        votes integer NOT NULL,
        terms_id uuid NOT NULL,
        create_time timestamptz NOT NULL,
        edit_time timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE,
        UNIQUE (tenant_id, topic_id, number)
    )
    """,
    """
    CREATE TABLE community.revisions (
        tenant_id uuid NOT NULL,
        post_id uuid NOT NULL,
        number integer NOT NULL,
        author_id uuid,
        body text NOT NULL,
        html text NOT NULL,
        write_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, post_id, number),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.reactions (
        tenant_id uuid NOT NULL,
        post_id uuid NOT NULL,
        member_id uuid NOT NULL,
        reaction integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, post_id, member_id, reaction),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.read_marks (
        tenant_id uuid NOT NULL,
        member_id uuid NOT NULL,
        topic_id uuid NOT NULL,
        number integer NOT NULL,
        PRIMARY KEY (tenant_id, member_id, topic_id),
        FOREIGN KEY (tenant_id, topic_id) REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE
    )
    """,
)

_INDEXES = (
    "CREATE INDEX pending_end ON community.pending (tenant_id, expire_time)",
    "CREATE INDEX sessions_end ON community.sessions (tenant_id, expire_time)",
    "CREATE INDEX sessions_member ON community.sessions (tenant_id, member_id)",
    "CREATE INDEX terms_answers_member ON community.terms_answers (tenant_id, member_id, id)",
    "CREATE INDEX memberships_member ON community.memberships (tenant_id, member_id)",
    "CREATE INDEX topics_activity ON community.topics (tenant_id, space_id, last_post_id)",
    "CREATE INDEX topics_author ON community.topics (author_id, tenant_id) WHERE author_id IS NOT NULL",
    "CREATE INDEX topics_pinned ON community.topics (tenant_id, space_id) WHERE is_pinned",
    "CREATE INDEX topic_tags_tag ON community.topic_tags (tenant_id, space_id, tag)",
    "CREATE INDEX posts_author ON community.posts (author_id, tenant_id) WHERE author_id IS NOT NULL",
    "CREATE INDEX revisions_author ON community.revisions (author_id, tenant_id)",
    "CREATE INDEX reactions_member ON community.reactions (member_id, tenant_id)",
    "CREATE INDEX read_marks_topic ON community.read_marks (tenant_id, topic_id)",
)


#: Versions of the terms, and what was answered to them, are only ever added to.
_GRANTS = {"terms": "SELECT, INSERT", "terms_answers": "SELECT, INSERT, DELETE"}

SEARCHED = Searched(
    table="posts",
    texts=("body",),
    place={"topic_id": "uuid", "number": "integer"},
    filters={"space_id": ("uuid", "t.space_id = p_space_id")},
    only="t.state = 1",
    reads={"posts": ("space_id", "state")},
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        name = statement.split("community.", 1)[1].split(" ", 1)[0]
        protect(op, "community", name, service="community", grants=_GRANTS.get(name, "SELECT, INSERT, UPDATE, DELETE"))
    create_kernel_tables(op, "community", "community")
    add_program_readers(op, "community")
    create_erasure_tables(op, "community", "community")
    create_search(op, "community", SEARCHED, service="community")
