"""routing

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("cover_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cover_id"], ["person.id"], name=op.f("fk_backup_cover_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_backup_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_backup_person_id")),
        sa.PrimaryKeyConstraint("lead_id", "person_id", name=op.f("pk_backup")),
    )
    now = {"postgresql_where": sa.text("ended_at is null")}
    op.create_index("uq_agency_assignment_now", "agency_assignment", ["agency_id"], unique=True, **now)
    op.create_index("ix_agency_assignment_person_now", "agency_assignment", ["person_id"], unique=False, **now)
