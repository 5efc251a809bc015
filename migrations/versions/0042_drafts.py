"""when an agency came, drafts of requests

Revision: 0042
Follows: 0041
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """The roster of a past day knows who had come; a request is kept before it is sent."""

    op.add_column("agency", sa.Column("came_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        update agency set came_at = told.at
        from (select subject_id, min(at) as at from audit_event
              where action = 'agency.added' and subject_type = 'agency' group by subject_id) as told
        where agency.id = told.subject_id
        """
    )
    op.create_table(
        "access_draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_access_draft_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_draft_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_draft")),
        sa.UniqueConstraint("person_id", "once", name=op.f("uq_access_draft_person_id_once")),
    )
    op.create_index(op.f("ix_access_draft_agency_id"), "access_draft", ["agency_id"], unique=False)
