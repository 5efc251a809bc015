"""seats

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Seats; HMIS passwords that were made; data quality sign-offs; contracts and the calendar of reports."""
    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("party", sa.String(length=300), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_why", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_contract_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_contract_coc_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_contract_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_contract_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("once", name=op.f("uq_contract_once")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_coc_id_kind_id"), ["coc_id", "kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "report_date",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_report_date_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_report_date_coc_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_report_date_done_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_report_date_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_report_date_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_date")),
        sa.UniqueConstraint("once", name=op.f("uq_report_date_once")),
    )
    with op.batch_alter_table("report_date", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_date_coc_id_due_on_id"), ["coc_id", "due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_date_lead_id_due_on_id"), ["lead_id", "due_on", "id"], unique=False)
        batch_op.create_index(
            "ix_report_date_open",
            ["lead_id", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("done_at is null"),
        )

    op.create_table(
        "seat_type",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("is_add_on", sa.Boolean(), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_seat_type_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_seat_type_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_type")),
        sa.UniqueConstraint("coc_id", "name", name=op.f("uq_seat_type_coc_id_name")),
        sa.UniqueConstraint("once", name=op.f("uq_seat_type_once")),
    )
    with op.batch_alter_table("seat_type", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_type_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "data_sign_off",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_data_sign_off_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_data_sign_off_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_data_sign_off_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_data_sign_off_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_sign_off")),
        sa.UniqueConstraint("agency_id", "period", name=op.f("uq_data_sign_off_agency_id_period")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_seat_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_seat_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_seat_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_person_id")),
        sa.ForeignKeyConstraint(["type_id"], ["seat_type.id"], name=op.f("fk_seat_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index("ix_seat_agency", ["agency_id", "type_id", "id"], unique=False)
        batch_op.create_index("ix_seat_freed", ["type_id", "freed_at"], unique=False)
        batch_op.create_index(
            "ix_seat_open", ["type_id", "id"], unique=False, postgresql_where=sa.text("freed_at is null")
        )
        batch_op.create_index(batch_op.f("ix_seat_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_seat_taken", ["type_id", "taken_at"], unique=False)
        batch_op.create_index("ix_seat_type", ["type_id", "id"], unique=False)
        batch_op.create_index(
            "uq_seat_person", ["type_id", "person_id"], unique=True, postgresql_where=sa.text("freed_at is null")
        )
        batch_op.create_index(
            "uq_seat_request", ["type_id", "request_id"], unique=True, postgresql_where=sa.text("freed_at is null")
        )

    op.create_table(
        "seat_allocation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_seat_allocation_agency_id")),
        sa.ForeignKeyConstraint(["type_id"], ["seat_type.id"], name=op.f("fk_seat_allocation_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_allocation")),
        sa.UniqueConstraint("type_id", "agency_id", name=op.f("uq_seat_allocation_type_id_agency_id")),
    )
    op.create_table(
        "seat_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["arrived_by_id"], ["person.id"], name=op.f("fk_seat_order_arrived_by_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_seat_order_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_seat_order_lead_id")),
        sa.ForeignKeyConstraint(["type_id"], ["seat_type.id"], name=op.f("fk_seat_order_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_order")),
        sa.UniqueConstraint("once", name=op.f("uq_seat_order_once")),
    )
    with op.batch_alter_table("seat_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_order_type_id_id"), ["type_id", "id"], unique=False)

    op.create_table(
        "hmis_credential",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.String(length=300), nullable=False),
        sa.Column(
            "name_by",
            sa.Enum("mail", "phone", "text", "in-person", "letter", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "secret_by",
            sa.Enum("mail", "phone", "text", "in-person", "letter", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_hmis_credential_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_hmis_credential_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_hmis_credential_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_hmis_credential_license_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_hmis_credential_made_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hmis_credential_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hmis_credential")),
        sa.UniqueConstraint("once", name=op.f("uq_hmis_credential_once")),
    )
    with op.batch_alter_table("hmis_credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hmis_credential_license_id_id"), ["license_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hmis_credential_person_id_id"), ["person_id", "id"], unique=False)
