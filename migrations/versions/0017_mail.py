"""mail

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "support_address",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_support_address_coc_id")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["person.id"], name=op.f("fk_support_address_kept_by_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_support_address_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_address")),
    )
    op.create_index("ix_support_address_lead", "support_address", ["lead_id", "address", "id"])
    op.create_index("uq_support_address_lower", "support_address", [sa.text("lower(address)")], unique=True)
    op.create_table(
        "mail_copy",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_copy_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_mail_copy_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "address", name=op.f("pk_mail_copy")),
    )
    op.add_column("ticket", sa.Column("support_address_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ticket_support_address_id"), "ticket", "support_address", ["support_address_id"], ["id"]
    )
    op.add_column("outbox_message", sa.Column("sender", sa.String(length=300), nullable=False, server_default=""))
    op.alter_column("outbox_message", "sender", server_default=None)
