"""accounts

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """HMIS accounts against the licenses, reviews of users, imports, and what is sent to a vendor that speaks SCIM."""
    op.create_table(
        "access_review_plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_access_review_plan_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_access_review_plan_ended_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_access_review_plan_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_plan")),
    )
    with op.batch_alter_table("access_review_plan", schema=None) as batch_op:
        batch_op.create_index(
            "uq_access_review_plan_running", ["lead_id"], unique=True, postgresql_where=sa.text("ended_at is null")
        )

    op.create_table(
        "account_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "vendor",
            sa.Enum("wellsky", "clarity", "eto", "other", name="vendor", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_account_columns_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_account_columns_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_columns")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_account_columns_lead_id")),
    )
    op.create_table(
        "import_chunk",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("agencies", "people", "licenses", "training", name="kind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=80), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_import_chunk_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_chunk")),
        sa.UniqueConstraint(
            "lead_id", "kind", "sha256", "number", name=op.f("uq_import_chunk_lead_id_kind_sha256_number")
        ),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=80), nullable=False),
        sa.Column(
            "vendor",
            sa.Enum("wellsky", "clarity", "eto", "other", name="vendor", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("preview", "committed", "discarded", name="importstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_reconciliation_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_reconciliation_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_reconciliation_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
        sa.UniqueConstraint("once", name=op.f("uq_reconciliation_once")),
    )
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliation_file", ["lead_id", "sha256"], unique=False)
        batch_op.create_index("ix_reconciliation_lead", ["lead_id", "id"], unique=False)

    op.create_table(
        "access_review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "late", "done", name="reviewstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_access_review_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_access_review_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_access_review_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
        sa.UniqueConstraint("agency_id", "period", name=op.f("uq_access_review_agency_id_period")),
    )
    with op.batch_alter_table("access_review", schema=None) as batch_op:
        batch_op.create_index("ix_access_review_agency", ["agency_id", "state", "id"], unique=False)
        batch_op.create_index("ix_access_review_coc", ["coc_id", "state", "id"], unique=False)
        batch_op.create_index("ix_access_review_lead", ["lead_id", "state", "id"], unique=False)

    op.create_table(
        "access_review_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=300), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("stays", "level", "not-needed", "left", name="answer", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departure_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_access_review_line_by_id")),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure_notice.id"], name=op.f("fk_access_review_line_departure_id")
        ),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_access_review_line_license_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_review_line_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["access_review.id"], name=op.f("fk_access_review_line_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_line")),
        sa.UniqueConstraint("review_id", "license_id", name=op.f("uq_access_review_line_review_id_license_id")),
    )
    with op.batch_alter_table("access_review_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_review_line_license_id"), ["license_id"], unique=False)
        batch_op.create_index(
            "ix_access_review_line_open", ["review_id", "id"], unique=False, postgresql_where=sa.text("answer is null")
        )

    op.create_table(
        "account_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum("pending", "sending", "sent", "dead", "overtaken", name="sendstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_account_change_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_account_change_license_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_change")),
    )
    with op.batch_alter_table("account_change", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_change_due", ["next_at", "id"], unique=False, postgresql_where=sa.text("state = 'pending'")
        )
        batch_op.create_index("ix_account_change_lead", ["lead_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_change_license_id"), ["license_id"], unique=False)
        batch_op.create_index(
            "uq_account_change_pending", ["license_id"], unique=True, postgresql_where=sa.text("state = 'pending'")
        )
        batch_op.create_index(
            "uq_account_change_sending", ["license_id"], unique=True, postgresql_where=sa.text("state = 'sending'")
        )

    op.create_table(
        "account_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("license_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "revoked-alive",
                "unlicensed",
                "unknown-person",
                "level-mismatch",
                "duplicate",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("account", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("agency_said", sa.String(length=300), nullable=False),
        sa.Column("said_level", sa.String(length=80), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_in", sa.BigInteger(), nullable=False),
        sa.Column("seen_in", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "settled", "gone", name="findingstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_account_finding_agency_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_account_finding_closed_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_account_finding_coc_id")),
        sa.ForeignKeyConstraint(["found_in"], ["reconciliation.id"], name=op.f("fk_account_finding_found_in")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_account_finding_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_account_finding_license_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_finding_person_id")),
        sa.ForeignKeyConstraint(["seen_in"], ["reconciliation.id"], name=op.f("fk_account_finding_seen_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_finding")),
    )
    with op.batch_alter_table("account_finding", schema=None) as batch_op:
        batch_op.create_index("ix_account_finding_agency", ["agency_id", "state", "id"], unique=False)
        batch_op.create_index("ix_account_finding_coc", ["coc_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_finding_found_in"), ["found_in"], unique=False)
        batch_op.create_index("ix_account_finding_kind", ["lead_id", "kind", "state", "id"], unique=False)
        batch_op.create_index("ix_account_finding_lead", ["lead_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_finding_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_account_finding_open", ["lead_id", "key"], unique=True, postgresql_where=sa.text("state = 'open'")
        )

    op.create_table(
        "hmis_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reconciliation_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("account", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("agency", sa.String(length=300), nullable=False),
        sa.Column("level", sa.String(length=80), nullable=False),
        sa.Column("said_level", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("license_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_hmis_account_agency_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_hmis_account_license_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hmis_account_person_id")),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliation.id"], name=op.f("fk_hmis_account_reconciliation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hmis_account")),
        sa.UniqueConstraint("reconciliation_id", "line", name=op.f("uq_hmis_account_reconciliation_id_line")),
    )
    with op.batch_alter_table("hmis_account", schema=None) as batch_op:
        batch_op.create_index("ix_hmis_account_email", ["reconciliation_id", "email"], unique=False)
        batch_op.create_index("ix_hmis_account_license", ["reconciliation_id", "license_id"], unique=False)
        batch_op.create_index("ix_hmis_account_person", ["reconciliation_id", "person_id"], unique=False)

    op.create_table(
        "vendor_account",
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_vendor_account_license_id")),
        sa.PrimaryKeyConstraint("license_id", name=op.f("pk_vendor_account")),
    )


def downgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_table("vendor_account")
    with op.batch_alter_table("hmis_account", schema=None) as batch_op:
        batch_op.drop_index("ix_hmis_account_person")
        batch_op.drop_index("ix_hmis_account_license")
        batch_op.drop_index("ix_hmis_account_email")

    op.drop_table("hmis_account")
    with op.batch_alter_table("account_finding", schema=None) as batch_op:
        batch_op.drop_index("uq_account_finding_open", postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index(batch_op.f("ix_account_finding_person_id"))
        batch_op.drop_index("ix_account_finding_lead")
        batch_op.drop_index("ix_account_finding_kind")
        batch_op.drop_index(batch_op.f("ix_account_finding_found_in"))
        batch_op.drop_index("ix_account_finding_coc")
        batch_op.drop_index("ix_account_finding_agency")

    op.drop_table("account_finding")
    with op.batch_alter_table("account_change", schema=None) as batch_op:
        batch_op.drop_index("uq_account_change_sending", postgresql_where=sa.text("state = 'sending'"))
        batch_op.drop_index("uq_account_change_pending", postgresql_where=sa.text("state = 'pending'"))
        batch_op.drop_index(batch_op.f("ix_account_change_license_id"))
        batch_op.drop_index("ix_account_change_lead")
        batch_op.drop_index("ix_account_change_due", postgresql_where=sa.text("state = 'pending'"))

    op.drop_table("account_change")
    with op.batch_alter_table("access_review_line", schema=None) as batch_op:
        batch_op.drop_index("ix_access_review_line_open", postgresql_where=sa.text("answer is null"))
        batch_op.drop_index(batch_op.f("ix_access_review_line_license_id"))

    op.drop_table("access_review_line")
    with op.batch_alter_table("access_review", schema=None) as batch_op:
        batch_op.drop_index("ix_access_review_lead")
        batch_op.drop_index("ix_access_review_coc")
        batch_op.drop_index("ix_access_review_agency")

    op.drop_table("access_review")
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.drop_index("ix_reconciliation_lead")
        batch_op.drop_index("ix_reconciliation_file")

    op.drop_table("reconciliation")
    op.drop_table("import_chunk")
    op.drop_table("account_columns")
    with op.batch_alter_table("access_review_plan", schema=None) as batch_op:
        batch_op.drop_index("uq_access_review_plan_running", postgresql_where=sa.text("ended_at is null"))

    op.drop_table("access_review_plan")
