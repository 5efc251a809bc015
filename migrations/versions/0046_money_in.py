"""money in

Revision: 0046
Follows: 0045
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """What a bank's list held until it is taken, the indexes of payments, debts and what they suspend; and since when
    an add-on is held, which is paid from then on."""
    op.add_column("license", sa.Column("reporting_since", sa.DateTime(timezone=True), nullable=True))
    for name in ("table", "columns"):
        kind = postgresql.JSONB(astext_type=sa.Text())
        op.add_column("bank_import", sa.Column(name, kind, nullable=False, server_default="{}"))
        op.alter_column("bank_import", name, server_default=None)
    op.execute("create index ix_invoice_payer on invoice (lower(payer_name) text_pattern_ops)")
    op.execute("create index ix_invoice_order on invoice (lower(purchase_order))")
    op.execute("create index ix_payment_said on payment (lower(reference) text_pattern_ops)")
    op.create_index("ix_payment_coc_id_id", "payment", ["coc_id", "id"])
    op.create_index("ix_payment_coc_id_received_on", "payment", ["coc_id", "received_on"])
    op.create_index("ix_payment_prepaid", "payment", ["lead_id", "id"], postgresql_where=sa.text("left_cents > 0"))
    op.create_index(
        "ix_payment_reversed", "payment", ["lead_id", "id"], postgresql_where=sa.text("reversed_at is not null")
    )
    op.create_index(
        "ix_invoice_owed_coc", "invoice", ["coc_id", "due_on", "id"],
        postgresql_where=sa.text("state = 'issued' and open_cents > 0"),
    )  # fmt: skip
    op.create_index(
        "ix_license_hold_unpaid", "license_hold", ["source"],
        postgresql_where=sa.text("kind = 'unpaid' and lifted_at is null"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_license_hold_unpaid", "license_hold")
    op.drop_index("ix_invoice_owed_coc", "invoice")
    for name in ("invoice_payer", "invoice_order", "payment_said"):
        op.execute(f"drop index ix_{name}")
    for name in ("reversed", "prepaid", "coc_id_received_on", "coc_id_id"):
        op.drop_index(f"ix_payment_{name}", "payment")
    for name in ("columns", "table"):
        op.drop_column("bank_import", name)
    op.drop_column("license", "reporting_since")
