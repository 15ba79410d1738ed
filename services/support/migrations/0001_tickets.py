"""Creates queues, requesters, tickets and all that belongs to a ticket.

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
    CREATE TABLE support.queues (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        label text NOT NULL,
        assignment integer NOT NULL,
        is_private boolean NOT NULL,
        is_retired boolean NOT NULL,
        revision bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, label)
    )
    """,
    """
    CREATE TABLE support.queue_members (
        tenant_id uuid NOT NULL,
        queue_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        last_time timestamptz,
        PRIMARY KEY (tenant_id, queue_id, staff_id),
        FOREIGN KEY (tenant_id, queue_id) REFERENCES support.queues (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.requesters (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        email text NOT NULL,
        display_name text NOT NULL,
        create_time timestamptz NOT NULL,
        idle_time timestamptz,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, email)
    )
    """,
    """
    CREATE TABLE support.tickets (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        reference text NOT NULL,
        requester_id uuid NOT NULL,
        subject text NOT NULL,
        state integer NOT NULL,
        outcome integer NOT NULL,
        priority integer NOT NULL,
        severity integer NOT NULL,
        queue_id uuid NOT NULL,
        assignee_id uuid,
        site_url text NOT NULL,
        site_id uuid,
        source integer NOT NULL,
        is_spam boolean NOT NULL,
        is_reply_last boolean NOT NULL,
        snooze_until_time timestamptz,
        merged_into_id uuid,
        parent_id uuid,
        conversation_id uuid,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        close_time timestamptz,
        entry_count integer NOT NULL,
        last_entry_time timestamptz NOT NULL,
        next_due_time timestamptz,
        next_metric integer NOT NULL,
        is_breached boolean NOT NULL,
        revision bigint NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, reference),
        FOREIGN KEY (tenant_id, requester_id) REFERENCES support.requesters (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.entries (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        kind integer NOT NULL,
        staff_id uuid,
        staff_name text NOT NULL,
        body text NOT NULL,
        note text NOT NULL,
        create_time timestamptz NOT NULL,
        send_state integer NOT NULL,
        send_time timestamptz,
        is_withdrawn boolean NOT NULL,
        author_email text NOT NULL,
        quoted_text text NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.events (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        kind text NOT NULL,
        staff_id uuid,
        rule_id uuid,
        from_value text NOT NULL,
        to_value text NOT NULL,
        time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.tags (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        word text NOT NULL,
        is_retired boolean NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, word)
    )
    """,
    """
    CREATE TABLE support.ticket_tags (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        tag_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, tag_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.fields (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        label text NOT NULL,
        kind integer NOT NULL,
        choices text[] NOT NULL,
        is_asked boolean NOT NULL,
        reason text NOT NULL,
        is_retired boolean NOT NULL,
        revision bigint NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, label)
    )
    """,
    """
    CREATE TABLE support.field_values (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        field_id uuid NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, field_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.followers (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, staff_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.drafts (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        body text NOT NULL,
        is_internal boolean NOT NULL,
        update_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, staff_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.viewers (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        display_name text NOT NULL,
        is_writing boolean NOT NULL,
        seen_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, staff_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.links (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        other_id uuid NOT NULL,
        kind integer NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id, other_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.undos (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        staff_id uuid NOT NULL,
        before text NOT NULL,
        revision bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id, ticket_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
)
_INDEXES = (
    "CREATE INDEX tickets_open ON support.tickets (tenant_id, update_time DESC, id DESC) WHERE state < 6",
    "CREATE INDEX tickets_queue ON support.tickets (tenant_id, queue_id, state, update_time DESC, id DESC)",
    "CREATE INDEX tickets_assignee ON support.tickets (tenant_id, assignee_id, update_time DESC, id "
    "DESC) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX tickets_requester ON support.tickets (tenant_id, requester_id, id)",
    "CREATE INDEX tickets_created ON support.tickets (tenant_id, id) WHERE state < 6",
    "CREATE INDEX tickets_due ON support.tickets (tenant_id, next_due_time, id) WHERE next_due_time IS NOT NULL",
    "CREATE INDEX tickets_priority ON support.tickets (tenant_id, priority DESC, id) WHERE state < 6",
    "CREATE INDEX tickets_merged ON support.tickets (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL",
    "CREATE INDEX tickets_closed ON support.tickets (tenant_id, close_time) WHERE close_time IS NOT NULL",
    "CREATE INDEX tickets_updated ON support.tickets (tenant_id, update_time DESC, id DESC)",
    "CREATE INDEX entries_ticket ON support.entries (tenant_id, ticket_id, id)",
    "CREATE INDEX events_ticket ON support.events (tenant_id, ticket_id, id)",
    "CREATE INDEX ticket_tags_tag ON support.ticket_tags (tenant_id, tag_id, ticket_id)",
    "CREATE INDEX followers_staff ON support.followers (tenant_id, staff_id, ticket_id)",
    "CREATE INDEX viewers_seen ON support.viewers (tenant_id, seen_time)",
    "CREATE INDEX undos_time ON support.undos (tenant_id, create_time)",
)

#: Whoever searches finds what is in queues that they see, and nothing else: another queue's words are not there.
_SEEN = "w.queue_id = ANY (p_queue_ids)"
ENTRIES = Searched(
    table="entries",
    texts=("body", "note"),
    place={"ticket_id": "uuid"},
    filters={"queue_ids": ("uuid[]", _SEEN)},
    within=("tickets", "ticket_id"),
    always="NOT t.is_withdrawn",
    reads={"tickets": ("tenant_id", "id", "queue_id"), "entries": ("is_withdrawn",)},
)
SUBJECTS = Searched(
    table="tickets",
    texts=("subject", "reference"),
    filters={"queue_ids": ("uuid[]", _SEEN.replace("w.", "t."))},
    reads={"tickets": ("queue_id",)},
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        protect(op, "support", statement.split("support.", 1)[1].split(" ", 1)[0], service="support")
    create_kernel_tables(op, "support", "support")
    add_program_readers(op, "support")
    create_erasure_tables(op, "support", "support")
    for searched in (ENTRIES, SUBJECTS):
        create_search(op, "support", searched, service="support")
