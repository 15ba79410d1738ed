"""Lets what was said be found by its words.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates. The index is the one exception to the second rule: it
is built while nobody writes, some seconds for half a million messages.
"""

from alembic import op

from kernel.search import Searched, create_search

revision = "0050"
down_revision = "0041"

#: Only what people said, in conversations that are over: nobody looks into a running one without being seen. What is
#: forgotten, sealed or has had its time is not found.
SEARCHED = Searched(
    table="messages",
    texts=("body",),
    place={"conversation_id": "uuid", "sequence": "bigint"},
    only="t.kind = 1",
    within=("conversations", "conversation_id"),
    filters={
        "since": ("uuid", "t.id >= p_since"),
        "closed_after": ("timestamptz", "w.close_time > p_closed_after"),
        "operator_id": ("uuid", "w.operator_id = p_operator_id"),
        "site_id": ("uuid", "w.site_id = p_site_id"),
        "tag_id": ("uuid", "p_tag_id = ANY (w.tag_ids)"),
    },
    always="w.state = 3 AND w.erase_time IS NULL AND NOT EXISTS (SELECT FROM chat.seals s WHERE s.tenant_id = "
    "t.tenant_id AND (s.record_id = w.id OR (s.record_id IS NULL AND s.subject_id = w.visitor_id)))",
    reads={
        "messages": ("kind",),
        "conversations": (
            "tenant_id",
            "id",
            "state",
            "erase_time",
            "close_time",
            "operator_id",
            "site_id",
            "visitor_id",
            "tag_ids",
        ),
        "seals": ("tenant_id", "record_id", "subject_id"),
    },
)


def upgrade() -> None:
    """Creates the index and the function."""
    create_search(op, "chat", SEARCHED, service="chat")
