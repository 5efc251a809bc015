"""taken back

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """A request remembers the membership that its approval made; a campaign can be stopped, and be started again."""
    op.add_column("access_request", sa.Column("membership_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_access_request_membership_id"), "access_request", "membership", ["membership_id"], ["id"]
    )
    op.add_column("campaign", sa.Column("stopped_by_id", sa.BigInteger(), nullable=True))
    op.add_column("campaign", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaign", sa.Column("stop_reason", sa.Text(), nullable=False, server_default=""))
    op.alter_column("campaign", "stop_reason", server_default=None)
    op.create_foreign_key(op.f("fk_campaign_stopped_by_id"), "campaign", "person", ["stopped_by_id"], ["id"])
    op.drop_index("uq_campaign_round", "campaign")
    op.create_index(
        "uq_campaign_round",
        "campaign",
        ["lead_id", "coc_id", "cycle", "audience", "period_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("stopped_at is null"),
    )
