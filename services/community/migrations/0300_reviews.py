"""Creates where cases wait for the platform's reviewers: which case of whom, and nothing that anybody said.

It only adds, so that the previous release goes on beside it.
"""

from alembic import op

from kernel.storage.schema import share

revision = "0300"
down_revision = "0200"


def upgrade() -> None:
    """Creates the table, which belongs to no tenant: its readers stand above them."""
    op.execute(
        """
        CREATE TABLE community.reviews (
            id uuid PRIMARY KEY,
            of_tenant uuid NOT NULL,
            case_id uuid NOT NULL,
            reason integer NOT NULL,
            create_time timestamptz NOT NULL,
            UNIQUE (of_tenant, case_id)
        )
        """
    )
    share(op, "community", "reviews", service="community", grants="SELECT, INSERT, DELETE")
