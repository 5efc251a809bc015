"""flow

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "ticket_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_change_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_change")),
    )
    op.create_index("ix_ticket_change_ticket", "ticket_change", ["ticket_id", "at", "id"], unique=False)
    op.add_column("ticket", sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_ticket_lead_due",
        "ticket",
        ["lead_id", "next_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "service_practice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_service_practice_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_service_practice_lead_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_service_practice_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_practice")),
        sa.UniqueConstraint("once", name=op.f("uq_service_practice_once")),
    )
    op.create_index("ix_service_practice_lead", "service_practice", ["lead_id", "since", "id"], unique=False)
    op.create_index(
        "ix_ticket_holder_open",
        "ticket",
        ["holder_person_id"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "agency_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_assignment_agency_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_agency_assignment_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_agency_assignment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_assignment")),
    )
    op.create_index("ix_agency_assignment_agency", "agency_assignment", ["agency_id", "id"], unique=False)
    op.create_index("ix_agency_assignment_lead", "agency_assignment", ["lead_id", "id"], unique=False)
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("cover_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cover_id"], ["person.id"], name=op.f("fk_absence_cover_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_absence_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_lead", "absence", ["lead_id", "until_on", "id"], unique=False)
    op.create_table(
        "last_given",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_last_given_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_last_given")),
    )
