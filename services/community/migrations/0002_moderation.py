"""Creates flags, cases, decisions, statements of reasons and appeals.

It only adds, so that the previous release goes on beside it.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0002"
down_revision = "0001"

_TABLES = (
    """
    CREATE TABLE community.cases (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        post_id uuid NOT NULL,
        author_id uuid,
        state integer NOT NULL,
        is_escalated boolean NOT NULL,
        flag_count integer NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.flags (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        case_id uuid NOT NULL,
        reporter_id uuid,
        staff_id uuid,
        kind integer NOT NULL,
        text text NOT NULL,
        snapshot text NOT NULL,
        revision integer NOT NULL,
        is_upheld boolean NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, case_id) REFERENCES community.cases (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.decisions (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        case_id uuid,
        action integer NOT NULL,
        is_upheld boolean NOT NULL,
        clause_id text NOT NULL,
        terms_id uuid,
        facts text NOT NULL,
        appeal_id uuid,
        staff_id uuid NOT NULL,
        member_id uuid,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE community.statements (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        decision_id uuid NOT NULL,
        member_id uuid,
        topic_id uuid,
        number integer NOT NULL,
        decision_visibility text NOT NULL,
        decision_account text NOT NULL,
        decision_ground text NOT NULL,
        category text NOT NULL,
        source_type text NOT NULL,
        clause_id text NOT NULL,
        facts text NOT NULL,
        content text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, decision_id) REFERENCES community.decisions (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE community.appeals (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        decision_id uuid NOT NULL,
        member_id uuid,
        by_author boolean NOT NULL,
        text text NOT NULL,
        is_decided boolean NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, decision_id) REFERENCES community.decisions (tenant_id, id) ON DELETE CASCADE,
        UNIQUE (tenant_id, decision_id, by_author)
    )
    """,
    """
    CREATE TABLE community.masked (
        tenant_id uuid NOT NULL,
        case_id uuid NOT NULL,
        post_id uuid NOT NULL,
        author_id uuid,
        body text NOT NULL,
        state integer NOT NULL,
        PRIMARY KEY (tenant_id, case_id, post_id),
        FOREIGN KEY (tenant_id, case_id) REFERENCES community.cases (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, post_id) REFERENCES community.posts (tenant_id, id) ON DELETE CASCADE
    )
    """,
)

_INDEXES = (
    "CREATE INDEX cases_author ON community.cases (author_id, tenant_id)",
    "CREATE UNIQUE INDEX cases_open ON community.cases (tenant_id, post_id) WHERE state = 1",
    "CREATE INDEX cases_waiting ON community.cases (tenant_id, state, id)",
    "CREATE INDEX flags_case ON community.flags (tenant_id, case_id, id)",
    "CREATE INDEX flags_reporter ON community.flags (reporter_id, tenant_id)",
    "CREATE INDEX decisions_case ON community.decisions (tenant_id, case_id, id)",
    "CREATE INDEX decisions_member ON community.decisions (member_id, tenant_id)",
    "CREATE INDEX statements_member ON community.statements (tenant_id, member_id, id)",
    "CREATE INDEX appeals_member ON community.appeals (member_id, tenant_id)",
    "CREATE INDEX masked_author ON community.masked (author_id, tenant_id)",
    "CREATE INDEX masked_post ON community.masked (tenant_id, post_id)",
)


#: What was decided, and why, never changes.
_GRANTS = {"decisions": "SELECT, INSERT", "statements": "SELECT, INSERT"}


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        name = statement.split("community.", 1)[1].split(" ", 1)[0]
        protect(op, "community", name, service="community", grants=_GRANTS.get(name, "SELECT, INSERT, UPDATE, DELETE"))
