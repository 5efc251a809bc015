"""recertification

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Cycles of training that are owed, and licenses that are suspended for a reason."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "cycle",
            sa.Enum(
                "recertification",
                "agreement-renewal",
                "security-training",
                "security-certification",
                "general-training",
                "reporting-training",
                "refresher-training",
                "license-billing",
                "user-meeting",
                "committee-meeting",
                "satisfaction-survey",
                "help-desk-evaluation",
                "plan-progress-report",
                "security-checklist",
                "security-checklist-copy",
                "security-visit",
                "monitoring",
                "data-quality-monitoring",
                "data-quality-report",
                "data-quality-sign-off",
                "document-review",
                name="cyclename",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "audience",
            sa.Enum("holders", "reporting", "staff", name="audience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("pace", sa.Enum("fixed", "rolling", name="pace", native_enum=False, length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("every", sa.String(length=80), nullable=False),
        sa.Column("every_months", sa.BigInteger(), nullable=False),
        sa.Column("every_days", sa.BigInteger(), nullable=False),
        sa.Column("day_ends", sa.Time(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=True),
        sa.Column("grace_on", sa.Date(), nullable=True),
        sa.Column("joins", sa.Boolean(), nullable=False),
        sa.Column("december", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("citation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum("planned", "open", "over", name="campaignstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("started_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_campaign_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_campaign_lead_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_campaign_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("once", name=op.f("uq_campaign_once")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_coc", ["coc_id", "id"], unique=False)
        batch_op.create_index(
            "uq_campaign_round",
            ["lead_id", "coc_id", "cycle", "audience", "period_from"],
            unique=True,
            postgresql_nulls_not_distinct=True,
        )

    op.create_table(
        "obligation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.String(length=80), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum("owed", "met", "lapsed", "exempt", "ended", name="owes", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exempt_by_id", sa.BigInteger(), nullable=True),
        sa.Column("exempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exempt_reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_obligation_agency_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_obligation_campaign_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_obligation_coc_id")),
        sa.ForeignKeyConstraint(["exempt_by_id"], ["person.id"], name=op.f("fk_obligation_exempt_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_obligation_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_obligation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
    )
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.create_index("ix_obligation_agency", ["agency_id", "state", "due_at", "id"], unique=False)
        batch_op.create_index("ix_obligation_campaign", ["campaign_id", "state", "due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_obligation_coc_open",
            ["coc_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state in ('owed', 'lapsed')"),
        )
        batch_op.create_index(
            "ix_obligation_due", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'owed'")
        )
        batch_op.create_index(
            "ix_obligation_lead_open",
            ["lead_id", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state in ('owed', 'lapsed')"),
        )
        batch_op.create_index("ix_obligation_person", ["person_id", "state", "due_at"], unique=False)
        batch_op.create_index(
            "ix_obligation_remind", ["remind_at", "id"], unique=False, postgresql_where=sa.text("state = 'owed'")
        )
        batch_op.create_index(
            "uq_obligation_round",
            ["campaign_id", "person_id", "agency_id", "credit", "number"],
            unique=True,
            postgresql_nulls_not_distinct=True,
        )

    op.create_table(
        "license_hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("training", name="holdkind", native_enum=False, length=40), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_license_hold_license_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_hold")),
    )
    with op.batch_alter_table("license_hold", schema=None) as batch_op:
        batch_op.create_index(
            "uq_license_hold_open",
            ["license_id", "kind", "source"],
            unique=True,
            postgresql_where=sa.text("lifted_at is null"),
        )

    with op.batch_alter_table("license", schema=None) as batch_op:
        batch_op.add_column(sa.Column("has_reporting", sa.Boolean(), nullable=False, server_default="false"))
        batch_op.alter_column("has_reporting", server_default=None)
