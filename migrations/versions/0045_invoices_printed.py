"""invoices printed

Revision: 0045
Follows: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """A run bills one agency in several names where others pay for single licenses; and what has no PDF is found."""
    op.drop_constraint(op.f("uq_invoice_run_id_debtor_id_agency_id"), "invoice", type_="unique")
    op.create_unique_constraint(
        op.f("uq_invoice_run_id_debtor_id_agency_id_payer_name"),
        "invoice",
        ["run_id", "debtor_id", "agency_id", "payer_name"],
    )
    op.create_index(
        "ix_invoice_unprinted", "invoice", ["id"], postgresql_where=sa.text("state = 'issued' and file_id is null")
    )


def downgrade() -> None:
    op.drop_index("ix_invoice_unprinted", "invoice")
    op.drop_constraint(op.f("uq_invoice_run_id_debtor_id_agency_id_payer_name"), "invoice", type_="unique")
    op.create_unique_constraint(
        op.f("uq_invoice_run_id_debtor_id_agency_id"), "invoice", ["run_id", "debtor_id", "agency_id"]
    )
