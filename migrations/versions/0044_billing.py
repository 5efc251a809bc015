"""billing

Revision: 0044
Follows: 0043
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Fee schedules, invoices and runs of them, payments, the ledger, expenses and budgets."""
    op.create_table(
        "bank_import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_bank_import_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_bank_import_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_import")),
        sa.UniqueConstraint("once", name=op.f("uq_bank_import_once")),
    )
    with op.batch_alter_table("bank_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_import_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.String(length=80), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_number_series_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("lead_id", "series", "year", name=op.f("uq_number_series_lead_id_series_year")),
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("is_income", sa.Boolean(), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("fund", sa.String(length=80), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_budget_line_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_budget_line_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_budget_line_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint(
            "coc_id",
            "first_day",
            "is_income",
            "line",
            "fund",
            name=op.f("uq_budget_line_coc_id_first_day_is_income_line_fund"),
        ),
    )
    with op.batch_alter_table("budget_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_line_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "fee_schedule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column(
            "proration",
            sa.Enum("whole", "days", "months", "quarters", name="proration", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("least_cents", sa.BigInteger(), nullable=False),
        sa.Column("most_cents", sa.BigInteger(), nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fee_schedule_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_fee_schedule_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_fee_schedule_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_schedule")),
        sa.UniqueConstraint("once", name=op.f("uq_fee_schedule_once")),
    )
    with op.batch_alter_table("fee_schedule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_schedule_coc_id_first_day"), ["coc_id", "first_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_fee_schedule_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "agency_figures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("beds", sa.BigInteger(), nullable=True),
        sa.Column("clients", sa.BigInteger(), nullable=True),
        sa.Column("data_quality", sa.BigInteger(), nullable=True),
        sa.Column("budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_figures_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_agency_figures_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_agency_figures_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_agency_figures_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_figures")),
        sa.UniqueConstraint("agency_id", "first_day", name=op.f("uq_agency_figures_agency_id_first_day")),
    )
    with op.batch_alter_table("agency_figures", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agency_figures_coc_id_first_day_agency_id"),
            ["coc_id", "first_day", "agency_id"],
            unique=False,
        )

    op.create_table(
        "expense",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("fund", sa.String(length=80), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_why", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_expense_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_expense_coc_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_expense_contract_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_expense_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
        sa.UniqueConstraint("once", name=op.f("uq_expense_once")),
    )
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_coc_id_on_id"), ["coc_id", "on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_lead_id_on_id"), ["lead_id", "on", "id"], unique=False)

    op.create_table(
        "fee_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "flat-rate",
                "licenses",
                "license-type",
                "add-on",
                "beds",
                "clients",
                "data-quality",
                "budget",
                "projects",
                "trainees",
                name="basis",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=80), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("least_cents", sa.BigInteger(), nullable=True),
        sa.Column("most_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["schedule_id"], ["fee_schedule.id"], name=op.f("fk_fee_item_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_item")),
        sa.UniqueConstraint("schedule_id", "position", name=op.f("uq_fee_item_schedule_id_position")),
    )
    op.create_table(
        "fee_relief",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Enum("waived", "subsidized", name="reliefkind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("funder", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.CheckConstraint("percent between 1 and 100", name=op.f("ck_fee_relief_percent")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_fee_relief_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fee_relief_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_fee_relief_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_fee_relief_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_relief")),
        sa.UniqueConstraint("once", name=op.f("uq_fee_relief_once")),
    )
    with op.batch_alter_table("fee_relief", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_relief_agency_id_first_day"), ["agency_id", "first_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_fee_relief_lead_id_id"), ["lead_id", "id"], unique=False)

    op.create_table(
        "invoice_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("counting", "ready", "issuing", "done", "dropped", name="runstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reached_id", sa.BigInteger(), nullable=False),
        sa.Column("drafts", sa.BigInteger(), nullable=False),
        sa.Column("drafted_cents", sa.BigInteger(), nullable=False),
        sa.Column("lacking", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.String(length=80), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("issued_cents", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_by_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_invoice_run_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_invoice_run_coc_id")),
        sa.ForeignKeyConstraint(["issue_by_id"], ["person.id"], name=op.f("fk_invoice_run_issue_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_invoice_run_lead_id")),
        sa.ForeignKeyConstraint(["schedule_id"], ["fee_schedule.id"], name=op.f("fk_invoice_run_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_run")),
        sa.UniqueConstraint("once", name=op.f("uq_invoice_run_once")),
    )
    with op.batch_alter_table("invoice_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_run_lead_id_id"), ["lead_id", "id"], unique=False)
        batch_op.create_index(
            "ix_invoice_run_working", ["id"], unique=False, postgresql_where=sa.text("state in ('counting', 'issuing')")
        )
        batch_op.create_index(
            "uq_invoice_run_year", ["coc_id", "first_day"], unique=True, postgresql_where=sa.text("state != 'dropped'")
        )

    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("check", "ach", "card", "journal", name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("left_cents", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("series", sa.String(length=80), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reversed_why", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.CheckConstraint("cents > 0 and left_cents between 0 and cents", name=op.f("ck_payment_cents")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_payment_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_payment_coc_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["agency.id"], name=op.f("fk_payment_debtor_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_payment_lead_id")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["person.id"], name=op.f("fk_payment_reversed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "lead_id", "series", "year", "sequence", name=op.f("uq_payment_lead_id_series_year_sequence")
        ),
        sa.UniqueConstraint("once", name=op.f("uq_payment_once")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_debtor_id_id"), ["debtor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_lead_id_id"), ["lead_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_lead_id_reference"), ["lead_id", "reference"], unique=False)
        batch_op.create_index(
            "ix_payment_left", ["debtor_id", "id"], unique=False, postgresql_where=sa.text("left_cents > 0")
        )

    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("credits_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("yearly", "licenses", "service", "credit", name="invoicekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("draft", "issued", "dropped", name="invoicestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("series", sa.String(length=80), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("payer_name", sa.String(length=300), nullable=False),
        sa.Column("payer_address", sa.Text(), nullable=False),
        sa.Column("payer_email", sa.String(length=300), nullable=False),
        sa.Column("purchase_order", sa.String(length=300), nullable=False),
        sa.Column("fund", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("credited_cents", sa.BigInteger(), nullable=False),
        sa.Column("open_cents", sa.BigInteger(), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(state = 'issued') = (sequence is not null)", name=op.f("ck_invoice_numbered")),
        sa.CheckConstraint("kind = 'credit' or (open_cents >= 0 and paid_cents >= 0)", name=op.f("ck_invoice_sides")),
        sa.CheckConstraint("total_cents = paid_cents + credited_cents + open_cents", name=op.f("ck_invoice_sum")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_invoice_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_invoice_by_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_invoice_coc_id")),
        sa.ForeignKeyConstraint(["credits_id"], ["invoice.id"], name=op.f("fk_invoice_credits_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["agency.id"], name=op.f("fk_invoice_debtor_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_invoice_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_invoice_lead_id")),
        sa.ForeignKeyConstraint(["run_id"], ["invoice_run.id"], name=op.f("fk_invoice_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "lead_id", "series", "year", "sequence", name=op.f("uq_invoice_lead_id_series_year_sequence")
        ),
        sa.UniqueConstraint("once", name=op.f("uq_invoice_once")),
        sa.UniqueConstraint("run_id", "debtor_id", "agency_id", name=op.f("uq_invoice_run_id_debtor_id_agency_id")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_agency_id_id"), ["agency_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_coc_id_id"), ["coc_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_credits_id"), ["credits_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_debtor_id_id"), ["debtor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_lead_id_id"), ["lead_id", "id"], unique=False)
        batch_op.create_index(
            "ix_invoice_owed",
            ["lead_id", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'issued' and open_cents > 0"),
        )
        batch_op.create_index(
            "ix_invoice_owed_by",
            ["debtor_id", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'issued' and open_cents > 0"),
        )
        batch_op.create_index(batch_op.f("ix_invoice_run_id_id"), ["run_id", "id"], unique=False)

    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("debtor_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["agency.id"], name=op.f("fk_bank_line_debtor_id")),
        sa.ForeignKeyConstraint(["import_id"], ["bank_import.id"], name=op.f("fk_bank_line_import_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_bank_line_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_line_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("import_id", "position", name=op.f("uq_bank_line_import_id_position")),
    )
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_line_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_line_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "invoice_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("credits_line_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["credits_line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_credits_line_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_line_invoice_id_position")),
    )
    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_line_credits_line_id"), ["credits_line_id"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("invoice", "credit", "payment", "reversal", name="entrykind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.String(length=80), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(cents >= 0) = (kind in ('invoice', 'reversal'))", name=op.f("ck_ledger_entry_side")),
        sa.CheckConstraint("(invoice_id is null) != (payment_id is null)", name=op.f("ck_ledger_entry_source")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_ledger_entry_coc_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["agency.id"], name=op.f("fk_ledger_entry_debtor_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_ledger_entry_invoice_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_ledger_entry_lead_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_ledger_entry_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_coc_id_on_id"), ["coc_id", "on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_debtor_id_on_id"), ["debtor_id", "on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_lead_id_on_id"), ["lead_id", "on", "id"], unique=False)
        batch_op.create_index(
            "uq_ledger_invoice", ["invoice_id"], unique=True, postgresql_where=sa.text("invoice_id is not null")
        )
        batch_op.create_index(
            "uq_ledger_payment", ["payment_id", "kind"], unique=True, postgresql_where=sa.text("payment_id is not null")
        )

    op.create_table(
        "payment_part",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payment_part_cents")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_payment_part_by_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_part_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_part_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_part")),
    )
    with op.batch_alter_table("payment_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_part_invoice_id_id"), ["invoice_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_part_payment_id_id"), ["payment_id", "id"], unique=False)

    op.create_table(
        "respite",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Enum("pause", "extension", name="respitekind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_respite_by_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_respite_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_respite")),
        sa.UniqueConstraint("once", name=op.f("uq_respite_once")),
    )
    with op.batch_alter_table("respite", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_respite_invoice_id_id"), ["invoice_id", "id"], unique=False)

    op.create_table(
        "invoiced_license",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoiced_license_invoice_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_invoiced_license_license_id")),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_line.id"], name=op.f("fk_invoiced_license_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoiced_license")),
        sa.UniqueConstraint("line_id", "license_id", name=op.f("uq_invoiced_license_line_id_license_id")),
    )
    with op.batch_alter_table("invoiced_license", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invoiced_license_license_id_invoice_id"), ["license_id", "invoice_id"], unique=False
        )

    op.create_table(
        "payer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=True),
        sa.Column("paying_agency_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("purchase_order", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_payer_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_payer_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_payer_lead_id")),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name=op.f("fk_payer_license_id")),
        sa.ForeignKeyConstraint(["paying_agency_id"], ["agency.id"], name=op.f("fk_payer_paying_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer")),
        sa.UniqueConstraint("once", name=op.f("uq_payer_once")),
    )
    with op.batch_alter_table("payer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payer_lead_id_id"), ["lead_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payer_paying_agency_id_id"), ["paying_agency_id", "id"], unique=False)
        batch_op.create_index(
            "uq_payer_agency",
            ["agency_id"],
            unique=True,
            postgresql_where=sa.text("ended_at is null and license_id is null"),
        )
        batch_op.create_index(
            "uq_payer_license", ["license_id"], unique=True, postgresql_where=sa.text("ended_at is null")
        )


def downgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    with op.batch_alter_table("payer", schema=None) as batch_op:
        batch_op.drop_index("uq_payer_license", postgresql_where=sa.text("ended_at is null"))
        batch_op.drop_index("uq_payer_agency", postgresql_where=sa.text("ended_at is null and license_id is null"))
        batch_op.drop_index(batch_op.f("ix_payer_paying_agency_id_id"))
        batch_op.drop_index(batch_op.f("ix_payer_lead_id_id"))

    op.drop_table("payer")
    with op.batch_alter_table("invoiced_license", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoiced_license_license_id_invoice_id"))

    op.drop_table("invoiced_license")
    with op.batch_alter_table("respite", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_respite_invoice_id_id"))

    op.drop_table("respite")
    with op.batch_alter_table("payment_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_part_payment_id_id"))
        batch_op.drop_index(batch_op.f("ix_payment_part_invoice_id_id"))

    op.drop_table("payment_part")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index("uq_ledger_payment", postgresql_where=sa.text("payment_id is not null"))
        batch_op.drop_index("uq_ledger_invoice", postgresql_where=sa.text("invoice_id is not null"))
        batch_op.drop_index(batch_op.f("ix_ledger_entry_lead_id_on_id"))
        batch_op.drop_index(batch_op.f("ix_ledger_entry_debtor_id_on_id"))
        batch_op.drop_index(batch_op.f("ix_ledger_entry_coc_id_on_id"))

    op.drop_table("ledger_entry")
    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_line_credits_line_id"))

    op.drop_table("invoice_line")
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_line_payment_id"))
        batch_op.drop_index(batch_op.f("ix_bank_line_digest"))

    op.drop_table("bank_line")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_run_id_id"))
        batch_op.drop_index("ix_invoice_owed_by", postgresql_where=sa.text("state = 'issued' and open_cents > 0"))
        batch_op.drop_index("ix_invoice_owed", postgresql_where=sa.text("state = 'issued' and open_cents > 0"))
        batch_op.drop_index(batch_op.f("ix_invoice_lead_id_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_debtor_id_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_credits_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_coc_id_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_agency_id_id"))

    op.drop_table("invoice")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_left", postgresql_where=sa.text("left_cents > 0"))
        batch_op.drop_index(batch_op.f("ix_payment_lead_id_reference"))
        batch_op.drop_index(batch_op.f("ix_payment_lead_id_id"))
        batch_op.drop_index(batch_op.f("ix_payment_debtor_id_id"))

    op.drop_table("payment")
    with op.batch_alter_table("invoice_run", schema=None) as batch_op:
        batch_op.drop_index("uq_invoice_run_year", postgresql_where=sa.text("state != 'dropped'"))
        batch_op.drop_index("ix_invoice_run_working", postgresql_where=sa.text("state in ('counting', 'issuing')"))
        batch_op.drop_index(batch_op.f("ix_invoice_run_lead_id_id"))

    op.drop_table("invoice_run")
    with op.batch_alter_table("fee_relief", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fee_relief_lead_id_id"))
        batch_op.drop_index(batch_op.f("ix_fee_relief_agency_id_first_day"))

    op.drop_table("fee_relief")
    op.drop_table("fee_item")
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expense_lead_id_on_id"))
        batch_op.drop_index(batch_op.f("ix_expense_coc_id_on_id"))

    op.drop_table("expense")
    with op.batch_alter_table("agency_figures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_figures_coc_id_first_day_agency_id"))

    op.drop_table("agency_figures")
    with op.batch_alter_table("fee_schedule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fee_schedule_lead_id_id"))
        batch_op.drop_index(batch_op.f("ix_fee_schedule_coc_id_first_day"))

    op.drop_table("fee_schedule")
    with op.batch_alter_table("budget_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_budget_line_lead_id_id"))

    op.drop_table("budget_line")
    op.drop_table("number_series")
    with op.batch_alter_table("bank_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_import_lead_id_id"))

    op.drop_table("bank_import")
