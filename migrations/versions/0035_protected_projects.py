"""protected projects

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Who approves a request for a protected project, and that they did."""
    op.create_table(
        "access_protected_approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_access_protected_approval_by_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_access_protected_approval_project_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_request.id"], name=op.f("fk_access_protected_approval_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_protected_approval")),
        sa.UniqueConstraint(
            "request_id", "project_id", name=op.f("uq_access_protected_approval_request_id_project_id")
        ),
    )
    op.add_column("project", sa.Column("approver", sa.String(length=80), nullable=False, server_default=""))
    op.alter_column("project", "approver", server_default=None)
