"""Creates surveys, their versions, responses, contact details and tallies.

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
    CREATE TABLE survey.surveys (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        state integer NOT NULL,
        title text NOT NULL,
        draft bytea NOT NULL,
        draft_hash text NOT NULL,
        published_hash text NOT NULL,
        targeting bytea NOT NULL,
        version_id uuid,
        version_number integer NOT NULL,
        revision bigint NOT NULL,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE survey.versions (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        survey_id uuid NOT NULL,
        number integer NOT NULL,
        definition bytea NOT NULL,
        content_hash text NOT NULL,
        publish_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, survey_id, number),
        FOREIGN KEY (tenant_id, survey_id) REFERENCES survey.surveys (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE survey.meanings (
        tenant_id uuid NOT NULL,
        survey_id uuid NOT NULL,
        id text NOT NULL,
        counted_as text NOT NULL,
        PRIMARY KEY (tenant_id, survey_id, id),
        FOREIGN KEY (tenant_id, survey_id) REFERENCES survey.surveys (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE survey.responses (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        survey_id uuid NOT NULL,
        version_id uuid NOT NULL,
        invitation_mac bytea NOT NULL,
        visitor_id uuid,
        day timestamptz NOT NULL,
        site_id uuid,
        team_id uuid,
        tags text[] NOT NULL,
        language text NOT NULL,
        channel integer NOT NULL,
        age_band integer NOT NULL,
        wants_follow_up boolean NOT NULL,
        replace_until_time timestamptz,
        is_counted boolean NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, invitation_mac),
        FOREIGN KEY (tenant_id, version_id) REFERENCES survey.versions (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE survey.answers (
        tenant_id uuid NOT NULL,
        response_id uuid NOT NULL,
        question_id text NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (tenant_id, response_id, question_id, value),
        FOREIGN KEY (tenant_id, response_id) REFERENCES survey.responses (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE survey.texts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        response_id uuid NOT NULL,
        survey_id uuid NOT NULL,
        question_id text NOT NULL,
        text text NOT NULL,
        tags text[] NOT NULL,
        day timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, response_id, question_id),
        FOREIGN KEY (tenant_id, response_id) REFERENCES survey.responses (tenant_id, id) ON DELETE CASCADE
    )
    """,
    # An address waits here until its response can no longer be replaced. Then it moves away from it.
    """
    CREATE TABLE survey.waiting_contacts (
        tenant_id uuid NOT NULL,
        response_id uuid NOT NULL,
        email text NOT NULL,
        due_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, response_id),
        FOREIGN KEY (tenant_id, response_id) REFERENCES survey.responses (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE survey.contacts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        survey_id uuid NOT NULL,
        email text NOT NULL,
        week timestamptz NOT NULL,
        response_id uuid,
        visitor_id uuid,
        erase_mac bytea NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
    """
    CREATE TABLE survey.spent (
        tenant_id uuid NOT NULL,
        mac bytea NOT NULL,
        kind integer NOT NULL,
        day timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, mac)
    )
    """,
    """
    CREATE TABLE survey.counters (
        tenant_id uuid NOT NULL,
        survey_id uuid NOT NULL,
        stage integer NOT NULL,
        count bigint NOT NULL,
        sealed_count bigint NOT NULL,
        PRIMARY KEY (tenant_id, survey_id, stage)
    )
    """,
    """
    CREATE TABLE survey.tallies (
        tenant_id uuid NOT NULL,
        survey_id uuid NOT NULL,
        dimension text NOT NULL,
        within text NOT NULL,
        question text NOT NULL,
        value text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, survey_id, dimension, within, question, value)
    )
    """,
    """
    CREATE TABLE survey.batches (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        survey_id uuid NOT NULL,
        size integer NOT NULL,
        seal_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
)
_INDEXES = (
    "CREATE INDEX surveys_offered ON survey.surveys (tenant_id, id) WHERE state = 2",
    "CREATE INDEX responses_survey ON survey.responses (tenant_id, survey_id, id)",
    "CREATE INDEX responses_waiting ON survey.responses (tenant_id, survey_id) WHERE NOT is_counted",
    "CREATE INDEX responses_visitor ON survey.responses (visitor_id, tenant_id) WHERE visitor_id IS NOT NULL",
    "CREATE INDEX responses_day ON survey.responses (tenant_id, day)",
    "CREATE INDEX texts_survey ON survey.texts (tenant_id, survey_id, id)",
    "CREATE INDEX texts_day ON survey.texts (tenant_id, day)",
    "CREATE INDEX contacts_survey ON survey.contacts (tenant_id, survey_id, id)",
    "CREATE INDEX contacts_visitor ON survey.contacts (visitor_id, tenant_id) WHERE visitor_id IS NOT NULL",
    "CREATE INDEX contacts_erase ON survey.contacts (tenant_id, erase_mac)",
    "CREATE INDEX contacts_week ON survey.contacts (tenant_id, week)",
    "CREATE INDEX spent_day ON survey.spent (tenant_id, day)",
    "CREATE INDEX batches_survey ON survey.batches (tenant_id, survey_id, seal_time)",
)
#: What is added and never changed. A purge locks the rows that it takes, for which one column has to be changeable.
_GRANTS = {"versions": "SELECT, INSERT", "batches": "SELECT, INSERT, UPDATE (id), DELETE"}


SEARCHED = Searched(
    table="texts",
    texts=("text",),
    filters={"survey_id": ("uuid", "t.survey_id = p_survey_id")},
    reads={"texts": ("survey_id",)},
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)
    for statement in _TABLES:
        name = statement.split("survey.", 1)[1].split(" ", 1)[0]
        protect(op, "survey", name, service="survey", grants=_GRANTS.get(name, "SELECT, INSERT, UPDATE, DELETE"))
    create_kernel_tables(op, "survey", "survey")
    add_program_readers(op, "survey")
    create_erasure_tables(op, "survey", "survey")
    create_search(op, "survey", SEARCHED, service="survey")
