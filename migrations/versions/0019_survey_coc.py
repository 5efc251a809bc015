"""survey coc

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """A survey can go to one CoC alone; until now each went to all of the Lead's."""
    op.add_column("survey", sa.Column("coc_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_survey_coc_id"), "survey", "coc", ["coc_id"], ["id"])
