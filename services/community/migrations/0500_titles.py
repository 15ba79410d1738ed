"""Lets topics be found by the words of their titles, and those that are like a title that somebody writes.

Titles are looked up in a table of their own: of a topic, each reply writes the row anew, and with it whatever index is
on it (decision 0087).

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.search import Searched, create_likeness, create_search
from kernel.storage.schema import protect

revision = "0500"
down_revision = "0400"

TITLES = Searched(
    table="titles",
    key="topic_id",
    texts=("title",),
    filters={"space_ids": ("uuid[]", "t.space_id = ANY(p_space_ids)")},
    only="t.state = 1",
    reads={"titles": ("space_id", "state")},
)

_TABLE = """
CREATE TABLE community.titles (
    tenant_id uuid NOT NULL,
    topic_id uuid NOT NULL,
    space_id uuid NOT NULL,
    title text NOT NULL,
    state integer NOT NULL,
    PRIMARY KEY (tenant_id, topic_id)
)
"""
_FILL = """
INSERT INTO community.titles (tenant_id, topic_id, space_id, title, state)
SELECT t.tenant_id, t.id, t.space_id, t.title, t.state FROM community.topics t
LEFT JOIN community.titles f ON f.tenant_id = t.tenant_id AND f.topic_id = t.id
WHERE (f.space_id, f.title, f.state) IS DISTINCT FROM (t.space_id, t.title, t.state)
ON CONFLICT (tenant_id, topic_id) DO UPDATE SET space_id = excluded.space_id, title = excluded.title,
  state = excluded.state
"""
# Whatever writes a title, of this release or the one before, it stands here as it stands there. It runs as whoever
# writes, so row security holds inside. What a title was before is cleared from the disk as elsewhere.
_KEPT = (
    """
    CREATE FUNCTION community.keep_title() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO community.titles (tenant_id, topic_id, space_id, title, state)
      VALUES (NEW.tenant_id, NEW.id, NEW.space_id, NEW.title, NEW.state)
      ON CONFLICT (tenant_id, topic_id) DO UPDATE SET space_id = excluded.space_id, title = excluded.title,
        state = excluded.state;
      IF TG_OP = 'UPDATE' AND NEW.title <> OLD.title THEN
        INSERT INTO community.leftovers (table_name, time) VALUES ('titles', now());
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER keep_title AFTER INSERT OR UPDATE OF space_id, title, state ON community.topics
    FOR EACH ROW EXECUTE FUNCTION community.keep_title()
    """,
)
_BELONGS = (
    "DELETE FROM community.titles f WHERE NOT EXISTS "
    "(SELECT FROM community.topics t WHERE t.tenant_id = f.tenant_id AND t.id = f.topic_id)",
    "ALTER TABLE community.titles ADD FOREIGN KEY (tenant_id, topic_id) "
    "REFERENCES community.topics (tenant_id, id) ON DELETE CASCADE",
)


def upgrade() -> None:
    """Adds the table, its index and functions, and then what keeps it."""
    op.execute(_TABLE)
    protect(op, "community", "titles", service="community")
    op.execute(_FILL)
    create_search(op, "community", TITLES, service="community")
    create_likeness(op, "community", TITLES, service="community")
    # From here on nobody writes topics until the end, so that what was written meanwhile is all that is missing.
    for statement in (*_KEPT, _FILL, *_BELONGS):
        op.execute(statement)
