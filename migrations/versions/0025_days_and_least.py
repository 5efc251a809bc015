"""days and least

Revision: 0025
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0020"


def upgrade() -> None:
    """The trail is read by day; an anonymous survey shows nothing of fewer than five answers."""
    op.create_index("ix_audit_event_day", "audit_event", ["chain", "at", "id"])
    op.add_column("survey", sa.Column("least_answers", sa.BigInteger(), nullable=False, server_default="5"))
    op.alter_column("survey", "least_answers", server_default=None)
