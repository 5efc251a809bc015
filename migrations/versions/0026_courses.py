"""courses

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "course_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "multiple",
                "true-false",
                "order",
                "match",
                "number",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tag", sa.String(length=80), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_course_question_author_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_question_course_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["course_question.id"], name=op.f("fk_course_question_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_question")),
        sa.UniqueConstraint("once", name=op.f("uq_course_question_once")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_course_question_replaces_id")),
    )
    with op.batch_alter_table("course_question", schema=None) as batch_op:
        batch_op.create_index(
            "ix_course_question_bank", ["course_id", "id"], unique=False, postgresql_where=sa.text("retired_at is null")
        )
        batch_op.create_index("ix_course_question_course", ["course_id", "id"], unique=False)

    op.create_table(
        "outside_proof",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_outside_proof_agency_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_outside_proof_by_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_outside_proof_course_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_outside_proof_file_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_outside_proof_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outside_proof_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_proof")),
        sa.UniqueConstraint("once", name=op.f("uq_outside_proof_once")),
    )
    with op.batch_alter_table("outside_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_proof_person_id"), ["person_id"], unique=False)

    op.create_table(
        "course_sitting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spans", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_course_sitting_agency_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_sitting_course_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_course_sitting_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_sitting_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_course_sitting_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_sitting")),
    )
    with op.batch_alter_table("course_sitting", schema=None) as batch_op:
        batch_op.create_index("ix_course_sitting_course", ["course_id", "begun_at", "id"], unique=False)
        batch_op.create_index("ix_course_sitting_person", ["person_id", "begun_at", "id"], unique=False)
        batch_op.create_index(
            "uq_course_sitting_open",
            ["course_id", "person_id"],
            unique=True,
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "attempt_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sitting_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_attempt_grant_by_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["course_sitting.id"], name=op.f("fk_attempt_grant_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_grant")),
        sa.UniqueConstraint("once", name=op.f("uq_attempt_grant_once")),
    )
    with op.batch_alter_table("attempt_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_grant_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "course_signature",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sitting_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=80), nullable=False),
        sa.Column("clauses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_course_signature_agency_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_signature_course_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_course_signature_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_signature_person_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["course_sitting.id"], name=op.f("fk_course_signature_sitting_id")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_course_signature_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_signature")),
        sa.UniqueConstraint("sitting_id", name=op.f("uq_course_signature_sitting_id")),
    )
    with op.batch_alter_table("course_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_signature_person_id"), ["person_id"], unique=False)

    op.create_table(
        "test_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sitting_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("right", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_test_attempt_course_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_test_attempt_lead_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_test_attempt_person_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["course_sitting.id"], name=op.f("fk_test_attempt_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_attempt")),
        sa.UniqueConstraint("sitting_id", "number", name=op.f("uq_test_attempt_sitting_id_number")),
    )
    with op.batch_alter_table("test_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_test_attempt_course", ["course_id", "ended_at"], unique=False)
        batch_op.create_index(
            "uq_test_attempt_open", ["sitting_id"], unique=True, postgresql_where=sa.text("ended_at is null")
        )

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.create_index("ix_course_titles", ["lead_id", "title", "id"], unique=False)

    with op.batch_alter_table("course_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("video_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("captions_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("video_ms", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("tolerance", sa.BigInteger(), server_default="2", nullable=False))
        batch_op.create_index(
            "uq_course_version_draft", ["course_id"], unique=True, postgresql_where=sa.text("state = 'draft'")
        )
        batch_op.create_foreign_key(batch_op.f("fk_course_version_video_id"), "stored_file", ["video_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_course_version_captions_id"), "stored_file", ["captions_id"], ["id"])
        batch_op.drop_column("video")
