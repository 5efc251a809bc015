"""practice cases

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Practice cases: the library, who practises, what they hand in and what the trainers say."""
    op.create_table(
        "practice_remark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("element", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_practice_remark_author_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_practice_remark_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_remark")),
        sa.UniqueConstraint("lead_id", "element", "text", name=op.f("uq_practice_remark_lead_id_element_text")),
    )
    op.create_table(
        "practice_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("hud_type", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "offered", "retired", name="coursestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_practice_case_author_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_practice_case_coc_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_practice_case_course_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_practice_case_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_case")),
        sa.UniqueConstraint("once", name=op.f("uq_practice_case_once")),
    )
    with op.batch_alter_table("practice_case", schema=None) as batch_op:
        batch_op.create_index("ix_practice_case_lead", ["lead_id", "title", "id"], unique=False)
        batch_op.create_index("ix_practice_case_type", ["lead_id", "hud_type", "state", "id"], unique=False)

    op.create_table(
        "practice_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", sa.Enum("draft", "published", name="versionstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("stored", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_practice_version_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["practice_case.id"], name=op.f("fk_practice_version_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_version")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_practice_version_case_id_number")),
    )
    op.create_table(
        "practice_track",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=True),
        sa.Column("hud_type", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "working",
                "passed",
                "refused",
                "committee",
                "provisional",
                "kept",
                "denied",
                "withdrawn",
                name="trackstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentor_id", sa.BigInteger(), nullable=True),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("pack_version", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_practice_track_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_practice_track_coc_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name=op.f("fk_practice_track_enrollment_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_practice_track_lead_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_practice_track_mentor_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_track_person_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["practice_track.id"], name=op.f("fk_practice_track_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_track")),
    )
    with op.batch_alter_table("practice_track", schema=None) as batch_op:
        batch_op.create_index("ix_practice_track_agency", ["agency_id", "state", "id"], unique=False)
        batch_op.create_index("ix_practice_track_coc", ["coc_id", "state", "id"], unique=False)
        batch_op.create_index("ix_practice_track_enrollment", ["enrollment_id"], unique=False)
        batch_op.create_index("ix_practice_track_lead", ["lead_id", "state", "id"], unique=False)
        batch_op.create_index("ix_practice_track_person", ["person_id", "hud_type", "id"], unique=False)
        batch_op.create_index(
            "uq_practice_track_working",
            ["person_id", "agency_id", "hud_type"],
            unique=True,
            postgresql_where=sa.text("state in ('working', 'committee', 'provisional')"),
        )

    op.create_table(
        "practice_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("working", "passed", "ended", name="casestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["practice_case.id"], name=op.f("fk_practice_assignment_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_assignment_person_id")),
        sa.ForeignKeyConstraint(["track_id"], ["practice_track.id"], name=op.f("fk_practice_assignment_track_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["practice_version.id"], name=op.f("fk_practice_assignment_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_assignment")),
        sa.UniqueConstraint("person_id", "case_id", name=op.f("uq_practice_assignment_person_id_case_id")),
        sa.UniqueConstraint("track_id", "number", name=op.f("uq_practice_assignment_track_id_number")),
    )
    with op.batch_alter_table("practice_assignment", schema=None) as batch_op:
        batch_op.create_index("ix_practice_assignment_case", ["case_id", "id"], unique=False)

    op.create_table(
        "practice_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "act",
            sa.Enum(
                "begun",
                "case-given",
                "submitted",
                "returned",
                "accepted",
                "one-on-one",
                "passed",
                "refused",
                "put-up",
                "denied",
                "provisional",
                "kept",
                "repeat-ordered",
                "withdrawn",
                name="act",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_practice_step_by_id")),
        sa.ForeignKeyConstraint(["track_id"], ["practice_track.id"], name=op.f("fk_practice_step_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_step")),
        sa.UniqueConstraint("once", name=op.f("uq_practice_step_once")),
    )
    with op.batch_alter_table("practice_step", schema=None) as batch_op:
        batch_op.create_index("ix_practice_step_track", ["track_id", "id"], unique=False)

    op.create_table(
        "practice_segment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "later", "open", "submitted", "returned", "accepted", name="segmentstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["practice_assignment.id"], name=op.f("fk_practice_segment_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_segment")),
        sa.UniqueConstraint("assignment_id", "position", name=op.f("uq_practice_segment_assignment_id_position")),
    )
    op.create_table(
        "practice_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=True),
        sa.Column("trainer_id", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["practice_assignment.id"], name=op.f("fk_practice_session_assignment_id")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["practice_track.id"], name=op.f("fk_practice_session_track_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["person.id"], name=op.f("fk_practice_session_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_session")),
    )
    with op.batch_alter_table("practice_session", schema=None) as batch_op:
        batch_op.create_index("ix_practice_session_track", ["track_id", "id"], unique=False)

    op.create_table(
        "practice_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("coc_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("client_number", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=80), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trainer_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_practice_attempt_agency_id")),
        sa.ForeignKeyConstraint(["coc_id"], ["coc.id"], name=op.f("fk_practice_attempt_coc_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_practice_attempt_lead_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_practice_attempt_reviewer_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["practice_segment.id"], name=op.f("fk_practice_attempt_segment_id")),
        sa.ForeignKeyConstraint(["track_id"], ["practice_track.id"], name=op.f("fk_practice_attempt_track_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["person.id"], name=op.f("fk_practice_attempt_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_attempt")),
        sa.UniqueConstraint("segment_id", "number", name=op.f("uq_practice_attempt_segment_id_number")),
    )
    with op.batch_alter_table("practice_attempt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_practice_attempt_queue",
            ["lead_id", "submitted_at", "id"],
            unique=False,
            postgresql_where=sa.text("reviewed_at is null"),
        )
        batch_op.create_index("ix_practice_attempt_reviewed", ["lead_id", "reviewed_at"], unique=False)
        batch_op.create_index("ix_practice_attempt_trainer", ["trainer_id", "submitted_at", "id"], unique=False)

    op.create_table(
        "practice_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("element", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("right", "wrong", "comment", name="verdict", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["practice_attempt.id"], name=op.f("fk_practice_mark_attempt_id")),
        sa.ForeignKeyConstraint(["case_id"], ["practice_case.id"], name=op.f("fk_practice_mark_case_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_practice_mark_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_mark")),
        sa.UniqueConstraint("attempt_id", "place", name=op.f("uq_practice_mark_attempt_id_place")),
    )
    with op.batch_alter_table("practice_mark", schema=None) as batch_op:
        batch_op.create_index("ix_practice_mark_lead", ["lead_id", "at", "verdict"], unique=False)
