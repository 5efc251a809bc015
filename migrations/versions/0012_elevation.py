"""elevation

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "elevation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "body",
            sa.Enum("coc-leadership", "data-committee", name="body", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("open", "decided", "withdrawn", name="state", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("elevated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("elevated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_elevation_coc_id")),
        sa.ForeignKeyConstraint(["elevated_by_id"], ["person.id"], name=op.f("fk_elevation_elevated_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_elevation_ended_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_elevation_lead_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_elevation_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elevation")),
        sa.UniqueConstraint("once", name=op.f("uq_elevation_once")),
    )
    op.create_index("ix_elevation_coc", "elevation", ["coc_id", "body", "id"], unique=False)
    op.create_index("ix_elevation_lead", "elevation", ["lead_id", "id"], unique=False)
    op.create_index("ix_elevation_ticket", "elevation", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_elevation_open",
        "elevation",
        ["ticket_id", "body"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "elevation_word",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("elevation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_decision", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["elevation_id"], ["elevation.id"], name=op.f("fk_elevation_word_elevation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_elevation_word_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elevation_word")),
        sa.UniqueConstraint("once", name=op.f("uq_elevation_word_once")),
    )
    op.create_index("ix_elevation_word_elevation", "elevation_word", ["elevation_id", "id"], unique=False)
