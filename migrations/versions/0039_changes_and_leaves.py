"""changes of licenses, leaves

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """A license is changed on request, people go on leave, and what comes with it."""

    op.create_table(
        "access_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_access_batch_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_access_batch_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_access_batch_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_access_batch_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_batch")),
        sa.UniqueConstraint("once", name=op.f("uq_access_batch_once")),
    )
    op.create_index("ix_access_batch_agency", "access_batch", ["agency_id", "id"], unique=False)
    op.create_index("ix_access_batch_coc", "access_batch", ["coc_id", "id"], unique=False)
    op.create_index("ix_access_batch_lead", "access_batch", ["lead_id", "id"], unique=False)
    op.create_table(
        "conflict_disclosure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("is_client", sa.Boolean(), nullable=False),
        sa.Column("has_family", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_conflict_disclosure_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_conflict_disclosure_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_conflict_disclosure_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_disclosure_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_disclosure")),
        sa.UniqueConstraint("once", name=op.f("uq_conflict_disclosure_once")),
    )
    op.create_index(
        op.f("ix_conflict_disclosure_agency_id_person_id_id"),
        "conflict_disclosure",
        ["agency_id", "person_id", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_conflict_disclosure_person_id"), "conflict_disclosure", ["person_id"], unique=False)
    op.create_table(
        "license_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=80), nullable=False),
        sa.Column("was_level", sa.String(length=80), nullable=False),
        sa.Column("job_title", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_from_representative", sa.Boolean(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approvals", postgresql.JSONB(), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_license_change_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_license_change_coc_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_license_change_decided_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_license_change_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_license_change_license_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_license_change_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_change")),
        sa.UniqueConstraint("once", name=op.f("uq_license_change_once")),
    )
    op.create_index("ix_license_change_agency", "license_change", ["agency_id", "state", "id"], unique=False)
    op.create_index("ix_license_change_coc", "license_change", ["coc_id", "state", "id"], unique=False)
    op.create_index("ix_license_change_lead", "license_change", ["lead_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_license_change_license_id"), "license_change", ["license_id"], unique=False)
    op.create_index(
        "uq_license_change_open",
        "license_change",
        ["license_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state in ('requested', 'approved')"),
    )
    op.create_table(
        "license_leave",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_why", sa.String(length=300), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_license_leave_agency_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_license_leave_closed_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_license_leave_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_license_leave_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_license_leave_license_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["person.id"], name=op.f("fk_license_leave_told_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_leave")),
        sa.UniqueConstraint("once", name=op.f("uq_license_leave_once")),
    )
    op.create_index("ix_license_leave_agency", "license_leave", ["agency_id", "first_day", "id"], unique=False)
    op.create_index("ix_license_leave_coc", "license_leave", ["coc_id", "first_day", "id"], unique=False)
    op.create_index("ix_license_leave_lead", "license_leave", ["lead_id", "first_day", "id"], unique=False)
    op.create_index(op.f("ix_license_leave_license_id"), "license_leave", ["license_id"], unique=False)
    op.create_index(
        "uq_license_leave_running",
        "license_leave",
        ["license_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "license_change_project",
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["license_change.id"], name=op.f("fk_license_change_project_change_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_license_change_project_project_id")),
        sa.PrimaryKeyConstraint("change_id", "project_id", name=op.f("pk_license_change_project")),
    )
    op.add_column("access_request", sa.Column("kind", sa.String(length=40), nullable=False, server_default="new"))
    op.alter_column("access_request", "kind", server_default=None)
    op.add_column("access_request", sa.Column("former_license_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_access_request_former_license_id"),
        "access_request",
        "license",
        ["former_license_id"],
        ["id"],
        use_alter=True,
    )
    op.add_column("license", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_license_seen",
        "license",
        ["coc_id", "last_seen_at"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
