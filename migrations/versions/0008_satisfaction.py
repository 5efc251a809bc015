"""satisfaction

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "satisfaction_practice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("ask_days", sa.BigInteger(), nullable=False),
        sa.Column("answer_days", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_satisfaction_practice_lead_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_satisfaction_practice_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction_practice")),
        sa.UniqueConstraint("once", name=op.f("uq_satisfaction_practice_once")),
    )
    op.create_index("ix_satisfaction_practice_lead", "satisfaction_practice", ["lead_id", "set_at", "id"], unique=False)
    op.create_table(
        "satisfaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unasked", sa.String(length=40), nullable=True),
        sa.Column("mark", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_look", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_satisfaction_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_satisfaction_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_satisfaction_lead_id")),
        sa.ForeignKeyConstraint(["looked_by_id"], ["person.id"], name=op.f("fk_satisfaction_looked_by_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["person.id"], name=op.f("fk_satisfaction_staff_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_satisfaction_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction")),
        sa.UniqueConstraint("ticket_id", "closing", name=op.f("uq_satisfaction_ticket_id_closing")),
    )
    op.create_index(
        "ix_satisfaction_coc_said",
        "satisfaction",
        ["coc_id", "said_at", "id"],
        unique=False,
        postgresql_where=sa.text("mark is not null"),
    )
    op.create_index("ix_satisfaction_lead", "satisfaction", ["lead_id", "closed_at", "id"], unique=False)
    op.create_index(
        "ix_satisfaction_lead_look",
        "satisfaction",
        ["lead_id", "said_at", "id"],
        unique=False,
        postgresql_where=sa.text("needs_look"),
    )
    op.create_index(
        "ix_satisfaction_lead_mark",
        "satisfaction",
        ["lead_id", "mark", "said_at", "id"],
        unique=False,
        postgresql_where=sa.text("mark is not null"),
    )
    op.create_index(
        "ix_satisfaction_lead_said",
        "satisfaction",
        ["lead_id", "said_at", "id"],
        unique=False,
        postgresql_where=sa.text("mark is not null"),
    )
    op.create_index("ix_satisfaction_who", "satisfaction", ["who", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_table("satisfaction")
    op.drop_table("satisfaction_practice")
