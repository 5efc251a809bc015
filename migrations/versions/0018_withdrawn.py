"""withdrawn

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """The form that withdrew an elevation is known again when it is sent twice."""
    op.add_column("elevation", sa.Column("withdrawn_once", sa.String(length=64), nullable=True))
    op.create_unique_constraint(op.f("uq_elevation_withdrawn_once"), "elevation", ["withdrawn_once"])
