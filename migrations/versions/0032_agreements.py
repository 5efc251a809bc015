"""agreements

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Documents with their versions, and who signed which."""
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "agency-agreement",
                "user-agreement",
                "code-of-ethics",
                "policies-read",
                "agency-agreement-read",
                "confidentiality",
                "coordinated-services",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_document_coc_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_document_created_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_document_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("once", name=op.f("uq_document_once")),
    )
    op.create_index("ix_document_lead", "document", ["lead_id", "kind", "id"], unique=False)
    op.create_index(
        "uq_document_source",
        "document",
        ["lead_id", "coc_id", "source"],
        unique=True,
        postgresql_where=sa.text("source <> ''"),
        postgresql_nulls_not_distinct=True,
    )

    op.create_table(
        "document_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("clauses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("covers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=80), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("resigns", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_version_document_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_document_version_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_version")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_version_document_id_number")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("other_agency_id", sa.BigInteger(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "agency-agreement",
                "user-agreement",
                "code-of-ethics",
                "policies-read",
                "agency-agreement-read",
                "confidentiality",
                "coordinated-services",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "signed",
                "countersigned",
                "expired",
                "revoked",
                "superseded",
                "withdrawn",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signer_id", sa.BigInteger(), nullable=True),
        sa.Column("signer_name", sa.String(length=300), nullable=False),
        sa.Column("signer_address", sa.String(length=80), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=80), nullable=False),
        sa.Column("countersigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("countersigner_id", sa.BigInteger(), nullable=True),
        sa.Column("countersigner_name", sa.String(length=300), nullable=False),
        sa.Column("countersigner_address", sa.String(length=80), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_by_id", sa.BigInteger(), nullable=True),
        sa.Column("over_reason", sa.Text(), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agreement_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_agreement_coc_id")),
        sa.ForeignKeyConstraint(["countersigner_id"], ["person.id"], name=op.f("fk_agreement_countersigner_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_agreement_document_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_agreement_lead_id")),
        sa.ForeignKeyConstraint(["other_agency_id"], ["agency.id"], name=op.f("fk_agreement_other_agency_id")),
        sa.ForeignKeyConstraint(["over_by_id"], ["person.id"], name=op.f("fk_agreement_over_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_agreement_person_id")),
        sa.ForeignKeyConstraint(["signer_id"], ["person.id"], name=op.f("fk_agreement_signer_id")),
        sa.ForeignKeyConstraint(["version_id"], ["document_version.id"], name=op.f("fk_agreement_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index("ix_agreement_agency", "agreement", ["agency_id", "state", "id"], unique=False)
    op.create_index("ix_agreement_coc", "agreement", ["coc_id", "state", "id"], unique=False)
    op.create_index("ix_agreement_document", "agreement", ["document_id", "state", "id"], unique=False)
    op.create_index("ix_agreement_lead", "agreement", ["lead_id", "state", "id"], unique=False)
    op.create_index(
        "ix_agreement_other",
        "agreement",
        ["other_agency_id", "id"],
        unique=False,
        postgresql_where=sa.text("other_agency_id is not null"),
    )
    op.create_index(
        "ix_agreement_person",
        "agreement",
        ["person_id", "id"],
        unique=False,
        postgresql_where=sa.text("person_id is not null"),
    )
    op.create_index(
        "ix_agreement_untold",
        "agreement",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'sent' and told_at is null"),
    )
    op.create_index(
        "uq_agreement_sent",
        "agreement",
        ["document_id", "agency_id", "person_id", "other_agency_id"],
        unique=True,
        postgresql_where=sa.text("state = 'sent'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_agreement_source", "agreement", ["source"], unique=True, postgresql_where=sa.text("source <> ''")
    )
