"""Lets posts carry polls.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0501"
down_revision = "0500"

_TABLES = (
    """
    CREATE TABLE community.polls (
        tenant_id uuid NOT NULL,
        post_id uuid NOT NULL,
        author_id uuid,
        question text NOT NULL,
        allows_several boolean NOT NULL,
        results integer NOT NULL,
        close_time timestamptz,
        kept_voters integer NOT NULL,
        PRIMARY KEY (tenant_id, post_id),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.poll_options (
        tenant_id uuid NOT NULL,
        post_id uuid NOT NULL,
        number integer NOT NULL,
        text text NOT NULL,
        kept_votes integer NOT NULL,
        PRIMARY KEY (tenant_id, post_id, number),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.polls (tenant_id, post_id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.poll_votes (
        tenant_id uuid NOT NULL,
        post_id uuid NOT NULL,
        member_id uuid NOT NULL,
        choice integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, post_id, member_id, choice),
        FOREIGN KEY (tenant_id, post_id, choice)
          REFERENCES community.poll_options (tenant_id, post_id, number) ON DELETE CASCADE
    )
    """,
)
_MORE = (
    # What a page reads of a post says whether there is more to read, so that other posts cost nothing.
    "ALTER TABLE community.posts ADD COLUMN has_poll boolean NOT NULL DEFAULT false",
    "CREATE INDEX polls_author ON community.polls (author_id, tenant_id) WHERE author_id IS NOT NULL",
    "CREATE INDEX poll_votes_member ON community.poll_votes (member_id, tenant_id)",
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_MORE):
        op.execute(statement)
    for name in ("polls", "poll_options", "poll_votes"):
        protect(op, "community", name, service="community")
