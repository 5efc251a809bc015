"""matters

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "breach_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_breach_report_agency_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_breach_report_closed_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_breach_report_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_breach_report_lead_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_breach_report_recorded_by_id")),
        sa.ForeignKeyConstraint(["reported_by_id"], ["person.id"], name=op.f("fk_breach_report_reported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_report")),
        sa.UniqueConstraint("once", name=op.f("uq_breach_report_once")),
    )
    op.create_index(op.f("ix_breach_report_agency_id_id"), "breach_report", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_breach_report_coc_id_id"), "breach_report", ["coc_id", "id"], unique=False)
    op.create_index(op.f("ix_breach_report_lead_id_id"), "breach_report", ["lead_id", "id"], unique=False)
    op.create_table(
        "complaint",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("violation", "privacy", name="kind", native_enum=False, length=40), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("is_about_lead", sa.Boolean(), nullable=False),
        sa.Column("when_said", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "channel", sa.Enum("form", "api", "public", name="channel", native_enum=False, length=40), nullable=False
        ),
        sa.Column("complainant_id", sa.BigInteger(), nullable=True),
        sa.Column("complainant_address", sa.String(length=300), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "answered", name="complaintstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column(
            "step",
            sa.Enum(
                "hmis-lead",
                "leadership",
                "coc",
                "data-committee",
                "agency",
                "agency-administrator",
                "system-administrators",
                "advisory-committee",
                name="step",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seen_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acted_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_complaint_agency_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_complaint_answered_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_complaint_coc_id")),
        sa.ForeignKeyConstraint(["complainant_id"], ["person.id"], name=op.f("fk_complaint_complainant_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_complaint_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("once", name=op.f("uq_complaint_once")),
    )
    op.create_index(op.f("ix_complaint_agency_id_id"), "complaint", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_complaint_coc_id_id"), "complaint", ["coc_id", "id"], unique=False)
    op.create_index(op.f("ix_complaint_complainant_id_id"), "complaint", ["complainant_id", "id"], unique=False)
    op.create_index(op.f("ix_complaint_lead_id_id"), "complaint", ["lead_id", "id"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "noted",
                "forwarded",
                "with-manager",
                "impasse",
                "with-director",
                "settled",
                "decided",
                name="conflictstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_up_by_id", sa.BigInteger(), nullable=True),
        sa.Column("impasse_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("impasse_side", sa.Enum("agency", "lead", name="side", native_enum=False, length=40), nullable=True),
        sa.Column("committee_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committee_told_how", sa.String(length=300), nullable=False),
        sa.Column("with_director_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("agency_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agency_signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("lead_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_conflict_agency_id")),
        sa.ForeignKeyConstraint(["agency_signed_by_id"], ["person.id"], name=op.f("fk_conflict_agency_signed_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_conflict_coc_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_conflict_decided_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_conflict_lead_id")),
        sa.ForeignKeyConstraint(["lead_signed_by_id"], ["person.id"], name=op.f("fk_conflict_lead_signed_by_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_conflict_opened_by_id")),
        sa.ForeignKeyConstraint(["taken_up_by_id"], ["person.id"], name=op.f("fk_conflict_taken_up_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("once", name=op.f("uq_conflict_once")),
    )
    op.create_index(op.f("ix_conflict_agency_id_id"), "conflict", ["agency_id", "id"], unique=False)
    op.create_index(op.f("ix_conflict_coc_id_id"), "conflict", ["coc_id", "id"], unique=False)
    op.create_index(op.f("ix_conflict_lead_id_id"), "conflict", ["lead_id", "id"], unique=False)
    op.create_table(
        "participation_letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column(
            "standing",
            sa.Enum("current-participant", "onboarding", name="standing", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_participation_letter_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_participation_letter_coc_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_participation_letter_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_participation_letter_lead_id")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["person.id"], name=op.f("fk_participation_letter_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_participation_letter_number")),
        sa.UniqueConstraint("once", name=op.f("uq_participation_letter_once")),
    )
    op.create_index(
        op.f("ix_participation_letter_agency_id_id"), "participation_letter", ["agency_id", "id"], unique=False
    )
    op.create_index(op.f("ix_participation_letter_coc_id_id"), "participation_letter", ["coc_id", "id"], unique=False)
    op.create_index(op.f("ix_participation_letter_lead_id_id"), "participation_letter", ["lead_id", "id"], unique=False)
    op.create_table(
        "policy_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "listed",
                "voting",
                "approved",
                "rejected",
                "adopted",
                "refused",
                "forwarded",
                name="changestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("put_to_vote_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("board_note", sa.String(length=300), nullable=False),
        sa.Column("board_recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_policy_change_agency_id")),
        sa.ForeignKeyConstraint(
            ["board_recorded_by_id"], ["person.id"], name=op.f("fk_policy_change_board_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_policy_change_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_policy_change_lead_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_policy_change_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_change")),
        sa.UniqueConstraint("once", name=op.f("uq_policy_change_once")),
    )
    op.create_index(op.f("ix_policy_change_coc_id_id"), "policy_change", ["coc_id", "id"], unique=False)
    op.create_index(op.f("ix_policy_change_lead_id_id"), "policy_change", ["lead_id", "id"], unique=False)
    op.create_table(
        "complaint_stay",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "hmis-lead",
                "leadership",
                "coc",
                "data-committee",
                "agency",
                "agency-administrator",
                "system-administrators",
                "advisory-committee",
                name="step",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("because", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("passed_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_stay_complaint_id")),
        sa.ForeignKeyConstraint(["passed_by_id"], ["person.id"], name=op.f("fk_complaint_stay_passed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_stay")),
    )
    op.create_index(op.f("ix_complaint_stay_complaint_id"), "complaint_stay", ["complaint_id"], unique=False)
    op.create_table(
        "complaint_subject",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_subject_complaint_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_complaint_subject_person_id")),
        sa.PrimaryKeyConstraint("complaint_id", "person_id", name=op.f("pk_complaint_subject")),
    )
    op.create_index("ix_complaint_subject_person_id", "complaint_subject", ["person_id"], unique=False)
    op.create_table(
        "conflict_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conflict_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Enum("agency", "lead", name="side", native_enum=False, length=40), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["conflict_id"], ["conflict.id"], name=op.f("fk_conflict_statement_conflict_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_statement_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_statement")),
        sa.UniqueConstraint("once", name=op.f("uq_conflict_statement_once")),
    )
    op.create_index(op.f("ix_conflict_statement_conflict_id"), "conflict_statement", ["conflict_id"], unique=False)
    op.create_table(
        "policy_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["person.id"], name=op.f("fk_policy_delivery_acknowledged_by_id")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_policy_delivery_agency_id")),
        sa.ForeignKeyConstraint(["change_id"], ["policy_change.id"], name=op.f("fk_policy_delivery_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_delivery")),
        sa.UniqueConstraint("change_id", "agency_id", name=op.f("uq_policy_delivery_change_id_agency_id")),
    )
    op.create_index(op.f("ix_policy_delivery_agency_id"), "policy_delivery", ["agency_id"], unique=False)
    op.create_table(
        "policy_vote",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "choice", sa.Enum("for", "against", "abstain", name="choice", native_enum=False, length=40), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["policy_change.id"], name=op.f("fk_policy_vote_change_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_policy_vote_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_vote")),
        sa.UniqueConstraint("change_id", "person_id", name=op.f("uq_policy_vote_change_id_person_id")),
    )


def downgrade() -> None:
    op.drop_table("policy_vote")
    op.drop_table("policy_delivery")
    op.drop_table("conflict_statement")
    op.drop_table("complaint_subject")
    op.drop_table("complaint_stay")
    op.drop_table("policy_change")
    op.drop_table("participation_letter")
    op.drop_table("conflict")
    op.drop_table("complaint")
    op.drop_table("breach_report")
