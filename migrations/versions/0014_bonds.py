"""bonds

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

LIVE = sa.text("undone_at is null")
MERGED = sa.text("merged_into_id is not null")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.add_column("ticket", sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_ticket_merged_into_id"), "ticket", "ticket", ["merged_into_id"], ["id"])
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into_id"], postgresql_where=MERGED)
    op.add_column("ticket_message", sa.Column("split_to_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "ticket_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_link_by_id")),
        sa.ForeignKeyConstraint(["from_id"], ["ticket.id"], name=op.f("fk_ticket_link_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["ticket.id"], name=op.f("fk_ticket_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_link")),
        sa.UniqueConstraint("from_id", "to_id", "kind", name=op.f("uq_ticket_link_from_id_to_id_kind")),
    )
    op.create_index("ix_ticket_link_to", "ticket_link", ["to_id"])
    op.create_table(
        "ticket_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=False),
        sa.Column("carried", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_merge_by_id")),
        sa.ForeignKeyConstraint(["source_id"], ["ticket.id"], name=op.f("fk_ticket_merge_source_id")),
        sa.ForeignKeyConstraint(["target_id"], ["ticket.id"], name=op.f("fk_ticket_merge_target_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_ticket_merge_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_merge")),
    )
    op.create_index("ix_ticket_merge_source", "ticket_merge", ["source_id"])
    op.create_index("ix_ticket_merge_target", "ticket_merge", ["target_id"])
    op.create_index("uq_ticket_merge_live", "ticket_merge", ["source_id"], unique=True, postgresql_where=LIVE)
