"""share

Revision: 0015
Follows: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Who stands in for whom is kept in one place, with those who are away."""
    op.drop_constraint(op.f("fk_staff_share_backup_id"), "staff_share")
    op.drop_column("staff_share", "backup_id")
