"""intake

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

CATEGORIES = (
    "problem",
    "enhancement",
    "how-to",
    "data-correction",
    "duplicate-merge",
    "locked-record",
    "release-gap",
    "access",
    "training",
    "security",
    "other",
)
KINDS = ("text", "number", "date", "choice", "yes-no", "case-number", "client-ids")
STEPS = ("confirmed", "merged", "instructed")


def upgrade() -> None:
    answers = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("ticket", sa.Column("answers", answers, server_default=sa.text("'[]'"), nullable=False))
    op.create_table(
        "custom_field",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Enum(*CATEGORIES, name="category", native_enum=False, length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="fieldkind", native_enum=False, length=40), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hint", sa.String(length=300), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_custom_field_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("lead_id", "category", "key", name=op.f("uq_custom_field_lead_id_category_key")),
    )
    op.create_table(
        "intake_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Enum(*STEPS, name="step", native_enum=False, length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_intake_step_by_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_intake_step_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_step")),
        sa.UniqueConstraint("ticket_id", "step", name=op.f("uq_intake_step_ticket_id_step")),
    )


def downgrade() -> None:
    op.drop_table("intake_step")
    op.drop_table("custom_field")
    op.drop_column("ticket", "answers")
