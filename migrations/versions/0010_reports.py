"""reports

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_evaluation_file_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_evaluation_issued_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_evaluation_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("once", name=op.f("uq_evaluation_once")),
    )
    op.create_index("ix_evaluation_lead", "evaluation", ["lead_id", "id"], unique=False)
    op.create_index(
        "uq_evaluation_planned", "evaluation", ["lead_id"], unique=True, postgresql_where=sa.text("state = 'planned'")
    )
    op.create_table(
        "staff_share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("hundredths", sa.SmallInteger(), nullable=False),
        sa.Column("backup_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["backup_id"], ["person.id"], name=op.f("fk_staff_share_backup_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_staff_share_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_staff_share_person_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_staff_share_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_share")),
    )
    op.create_index("ix_staff_share_lead", "staff_share", ["lead_id", "person_id", "since", "id"], unique=False)
    op.create_table(
        "theme",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("recent", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_theme_lead_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["theme.id"], name=op.f("fk_theme_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    op.create_index("ix_theme_lead", "theme", ["lead_id", "found_at", "id"], unique=False)
    op.create_index("ix_theme_merged", "theme", ["merged_into_id"], unique=False)
    op.create_index(
        "uq_theme_rising", "theme", ["lead_id", "sort", "key"], unique=True, postgresql_where=sa.text("over_at is null")
    )
    op.create_table(
        "theme_review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_theme_review_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_theme_review_lead_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_review_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_review")),
        sa.UniqueConstraint("once", name=op.f("uq_theme_review_once")),
    )
    op.create_index("ix_theme_review_lead", "theme_review", ["lead_id", "at", "id"], unique=False)
    op.create_index("ix_theme_review_theme", "theme_review", ["theme_id"], unique=False)
    op.create_table(
        "training_proposal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_training_proposal_lead_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_training_proposal_proposed_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_training_proposal_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_proposal")),
        sa.UniqueConstraint("theme_id", name=op.f("uq_training_proposal_theme_id")),
    )
    op.create_index("ix_training_proposal_lead", "training_proposal", ["lead_id", "id"], unique=False)
    op.create_table(
        "ticket_spell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("elapsed_s", sa.BigInteger(), nullable=True),
        sa.Column("open_s", sa.BigInteger(), nullable=True),
        sa.Column("ended_tier", sa.String(length=40), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer_elapsed_s", sa.BigInteger(), nullable=True),
        sa.Column("answer_open_s", sa.BigInteger(), nullable=True),
        sa.Column("answered_tier", sa.String(length=40), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_spell_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_spell")),
        sa.UniqueConstraint("ticket_id", "number", name=op.f("uq_ticket_spell_ticket_id_number")),
    )
    op.create_index("ix_ticket_spell_agency", "ticket_spell", ["agency_id", "began_on"], unique=False)
    op.create_index(
        "ix_ticket_spell_answered",
        "ticket_spell",
        ["lead_id", "answered_on"],
        unique=False,
        postgresql_where=sa.text("answered_on is not null"),
    )
    op.create_index("ix_ticket_spell_began", "ticket_spell", ["lead_id", "began_on"], unique=False)
    op.create_index(
        "ix_ticket_spell_ended",
        "ticket_spell",
        ["lead_id", "ended_on"],
        unique=False,
        postgresql_where=sa.text("ended_on is not null"),
    )
    op.create_index(
        "ix_ticket_spell_open",
        "ticket_spell",
        ["lead_id", "began_at"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_ticket_agency_opened", "ticket", ["agency_id", "opened_at", "id"], unique=False)
    op.create_index("ix_ticket_category_opened", "ticket", ["lead_id", "category", "opened_at", "id"], unique=False)
