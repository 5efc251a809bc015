"""findings are searched by an index

Revision: 0043
Follows: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"

COLUMNS = ("email", "account")


def upgrade() -> None:
    """By how the address or the user name of an account begins."""
    for name in COLUMNS:
        op.execute(f"create index ix_account_finding_{name} on account_finding (lower({name}) text_pattern_ops)")


def downgrade() -> None:
    for name in COLUMNS:
        op.execute(f"drop index ix_account_finding_{name}")
