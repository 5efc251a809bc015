"""test answers

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Whether each question was answered right, for the figures by question; counted from here on."""
    op.create_table(
        "test_answer",
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_test_answer_agency_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["test_attempt.id"], name=op.f("fk_test_answer_attempt_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_test_answer_course_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_test_answer_lead_id")),
        sa.ForeignKeyConstraint(["question_id"], ["course_question.id"], name=op.f("fk_test_answer_question_id")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_test_answer_version_id")),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name=op.f("pk_test_answer")),
    )
    op.create_index("ix_test_answer_course", "test_answer", ["course_id", "at"])
    op.create_index("ix_test_attempt_lead", "test_attempt", ["lead_id", "ended_at"])
