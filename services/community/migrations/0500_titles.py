"""Lets topics be found by their titles: by whoever searches, and by whoever writes a title that is like theirs.

The words of a title are looked up where the post stands that begins the topic, and not in `topics`: of a topic, each
reply writes the row anew, and every index that is on it with it.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.search import Searched, create_likeness, create_search, create_search_index

revision = "0500"
down_revision = "0400"

_OPENING = "t.number = 1 AND t.state = 1"
#: Words of which some stand in the title of a topic, and some in the post that begins it.
OPENINGS = Searched(
    name="openings",
    table="posts",
    texts=("title", "body"),
    filters={"space_id": ("uuid", "t.space_id = p_space_id")},
    only=_OPENING,
    within=("topics", "topic_id"),
    # What is shown less after a decision is not found.
    always="w.state = 1",
    reads={"posts": ("topic_id", "space_id", "number", "state"), "topics": ("tenant_id", "id", "state")},
)
TITLES = Searched(
    name="titles",
    table="posts",
    key="topic_id",
    texts=("title",),
    filters={"space_ids": ("uuid[]", "t.space_id = ANY(p_space_ids)")},
    only=_OPENING,
    reads={"posts": ("space_id", "number", "state")},
)

# Whatever writes a title or moves a post, of this release or the one before, a title stands with the post that begins
# its topic and nowhere else. Both run as whoever writes, so row security holds inside.
_KEPT = (
    """
    CREATE FUNCTION community.keep_title() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.title := '';
      IF NEW.number = 1 THEN
        NEW.title := COALESCE(
          (SELECT t.title FROM community.topics t WHERE t.tenant_id = NEW.tenant_id AND t.id = NEW.topic_id), '');
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER keep_title BEFORE INSERT ON community.posts
    FOR EACH ROW WHEN (NEW.number = 1) EXECUTE FUNCTION community.keep_title()
    """,
    """
    CREATE TRIGGER keep_title_moved BEFORE UPDATE OF topic_id, number ON community.posts
    FOR EACH ROW WHEN (NEW.number = 1 OR OLD.number = 1) EXECUTE FUNCTION community.keep_title()
    """,
    """
    CREATE FUNCTION community.pass_title_on() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE community.posts p SET title = NEW.title
      WHERE p.tenant_id = NEW.tenant_id AND p.topic_id = NEW.id AND p.number = 1;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER pass_title_on AFTER UPDATE OF title ON community.topics
    FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title) EXECUTE FUNCTION community.pass_title_on()
    """,
    """
    UPDATE community.posts p SET title = t.title FROM community.topics t
    WHERE t.tenant_id = p.tenant_id AND t.id = p.topic_id AND p.number = 1 AND t.title <> ''
    """,
)


def upgrade() -> None:
    """Adds the column, what keeps it, the indexes and their functions."""
    op.execute("ALTER TABLE community.posts ADD COLUMN title text NOT NULL DEFAULT ''")
    for statement in _KEPT:
        op.execute(statement)
    create_search(op, "community", OPENINGS, service="community")
    create_search_index(op, "community", TITLES)
    op.execute("CREATE INDEX posts_openings ON community.posts (tenant_id, topic_id) WHERE number = 1 AND state = 1")
    create_likeness(op, "community", TITLES, service="community")
